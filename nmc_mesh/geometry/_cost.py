"""The cost of a seed at a point: one order of operations for everybody who compares costs."""

from __future__ import annotations

from nmc_mesh.kernel import inline
from nmc_mesh.typing import Floats

Row = tuple[float, float, float, float, float, float, float, float, float, float]
"""A row of ``GBPD.rows``: s0 s1 s2 M00 M11 M22 M01 M02 M12 r."""


@inline
def cost(rows: Floats, i: int, x: float, y: float, z: float) -> float:
    """q_i = (p - s_i)^T M_i (p - s_i) - r_i at p = (x, y, z), in um^2; rows as in ``GBPD.rows``."""
    return cost_of(row(rows, i), x, y, z)


@inline
def cost_of(seed: Row, x: float, y: float, z: float) -> float:
    """Return the cost of the seed with this row."""
    u = x - seed[0]
    v = y - seed[1]
    w = z - seed[2]
    planar = (seed[3] * u + 2.0 * seed[6] * v) * u + seed[4] * v * v
    return planar + (2.0 * (seed[7] * u + seed[8] * v) + seed[5] * w) * w - seed[9]


@inline
def row(rows: Floats, i: int) -> Row:
    """Return row ``i`` as numbers that a loop can keep in registers."""
    return (
        rows[i, 0],
        rows[i, 1],
        rows[i, 2],
        rows[i, 3],
        rows[i, 4],
        rows[i, 5],
        rows[i, 6],
        rows[i, 7],
        rows[i, 8],
        rows[i, 9],
    )
