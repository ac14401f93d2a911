"""Wedges as files want them: with nodes between the two sides where they are of second order."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints

EXODUS_OF_VTK = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 14, 9, 10, 11], dtype=np.int32)
"""Places of Exodus II's WEDGE15 in VTK's: nodes between the sides come before those of the top."""

GMSH_OF_VTK = np.array([0, 1, 2, 3, 4, 5, 6, 8, 12, 7, 13, 14, 9, 11, 10], dtype=np.int32)
"""Places of gmsh's prism of fifteen nodes in VTK's: edges by their ends."""

_FOURTHS = np.array([(0, 3, 5), (3, 1, 4), (5, 4, 2), (3, 4, 5)], dtype=np.int32)
"""The four triangles between the nodes of a triangle of second order."""


def whole_wedges(split: CohesiveMesh) -> tuple[TetMesh, Ints]:
    """Return the split mesh and its wedges with every node that they have in files.

    Wedges of first order have six. Those of second order have fifteen in VTK's order: the twelve of
    the two sides, then a node in the middle of each of the edges 03, 14, 25 between them, which
    have no length. Neighbours share such a node; it belongs to no tetrahedron. Where the sides have
    a corner in common, at the end of an opened boundary, it is that corner.

    Returns
    -------
    mesh, wedges
        The split mesh with the nodes between the sides behind its own; shape (w, 6) or (w, 15).
    """
    if split.mesh.order == 1:
        return split.mesh, split.wedges
    low, high = split.wedges[:, :3], split.wedges[:, 3:6]
    codes: AnyArray = (low.astype(np.int64) << 32) | high
    parted = low != high
    edges, which = np.unique(codes[parted], return_inverse=True)
    between = low.copy()
    between[parted] = len(split.mesh.points) + which
    ends = split.mesh.points[np.stack([edges >> 32, edges & 0xFFFFFFFF])]
    points = np.concatenate([split.mesh.points, ends.mean(axis=0)])
    return replace(split.mesh, points=points), np.hstack([split.wedges, between])


def linear_wedges(split: CohesiveMesh) -> Ints:
    """Return wedges of six nodes: one for each of first order, four for each of second order.

    The four of a wedge follow each other; the first three of them hold its corners.
    """
    if split.mesh.order == 1:
        return split.wedges
    sides = np.concatenate([split.lower[:, _FOURTHS], split.higher[:, _FOURTHS]], axis=2)
    return np.ascontiguousarray(sides.reshape(-1, 6))
