"""Volume and shape of one tetrahedron, for kernels."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.typing import Floats

VOLUME, ANGLE = 0, 1
OBTUSE = 0.5
EQUILATERAL = 8.48528137423857  # 6 sqrt(2): volume / rms_edge^3 is 1 / EQUILATERAL at best


@kernel
def volume(points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Signed volume of the tetrahedron with vertices a, b, c, d."""
    x, y, z = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - x, points[b, 1] - y, points[b, 2] - z
    vx, vy, vz = points[c, 0] - x, points[c, 1] - y, points[c, 2] - z
    wx, wy, wz = points[d, 0] - x, points[d, 1] - y, points[d, 2] - z
    return (ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)) / 6.0


@kernel
def quality(points: Floats, a: int, b: int, c: int, d: int) -> float:
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


@kernel
def angle_quality(points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Return the least sine of a dihedral angle, obtuse ones counted ``OBTUSE`` times as much.

    sin(angle of faces i, j) = 3 V l / (2 A_i A_j), l their common edge. Negative if turned.
    """
    v = (a, b, c, d)
    normals = np.empty((4, 3))
    sizes = np.empty(4)
    for i in range(4):
        o, p, q = v[(i + 1) % 4], v[(i + 2) % 4], v[(i + 3) % 4]
        sign = 1.0 if i % 2 == 0 else -1.0
        for k in range(3):
            e, f = (k + 1) % 3, (k + 2) % 3
            normals[i, k] = sign * (
                (points[p, e] - points[o, e]) * (points[q, f] - points[o, f])
                - (points[p, f] - points[o, f]) * (points[q, e] - points[o, e])
            )
        sizes[i] = np.sqrt(normals[i, 0] ** 2 + normals[i, 1] ** 2 + normals[i, 2] ** 2)
    six = 0.0
    for k in range(3):
        six += normals[0, k] * (points[b, k] - points[a, k])
    worst = 1.0
    for i in range(3):
        for j in range(i + 1, 4):
            dot = 0.0
            for k in range(3):
                dot -= normals[i, k] * normals[j, k]
            cosine = dot / (sizes[i] * sizes[j])
            sine = np.sqrt(max(1.0 - cosine * cosine, 0.0))
            if cosine < 0.0:
                sine *= OBTUSE
            worst = min(worst, sine)
    if not six > 0.0:
        return -worst - 1e-9
    return worst


@kernel
def fitness(measure: int, points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Return ``quality``; for measure ANGLE the lesser of it and ``angle_quality``."""
    by_volume = quality(points, a, b, c, d)
    if measure == ANGLE:
        return min(by_volume, angle_quality(points, a, b, c, d))
    return by_volume
