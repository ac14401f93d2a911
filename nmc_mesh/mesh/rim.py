"""The rim of a star: the vertices around its own, and the labels round the edge to each."""

from __future__ import annotations

from nmc_mesh.kernel import lean
from nmc_mesh.mesh.gather import SLOTS, Star, gather
from nmc_mesh.mesh.stars import Work


@lean
def mean_of_stratum(w: Work, s: Star, n: int, count: int) -> bool:
    """Write to ``target`` the mean of the neighbours that the stratum joins to v; False if none.

    Inside a grain each neighbour counts as often as cells share its edge.
    """
    if count == 1:
        for d in range(3):
            total = 0.0
            for i in range(n):
                total += s.shape[i, 4 + d]
            s.target[d] = s.origin[d] + total / n
        return True
    full = (1 << count) - 1
    _mark_edges(s, n)
    used = 0
    tx = ty = tz = 0.0
    for i in range(n):
        for k in range(3):
            u = s.faces[i, k]
            place = _slot(s, u)
            if s.keys[place] == u and s.masks[place] == full:
                used += 1
                tx += w.points[u, 0]
                ty += w.points[u, 1]
                tz += w.points[u, 2]
                s.masks[place] = 0
    _clear_edges(s, n)
    if used == 0:
        return False
    s.target[0], s.target[1], s.target[2] = tx / used, ty / used, tz / used
    return True


@lean
def pinches(w: Work, s: Star, n: int, u: int, other: Star) -> bool:
    """Whether merging the star's vertex v into u glues a boundary to itself along an edge.

    So it is where v m and u m are edges of boundaries and the triangle v u m is none; ``other`` is
    room for the star of u, which must lie in the same slab.
    """
    n_u, _ = gather(w, u, other)
    if n_u == 0:
        return True
    _mark_edges(s, n)
    _mark_edges(other, n_u)
    found = False
    for i in range(n):
        if found or not (s.faces[i, 0] == u or s.faces[i, 1] == u or s.faces[i, 2] == u):
            continue
        for k in range(3):
            m = s.faces[i, k]
            if m == u:
                continue
            here = s.masks[_slot(s, m)]
            there = other.masks[_slot(other, m)]
            if here & (here - 1) == 0 or there & (there - 1) == 0:
                continue
            sides = 0
            for j in range(n):
                of_u = s.faces[j, 0] == u or s.faces[j, 1] == u or s.faces[j, 2] == u
                of_m = s.faces[j, 0] == m or s.faces[j, 1] == m or s.faces[j, 2] == m
                if of_u and of_m:
                    sides |= s.bits[j]
            found = found or sides & (sides - 1) == 0
    _clear_edges(s, n)
    _clear_edges(other, n_u)
    return found


@lean
def _slot(s: Star, u: int) -> int:
    """Place of u in the hash table, or the free one where it would go."""
    place = (u * 2654435761 >> 7) & (SLOTS - 1)
    while s.keys[place] != u and s.keys[place] >= 0:
        place = (place + 1) & (SLOTS - 1)
    return place


@lean
def _mark_edges(s: Star, n: int) -> None:
    """Enter all neighbours with the labels round the edge to each."""
    for i in range(n):
        for k in range(3):
            u = s.faces[i, k]
            place = _slot(s, u)
            if s.keys[place] < 0:
                s.keys[place] = u
                s.masks[place] = 0
            s.masks[place] |= s.bits[i]


@lean
def _clear_edges(s: Star, n: int) -> None:
    """Empty the hash table; chains are only cut from their entries, so slots are freed in turn."""
    for i in range(n):
        for k in range(3):
            place = (s.faces[i, k] * 2654435761 >> 7) & (SLOTS - 1)
            while s.keys[place] >= 0:
                s.keys[place] = -1
                place = (place + 1) & (SLOTS - 1)
