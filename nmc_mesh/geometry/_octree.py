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
from nmc_mesh.kernel import ZERO, inline, kernel, lean
from nmc_mesh.typing import Floats, Ints, Longs

Point = tuple[float, float, float]
Witness = tuple[float, float, float, float, float, float, float, float, float, float]


@inline
def witness(rows: Floats, w: int, c: Point) -> Witness:
    """Return M_w (six entries), M_w (c - s_w) and q_w(c)."""
    u, v, z = c[0] - rows[w, 0], c[1] - rows[w, 1], c[2] - rows[w, 2]
    a, b, d = rows[w, 3], rows[w, 4], rows[w, 5]
    e, f, g = rows[w, 6], rows[w, 7], rows[w, 8]
    p, q, r = a * u + e * v + f * z, e * u + b * v + g * z, f * u + g * v + d * z
    return a, b, d, e, f, g, p, q, r, p * u + q * v + r * z - rows[w, 9]


@inline
def least_over(rows: Floats, i: int, w: Witness, c: Point, h: Point) -> float:
    """Return a lower bound of q_i - q_w over the box of centre ``c`` and half sizes ``h``."""
    s = witness(rows, i, c)
    linear = abs(s[6] - w[6]) * h[0] + abs(s[7] - w[7]) * h[1] + abs(s[8] - w[8]) * h[2]
    mixed = (
        abs(s[3] - w[3]) * (h[0] * h[1])
        + abs(s[4] - w[4]) * (h[0] * h[2])
        + abs(s[5] - w[5]) * (h[1] * h[2])
    )
    square = (
        max(0.0, w[0] - s[0]) * (h[0] * h[0])
        + max(0.0, w[1] - s[1]) * (h[1] * h[1])
        + max(0.0, w[2] - s[2]) * (h[2] * h[2])
    )
    return (s[9] - w[9]) - 2.0 * (linear + mixed) - square


@lean
def greatest_in(w: Witness, h: Point) -> float:
    """Return an upper bound of q_w over the box of half sizes ``h``."""
    linear = abs(w[6]) * h[0] + abs(w[7]) * h[1] + abs(w[8]) * h[2]
    mixed = abs(w[3]) * h[0] * h[1] + abs(w[4]) * h[0] * h[2] + abs(w[5]) * h[1] * h[2]
    square = w[0] * h[0] * h[0] + w[1] * h[1] * h[1] + w[2] * h[2] * h[2]
    return w[9] + 2.0 * (linear + mixed) + square


@lean
def gather(
    tree: Tree, best: int, c: Point, h: Point, margin: float, stack: Longs, found: Ints
) -> int:
    """Write the seeds that may be cheapest somewhere in a box to ``found``, ascending; count them.

    The witness is the seed at ``best`` in tree order. A node is left out if its lower bound lies
    above the witness everywhere; a seed if the witness dominates it.
    """
    w = witness(tree.rows, best, c)
    ceiling = greatest_in(w, h) + margin
    inner = len(tree.span) // 2
    count = ZERO
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
            if j == best or least_over(tree.rows, j, w, c, h) <= margin:
                found[count] = tree.order[j]
                count += 1
    sort(found, count)
    return count


@lean
def narrow(
    rows: Floats, parent: Ints, size: int, c: Point, h: Point, margin: float, kept: Ints
) -> int:
    """Write what the witness does not dominate of ``parent[:size]`` to ``kept``; count them."""
    best = parent[0]
    least = np.inf
    for k in range(size):
        value = cost(rows, parent[k], c[0], c[1], c[2])
        if value < least:
            least, best = value, parent[k]
    w = witness(rows, best, c)
    count = 0
    for k in range(size):
        i = parent[k]
        kept[count] = i
        if i == best or least_over(rows, i, w, c, h) <= margin:
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
    across = (shape[1] + (1 << levels) - 1) >> levels
    deep = (shape[2] + (1 << levels) - 1) >> levels
    lists = np.empty((levels + 1, len(rows)), np.int32)
    sizes = np.zeros(levels + 1, np.int64)
    stack = np.empty(64, np.int64)
    root, at = np.empty(3, np.int64), np.empty(3, np.int64)
    out = np.empty(1024, np.int32)
    used, near = 0, len(rows) - 1
    for block in range(first, last):
        root[0] = block // (across * deep)
        root[1] = block // deep % across
        root[2] = block % deep
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
                c, h = enlarged(lower, box, slack, at, up)
                margin = guard(tree.scale, c[0], c[1], c[2], max(h))
                if not inside:
                    t += 1 << (3 * up)
                elif level == 0:
                    near = cheapest(tree, c[0], c[1], c[2], near, stack)
                    sizes[0] = gather(tree, near, c, h, margin, stack, lists[0])
                elif sizes[level - 1] == 1:
                    sizes[level], lists[level, 0] = 1, lists[level - 1, 0]
                else:
                    sizes[level] = narrow(
                        rows, lists[level - 1], sizes[level - 1], c, h, margin, lists[level]
                    )
                level += 1
            if not inside:
                continue
            size = sizes[levels]
            if used + size > len(out):
                grown = np.empty(2 * (used + size), np.int32)
                copy(out, ZERO, grown, ZERO, used)
                out = grown
            copy(lists[levels], ZERO, out, used, size)
            used += size
            counts[(at[0] * shape[1] + at[1]) * shape[2] + at[2]] = size
            t += 1
    return out[:used]


@inline
def enlarged(lower: Floats, box: Floats, slack: Floats, at: Longs, up: int) -> tuple[Point, Point]:
    """Return the centre and the half sizes of block ``at`` of 2^up boxes, enlarged by ``slack``."""
    x, y, z = box[0] * (1 << up), box[1] * (1 << up), box[2] * (1 << up)
    centre = (
        lower[0] + (at[0] + 0.5) * x,
        lower[1] + (at[1] + 0.5) * y,
        lower[2] + (at[2] + 0.5) * z,
    )
    return centre, (0.5 * x + slack[0], 0.5 * y + slack[1], 0.5 * z + slack[2])


@lean
def place(t: int, level: int, at: Longs) -> None:
    """Write the cell of Morton number ``t`` in a cube of 2^level cells per axis to ``at``."""
    at[0] = at[1] = at[2] = 0
    for bit in range(level):
        at[0] |= ((t >> (3 * bit + 2)) & 1) << bit
        at[1] |= ((t >> (3 * bit + 1)) & 1) << bit
        at[2] |= ((t >> (3 * bit)) & 1) << bit


@kernel
def scatter(
    pieces: Ints, shape: Longs, levels: int, first: int, last: int, start: Longs, seeds: Ints
) -> None:
    """Copy the lists that ``descend`` returned for the same blocks to their places in C order."""
    across = (shape[1] + (1 << levels) - 1) >> levels
    deep = (shape[2] + (1 << levels) - 1) >> levels
    at = np.empty(3, np.int64)
    used = ZERO
    for block in range(first, last):
        for t in range(1 << (3 * levels)):
            place(t, levels, at)
            x = at[0] + ((block // (across * deep)) << levels)
            y = at[1] + ((block // deep % across) << levels)
            z = at[2] + ((block % deep) << levels)
            if x < shape[0] and y < shape[1] and z < shape[2]:
                b = (x * shape[1] + y) * shape[2] + z
                size = start[b + 1] - start[b]
                copy(pieces, used, seeds, start[b], size)
                used += size


@kernel
def unite(
    n: int,
    shape: Longs,
    parts: Longs,
    rings: Longs,
    start: Longs,
    seeds: Ints,
    first: int,
    last: int,
    total: Longs,
    union: Ints,
) -> None:
    """Unite the lists of the cells that cover each of the boxes ``first .. last`` (C order).

    A box covers ``parts`` cells and ``rings`` more on either side, along every axis. The first
    call, with an empty ``union``, counts into ``total[b + 1]``; the second, with the running sums
    in ``total``, writes the lists, ascending.
    """
    across = shape[1] * parts[1] + 2 * rings[1]
    deep = shape[2] * parts[2] + 2 * rings[2]
    seen = np.full(n, -1, np.int64)
    held = np.empty(n, np.int32)
    for b in range(first, last):
        x = b // (shape[1] * shape[2]) * parts[0]
        y = b // shape[2] % shape[1] * parts[1]
        z = b % shape[2] * parts[2]
        count = ZERO
        for u in range(x, x + parts[0] + 2 * rings[0]):
            for v in range(y, y + parts[1] + 2 * rings[1]):
                line = (u * across + v) * deep + z
                for k in range(start[line], start[line + parts[2] + 2 * rings[2]]):
                    i = seeds[k]
                    if seen[i] != b:
                        seen[i] = b
                        held[count] = i
                        count += 1
        if len(union) == 0:
            total[b + 1] = count
        else:
            sort(held, count)
            copy(held, ZERO, union, total[b], count)


@lean
def copy(source: Ints, first: int, target: Ints, place: int, size: int) -> None:
    """Copy ``size`` numbers."""
    for k in range(size):
        target[place + k] = source[first + k]


@lean
def sort(values: Ints, size: int) -> None:
    """Sort ``values[:size]`` ascending (Shell's method: short lists, little to compile)."""
    gap = 1
    while 3 * gap < size:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, size):
            value = values[k]
            j = k
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3
