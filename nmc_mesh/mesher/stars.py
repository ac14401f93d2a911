"""Which cells touch a vertex, kept up to date while cells come and go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesher.shape import VOLUME
from nmc_mesh.typing import Bools, Floats, Ints, Longs

DEAD = -(2**31)
ROOM, TIGHT = 14, 3
"""How many cells more than it begins with the list of a vertex may take, and has room for where it
is: the mean is 24 cells, many flips add two. See ``work.hpp``."""


EVEN = np.empty(0)


class Work(NamedTuple):
    """A mesh under work. Dead cells have the label DEAD; the lists of cells have room to grow."""

    points: Floats
    cells: Ints
    labels: Ints
    start: Longs
    """First place of every vertex in ``pool``, (n,)."""
    degree: Ints
    """Number of cells at every vertex, (n,)."""
    most: Ints
    """Number of cells that its list may have, (n,)."""
    pool: Ints
    taken: Longs
    """From where on nothing is in ``pool``, (1,)."""
    tight: int
    """From where on ``pool`` has lists that grew."""
    measure: int
    """Which fitness of a cell is lifted, see ``shape``."""
    slab: Ints
    """Slab of every vertex, (n,): only vertices of one slab are touched by one thread."""
    touched: Bools
    """Vertices that moved or whose cells changed, (n,)."""
    edge: Floats = EVEN
    """Cell edges at vertices over the lattice's, (n,); (0,) where all are 1."""


def empty_cells(count: int) -> tuple[Ints, Ints]:
    """Cells (count, 4) and labels (count,) of nothing yet, with room for more behind."""
    room = count + (count >> 6) + (1 << 16)  # the system gives memory for what is used alone
    return np.empty((room, 4), dtype=np.int32)[:count], np.empty(room, dtype=np.int32)[:count]


def _roomy(rows: Ints, spare: int, fill: int, own: bool) -> Ints:
    """Rows with ``spare`` more behind; ``own`` ones stay where they are if there is room."""
    count, base = len(rows) + spare, rows.base
    larger = np.empty((0, *rows.shape[1:]), dtype=np.int32)
    if own and isinstance(base, np.ndarray) and base.ctypes.data == rows.ctypes.data:
        larger = base[:count]
    if len(larger) < count:
        larger = np.empty((count, *rows.shape[1:]), dtype=np.int32)
        larger[: len(rows)] = rows
    larger[len(rows) :] = fill
    return larger


def work_on(
    points: Floats,
    cells: Ints,
    labels: Ints,
    spare: int,
    measure: int = VOLUME,
    own: bool = False,
) -> Work:
    """Start work on a mesh, with ``spare`` dead cells at the end for new ones.

    Points are changed; cells and labels too if they are one's ``own``, else they are copied.
    """
    # Arrays never grow in the core, where threads share them: cells to come are there from the
    # start.
    count, n = len(cells), len(points)
    cells, labels = _roomy(cells, spare, 0, own), _roomy(labels, spare, DEAD, own)
    degree, start = np.zeros(n, dtype=np.int32), np.zeros(n + 1, dtype=np.int64)
    # Counted, then filled: one array holds the cells at all vertices, with room to grow at each.
    core.count_stars(cells[:count], degree)
    np.cumsum(degree + TIGHT, out=start[1:])
    tight, most = int(start[-1]), degree + ROOM
    # Behind that is room for every list to move once: memory is taken for those that do.
    pool = np.empty(tight + int(most.sum(dtype=np.int64)), dtype=np.int32)
    taken = start[-1:].copy()
    degree[:] = 0
    core.fill_stars(cells[:count], start[:-1], degree, pool)
    slab, touched = np.zeros(n, dtype=np.int32), np.zeros(n, dtype=np.bool_)
    return Work(
        points, cells, labels, start[:-1], degree, most, pool, taken, tight, measure, slab, touched
    )
