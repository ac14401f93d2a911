"""Union-find: face-connected pieces of cells."""

from __future__ import annotations

from nmc_mesh.kernel import lean
from nmc_mesh.typing import Ints


@lean
def find_root(parent: Ints, i: int) -> int:
    """Return the root of i in a union-find forest, halving the path on the way."""
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@lean
def unite(labels: Ints, across: Ints, alike: bool, parent: Ints) -> None:
    """Unite neighbouring cells of one label (``alike``: of any label above 0); roots are lowest."""
    for t in range(len(labels)):
        for i in range(4):
            s = across[t, i]
            if s < t or labels[s] <= 0 or labels[t] <= 0:
                continue
            if alike or labels[s] == labels[t]:
                p, q = find_root(parent, t), find_root(parent, s)
                if p < q:
                    parent[q] = p
                elif q < p:
                    parent[p] = q
    for t in range(len(labels)):
        parent[t] = find_root(parent, t)
