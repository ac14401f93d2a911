"""The edges of a mesh of tetrahedra, numbered."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Ints

CHUNK = 1 << 14
PAIRS = np.array([(0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3)], dtype=np.int32)
"""Ends of the six edges of a cell, in VTK's order of their middles."""


def number_edges(cells: Ints, count: int) -> tuple[Ints, Ints]:
    """Number the edges of tetrahedra by their ends, lower first.

    Parameters
    ----------
    cells
        Vertices, shape (m, 4), all below ``count``.

    Returns
    -------
    number, ends
        Edge of the six places ``PAIRS`` of every cell, shape (m, 6); ends of every edge, (e, 2).
    """
    both = np.sort(cells[:, PAIRS], axis=2).reshape(-1, 2)
    starts, order = bucket(np.ascontiguousarray(both[:, 0]), count)
    upper = np.ascontiguousarray(both[:, 1])
    number = np.empty(len(both), dtype=np.int32)
    begins = np.zeros(count + 1, dtype=np.int64)
    for_chunks(
        count, CHUNK, lambda i, j: core.rank_edges(i, j, starts, order, upper, number, begins)
    )
    np.cumsum(begins, out=begins)
    number += begins[both[:, 0]].astype(np.int32)
    ends = np.empty((int(begins[-1]), 2), dtype=np.int32)
    ends[number] = both
    return number.reshape(-1, 6), ends
