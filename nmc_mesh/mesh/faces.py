"""Faces of tetrahedra: sorted by their lowest vertex, and matched with those of other cells."""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.kernel import inline, lean, ordered
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Ints, Longs

FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]], dtype=np.int32)
"""Corners of the face opposite to each corner of a tetrahedron; the normal points outwards."""

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


def fixed(array: Any) -> Any:
    """Return a read-only view: kernels are compiled for one kind of argument."""
    view = array.view()
    view.flags.writeable = False
    return view


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


@inline
def sorted_face(cells: Ints, face: int) -> tuple[np.int64, np.int64, np.int64]:
    """Vertices of face ``4 * cell + opposite corner``, ascending."""
    cell = face >> 2
    corner = face & 3
    a = np.int64(cells[cell, FACES[corner, 0]])
    b = np.int64(cells[cell, FACES[corner, 1]])
    c = np.int64(cells[cell, FACES[corner, 2]])
    return ordered(a, b, c)


@lean
def sort_pairs(keys: Longs, values: Ints, size: int) -> None:
    """Sort the first ``size`` keys, and the values with them: short lists, so by insertion."""
    for i in range(1, size):
        key = keys[i]
        value = values[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            values[j + 1] = values[j]
            j -= 1
        keys[j + 1] = key
        values[j + 1] = value
