"""A periodic polycrystal: a power diagram whose seeds come back after every period.

All that is asked of it is asked of ``tiling``, the shortest vectors with the same whole multiples
as its period's: a box is a box however sheared the vectors are that it is described by.
"""

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
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.later import Shown
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import dot
from nmc_mesh.particle.checks import checked_quaternions
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

_STEPS_PER_GRAIN = 3.0  # of the grid that bounds how far seeds reach (ours)
_MOST_TURNS = 4  # periods that a seed may be away and still matter (ours)
_BEYOND = 1
"""Periods around one within which the mesher asks for labels."""
_BEYOND_SHEARED = 2
"""Likewise where a lattice along the axes covers a parallelepiped."""


class Arranged(NamedTuple):
    """Seeds and their images as one diagram; row i is seed ``seed[i]`` moved by ``turns[i]``.

    Turns are whole periods of the cell's ``tiling``.
    """

    diagram: GBPD
    seed: Ints
    turns: Longs


@dataclass(frozen=True, eq=False)
class PeriodicCell(Shown):
    """G_i = { x : min_k q_i(x - k L) <= min_k q_j(x - k L) for all j }, k in Z^3.

    q_i is that of the diagram, see `GBPD`; k L = k_1 L_1 + k_2 L_2 + k_3 L_3, of a box
    (k_1 L_1, k_2 L_2, k_3 L_3). Label i + 1 is the cell of seed i with all its images. (Ours; a
    representative volume element of a polycrystal.)

    Parameters
    ----------
    tessellation
        Diagram of one period in space, um; seeds are moved into that from the origin on by whole
        periods.
    period
        L in um: one number, one per axis, or three vectors, the rows of (3, 3). It is kept to 40
        bits, so that sums with coordinates of a mesh are exact: 1e-12 of it may be rounded.
    orientations
        Unit quaternion (w, x, y, z) of every grain, shape (n, 4), or None.
    provenance
        Model, seed, package version: plain values only.

    Raises
    ------
    InputError
        If a part does not fit the others, grains are as long as several periods, or vectors lie
        nearly in a plane.

    Examples
    --------
    Two seeds half a period apart share the space in layers.

    >>> pair = nmc_mesh.GBPD([[0.5, 1, 1], [1.5, 1, 1]], [np.eye(3)] * 2, [0, 0])
    >>> cell = nmc_mesh.PeriodicCell(pair, 2.0)
    >>> cell.labels([[0.9, 0, 0], [1.1, 0, 0], [2.1, 0, 0], [-0.1, 9, 9]])
    array([1, 2, 1, 2], dtype=int32)

    The same layers with other vectors, whose whole multiples are the same.

    >>> sheared = nmc_mesh.PeriodicCell(pair, [[2, 0, 0], [2, 2, 0], [0, 0, 2]])
    >>> bool((sheared.labels(np.eye(3)) == cell.labels(np.eye(3))).all()), sheared.volume
    (True, 8.0)
    """

    tessellation: GBPD
    period: Floats
    orientations: Floats | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)
    periods: Periods = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not isinstance(self.tessellation, GBPD) or self.tessellation.dim != 3:
            raise InputError("a periodic cell's tessellation is a GBPD in three dimensions")
        periods = Periods(self.period)
        keep(self, period=np.array(periods.plain()))
        object.__setattr__(self, "periods", periods)
        if self.orientations is not None:
            keep(self, orientations=checked_quaternions(self.orientations, self.n_grains))
        object.__setattr__(self, "provenance", MappingProxyType(dict(self.provenance)))
        moved = GBPD(
            _inside(self.tessellation.seeds, self.tiling),
            self.tessellation.matrices,
            self.tessellation.offsets,
        )
        object.__setattr__(self, "tessellation", moved)
        _ = self.arranged  # which checks that grains fit

    def __repr__(self) -> str:
        crystals = "no orientations" if self.orientations is None else "orientations"
        return f"PeriodicCell({self.n_grains:,} grains, period {self.periods} um, {crystals})"

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
        return self.periods.volume

    @property
    def tiling(self) -> Periods:
        """The shortest vectors that move the tiling onto itself."""
        return self.periods.reduced

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
        turns = np.floor(self.tiling.fractions(places))
        inside = places - self.tiling.moves(turns)
        return np.asarray(self.arranged.seed[self.arranged.diagram.labels(inside)] + 1)

    @cached_property
    def arranged(self) -> Arranged:
        """All seeds and images that may own a point near one period, and perhaps some more.

        Near is within a period of a box, [-L, 2 L], within two of vectors. With U an upper bound of
        the least q anywhere, an image at the distance d from that owns nothing in it where
        lambda_min d^2 - r >= U.
        """
        diagram, tiling = self.tessellation, self.tiling
        most = _bound(_images(diagram, tiling, 1), self)
        least = diagram.eigenvalues
        reach = np.sqrt(np.maximum(most + diagram.offsets, 0.0) / least).max()
        around = _BEYOND if tiling.is_box else _BEYOND_SHEARED
        turns = int(np.ceil(reach / tiling.heights.min()))
        if turns >= _MOST_TURNS:
            raise InputError(
                f"grains reach {turns} periods and more; take a longer period, with more grains"
            )
        images = _images(diagram, tiling, around + turns)
        away2 = _distances2(images.diagram.seeds, tiling, around)
        kept = np.flatnonzero(least[images.seed] * away2 - images.diagram.offsets <= most)
        return Arranged(images.diagram.subset(kept), images.seed[kept], images.turns[kept])


def _inside(points: Floats, tiling: Periods) -> Floats:
    """Points moved by whole periods into that from the origin on."""
    inside = points - tiling.moves(np.floor(tiling.fractions(points)))
    over = tiling.fractions(inside) >= 1.0  # rounded up to the next one
    return np.asarray(inside - tiling.moves(over.astype(np.float64)))


def _distances2(points: Floats, tiling: Periods, around: int) -> Floats:
    """Lower bounds of squared distances from one period with so many others around, um^2."""
    if tiling.is_box:
        lengths = tiling.vectors.diagonal()
        beyond = np.maximum(-around * lengths - points, points - (1.0 + around) * lengths)
        x, y, z = np.maximum(beyond, 0.0).T
        return np.asarray(x * x + y * y + z * z)
    share = tiling.fractions(points)
    beyond = np.maximum(-around - share, share - (1.0 + around)) * tiling.heights
    farthest = np.maximum(beyond, 0.0).max(axis=1)
    return np.asarray(farthest * farthest)


def _images(diagram: GBPD, tiling: Periods, turns: int) -> Arranged:
    """All images up to so many periods away along each axis."""
    steps = np.arange(-turns, turns + 1)
    moves = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    seed = np.tile(np.arange(len(diagram), dtype=np.int32), len(moves))
    move = np.repeat(moves, len(diagram), axis=0)
    placed = GBPD(
        diagram.seeds[seed] + tiling.moves(move), diagram.matrices[seed], diagram.offsets[seed]
    )
    return Arranged(placed, seed, move)


def _bound(images: Arranged, cell: PeriodicCell) -> float:
    """Return an upper bound of the least q anywhere: q(x + d) <= q(x) + |grad q| d + tr(M) d^2."""
    diagram, tiling = images.diagram, cell.tiling
    counts = np.ceil(tiling.lengths * (_STEPS_PER_GRAIN / cell.grain_size)).astype(np.int64)
    axes = [(np.arange(n) + 0.5) / n for n in counts]
    shares = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    places = tiling.moves(shares)
    corners = tiling.moves(np.array([[1, y, z] for y in (-1, 1) for z in (-1, 1)]) / counts / 2)
    away = float(np.sqrt(dot(corners, corners)).max())
    owner = diagram.labels(places)
    x, y, z = (places - diagram.seeds[owner]).T
    matrices = diagram.matrices[owner]
    rows = [matrices[:, i, 0] * x + matrices[:, i, 1] * y + matrices[:, i, 2] * z for i in range(3)]
    slope = 2.0 * np.sqrt(rows[0] * rows[0] + rows[1] * rows[1] + rows[2] * rows[2])
    trace = matrices[:, 0, 0] + matrices[:, 1, 1] + matrices[:, 2, 2]
    return float((diagram.costs(places, owner) + slope * away + trace * away * away).max())
