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
