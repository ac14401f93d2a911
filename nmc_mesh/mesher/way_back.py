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
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.contacts import Surroundings
from nmc_mesh.mesher.cubes import in_cubes
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats

CELLS, BOXES = 1 << 15, 16
"""Cells, and boxes, in a chunk of work."""


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


def way_back(around: Surroundings) -> WayBack:
    """Bound the distance of exact boundaries from the facets of a mesh.

    Proofs are those of the straight mesh; of a curved one the bounds are wider by what its facets
    bulge near by.

    Parameters
    ----------
    around
        A mesh in its diagram.
    """
    mesh = around.mesh
    cells = _owned(around)
    bulge = _bulge(mesh) if mesh.order == 2 else np.zeros(1)
    if mesh.order == 2:
        widest = bulge[mesh.cells[:, :4]].max(axis=1)
        cells[cells > 0] += widest[cells > 0]
    # Of a mesh the greatest of all bounds is told: a box needs none below that of the cells.
    known = float(cells.max())
    boxes = _met(around, known if known < np.inf else 0.0)
    boxes[boxes > 0] += bulge.max()
    return WayBack(cells, boxes)


def _owned(around: Surroundings) -> Floats:
    mesh = around.mesh
    points, labels, pairs, facets = mesh.points, mesh.labels, mesh.facet_grains, around.facets
    cells = np.ascontiguousarray(mesh.cells[:, :4])
    cubes = in_cubes(points[facets[:, 0]], around.size)
    bounds = np.empty(len(cells))

    def bound(i: int, j: int) -> None:
        core.bound_owned(
            around.field, around.shell, around.size, points, cells, labels, facets, pairs,
            *around.facets_at, cubes, around.contacts, i, j, bounds,
        )  # fmt: skip

    for_chunks(len(cells), CELLS, bound)
    return bounds


def _met(around: Surroundings, enough: float) -> Floats:
    points, facets = around.mesh.points, around.facets[around.mesh.outer]
    field, size = around.field, around.size
    cubes = in_cubes(points[facets[:, 0]], size)
    bounds = np.empty(int(np.prod(field.shape)))

    def bound(i: int, j: int) -> None:
        core.bound_surface(field, around.shell, size, points, facets, cubes, enough, i, j, bounds)

    for_chunks(len(bounds), BOXES, bound)
    return bounds


def _bulge(mesh: TetMesh) -> Floats:
    """How far the curved facets at every vertex are from flat ones at most, shape (n,).

    A place of the curved facet is sum_i 4 l_j l_k d_i off that of the flat one, with d_i how far
    the node amid a side is off; the l_j l_k add up to at most 1/3.
    """
    bulge = np.zeros(len(mesh.points))
    corners = mesh.points[mesh.facets[:, :3]]
    amid = 0.5 * (corners + np.roll(corners, -1, axis=1))
    off = np.linalg.norm(mesh.points[mesh.facets[:, 3:]] - amid, axis=2).max(axis=1)
    np.maximum.at(bulge, mesh.facets[:, :3], 4 / 3 * off[:, None])
    return bulge
