"""Volume and shape of one tetrahedron, for kernels."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel

EQUILATERAL = 8.48528137423857  # 6 sqrt(2): volume / rms_edge^3 is 1 / EQUILATERAL at best


@kernel
def volume(points, a, b, c, d):  # type: ignore[no-untyped-def]
    """Signed volume of the tetrahedron with vertices a, b, c, d."""
    x, y, z = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - x, points[b, 1] - y, points[b, 2] - z
    vx, vy, vz = points[c, 0] - x, points[c, 1] - y, points[c, 2] - z
    wx, wy, wz = points[d, 0] - x, points[d, 1] - y, points[d, 2] - z
    return (ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)) / 6.0


@kernel
def quality(points, a, b, c, d):  # type: ignore[no-untyped-def]
    """Return 6 sqrt(2) volume / rms_edge^3: 1 for the regular tetrahedron, negative if turned."""
    x, y, z = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - x, points[b, 1] - y, points[b, 2] - z
    vx, vy, vz = points[c, 0] - x, points[c, 1] - y, points[c, 2] - z
    wx, wy, wz = points[d, 0] - x, points[d, 1] - y, points[d, 2] - z
    vol = (ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)) / 6.0
    uu = ux * ux + uy * uy + uz * uz
    vv = vx * vx + vy * vy + vz * vz
    ww = wx * wx + wy * wy + wz * wz
    uv = ux * vx + uy * vy + uz * vz
    vw = vx * wx + vy * wy + vz * wz
    wu = wx * ux + wy * uy + wz * uz
    mean = (3.0 * (uu + vv + ww) - 2.0 * (uv + vw + wu)) / 6.0
    if mean <= 0.0:
        return -1.0
    return EQUILATERAL * vol / (mean * np.sqrt(mean))
