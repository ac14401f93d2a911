"""A binary tree over the seeds of a GBPD, with a lower bound of the cost in every node.

A node holds the box of its seeds, the smallest eigenvalue and the largest offset among them, so
that q_i(x) >= smallest eigenvalue * distance(x, box)^2 - largest offset for each of its seeds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry._cost import cost
from nmc_mesh.kernel import kernel
from nmc_mesh.typing import Floats, Ints

LEAF = 8
"""Largest number of seeds in a leaf."""

ROUNDING = 1e-12
"""Guard against rounding, as a share of the largest term of a cost: some thousand ulps."""


class Tree(NamedTuple):
    """Seeds in tree order; node k has the children 2k + 1 and 2k + 2."""

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
    order, span, nodes = _split(rows, eigenvalues, levels)
    trace = rows[:, 3:6].sum(axis=1).max()
    scale = np.concatenate([rows[:, :3].min(axis=0), rows[:, :3].max(axis=0)])
    scale = np.append(scale, [trace, np.abs(rows[:, 9]).max()])
    return Tree(np.ascontiguousarray(rows[order]), order, span, nodes, scale)


@kernel
def _split(rows: Floats, eigenvalues: Floats, levels: int) -> tuple[Ints, Ints, Floats]:
    """Halve the seeds along the longest side of their box, ``levels`` times."""
    count = (2 << levels) - 1
    inner = (1 << levels) - 1
    order = np.arange(len(rows)).astype(np.int32)
    span = np.empty((count, 2), np.int32)
    nodes = np.empty((count, 8), np.float64)
    span[0, 0], span[0, 1] = 0, len(rows)
    for k in range(count):
        first, last = span[k, 0], span[k, 1]
        for axis in range(3):
            nodes[k, axis], nodes[k, 3 + axis] = np.inf, -np.inf
        nodes[k, 6], nodes[k, 7] = np.inf, -np.inf
        for j in range(first, last):
            i = order[j]
            for axis in range(3):
                nodes[k, axis] = min(nodes[k, axis], rows[i, axis])
                nodes[k, 3 + axis] = max(nodes[k, 3 + axis], rows[i, axis])
            nodes[k, 6] = min(nodes[k, 6], eigenvalues[i])
            nodes[k, 7] = max(nodes[k, 7], rows[i, 9])
        if k >= inner:
            continue
        longest = 0
        for axis in range(1, 3):
            if nodes[k, 3 + axis] - nodes[k, axis] > nodes[k, 3 + longest] - nodes[k, longest]:
                longest = axis
        part = order[first:last].copy()
        keys = np.empty(last - first, np.float64)
        for j in range(last - first):
            keys[j] = rows[part[j], longest]
        place = np.argsort(keys)
        for j in range(last - first):
            order[first + j] = part[place[j]]
        middle = (first + last) // 2
        span[2 * k + 1, 0], span[2 * k + 1, 1] = first, middle
        span[2 * k + 2, 0], span[2 * k + 2, 1] = middle, last
    return order, span, nodes


@kernel
def guard(scale: Floats, x: float, y: float, z: float, reach: float) -> float:
    """Return a bound of the rounding errors of all costs within ``reach`` of a point, in um^2."""
    u = max(abs(x - scale[0]), abs(x - scale[3])) + reach
    v = max(abs(y - scale[1]), abs(y - scale[4])) + reach
    w = max(abs(z - scale[2]), abs(z - scale[5])) + reach
    margin: float = ROUNDING * (scale[6] * (u * u + v * v + w * w) + scale[7])
    return margin


@kernel
def lower_bound(
    nodes: Floats, k: int, x: float, y: float, z: float, hx: float, hy: float, hz: float
) -> float:
    """Return a lower bound of the costs of node ``k`` in the box of half sizes h around a point."""
    u = max(0.0, max(nodes[k, 0] - x, x - nodes[k, 3]) - hx)
    v = max(0.0, max(nodes[k, 1] - y, y - nodes[k, 4]) - hy)
    w = max(0.0, max(nodes[k, 2] - z, z - nodes[k, 5]) - hz)
    least: float = nodes[k, 6] * (u * u + v * v + w * w) - nodes[k, 7]
    return least


@kernel
def cheapest(tree: Tree, x: float, y: float, z: float, start: int, stack: Ints) -> int:
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
    stack = np.empty(64, np.int32)
    place = 0
    for p in range(first, last):
        place = cheapest(tree, points[p, 0], points[p, 1], points[p, 2], place, stack)
        labels[p] = tree.order[place]
