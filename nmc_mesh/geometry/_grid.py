"""Labels of the points of a regular grid from the candidate lists of its boxes."""

from __future__ import annotations

import numpy as np

from nmc_mesh.geometry._cost import cost
from nmc_mesh.kernel import kernel
from nmc_mesh.typing import Floats, Ints, Longs

LEAF = 4
"""Points along the edge of a box."""


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
    """Label the points of the boxes ``first .. last`` (C order) of a slab that begins at ``plane``."""
    best = np.empty((LEAF, LEAF, LEAF), np.float64)
    for b in range(first, last):
        x = LEAF * (b // (boxes[1] * boxes[2]))
        y = LEAF * (b // boxes[2] % boxes[1])
        z = LEAF * (b % boxes[2])
        part = labels[x : x + LEAF, y : y + LEAF, z : z + LEAF]
        part[:] = seeds[start[b]]
        if start[b + 1] - start[b] == 1:
            continue
        best[:] = np.inf
        for k in range(start[b], start[b + 1]):
            i = seeds[k]
            for u in range(part.shape[0]):
                px = origin[0] + (plane + x + u) * step[0]
                for v in range(part.shape[1]):
                    py = origin[1] + (y + v) * step[1]
                    for w in range(part.shape[2]):
                        value = cost(rows, i, px, py, origin[2] + (z + w) * step[2])
                        if value < best[u, v, w]:
                            best[u, v, w] = value
                            part[u, v, w] = i
