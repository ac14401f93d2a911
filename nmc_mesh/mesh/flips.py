"""Edge removal and face removal: new cells in a small cavity, the same vertices.

Removing the edge a b replaces the n cells round it by the best triangulation of its ring, joined to
a and to b (Klincsek's dynamic programme, ring of 3 to 7). On a grain boundary the ring has two
parts, one per grain; the boundary's two triangles (a, b, p), (a, b, r) become (a, p, r), (b, p, r),
which is allowed where both lie within a given distance of each other.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import NONE, ZERO, kernel, lean
from nmc_mesh.mesh.stars import (
    DEAD,
    Work,
    add_to_star,
    cell_at,
    cell_quality,
    corner,
    edge_ring,
    fitness_as,
    remove_from_star,
    room_at,
)
from nmc_mesh.typing import Floats, Longs

RING = 8


@lean
def _same_slab(w: Work, s: int, n: int, items: Longs) -> bool:
    same = True
    for i in range(n):
        same = same and w.slab[items[i]] == s
    return same


@lean
def put_cell(w: Work, t: int, a: int, b: int, c: int, d: int, label: int) -> None:
    """Write a new cell and enter it in the lists of its vertices."""
    w.cells[t, 0], w.cells[t, 1], w.cells[t, 2], w.cells[t, 3] = a, b, c, d
    w.labels[t] = label
    for i in range(4):
        v = corner(w, t, i)
        add_to_star(w, v, t)
        w.touched[v] = True


@lean
def take_cell(w: Work, t: int) -> None:
    """Delete a cell and take it out of the lists of its vertices."""
    for i in range(4):
        remove_from_star(w, corner(w, t, i), t)
    w.labels[t] = DEAD


@lean
def _pair_quality(w: Work, a: int, b: int, p: int, q: int, r: int, outside: bool) -> float:
    """Worse of the cells (p, q, r, b) and (q, p, r, a)."""
    return min(fitness_as(w, outside, p, q, r, b), fitness_as(w, outside, q, p, r, a))


@lean
def plan_ring(
    w: Work,
    a: int,
    b: int,
    ring: Longs,
    first: int,
    last: int,
    outside: bool,
    best: Floats,
    split: Longs,
) -> float:
    """Fill ``best[i, j]`` and ``split[i, j]`` for the polygon ring[first..last]."""
    for i in range(first, last):
        best[i, i + 1] = 1.0
    for width in range(2, last - first + 1):
        for i in range(first, last - width + 1):
            j = i + width
            best[i, j] = -2.0
            split[i, j] = i + 1
            for k in range(i + 1, j):
                bound = min(best[i, k], best[k, j])
                if bound > best[i, j]:
                    q = min(bound, _pair_quality(w, a, b, ring[i], ring[k], ring[j], outside))
                    if q > best[i, j]:
                        best[i, j] = q
                        split[i, j] = k
    return best[first, last]


@kernel
def _fill_ring(
    w: Work,
    a: int,
    b: int,
    ring: Longs,
    first: int,
    last: int,
    split: Longs,
    label: int,
    slots: Longs,
    n_slots: int,
) -> int:
    """Write the planned cells of the polygon ring[first..last] into ``slots``; return the rest."""
    stack = np.empty((RING + 2, 2), dtype=np.int64)
    stack[0, 0], stack[0, 1] = first, last
    height = 1
    while height > 0:
        height -= 1
        i, j = stack[height, 0], stack[height, 1]
        if j - i < 2:
            continue
        k = split[i, j]
        n_slots -= 1
        put_cell(w, slots[n_slots], ring[i], ring[k], ring[j], b, label)
        n_slots -= 1
        put_cell(w, slots[n_slots], ring[k], ring[i], ring[j], a, label)
        stack[height, 0], stack[height, 1] = i, k
        stack[height + 1, 0], stack[height + 1, 1] = k, j
        height += 2
    return n_slots


@lean
def _gap(x: Floats, a: int, b: int, p: int, r: int) -> float:
    """Distance of the lines a b and p r."""
    ux, uy, uz = x[b, 0] - x[a, 0], x[b, 1] - x[a, 1], x[b, 2] - x[a, 2]
    vx, vy, vz = x[r, 0] - x[p, 0], x[r, 1] - x[p, 1], x[r, 2] - x[p, 2]
    nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
    size = np.sqrt(nx * nx + ny * ny + nz * nz)
    if size == 0.0:
        return np.inf
    px, py, pz = x[p, 0] - x[a, 0], x[p, 1] - x[a, 1], x[p, 2] - x[a, 2]
    return abs(nx * px + ny * py + nz * pz) / size


@kernel
def remove_edge(w: Work, a: int, b: int, gain: float, flat: float, free: Longs, n_free: int) -> int:
    """Remove the edge a b if the worst quality rises by ``gain``; return the height of ``free``.

    ``flat`` is the largest distance (um) a boundary may move by in a swap. Unchanged means refused.
    """
    tets = np.empty(RING, dtype=np.int64)
    ring = np.empty(2 * RING, dtype=np.int64)
    n = edge_ring(w, a, b, tets, ring[:RING])
    if n == 0 or w.slab[a] != w.slab[b] or not _same_slab(w, w.slab[a], n, ring):
        return n_free
    cut = 0
    for i in range(n):
        if w.labels[tets[i]] != w.labels[tets[(i + n - 1) % n]]:
            cut += 1
    if cut > 2:
        return n_free
    worst = 1.0
    for i in range(n):
        worst = min(worst, cell_quality(w, tets[i]))
    best = np.empty((RING + 1, RING + 1))
    split = np.zeros((RING + 1, RING + 1), dtype=np.int64)
    turn = ZERO
    middle = n - 1
    if cut == 2:
        while w.labels[tets[turn]] == w.labels[tets[(turn + n - 1) % n]]:
            turn += 1
    _turn(tets, ring, n, turn)
    first_label = w.labels[tets[0]]
    second_label = first_label
    if cut == 2:
        middle = 1
        while w.labels[tets[middle]] == first_label:
            middle += 1
        second_label = w.labels[tets[middle]]
        if middle < 2 or n - middle < 2 or _gap(w.points, a, b, ring[0], ring[middle]) > flat:
            return n_free
        ring[n] = ring[0]
        q = plan_ring(w, a, b, ring, ZERO, middle, first_label <= 0, best, split)
        if q > worst + gain:
            q = min(q, plan_ring(w, a, b, ring, middle, n, second_label <= 0, best, split))
    else:
        q = plan_ring(w, a, b, ring, ZERO, n - 1, first_label <= 0, best, split)
    if not q > worst + gain:
        return n_free
    made = 2 * (n - 2)
    if n + n_free < made:
        return n_free
    for i in range(n):
        if room_at(w, ring[i]) < 2 * n:
            return n_free
    for i in range(n):
        take_cell(w, tets[i])
        free[n_free] = tets[i]
        n_free += 1
    if cut == 2:
        n_free = _fill_ring(w, a, b, ring, ZERO, middle, split, first_label, free, n_free)
        return _fill_ring(w, a, b, ring, middle, n, split, second_label, free, n_free)
    return _fill_ring(w, a, b, ring, ZERO, n - 1, split, first_label, free, n_free)


@lean
def _turn(tets: Longs, ring: Longs, n: int, by: int) -> None:
    """Rotate both lists to the left."""
    for _ in range(by):
        t, r = tets[0], ring[0]
        for i in range(n - 1):
            tets[i], ring[i] = tets[i + 1], ring[i + 1]
        tets[n - 1], ring[n - 1] = t, r


@lean
def remove_face(w: Work, t: int, k: int, gain: float, free: Longs, n_free: int) -> int:
    """Replace the face of cell t opposite its vertex k by an edge (2 cells to 3) if that helps."""
    d = corner(w, t, k)
    a, b, c = corner(w, t, (k + 1) % 4), corner(w, t, (k + 2) % 4), corner(w, t, (k + 3) % 4)
    if k % 2 == 1:
        a, b = b, a
    # (d, a, b, c) is positive: seen from d, a b c turns clockwise
    across = NONE
    for p in range(w.start[a], w.start[a] + w.degree[a]):
        s = cell_at(w, p)
        if s != t:
            hits = 0
            for i in range(4):
                m = corner(w, s, i)
                hits += m in (a, b, c)
            if hits == 3:
                across = s
    if across < 0 or w.labels[across] != w.labels[t] or n_free < 1:
        return n_free
    e = NONE
    for i in range(4):
        m = corner(w, across, i)
        if m != a and m != b and m != c:
            e = m
    s = w.slab[a]
    if w.slab[b] != s or w.slab[c] != s or w.slab[d] != s or w.slab[e] != s:
        return n_free
    outside = w.labels[t] <= 0
    worst = min(cell_quality(w, t), cell_quality(w, across))
    q = min(
        fitness_as(w, outside, d, a, b, e),
        min(fitness_as(w, outside, d, b, c, e), fitness_as(w, outside, d, c, a, e)),
    )
    if not q > worst + gain or room_at(w, d) < 2 or room_at(w, e) < 2:
        return n_free
    label = w.labels[t]
    take_cell(w, t)
    take_cell(w, across)
    n_free -= 1
    put_cell(w, free[n_free], d, a, b, e, label)
    put_cell(w, t, d, b, c, e, label)
    put_cell(w, across, d, c, a, e, label)
    return n_free


@lean
def try_flips(w: Work, t: int, gain: float, flat: float, free: Longs, n_free: int) -> int:
    """Try to remove the edges and then the faces of a cell; return the height of ``free``."""
    for i in range(3):
        for j in range(i + 1, 4):
            before = n_free
            n_free = remove_edge(w, corner(w, t, i), corner(w, t, j), gain, flat, free, n_free)
            if n_free != before or w.labels[t] == DEAD:
                return n_free
    for k in range(4):
        before = n_free
        n_free = remove_face(w, t, k, gain, free, n_free)
        if n_free != before:
            return n_free
    return n_free
