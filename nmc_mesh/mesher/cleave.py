"""Warped cleaving: from a field to a conforming, labelled, positive tetrahedralization."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.memory import trim_memory
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.lattice import EMPTY, Lattice
from nmc_mesh.mesher.marks import Marks, number_marks
from nmc_mesh.mesher.stars import empty_cells
from nmc_mesh.mesher.wrap import OPEN, Wrap
from nmc_mesh.parallel import chunks, for_chunks
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Bools, Floats, Ints, Longs

# Tetrahedra that a thread takes at once: a call of the core takes 0.1 ms before it begins.
CHUNK = 1 << 16
_TRIM = 16  # pieces after which their memory goes back


class Soup(NamedTuple):
    """Points (n, 3) in um, positive tetrahedra (m, 4), labels (m,); outside is 0 and below."""

    points: Floats
    cells: Ints
    labels: Ints


def cleave_lattice(
    field: Field, grid: Lattice, anchors: Anchors, report: Progress, wrap: Wrap = OPEN
) -> Soup:
    """Mesh a field by a lattice, some of whose vertices have labels and places of their own.

    All tetrahedra that touch a vertex inside the particle or on its surface are kept, those outside
    among them. ``wrap`` says what in the lattice is one and the same, where its box is a period.
    """
    used, points, made = _pieces(field, grid, anchors, report, wrap)
    trim_memory(sum(len(labels) for _, labels, _ in made))
    soup = _join(grid, used, points, made)
    trim_memory(len(soup.labels))
    return soup


class Anchors(NamedTuple):
    """Vertices of the lattice, (k,), the labels that they get and where they go, (k, 3) in um."""

    vertex: Longs
    label: Ints
    place: Floats


NO_ANCHORS = Anchors(np.empty(0, np.int64), np.empty(0, np.int32), np.empty((0, 3)))


Piece = tuple[Ints, Ints, Floats]
"""Cells, labels and the points inside cells, of a chunk."""


def _pieces(
    field: Field, grid: Lattice, anchors: Anchors, report: Progress, wrap: Wrap
) -> tuple[Bools, Floats, list[Piece]]:
    """Return which points of the lattice and of its cuts cells name, these, and the cells.

    What is known of every lattice cell ends here, before the pieces are joined.
    """
    # Vertices, tetrahedra, edges and faces of an even lattice are all numbered by arithmetic.
    labels = label_vertices(field, grid)
    labels[anchors.vertex] = anchors.label
    wrap.labels(labels)
    grid = grid.numbered(labels)
    _, tets, edges, faces = grid.counts
    report("cleave", 0.2)
    # Only tetrahedra that touch a grain take part: much of a particle's box is far outside.
    active = np.zeros(tets, dtype=np.bool_)
    for_chunks(grid.cells, CHUNK, lambda i, j: core.mark_tets(grid, labels, i, j, active))
    points, sets = _warp_lattice(field, grid, labels, anchors, active, wrap)
    report("cleave", 0.5)
    # Count, number, then fill: threads mark what they need, and a point's number depends on its
    # edge or face alone, so neighbours name the same one.
    marked = np.zeros(edges, dtype=np.bool_), np.zeros(faces, dtype=np.bool_)
    for_chunks(
        len(active), CHUNK, lambda i, j: core.mark_cuts(field, grid, active, sets, i, j, *marked)
    )
    # Points stand in the order vertices, cuts, triple points.
    cut, first_triple = number_marks(marked[0], len(labels))
    triple, total = number_marks(marked[1], first_triple)
    # In place: of most of the lattice, which is outside, no memory is taken. Nobody else knows it.
    points.resize((total, 3), refcheck=False)
    for_chunks(
        len(active),
        CHUNK,
        lambda i, j: core.place_cuts(field, grid, active, sets, cut, triple, i, j, points),
    )
    wrap.cuts(cut, triple, points)
    wrap.own(active)
    report("cleave", 0.8)
    made = _split(field, grid, active, sets, cut, triple, points)
    used = np.zeros(total + 1, dtype=np.bool_)
    for part, _, _ in made:
        core.mark_named(np.maximum(part, -1).reshape(-1) + 1, used)
    used = used[1:]
    return used, points[used], made


def label_vertices(field: Field, grid: Lattice) -> Ints:
    """Labels of all vertices of a lattice, (v,)."""
    labels = np.zeros(grid.counts[0], dtype=np.int32)
    for_chunks(len(labels), CHUNK, lambda i, j: core.label_vertices(field, grid, i, j, labels))
    return labels


def _warp_lattice(
    field: Field, grid: Lattice, labels: Ints, anchors: Anchors, active: Bools, wrap: Wrap
) -> tuple[Floats, Ints]:
    """Place and name all vertices, keep all tetrahedra at them; take back what flattens one."""
    points = np.empty((len(labels), 3))
    sets = np.empty((len(labels), 4), dtype=np.int32)
    wanted = np.zeros(len(labels), dtype=np.bool_)
    for_chunks(len(active), CHUNK, lambda i, j: core.mark_vertices(grid, active, i, j, wanted))
    new = wanted
    while new.any():
        _warp(field, grid, labels, new, points, sets)
        # A vertex moved onto a boundary belongs to both sides: tetrahedra beyond it take part then,
        # and their vertices, which were of one label, are warped in turn. At an edge of a box that
        # brings some of them onto a grain as well.
        for_chunks(
            grid.cells, CHUNK, lambda i, j: core.mark_touching(grid, sets, wanted, i, j, active)
        )
        before = wanted.copy()
        for_chunks(len(active), CHUNK, lambda i, j: core.mark_vertices(grid, active, i, j, wanted))
        new = wanted & ~before
    points[anchors.vertex], sets[anchors.vertex, 1:] = anchors.place, EMPTY
    wrap.vertices(points, sets)
    flat = np.zeros(len(labels), dtype=np.bool_)
    # Taking a vertex back changes its other tetrahedra, so it is asked again; it ends, as a vertex
    # that is back on the lattice is not moved any more.
    while True:
        for_chunks(
            len(active),
            CHUNK,
            lambda i, j: core.mark_flat(grid, active, points, sets, i, j, flat),
        )
        wrap.flags(flat)
        if not flat.any():
            return points, sets
        core.unwarp(grid, flat, points, sets)
        wrap.vertices(points, sets)


def _warp(
    field: Field, grid: Lattice, labels: Ints, wanted: Bools, points: Floats, sets: Ints
) -> None:
    """Place and name the wanted vertices."""
    for_chunks(
        len(labels),
        CHUNK,
        lambda i, j: core.warp_vertices(field, grid, labels, wanted, i, j, points, sets),
    )


def _split(
    field: Field,
    grid: Lattice,
    active: Bools,
    sets: Ints,
    cut: Marks,
    triple: Marks,
    points: Floats,
) -> list[Piece]:
    """Split the tetrahedra, chunk by chunk."""
    # By chunk, not by who comes first: the mesh is the same on any number of threads.
    made: list[Piece] = [None] * len(chunks(len(active), CHUNK))  # type: ignore[list-item]

    def work(start: int, stop: int) -> None:
        made[start // CHUNK] = core.split_tets(
            field, grid, active, sets, cut, triple, points, start, stop
        )

    for_chunks(len(active), CHUNK, work)
    return made


def _join(grid: Lattice, used: Bools, points: Floats, made: list[Piece]) -> Soup:
    """Number the points in lattice order.

    The pieces go as they are copied, and nothing is as long as the cells but the cells.
    """
    points = np.concatenate([points, *(inner for _, _, inner in made)])
    order, named = _by_cell(grid, points), int(used.sum())
    points = points[order]
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    del order
    # The number of every point of the lattice that is used, then of those inside tetrahedra.
    number = np.concatenate([np.zeros(len(used), dtype=np.int32), place[named:]])
    number[: len(used)][used] = place[:named]
    cells, labels = empty_cells(sum(len(part) for part, _, _ in made))
    first, inner = 0, len(used)
    made.reverse()
    while made:
        part, names, own = made.pop()
        last = first + len(part)
        # Points inside a tetrahedron are named -1, -2, ... by their chunk alone until here.
        cells[first:last] = np.where(part < 0, inner - 1 - part, part)
        labels[first:last] = names
        first, inner = last, inner + len(own)
        if len(made) % _TRIM == 0:
            trim_memory(last)
    core.renumber(number, cells.reshape(-1))
    return Soup(points, cells, labels)


def _by_cell(grid: Lattice, points: Floats) -> Longs:
    """Order points by lattice cell, so that neighbours in space are neighbours in memory."""
    place = np.clip(((points - grid.lower) / grid.step).astype(np.int64), 0, grid.shape - 1)
    cell = (place[:, 0] * grid.shape[1] + place[:, 1]) * grid.shape[2] + place[:, 2]
    order: Longs = np.argsort(cell, kind="stable")
    return order
