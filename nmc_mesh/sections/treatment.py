"""What is done to a map before its grains are counted, told so that it can be done again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

Center = Literal["centroid", "circle"]

_NEIGHBOURS = (0, 4, 6)


@dataclass(frozen=True)
class Treatment:
    """What was done to a section, and to a simulated one that is compared with it.

    Leaving out small grains alone makes the mean grain larger by a tenth: a section says so, and
    whoever simulates one does the same.

    Parameters
    ----------
    min_pixels
        Grains of fewer pixels are unknown, or outside at the particle's surface.
    neighbours
        Grains are connected sets of pixels with so many neighbours, 4 (square grid) or 6
        (hexagonal): a grain that the plane meets twice counts twice. 0: labels were given.
    missing
        Share of the pixels inside the particle that had no grain of any size. Near its surface
        nobody can tell a missing pixel from a notch.
    fill
        Unknown pixels got the grain that is nearest.
    center
        How the centre was found: "centroid" of the particle's pixels, or the centre of the
        "circle" that fits its border.
    angle
        Disorientation in radians below which neighbours are one grain; none for labels.
    min_confidence
        Points of less confidence have no grain; none if all were taken.

    Raises
    ------
    InputError
        If a value has no meaning.
    """

    min_pixels: int = 1
    neighbours: int = 0
    missing: float = 0.0
    fill: bool = False
    center: Center = "centroid"
    angle: float | None = None
    min_confidence: float | None = None

    def __post_init__(self) -> None:
        if self.min_pixels < 1:
            raise InputError(f"a grain has at least 1 pixel, not {self.min_pixels}")
        if self.neighbours not in _NEIGHBOURS:
            raise InputError(f"a pixel has 0, 4 or 6 neighbours, not {self.neighbours}")
        if not 0 <= self.missing < 1:
            raise InputError(f"the share of missing pixels lies in [0, 1), not at {self.missing}")
        if self.center not in get_args(Center):
            raise InputError(f"a centre is a centroid or that of a circle, not '{self.center}'")

    @property
    def least(self) -> float:
        """Pixels that a grain needs in a plane without missing pixels to be counted on average."""
        return 1.0 if self.min_pixels == 1 else self.min_pixels / (1.0 - self.missing)

    def closed(self, labels: Ints, chances: Floats) -> tuple[Ints, int]:
        """Do the same to a plane of labels 0 ... n - 1 without missing pixels; -1 is outside.

        Pixels are missing, grains are parted into connected pieces, small ones left out; then
        every pixel without a grain gets the nearest one, as those of a section do in `filled`.

        Parameters
        ----------
        labels
            Shape (n, m).
        chances
            Numbers in [0, 1), shape of the labels: pixels below ``missing`` are.

        Returns
        -------
        labels, count
            Of connected grains, and how many numbers there are; those of small ones are not used.
        """
        gaps = (labels >= 0) & (chances < self.missing)
        numbers = np.where(gaps, np.int32(-1), labels)
        count = int(labels.max(initial=-1)) + 1
        if self.neighbours:
            numbers, count = core.plane_pieces(numbers, self.neighbours == 6)
        small = np.bincount(numbers.ravel() + 1, minlength=count + 1) < self.min_pixels
        small[0] = False
        numbers[gaps | small[numbers + 1]] = -2
        core.fill_plane(numbers)
        return numbers, count


def filled(labels: Ints, unknown: Bools) -> Ints:
    """Return labels 0 ... n - 1 with the nearest one where unknown; -1 stays outside."""
    numbers = np.where(unknown, np.int32(-2), labels)
    core.fill_plane(numbers)
    return numbers


def pieces(labels: AnyArray, neighbours: int) -> Ints:
    """Return connected sets of pixels of equal positive label, numbered 1 ... n by first pixel.

    Parameters
    ----------
    labels
        Shape (n, m); 0 belongs to no set.
    neighbours
        4, or 6: on a hexagonal grid in which every row is moved by half a step against the last,
        resampled to squares, pixels (i, j) and (i + 1, j - 1) touch as well.
    """
    flat = np.ascontiguousarray(labels, dtype=np.int32) - np.int32(1)
    connected: Ints = core.plane_pieces(flat, neighbours == 6)[0] + np.int32(1)
    return connected


def large(labels: Ints, min_pixels: int) -> Bools:
    """Return where labels have so many pixels or are 0."""
    counts = np.bincount(labels.ravel())
    counts[0] = min_pixels
    return np.asarray((counts >= min_pixels)[labels])
