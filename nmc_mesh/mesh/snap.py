"""Labels of the lattice vertices, and vertices moved onto boundaries that pass close by.

Vertex v with label A is snapped to the labels B of those of its 14 edges that the boundary
F_A = F_B cuts closer than 0.41 (short edges) or 0.25 (long ones) of their length: at most three
others, so onto a surface, a triple line or a quadruple point (``project``). Only original labels
are read, so the result does not depend on any order. Thresholds: Labelle & Shewchuk,
doi 10.1145/1275808.1276448.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel, lean
from nmc_mesh.mesh.field import Field, best_cell, best_label, value, value_gradient
from nmc_mesh.mesh.lattice import EMPTY, Lattice, neighbour, tet_vertices, vertex_place
from nmc_mesh.mesh.project import project
from nmc_mesh.mesh.shape import volume
from nmc_mesh.mesh.walls import EXACT, host_of, is_wall, onto_wall, wide
from nmc_mesh.typing import Bools, Floats, Ints

SHORT, LONG = 0.41, 0.25
REACH = 0.42
ROOT_STEPS = 30
FLAT = 0.05


@lean
def label_vertices(f: Field, g: Lattice, labels: Ints, start: int, stop: int) -> None:
    """Write the label of the lattice vertices start..stop."""
    for v in range(start, stop):
        x, y, z = vertex_place(g, v)
        labels[v] = best_label(f, x, y, z)[0]


@lean
def mark_tets(g: Lattice, labels: Ints, active: Bools, start: int, stop: int) -> None:
    """Mark the lattice tetrahedra (of cells start..stop) with at least one kept vertex."""
    for c in range(start, stop):
        if not is_inner(g, c):
            continue
        for t in range(12 * c, 12 * c + 12):
            v0, v1, v2, v3 = tet_vertices(g, t)
            active[t] = labels[v0] > 0 or labels[v1] > 0 or labels[v2] > 0 or labels[v3] > 0


@lean
def mark_touching(
    g: Lattice, sets: Ints, wanted: Bools, active: Bools, start: int, stop: int
) -> None:
    """Mark those tetrahedra (of cells start..stop) too that touch a vertex snapped onto a grain.

    So every vertex of a grain has all of its cells, those outside among them.
    """
    for c in range(start, stop):
        if not is_inner(g, c):
            continue
        for t in range(12 * c, 12 * c + 12):
            if not active[t]:
                v0, v1, v2, v3 = tet_vertices(g, t)
                active[t] = (
                    (wanted[v0] and _touches_grain(sets, v0))
                    or (wanted[v1] and _touches_grain(sets, v1))
                    or (wanted[v2] and _touches_grain(sets, v2))
                    or (wanted[v3] and _touches_grain(sets, v3))
                )


@lean
def _touches_grain(sets: Ints, v: int) -> bool:
    return sets[v, 0] > 0 or sets[v, 1] > 0 or sets[v, 2] > 0 or sets[v, 3] > 0


@lean
def is_inner(g: Lattice, c: int) -> bool:
    """Tell whether a lattice cell is not on the rim of the lattice."""
    k = c % g.shape[2]
    j = (c // g.shape[2]) % g.shape[1]
    i = c // (g.shape[2] * g.shape[1])
    return 0 < i < g.shape[0] - 2 and 0 < j < g.shape[1] - 2 and 0 < k < g.shape[2] - 2


@lean
def mark_vertices(g: Lattice, active: Bools, wanted: Bools, start: int, stop: int) -> None:
    """Mark the vertices of the active tetrahedra start..stop."""
    for t in range(start, stop):
        if active[t]:
            v0, v1, v2, v3 = tet_vertices(g, t)
            wanted[v0] = wanted[v1] = wanted[v2] = wanted[v3] = True


@lean
def crossing(f: Field, first: int, second: int, p: Floats, q: Floats) -> float:
    """Return t in [0, 1] where F_first = F_second on the segment p q, or 2 if they do not cross."""
    host = max(first, second)
    low = value(f, first, host, p[0], p[1], p[2]) - value(f, second, host, p[0], p[1], p[2])
    high = value(f, first, host, q[0], q[1], q[2]) - value(f, second, host, q[0], q[1], q[2])
    if not low <= 0.0 <= high:
        return 2.0
    a, b = 0.0, 1.0
    side = 0
    t = 0.5
    for _ in range(ROOT_STEPS):
        t = (a * high - b * low) / (high - low) if high > low else 0.5 * (a + b)
        x = p[0] + t * (q[0] - p[0])
        y = p[1] + t * (q[1] - p[1])
        z = p[2] + t * (q[2] - p[2])
        now = value(f, first, host, x, y, z) - value(f, second, host, x, y, z)
        if b - a < 1e-6 or now == 0.0:
            break
        if not (now < 0.0):
            if abs(b - t) < 1e-7:
                break
            b, high = t, now
            if side == 1:
                low *= 0.5
            side = 1
        else:
            if abs(t - a) < 1e-7:
                break
            a, low = t, now
            if side == -1:
                high *= 0.5
            side = -1
    return t


@kernel
def snap_vertices(
    f: Field,
    g: Lattice,
    labels: Ints,
    wanted: Bools,
    points: Floats,
    sets: Ints,
    start: int,
    stop: int,
) -> None:
    """Place the wanted vertices start..stop and write the set of labels each of them touches.

    ``points`` (vertices, 3), ``sets`` (vertices, 4) filled up with EMPTY.
    """
    here = np.empty(3)
    place = np.empty(3)
    names = np.empty(4, dtype=np.int32)
    far = np.empty(14)
    other = np.empty(14, dtype=np.int32)
    for v in range(start, stop):
        if not wanted[v]:
            continue
        x, y, z = vertex_place(g, v)
        points[v, 0], points[v, 1], points[v, 2] = x, y, z
        sets[v, 0] = labels[v]
        sets[v, 1] = sets[v, 2] = sets[v, 3] = EMPTY
        here[0], here[1], here[2] = x, y, z
        count = close = _violators(f, g, labels, v, here, other, far)
        while count > 0:
            names[0] = labels[v]
            for i in range(count):
                names[i + 1] = other[i]
            for d in range(3):
                place[d] = here[d]
            if project(f, names, count + 1, place, REACH * g.a) and _smallest(
                f, names[0], host_of(f, names, count + 1), place
            ):
                for d in range(3):
                    points[v, d] = place[d]
                for i in range(count):
                    sets[v, i + 1] = other[i]
                break
            count -= 1
        if count == 0 and f.kind != EXACT:
            _snap_onto_wall(f, labels[v], other, close, REACH * g.a, points, sets, v)


@lean
def _snap_onto_wall(
    f: Field, label: int, other: Ints, count: int, reach: float, points: Floats, sets: Ints, v: int
) -> None:
    """Put vertex v on a wall among its violators even if a grain that it does not know is there.

    Then the grain goes without a vertex here, which moves a boundary inside; the wall stays.
    """
    wall = wide(label)
    for i in range(count):
        if not is_wall(f, wall):
            wall = wide(other[i])
    if not is_wall(f, wall):
        return
    x, y, z = points[v, 0], points[v, 1], points[v, 2]
    px, py, pz = onto_wall(f, wall, x, y, z)
    if not (px - x) ** 2 + (py - y) ** 2 + (pz - z) ** 2 <= reach * reach:
        return
    grain = best_cell(f, px, py, pz)[0] if wall == label else label
    if grain > 0:
        points[v, 0], points[v, 1], points[v, 2] = px, py, pz
        sets[v, 1] = grain if wall == label else wall


@kernel
def _violators(
    f: Field, g: Lattice, labels: Ints, v: int, here: Floats, other: Ints, far: Floats
) -> int:
    """Collect the labels whose boundary passes too close, nearest first, three at most."""
    count = 0
    there = np.empty(3)
    for n in range(14):
        w = neighbour(g, v, n)
        if labels[w] == labels[v]:
            continue
        there[0], there[1], there[2] = vertex_place(g, w)
        t = crossing(f, labels[v], labels[w], here, there)
        if t >= (LONG if n < 6 else SHORT):
            continue
        d = t * (1.0 if n < 6 else 0.8660254037844386)
        slot = 0
        while slot < count and other[slot] != labels[w]:
            slot += 1
        if slot == count:
            other[slot] = labels[w]
            far[slot] = d
            count += 1
        elif d < far[slot]:
            far[slot] = d
        while slot > 0 and (
            far[slot] < far[slot - 1]
            or (far[slot] == far[slot - 1] and other[slot] < other[slot - 1])
        ):
            far[slot], far[slot - 1] = far[slot - 1], far[slot]
            other[slot], other[slot - 1] = other[slot - 1], other[slot]
            slot -= 1
    return min(count, 3)


@lean
def _smallest(f: Field, label: int, host: int, place: Floats) -> bool:
    """Tell whether no label is clearly smaller than ``label`` at a place."""
    own, gx, gy, gz = value_gradient(f, label, host, place[0], place[1], place[2])
    best = best_label(f, place[0], place[1], place[2])[1]
    return own - best <= 1e-5 * (abs(own) + abs(gx) + abs(gy) + abs(gz)) + 1e-12


@lean
def flat_tets(
    g: Lattice, active: Bools, points: Floats, sets: Ints, flat: Bools, start: int, stop: int
) -> None:
    """Mark the vertices of active tetrahedra whose volume fell under 5 % of the lattice's."""
    least = FLAT * g.a * g.a * g.a / 12.0
    for t in range(start, stop):
        if not active[t]:
            continue
        v0, v1, v2, v3 = tet_vertices(g, t)
        if volume(points, v0, v1, v2, v3) < least:
            for v in (v0, v1, v2, v3):
                if sets[v, 1] != EMPTY:
                    flat[v] = True


@lean
def unsnap(g: Lattice, flat: Bools, points: Floats, sets: Ints) -> None:
    """Put the marked vertices back on the lattice and clear the marks."""
    for v in range(len(flat)):
        if flat[v]:
            points[v, 0], points[v, 1], points[v, 2] = vertex_place(g, v)
            sets[v, 1] = sets[v, 2] = sets[v, 3] = EMPTY
            flat[v] = False
