"""A periodic polycrystal: a power diagram whose seeds come back after every period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.arrays import given, keep
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.later import Shown
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.ticks import on_ticks
from nmc_mesh.particle.checks import checked_quaternions
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

_STEPS_PER_GRAIN = 3.0  # of the grid that bounds how far seeds reach (ours)
_MOST_TURNS = 4  # periods that a seed may be away and still matter (ours)


class Arranged(NamedTuple):
    """Seeds and their images as one diagram; row i is seed ``seed[i]`` moved by ``turns[i]``."""

    diagram: GBPD
    seed: Ints
    turns: Longs


@dataclass(frozen=True, eq=False)
class PeriodicCell(Shown):
    """G_i = { x : min_k q_i(x - k L) <= min_k q_j(x - k L) for all j }, k in Z^3.

    q_i is that of the diagram, see `GBPD`; k L = (k_1 L_1, k_2 L_2, k_3 L_3). Label i + 1 is the
    cell of seed i with all its images. (Ours; a representative volume element of a polycrystal.)

    Parameters
    ----------
    tessellation
        Diagram of one period in space, um; seeds are moved into [0, L) by whole periods.
    period
        L in um: one number, or one per axis. It is kept to 40 bits, so that sums with coordinates
        of a mesh are exact: 1e-12 of it may be rounded.
    orientations
        Unit quaternion (w, x, y, z) of every grain, shape (n, 4), or None.
    provenance
        Model, seed, package version: plain values only.

    Raises
    ------
    InputError
        If a part does not fit the others, or grains are as long as several periods.

    Examples
    --------
    Two seeds half a period apart share the space in layers.

    >>> pair = nmc_mesh.GBPD([[0.5, 1, 1], [1.5, 1, 1]], [np.eye(3)] * 2, [0, 0])
    >>> cell = nmc_mesh.PeriodicCell(pair, 2.0)
    >>> cell.labels([[0.9, 0, 0], [1.1, 0, 0], [2.1, 0, 0], [-0.1, 9, 9]])
    array([1, 2, 1, 2], dtype=int32)
    """

    tessellation: GBPD
    period: Floats
    orientations: Floats | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.tessellation, GBPD) or self.tessellation.dim != 3:
            raise InputError("a periodic cell's tessellation is a GBPD in three dimensions")
        period = given(self.period, "the period", np.float64)
        if period.shape not in ((), (3,)) or not (np.isfinite(period).all() and period.min() > 0):
            raise InputError(f"the period is one positive length in um, or three, not {period}")
        lengths = np.array(np.broadcast_to(period, (3,)))
        keep(self, period=on_ticks(lengths, lengths))
        if self.orientations is not None:
            keep(self, orientations=checked_quaternions(self.orientations, self.n_grains))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))
        seeds = self.tessellation.seeds
        inside = seeds - np.floor(seeds / self.period) * self.period
        inside = np.where(inside < self.period, inside, 0.0)
        moved = GBPD(inside, self.tessellation.matrices, self.tessellation.offsets)
        object.__setattr__(self, "tessellation", moved)
        _ = self.arranged  # which checks that grains fit

    def __repr__(self) -> str:
        size = " x ".join(f"{length:.4g}" for length in self.period)
        crystals = "no orientations" if self.orientations is None else "orientations"
        return f"PeriodicCell({self.n_grains:,} grains, period {size} um, {crystals})"

    def __reduce__(self) -> tuple[Any, ...]:
        parts = (self.tessellation, self.period, self.orientations, dict(self.provenance))
        return (PeriodicCell, parts)

    @property
    def n_grains(self) -> int:
        """Number of grains."""
        return len(self.tessellation)

    @property
    def volume(self) -> float:
        """Volume of one period in um^3."""
        return float(self.period[0] * self.period[1] * self.period[2])

    @property
    def grain_size(self) -> float:
        """Edge length in um of the cube of the mean grain's volume: (V / n)^(1/3)."""
        return float(cbrt(self.volume / self.n_grains))

    def labels(self, points: AnyArray) -> Ints:
        """Label 1 ... n of every point, wherever it lies; points of shape (m, 3) in um.

        Parameters
        ----------
        points
            In um, shape (m, 3).

        Examples
        --------
        >>> cell = nmc_mesh.PeriodicCell(nmc_mesh.GBPD([[0, 0, 0]], [np.eye(3)], [0]), 1.0)
        >>> cell.labels([[0.3, 0.4, 70.5]])
        array([1], dtype=int32)
        """
        places = given(points, "points", np.float64)
        inside = places - np.floor(places / self.period) * self.period
        return np.asarray(self.arranged.seed[self.arranged.diagram.labels(inside)] + 1)

    @cached_property
    def arranged(self) -> Arranged:
        """All seeds and images that may own a point of [-L, 2 L], and perhaps some more.

        With U an upper bound of the least q anywhere, an image at the distance d from that box owns
        nothing in it where lambda_min d^2 - r >= U.
        """
        diagram = self.tessellation
        most = _bound(_images(diagram, self.period, 1), self)
        least = diagram.eigenvalues
        reach = np.sqrt(np.maximum(most + diagram.offsets, 0.0) / least).max() / self.period.min()
        turns = 1 + int(np.ceil(reach))
        if turns > _MOST_TURNS:
            raise InputError(
                f"grains reach {turns - 1} periods and more; take a longer period, with more grains"
            )
        images = _images(diagram, self.period, turns)
        seeds = images.diagram.seeds
        beyond = np.maximum(np.maximum(-self.period - seeds, seeds - 2.0 * self.period), 0.0)
        x, y, z = beyond.T
        lowest = least[images.seed] * (x * x + y * y + z * z) - images.diagram.offsets
        kept = np.flatnonzero(lowest <= most)
        return Arranged(images.diagram.subset(kept), images.seed[kept], images.turns[kept])


def _images(diagram: GBPD, period: Floats, turns: int) -> Arranged:
    """All images up to so many periods away along each axis."""
    steps = np.arange(-turns, turns + 1)
    moves = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    seed = np.tile(np.arange(len(diagram), dtype=np.int32), len(moves))
    move = np.repeat(moves, len(diagram), axis=0)
    placed = GBPD(
        diagram.seeds[seed] + move * period, diagram.matrices[seed], diagram.offsets[seed]
    )
    return Arranged(placed, seed, move)


def _bound(images: Arranged, cell: PeriodicCell) -> float:
    """Return an upper bound of the least q anywhere: q(x + d) <= q(x) + |grad q| d + tr(M) d^2."""
    diagram = images.diagram
    counts = np.ceil(cell.period * (_STEPS_PER_GRAIN / cell.grain_size)).astype(np.int64)
    axes = [
        (np.arange(n) + 0.5) * (length / n) for n, length in zip(counts, cell.period, strict=True)
    ]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    half = cell.period / counts / 2
    away = float(np.sqrt(half[0] * half[0] + half[1] * half[1] + half[2] * half[2]))
    owner = diagram.labels(places)
    x, y, z = (places - diagram.seeds[owner]).T
    matrices = diagram.matrices[owner]
    rows = [matrices[:, i, 0] * x + matrices[:, i, 1] * y + matrices[:, i, 2] * z for i in range(3)]
    slope = 2.0 * np.sqrt(rows[0] * rows[0] + rows[1] * rows[1] + rows[2] * rows[2])
    trace = matrices[:, 0, 0] + matrices[:, 1, 1] + matrices[:, 2, 2]
    return float((diagram.costs(places, owner) + slope * away + trace * away * away).max())
