"""Sets of nodes a period apart, for formats that name sets of nodes: Exodus II and Abaqus.

There are two for each whole number of periods by which nodes on the seam differ: masters, and in
the same order slaves, which are the masters moved by it. Their names tell the numbers, m for minus:
``period_1_0_m1_master`` and ``period_1_0_m1_slave``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.mesh.periodic import periodic_pairs, periods_of
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.typing import Ints


class NodeSet(NamedTuple):
    """A name, and nodes from 0 on, in an order that counts."""

    name: str
    nodes: Ints


def periodic_sets(mesh: TaggedMesh) -> list[NodeSet]:
    """Return the sets of a mesh, masters and slaves by turns; none where there is no period."""
    if periods_of(mesh) is None or mesh.order != 1:
        return []
    master, slave, shift = periodic_pairs(mesh)
    moves, which = np.unique(shift, axis=0, return_inverse=True)
    sets = []
    for number, move in enumerate(moves.tolist()):
        name = "_".join(["period", *(f"{'m' if k < 0 else ''}{abs(k)}" for k in move)])
        chosen = which.ravel() == number
        sets.append(NodeSet(f"{name}_master", master[chosen]))
        sets.append(NodeSet(f"{name}_slave", slave[chosen]))
    return sets
