"""Edge collapse that keeps every grain, boundary, triple line and quadruple point what it is."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.stars import (
    DEAD,
    MOST,
    Work,
    add_to_star,
    all_outside,
    cell_at,
    corner,
    fitness_as,
    is_owned,
    remove_from_star,
    room_at,
    star_labels,
    star_quality,
)
from nmc_mesh.typing import Longs


@kernel
def collapse_gain(w: Work, v: int, u: int, floor: float, longest2: float) -> float:
    """Return the worst quality after v is merged into u, or -1 if that is not allowed.

    Allowed if the labels round the edge are the labels at v (so v lies on a stratum that the edge
    follows, and no surface is pinched), no new edge is longer than sqrt(``longest2``), the worst
    quality rises above ``floor`` and u's list has room.
    """
    names = np.empty(8, dtype=np.int32)
    count = star_labels(w, v, names)
    if all_outside(names, count):
        return -1.0
    round_edge = np.empty(8, dtype=np.int32)
    n = 0
    shared = 0
    worst = 1.0
    x = w.points
    for p in range(w.start[v], w.start[v] + w.degree[v]):
        t = cell_at(w, p)
        joined = False
        for i in range(4):
            joined = joined or corner(w, t, i) == u
        if joined:
            shared += 1
            i = 0
            while i < n and round_edge[i] != w.labels[t]:
                i += 1
            if i == n:
                if n == 8:
                    return -1.0
                round_edge[n] = w.labels[t]
                n += 1
            continue
        a = u if corner(w, t, 0) == v else corner(w, t, 0)
        b = u if corner(w, t, 1) == v else corner(w, t, 1)
        d = u if corner(w, t, 2) == v else corner(w, t, 2)
        e = u if corner(w, t, 3) == v else corner(w, t, 3)
        q = fitness_as(w, w.labels[t] <= 0, a, b, d, e)
        if q < worst:
            worst = q
            if worst <= floor:
                return -1.0
        for i in range(4):
            m = corner(w, t, i)
            if m != v:
                far = (x[m, 0] - x[u, 0]) ** 2 + (x[m, 1] - x[u, 1]) ** 2 + (x[m, 2] - x[u, 2]) ** 2
                if far > longest2:
                    return -1.0
    if n != count or shared == 0 or room_at(w, u) < w.degree[v] - 2 * shared:
        return -1.0
    return worst


@kernel
def collapse(w: Work, v: int, u: int, free: Longs, n_free: int) -> int:
    """Merge v into u; freed cells go on the stack ``free``, whose new height is returned."""
    old = np.empty(MOST, dtype=np.int64)
    n = w.degree[v]
    for i in range(n):
        old[i] = w.pool[w.start[v] + i]
    for i in range(n):
        t = old[i]
        joined = False
        for k in range(4):
            joined = joined or corner(w, t, k) == u
        if joined:
            for k in range(4):
                if corner(w, t, k) != v:
                    remove_from_star(w, corner(w, t, k), t)
            w.labels[t] = DEAD
            free[n_free] = t
            n_free += 1
    for i in range(n):
        t = old[i]
        if w.labels[t] == DEAD:
            continue
        for k in range(4):
            if corner(w, t, k) == v:
                w.cells[t, k] = u
        add_to_star(w, u, t)
    w.degree[v] = 0
    return n_free


@kernel
def try_collapses(w: Work, t: int, longest2: float, gain: float, free: Longs, n_free: int) -> int:
    """Do the best of the twelve collapses of a cell's edges; return the height of ``free``.

    A collapse must lift the worst quality round the vertex it removes by ``gain``.
    """
    best, from_v, to_u = 0.0, -1, -1
    for i in range(4):
        v = corner(w, t, i)
        if w.degree[v] > MOST or not is_owned(w, v):
            continue
        floor = star_quality(w, v, -1e300) + gain
        for k in range(4):
            if k == i:
                continue
            q = collapse_gain(w, v, corner(w, t, k), floor, longest2)
            if q > floor and (from_v < 0 or q > best):
                best, from_v, to_u = q, v, corner(w, t, k)
    if from_v >= 0:
        return collapse(w, from_v, to_u, free, n_free)
    return n_free
