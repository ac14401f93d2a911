"""A lattice whose box is a period: what lies a period apart is one vertex, edge or face.

    ghost |      one period      | ghost      Three cells on either side of the box stand for those
    . . . o . . . . . . . . . . .o. . .       at its other end. What is decided of a cell of the box
          a                     a + L         is copied to its ghosts: labels, places, sets, cuts.

Two computations of the same place a period apart may round differently, and then decide
differently; so nothing is computed twice that both sides of the seam have to agree on. Places are
multiples of `tick`: whole periods are added, and differences taken, without rounding.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from nmc_mesh.geometry.periods import Periods
from nmc_mesh.mesher.lattice import EMPTY
from nmc_mesh.mesher.marks import Marks
from nmc_mesh.typing import Bools, Floats, Ints, Longs

GHOSTS = 3
"""Cells on either side of the box, as `lattice_in` has them."""

Moved = Callable[[Ints, Longs], Ints]
"""Labels of the same grains so many periods (..., 3) away."""


class Wrap:
    """A lattice without a period: nothing in it is anything else."""

    def labels(self, labels: Ints) -> None:
        """Copy the labels of vertices to their ghosts."""

    def vertices(self, points: Floats, sets: Ints) -> None:
        """Copy places and sets of vertices to their ghosts."""

    def flags(self, flags: Bools) -> None:
        """Copy flags of vertices to their ghosts."""

    def cuts(self, cut: Marks, triple: Marks, points: Floats) -> None:
        """Copy the places of cuts and triple points to their ghosts."""

    def own(self, active: Bools) -> None:
        """Leave those tetrahedra alone that are no ghosts."""

    def inner(self, labels: Ints) -> Ints:
        """Labels of the vertices that are no ghosts."""
        return labels

    def home(self, cells: Longs) -> tuple[Longs, Floats]:
        """Cells (..., 3) that are no ghosts for those that may be, and how far they are, um."""
        return cells, np.zeros(cells.shape)


OPEN = Wrap()


class PeriodicWrap(Wrap):
    """A lattice of a whole number of cells per period, with ghosts around.

    Parameters
    ----------
    cells
        The periods in cells, lower triangular, (3, 3): diagonal in a box.
    periods
        The same in um.
    moved
        Gives labels of images.
    """

    def __init__(self, cells: Longs, periods: Periods, moved: Moved) -> None:
        shape = cells.diagonal() + 2 * GHOSTS
        axes = [np.arange(n, dtype=np.int64) - GHOSTS for n in shape]
        place = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
        turns, inside = _turned(place, cells)
        inside += GHOSTS
        home = (inside[:, 0] * shape[1] + inside[:, 1]) * shape[2] + inside[:, 2]
        outside = turns.any(axis=1)
        self._ghost, self._inner = np.flatnonzero(outside), np.flatnonzero(~outside)
        self._home, self._turns = home[self._ghost], turns[self._ghost]
        self._cells, self._periods, self._moved = cells, periods, moved

    def labels(self, labels: Ints) -> None:
        """Copy the labels of vertices to their ghosts."""
        by_cell = labels.reshape(-1, 2)
        by_cell[self._ghost] = self._moved(by_cell[self._home], self._turns[:, None])

    def vertices(self, points: Floats, sets: Ints) -> None:
        """Copy places and sets of vertices to their ghosts."""
        places, names = points.reshape(-1, 2, 3), sets.reshape(-1, 2, 4)
        places[self._inner] = self._periods.rounded(places[self._inner])
        places[self._ghost] = places[self._home] + self._periods.moves(self._turns)[:, None]
        copied = names[self._home]
        known = copied != EMPTY
        turns = np.broadcast_to(self._turns[:, None, None], (*copied.shape, 3))
        copied[known] = self._moved(copied[known], turns[known])
        names[self._ghost] = copied

    def flags(self, flags: Bools) -> None:
        """Copy flags of vertices to their ghosts."""
        by_cell = flags.reshape(-1, 2)
        by_cell[self._ghost] = by_cell[self._home]

    def cuts(self, cut: Marks, triple: Marks, points: Floats) -> None:
        """Copy the places of cuts and triple points to their ghosts."""
        for marks, each in ((cut, 14), (triple, 24)):
            numbers = marks.numbers()
            made = numbers[marks.marked]
            points[made] = self._periods.rounded(points[made])
            number = numbers.reshape(-1, each)
            copy, source = number[self._ghost], number[self._home]
            cell, _ = pairs = np.nonzero((copy >= 0) & (source >= 0))
            moves = self._periods.moves(self._turns[cell])
            points[copy[pairs]] = points[source[pairs]] + moves

    def own(self, active: Bools) -> None:
        """Leave those tetrahedra alone that are no ghosts."""
        active.reshape(-1, 12)[self._ghost] = False

    def inner(self, labels: Ints) -> Ints:
        """Labels of the vertices that are no ghosts."""
        return labels.reshape(-1, 2)[self._inner].ravel()

    def home(self, cells: Longs) -> tuple[Longs, Floats]:
        """Cells (..., 3) that are no ghosts for those that may be, and how far they are, um."""
        turns, inside = _turned(cells - GHOSTS, self._cells)
        return inside + GHOSTS, self._periods.moves(-turns)


def _turned(place: Longs, cells: Longs) -> tuple[Longs, Longs]:
    """Whole periods of places in cells (..., 3), and what is left: in the box from 0 on."""
    turns, inside = np.zeros_like(place), place.copy()
    # The last vector alone leads along the last axis, the second one of the others along theirs.
    for axis in reversed(range(3)):
        turns[..., axis] = inside[..., axis] // cells[axis, axis]
        inside -= turns[..., axis, None] * cells[axis]
    return turns, inside
