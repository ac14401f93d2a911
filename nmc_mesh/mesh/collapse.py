"""Edge collapse that keeps every grain, boundary, triple line and quadruple point what it is."""

from __future__ import annotations

from nmc_mesh.kernel import NONE, lean
from nmc_mesh.mesh.gather import Star, gather, worst_at
from nmc_mesh.mesh.shape import fitness
from nmc_mesh.mesh.stars import (
    DEAD,
    SAFE,
    Work,
    add_to_star,
    corner,
    remove_from_star,
    room_at,
)
from nmc_mesh.typing import Longs


@lean
def is_joined(s: Star, i: int, u: int) -> bool:
    """Tell whether cell i of the star has the vertex u."""
    return s.faces[i, 0] == u or s.faces[i, 1] == u or s.faces[i, 2] == u


@lean
def collapse_gain(
    w: Work, s: Star, n: int, count: int, u: int, floor: float, longest2: float
) -> float:
    """Return the worst quality after the star's vertex is merged into u, or -1 if not allowed.

    Allowed if the labels round the edge are the labels at v (so v lies on a stratum that the edge
    follows, and no surface is pinched), no new edge is longer than sqrt(``longest2``), the worst
    quality rises above ``floor`` and u's list has room.
    """
    shared = 0
    bits = 0
    for i in range(n):
        if is_joined(s, i, u):
            shared += 1
            bits |= s.bits[i]
    if shared == 0 or bits != (1 << count) - 1 or room_at(w, u) < n - 2 * shared:
        return -1.0
    x = w.points
    worst = 1.0
    for i in range(n):
        if is_joined(s, i, u):
            continue
        a, b, c = s.faces[i, 0], s.faces[i, 1], s.faces[i, 2]
        q = fitness(w.measure, x, u, a, b, c)
        if s.outside[i]:
            q = 1.0 if q > SAFE else q - SAFE
        if not q >= worst:
            worst = q
            if not worst > floor:
                return -1.0
        for k in range(3):
            m = s.faces[i, k]
            far = (x[m, 0] - x[u, 0]) ** 2 + (x[m, 1] - x[u, 1]) ** 2 + (x[m, 2] - x[u, 2]) ** 2
            if far > longest2:
                return -1.0
    return worst


@lean
def collapse(w: Work, s: Star, n: int, v: int, u: int, free: Longs, n_free: int) -> int:
    """Merge v into u; freed cells go on the stack ``free``, whose new height is returned."""
    for i in range(n):
        if is_joined(s, i, u):
            t = s.cells[i]
            for k in range(3):
                remove_from_star(w, s.faces[i, k], t)
            w.labels[t] = DEAD
            free[n_free] = t
            n_free += 1
    for i in range(n):
        t = s.cells[i]
        if w.labels[t] == DEAD:
            continue
        for k in range(4):
            if corner(w, t, k) == v:
                w.cells[t, k] = u
        add_to_star(w, u, t)
    w.degree[v] = 0
    w.touched[u] = True
    return n_free


@lean
def try_collapses(
    w: Work, s: Star, t: int, longest2: float, gain: float, free: Longs, n_free: int
) -> int:
    """Do the best of the twelve collapses of a cell's edges; return the height of ``free``.

    A collapse must lift the worst quality round the vertex it removes by ``gain``.
    """
    best, from_v, to_u = 0.0, NONE, NONE
    for i in range(4):
        v = corner(w, t, i)
        n, count = gather(w, v, s)
        if n == 0:
            continue
        floor = worst_at(w, s, n, s.origin[0], s.origin[1], s.origin[2], -1e300) + gain
        for k in range(4):
            if k == i:
                continue
            q = collapse_gain(w, s, n, count, corner(w, t, k), max(floor, best), longest2)
            if q > floor and q > best:
                best, from_v, to_u = q, v, corner(w, t, k)
    if from_v >= 0:
        n, _ = gather(w, from_v, s)
        return collapse(w, s, n, from_v, to_u, free, n_free)
    return n_free
