"""Fans of cells around vertices: which corners stay together when faces are opened."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.union import find_root
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Ints, Longs

_VERTICES_PER_CHUNK = 1 << 13


def corner_ranks(cells: Ints, closed: Bools, opened: Ints, count: int) -> tuple[Ints, Ints]:
    """Number the fans of cells around every vertex of an opened facet.

    Two cells of a fan are joined by a chain of faces that hold the vertex and are not closed. Fans
    are numbered by their lowest cell, so the result depends on nothing but the input.

    Parameters
    ----------
    cells
        Tetrahedra, shape (m, 4).
    closed
        Whether the face opposite each corner is opened, shape (m, 4), marked from both sides.
    opened
        Vertices of the opened facets, shape (w, 3).
    count
        Number of vertices.

    Returns
    -------
    ranks, copies
        Fan of every corner, from 0, shape (m, 4); number of fans of every vertex of ``opened``,
        0 of other vertices, shape (count,).
    """
    starts, corners = bucket(cells, count)
    vertices = np.unique(opened).astype(np.int32)
    ranks = np.zeros(cells.size, dtype=np.int32)
    copies = np.zeros(count, dtype=np.int32)
    tets, shut = np.ascontiguousarray(cells), np.ascontiguousarray(closed)
    for_chunks(
        len(vertices),
        _VERTICES_PER_CHUNK,
        lambda i, j: _number_fans(vertices[i:j], starts, corners, tets, shut, ranks, copies),
    )
    return ranks.reshape(-1, 4), copies


@kernel
def _number_fans(
    vertices: Ints,
    starts: Longs,
    corners: Ints,
    cells: Ints,
    closed: Bools,
    ranks: Ints,
    copies: Ints,
) -> None:
    longest = 0
    for vertex in vertices:
        longest = max(longest, starts[vertex + 1] - starts[vertex])
    keys = np.empty(3 * longest, np.int64)
    owners = np.empty(3 * longest, np.int32)
    parent = np.empty(longest, np.int32)
    rank = np.empty(longest, np.int32)
    for vertex in vertices:
        begin = starts[vertex]
        degree = starts[vertex + 1] - begin
        size = 0
        for i in range(degree):
            parent[i] = i
            cell = corners[begin + i] >> 2
            own = corners[begin + i] & 3
            for face in range(4):
                if face == own or closed[cell, face]:
                    continue
                low = np.int64(-1)
                high = np.int64(-1)
                for k in range(4):
                    if k not in (own, face):
                        low = high
                        high = np.int64(cells[cell, k])
                key = (min(low, high) << 32) | max(low, high)
                j = size
                while j > 0 and keys[j - 1] > key:
                    keys[j] = keys[j - 1]
                    owners[j] = owners[j - 1]
                    j -= 1
                keys[j] = key
                owners[j] = i
                size += 1
        for j in range(1, size):
            if keys[j] == keys[j - 1]:
                p = find_root(parent, owners[j])
                q = find_root(parent, owners[j - 1])
                parent[max(p, q)] = min(p, q)
        found = 0
        for i in range(degree):
            root = find_root(parent, i)
            if root == i:
                rank[i] = found
                found += 1
            ranks[corners[begin + i]] = rank[root]
        copies[vertex] = found
