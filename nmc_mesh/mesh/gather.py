"""The star of one vertex in its own frame: read once from the mesh, then judged at many places.

A cell (v, a, b, c) with v at y has six times the volume n . y - d and, over its six edges, the mean
square length s + |y - g|^2 / 2, where n, d, g = (a + b + c) / 3 and s depend on the face a b c
alone. So the volume quality of every cell at a trial place costs some twenty operations.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import lean
from nmc_mesh.mesh.shape import ANGLE, EQUILATERAL, angle_reach, angles_at
from nmc_mesh.mesh.stars import SAFE, Work
from nmc_mesh.typing import Bools, Floats, Ints, Longs

MOST = 192
LABELS = 8
SLOTS = 256


class Star(NamedTuple):
    """Room for one star; a thread has one and fills it again for every vertex."""

    cells: Longs
    """Cell, (MOST,)."""
    faces: Longs
    """Its vertices a, b, c other than v, so that (v, a, b, c) is positive; (MOST, 3)."""
    shape: Floats
    """n, d, g, s of its face, lengths in um from ``origin``; (MOST, 8)."""
    bits: Longs
    """1 << place of its label in ``names``, (MOST,)."""
    outside: Bools
    """Whether it lies outside, (MOST,)."""
    names: Ints
    """Distinct labels of the star, (LABELS,)."""
    origin: Floats
    """Where v was when the star was gathered, (3,)."""
    place: Floats
    """A trial place, (3,)."""
    target: Floats
    """Where v should go, (3,)."""
    slope: Floats
    """Which way the worst cell gets better, (3,)."""
    keys: Longs
    """Hash table of the vertices around v, (SLOTS,); -1 where free."""
    masks: Longs
    """Labels round the edge to each of them, (SLOTS,)."""


def room_for_star() -> Star:
    """Return room for one star."""
    return Star(
        np.empty(MOST, dtype=np.int64),
        np.empty((MOST, 3), dtype=np.int64),
        np.empty((MOST, 8)),
        np.empty(MOST, dtype=np.int64),
        np.empty(MOST, dtype=np.bool_),
        np.empty(LABELS, dtype=np.int32),
        np.empty(3),
        np.empty(3),
        np.empty(3),
        np.empty(3),
        np.full(SLOTS, -1, dtype=np.int64),
        np.zeros(SLOTS, dtype=np.int64),
    )


@lean
def gather(w: Work, v: int, s: Star) -> tuple[int, int]:
    """Read the star of v; return its numbers of cells and of labels.

    Both are 0 where the star is not to be touched: too many cells or labels, no cell, only cells
    outside, or a vertex of another slab.
    """
    n = w.degree[v]
    if n == 0 or n > MOST:
        return 0, 0
    slab = w.slab[v]
    x0, y0, z0 = w.points[v, 0], w.points[v, 1], w.points[v, 2]
    s.origin[0], s.origin[1], s.origin[2] = x0, y0, z0
    count = 0
    inside = False
    first = w.start[v]
    for i in range(n):
        t = np.int64(w.pool[first + i])
        label = w.labels[t]
        bit = 0
        while bit < count and s.names[bit] != label:
            bit += 1
        if bit == count:
            if count == LABELS:
                return 0, 0
            s.names[count] = label
            count += 1
        inside = inside or label > 0
        k = 0
        while w.cells[t, k] != v:
            k += 1
        a = np.int64(w.cells[t, (k + 1) & 3])
        b = np.int64(w.cells[t, (k + 2) & 3])
        c = np.int64(w.cells[t, (k + 3) & 3])
        if k & 1:
            a, b = b, a
        if w.slab[a] != slab or w.slab[b] != slab or w.slab[c] != slab:
            return 0, 0
        s.cells[i] = t
        s.bits[i] = 1 << bit
        s.outside[i] = label <= 0
        s.faces[i, 0], s.faces[i, 1], s.faces[i, 2] = a, b, c
        ax, ay, az = w.points[a, 0] - x0, w.points[a, 1] - y0, w.points[a, 2] - z0
        bx, by, bz = w.points[b, 0] - x0, w.points[b, 1] - y0, w.points[b, 2] - z0
        cx, cy, cz = w.points[c, 0] - x0, w.points[c, 1] - y0, w.points[c, 2] - z0
        ux, uy, uz = bx - ax, by - ay, bz - az
        tx, ty, tz = cx - ax, cy - ay, cz - az
        nx, ny, nz = uz * ty - uy * tz, ux * tz - uz * tx, uy * tx - ux * ty
        s.shape[i, 0], s.shape[i, 1], s.shape[i, 2] = nx, ny, nz
        s.shape[i, 3] = nx * ax + ny * ay + nz * az
        s.shape[i, 4], s.shape[i, 5], s.shape[i, 6] = (
            (ax + bx + cx) / 3.0,
            (ay + by + cy) / 3.0,
            (az + bz + cz) / 3.0,
        )
        uu = ux * ux + uy * uy + uz * uz
        tt = tx * tx + ty * ty + tz * tz
        ut = ux * tx + uy * ty + uz * tz
        s.shape[i, 7] = (uu + tt - ut) * (4.0 / 9.0)  # 2 / 9 of the sum of the face's squares
    if not inside:
        return 0, 0
    return n, count


@lean
def _parts_at(
    s: Star, i: int, x: float, y: float, z: float
) -> tuple[float, float, float, float, float]:
    """Six volumes and mean square edge of cell i with v at a place seen from ``origin``; y - g."""
    six = s.shape[i, 0] * x + s.shape[i, 1] * y + s.shape[i, 2] * z - s.shape[i, 3]
    dx, dy, dz = x - s.shape[i, 4], y - s.shape[i, 5], z - s.shape[i, 6]
    return six, s.shape[i, 7] + 0.5 * (dx * dx + dy * dy + dz * dz), dx, dy, dz


@lean
def _quality_at(s: Star, i: int, x: float, y: float, z: float) -> float:
    """Volume quality of cell i with v at a place seen from ``origin``."""
    six, mean, _, _, _ = _parts_at(s, i, x, y, z)
    return (EQUILATERAL / 6.0) * six / (mean * np.sqrt(mean))


@lean
def worst_at(w: Work, s: Star, n: int, x: float, y: float, z: float, floor: float) -> float:
    """Worst fitness of the star with its vertex at (x, y, z); stops once not above ``floor``."""
    x, y, z = x - s.origin[0], y - s.origin[1], z - s.origin[2]
    worst = 1.0
    for i in range(n):
        q = _quality_at(s, i, x, y, z)
        if s.outside[i]:
            q = 1.0 if q > SAFE else q - SAFE
        if not q >= worst:
            worst = q
            if not worst > floor:
                return worst
    if w.measure == ANGLE:
        worst = _worst_angle(w, s, n, x, y, z, worst, floor)
    return worst


@lean
def _worst_angle(
    w: Work, s: Star, n: int, x: float, y: float, z: float, worst: float, floor: float
) -> float:
    """Lesser of ``worst`` and the angles of the cells inside; only of those that may be less."""
    px, py, pz = x + s.origin[0], y + s.origin[1], z + s.origin[2]
    for i in range(n):
        if s.outside[i]:
            continue
        if _quality_at(s, i, x, y, z) >= angle_reach(worst):
            continue
        q = angles_at(w.points, px, py, pz, s.faces[i, 0], s.faces[i, 1], s.faces[i, 2])
        if not q >= worst:
            worst = q
            if not worst > floor:
                return worst
    return worst


@lean
def mean_at(s: Star, n: int, x: float, y: float, z: float) -> float:
    """Mean volume quality of the cells inside with the vertex at (x, y, z)."""
    x, y, z = x - s.origin[0], y - s.origin[1], z - s.origin[2]
    total = 0.0
    inside = 0
    for i in range(n):
        if s.outside[i]:
            continue
        total += _quality_at(s, i, x, y, z)
        inside += 1
    return total / inside


@lean
def worst_slope(w: Work, s: Star, n: int, x: float, y: float, z: float) -> bool:
    """Write the gradient of the worst cell's volume quality at a place; False where it is 0."""
    px, py, pz = x, y, z
    x, y, z = x - s.origin[0], y - s.origin[1], z - s.origin[2]
    worst = 2.0
    found = False
    for i in range(n):
        q = _quality_at(s, i, x, y, z)
        if s.outside[i]:
            q = 1.0 if q > SAFE else q - SAFE
        elif w.measure == ANGLE and q < angle_reach(worst):
            q = min(q, angles_at(w.points, px, py, pz, s.faces[i, 0], s.faces[i, 1], s.faces[i, 2]))
        if q < worst:
            worst = q
            found = True
            six, mean, dx, dy, dz = _parts_at(s, i, x, y, z)
            s.slope[0] = s.shape[i, 0] - 1.5 * six * dx / mean
            s.slope[1] = s.shape[i, 1] - 1.5 * six * dy / mean
            s.slope[2] = s.shape[i, 2] - 1.5 * six * dz / mean
    size = np.sqrt(s.slope[0] ** 2 + s.slope[1] ** 2 + s.slope[2] ** 2)
    if not found or not size > 0.0:
        return False
    for d in range(3):
        s.slope[d] /= size
    return True
