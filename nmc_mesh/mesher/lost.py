"""Grains that a mesh loses because they are smaller or thinner than its edges: told, or refused."""

from __future__ import annotations

import warnings

import numpy as np

from nmc_mesh.arrays import named
from nmc_mesh.errors import MeshError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints

# More numbers than a line can hold help nobody.
_NAMED = 20
_MOST = 0.5
"""Share above which a mesh that loses it is refused: of a particle's grains, or of the volume of an
image, which may have many specks; ours."""
# Two edges across a label are the least that leaves it cells of its own (ours).
_HALF = 0.5


def _some(labels: Ints | tuple[int, ...]) -> str:
    """Name the first of many."""
    return ", ".join(map(str, labels[:_NAMED])) + (", ..." if len(labels) > _NAMED else "")


def warn_of_merged(merged: tuple[int, ...]) -> None:
    """Warn of labels of 1 to 7 voxels that went to their neighbours; see ``Losses.warn``."""
    if merged:
        warnings.warn(
            f"{len(merged):,} labels of 1 to 7 voxels went to their neighbours ({_some(merged)}); "
            "keep them with --small keep",
            UserWarning,
            stacklevel=3,
        )


def labels_and_volumes(source: Particle | LabelImage) -> tuple[Ints, Floats | None]:
    """All labels of a source but 0, ascending, and their volumes in um^3 if it is an image."""
    if isinstance(source, Particle):
        return np.arange(1, source.n_labels + 1, dtype=np.int32), None
    labels, voxels = source.voxels()
    volumes: Floats = voxels.astype(np.float64) * source.voxel_volume
    return labels[labels > 0], volumes[labels > 0]


def lost_labels(kept: Ints, labels: Ints) -> Ints:
    """Labels without a cell, ascending; ``kept`` are those of the cells."""
    most = max(int(labels.max(initial=0)), int(kept.max(initial=0)))
    if most > len(kept):  # a table of all numbers would be too long
        return np.setdiff1d(labels, kept)
    there = named(np.maximum(kept, 0), most + 1)
    return labels[~there[labels]]


class Losses:
    """What is said of lost grains, and at which size they would stay.

    Parameters
    ----------
    size
        Shortest edge length asked for, um.
    rule
        Edge length by the rule of thumb, um.
    labels
        All labels but 0, ascending.
    volumes
        Their volumes in um^3, of an image; None of a particle.
    what
        What they are called, of a particle.
    """

    def __init__(
        self, size: float, rule: float, labels: Ints, volumes: Floats | None, what: str = "grains"
    ) -> None:
        self._what = what if volumes is None else "labels"
        self._size, self._rule, self._labels, self._volumes = size, rule, labels, volumes

    @property
    def labels(self) -> Ints:
        """All labels but 0, ascending."""
        return self._labels

    def refuse(self, lost: Ints) -> None:
        """Raise MeshError if these are most of all."""
        sizes = np.ones(len(self._labels)) if self._volumes is None else self._volumes
        if sizes[np.searchsorted(self._labels, lost)].sum() > _MOST * sizes.sum():
            raise MeshError(self._message(lost))

    def warn(self, lost: Ints) -> None:
        """Warn of these, if there are any; who called the mesher is the warning's place."""
        if len(lost):
            warnings.warn(self._message(lost), UserWarning, stacklevel=3)

    def _message(self, lost: Ints) -> str:
        return (
            f"{len(lost):,} of {len(self._labels):,} {self._what} are lost, too small or thin "
            f"for a size of {self._size:.3g} um ({_some(lost)}); {self._remedy(lost)}"
        )

    def _remedy(self, lost: Ints) -> str:
        fits, merge = self._rule, ""
        if self._volumes is not None:
            fits = min(
                fits, _HALF * float(cbrt(self._volumes[np.searchsorted(self._labels, lost)].min()))
            )
            merge = ", or merge them with their neighbours"
        if self._size > fits:
            return f"take a size of at most {fits:.2g} um (--size){merge}"
        return f"take a size below {self._size:.2g} um (--size){merge}"
