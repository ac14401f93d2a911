"""Edge collapse that keeps every grain, boundary, triple line and quadruple point what it is."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.shape import quality
from nmc_mesh.mesh.stars import (
    DEAD,
    MOST,
    SAFE,
    add_to_star,
    is_owned,
    remove_from_star,
    room_at,
    star_labels,
)


@kernel
def collapse_gain(w, v, u, floor, longest2):  # type: ignore[no-untyped-def]
    """Return the worst quality after v is merged into u, or -1 if that is not allowed.

    Allowed if the labels round the edge are the labels at v (so v lies on a stratum that the edge
    follows, and no surface is pinched), no new edge is longer than sqrt(``longest2``), the worst
    quality rises above ``floor`` and u's list has room.
    """
    names = np.empty(8, dtype=np.int32)
    count = star_labels(w, v, names)
    if count == 1 and names[0] == 0:
        return -1.0
    round_edge = np.empty(8, dtype=np.int32)
    n = 0
    shared = 0
    worst = 1.0
    c = w.cells
    x = w.points
    for p in range(w.start[v], w.start[v] + w.count[v]):
        t = w.pool[p]
        joined = False
        for i in range(4):
            joined = joined or c[t, i] == u
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
        a = u if c[t, 0] == v else c[t, 0]
        b = u if c[t, 1] == v else c[t, 1]
        d = u if c[t, 2] == v else c[t, 2]
        e = u if c[t, 3] == v else c[t, 3]
        q = quality(x, a, b, d, e)
        if w.labels[t] == 0:
            q = 1.0 if q > SAFE else q - SAFE
        if q < worst:
            worst = q
            if worst <= floor:
                return -1.0
        for i in range(4):
            m = c[t, i]
            if m != v:
                far = (x[m, 0] - x[u, 0]) ** 2 + (x[m, 1] - x[u, 1]) ** 2 + (x[m, 2] - x[u, 2]) ** 2
                if far > longest2:
                    return -1.0
    if n != count or shared == 0 or room_at(w, u) < w.count[v] - 2 * shared:
        return -1.0
    return worst


@kernel
def collapse(w, v, u, free, n_free):  # type: ignore[no-untyped-def]
    """Merge v into u; freed cells go on the stack ``free``, whose new height is returned."""
    old = np.empty(MOST, dtype=np.int32)
    n = w.count[v]
    for i in range(n):
        old[i] = w.pool[w.start[v] + i]
    for i in range(n):
        t = old[i]
        joined = False
        for k in range(4):
            joined = joined or w.cells[t, k] == u
        if joined:
            for k in range(4):
                if w.cells[t, k] != v:
                    remove_from_star(w, w.cells[t, k], t)
            w.labels[t] = DEAD
            free[n_free] = t
            n_free += 1
    for i in range(n):
        t = old[i]
        if w.labels[t] == DEAD:
            continue
        for k in range(4):
            if w.cells[t, k] == v:
                w.cells[t, k] = u
        add_to_star(w, u, t)
    w.count[v] = 0
    return n_free


@kernel
def try_collapses(w, t, longest2, gain, free, n_free):  # type: ignore[no-untyped-def]
    """Do the best of the twelve collapses of a cell's edges; return the height of ``free``.

    A collapse must lift the worst quality round the vertex it removes by ``gain``.
    """
    best, from_v, to_u = 0.0, -1, -1
    for i in range(4):
        v = w.cells[t, i]
        if w.count[v] > MOST or not is_owned(w, v):
            continue
        floor = worst_at(w, v) + gain
        for k in range(4):
            if k == i:
                continue
            q = collapse_gain(w, v, w.cells[t, k], floor, longest2)
            if q > floor and (from_v < 0 or q > best):
                best, from_v, to_u = q, v, w.cells[t, k]
    if from_v >= 0:
        return collapse(w, from_v, to_u, free, n_free)
    return n_free


@kernel
def worst_at(w, v):  # type: ignore[no-untyped-def]
    """Worst quality round v, cells outside counted only where they are unsafe."""
    worst = 1.0
    c = w.cells
    for p in range(w.start[v], w.start[v] + w.count[v]):
        t = w.pool[p]
        q = quality(w.points, c[t, 0], c[t, 1], c[t, 2], c[t, 3])
        if w.labels[t] == 0:
            q = 1.0 if q > SAFE else q - SAFE
        worst = min(worst, q)
    return worst
