"""A labelled image in two or three dimensions, with its spacing and its place in space."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import by_label, given, keep
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import ALL_GRAINS, Phases
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

MAKE_IMAGE = "make an image of an array: LabelImage(labels, spacing)"
"""What to do with labels that are no image yet."""


@dataclass(frozen=True, eq=False)
class LabelImage(Shown):
    """One label per voxel (or pixel); 0 is outside.

    Voxel (i, j, k) is the box of edge lengths ``spacing`` whose centre lies at
    ``origin + (i, j, k) * spacing``. Axis order is (x, y, z).

    Parameters
    ----------
    labels
        Integer array of shape (nx, ny, nz) or (nx, ny); no negative label.
    spacing
        Edge length of a voxel in um: one number, or one per axis.
    origin
        Centre of voxel (0, 0, 0) in um; default: the image is centred on the origin.
    phases
        What labels are made of that are no grains; default: all are grains.

    Raises
    ------
    InputError
        If the labels are not whole numbers, are negative or the array is empty, has another number
        of axes than 2 or 3, or the spacing is not positive and finite.

    Examples
    --------
    >>> image = nmc_mesh.LabelImage(np.ones((4, 2, 2), dtype=int), spacing=0.5)
    >>> image.origin
    array([-0.75, -0.25, -0.25])
    >>> image.volumes()
    array([0., 2.])
    """

    labels: Ints
    spacing: Floats
    origin: Floats
    phases: Phases

    def __init__(
        self,
        labels: AnyArray,
        spacing: float | AnyArray,
        origin: AnyArray | None = None,
        phases: Phases = ALL_GRAINS,
    ) -> None:
        array = given(labels, "labels")
        if array.ndim not in (2, 3):
            raise InputError(f"a label image has 2 or 3 axes, not {array.ndim}")
        if array.size == 0:
            raise InputError(f"a label image needs at least one voxel; its shape is {array.shape}")
        if array.dtype.kind == "f":
            if not np.isfinite(array).all() or (array != np.rint(array)).any():
                raise InputError(
                    "a label image holds whole numbers, this one holds fractions or NaN; "
                    "segment the grey image first"
                )
        elif array.dtype.kind not in "iub":
            raise InputError(f"a label image holds whole numbers, not {array.dtype}")
        if array.min() < 0:
            raise InputError(f"labels must not be negative; the smallest is {array.min()}")
        if array.max() > np.iinfo(np.int32).max:
            raise InputError(f"labels must fit 32 bits; the largest is {array.max()}")
        step = given(spacing, "spacings", np.float64)
        if step.shape not in ((), (array.ndim,)):
            raise InputError(f"the spacing is one number or {array.ndim}, not {spacing}")
        step = np.broadcast_to(step, (array.ndim,)).copy()
        if not (np.isfinite(step).all() and (step > 0).all()):
            raise InputError(f"the spacing must be positive and finite, not {spacing}")
        if origin is None:
            first = -0.5 * step * (np.array(array.shape) - 1)
        else:
            first = np.asarray(origin, dtype=np.float64).copy()
            if first.shape != (array.ndim,) or not np.isfinite(first).all():
                raise InputError(f"the origin needs {array.ndim} finite numbers, not {origin}")
        owned = np.array(array, dtype=np.int32, order="C")
        if not isinstance(phases, Phases):
            raise InputError(f"the phases of an image are Phases, not {type(phases).__name__}")
        keep(self, labels=owned, spacing=step, origin=first)
        object.__setattr__(self, "phases", phases)

    def __repr__(self) -> str:
        counts = " x ".join(map(str, self.labels.shape))
        edges = " x ".join(f"{edge:.4g}" for edge in self.spacing)
        what = "voxels" if self.dim == 3 else "pixels"
        other = f", {self.phases!r}" if self.phases else ""
        last = f"labels up to {self.labels.max():,}"
        return f"LabelImage({counts} {what} of {edges} um, {last}{other})"

    @property
    def dim(self) -> int:
        """Number of axes, 2 or 3."""
        return self.labels.ndim

    @property
    def voxel_volume(self) -> float:
        """Volume of a voxel in um^3 (area of a pixel in um^2)."""
        return float(np.prod(self.spacing))

    def voxels(self) -> tuple[Ints, Longs]:
        """Labels that occur, ascending, 0 among them if it does, and their numbers of voxels.

        Examples
        --------
        >>> labels, voxels = nmc_mesh.LabelImage([[0, 7], [7, 7]], spacing=0.1).voxels()
        >>> labels.tolist(), voxels.tolist()
        ([0, 7], [1, 3])
        """
        if self.labels.max() > self.labels.size:  # a table of all numbers would be too long
            labels, voxels = np.unique(self.labels, return_counts=True)
            return labels, voxels.astype(np.int64)
        counts: Longs = np.bincount(self.labels.ravel(order="K")).astype(np.int64)
        there = np.flatnonzero(counts)
        return there.astype(np.int32), counts[there]

    def volumes(self, labels: AnyArray | None = None) -> Floats:
        """Volume of every label 0 ... max in um^3, shape (max + 1,).

        Parameters
        ----------
        labels
            Those asked for, whose volumes come in their shape, 0 where one does not occur. Default:
            all, for labels below 2^24.

        Raises
        ------
        InputError
            If labels are larger, and none are named.

        Examples
        --------
        >>> nmc_mesh.LabelImage([[0, 1], [1, 1]], spacing=[0.1, 0.2]).volumes().round(3)
        array([0.02, 0.06])
        >>> nmc_mesh.LabelImage([[0, 2**30]], spacing=0.1).volumes([2**30]).round(3)
        array([0.01])
        """
        there, voxels = self.voxels()
        remedy = "name those you mean: image.volumes(image.voxels()[0])"
        return by_label(there, voxels * self.voxel_volume, labels, remedy)

    def points(self) -> Floats:
        """Centres of all voxels in um, shape (labels.size, dim), in C order.

        Examples
        --------
        >>> nmc_mesh.LabelImage([[1, 2]], spacing=0.5, origin=[0.0, 1.0]).points()
        array([[0. , 1. ],
               [0. , 1.5]])
        """
        axes = [
            self.origin[k] + self.spacing[k] * np.arange(self.labels.shape[k])
            for k in range(self.dim)
        ]
        return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, self.dim)


def kept_labels(image: LabelImage, keep: Iterable[int]) -> LabelImage:
    """Keep some labels of an image; all others become 0, outside.

    Label 0 itself can be kept: it gets the number after the largest label.

    Raises
    ------
    InputError
        If a label does not occur in the image.
    """
    wanted = sorted(set(keep))
    present, _ = image.voxels()
    missing = [label for label in wanted if label not in present]
    if missing or not wanted:
        raise InputError(
            f"cannot keep {missing or 'no label at all'}; the image holds the labels "
            f"{_few(present)}"
        )
    own = np.zeros(len(present), dtype=np.int32)
    chosen = np.isin(present, wanted)
    # Label 0 gets the number after the largest one.
    own[chosen] = np.where(present[chosen] > 0, present[chosen], present[-1] + 1)
    kept = own[np.searchsorted(present, image.labels)]
    return LabelImage(kept, image.spacing, image.origin, image.phases)


def _few(labels: AnyArray) -> str:
    head = ", ".join(map(str, labels[:8].tolist()))
    return f"{head}, ... {labels[-1]}" if len(labels) > 8 else head
