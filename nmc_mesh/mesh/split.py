"""Faces and tetrahedra: every lattice tetrahedron split along the boundaries through it.

The subdivision of a face depends on that face alone, so neighbours agree without talking: no cut:
the face; one cut: a fan from it; two: a fan from the cut that gives the shorter diagonal; three: a
fan from an interior triple point. A tetrahedron is the cone over its faces' triangles from one
point on its surface, if one sees all the others, else from its centroid; warped tetrahedra are
convex, so every cone is valid, whatever labels meet.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import ZERO, entry, kernel, lean, ordered
from nmc_mesh.mesh.cuts import host_at
from nmc_mesh.mesh.field import Field, value
from nmc_mesh.mesh.lattice import EMPTY, Lattice, edge_number, tet_face, tet_vertices
from nmc_mesh.mesh.shape import quality, volume
from nmc_mesh.mesh.walls import EXACT, only_wall, reach_wall, wide
from nmc_mesh.typing import Bools, Floats, Ints, Longs

POOR = 0.04
CENTRE_MARGIN = 0.15
MOST = 24
"""Pieces of one tetrahedron: no face has more than six triangles."""

CORNERS: tuple[int, int, int, int] = tuple(np.arange(4))  # type: ignore[assignment]


@lean
def _distance2(points: Floats, a: int, b: int) -> float:
    dx = points[a, 0] - points[b, 0]
    dy = points[a, 1] - points[b, 1]
    dz = points[a, 2] - points[b, 2]
    return dx * dx + dy * dy + dz * dz


@lean
def _split_face(
    f: Field,
    g: Lattice,
    sets: Ints,
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
    if f.kind != EXACT and (only_wall(f, sets, b) == 0) != (only_wall(f, sets, c) == 0):
        # the cell at the vertex beyond the wall ends at the wall, not at a boundary inside
        first, second = (1.0, 0.0) if only_wall(f, sets, b) == 0 else (0.0, 1.0)
    tris[count, 0], tris[count, 1], tris[count, 2] = a, ab, ca
    if first < second or (first == second and ab < ca):
        tris[count + 1, 0], tris[count + 1, 1], tris[count + 1, 2] = ab, b, c
        tris[count + 2, 0], tris[count + 2, 1], tris[count + 2, 2] = ab, c, ca
    else:
        tris[count + 1, 0], tris[count + 1, 1], tris[count + 1, 2] = ab, b, ca
        tris[count + 2, 0], tris[count + 2, 1], tris[count + 2, 2] = b, c, ca
    return count + 3


@lean
def _best_cone(
    points: Floats, tris: Longs, side: Longs, count: int, seen: Longs
) -> tuple[int, float]:
    """Return the surface point that sees all triangles best, and the worst quality of its cone.

    ``seen`` is room for the points.
    """
    best, best_quality = -1, 0.0
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
            on, off = 0, 0  # sides with a triangle at p, sides with a triangle apart from it
            for k in range(count):
                if tris[k, 0] == p or tris[k, 1] == p or tris[k, 2] == p:
                    on |= 1 << side[k]
                else:
                    off |= 1 << side[k]
            if on & off:
                continue
            worst = 1.0
            for k in range(count):
                if (off >> side[k]) & 1:
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
    room = MOST * (stop - start)
    cells = np.empty((room, 4), dtype=np.int32)
    names = np.empty(room, dtype=np.int32)
    inner = np.empty((stop - start, 3))
    made = ZERO
    n_inner = ZERO
    vs = np.empty(4, dtype=np.int64)
    tris = np.empty((MOST, 3), dtype=np.int64)
    side = np.empty(MOST, dtype=np.int64)
    seen = np.empty(32, dtype=np.int64)
    local = np.empty((4, 3))
    for t in range(start, stop):
        if not active[t]:
            continue
        vs[0], vs[1], vs[2], vs[3] = tet_vertices(g, t)
        count = ZERO
        for n in range(4):
            a, b, c = ordered(vs[(n + 1) % 4], vs[(n + 2) % 4], vs[(n + 3) % 4])
            before = count
            count = _split_face(
                f, g, sets, points, cut, triple, tet_face(g, t, n), a, b, c, tris, count
            )
            for k in range(before, count):
                side[k] = n
        if count == 4:
            for n in range(4):
                cells[made, n] = vs[n]
            _finish(f, sets, lattice_labels, vs, points, inner, cells, names, made, local)
            made += 1
            continue
        apex, worst = _best_cone(points, tris, side, count, seen)
        if apex < 0 or worst < POOR:
            for k in range(3):
                inner[n_inner, k] = 0.25 * (
                    points[vs[0], k] + points[vs[1], k] + points[vs[2], k] + points[vs[3], k]
                )
            if f.kind != EXACT:
                _centre_onto_wall(f, sets, vs, points, inner, n_inner)
            if apex < 0 or _centre_quality(points, inner, n_inner, tris, count, local) > worst:
                apex = -1 - n_inner
                n_inner += 1
        begin = made
        for k in range(count):
            a, b, c = tris[k, 0], tris[k, 1], tris[k, 2]
            if apex >= 0 and _side_has(tris, side, count, side[k], apex):
                continue
            cells[made, 0], cells[made, 1], cells[made, 2], cells[made, 3] = a, b, c, apex
            made += 1
        for m in range(begin, made):
            _finish(f, sets, lattice_labels, vs, points, inner, cells, names, m, local)
    return cells[:made].copy(), names[:made].copy(), inner[:n_inner].copy()


@lean
def _side_has(tris: Longs, side: Longs, count: int, face: int, p: int) -> bool:
    """Whether a triangle on a face of the tetrahedron has the corner p."""
    for m in range(count):
        if side[m] == face and (tris[m, 0] == p or tris[m, 1] == p or tris[m, 2] == p):
            return True
    return False


@lean
def _centre_onto_wall(
    f: Field, sets: Ints, vs: Longs, points: Floats, inner: Floats, centre: int
) -> None:
    """Put an inner point where the line goes beyond the wall that joins what is beyond or not."""
    wall = wide(0)
    beyond = 0
    for n in range(4):
        here = only_wall(f, sets, vs[n])
        if here != 0:
            if wall != 0 and here != wall:
                return
            wall = here
            beyond += 1
    if wall == 0 or beyond == 4:
        return
    x = y = z = dx = dy = dz = 0.0
    for n in range(4):
        px, py, pz = points[vs[n], 0], points[vs[n], 1], points[vs[n], 2]
        if only_wall(f, sets, vs[n]) != 0:
            dx, dy, dz = dx + px / beyond, dy + py / beyond, dz + pz / beyond
        else:
            part = 4 - beyond
            x, y, z = x + px / part, y + py / part, z + pz / part
    dx, dy, dz = dx - x, dy - y, dz - z
    t = reach_wall(f, wall, x, y, z, dx, dy, dz)
    t = min(max(t, CENTRE_MARGIN), 1.0 - CENTRE_MARGIN)
    inner[centre, 0], inner[centre, 1], inner[centre, 2] = x + t * dx, y + t * dy, z + t * dz


@lean
def _centre_quality(
    points: Floats, inner: Floats, centre: int, tris: Longs, count: int, local: Floats
) -> float:
    """Worst quality of the cells between the triangles and an inner point; ``local`` is room."""
    for d in range(3):
        local[3, d] = inner[centre, d]
    worst = 1.0
    for k in range(count):
        for m in range(3):
            for d in range(3):
                local[m, d] = points[tris[k, m], d]
        worst = min(worst, abs(quality(local, *CORNERS)))
    return worst


@lean
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
    local: Floats,
) -> None:
    """Turn piece m the right way round and name it; ``local`` is room for its vertices."""
    for n in range(4):
        p = cells[m, n]
        for d in range(3):
            local[n, d] = points[p, d] if p >= 0 else inner[-1 - p, d]
    if volume(local, *CORNERS) < 0.0:
        cells[m, 0], cells[m, 1] = cells[m, 1], cells[m, 0]
    for n in range(4):
        p = cells[m, n]
        if 0 <= p < len(lattice_labels) and sets[p, 1] == EMPTY:
            names[m] = sets[p, 0]
            return
    x = 0.25 * (local[0, 0] + local[1, 0] + local[2, 0] + local[3, 0])
    y = 0.25 * (local[0, 1] + local[1, 1] + local[2, 1] + local[3, 1])
    z = 0.25 * (local[0, 2] + local[1, 2] + local[2, 2] + local[3, 2])
    names[m] = _least_name(f, sets, vs, x, y, z)


@lean
def _least_name(f: Field, sets: Ints, vs: Longs, x: float, y: float, z: float) -> int:
    """Return the label with the least F at a point among those of the four vertices."""
    best, name = np.inf, EMPTY
    host = host_at(f, sets, vs[0], vs[1], vs[2], vs[3], x, y, z)
    for n in range(4):
        for i in range(4):
            label = sets[vs[n], i]
            if label != EMPTY:
                q = value(f, label, host, x, y, z)
                if name == EMPTY or q < best or (q == best and label < name):
                    best, name = q, label
    return name
