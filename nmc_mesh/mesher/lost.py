"""Grains that a mesh loses because they are smaller or thinner than its edges: told, or refused."""

from __future__ import annotations

import warnings

import numpy as np

from nmc_mesh.errors import MeshError
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.typing import Floats, Ints

# More numbers than a line can hold help nobody.
_NAMED = 20
_MOST = 0.5
"""Share above which a mesh that loses it is refused: of a particle's grains, or of the volume of an
image, which may have many specks; ours."""
# Two edges across a label are the least that leaves it cells of its own (ours).
_HALF = 0.5


def lost_labels(kept: Ints, labels: int, volumes: Floats | None) -> Ints:
    """Labels without a cell, of 1 ... ``labels`` or those with a volume; ``kept``: of the cells."""
    every = np.arange(1, labels + 1, dtype=np.int32)
    if volumes is not None:
        every = every[volumes[1:] > 0]
    return np.setdiff1d(every, kept)


class Losses:
    """What is said of lost grains, and at which size they would stay.

    Parameters
    ----------
    size
        Shortest edge length asked for, um.
    rule
        Edge length by the rule of thumb, um.
    labels
        Number of the largest label.
    volumes
        Volumes of the labels of an image in um^3, (labels + 1,); None of a particle.
    what
        What they are called.
    """

    def __init__(
        self, size: float, rule: float, labels: int, volumes: Floats | None, what: str = "grains"
    ) -> None:
        self._what = what if volumes is None else "labels"
        self._size, self._rule, self._volumes = size, rule, volumes
        self._count = labels if volumes is None else int((volumes[1:] > 0).sum())

    def refuse(self, lost: Ints) -> None:
        """Raise MeshError if these are most of all."""
        sizes = np.ones(self._count + 1) if self._volumes is None else self._volumes
        if sizes[lost].sum() > _MOST * sizes[1:].sum():
            raise MeshError(self._message(lost))

    def warn(self, lost: Ints) -> None:
        """Warn of these, if there are any; who called the mesher is the warning's place."""
        if len(lost):
            warnings.warn(self._message(lost), UserWarning, stacklevel=3)

    def _message(self, lost: Ints) -> str:
        named = ", ".join(map(str, lost[:_NAMED])) + (", ..." if len(lost) > _NAMED else "")
        what = self._what
        return (
            f"{len(lost):,} of {self._count:,} {what} are lost, too small or thin for a size of "
            f"{self._size:.3g} um ({named}); {self._remedy(lost)}"
        )

    def _remedy(self, lost: Ints) -> str:
        fits, merge = self._rule, ""
        if self._volumes is not None:
            fits = min(fits, _HALF * float(cbrt(self._volumes[lost].min())))
            merge = ", or merge them with their neighbours"
        if self._size > fits:
            return f"take a size of at most {fits:.2g} um (--size){merge}"
        return f"take a size below {self._size:.2g} um (--size){merge}"
