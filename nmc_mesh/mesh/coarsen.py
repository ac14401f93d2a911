"""Larger cells inside grains: interior vertices collapsed until edges have the length asked for.

The length is h(x) = a + growth d(x), d being the distance from the boundaries along the edges of
the mesh. Vertices on boundaries stay; only the mending after it takes a few away.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from nmc_mesh.kernel import entry, lean
from nmc_mesh.mesh.cleave import Soup
from nmc_mesh.mesh.collapse import collapse, collapse_gain
from nmc_mesh.mesh.field import Field
from nmc_mesh.mesh.gather import Star, gather, room_for_star
from nmc_mesh.mesh.improve import Round, Slabs, by_slab, packed, set_up, treat_vertices
from nmc_mesh.mesh.shape import ANGLE, VOLUME
from nmc_mesh.mesh.stars import Work
from nmc_mesh.parallel import for_chunks
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Bools, Floats, Ints, Longs

TURNS = 6
SHORT = 0.75
LONG = 1.5
GOOD = 0.35
NEAREST = 4
SMOOTH = Round(GOOD, 0.0, True, ANGLE)


@lean
def coarse_pass(
    w: Work, s: Star, order: Ints, h: Floats, free: Longs, n_free: int, start: int, stop: int
) -> int:
    """Collapse the interior vertices order[start:stop] onto near neighbours; the stack's height.

    An edge goes if it is shorter than ``SHORT`` h, no cell falls under ``GOOD`` and no new edge is
    longer than ``LONG`` h.
    """
    for place in range(start, stop):
        v = entry(order, place)
        n, count = gather(w, v, s)
        if n == 0 or count > 1:
            continue
        past = 0.0
        for _ in range(NEAREST):
            near = (SHORT * h[v]) ** 2
            u = -1
            for i in range(n):
                for k in range(3):
                    m = s.faces[i, k]
                    far = 0.0
                    for d in range(3):
                        far += (w.points[m, d] - s.origin[d]) ** 2
                    if past < far < near:
                        near, u = far, m
            if u < 0:
                break
            past = near
            if collapse_gain(w, s, n, count, u, GOOD, (LONG * h[v]) ** 2) > GOOD:
                n_free = collapse(w, s, n, v, u, free, n_free)
                break
    return n_free


def coarsen(field: Field, soup: Soup, a: float, growth: float, report: Progress) -> Soup:
    """Return the mesh with larger cells away from boundaries.

    Parameters
    ----------
    field
        What the boundaries follow.
    soup
        The mesh, of edges about ``a`` um.
    growth
        By how much edges may be longer for each um of distance from a boundary, > 0.
    report
        Called with the share that is done.
    """
    for turn in range(TURNS):
        before = len(soup.labels)
        slabs, work = set_up(soup, a)
        h = a + growth * _distances(soup)
        for phase in range(2):
            work.slab[:] = np.floor(slabs.place(work.points[:, slabs.axis], phase))
            _collapses(work._replace(measure=VOLUME), slabs, h, turn, phase)
            treat_vertices(field, work._replace(measure=ANGLE), slabs, a, SMOOTH, turn, phase)
        soup = packed(work)
        report("coarsen", (turn + 1) / TURNS)
        if len(soup.labels) > 0.98 * before:
            break
    return soup


def _collapses(work: Work, slabs: Slabs, h: Floats, turn: int, phase: int) -> None:
    """Collapse in the middle halves of the slabs, in an order without direction."""
    place = slabs.place(work.points[:, slabs.axis], phase)
    chosen = (np.abs(place - work.slab - 0.5) <= 0.26) & (work.degree > 0)
    order: Ints = np.flatnonzero(chosen).astype(np.int32)
    mixed = (order.astype(np.uint64) + np.uint64(turn)) * np.uint64(0x9E3779B97F4A7C15)
    order = order[np.argsort(mixed, kind="stable")]
    order, ends = by_slab(order, work.slab[order], slabs.number)
    free = slabs.free[phase]

    def one(start: int, stop: int) -> None:
        height = len(free[start])
        stack = np.empty(height + 64 * (ends[stop] - ends[start] + 1), dtype=np.int64)
        stack[:height] = free[start]
        height = coarse_pass(
            work, room_for_star(), order, h, stack, height, ends[start], ends[stop]
        )
        free[start] = stack[:height].copy()

    for_chunks(slabs.number, 1, one)


def _distances(soup: Soup) -> Floats:
    """Distance of every vertex from the nearest one on a boundary, along edges, in um."""
    i, j = np.concatenate(
        [soup.cells[:, pair] for pair in ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))]
    ).T
    low, high = np.minimum(i, j).astype(np.int64), np.maximum(i, j)
    codes = np.unique((low << 32) | high)
    low, high = codes >> 32, codes & 0xFFFFFFFF
    length = np.linalg.norm(soup.points[low] - soup.points[high], axis=1)
    count = len(soup.points)
    graph = coo_array((length, (low, high)), shape=(count, count)).tocsr()
    found: Floats = dijkstra(
        graph, directed=False, indices=np.flatnonzero(_on_boundary(soup)), min_only=True
    )
    return np.where(np.isfinite(found), found, 0.0)


def _on_boundary(soup: Soup) -> Bools:
    """Whether the cells at a vertex differ in label."""
    lowest = np.full(len(soup.points), np.iinfo(np.int32).max, dtype=np.int32)
    highest = np.full(len(soup.points), np.iinfo(np.int32).min, dtype=np.int32)
    for k in range(4):
        np.minimum.at(lowest, soup.cells[:, k], soup.labels)
        np.maximum.at(highest, soup.cells[:, k], soup.labels)
    return lowest != highest
