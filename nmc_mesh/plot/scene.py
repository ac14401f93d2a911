"""From a mesh to coloured triangles: its outer surface and the walls of a cut."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints


class Scene(NamedTuple):
    """Triangles to draw."""

    triangles: Floats
    """Corners in um, shape (t, 3, 3)."""

    grains: Ints
    """Grain of every triangle, of the wall of a void the void, shape (t,)."""

    pieces: Ints
    """Facet or cut cell of every triangle, shape (t,); faint lines part different pieces."""

    cells: Ints
    """Cell that every triangle bounds or cuts, shape (t,)."""

    walls: Ints
    """-1 on the outer surface, k in 0..2 in the plane of the cut normal to axis k, shape (t,)."""


def scene(mesh: TetMesh, centre: Floats) -> Scene:
    """Return the outer surface of a mesh and its sections by the three planes through ``centre``.

    Parameters
    ----------
    mesh
        Any mesh; only the straight corners of second-order cells are drawn.
    centre
        Where the planes x, y, z = const. meet, in um, shape (3,).
    """
    outer = ~mesh.inner  # walls of voids among them
    count = int(outer.sum())
    parts = [
        Scene(
            mesh.points[mesh.facets[outer, :3]],
            np.where(mesh.walls, mesh.facet_grains[:, 1], mesh.facet_grains[:, 0])[outer],
            np.arange(count, dtype=np.int32),
            mesh.facet_cells[outer, 0],
            np.full(count, -1, dtype=np.int32),
        )
    ]
    for axis in range(3):
        triangles, cells = section(mesh, axis, float(centre[axis]))
        first = count + axis * len(mesh.cells)
        walls = np.full(len(cells), axis, dtype=np.int32)
        pieces = (first + cells).astype(np.int32)
        parts.append(Scene(triangles, mesh.labels[cells], pieces, cells, walls))
    return Scene(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


def section(mesh: TetMesh, axis: int, level: float) -> tuple[Floats, Ints]:
    """Cut the cells by the plane x_axis = level: triangles (t, 3, 3) in um and their cells (t,).

    A cell with one or three corners above the plane gives a triangle, with two a quadrilateral
    (two triangles).
    """
    cells = mesh.cells[:, :4]
    above = mesh.points[cells, axis] > level
    high = above.sum(axis=1)
    triangles: list[Floats] = []
    owners: list[Ints] = []
    for count, edges in _EDGES.items():
        chosen = np.flatnonzero(high == count)
        order = np.argsort(~above[chosen], axis=1, kind="stable")
        corners = mesh.points[np.take_along_axis(cells[chosen], order, axis=1)]
        for triple in edges:
            crossing = [_cross(corners[:, i], corners[:, j], axis, level) for i, j in triple]
            triangles.append(np.stack(crossing, axis=1))
            owners.append(chosen.astype(np.int32))
    return np.concatenate(triangles), np.concatenate(owners)


# Edges whose crossings bound the section, by the number of corners above; those come first.
_EDGES = {
    1: [[(0, 1), (0, 2), (0, 3)]],
    2: [[(0, 2), (0, 3), (1, 3)], [(0, 2), (1, 3), (1, 2)]],
    3: [[(0, 3), (1, 3), (2, 3)]],
}


def _cross(high: Floats, low: Floats, axis: int, level: float) -> Floats:
    share = (level - low[:, axis]) / (high[:, axis] - low[:, axis])
    point: Floats = low + share[:, None] * (high - low)
    point[:, axis] = level
    return point
