"""Candidate lists of boxes: from the seed tree to root blocks, then down an octree to the boxes.

*Witness dominance* (MODEL section 5, ours): let w be the cheapest candidate at the centre c of a
box with half sizes h, A = M_i, W = M_w and Delta = q_i - q_w. Everywhere in the box

Delta >= Delta(c) - sum_k |dDelta_k(c)| h_k - sum_k max(0, (W - A)_kk) h_k^2
         - 2 sum_{k<l} |(A - W)_kl| h_k h_l,

so seed i is nowhere the cheapest if that is positive. The linear terms cancel inside Delta, which
makes the bound far sharper than bounds of the two costs alone.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.geometry._cost import cost
from nmc_mesh.geometry._tree import Tree, cheapest, guard, lower_bound
from nmc_mesh.kernel import kernel
from nmc_mesh.typing import Floats, Ints, Longs


@kernel
def least_over(rows: Floats, w: int, i: int, c: Floats, h: Floats) -> float:
    """Return a lower bound of q_i - q_w over the box of centre ``c`` and half sizes ``h``."""
    a0, a1, a2 = c[0] - rows[i, 0], c[1] - rows[i, 1], c[2] - rows[i, 2]
    b0, b1, b2 = c[0] - rows[w, 0], c[1] - rows[w, 1], c[2] - rows[w, 2]
    g0 = rows[i, 3] * a0 + rows[i, 6] * a1 + rows[i, 7] * a2
    g1 = rows[i, 6] * a0 + rows[i, 4] * a1 + rows[i, 8] * a2
    g2 = rows[i, 7] * a0 + rows[i, 8] * a1 + rows[i, 5] * a2
    f0 = rows[w, 3] * b0 + rows[w, 6] * b1 + rows[w, 7] * b2
    f1 = rows[w, 6] * b0 + rows[w, 4] * b1 + rows[w, 8] * b2
    f2 = rows[w, 7] * b0 + rows[w, 8] * b1 + rows[w, 5] * b2
    centre = (g0 * a0 + g1 * a1 + g2 * a2 - rows[i, 9]) - (f0 * b0 + f1 * b1 + f2 * b2 - rows[w, 9])
    linear = abs(g0 - f0) * h[0] + abs(g1 - f1) * h[1] + abs(g2 - f2) * h[2]
    square = (
        max(0.0, rows[w, 3] - rows[i, 3]) * h[0] * h[0]
        + max(0.0, rows[w, 4] - rows[i, 4]) * h[1] * h[1]
        + max(0.0, rows[w, 5] - rows[i, 5]) * h[2] * h[2]
    )
    mixed = (
        abs(rows[i, 6] - rows[w, 6]) * h[0] * h[1]
        + abs(rows[i, 7] - rows[w, 7]) * h[0] * h[2]
        + abs(rows[i, 8] - rows[w, 8]) * h[1] * h[2]
    )
    return centre - 2.0 * linear - square - 2.0 * mixed


@kernel
def greatest_in(rows: Floats, w: int, c: Floats, h: Floats) -> float:
    """Return an upper bound of q_w over the box of centre ``c`` and half sizes ``h``."""
    b0, b1, b2 = c[0] - rows[w, 0], c[1] - rows[w, 1], c[2] - rows[w, 2]
    linear = (
        abs(rows[w, 3] * b0 + rows[w, 6] * b1 + rows[w, 7] * b2) * h[0]
        + abs(rows[w, 6] * b0 + rows[w, 4] * b1 + rows[w, 8] * b2) * h[1]
        + abs(rows[w, 7] * b0 + rows[w, 8] * b1 + rows[w, 5] * b2) * h[2]
    )
    square = rows[w, 3] * h[0] * h[0] + rows[w, 4] * h[1] * h[1] + rows[w, 5] * h[2] * h[2]
    mixed = (
        abs(rows[w, 6]) * h[0] * h[1]
        + abs(rows[w, 7]) * h[0] * h[2]
        + abs(rows[w, 8]) * h[1] * h[2]
    )
    return cost(rows, w, c[0], c[1], c[2]) + 2.0 * linear + square + 2.0 * mixed


@kernel
def gather(tree: Tree, c: Floats, h: Floats, stack: Ints, found: Ints) -> int:
    """Write the seeds that may be cheapest somewhere in a box to ``found``, ascending; count them.

    A node is left out if its lower bound lies above the witness everywhere; a seed if the witness
    dominates it.
    """
    witness = cheapest(tree, c[0], c[1], c[2], 0, stack)
    margin = guard(tree.scale, c[0], c[1], c[2], max(h[0], max(h[1], h[2])))
    ceiling = greatest_in(tree.rows, witness, c, h) + margin
    inner = len(tree.span) // 2
    count = 0
    stack[0] = 0
    top = 1
    while top > 0:
        top -= 1
        k = stack[top]
        if lower_bound(tree.nodes, k, c[0], c[1], c[2], h[0], h[1], h[2]) > ceiling:
            continue
        if k < inner:
            stack[top], stack[top + 1] = 2 * k + 2, 2 * k + 1
            top += 2
            continue
        for j in range(tree.span[k, 0], tree.span[k, 1]):
            if j == witness or least_over(tree.rows, witness, j, c, h) <= margin:
                found[count] = tree.order[j]
                count += 1
    found[:count].sort()
    return count


@kernel
def narrow(
    rows: Floats, parent: Ints, size: int, c: Floats, h: Floats, margin: float, kept: Ints
) -> int:
    """Write those of ``parent[:size]`` that no witness dominates in a box to ``kept``; count them."""
    witness = parent[0]
    best = np.inf
    for k in range(size):
        value = cost(rows, parent[k], c[0], c[1], c[2])
        if value < best:
            best, witness = value, parent[k]
    count = 0
    for k in range(size):
        i = parent[k]
        if i == witness or least_over(rows, witness, i, c, h) <= margin:
            kept[count] = i
            count += 1
    return count


@kernel
def descend(
    tree: Tree,
    rows: Floats,
    lower: Floats,
    box: Floats,
    slack: Floats,
    shape: Longs,
    levels: int,
    first: int,
    last: int,
    counts: Longs,
) -> Ints:
    """List the candidates of every box in the root blocks ``first .. last`` (C order).

    A root block has 2^levels boxes along every axis. Writes the length of every list to
    ``counts`` (one per box, C order) and returns the lists one after the other in the order of
    ``scatter``.
    """
    roots = (shape + (1 << levels) - 1) >> levels
    lists = np.empty((levels + 1, len(rows)), np.int32)
    sizes = np.zeros(levels + 1, np.int64)
    stack = np.empty(64, np.int32)
    c, h = np.empty(3), np.empty(3)
    root, at = np.empty(3, np.int64), np.empty(3, np.int64)
    out = np.empty(1024, np.int32)
    used = 0
    for block in range(first, last):
        root[0] = block // (roots[1] * roots[2])
        root[1] = block // roots[2] % roots[1]
        root[2] = block % roots[2]
        t = 0
        while t < 1 << (3 * levels):
            level = 0
            if t > 0:
                level = levels
                while (t >> (3 * (levels - level))) & 7 == 0:
                    level -= 1
            inside = True
            while level <= levels and inside:
                up = levels - level
                place(t >> (3 * up), level, at)
                for k in range(3):
                    at[k] += root[k] << level
                    inside = inside and at[k] << up < shape[k]
                    c[k] = lower[k] + (at[k] + 0.5) * (box[k] * (1 << up))
                    h[k] = 0.5 * (box[k] * (1 << up)) + slack[k]
                if not inside:
                    t += 1 << (3 * up)
                elif level == 0:
                    sizes[0] = gather(tree, c, h, stack, lists[0])
                elif sizes[level - 1] == 1:
                    sizes[level], lists[level, 0] = 1, lists[level - 1, 0]
                else:
                    margin = guard(tree.scale, c[0], c[1], c[2], max(h[0], max(h[1], h[2])))
                    sizes[level] = narrow(
                        rows, lists[level - 1], sizes[level - 1], c, h, margin, lists[level]
                    )
                level += 1
            if not inside:
                continue
            size = sizes[levels]
            if used + size > len(out):
                grown = np.empty(2 * (used + size), np.int32)
                grown[:used] = out[:used]
                out = grown
            out[used : used + size] = lists[levels, :size]
            used += size
            counts[(at[0] * shape[1] + at[1]) * shape[2] + at[2]] = size
            t += 1
    return out[:used].copy()


@kernel
def place(t: int, level: int, at: Longs) -> None:
    """Write the cell of Morton number ``t`` in a cube of 2^level cells along every axis to ``at``."""
    at[:] = 0
    for bit in range(level):
        at[0] |= ((t >> (3 * bit + 2)) & 1) << bit
        at[1] |= ((t >> (3 * bit + 1)) & 1) << bit
        at[2] |= ((t >> (3 * bit)) & 1) << bit


@kernel
def scatter(
    pieces: Ints, shape: Longs, levels: int, first: int, last: int, start: Longs, seeds: Ints
) -> None:
    """Copy the lists that ``descend`` returned for the same blocks to their places in C order."""
    roots = (shape + (1 << levels) - 1) >> levels
    at = np.empty(3, np.int64)
    used = 0
    for block in range(first, last):
        for t in range(1 << (3 * levels)):
            place(t, levels, at)
            x = at[0] + ((block // (roots[1] * roots[2])) << levels)
            y = at[1] + ((block // roots[2] % roots[1]) << levels)
            z = at[2] + ((block % roots[2]) << levels)
            if x < shape[0] and y < shape[1] and z < shape[2]:
                b = (x * shape[1] + y) * shape[2] + z
                size = start[b + 1] - start[b]
                seeds[start[b] : start[b + 1]] = pieces[used : used + size]
                used += size
