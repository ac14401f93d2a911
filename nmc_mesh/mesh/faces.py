"""Faces of tetrahedra: sorted by their lowest vertex, and matched with those of other cells."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Ints, Longs

CHUNK = 1 << 16


def bucket(keys: Ints, count: int) -> tuple[Longs, Ints]:
    """Sort by counting: which places of ``keys`` hold 0, which 1, ..., which ``count - 1``.

    Returns
    -------
    starts, order
        ``order[starts[k] : starts[k + 1]]`` are the places of ``k``, ascending; shapes
        (count + 1,) and (keys.size,).
    """
    starts, order = core.bucket(np.ascontiguousarray(keys, dtype=np.int32).reshape(-1), count)
    return starts, order


def faces_by_lowest(cells: Ints, count: int) -> tuple[Longs, Ints]:
    """Sort the faces 4 * cell + opposite corner by their lowest vertex, as ``bucket`` does."""
    lowest = np.empty((len(cells), 4), np.int32)
    for_chunks(len(cells), 1 << 20, lambda i, j: core.lowest_of_faces(cells, i, j, lowest))
    return bucket(lowest, count)


def neighbours(cells: Ints, count: int) -> Ints:
    """Cell behind each face, -1 where there is none; face i is opposite corner i.

    Parameters
    ----------
    cells
        Tetrahedra, shape (m, 4).
    count
        Number of vertices.

    Returns
    -------
    Ints
        Cells, shape (m, 4).
    """
    tets = np.ascontiguousarray(cells)
    starts, faces = faces_by_lowest(tets, count)
    across = np.full((len(tets), 4), -1, np.int32)
    for_chunks(count, CHUNK, lambda i, j: core.pair_faces(starts, faces, tets, i, j, across))
    return across
