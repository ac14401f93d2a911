"""Cuts of lattice edges and triple points of lattice faces: the new points of a cleaving.

An edge is cut where its ends have no label in common, at min F(S(v)) = min F(S(w)). A face with
three cut edges gets a triple point, where the least F of its three corners agree. Either depends on
its edge or face alone, so all tetrahedra round it find the same point.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel, lean, ordered
from nmc_mesh.mesh.field import Field, value, value_gradient
from nmc_mesh.mesh.lattice import EMPTY, Lattice, edge_number, tet_face, tet_vertices
from nmc_mesh.mesh.walls import EXACT, is_wall, only_wall, reach_wall, wide
from nmc_mesh.typing import Bools, Floats, Ints

CUT_MARGIN = 0.08
TRIPLE_MARGIN = 0.12
ROOT_STEPS = 30


@lean
def share(f: Field, sets: Ints, v: int, w: int) -> bool:
    """Tell whether two vertices have a label in common; walls count only where one has no other.

    So an edge within a wall is cut where it goes from grain to grain.
    """
    bare = f.kind != EXACT and before_walls(f, sets, v) and before_walls(f, sets, w)
    for i in range(4):
        if sets[v, i] == EMPTY:
            return False
        if bare and is_wall(f, sets[v, i]):
            continue
        for j in range(4):
            if sets[w, j] == sets[v, i]:
                return True
    return False


@lean
def before_walls(f: Field, sets: Ints, v: int) -> bool:
    """Tell whether a vertex has a label that is not a wall's."""
    found = False
    for i in range(4):
        found = found or (sets[v, i] != EMPTY and not is_wall(f, sets[v, i]))
    return found


@lean
def host_at(
    f: Field, sets: Ints, t: int, u: int, v: int, w: int, x: float, y: float, z: float
) -> int:
    """Return the grain with the least F among the labels of four vertices, the host of their walls.

    0 where there is no wall among them, or no grain.
    """
    host = wide(0)
    if f.kind == EXACT:
        return host
    walled = False
    for vertex in (t, u, v, w):
        for i in range(4):
            walled = walled or (sets[vertex, i] != EMPTY and is_wall(f, sets[vertex, i]))
    if not walled:
        return host
    best = np.inf
    for vertex in (t, u, v, w):
        for i in range(4):
            label = wide(sets[vertex, i])
            if label > 0:
                q = value(f, label, host, x, y, z)
                if q < best:
                    best, host = q, label
    return host


@lean
def _least(
    f: Field, sets: Ints, v: int, bare: bool, host: int, x: float, y: float, z: float
) -> float:
    best = np.inf
    for i in range(4):
        if sets[v, i] != EMPTY and not (bare and is_wall(f, sets[v, i])):
            best = min(best, value(f, sets[v, i], host, x, y, z))
    return best


@lean
def gap(f: Field, sets: Ints, v: int, w: int, x: float, y: float, z: float) -> float:
    """Return the least F of the labels of vertex v less that of vertex w at a point."""
    bare = f.kind != EXACT and before_walls(f, sets, v) and before_walls(f, sets, w)
    host = wide(0) if bare else host_at(f, sets, v, w, w, w, x, y, z)
    return _least(f, sets, v, bare, host, x, y, z) - _least(f, sets, w, bare, host, x, y, z)


@kernel
def mark_cuts(
    f: Field, g: Lattice, active: Bools, sets: Ints, cut: Ints, triple: Ints, start: int, stop: int
) -> None:
    """Mark cut edges (1 in ``cut``) and faces with three cuts (1 in ``triple``)."""
    vs = np.empty(4, dtype=np.int64)
    parted = np.zeros((4, 4), dtype=np.bool_)
    for t in range(start, stop):
        if not active[t]:
            continue
        vs[0], vs[1], vs[2], vs[3] = tet_vertices(g, t)
        for i in range(3):
            for j in range(i + 1, 4):
                apart = not share(f, sets, vs[i], vs[j])
                parted[i, j] = parted[j, i] = apart
                if apart:
                    cut[edge_number(g, vs[i], vs[j])] = 1
        for n in range(4):
            i, j, k = (n + 1) % 4, (n + 2) % 4, (n + 3) % 4
            if parted[i, j] and parted[j, k] and parted[k, i]:
                triple[tet_face(g, t, n)] = 1


@lean
def number(marks: Ints, first: int) -> int:
    """Replace marks (1) by numbers from ``first`` on, the rest by -1; return the next one."""
    for i in range(len(marks)):
        if marks[i] == 1:
            marks[i] = first
            first += 1
        else:
            marks[i] = -1
    return first


@kernel
def place_cuts(
    f: Field,
    g: Lattice,
    active: Bools,
    sets: Ints,
    cut: Ints,
    triple: Ints,
    points: Floats,
    start: int,
    stop: int,
) -> None:
    """Write the places of the cuts and triple points of tetrahedra start..stop.

    Neighbours write the same bytes: each computation reads its edge or face in one fixed order.
    """
    vs = np.empty(4, dtype=np.int64)
    for t in range(start, stop):
        if not active[t]:
            continue
        vs[0], vs[1], vs[2], vs[3] = tet_vertices(g, t)
        for i in range(3):
            for j in range(i + 1, 4):
                p = cut[edge_number(g, vs[i], vs[j])]
                if p >= 0:
                    v, w = min(vs[i], vs[j]), max(vs[i], vs[j])
                    _cut_edge(f, sets, v, w, points, p)
        for n in range(4):
            p = triple[tet_face(g, t, n)]
            if p >= 0:
                v, w, u = ordered(vs[(n + 1) % 4], vs[(n + 2) % 4], vs[(n + 3) % 4])
                _triple_point(f, sets, v, w, u, points, p)


@lean
def _cut_edge(f: Field, sets: Ints, v: int, w: int, points: Floats, out: int) -> None:
    """Find min F(S(v)) = min F(S(w)) on the edge v w (Illinois), kept off both ends."""
    px, py, pz = points[v, 0], points[v, 1], points[v, 2]
    dx, dy, dz = points[w, 0] - px, points[w, 1] - py, points[w, 2] - pz
    low = gap(f, sets, v, w, px, py, pz)
    high = gap(f, sets, v, w, px + dx, py + dy, pz + dz)
    a, b, t = 0.0, 1.0, 0.5
    side = 0
    if low < 0.0 < high:
        for _ in range(ROOT_STEPS):
            t = (a * high - b * low) / (high - low)
            now = gap(f, sets, v, w, px + t * dx, py + t * dy, pz + t * dz)
            if now == 0.0 or b - a < 1e-6 or min(t - a, b - t) < 1e-7:
                break
            if not (now < 0.0):
                b, high = t, now
                if side == 1:
                    low *= 0.5
                side = 1
            else:
                a, low = t, now
                if side == -1:
                    high *= 0.5
                side = -1
    elif low >= 0.0:
        t = 0.0
    else:
        t = 1.0
    t = min(max(t, CUT_MARGIN), 1.0 - CUT_MARGIN)
    points[out, 0] = px + t * dx
    points[out, 1] = py + t * dy
    points[out, 2] = pz + t * dz


@lean
def _least_gradient(
    f: Field, sets: Ints, v: int, bare: bool, host: int, x: float, y: float, z: float
) -> tuple[float, float, float, float]:
    best, bx, by, bz = np.inf, 0.0, 0.0, 0.0
    for i in range(4):
        if sets[v, i] != EMPTY and not (bare and is_wall(f, sets[v, i])):
            q, gx, gy, gz = value_gradient(f, sets[v, i], host, x, y, z)
            if q < best:
                best, bx, by, bz = q, gx, gy, gz
    return best, bx, by, bz


@lean
def _triple_point(f: Field, sets: Ints, u: int, v: int, w: int, points: Floats, out: int) -> None:
    """Find the point of the face u v w where the three least F agree (Newton in the face)."""
    ox, oy, oz = points[u, 0], points[u, 1], points[u, 2]
    ax, ay, az = points[v, 0] - ox, points[v, 1] - oy, points[v, 2] - oz
    bx, by, bz = points[w, 0] - ox, points[w, 1] - oy, points[w, 2] - oz
    bare = f.kind != EXACT and before_walls(f, sets, u)
    bare = bare and before_walls(f, sets, v) and before_walls(f, sets, w)
    s = t = 1.0 / 3.0
    found = False
    for _ in range(10):
        x, y, z = ox + s * ax + t * bx, oy + s * ay + t * by, oz + s * az + t * bz
        host = host_at(f, sets, u, v, w, w, x, y, z)
        q0, g0x, g0y, g0z = _least_gradient(f, sets, u, bare, host, x, y, z)
        q1, g1x, g1y, g1z = _least_gradient(f, sets, v, bare, host, x, y, z)
        q2, g2x, g2y, g2z = _least_gradient(f, sets, w, bare, host, x, y, z)
        m00 = (g1x - g0x) * ax + (g1y - g0y) * ay + (g1z - g0z) * az
        m01 = (g1x - g0x) * bx + (g1y - g0y) * by + (g1z - g0z) * bz
        m10 = (g2x - g0x) * ax + (g2y - g0y) * ay + (g2z - g0z) * az
        m11 = (g2x - g0x) * bx + (g2y - g0y) * by + (g2z - g0z) * bz
        det = m00 * m11 - m01 * m10
        if abs(det) <= 1e-12 * (abs(m00 * m11) + abs(m01 * m10)):
            break
        ds = -((q1 - q0) * m11 - (q2 - q0) * m01) / det
        dt = -((q2 - q0) * m00 - (q1 - q0) * m10) / det
        far = max(abs(ds), abs(dt))
        if far > 0.3:
            ds *= 0.3 / far
            dt *= 0.3 / far
        s += ds
        t += dt
        if abs(s) > 3.0 or abs(t) > 3.0:
            break
        if far < 1e-7:
            found = True
            break
    if not found:
        s = t = 1.0 / 3.0
    r = 1.0 - s - t
    r, s, t = max(r, TRIPLE_MARGIN), max(s, TRIPLE_MARGIN), max(t, TRIPLE_MARGIN)
    total = r + s + t
    s /= total
    t /= total
    if f.kind != EXACT:
        s, t = _onto_wall(f, sets, u, v, w, points, s, t)
    points[out, 0] = ox + s * ax + t * bx
    points[out, 1] = oy + s * ay + t * by
    points[out, 2] = oz + s * az + t * bz


@lean
def _onto_wall(
    f: Field, sets: Ints, u: int, v: int, w: int, points: Floats, s: float, t: float
) -> tuple[float, float]:
    """Move a triple point onto the wall that one vertex is beyond, on the line to that vertex."""
    far, p, q = w, u, v
    wall = only_wall(f, sets, w)
    part = t
    if wall == 0:
        far, p, q = v, w, u
        wall = only_wall(f, sets, v)
        part = s
    if wall == 0:
        far, p, q = u, v, w
        wall = only_wall(f, sets, u)
        part = 1.0 - s - t
    if wall == 0 or only_wall(f, sets, p) != 0 or only_wall(f, sets, q) != 0:
        return s, t
    r = 1.0 - s - t
    share_p = (r if p == u else (s if p == v else t)) / (1.0 - part)
    share_q = 1.0 - share_p
    x = share_p * points[p, 0] + share_q * points[q, 0]
    y = share_p * points[p, 1] + share_q * points[q, 1]
    z = share_p * points[p, 2] + share_q * points[q, 2]
    part = reach_wall(f, wall, x, y, z, points[far, 0] - x, points[far, 1] - y, points[far, 2] - z)
    part = min(max(part, CUT_MARGIN), 1.0 - CUT_MARGIN)
    share_p, share_q = share_p * (1.0 - part), share_q * (1.0 - part)
    if far == w:
        return share_q, part
    if far == v:
        return part, share_p
    return share_p, share_q
