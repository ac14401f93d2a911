"""The way back: how far a place of the exact boundaries can be from the facets of a mesh.

Two proofs together. In the mesh: a cell of grain A is A's but for places within a bound of A's
facets (``_core/src/mesher/owned_cells.cpp``), so no exact boundary runs through it farther off. On
the outside: every box that the exact outer surface may cross is within a bound of the outer facets
(``_core/src/mesher/met_surface.cpp``), whether it lies in the mesh or not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.cubes import in_cubes
from nmc_mesh.mesher.field import Field
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints

CELLS, BOXES = 1 << 15, 16
"""Cells, and boxes, in a chunk of work."""
CUBE = 2.0
"""Edge lengths: cells of one cube come one after the other, as they ask for the same labels."""
AROUND = 1.8661
"""Edge lengths around a box in which the lists of a field must be complete."""


class WayBack(NamedTuple):
    """Upper bounds in um of the distance of the exact boundaries from the facets of a mesh."""

    cells: Floats
    """Of exact boundaries in every cell, from the facets of the cell's grain, shape (m,).

    0 where the grain owns the whole cell, infinite where nothing is proven.
    """
    boxes: Floats
    """Of the exact outer surface in every box of a grid, from the outer facets, shape (b,).

    0 where there is none of it, infinite where no facet is near.
    """


def way_back(mesh: TetMesh, field: Field, shell: Floats, size: float) -> WayBack:
    """Bound the distance of exact boundaries from the facets of a mesh.

    Proofs are those of the straight mesh; of a curved one the bounds are wider by what its facets
    bulge near by.

    Parameters
    ----------
    mesh
        A mesh of a particle.
    field, shell
        Its field, whose lists are complete ``AROUND`` edge lengths around, and bounds of its shell.
    size
        Edge length of the mesh in um.
    """
    facets = np.ascontiguousarray(mesh.facets[:, :3])
    bulge = _bulge(mesh)
    cells = _owned(mesh, facets, field, shell, size)
    widest = bulge[mesh.cells[:, :4]].max(axis=1)
    cells[cells > 0] += widest[cells > 0]
    # Of a mesh the greatest of all bounds is told: a box needs none below that of the cells.
    known = float(cells.max())
    boxes = _met(mesh, facets[mesh.outer], field, shell, size, known if known < np.inf else 0.0)
    boxes[boxes > 0] += bulge.max()
    return WayBack(cells, boxes)


def _owned(mesh: TetMesh, facets: Ints, field: Field, shell: Floats, size: float) -> Floats:
    start, corners = bucket(facets, len(mesh.points))
    at_vertex = corners // 3
    points, labels, pairs = mesh.points, mesh.labels, mesh.facet_grains
    cells = np.ascontiguousarray(mesh.cells[:, :4])
    amid = 0.5 * (points[cells[:, 0]] + points[cells[:, 2]])
    order = in_cubes(amid, CUBE * size).things
    cubes = in_cubes(points[facets[:, 0]], size)
    bounds = np.empty(len(cells))

    def bound(i: int, j: int) -> None:
        core.bound_owned(
            field,
            shell,
            size,
            points,
            cells,
            labels,
            facets,
            pairs,
            start,
            at_vertex,
            cubes,
            order,
            i,
            j,
            bounds,
        )

    for_chunks(len(cells), CELLS, bound)
    return bounds


def _met(
    mesh: TetMesh, facets: Ints, field: Field, shell: Floats, size: float, enough: float
) -> Floats:
    cubes = in_cubes(mesh.points[facets[:, 0]], size)
    bounds = np.empty(int(np.prod(field.shape)))

    def bound(i: int, j: int) -> None:
        core.bound_surface(field, shell, size, mesh.points, facets, cubes, enough, i, j, bounds)

    for_chunks(len(bounds), BOXES, bound)
    return bounds


def _bulge(mesh: TetMesh) -> Floats:
    """How far the facets at every vertex are from flat ones at most, shape (n,).

    A place of the curved facet is sum_i 4 l_j l_k d_i off that of the flat one, with d_i how far
    the node amid a side is off; the l_j l_k add up to at most 1/3.
    """
    bulge = np.zeros(len(mesh.points))
    if mesh.order == 2:
        corners = mesh.points[mesh.facets[:, :3]]
        amid = 0.5 * (corners + np.roll(corners, -1, axis=1))
        off = np.linalg.norm(mesh.points[mesh.facets[:, 3:]] - amid, axis=2).max(axis=1)
        np.maximum.at(bulge, mesh.facets[:, :3], 4 / 3 * off[:, None])
    return bulge
