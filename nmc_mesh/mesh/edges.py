"""The edges of a mesh of tetrahedra, numbered."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Ints, Longs

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
    found = np.zeros(count + 1, dtype=np.int64)
    for_chunks(count, CHUNK, lambda i, j: _number(i, j, starts, order, upper, number, found))
    np.cumsum(found, out=found)
    number += found[both[:, 0]].astype(np.int32)
    ends = np.empty((int(found[-1]), 2), dtype=np.int32)
    ends[number] = both
    return number.reshape(-1, 6), ends


@kernel
def _number(
    start: int, stop: int, starts: Longs, order: Ints, upper: Ints, number: Ints, found: Longs
) -> None:
    """Rank the upper ends at every lower end; found[v + 1] becomes how many differ."""
    longest = 0
    for v in range(start, stop):
        longest = max(longest, starts[v + 1] - starts[v])
    ends = np.empty(longest, dtype=np.int32)
    for v in range(start, stop):
        n = 0
        for p in range(starts[v], starts[v + 1]):
            end = upper[order[p]]
            i = n
            while i > 0 and ends[i - 1] > end:
                i -= 1
            if i > 0 and ends[i - 1] == end:
                continue
            for k in range(n, i, -1):
                ends[k] = ends[k - 1]
            ends[i] = end
            n += 1
        for p in range(starts[v], starts[v + 1]):
            i = 0
            while ends[i] != upper[order[p]]:
                i += 1
            number[order[p]] = i
        found[v + 1] = n
