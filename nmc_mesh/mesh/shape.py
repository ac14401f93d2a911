"""Volume and shape of one tetrahedron, for kernels."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import lean
from nmc_mesh.typing import Floats

VOLUME, ANGLE = 0, 1
OBTUSE = 0.5
EQUILATERAL = 8.48528137423857  # 6 sqrt(2): volume / rms_edge^3 is 1 / EQUILATERAL at best


@lean
def volume(points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Signed volume of the tetrahedron with vertices a, b, c, d."""
    x, y, z = points[a, 0], points[a, 1], points[a, 2]
    ux, uy, uz = points[b, 0] - x, points[b, 1] - y, points[b, 2] - z
    vx, vy, vz = points[c, 0] - x, points[c, 1] - y, points[c, 2] - z
    wx, wy, wz = points[d, 0] - x, points[d, 1] - y, points[d, 2] - z
    return (ux * (vy * wz - vz * wy) + uy * (vz * wx - vx * wz) + uz * (vx * wy - vy * wx)) / 6.0


@lean
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


@lean
def _biased(dot: float, first: float, second: float) -> float:
    """sin^2 of the angle whose faces have normals with this dot product and these squares."""
    cosine2 = dot * dot / (first * second)
    return (1.0 - cosine2) * (OBTUSE * OBTUSE) if dot > 0.0 else 1.0 - cosine2


@lean
def angles_at(points: Floats, x: float, y: float, z: float, a: int, b: int, c: int) -> float:
    """Return the least sine of a dihedral angle of the tetrahedron (x, y, z), a, b, c.

    sin^2 = 1 - (n_i . n_j)^2 / (n_i^2 n_j^2) with the outward normals n of its faces; obtuse ones
    count ``OBTUSE`` times as much. Negative if the tetrahedron is turned.
    """
    ax, ay, az = points[a, 0] - x, points[a, 1] - y, points[a, 2] - z
    bx, by, bz = points[b, 0] - x, points[b, 1] - y, points[b, 2] - z
    cx, cy, cz = points[c, 0] - x, points[c, 1] - y, points[c, 2] - z
    px, py, pz = by * cz - bz * cy, bz * cx - bx * cz, bx * cy - by * cx  # -n opposite a
    qx, qy, qz = cy * az - cz * ay, cz * ax - cx * az, cx * ay - cy * ax  # -n opposite b
    rx, ry, rz = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx  # -n opposite c
    sx, sy, sz = -px - qx - rx, -py - qy - ry, -pz - qz - rz  # the four sum up to 0
    pp = px * px + py * py + pz * pz
    qq = qx * qx + qy * qy + qz * qz
    rr = rx * rx + ry * ry + rz * rz
    ss = sx * sx + sy * sy + sz * sz
    least = min(
        min(
            _biased(px * qx + py * qy + pz * qz, pp, qq),
            _biased(qx * rx + qy * ry + qz * rz, qq, rr),
        ),
        min(
            _biased(rx * px + ry * py + rz * pz, rr, pp),
            _biased(px * sx + py * sy + pz * sz, pp, ss),
        ),
    )
    least = min(
        least,
        min(
            _biased(qx * sx + qy * sy + qz * sz, qq, ss),
            _biased(rx * sx + ry * sy + rz * sz, rr, ss),
        ),
    )
    sine = np.sqrt(max(least, 0.0))
    if not px * ax + py * ay + pz * az > 0.0:
        return -sine - 1e-9
    return sine


@lean
def angle_quality(points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Return what ``angles_at`` gives for the tetrahedron a, b, c, d."""
    return angles_at(points, points[a, 0], points[a, 1], points[a, 2], b, c, d)


@lean
def fitness(measure: int, points: Floats, a: int, b: int, c: int, d: int) -> float:
    """Return ``quality``; for measure ANGLE the lesser of it and ``angle_quality``."""
    by_volume = quality(points, a, b, c, d)
    if measure == ANGLE:
        return min(by_volume, angle_quality(points, a, b, c, d))
    return by_volume
