"""Larger cells: vertices collapsed until edges have the length h(x) that is asked for there.

A vertex goes only along its stratum (grain, boundary, triple line), and where that pinches no
boundary; quadruple points stay. Where h is the lattice's edge, vertices on boundaries stay too.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import (
    SPAN,
    Round,
    Slabs,
    by_slab,
    enter_slabs,
    pack,
    set_up,
    treat_vertices,
)
from nmc_mesh.mesher.shape import ANGLE, VOLUME
from nmc_mesh.mesher.sizes import Sizes
from nmc_mesh.mesher.stars import Work
from nmc_mesh.parallel import for_chunks
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Floats, Ints

# Hardly ever reached: the loop ends where a turn changes little (ours).
TURNS = 16
# On the strata (0.0): nothing is bad enough here to leave one for.
SMOOTH = Round(0.35, 0.0, True, ANGLE)


def coarsen(field: Field, soup: Soup, sizes: Sizes, report: Progress) -> tuple[Soup, float]:
    """Return the mesh with larger cells where they are asked for, and the longest edge's length.

    Parameters
    ----------
    field
        What the boundaries follow.
    soup
        The mesh, of edges about ``sizes.least`` um.
    sizes
        What is asked for.
    report
        Called with the share that is done.
    """
    a = sizes.least
    longest = a
    for turn in range(TURNS):
        before = len(soup.labels)
        # Anew in each turn, as vertices that asked for something may be gone.
        h = sizes.at(soup)
        longest = float(h.max())
        slabs, work = set_up(soup, max(a, longest / SPAN))
        for phase in range(2):
            enter_slabs(work, slabs, phase)
            _collapses(work._replace(measure=VOLUME), slabs, h, a, turn, phase)
            treat_vertices(field, work._replace(measure=ANGLE), slabs, a, SMOOTH, turn, phase)
        soup = pack(work)
        report("coarsen", (turn + 1) / TURNS)
        # What another turn would save is not worth its time (ours).
        if len(soup.labels) > 0.98 * before:
            break
    return soup, longest


def _collapses(work: Work, slabs: Slabs, h: Floats, a: float, turn: int, phase: int) -> None:
    """Collapse in the middle halves of the slabs, in an order without direction."""
    depth = slabs.place(work.points[:, slabs.axis], phase)
    chosen = (np.abs(depth - work.slab - 0.5) <= 0.26) & (work.degree > 0)
    order: Ints = np.flatnonzero(chosen).astype(np.int32)
    # Multiplied by 2^64 over the golden ratio: neighbours in memory come far apart, so that no
    # front of long cells runs through the slab; another order in each turn.
    mixed = (order.astype(np.uint64) + np.uint64(turn)) * np.uint64(0x9E3779B97F4A7C15)
    order = order[np.argsort(mixed, kind="stable")]
    order, ends = by_slab([(order, work.slab[order])], slabs.number)
    free = slabs.free[phase]

    def coarsen_slab(start: int, stop: int) -> None:
        height = len(free[start])
        stack = np.empty(height + 64 * (ends[stop] - ends[start] + 1), dtype=np.int64)
        stack[:height] = free[start]
        height = core.coarse_pass(work, order, h, a, stack, height, ends[start], ends[stop])
        free[start] = stack[:height].copy()

    for_chunks(slabs.number, 1, coarsen_slab)
