"""Local optimisation in slabs: fit, collapse, flip, smooth; the same mesh for any thread count.

The mesh is cut into slabs along its longest axis. A thread owns a slab; it moves a vertex or
rebuilds a cavity only where all vertices involved lie in that slab, so threads never meet. Work in
the middle halves of the slabs alternates with work in the middle halves of slabs shifted by half.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import compact, numbering
from nmc_mesh.memory import trim_memory
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.shape import ANGLE, VOLUME
from nmc_mesh.mesher.stars import DEAD, Work, work_on
from nmc_mesh.parallel import chunks, for_chunks
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Bools, Floats, Ints, Longs

# A slab of ten edges keeps 2.5 of them on either side of its middle half, more than a star or the
# ring of a flip reaches, so hardly any move is refused at a border; thicker slabs are too few for
# the threads of a small mesh (ours).
THICK = 10.0
# Coarse cells are as long as several lattice edges: then a slab has at least 3.3 of the longest
# (ours).
SPAN = 3.0
CHUNK = 1 << 18
# Dead cells of a slab to begin with, for flips that make more cells than they take; a collapse
# gives some back.
SPARE = 512


Edges = Callable[[Floats], Floats]
"""Edge lengths in um at places (k, 3), (k,)."""


class Round(NamedTuple):
    """One turn through the mesh.

    Cells under ``good`` are mended, vertices may leave their stratum by ``tol`` cell edges,
    ``measure`` says what is lifted. ``everywhere`` treats all vertices: they are fitted to their
    stratum and smoothed, for measure ANGLE so that the mean rises and no cell falls under ``good``:
    the last round asks for a little less and so brings back most vertices that left. Then those of
    cells with acute angles of sines under ``aim`` climb, hardly off their stratum (``LEAN`` in
    `smooth.hpp`).
    """

    good: float
    tol: float
    everywhere: bool
    measure: int
    aim: float = 0.0


PROMISED = 0.424
"""Fitness, mostly the least sine of a dihedral angle, of all cells of most meshes: their angles are
25.1 to 129.6 degrees, as the sines of obtuse ones count 0.55 times (`shape.hpp`)."""
ASKED = 0.44
"""Fitness asked for before the last round, 26.1 to 126.9 degrees: what is lifted over ``PROMISED``
leaves that round room to bring vertices back."""
AIMED = 0.525
"""Least sine of the acute dihedral angles that vertices climb towards in the end, 31.7 degrees: so
one cell in a hundred stays under 30."""

CLOSING = Round(PROMISED, 0.2, True, ANGLE, AIMED)
"""All vertices for the last time. It asks for less than the rounds before, so most vertices that
left their strata come back, and what is promised are the worst cells of most meshes."""

ROUNDS = (
    # All vertices, on their strata and by volume: what cleaving left flat is far from any angle.
    Round(0.34, 0.0, True, VOLUME),
    # Rounds that are not ``everywhere`` look at bad cells alone. Vertices beside these may leave
    # their stratum, a little at first: with all held the worst angle stays near 4 degrees.
    Round(ASKED, 0.1, False, ANGLE),
    Round(ASKED, 0.2, False, ANGLE),
    Round(ASKED, 0.25, False, ANGLE),
    # The few that resist get more room still, while less is asked of them.
    Round(0.40, 0.4, False, ANGLE),
    Round(0.40, 0.4, False, ANGLE),
    CLOSING,
    # The few cells that are still under it.
    Round(PROMISED, 0.4, False, ANGLE),
    Round(PROMISED, 0.4, False, ANGLE),
    Round(PROMISED, 0.4, False, ANGLE),
)
"""From the cleaved mesh to the final one."""

MENDING = (
    Round(ASKED, 0.2, True, ANGLE),
    Round(ASKED, 0.2, True, ANGLE),
    Round(ASKED, 0.2, True, ANGLE),
    Round(ASKED, 0.25, False, ANGLE),
    CLOSING,
)
"""After cells were made larger."""


class Cut(NamedTuple):
    """Slabs as the core knows them; see ``nmc_slabs``."""

    axis: int
    low: float
    thick: float
    shift: float


class Slabs(NamedTuple):
    """How the mesh is cut, and what each slab keeps: stacks of unused cells for either phase."""

    axis: int
    low: float
    thick: float
    number: int
    free: tuple[list[Longs], list[Longs]]

    def cut(self, phase: int) -> Cut:
        """What the core knows of the slabs of a phase."""
        return Cut(self.axis, self.low, self.thick, 0.5 * phase)

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
    fixed: Bools | None = None,
    edges: Edges | None = None,
    ready: Bools | None = None,
    own: bool = False,
) -> Soup:
    """Return the mesh after all rounds; ``a`` is the lattice's cell edge in um.

    ``longest`` is the length that the longest edges are meant to have, where they are longer. Cells
    at ``fixed`` vertices, (n,), stay as they are. ``edges`` tells the cell edge of a graded lattice
    at places, by which moves there are measured. Vertices that are ``ready``, (n,), were improved
    before: rounds by volume, which spoil angles for later ones to mend, leave them. The mesh is
    worked on where it is if it is one's ``own``, which nobody else needs; else it is copied.
    """
    # Thicker slabs where edges are longer: what a move reads must lie in one slab.
    slabs, work = set_up(soup, max(a, longest / SPAN), own)
    skipped: Bools | None = None
    last = max((n for n, turn in enumerate(rounds) if turn.everywhere), default=-1)
    if edges is not None:
        work = work._replace(edge=edges(work.points) / a)
        # Inside grains the cells of a graded lattice are good as they are, and two vertices in
        # three lie there: smoothed once, they are as good as smoothed each time.
        skipped = ~on_boundaries(soup)
    bad = np.zeros(len(work.labels), dtype=np.bool_)
    before: Round | None = None
    # ``bad`` lives on from round to round: only what was touched is judged again.
    for number, turn in enumerate(rounds):
        work = work._replace(measure=turn.measure)
        _judge(work, bad, turn, before)
        before = turn
        # Shifted by half, the second phase has in its middle halves what was at borders in the
        # first.
        for phase in range(2):
            enter_slabs(work, slabs, phase)
            if fixed is not None:
                # Each in a slab of its own, where nobody works: nothing that needs it is changed.
                work.slab[fixed] = -1 - np.arange(int(fixed.sum()))
            _cells(field, work, slabs, bad, a, turn, number, phase)
            # Cells first: a collapse or flip would undo what smoothing has done there.
            if turn.everywhere:
                inner = None if number == last else skipped
                if ready is not None and turn.measure == VOLUME:
                    inner = ready
                treat_vertices(field, work, slabs, a, turn, number, phase, inner)
            trim_memory(len(work.labels))
        report("improve", (number + 1) / len(rounds))
    return pack(work)


def set_up(soup: Soup, a: float, own: bool = False) -> tuple[Slabs, Work]:
    """Cut the mesh into slabs and give each of them spare cells."""
    # Along the longest axis there are the most slabs to share out.
    axis = int(np.argmax(np.ptp(soup.points, axis=0)))
    thick = THICK * a
    # A slab to spare at either end: the second phase shifts by half of one, and vertices move.
    low = float(soup.points[:, axis].min()) - thick
    number = int(np.ceil((float(soup.points[:, axis].max()) - low) / thick)) + 2
    points, count = soup.points if own else soup.points.copy(), len(soup.labels)
    work = work_on(points, soup.cells, soup.labels, 2 * number * SPARE, own=own)
    # A stack of its own for each slab and phase: which cell a thread takes depends on nobody else.
    spare = np.arange(count, len(work.labels), dtype=np.int64).reshape(2, number, SPARE)
    return Slabs(axis, low, thick, number, (list(spare[0]), list(spare[1]))), work


def _judge(work: Work, bad: Bools, turn: Round, before: Round | None) -> None:
    """Find the cells under ``good``: among all, or those that were bad or where things changed."""
    # Asked for no more than before, a cell can have become bad only where something changed.
    if before is not None and turn.good <= before.good and turn.measure == before.measure:
        if turn.good < before.good:
            bad &= work.labels != DEAD
            work.touched[work.cells[bad]] = True
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
    # A cell counts where its centroid lies; that all its vertices lie in the slab is looked at in
    # the core, as is every cavity.
    cut = slabs.cut(phase)
    parts = [core.middle_cells(work, bad, cut, *part) for part in chunks(len(bad), CHUNK)]
    order, ends = by_slab(parts, slabs.number)
    free = slabs.free[phase]

    def one(start: int, stop: int) -> None:
        if ends[start] == ends[stop]:
            return
        # Room for what collapses may free on top of what is spare: a stack never has to grow in the
        # core.
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
    field: Field,
    work: Work,
    slabs: Slabs,
    a: float,
    turn: Round,
    seed: int,
    phase: int,
    skipped: Bools | None = None,
) -> None:
    """Smooth the vertices in the middle halves of the slabs, without those ``skipped``, (n,)."""
    parts = []
    for start, stop in chunks(len(work.points), CHUNK):
        place = slabs.place(work.points[start:stop, slabs.axis], phase)
        # A little over a quarter, so that the two phases overlap: no vertex falls between them.
        middle = np.abs(place - work.slab[start:stop] - 0.5) <= 0.26
        if skipped is not None:
            middle &= ~skipped[start:stop]
        vertices = (start + np.flatnonzero(middle)).astype(np.int32)
        parts.append((vertices, work.slab[vertices]))
    order, ends = by_slab(parts, slabs.number)

    def one(start: int, stop: int) -> None:
        core.vertex_pass(
            field, work, order, a, turn.good, turn.tol * a, turn.aim, seed,
            ends[start], ends[stop],
        )  # fmt: skip

    for_chunks(slabs.number, 1, one)


def on_boundaries(soup: Soup) -> Bools:
    """Which vertices have cells of more than one label, (n,)."""
    label = np.empty(len(soup.points), dtype=np.int32)
    label[soup.cells] = soup.labels[:, None]  # of whichever cell, if they are of one label
    marks = np.zeros(len(soup.points), dtype=np.bool_)
    marks[soup.cells[label[soup.cells] != soup.labels[:, None]]] = True
    return marks


def enter_slabs(work: Work, slabs: Slabs, phase: int) -> None:
    """Write the slab of every vertex in a phase."""
    cut = slabs.cut(phase)
    for_chunks(
        len(work.slab), CHUNK, lambda i, j: core.enter_slabs(work.points, cut, i, j, work.slab)
    )


def by_slab(parts: list[tuple[Ints, Ints]], count: int) -> tuple[Ints, Longs]:
    """Sort items, in parts with their slabs; slab n has the items ends[n] to ends[n + 1]."""
    items, slab = (np.concatenate(column) for column in zip(*parts, strict=True))
    # Stable: within a slab the order is that of the mesh, on any number of threads.
    ends, order = bucket(slab, count)
    return items[order], ends


def pack(work: Work) -> Soup:
    """Drop dead cells and vertices without a cell, where they are: nothing else is as large."""
    alive, used = work.labels != DEAD, work.degree > 0
    cells, labels = compact(work.cells, alive), compact(work.labels, alive)
    number = numbering(used)
    core.renumber(number, cells.reshape(-1))
    return Soup(compact(work.points, used), cells, labels)
