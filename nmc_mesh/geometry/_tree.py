"""A binary tree over the seeds of a GBPD, with a lower bound of the cost in every node.

A node holds the box of its seeds, the smallest eigenvalue and the largest offset among them, so
that q_i(x) >= smallest eigenvalue * distance(x, box)^2 - largest offset for each of its seeds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry._cost import cost
from nmc_mesh.kernel import kernel, lean
from nmc_mesh.typing import Floats, Ints, Longs

LEAF = 8
"""Largest number of seeds in a leaf."""

ROUNDING = 1e-12
"""Guard against rounding, as a share of the largest term of a cost: some thousand ulps."""


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
            order = order[np.lexsort((rows[order, longest], segment))]
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


def _extremes(points: Floats, edges: Longs) -> tuple[Floats, Floats]:
    """Return the smallest and the largest coordinates between neighbouring ``edges``."""
    return np.minimum.reduceat(points, edges[:-1]), np.maximum.reduceat(points, edges[:-1])


@lean
def guard(scale: Floats, x: float, y: float, z: float, reach: float) -> float:
    """Return a bound of the rounding errors of all costs within ``reach`` of a point, in um^2."""
    u = max(abs(x - scale[0]), abs(x - scale[3])) + reach
    v = max(abs(y - scale[1]), abs(y - scale[4])) + reach
    w = max(abs(z - scale[2]), abs(z - scale[5])) + reach
    spread = u * (u + abs(x)) + v * (v + abs(y)) + w * (w + abs(z))
    margin: float = ROUNDING * (scale[6] * spread + scale[7])
    return margin


@lean
def lower_bound(
    nodes: Floats, k: int, x: float, y: float, z: float, hx: float, hy: float, hz: float
) -> float:
    """Return a lower bound of the costs of node ``k`` in the box of half sizes h around a point."""
    u = max(0.0, max(nodes[k, 0] - x, x - nodes[k, 3]) - hx)
    v = max(0.0, max(nodes[k, 1] - y, y - nodes[k, 4]) - hy)
    w = max(0.0, max(nodes[k, 2] - z, z - nodes[k, 5]) - hz)
    least: float = nodes[k, 6] * (u * u + v * v + w * w) - nodes[k, 7]
    return least


@lean
def cheapest(tree: Tree, x: float, y: float, z: float, start: int, stack: Longs) -> int:
    """Return the place in tree order of the seed of least cost, lowest seed first among equals.

    ``start`` is any place to begin from: a good guess saves time and never changes the result.
    ``stack`` is scratch space for 64 numbers.
    """
    margin = guard(tree.scale, x, y, z, 0.0)
    inner = len(tree.span) // 2
    place = start
    best = cost(tree.rows, start, x, y, z)
    stack[0] = 0
    top = 1
    while top > 0:
        top -= 1
        k = stack[top]
        if lower_bound(tree.nodes, k, x, y, z, 0.0, 0.0, 0.0) > best + margin:
            continue
        if k < inner:
            left = lower_bound(tree.nodes, 2 * k + 1, x, y, z, 0.0, 0.0, 0.0)
            right = lower_bound(tree.nodes, 2 * k + 2, x, y, z, 0.0, 0.0, 0.0)
            far = 2 * k + 2 if left <= right else 2 * k + 1
            stack[top] = far
            stack[top + 1] = 4 * k + 3 - far
            top += 2
            continue
        for j in range(tree.span[k, 0], tree.span[k, 1]):
            value = cost(tree.rows, j, x, y, z)
            if value < best or (value == best and tree.order[j] < tree.order[place]):
                best, place = value, j
    return place


@kernel
def label_points(tree: Tree, points: Floats, first: int, last: int, labels: Ints) -> None:
    """Write the seed of least cost of ``points[first:last]`` (n, 3) to ``labels``."""
    stack = np.empty(64, np.int64)
    place = len(tree.rows) - 1
    for p in range(first, last):
        place = cheapest(tree, points[p, 0], points[p, 1], points[p, 2], place, stack)
        labels[p] = tree.order[place]
