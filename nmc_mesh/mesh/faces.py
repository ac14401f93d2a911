"""Faces of tetrahedra: found by their lowest vertex, and matched with those of other cells."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Ints, Longs

CHUNK = 1 << 16
# Cells of a block, as the core has them, and blocks that a thread takes at once.
_BLOCK, _BLOCKS = 4096, 64


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


def face_spans(cells: Ints) -> Ints:
    """Between which numbers the lowest vertices of the faces of every block of cells lie, (b, 2).

    Kernels that go through the faces by their lowest vertex read the blocks that they need.
    """
    spans = np.empty((-(-len(cells) // _BLOCK), 2), dtype=np.int32)
    for_chunks(len(spans), _BLOCKS, lambda i, j: core.face_spans(cells, i, j, spans))
    return spans


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
    spans = face_spans(tets)
    across = np.full((len(tets), 4), -1, np.int32)
    for_chunks(count, CHUNK, lambda i, j: core.pair_faces(spans, tets, i, j, across))
    return across
