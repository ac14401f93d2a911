"""Fans of cells around nodes: which cells stay together there when faces are opened."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Ints, Longs

_NODES_PER_CHUNK = 1 << 13


def node_ranks(cells: Ints, closed: Bools, parted: Ints, count: int) -> tuple[Ints, Ints]:
    """Number the fans of cells around nodes.

    Two cells of a fan are joined by a chain of faces that hold the node and are not closed. Fans
    are numbered by their lowest cell, so the result depends on nothing but the input.

    Parameters
    ----------
    cells
        Tetrahedra, shape (m, 4), or (m, 10) in VTK order.
    closed
        Whether the face opposite each corner is opened, shape (m, 4), marked from both sides.
    parted
        The nodes to look at, ascending, shape (p,): corners, and those in the middle of edges.
    count
        Number of nodes.

    Returns
    -------
    ranks, copies
        Fan of every node of every cell, from 0, shape (m, 4) or (m, 10); number of fans of every
        node of ``parted``, 0 of other nodes, shape (count,).
    """
    tets, shut = np.ascontiguousarray(cells[:, :4]), np.ascontiguousarray(closed)
    copies = np.zeros(count, dtype=np.int32)
    ranks = []
    corner = np.zeros(count, dtype=np.bool_)
    corner[tets] = True
    on_corner = corner[parted]
    for columns, nodes in (
        (slice(0, 4), parted[on_corner]),
        (slice(4, 10), parted[~on_corner]),
    ):
        keys = cells[:, columns]
        if not keys.size:
            continue
        starts, places = bucket(keys, count)
        own = np.zeros(keys.size, dtype=np.int32)
        _number(
            np.ascontiguousarray(nodes, dtype=np.int32), starts, places, tets, shut, own, copies
        )
        ranks.append(own.reshape(keys.shape))
    return np.hstack(ranks), copies


def _number(
    nodes: Ints, starts: Longs, places: Ints, cells: Ints, closed: Bools, ranks: Ints, copies: Ints
) -> None:
    work = core.corner_fans if ranks.size == cells.size else core.middle_fans
    for_chunks(
        len(nodes),
        _NODES_PER_CHUNK,
        lambda i, j: work(nodes[i:j], starts, places, cells, closed, ranks, copies),
    )
