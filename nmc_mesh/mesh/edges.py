"""The edges of a mesh of tetrahedra, numbered."""

from __future__ import annotations

from importlib import import_module

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Ints

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


def touching(triangles: Ints, start: Ints) -> Bools:
    """Which triangles hang together with those of a start by edges, one after the other.

    Parameters
    ----------
    triangles, start
        Corners, shapes (n, 3) and (k, 3).

    Returns
    -------
    Bools
        Shape (n,).

    Examples
    --------
    >>> from nmc_mesh.mesh.edges import touching
    >>> strip = np.array([[1, 2, 3], [2, 3, 4], [4, 5, 6]])  # the last one by a corner alone
    >>> touching(strip, np.array([[0, 1, 2]])).tolist()
    [True, True, False]
    """
    sparse = import_module("scipy.sparse")  # loaded when it is needed, which is seldom
    every = np.concatenate([triangles, start]).astype(np.int64)
    edges = np.sort(every[:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    keys = (edges[..., 0] << 32 | edges[..., 1]).ravel()
    number = np.unique(keys, return_inverse=True)[1].ravel()
    count, ones = len(every), np.ones(len(keys), dtype=np.bool_)
    ends = np.repeat(np.arange(count), 3), count + number
    size = count + int(number.max(initial=-1)) + 1
    graph = sparse.coo_array((ones, ends), shape=(size, size))
    classes = sparse.csgraph.connected_components(graph, directed=False)[1]
    return np.asarray(np.isin(classes[: len(triangles)], classes[len(triangles) : count]))
