"""Moves of one vertex on its stratum: grain interior, boundary, triple line, quadruple point."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.field import Field, value_gradient
from nmc_mesh.mesh.project import project
from nmc_mesh.mesh.shape import EQUILATERAL
from nmc_mesh.mesh.stars import (
    Work,
    all_outside,
    cell_at,
    cell_quality,
    corner,
    star_labels,
    star_quality,
)
from nmc_mesh.typing import Floats, Ints

GAIN = 1e-3
REACH = 0.6
FIT = 0.12
NEIGHBOURS = 128


@kernel
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


@kernel
def off_stratum(f: Field, names: Ints, count: int, x: float, y: float, z: float) -> float:
    """First-order distance of a point from where the first ``count`` labels agree (um).

    Of several cells outside only the least counts: a crease of the outer surface may be blunted.
    """
    base, bx, by, bz = np.inf, 0.0, 0.0, 0.0
    skip = -1
    for i in range(count):
        if names[i] <= 0:
            q, gx, gy, gz = value_gradient(f, names[i], x, y, z)
            if q < base:
                base, bx, by, bz = q, gx, gy, gz
                skip = i
    if skip < 0:
        skip = 0
        base, bx, by, bz = value_gradient(f, names[0], x, y, z)
    far = 0.0
    for i in range(count):
        if i == skip or names[i] <= 0:
            continue
        q, gx, gy, gz = value_gradient(f, names[i], x, y, z)
        slope = np.sqrt((gx - bx) ** 2 + (gy - by) ** 2 + (gz - bz) ** 2)
        if slope == 0.0:
            return np.inf
        far = max(far, abs(q - base) / slope)
    return far


@kernel
def mean_of_stratum(w: Work, v: int, names: Ints, count: int, target: Floats) -> bool:
    """Write the mean of the neighbours that an edge of the stratum joins to v; False if none."""
    seen = np.empty(NEIGHBOURS, dtype=np.int64)
    mask = np.empty(NEIGHBOURS, dtype=np.int32)
    n = 0
    for p in range(w.start[v], w.start[v] + w.degree[v]):
        t = cell_at(w, p)
        bit = 0
        while names[bit] != w.labels[t]:
            bit += 1
        for i in range(4):
            u = corner(w, t, i)
            if u == v:
                continue
            k = 0
            while k < n and seen[k] != u:
                k += 1
            if k == n:
                if n == NEIGHBOURS:
                    return False
                seen[n] = u
                mask[n] = 0
                n += 1
            mask[k] |= 1 << bit
    full = (1 << count) - 1
    used = 0
    target[0] = target[1] = target[2] = 0.0
    for k in range(n):
        if mask[k] == full:
            used += 1
            for d in range(3):
                target[d] += w.points[seen[k], d]
    if used == 0:
        return False
    for d in range(3):
        target[d] /= used
    return True


@kernel
def worst_slope(w: Work, v: int, slope: Floats) -> None:
    """Write the gradient of the worst cell's quality for a move of v."""
    worst = 2.0
    cell = -1
    for p in range(w.start[v], w.start[v] + w.degree[v]):
        q = cell_quality(w, cell_at(w, p))
        if q < worst:
            worst = q
            cell = cell_at(w, p)
    k = 0
    while corner(w, cell, k) != v:
        k += 1
    a, b, d = (
        corner(w, cell, (k + 1) % 4),
        corner(w, cell, (k + 2) % 4),
        corner(w, cell, (k + 3) % 4),
    )
    if k % 2 == 1:
        a, b = b, a
    x = w.points
    ux, uy, uz = x[b, 0] - x[a, 0], x[b, 1] - x[a, 1], x[b, 2] - x[a, 2]
    tx, ty, tz = x[d, 0] - x[a, 0], x[d, 1] - x[a, 1], x[d, 2] - x[a, 2]
    # outward area vector of the opposite face turned towards v, 6 dV/dv
    nx, ny, nz = uz * ty - uy * tz, ux * tz - uz * tx, uy * tx - ux * ty
    px, py, pz = x[v, 0] - x[a, 0], x[v, 1] - x[a, 1], x[v, 2] - x[a, 2]
    six = nx * px + ny * py + nz * pz
    mean = 0.0
    for i in range(3):
        for j in range(i + 1, 4):
            mean += (
                (x[corner(w, cell, i), 0] - x[corner(w, cell, j), 0]) ** 2
                + (x[corner(w, cell, i), 1] - x[corner(w, cell, j), 1]) ** 2
                + (x[corner(w, cell, i), 2] - x[corner(w, cell, j), 2]) ** 2
            )
    mean /= 6.0
    scale = EQUILATERAL / (6.0 * mean * np.sqrt(mean))
    for i in range(3):
        pull = (3.0 * x[v, i] - x[a, i] - x[b, i] - x[d, i]) / 3.0
        normal = nx if i == 0 else (ny if i == 1 else nz)
        slope[i] = scale * (normal - 1.5 * six * pull / mean)


@kernel
def try_place(
    f: Field,
    w: Work,
    v: int,
    names: Ints,
    count: int,
    x: Floats,
    place: Floats,
    floor: float,
    reach: float,
    tol: float,
) -> float:
    """Move v to ``place`` (put on its stratum first) if that lifts the worst quality.

    With ``tol`` > 0 the vertex may stay off its stratum by that much. Returns the new worst
    quality, or ``floor`` where it stayed at ``x``.
    """
    if count > 1:
        if tol > 0.0:
            if off_stratum(f, names, count, place[0], place[1], place[2]) > tol:
                return floor
        elif not project(f, names, count, place, reach):
            return floor
    w.points[v] = place
    q = star_quality(w, v, floor + GAIN)
    if q > floor + GAIN:
        return q
    w.points[v] = x
    return floor


@kernel
def smooth_vertex(f: Field, w: Work, v: int, a: float, good: float, tol: float, seed: int) -> bool:
    """Lift the worst quality at v by moving it; returns whether it moved.

    Tries the mean of its neighbours on the stratum, and while the worst is under ``good`` a climb
    along the worst cell's gradient and then hashed directions.
    """
    names = np.empty(8, dtype=np.int32)
    count = star_labels(w, v, names)
    if (count > 4 and tol == 0.0) or count == 8 or all_outside(names, count):
        return False
    x = w.points[v].copy()
    place = np.empty(3)
    target = np.empty(3)
    start = star_quality(w, v, -1e300)
    best = start
    if count <= 4 and mean_of_stratum(w, v, names, count, target):
        step = 1.0
        for _ in range(3):
            for d in range(3):
                place[d] = x[d] + step * (target[d] - x[d])
            q = try_place(f, w, v, names, count, x, place, best, REACH * a, 0.0)
            if q > best:
                best = q
                break
            step *= 0.5
    if best < good:
        best = climb(f, w, v, names, count, best, good, a, tol)
    if best < good:
        best = shake(f, w, v, names, count, best, a, tol, seed)
    return best > start


@kernel
def climb(
    f: Field,
    w: Work,
    v: int,
    names: Ints,
    count: int,
    best: float,
    good: float,
    a: float,
    tol: float,
) -> float:
    """Follow the gradient of the worst cell with shrinking steps."""
    slope = np.empty(3)
    place = np.empty(3)
    length = 0.3 * a
    for _ in range(6):
        worst_slope(w, v, slope)
        size = np.sqrt(slope[0] ** 2 + slope[1] ** 2 + slope[2] ** 2)
        if size == 0.0:
            return best
        x = w.points[v].copy()
        moved = False
        for _ in range(4):
            for d in range(3):
                place[d] = x[d] + length * slope[d] / size
            q = try_place(f, w, v, names, count, x, place, best, REACH * a, tol)
            if q > best:
                best = q
                moved = True
                break
            length *= 0.5
        if not moved or best >= good:
            return best
    return best


@kernel
def shake(
    f: Field,
    w: Work,
    v: int,
    names: Ints,
    count: int,
    best: float,
    a: float,
    tol: float,
    seed: int,
) -> float:
    """Try hashed moves of falling length."""
    place = np.empty(3)
    length = 0.2 * a
    for trial in range(8):
        x = w.points[v].copy()
        for d in range(3):
            place[d] = x[d] + length * hashed(v, seed, 3 * trial + d)
        q = try_place(f, w, v, names, count, x, place, best, REACH * a, tol)
        if q > best:
            best = q
        else:
            length *= 0.75
    return best


@kernel
def fit_vertex(f: Field, w: Work, v: int, a: float) -> None:
    """Put v onto its stratum, going only part of the way where that would spoil a cell."""
    names = np.empty(8, dtype=np.int32)
    count = star_labels(w, v, names)
    if count < 2 or count > 4 or all_outside(names, count):
        return
    x = w.points[v].copy()
    place = x.copy()
    if not project(f, names, count, place, REACH * a):
        return
    floor = min(star_quality(w, v, -1e300), FIT)
    step = 1.0
    for _ in range(4):
        for d in range(3):
            w.points[v, d] = x[d] + step * (place[d] - x[d])
        if star_quality(w, v, floor - 1e-12) >= floor:
            return
        step *= 0.5
    w.points[v] = x
