"""The cost of a seed at a point: one order of operations for everybody who compares costs."""

from __future__ import annotations

from nmc_mesh.kernel import inline
from nmc_mesh.typing import Floats


@inline
def cost(rows: Floats, i: int, x: float, y: float, z: float) -> float:
    """q_i = (p - s_i)^T M_i (p - s_i) - r_i at p = (x, y, z), in um^2.

    ``rows`` is ``GBPD.rows``: per seed s0 s1 s2 M00 M11 M22 M01 M02 M12 r.
    """
    u = x - rows[i, 0]
    v = y - rows[i, 1]
    w = z - rows[i, 2]
    planar = (rows[i, 3] * u + 2.0 * rows[i, 6] * v) * u + rows[i, 4] * v * v
    return planar + (2.0 * (rows[i, 7] * u + rows[i, 8] * v) + rows[i, 5] * w) * w - rows[i, 9]
