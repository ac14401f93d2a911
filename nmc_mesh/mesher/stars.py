"""Which cells touch a vertex, kept up to date while cells come and go."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesher.shape import VOLUME
from nmc_mesh.typing import Bools, Floats, Ints, Longs

DEAD = -(2**31)
SLACK = 14
"""Room in the list of every vertex for cells to come: the mean is 24 cells, many flips add two."""


EVEN = np.empty(0)


class Work(NamedTuple):
    """A mesh under work. Dead cells have the label DEAD; the lists of cells have room to grow."""

    points: Floats
    cells: Ints
    labels: Ints
    start: Longs
    """First place of every vertex in ``pool``, (n + 1,)."""
    degree: Ints
    """Number of cells at every vertex, (n,)."""
    pool: Ints
    measure: int
    """Which fitness of a cell is lifted, see ``shape``."""
    slab: Ints
    """Slab of every vertex, (n,): only vertices of one slab are touched by one thread."""
    touched: Bools
    """Vertices that moved or whose cells changed, (n,)."""
    edge: Floats = EVEN
    """Cell edges at vertices over the lattice's, (n,); (0,) where all are 1."""


def work_on(points: Floats, cells: Ints, labels: Ints, spare: int, measure: int = VOLUME) -> Work:
    """Start work on a mesh, with ``spare`` dead cells at the end for new ones."""
    n = len(points)
    count = np.zeros(n, dtype=np.int32)
    # Counted, then filled: one array holds the cells at all vertices, with room to grow at each.
    core.count_stars(cells, count)
    start = np.zeros(n + 1, dtype=np.int64)
    np.cumsum(count + SLACK, out=start[1:])
    pool = np.empty(int(start[-1]), dtype=np.int32)
    count[:] = 0
    core.fill_stars(cells, start, count, pool)
    # Arrays never grow in the core, where threads share them: cells to come are there from the
    # start.
    room = np.full((len(cells) + spare, 4), 0, dtype=np.int32)
    room[: len(cells)] = cells
    names = np.full(len(cells) + spare, DEAD, dtype=np.int32)
    names[: len(cells)] = labels
    slab = np.zeros(n, dtype=np.int32)
    touched = np.zeros(n, dtype=np.bool_)
    return Work(points, room, names, start, count, pool, measure, slab, touched)
