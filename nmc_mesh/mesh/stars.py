"""Which cells touch a vertex, kept up to date while cells come and go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import inline, kernel, lean
from nmc_mesh.mesh.shape import VOLUME, fitness, is_under, quality
from nmc_mesh.typing import Bools, Floats, Ints, Longs

DEAD = -(2**31)
SAFE = 0.02
SLACK = 14


class Work(NamedTuple):
    """A mesh under work. Dead cells have the label DEAD; the lists of cells have room to grow."""

    points: Floats
    cells: Ints
    labels: Ints
    start: Longs
    """First place of every vertex in ``pool``, (n + 1,)."""
    degree: Ints
    """Number of cells at every vertex, (n,)."""
    pool: Ints
    measure: int
    """Which fitness of a cell is lifted, see ``shape``."""
    slab: Ints
    """Slab of every vertex, (n,): only vertices of one slab are touched by one thread."""
    touched: Bools
    """Vertices that moved or whose cells changed, (n,)."""


@lean
def count_stars(cells: Ints, count: Ints) -> None:
    """Add the number of cells at every vertex to ``count``."""
    for t in range(len(cells)):
        for i in range(4):
            count[cells[t, i]] += 1


@lean
def fill_stars(cells: Ints, start: Longs, count: Ints, pool: Ints) -> None:
    """Write the cells of every vertex; ``count`` must be zero before."""
    for t in range(len(cells)):
        for i in range(4):
            v = cells[t, i]
            pool[start[v] + count[v]] = t
            count[v] += 1


def work_on(points: Floats, cells: Ints, labels: Ints, spare: int, measure: int = VOLUME) -> Work:
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
    slab = np.zeros(n, dtype=np.int32)
    touched = np.zeros(n, dtype=np.bool_)
    return Work(points, room, names, start, count, pool, measure, slab, touched)


@inline
def corner(w: Work, t: int, i: int) -> int:
    """Return vertex i of cell t, in the one integer type that kernels pass on."""
    return np.int64(w.cells[t, i])  # type: ignore[return-value]


@inline
def cell_at(w: Work, p: int) -> int:
    """Return the cell at place p of the lists."""
    return np.int64(w.pool[p])  # type: ignore[return-value]


@lean
def remove_from_star(w: Work, v: int, t: int) -> None:
    """Take cell t out of the list of vertex v, keeping the order of the others."""
    s = w.start[v]
    n = w.degree[v]
    i = 0
    while cell_at(w, s + i) != t:
        i += 1
    for k in range(i, n - 1):
        w.pool[s + k] = w.pool[s + k + 1]
    w.degree[v] = n - 1


@lean
def add_to_star(w: Work, v: int, t: int) -> None:
    """Put cell t at the end of the list of vertex v."""
    w.pool[w.start[v] + w.degree[v]] = t
    w.degree[v] += 1


@lean
def room_at(w: Work, v: int) -> int:
    """Return how many more cells the list of vertex v can take."""
    return w.start[v + 1] - w.start[v] - w.degree[v]


@inline
def cell_quality(w: Work, t: int) -> float:
    """Quality of a cell; cells outside only have to be safely positive."""
    return fitness_as(
        w, w.labels[t] <= 0, corner(w, t, 0), corner(w, t, 1), corner(w, t, 2), corner(w, t, 3)
    )


@lean
def is_bad(w: Work, t: int, good: float) -> bool:
    """Tell whether a cell is inside and its quality under ``good``."""
    if w.labels[t] <= 0:
        return False
    a, b, c, d = corner(w, t, 0), corner(w, t, 1), corner(w, t, 2), corner(w, t, 3)
    return is_under(w.measure, w.points, good, a, b, c, d)


@inline
def fitness_as(w: Work, outside: bool, a: int, b: int, c: int, d: int) -> float:
    """Fitness that a cell of these vertices has, or would have, inside or outside."""
    if outside:
        q = quality(w.points, a, b, c, d)
        return 1.0 if q > SAFE else q - SAFE
    return fitness(w.measure, w.points, a, b, c, d)


@lean
def other_two(w: Work, t: int, a: int, b: int) -> tuple[int, int]:
    """Return the other vertices p, q of cell t so that (a, b, p, q) is positive; -1 if no edge."""
    i = j = -1
    for k in range(4):
        if corner(w, t, k) == a:
            i = k
        elif corner(w, t, k) == b:
            j = k
    if i < 0 or j < 0:
        return -1, -1
    k = 0
    while k in (i, j):
        k += 1
    m = 6 - i - j - k
    swaps = (i > j) + (i > k) + (i > m) + (j > k) + (j > m) + (k > m)
    if swaps % 2 == 0:
        return corner(w, t, k), corner(w, t, m)
    return corner(w, t, m), corner(w, t, k)


@kernel
def edge_ring(w: Work, a: int, b: int, tets: Longs, ring: Longs) -> int:
    """Write cells and vertices round the edge a b in turning order; return how many, 0 if open.

    Cell i has the vertices (a, b, ring[i], ring[i + 1]) positively oriented.
    """
    n = 0
    nexts = np.empty(len(ring), dtype=np.int64)
    for p in range(w.start[a], w.start[a] + w.degree[a]):
        t = cell_at(w, p)
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
