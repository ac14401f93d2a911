"""Colours of grains, so that grains that touch differ: few blocks where a host wants few."""

from __future__ import annotations

import numpy as np

from nmc_mesh.typing import Ints


def proper_coloring(pairs: Ints, count: int) -> Ints:
    """Colour the nodes of a graph so that the two ends of every edge differ.

    Greedily, nodes of the most neighbours first (Welsh & Powell, doi 10.1093/comjnl/10.1.85): never
    more colours than one plus the most neighbours; about eight for a polycrystal in space.

    Parameters
    ----------
    pairs
        The ends of every edge, shape (p, 2), numbers 0 ... count - 1.
    count
        Number of nodes.

    Returns
    -------
    Ints
        Colour of every node, shape (count,), from 0; a node without neighbours has colour 0.
    """
    around: list[list[int]] = [[] for _ in range(count)]
    for a, b in pairs.tolist():
        around[a].append(b)
        around[b].append(a)
    degree = np.array([len(near) for near in around], dtype=np.int64)
    colors = [-1] * count
    for node in np.argsort(-degree, kind="stable").tolist():
        taken = {colors[other] for other in around[node]}
        color = 0
        while color in taken:
            color += 1
        colors[node] = color
    return np.array(colors, dtype=np.int32)
