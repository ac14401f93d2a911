"""A measured map of orientations on a square or hexagonal grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import keep
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

_WHOLE_TURN = 4 * np.pi + 1e-3
_SLACK = 1e-3  # rad


@dataclass(frozen=True, eq=False)
class EbsdScan(Shown):
    """Orientation, phase and confidence of every point (i, j) of a map.

    Point (i, j) lies at origin + (i, j) * step, and ``shift`` further along x where j is odd:
    0 on a square grid, plus or minus half a step on a hexagonal one. Places that the file leaves
    out are there, unindexed.

    Parameters
    ----------
    angles
        Bunge's phi1, Phi, phi2 in radians, shape (nx, ny, 3).
    phase
        1 ... p, or 0 where nothing was indexed, shape (nx, ny).
    confidence
        What the vendor gives, shape (nx, ny): EDAX's confidence index, Oxford's mean angular
        deviation in degrees; NaN where there is none.
    phases
        Phase k is ``phases[k - 1]``.
    step, origin
        In um, shape (2,).
    shift
        In um.
    name
        Where it came from.

    Raises
    ------
    InputError
        If shapes do not agree, nothing is indexed, a phase is unknown, or an angle cannot be
        radians.

    Examples
    --------
    A map of two crystals side by side, a tenth of a turn apart.

    >>> angles = np.zeros((8, 4, 3))
    >>> angles[4:, :, 0] = np.pi / 5
    >>> from nmc_mesh.ebsd import Phase
    >>> lattice = (2.87, 2.87, 14.2, np.pi / 2, np.pi / 2, 2 * np.pi / 3)
    >>> phases = (Phase("NMC", "-3m", lattice),)
    >>> scan = nmc_mesh.EbsdScan(
    ...     angles, np.ones((8, 4), int), np.ones((8, 4)), phases, step=[0.5, 0.5], origin=[0, 0]
    ... )
    >>> scan.points()[-1, -1]
    array([3.5, 1.5])
    >>> int(nmc_mesh.section_of_scan(scan, min_pixels=1).image.labels.max())
    2
    """

    angles: Floats
    phase: Ints
    confidence: Floats
    phases: tuple[Phase, ...]
    step: Floats
    origin: Floats
    shift: float = 0.0
    name: str = "map"

    def __post_init__(self) -> None:
        shape = np.shape(self.phase)
        if len(shape) != 2 or min(shape) < 2:
            raise InputError(f"{self.name}: a map needs two rows and two columns, not {shape}")
        kinds = {"angles": (*shape, 3), "confidence": shape, "step": (2,), "origin": (2,)}
        for field, expected in kinds.items():
            self._own(field, np.float64, expected)
        self._own("phase", np.int32, shape)
        if not (np.isfinite(self.step).all() and (self.step > 0).all()):
            raise InputError(f"{self.name}: the steps of a map must be positive, not {self.step}")
        self._check_points()

    def __repr__(self) -> str:
        counts = " x ".join(map(str, self.phase.shape))
        steps = " x ".join(f"{step:.4g}" for step in self.step)
        phases = ", ".join(phase.name for phase in self.phases[:4])
        share = 100 * np.count_nonzero(self.phase) / self.phase.size
        return (
            f"EbsdScan({self.name[:60]!r}, {counts} points of {steps} um, {share:.1f} % indexed, "
            f"phases: {phases[:80]})"
        )

    def _own(self, field: str, kind: type, shape: tuple[int, ...]) -> None:
        array: AnyArray = np.array(getattr(self, field), dtype=kind)
        if array.shape != shape:
            raise InputError(f"{self.name}: {field} need shape {shape}, not {array.shape}")
        keep(self, **{field: array})

    def _check_points(self) -> None:
        if not self.indexed.any():
            raise InputError(f"{self.name}: no point is indexed; index the patterns first")
        low, high = self.phase.min(), self.phase.max()
        if low < 0 or high > len(self.phases):
            unknown = low if low < 0 else high
            raise InputError(
                f"{self.name}: phase {unknown} is not among the {len(self.phases)} phases of the "
                "header; add it there"
            )
        angles = self.angles[self.indexed]
        if not np.isfinite(angles).all():
            raise InputError(f"{self.name}: an indexed point has no angles; mark it unindexed")
        largest = np.abs(angles).max(axis=0)
        if largest.max() > _WHOLE_TURN or largest[1] > np.pi + _SLACK:
            raise InputError(
                f"{self.name}: Euler angles up to {largest.round(2).tolist()} cannot be radians "
                "(Phi lies in [0, pi]); convert degrees to radians"
            )

    @property
    def indexed(self) -> Bools:
        """Where an orientation was found, shape (nx, ny)."""
        return np.asarray(self.phase > 0)

    @property
    def hexagonal(self) -> bool:
        """Whether odd rows are shifted."""
        return self.shift != 0.0

    def points(self) -> Floats:
        """Coordinates of all points in um, shape (nx, ny, 2)."""
        i, j = np.indices(self.phase.shape)
        x = self.origin[0] + self.step[0] * i + self.shift * (j % 2)
        return np.stack([x, self.origin[1] + self.step[1] * j], axis=-1)
