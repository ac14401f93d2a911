"""Which cells touch a vertex, kept up to date while cells come and go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.shape import quality
from nmc_mesh.typing import Floats, Ints, Longs

DEAD = -1
MOST = 192
SAFE = 0.02
SLACK = 14


class Work(NamedTuple):
    """A mesh under work. Dead cells have the label -1; the lists of cells have room to grow."""

    points: Floats
    cells: Ints
    labels: Ints
    start: Longs
    """First place of every vertex in ``pool``, (n + 1,)."""
    count: Ints
    """Number of cells at every vertex, (n,)."""
    pool: Ints
    slab: Ints
    """Slab of every vertex, (n,): only vertices of one slab are touched by one thread."""


@kernel
def count_stars(cells, count):  # type: ignore[no-untyped-def]
    """Add the number of cells at every vertex to ``count``."""
    for t in range(len(cells)):
        for i in range(4):
            count[cells[t, i]] += 1


@kernel
def fill_stars(cells, start, count, pool):  # type: ignore[no-untyped-def]
    """Write the cells of every vertex; ``count`` must be zero before."""
    for t in range(len(cells)):
        for i in range(4):
            v = cells[t, i]
            pool[start[v] + count[v]] = t
            count[v] += 1


def work_on(points: Floats, cells: Ints, labels: Ints, spare: int) -> Work:
    """Start work on a mesh, with ``spare`` dead cells at the end for new ones."""
    n = len(points)
    count = np.zeros(n, dtype=np.int32)
    count_stars(cells, count)
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(count + SLACK, out=start[1:])
    pool = np.empty(int(start[-1]), dtype=np.int32)
    count[:] = 0
    fill_stars(cells, start, count, pool)
    room = np.full((len(cells) + spare, 4), 0, dtype=np.int32)
    room[: len(cells)] = cells
    names = np.full(len(cells) + spare, DEAD, dtype=np.int32)
    names[: len(cells)] = labels
    return Work(points, room, names, start, count, pool, np.zeros(n, dtype=np.int32))


@kernel
def remove_from_star(w, v, t):  # type: ignore[no-untyped-def]
    """Take cell t out of the list of vertex v, keeping the order of the others."""
    s = w.start[v]
    n = w.count[v]
    i = 0
    while w.pool[s + i] != t:
        i += 1
    for k in range(i, n - 1):
        w.pool[s + k] = w.pool[s + k + 1]
    w.count[v] = n - 1


@kernel
def add_to_star(w, v, t):  # type: ignore[no-untyped-def]
    """Put cell t at the end of the list of vertex v."""
    w.pool[w.start[v] + w.count[v]] = t
    w.count[v] += 1


@kernel
def room_at(w, v):  # type: ignore[no-untyped-def]
    """Return how many more cells the list of vertex v can take."""
    return w.start[v + 1] - w.start[v] - w.count[v]


@kernel
def is_owned(w, v):  # type: ignore[no-untyped-def]
    """Tell whether all vertices of all cells at v lie in the slab of v."""
    s = w.slab[v]
    for p in range(w.start[v], w.start[v] + w.count[v]):
        t = w.pool[p]
        for i in range(4):
            if w.slab[w.cells[t, i]] != s:
                return False
    return True


@kernel
def cell_quality(w, t):  # type: ignore[no-untyped-def]
    """Quality of a cell; cells outside only have to be safely positive."""
    c = w.cells
    q = quality(w.points, c[t, 0], c[t, 1], c[t, 2], c[t, 3])
    if w.labels[t] == 0:
        return 1.0 if q > SAFE else q - SAFE
    return q


@kernel
def star_quality(w, v, floor):  # type: ignore[no-untyped-def]
    """Worst quality of the cells at v; stops early once it is not above ``floor``."""
    worst = 1.0
    for p in range(w.start[v], w.start[v] + w.count[v]):
        q = cell_quality(w, w.pool[p])
        if not q >= worst:
            worst = q
            if not worst > floor:
                return worst
    return worst


@kernel
def star_labels(w, v, names):  # type: ignore[no-untyped-def]
    """Write the distinct labels of the cells at v (as many as fit); return their number."""
    n = 0
    for p in range(w.start[v], w.start[v] + w.count[v]):
        label = w.labels[w.pool[p]]
        i = 0
        while i < n and names[i] != label:
            i += 1
        if i == n:
            if n == len(names):
                return n
            names[n] = label
            n += 1
    return n


@kernel
def other_two(w, t, a, b):  # type: ignore[no-untyped-def]
    """Return the other vertices p, q of cell t so that (a, b, p, q) is positive; -1 if no edge."""
    c = w.cells
    i = j = -1
    for k in range(4):
        if c[t, k] == a:
            i = k
        elif c[t, k] == b:
            j = k
    if i < 0 or j < 0:
        return -1, -1
    k = 0
    while k == i or k == j:
        k += 1
    m = 6 - i - j - k
    swaps = (i > j) + (i > k) + (i > m) + (j > k) + (j > m) + (k > m)
    if swaps % 2 == 0:
        return c[t, k], c[t, m]
    return c[t, m], c[t, k]


@kernel
def edge_ring(w, a, b, tets, ring):  # type: ignore[no-untyped-def]
    """Write cells and vertices round the edge a b in turning order; return how many, 0 if open.

    Cell i has the vertices (a, b, ring[i], ring[i + 1]) positively oriented.
    """
    n = 0
    nexts = np.empty(len(ring), dtype=np.int32)
    for p in range(w.start[a], w.start[a] + w.count[a]):
        t = w.pool[p]
        first, second = other_two(w, t, a, b)
        if first >= 0:
            if n == len(ring):
                return 0
            tets[n] = t
            ring[n] = first
            nexts[n] = second
            n += 1
    for i in range(1, n):
        k = i
        while k < n and ring[k] != nexts[i - 1]:
            k += 1
        if k == n:
            return 0
        tets[i], tets[k] = tets[k], tets[i]
        ring[i], ring[k] = ring[k], ring[i]
        nexts[i], nexts[k] = nexts[k], nexts[i]
    if n < 3 or nexts[n - 1] != ring[0]:
        return 0
    return n
