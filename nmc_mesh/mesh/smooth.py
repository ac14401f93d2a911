"""Moves of one vertex on its stratum: grain interior, boundary, triple line, quadruple point."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import lean
from nmc_mesh.mesh.field import Field, value_gradient
from nmc_mesh.mesh.gather import LABELS, Star, mean_at, worst_at, worst_slope
from nmc_mesh.mesh.project import project
from nmc_mesh.mesh.rim import mean_of_stratum
from nmc_mesh.mesh.shape import VOLUME
from nmc_mesh.mesh.stars import Work
from nmc_mesh.mesh.walls import EXACT, is_wall, onto_walls, walled
from nmc_mesh.typing import Ints

GAIN = 1e-3
REACH = 0.6
WALL = 0.03
"""Worst quality of cells at a vertex that goes onto a wall."""


@lean
def hashed(a: int, b: int, c: int) -> float:
    """Return a number in [-1, 1) from three integers, the same on every machine."""
    h = np.uint64(a) * np.uint64(0x9E3779B97F4A7C15) + np.uint64(b) * np.uint64(0xC2B2AE3D27D4EB4F)
    h += np.uint64(c) * np.uint64(0x165667B19E3779F9)
    h ^= h >> np.uint64(31)
    h *= np.uint64(0xBF58476D1CE4E5B9)
    h ^= h >> np.uint64(27)
    h *= np.uint64(0x94D049BB133111EB)
    h ^= h >> np.uint64(31)
    return np.float64(h >> np.uint64(11)) * (2.0 / 9007199254740992.0) - 1.0


@lean
def off_stratum(f: Field, names: Ints, count: int, x: float, y: float, z: float) -> float:
    """First-order distance of a point from where the first ``count`` labels agree (um).

    Of several cells outside only the least counts: a crease of the outer surface may be blunted.
    Walls do not count: nothing leaves them.
    """
    base, bx, by, bz = np.inf, 0.0, 0.0, 0.0
    skip = -1
    for i in range(count):
        if names[i] <= 0 and not is_wall(f, names[i]):
            q, gx, gy, gz = value_gradient(f, names[i], 0, x, y, z)
            if q < base:
                base, bx, by, bz = q, gx, gy, gz
                skip = i
    if skip < 0:
        skip = 0
        while skip < count - 1 and is_wall(f, names[skip]):
            skip += 1
        base, bx, by, bz = value_gradient(f, names[skip], 0, x, y, z)
    far = 0.0
    for i in range(count):
        if i == skip or names[i] <= 0:
            continue
        q, gx, gy, gz = value_gradient(f, names[i], 0, x, y, z)
        slope = np.sqrt((gx - bx) ** 2 + (gy - by) ** 2 + (gz - bz) ** 2)
        if slope == 0.0:
            return np.inf
        far = max(far, abs(q - base) / slope)
    return far


@lean
def try_place(
    f: Field,
    w: Work,
    s: Star,
    n: int,
    count: int,
    v: int,
    floor: float,
    reach: float,
    tol: float,
) -> float:
    """Move v to ``place`` (put on its stratum first) if that lifts the worst quality.

    With ``tol`` > 0 the vertex may stay off its stratum by that much, but never off a wall. Returns
    the new worst quality, or ``floor`` where it stayed.
    """
    if count > 1:
        if tol > 0.0:
            if f.kind != EXACT:
                s.place[0], s.place[1], s.place[2] = onto_walls(
                    f, s.names, count, s.place[0], s.place[1], s.place[2]
                )
            if off_stratum(f, s.names, count, s.place[0], s.place[1], s.place[2]) > tol:
                return floor
        elif not project(f, s.names, count, s.place, reach):
            return floor
    q = worst_at(w, s, n, s.place[0], s.place[1], s.place[2], floor + GAIN)
    if not q > floor + GAIN:
        return floor
    for d in range(3):
        w.points[v, d] = s.place[d]
    w.touched[v] = True
    return q


@lean
def smooth_vertex(
    f: Field,
    w: Work,
    s: Star,
    n: int,
    count: int,
    v: int,
    a: float,
    good: float,
    tol: float,
    seed: int,
) -> bool:
    """Lift the worst quality at v by moving it; returns whether it moved.

    Tries the mean of its neighbours on the stratum, and while the worst is under ``good`` a climb
    along the worst cell's gradient and then hashed directions. The star ``s`` of v has n cells and
    ``count`` labels.
    """
    if (count > 4 and tol == 0.0) or count == LABELS:
        return False
    x, y, z = w.points[v, 0], w.points[v, 1], w.points[v, 2]
    start = worst_at(w, s, n, x, y, z, -1e300)
    best = start
    if count <= 4 and mean_of_stratum(w, s, n, count):
        step = 1.0
        for _ in range(3):
            s.place[0] = x + step * (s.target[0] - x)
            s.place[1] = y + step * (s.target[1] - y)
            s.place[2] = z + step * (s.target[2] - z)
            q = try_place(f, w, s, n, count, v, best, REACH * a, 0.0)
            if q > best:
                best = q
                break
            step *= 0.5
    if best < good:
        best = climb(f, w, s, n, count, v, best, good, a, tol)
    if best < good:
        best = shake(f, w, s, n, count, v, best, a, tol, seed)
    return best > start


@lean
def climb(
    f: Field,
    w: Work,
    s: Star,
    n: int,
    count: int,
    v: int,
    best: float,
    good: float,
    a: float,
    tol: float,
) -> float:
    """Follow the gradient of the worst cell with shrinking steps."""
    length = 0.3 * a
    for _ in range(6):
        x, y, z = w.points[v, 0], w.points[v, 1], w.points[v, 2]
        if not worst_slope(w, s, n, x, y, z):
            return best
        moved = False
        for _ in range(4):
            s.place[0] = x + length * s.slope[0]
            s.place[1] = y + length * s.slope[1]
            s.place[2] = z + length * s.slope[2]
            q = try_place(f, w, s, n, count, v, best, REACH * a, tol)
            if q > best:
                best = q
                moved = True
                break
            length *= 0.5
        if not moved or best >= good:
            return best
    return best


@lean
def shake(
    f: Field,
    w: Work,
    s: Star,
    n: int,
    count: int,
    v: int,
    best: float,
    a: float,
    tol: float,
    seed: int,
) -> float:
    """Try hashed moves of falling length."""
    length = 0.2 * a
    for trial in range(8):
        for d in range(3):
            s.place[d] = w.points[v, d] + length * hashed(v, seed, 3 * trial + d)
        q = try_place(f, w, s, n, count, v, best, REACH * a, tol)
        if q > best:
            best = q
        else:
            length *= 0.75
    return best


@lean
def fit_vertex(
    f: Field, w: Work, s: Star, n: int, count: int, v: int, a: float, spoil: float
) -> None:
    """Put v onto its stratum; only part of the way where that spoils a cell to under ``spoil``.

    Onto walls it is put all the way.
    """
    if count < 2 or (count > 4 and f.kind == EXACT):
        return
    x, y, z = w.points[v, 0], w.points[v, 1], w.points[v, 2]
    s.place[0], s.place[1], s.place[2] = x, y, z
    if count > 4 or not project(f, s.names, count, s.place, REACH * a):
        if f.kind == EXACT:
            return
        s.place[0], s.place[1], s.place[2] = x, y, z
    if f.kind != EXACT and w.measure == VOLUME and walled(f, s.names, count):
        spoil = min(spoil, WALL)
    floor = min(worst_at(w, s, n, x, y, z, -1e300), spoil)
    step = 1.0
    for _ in range(4):
        px = x + step * (s.place[0] - x)
        py = y + step * (s.place[1] - y)
        pz = z + step * (s.place[2] - z)
        if f.kind != EXACT:
            px, py, pz = onto_walls(f, s.names, count, px, py, pz)
        if worst_at(w, s, n, px, py, pz, floor - 1e-12) >= floor:
            w.points[v, 0], w.points[v, 1], w.points[v, 2] = px, py, pz
            return
        step *= 0.5


@lean
def polish_vertex(
    f: Field, w: Work, s: Star, n: int, count: int, v: int, a: float, good: float
) -> None:
    """Lift the mean quality at v by moving it along its stratum, no cell falling under ``good``."""
    if count > 4 or not mean_of_stratum(w, s, n, count):
        return
    x, y, z = w.points[v, 0], w.points[v, 1], w.points[v, 2]
    floor = min(worst_at(w, s, n, x, y, z, -1e300), good)
    start = mean_at(s, n, x, y, z)
    step = 1.0
    for _ in range(3):
        s.place[0] = x + step * (s.target[0] - x)
        s.place[1] = y + step * (s.target[1] - y)
        s.place[2] = z + step * (s.target[2] - z)
        if (
            (count == 1 or project(f, s.names, count, s.place, REACH * a))
            and mean_at(s, n, s.place[0], s.place[1], s.place[2]) > start + GAIN
            and worst_at(w, s, n, s.place[0], s.place[1], s.place[2], floor - 1e-12) >= floor
        ):
            for d in range(3):
                w.points[v, d] = s.place[d]
            w.touched[v] = True
            return
        step *= 0.5
