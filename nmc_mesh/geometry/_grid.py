"""Labels of the points of a regular grid from the candidate lists of its boxes."""

from __future__ import annotations

import numpy as np

from nmc_mesh.geometry._cost import Row, cost_of, row
from nmc_mesh.kernel import kernel, lean
from nmc_mesh.typing import Floats, Ints, Longs

LEAF = 4
"""Points along the edge of a box."""

POINTS = LEAF**3


@kernel
def label_boxes(
    rows: Floats,
    origin: Floats,
    step: Floats,
    boxes: Longs,
    plane: int,
    start: Longs,
    seeds: Ints,
    first: int,
    last: int,
    labels: Ints,
) -> None:
    """Label the points of boxes ``first .. last`` (C order) of a slab that begins at ``plane``."""
    xs, ys, zs = np.empty(POINTS), np.empty(POINTS), np.empty(POINTS)
    best, label = np.empty(POINTS), np.empty(POINTS, np.int64)
    for b in range(first, last):
        x = LEAF * (b // (boxes[1] * boxes[2]))
        y = LEAF * (b // boxes[2] % boxes[1])
        z = LEAF * (b % boxes[2])
        part = labels[x : x + LEAF, y : y + LEAF, z : z + LEAF]
        if start[b + 1] - start[b] == 1:
            part[:] = seeds[start[b]]
            continue
        for p in range(POINTS):
            xs[p] = origin[0] + (plane + x + p // (LEAF * LEAF)) * step[0]
            ys[p] = origin[1] + (y + p // LEAF % LEAF) * step[1]
            zs[p] = origin[2] + (z + p % LEAF) * step[2]
            best[p] = np.inf
        for k in range(start[b], start[b + 1]):
            challenge(row(rows, seeds[k]), seeds[k], xs, ys, zs, best, label)
        for u in range(part.shape[0]):
            for v in range(part.shape[1]):
                for w in range(part.shape[2]):
                    part[u, v, w] = label[(u * LEAF + v) * LEAF + w]


@lean
def challenge(
    seed: Row, i: int, xs: Floats, ys: Floats, zs: Floats, best: Floats, label: Longs
) -> None:
    """Give seed ``i`` the points where it is cheaper than ``best``; without branches, for speed."""
    for p in range(POINTS):
        value = cost_of(seed, xs[p], ys[p], zs[p])
        closer = value < best[p]
        best[p] = value if closer else best[p]
        label[p] = i if closer else label[p]
