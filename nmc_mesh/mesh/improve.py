"""Local optimisation in slabs: fit, collapse, flip, smooth; the same mesh for any thread count.

The mesh is cut into slabs along its longest axis. A thread owns a slab; it moves a vertex or
rebuilds a cavity only where all vertices involved lie in that slab, so threads never meet. Work in
the middle halves of the slabs alternates with work in the middle halves of slabs shifted by half.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import entry, kernel
from nmc_mesh.mesh.cleave import Soup
from nmc_mesh.mesh.collapse import try_collapses
from nmc_mesh.mesh.field import Field
from nmc_mesh.mesh.flips import try_flips
from nmc_mesh.mesh.shape import ANGLE, VOLUME
from nmc_mesh.mesh.smooth import fit_vertex, smooth_vertex
from nmc_mesh.mesh.stars import (
    DEAD,
    Work,
    cell_quality,
    corner,
    is_owned,
    work_on,
)
from nmc_mesh.parallel import for_chunks
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Floats, Ints, Longs

THICK = 10.0
CHUNK = 1 << 16
SPARE = 512
LONGEST = 1.9
FLAT = 0.12
GAIN = 1e-3


@kernel
def vertex_pass(
    f: Field,
    w: Work,
    order: Ints,
    a: float,
    good: float,
    tol: float,
    fit: bool,
    seed: int,
    start: int,
    stop: int,
) -> None:
    """Fit and smooth the vertices order[start:stop]."""
    for n in range(start, stop):
        v = entry(order, n)
        if w.degree[v] == 0 or not is_owned(w, v):
            continue
        if fit:
            fit_vertex(f, w, v, a)
        smooth_vertex(f, w, v, a, -1.0, tol, seed)


@kernel
def cell_pass(
    f: Field,
    w: Work,
    order: Ints,
    a: float,
    good: float,
    tol: float,
    seed: int,
    free: Longs,
    n_free: int,
    start: int,
    stop: int,
) -> int:
    """Mend the cells order[start:stop] that are under ``good``: collapse, flip, smooth."""
    longest2 = (LONGEST * a) ** 2
    for n in range(start, stop):
        t = entry(order, n)
        for _ in range(3):
            if w.labels[t] <= 0 or cell_quality(w, t) >= good:
                break
            before = n_free
            n_free = try_collapses(w, t, longest2, GAIN, free, n_free)
            if n_free != before:
                continue
            n_free = try_flips(w, t, GAIN, FLAT * a, free, n_free)
            if n_free != before:
                continue
            moved = False
            for i in range(4):
                v = corner(w, t, i)
                if is_owned(w, v):
                    moved = smooth_vertex(f, w, v, a, good, tol, seed) or moved
            if not moved:
                break
    return n_free


@kernel
def find_bad(
    w: Work,
    good: float,
    axis: int,
    low: float,
    inverse: float,
    shift: float,
    slab_of: Ints,
    start: int,
    stop: int,
) -> None:
    """Write the slab of cells under ``good`` whose centroid is in its middle half, else -1."""
    for t in range(start, stop):
        slab_of[t] = -1
        if w.labels[t] <= 0 or cell_quality(w, t) >= good:
            continue
        x = 0.0
        for i in range(4):
            x += 0.25 * w.points[w.cells[t, i], axis]
        place = (x - low) * inverse + shift
        s = int(np.floor(place))
        if 0.25 <= place - s < 0.75:
            slab_of[t] = s


class Round(NamedTuple):
    """One turn through the mesh.

    Cells under ``good`` are mended, vertices may leave their stratum by ``tol`` cell edges,
    ``everywhere`` smooths all vertices, ``measure`` says what is lifted.
    """

    good: float
    tol: float
    everywhere: bool
    measure: int


ROUNDS = (
    Round(0.30, 0.0, True, VOLUME),
    Round(0.35, 0.0, True, VOLUME),
    Round(0.40, 0.0, True, VOLUME),
    Round(0.40, 0.2, False, VOLUME),
    Round(0.30, 0.2, False, ANGLE),
    Round(0.30, 0.2, False, ANGLE),
    Round(0.30, 0.2, False, ANGLE),
    Round(0.30, 0.25, False, ANGLE),
    Round(0.30, 0.25, False, ANGLE),
)
"""From the cleaved mesh to the final one."""

TOUCH_UP = (
    Round(0.30, 0.2, True, VOLUME),
    Round(0.30, 0.2, False, ANGLE),
    Round(0.30, 0.2, False, ANGLE),
)
"""After the boundaries have moved by a little."""


def improve(
    field: Field, soup: Soup, a: float, report: Progress, rounds: tuple[Round, ...] = ROUNDS
) -> Soup:
    """Return the mesh after all rounds; ``a`` is the lattice's cell edge in um."""
    for number, turn in enumerate(rounds):
        soup = one_round(field, soup, a, turn, number)
        report("improve", (number + 1) / len(rounds))
    return soup


def one_round(field: Field, soup: Soup, a: float, turn: Round, seed: int) -> Soup:
    """Work once through all cells under ``good`` and, if asked, smooth all vertices."""
    good, tol, everywhere = turn.good, turn.tol * a, turn.everywhere
    axis = int(np.argmax(np.ptp(soup.points, axis=0)))
    low = float(soup.points[:, axis].min()) - THICK * a
    slabs = int(np.ceil((float(soup.points[:, axis].max()) - low) / (THICK * a))) + 2
    work = work_on(soup.points.copy(), soup.cells, soup.labels, 2 * slabs * SPARE, turn.measure)
    for phase in range(2):
        shift = 0.5 * phase
        place = (work.points[:, axis] - low) / (THICK * a) + shift
        work.slab[:] = np.floor(place)
        _cells(field, work, (axis, low, 1.0 / (THICK * a), shift), slabs, a, good, tol, seed, phase)
        if everywhere:
            _vertices(field, work, place, slabs, a, good, tol, seed)
    return _packed(work)


def _vertices(
    field: Field,
    work: Work,
    place: Floats,
    slabs: int,
    a: float,
    good: float,
    tol: float,
    seed: int,
) -> None:
    """Smooth the vertices in the middle halves of the slabs."""
    middle = np.abs(place - work.slab - 0.5) <= 0.26
    order = np.flatnonzero(middle).astype(np.int32)
    order = order[np.argsort(work.slab[order], kind="stable")]
    ends = np.searchsorted(work.slab[order], np.arange(slabs + 1))

    def one(start: int, stop: int) -> None:
        vertex_pass(field, work, order, a, good, tol, True, seed, ends[start], ends[stop])

    for_chunks(slabs, 1, one)


def _cells(
    field: Field,
    work: Work,
    frame: tuple[int, float, float, float],
    slabs: int,
    a: float,
    good: float,
    tol: float,
    seed: int,
    phase: int,
) -> None:
    """Mend bad cells in the middle halves of the slabs."""
    slab_of = np.empty(len(work.labels), dtype=np.int32)
    for_chunks(len(slab_of), CHUNK, lambda i, j: find_bad(work, good, *frame, slab_of, i, j))
    order = np.flatnonzero(slab_of >= 0).astype(np.int32)
    order = order[np.argsort(slab_of[order], kind="stable")]
    ends = np.searchsorted(slab_of[order], np.arange(slabs + 1))
    first_spare = len(work.labels) - 2 * slabs * SPARE

    def one(start: int, stop: int) -> None:
        spare = first_spare + (2 * start + phase) * SPARE
        free = np.empty(SPARE + 64 * (ends[stop] - ends[start] + 64), dtype=np.int64)
        free[:SPARE] = np.arange(spare, spare + SPARE)
        cell_pass(field, work, order, a, good, tol, seed, free, SPARE, ends[start], ends[stop])

    for_chunks(slabs, 1, one)


def _packed(work: Work) -> Soup:
    """Drop dead cells and vertices without a cell."""
    alive = work.labels != DEAD
    cells, labels = work.cells[alive], work.labels[alive]
    used = work.degree > 0
    number: Ints = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return Soup(work.points[used], number[cells], labels)
