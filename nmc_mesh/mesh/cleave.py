"""Cuts, faces and tetrahedra: every lattice tetrahedron split along the boundaries through it.

The subdivision of a face depends on that face alone, so neighbours agree without talking: no cut:
the face; one cut: a fan from it; two: a fan from the cut that gives the shorter diagonal; three: a
fan from an interior triple point. A tetrahedron is the cone over its faces' triangles from one
point on its surface, if one sees all the others, else from its centroid; warped tetrahedra are
convex, so every cone is valid, whatever labels meet.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import entry, kernel
from nmc_mesh.mesh.field import Field, value, value_gradient
from nmc_mesh.mesh.lattice import Lattice, edge_number, tet_face, tet_vertices
from nmc_mesh.mesh.shape import quality, volume
from nmc_mesh.typing import Bools, Floats, Ints, Longs

CUT_MARGIN = 0.08
TRIPLE_MARGIN = 0.12
ROOT_STEPS = 30
POOR = 0.04


@kernel
def share(sets: Ints, v: int, w: int) -> bool:
    """Tell whether two vertices have a label in common."""
    for i in range(4):
        if sets[v, i] < 0:
            return False
        for j in range(4):
            if sets[w, j] == sets[v, i]:
                return True
    return False


@kernel
def least(f: Field, sets: Ints, v: int, x: float, y: float, z: float) -> float:
    """Return min over the labels of vertex v of F at a point."""
    best = np.inf
    for i in range(4):
        if sets[v, i] >= 0:
            best = min(best, value(f, sets[v, i], x, y, z))
    return best


@kernel
def mark_cuts(
    g: Lattice, active: Bools, sets: Ints, cut: Ints, triple: Ints, start: int, stop: int
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
                apart = not share(sets, vs[i], vs[j])
                parted[i, j] = parted[j, i] = apart
                if apart:
                    cut[edge_number(g, vs[i], vs[j])] = 1
        for n in range(4):
            i, j, k = (n + 1) % 4, (n + 2) % 4, (n + 3) % 4
            if parted[i, j] and parted[j, k] and parted[k, i]:
                triple[tet_face(g, t, n)] = 1


@kernel
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
                v, w, u = _ordered(vs[(n + 1) % 4], vs[(n + 2) % 4], vs[(n + 3) % 4])
                _triple_point(f, sets, v, w, u, points, p)


@kernel
def _ordered(a: int, b: int, c: int) -> tuple[int, int, int]:
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    return a, b, c


@kernel
def _cut_edge(f: Field, sets: Ints, v: int, w: int, points: Floats, out: int) -> None:
    """Find min F(S(v)) = min F(S(w)) on the edge v w (Illinois), kept off both ends."""
    px, py, pz = points[v, 0], points[v, 1], points[v, 2]
    dx, dy, dz = points[w, 0] - px, points[w, 1] - py, points[w, 2] - pz
    low = least(f, sets, v, px, py, pz) - least(f, sets, w, px, py, pz)
    high = least(f, sets, v, px + dx, py + dy, pz + dz) - least(
        f, sets, w, px + dx, py + dy, pz + dz
    )
    if not np.isfinite(low):
        low = -abs(high) if np.isfinite(high) else -1.0
    if not np.isfinite(high):
        high = abs(low)
    a, b, t = 0.0, 1.0, 0.5
    side = 0
    if low < 0.0 < high:
        for _ in range(ROOT_STEPS):
            t = (a * high - b * low) / (high - low)
            now = least(f, sets, v, px + t * dx, py + t * dy, pz + t * dz) - least(
                f, sets, w, px + t * dx, py + t * dy, pz + t * dz
            )
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


@kernel
def _least_gradient(
    f: Field, sets: Ints, v: int, x: float, y: float, z: float
) -> tuple[float, float, float, float]:
    best, bx, by, bz = np.inf, 0.0, 0.0, 0.0
    for i in range(4):
        if sets[v, i] >= 0:
            q, gx, gy, gz = value_gradient(f, sets[v, i], x, y, z)
            if q < best:
                best, bx, by, bz = q, gx, gy, gz
    return best, bx, by, bz


@kernel
def _triple_point(f: Field, sets: Ints, u: int, v: int, w: int, points: Floats, out: int) -> None:
    """Find the point of the face u v w where the three least F agree (Newton in the face)."""
    ox, oy, oz = points[u, 0], points[u, 1], points[u, 2]
    ax, ay, az = points[v, 0] - ox, points[v, 1] - oy, points[v, 2] - oz
    bx, by, bz = points[w, 0] - ox, points[w, 1] - oy, points[w, 2] - oz
    s = t = 1.0 / 3.0
    found = False
    for _ in range(10):
        x, y, z = ox + s * ax + t * bx, oy + s * ay + t * by, oz + s * az + t * bz
        q0, g0x, g0y, g0z = _least_gradient(f, sets, u, x, y, z)
        q1, g1x, g1y, g1z = _least_gradient(f, sets, v, x, y, z)
        q2, g2x, g2y, g2z = _least_gradient(f, sets, w, x, y, z)
        if not (np.isfinite(q0) and np.isfinite(q1) and np.isfinite(q2)):
            break
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
    points[out, 0] = ox + s * ax + t * bx
    points[out, 1] = oy + s * ay + t * by
    points[out, 2] = oz + s * az + t * bz


@kernel
def _distance2(points: Floats, a: int, b: int) -> float:
    dx = points[a, 0] - points[b, 0]
    dy = points[a, 1] - points[b, 1]
    dz = points[a, 2] - points[b, 2]
    return dx * dx + dy * dy + dz * dz


@kernel
def _split_face(
    g: Lattice,
    points: Floats,
    cut: Ints,
    triple: Ints,
    face: int,
    a: int,
    b: int,
    c: int,
    tris: Longs,
    count: int,
) -> int:
    """Append the triangles of a face (vertices ascending) to ``tris``; return the new count."""
    ab = entry(cut, edge_number(g, a, b))
    bc = entry(cut, edge_number(g, b, c))
    ca = entry(cut, edge_number(g, a, c))
    cuts = (ab >= 0) + (bc >= 0) + (ca >= 0)
    if cuts == 0:
        tris[count, 0], tris[count, 1], tris[count, 2] = a, b, c
        return count + 1
    if cuts == 3:
        apex = entry(triple, face)
        ring = (a, ab, b, bc, c, ca)
        for n in range(6):
            tris[count, 0], tris[count, 1], tris[count, 2] = apex, ring[n], ring[(n + 1) % 6]
            count += 1
        return count
    for _ in range(3):  # turn until edge a b is cut and, with two cuts, edge b c is not
        if ab >= 0 and (cuts == 1 or ca >= 0):
            break
        a, b, c = b, c, a
        ab, bc, ca = bc, ca, ab
    if cuts == 1:
        tris[count, 0], tris[count, 1], tris[count, 2] = a, ab, c
        tris[count + 1, 0], tris[count + 1, 1], tris[count + 1, 2] = ab, b, c
        return count + 2
    first, second = _distance2(points, ab, c), _distance2(points, ca, b)
    tris[count, 0], tris[count, 1], tris[count, 2] = a, ab, ca
    if first < second or (first == second and ab < ca):
        tris[count + 1, 0], tris[count + 1, 1], tris[count + 1, 2] = ab, b, c
        tris[count + 2, 0], tris[count + 2, 1], tris[count + 2, 2] = ab, c, ca
    else:
        tris[count + 1, 0], tris[count + 1, 1], tris[count + 1, 2] = ab, b, ca
        tris[count + 2, 0], tris[count + 2, 1], tris[count + 2, 2] = b, c, ca
    return count + 3


@kernel
def _best_cone(points: Floats, tris: Longs, side: Longs, count: int) -> tuple[int, float]:
    """Return the surface point that sees all triangles best, and the worst quality of its cone."""
    best, best_quality = -1, 0.0
    seen = np.empty(32, dtype=np.int64)
    n_seen = 0
    for i in range(count):
        for m in range(3):
            p = tris[i, m]
            known = False
            for s in range(n_seen):
                known = known or seen[s] == p
            if known:
                continue
            seen[n_seen] = p
            n_seen += 1
            on = np.zeros(4, dtype=np.int64)
            total = np.zeros(4, dtype=np.int64)
            for k in range(count):
                total[side[k]] += 1
                if tris[k, 0] == p or tris[k, 1] == p or tris[k, 2] == p:
                    on[side[k]] += 1
            if not (
                (on[0] == 0 or on[0] == total[0])
                and (on[1] == 0 or on[1] == total[1])
                and (on[2] == 0 or on[2] == total[2])
                and (on[3] == 0 or on[3] == total[3])
            ):
                continue
            worst = 1.0
            for k in range(count):
                if on[side[k]] == 0:
                    q = abs(quality(points, p, tris[k, 0], tris[k, 1], tris[k, 2]))
                    worst = min(worst, q)
            if best < 0 or worst > best_quality:
                best, best_quality = p, worst
    return best, best_quality


@kernel
def split_tets(
    f: Field,
    g: Lattice,
    active: Bools,
    lattice_labels: Ints,
    sets: Ints,
    cut: Ints,
    triple: Ints,
    points: Floats,
    start: int,
    stop: int,
) -> tuple[Ints, Ints, Floats]:
    """Split the active tetrahedra start..stop.

    Returns pieces (n, 4), their labels (n,) and new inner points (k, 3); inner point i is named
    -1 - i in the pieces.
    """
    room = 1024
    cells = np.empty((room, 4), dtype=np.int32)
    names = np.empty(room, dtype=np.int32)
    inner = np.empty((64, 3))
    made = 0
    n_inner = 0
    vs = np.empty(4, dtype=np.int64)
    tris = np.empty((24, 3), dtype=np.int64)
    side = np.empty(24, dtype=np.int64)
    for t in range(start, stop):
        if not active[t]:
            continue
        if made + 24 > room:
            room *= 2
            grown = np.empty((room, 4), dtype=np.int32)
            grown[:made] = cells[:made]
            cells = grown
            more = np.empty(room, dtype=np.int32)
            more[:made] = names[:made]
            names = more
        vs[0], vs[1], vs[2], vs[3] = tet_vertices(g, t)
        count = 0
        for n in range(4):
            a, b, c = _ordered(vs[(n + 1) % 4], vs[(n + 2) % 4], vs[(n + 3) % 4])
            before = count
            count = _split_face(g, points, cut, triple, tet_face(g, t, n), a, b, c, tris, count)
            side[before:count] = n
        if count == 4:
            for n in range(4):
                cells[made, n] = vs[n]
            _finish(f, sets, lattice_labels, vs, points, inner, cells, names, made)
            made += 1
            continue
        apex, worst = _best_cone(points, tris, side, count)
        if apex < 0 or worst < POOR:
            if n_inner == len(inner):
                wider = np.empty((2 * n_inner, 3))
                wider[:n_inner] = inner
                inner = wider
            for k in range(3):
                inner[n_inner, k] = 0.25 * (
                    points[vs[0], k] + points[vs[1], k] + points[vs[2], k] + points[vs[3], k]
                )
            if apex < 0 or _centre_quality(points, inner[n_inner], tris, count) > worst:
                apex = -1 - n_inner
                n_inner += 1
        begin = made
        for k in range(count):
            a, b, c = tris[k, 0], tris[k, 1], tris[k, 2]
            if apex >= 0:
                on_side = False
                for m in range(count):
                    if side[m] == side[k] and (
                        tris[m, 0] == apex or tris[m, 1] == apex or tris[m, 2] == apex
                    ):
                        on_side = True
                if on_side:
                    continue
            cells[made, 0], cells[made, 1], cells[made, 2], cells[made, 3] = a, b, c, apex
            made += 1
        for m in range(begin, made):
            _finish(f, sets, lattice_labels, vs, points, inner, cells, names, m)
    return cells[:made].copy(), names[:made].copy(), inner[:n_inner].copy()


@kernel
def _centre_quality(points: Floats, centre: Floats, tris: Longs, count: int) -> float:
    local = np.empty((4, 3))
    local[3] = centre
    worst = 1.0
    for k in range(count):
        for m in range(3):
            local[m] = points[tris[k, m]]
        worst = min(worst, abs(quality(local, 0, 1, 2, 3)))
    return worst


@kernel
def _finish(
    f: Field,
    sets: Ints,
    lattice_labels: Ints,
    vs: Longs,
    points: Floats,
    inner: Floats,
    cells: Ints,
    names: Ints,
    m: int,
) -> None:
    """Turn piece m the right way round and name it."""
    local = np.empty((4, 3))
    for n in range(4):
        p = cells[m, n]
        local[n] = points[p] if p >= 0 else inner[-1 - p]
    if volume(local, 0, 1, 2, 3) < 0.0:
        cells[m, 0], cells[m, 1] = cells[m, 1], cells[m, 0]
    for n in range(4):
        p = cells[m, n]
        if 0 <= p < len(lattice_labels) and sets[p, 1] < 0:
            names[m] = sets[p, 0]
            return
    x = 0.25 * (local[0, 0] + local[1, 0] + local[2, 0] + local[3, 0])
    y = 0.25 * (local[0, 1] + local[1, 1] + local[2, 1] + local[3, 1])
    z = 0.25 * (local[0, 2] + local[1, 2] + local[2, 2] + local[3, 2])
    names[m] = _least_name(f, sets, vs, x, y, z)


@kernel
def _least_name(f: Field, sets: Ints, vs: Longs, x: float, y: float, z: float) -> int:
    """Return the label with the least F at a point among those of the four vertices."""
    best, name = np.inf, -1
    for n in range(4):
        for i in range(4):
            label = sets[vs[n], i]
            if label >= 0:
                q = value(f, label, x, y, z)
                if name < 0 or q < best or (q == best and label < name):
                    best, name = q, label
    return name
