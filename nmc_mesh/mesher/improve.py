"""Local optimisation in slabs: fit, collapse, flip, smooth; the same mesh for any thread count.

The mesh is cut into slabs along its longest axis. A thread owns a slab; it moves a vertex or
rebuilds a cavity only where all vertices involved lie in that slab, so threads never meet. Work in
the middle halves of the slabs alternates with work in the middle halves of slabs shifted by half.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import numbering
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.shape import ANGLE, VOLUME
from nmc_mesh.mesher.stars import DEAD, Work, work_on
from nmc_mesh.parallel import chunks, for_chunks
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Bools, Ints, Longs

THICK = 10.0
SPAN = 3.0
CHUNK = 1 << 16
SPARE = 512


class Round(NamedTuple):
    """One turn through the mesh.

    Cells under ``good`` are mended, vertices may leave their stratum by ``tol`` cell edges,
    ``measure`` says what is lifted. ``everywhere`` treats all vertices: they are fitted to their
    stratum and smoothed, for measure ANGLE so that the mean rises and no cell falls under ``good``:
    the last round asks for a little less and so brings back most vertices that left.
    """

    good: float
    tol: float
    everywhere: bool
    measure: int


ROUNDS = (
    Round(0.30, 0.0, True, VOLUME),
    Round(0.35, 0.2, True, ANGLE),
    Round(0.42, 0.2, False, ANGLE),
    Round(0.42, 0.2, False, ANGLE),
    Round(0.42, 0.2, True, ANGLE),
    Round(0.42, 0.2, False, ANGLE),
    Round(0.42, 0.2, False, ANGLE),
    Round(0.42, 0.25, False, ANGLE),
    Round(0.42, 0.25, False, ANGLE),
    Round(0.30, 0.4, False, ANGLE),
    Round(0.30, 0.4, False, ANGLE),
    Round(0.38, 0.2, True, ANGLE),
)
"""From the cleaved mesh to the final one."""

MENDING = (
    Round(0.42, 0.2, True, ANGLE),
    Round(0.42, 0.2, True, ANGLE),
    Round(0.42, 0.2, True, ANGLE),
    Round(0.42, 0.25, False, ANGLE),
    Round(0.38, 0.2, True, ANGLE),
)
"""After cells were made larger."""


class Slabs(NamedTuple):
    """How the mesh is cut, and what each slab keeps: stacks of unused cells for either phase."""

    axis: int
    low: float
    thick: float
    number: int
    free: tuple[list[Longs], list[Longs]]

    def place(self, x: np.ndarray, phase: int) -> np.ndarray:
        """Places on the axis, counted in slabs of a phase."""
        return (x - self.low) / self.thick + 0.5 * phase


def improve(
    field: Field,
    soup: Soup,
    a: float,
    report: Progress,
    rounds: tuple[Round, ...] = ROUNDS,
    longest: float = 0.0,
) -> Soup:
    """Return the mesh after all rounds; ``a`` is the lattice's cell edge in um.

    ``longest`` is the length that the longest edges are meant to have, where they are longer.
    """
    slabs, work = set_up(soup, max(a, longest / SPAN))
    bad = np.zeros(len(work.labels), dtype=np.bool_)
    before: Round | None = None
    for number, turn in enumerate(rounds):
        work = work._replace(measure=turn.measure)
        _judge(work, bad, turn, before)
        before = turn
        for phase in range(2):
            work.slab[:] = np.floor(slabs.place(work.points[:, slabs.axis], phase))
            _cells(field, work, slabs, bad, a, turn, number, phase)
            if turn.everywhere:
                treat_vertices(field, work, slabs, a, turn, number, phase)
        report("improve", (number + 1) / len(rounds))
    work = work._replace(pool=work.pool[:0].copy(), slab=work.slab[:0].copy())
    return pack(work)


def set_up(soup: Soup, a: float) -> tuple[Slabs, Work]:
    """Cut the mesh into slabs and give each of them spare cells."""
    axis = int(np.argmax(np.ptp(soup.points, axis=0)))
    thick = THICK * a
    low = float(soup.points[:, axis].min()) - thick
    number = int(np.ceil((float(soup.points[:, axis].max()) - low) / thick)) + 2
    work = work_on(soup.points.copy(), soup.cells, soup.labels, 2 * number * SPARE)
    spare = np.arange(len(soup.labels), len(work.labels), dtype=np.int64).reshape(2, number, SPARE)
    return Slabs(axis, low, thick, number, (list(spare[0]), list(spare[1]))), work


def _judge(work: Work, bad: Bools, turn: Round, before: Round | None) -> None:
    """Find the cells under ``good``: all of them, or where the last round changed something."""
    if before is not None and (before.good, before.measure) == (turn.good, turn.measure):
        vertices = np.flatnonzero(work.touched).astype(np.int32)
        for_chunks(
            len(vertices),
            CHUNK,
            lambda i, j: core.judge_stars(work, vertices, turn.good, bad, i, j),
        )
    else:
        for_chunks(len(bad), CHUNK, lambda i, j: core.judge_cells(work, turn.good, bad, i, j))
    work.touched[:] = False


def _cells(
    field: Field,
    work: Work,
    slabs: Slabs,
    bad: Bools,
    a: float,
    turn: Round,
    seed: int,
    phase: int,
) -> None:
    """Mend bad cells whose centroids lie in the middle halves of the slabs."""
    order = np.flatnonzero(bad).astype(np.int32)
    place = slabs.place(work.points[work.cells[order], slabs.axis].mean(axis=1), phase)
    slab = np.floor(place).astype(np.int32)
    middle = (place - slab >= 0.25) & (place - slab < 0.75)
    order, ends = by_slab(order[middle], slab[middle], slabs.number)
    free = slabs.free[phase]

    def one(start: int, stop: int) -> None:
        if ends[start] == ends[stop]:
            return
        height = len(free[start])
        stack = np.empty(height + 64 * (ends[stop] - ends[start] + 64), dtype=np.int64)
        stack[:height] = free[start]
        height = core.cell_pass(
            field, work, order, a, turn.good, turn.tol * a, seed, stack, height,
            ends[start], ends[stop],
        )  # fmt: skip
        free[start] = stack[:height].copy()

    for_chunks(slabs.number, 1, one)


def treat_vertices(
    field: Field, work: Work, slabs: Slabs, a: float, turn: Round, seed: int, phase: int
) -> None:
    """Smooth the vertices in the middle halves of the slabs."""
    place = slabs.place(work.points[:, slabs.axis], phase)
    middle = np.abs(place - work.slab - 0.5) <= 0.26
    order = np.flatnonzero(middle).astype(np.int32)
    order, ends = by_slab(order, work.slab[order], slabs.number)

    def one(start: int, stop: int) -> None:
        core.vertex_pass(
            field, work, order, a, turn.good, turn.tol * a, seed, ends[start], ends[stop]
        )

    for_chunks(slabs.number, 1, one)


def by_slab(items: Ints, slab: Ints, count: int) -> tuple[Ints, Longs]:
    """Sort items by slab; slab n has the items ends[n] to ends[n + 1]."""
    turn = np.argsort(slab, kind="stable")
    return items[turn], np.searchsorted(slab[turn], np.arange(count + 1))


def pack(work: Work) -> Soup:
    """Drop dead cells and vertices without a cell."""
    alive = work.labels != DEAD
    cells, labels = work.cells[alive], work.labels[alive]
    used = work.degree > 0
    number = numbering(used)
    for start, stop in chunks(len(cells), CHUNK):
        cells[start:stop] = number[cells[start:stop]]
    return Soup(work.points[used], cells, labels)
