"""Where lithium is stored and where it enters: a particle, whole or with open boundaries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nmc_mesh.arrays import one_line
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import inner_facets
from nmc_mesh.mechanics.linear import check_body
from nmc_mesh.mesh.edges import touching
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class ReactingBody:
    """Cells, and the triangles through which lithium enters and leaves.

    Parameters
    ----------
    points, cells
        um, (n, 3); corners of every cell, (m, 4).
    triangles, owners
        Facets that react, (k, 3), and the cell behind each, (k,).
    inner
        Closed triangles between two grains, (b, 3).
    copies
        Number here of every node of the mesh that it was made from.
    """

    points: Floats
    cells: Ints
    triangles: Ints
    owners: Ints
    inner: Ints
    copies: Ints

    __repr__ = one_line

    def normals(self) -> Floats:
        """Unit normals of the triangles, with either sign, shape (k, 3)."""
        a, b, c = (self.points[self.triangles[:, k]] for k in range(3))
        across = np.cross(b - a, c - a)
        return np.asarray(across / np.linalg.norm(across, axis=1)[:, None])


def whole(mesh: TetMesh, electrolyte: bool = True, known: Collection[str] = ()) -> ReactingBody:
    """A particle whose boundaries are closed, but for its cracks: it reacts on its outer surface.

    Electrolyte follows cracks (see `nmc_mesh.crack`) from there, as in `parted`.

    Parameters
    ----------
    mesh
        Of first order.
    electrolyte
        Whether it enters cracks.
    known
        Phases beside grains that have a material.

    Raises
    ------
    InputError
        If the mesh is of second order, or has a phase without a material.
    """
    check_body(mesh, known)
    reacts = mesh.outer.copy()
    if electrolyte and mesh.cracked.any():
        # Both sides of a crack stand at the same places.
        numbers = np.unique(mesh.points, axis=0, return_inverse=True)[1].ravel()
        origin: Ints = numbers.astype(np.int32)
        cracked, outer = mesh.facets[mesh.cracked], mesh.facets[mesh.outer]
        reacts[mesh.cracked] = touching(origin[cracked], origin[outer])
    owners = mesh.facet_cells[reacts].max(axis=1)
    same = np.arange(len(mesh.points), dtype=np.int32)
    return ReactingBody(
        mesh.points, mesh.cells, mesh.facets[reacts], owners, inner_facets(mesh), same
    )


def parted(
    split: CohesiveMesh, opened: Bools, electrolyte: bool = True, known: Collection[str] = ()
) -> ReactingBody:
    """A particle some of whose boundaries are open: nothing crosses them.

    Electrolyte follows open triangles from the outer surface, edge by edge, and both sides of those
    that it reaches react. Those that it does not reach only block.

    Parameters
    ----------
    split
        The split mesh, of first order.
    opened
        Which of its wedges are open, shape (w,).
    electrolyte
        Whether it enters at all.
    known
        Phases beside grains that have a material.

    Raises
    ------
    InputError
        If there is not one entry for every wedge, the mesh is of second order, or has a phase
        without a material.
    """
    mesh = split.mesh
    check_body(mesh, known)
    opened = np.asarray(opened, dtype=np.bool_)
    if opened.shape != (len(split.wedges),):
        raise InputError(
            f"'opened' has shape {opened.shape}; give an entry for each of the "
            f"{len(split.wedges)} wedges"
        )
    lower, higher = split.wedges[:, :3], split.wedges[:, 3:6]
    pairs = np.stack([lower[~opened].ravel(), higher[~opened].ravel()])
    copies = _joined(pairs, len(mesh.points))
    kept = np.unique(copies, return_index=True)[1]
    reached = opened & electrolyte
    reached[reached] = touching(
        split.origin[split.wedges[reached, :3]], split.origin[mesh.facets[mesh.outer]]
    )
    sides = mesh.facet_cells[split.wedge_facets[reached]]
    outer = mesh.outer
    triangles = [mesh.facets[outer], lower[reached], higher[reached]]
    owners = [mesh.facet_cells[outer].max(axis=1), sides[:, 0], sides[:, 1]]
    return ReactingBody(
        mesh.points[kept],
        copies[mesh.cells],
        copies[np.concatenate(triangles)],
        np.concatenate(owners),
        copies[lower[~opened]],
        copies,
    )


def _joined(pairs: Ints, count: int) -> Ints:
    """Number of the class of every node, where pairs (2, p) are the same; numbered from 0."""
    ones = np.ones(pairs.shape[1], dtype=np.bool_)
    graph = coo_array((ones, (pairs[0], pairs[1])), shape=(count, count))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int32)
