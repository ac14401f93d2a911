"""Fans of cells around nodes: which cells stay together there when faces are opened."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel, lean
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.union import find_root
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Ints, Longs

_NODES_PER_CHUNK = 1 << 13
_OTHERS = np.array([(2, 3), (0, 3), (1, 3), (1, 2), (0, 2), (0, 1)], dtype=np.int32)
"""The two corners that are not on the edge of a middle, in the order of ``edges.PAIRS``."""


def node_ranks(cells: Ints, closed: Bools, opened: Ints, count: int) -> tuple[Ints, Ints]:
    """Number the fans of cells around every node of an opened facet.

    Two cells of a fan are joined by a chain of faces that hold the node and are not closed. Fans
    are numbered by their lowest cell, so the result depends on nothing but the input.

    Parameters
    ----------
    cells
        Tetrahedra, shape (m, 4), or (m, 10) in VTK order.
    closed
        Whether the face opposite each corner is opened, shape (m, 4), marked from both sides.
    opened
        Nodes of the opened facets, shape (w, 3) or (w, 6).
    count
        Number of nodes.

    Returns
    -------
    ranks, copies
        Fan of every node of every cell, from 0, shape (m, 4) or (m, 10); number of fans of every
        node of ``opened``, 0 of other nodes, shape (count,).
    """
    tets, shut = np.ascontiguousarray(cells[:, :4]), np.ascontiguousarray(closed)
    copies = np.zeros(count, dtype=np.int32)
    ranks = []
    for columns, nodes in ((slice(0, 4), opened[:, :3]), (slice(4, 10), opened[:, 3:])):
        keys = cells[:, columns]
        if not keys.size:
            continue
        starts, places = bucket(keys, count)
        own = np.zeros(keys.size, dtype=np.int32)
        _number(np.unique(nodes).astype(np.int32), starts, places, tets, shut, own, copies)
        ranks.append(own.reshape(keys.shape))
    return np.hstack(ranks), copies


def _number(
    nodes: Ints, starts: Longs, places: Ints, cells: Ints, closed: Bools, ranks: Ints, copies: Ints
) -> None:
    work = _corner_fans if ranks.size == cells.size else _middle_fans
    for_chunks(
        len(nodes),
        _NODES_PER_CHUNK,
        lambda i, j: work(nodes[i:j], starts, places, cells, closed, ranks, copies),
    )


@kernel
def _corner_fans(
    nodes: Ints, starts: Longs, places: Ints, cells: Ints, closed: Bools, ranks: Ints, copies: Ints
) -> None:
    """Around a corner a face is known by its two other corners."""
    longest = 0
    for node in nodes:
        longest = max(longest, starts[node + 1] - starts[node])
    keys = np.empty(3 * longest, np.int64)
    owners = np.empty(3 * longest, np.int32)
    parent = np.empty(longest, np.int32)
    rank = np.empty(longest, np.int32)
    for node in nodes:
        begin = starts[node]
        degree = starts[node + 1] - begin
        size = 0
        for i in range(degree):
            cell = places[begin + i] >> 2
            own = places[begin + i] & 3
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
                _insert(keys, owners, size, key, i)
                size += 1
        _join(keys, owners, size, parent, degree)
        copies[node] = _rank(parent, rank, degree, places, begin, ranks)


@kernel
def _middle_fans(
    nodes: Ints, starts: Longs, places: Ints, cells: Ints, closed: Bools, ranks: Ints, copies: Ints
) -> None:
    """Around the middle of an edge a face is known by its third corner."""
    longest = 0
    for node in nodes:
        longest = max(longest, starts[node + 1] - starts[node])
    keys = np.empty(2 * longest, np.int64)
    owners = np.empty(2 * longest, np.int32)
    parent = np.empty(longest, np.int32)
    rank = np.empty(longest, np.int32)
    for node in nodes:
        begin = starts[node]
        degree = starts[node + 1] - begin
        size = 0
        for i in range(degree):
            cell = places[begin + i] // 6
            edge = places[begin + i] % 6
            for side in range(2):
                if not closed[cell, _OTHERS[edge, side]]:
                    third = np.int64(cells[cell, _OTHERS[edge, 1 - side]])
                    _insert(keys, owners, size, third, i)
                    size += 1
        _join(keys, owners, size, parent, degree)
        copies[node] = _rank(parent, rank, degree, places, begin, ranks)


@lean
def _insert(keys: Longs, owners: Ints, size: int, key: np.int64, owner: int) -> None:
    """Put a key into a sorted list, behind those equal to it."""
    j = size
    while j > 0 and keys[j - 1] > key:
        keys[j] = keys[j - 1]
        owners[j] = owners[j - 1]
        j -= 1
    keys[j] = key
    owners[j] = owner


@lean
def _join(keys: Longs, owners: Ints, size: int, parent: Ints, degree: int) -> None:
    """Unite the cells that have a face in common; roots are lowest."""
    for i in range(degree):
        parent[i] = i
    for j in range(1, size):
        if keys[j] == keys[j - 1]:
            p = find_root(parent, owners[j])
            q = find_root(parent, owners[j - 1])
            parent[max(p, q)] = min(p, q)


@lean
def _rank(parent: Ints, rank: Ints, degree: int, places: Ints, begin: int, ranks: Ints) -> int:
    """Write the fan of every cell around a node; return how many there are."""
    found = 0
    for i in range(degree):
        root = find_root(parent, i)
        if root == i:
            rank[i] = found
            found += 1
        ranks[places[begin + i]] = rank[root]
    return found
