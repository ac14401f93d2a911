"""A binary tree over the seeds of a GBPD, with a lower bound of the cost in every node.

A node holds the box of its seeds, the smallest eigenvalue and the largest offset among them, so
that q_i(x) >= smallest eigenvalue * distance(x, box)^2 - largest offset for each of its seeds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.typing import Floats, Ints, Longs

LEAF = 8
"""Largest number of seeds in a leaf."""


class Tree(NamedTuple):
    """Seeds in tree order; node k has the children 2k + 1 and 2k + 2.

    ``rows`` are those of ``GBPD.rows`` and ``order`` their seeds; ``span`` (m, 2) is the range of
    seeds of every node and ``nodes`` (m, 8) its lower corner, upper corner, smallest eigenvalue and
    largest offset; ``scale`` (8,) is the box of all seeds, the largest trace, the largest |offset|.
    """

    rows: Floats
    order: Ints
    span: Ints
    nodes: Floats
    scale: Floats


def build_tree(rows: Floats, eigenvalues: Floats) -> Tree:
    """Return the tree over ``rows`` (n, 10) with the smallest eigenvalue of every matrix (n,)."""
    levels = 0
    while len(rows) > LEAF << levels:
        levels += 1
    ranks = _ranks(rows[:, :3])
    order = np.arange(len(rows))
    edges = np.array([0, len(rows)])
    spans, nodes = [], []
    for level in range(levels + 1):
        least, most = _extremes(rows[order, :3], edges)
        largest = np.maximum.reduceat(rows[order, 9], edges[:-1])
        smallest = np.minimum.reduceat(eigenvalues[order], edges[:-1])
        spans.append(np.stack([edges[:-1], edges[1:]], axis=1))
        nodes.append(np.column_stack([least, most, smallest, largest]))
        if level < levels:
            segment = np.repeat(np.arange(len(edges) - 1), np.diff(edges))
            longest = (most - least).argmax(axis=1)[segment]
            order = order[np.argsort(segment * len(rows) + ranks[order, longest])]
            middle = (edges[:-1] + edges[1:]) // 2
            edges = np.sort(np.concatenate([edges, middle]))
    trace, offset = rows[:, 3:6].sum(axis=1).max(), np.abs(rows[:, 9]).max()
    scale = np.concatenate([nodes[0][0, :6], [trace, offset]])
    return Tree(
        np.ascontiguousarray(rows[order]),
        order.astype(np.int32),
        np.concatenate(spans).astype(np.int32),
        np.concatenate(nodes),
        scale,
    )


def _ranks(points: Floats) -> Longs:
    """Return the place of every point along every axis: whole numbers are sorted faster."""
    ranks = np.empty(points.shape, dtype=np.int64)
    for axis, values in enumerate(points.T):
        ranks[np.argsort(values, kind="stable"), axis] = np.arange(len(points))
    return ranks


def _extremes(points: Floats, edges: Longs) -> tuple[Floats, Floats]:
    """Return the smallest and the largest coordinates between neighbouring ``edges``."""
    return np.minimum.reduceat(points, edges[:-1]), np.maximum.reduceat(points, edges[:-1])
