"""The value of hexahedra with a grain label each, tagged as tetrahedra are."""

from __future__ import annotations

from dataclasses import dataclass

from nmc_mesh.mesh.tagged_mesh import TaggedMesh


@dataclass(frozen=True, eq=False, repr=False)
class HexMesh(TaggedMesh):
    """A conforming, tagged mesh of hexahedra; see `TetMesh` for what the parts mean.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    cells
        Vertex numbers of the hexahedra in VTK order, shape (m, 8).
    labels
        Grain of every cell, shape (m,), 1-based.
    facets
        Vertex numbers of all grain-boundary and outer facets in turning order, shape (k, 4); the
        normal points from the first grain to the second.
    facet_grains
        The two sides of every facet, shape (k, 2): (lower, higher), or (grain, 0) outside.
    facet_cells
        The cell on either side of every facet, shape (k, 2); -1 outside.
    edges
        Triple lines: edges of three or more grains, outside counted; shape (e, 2).
    quadruple_points
        Vertices of four or more grains, outside counted; shape (q,).
    info
        Where the mesh comes from; plain values only.

    Examples
    --------
    >>> mesh = nmc_mesh.voxel_mesh(nmc_mesh.LabelImage([[[1]], [[2]]], spacing=0.5))
    >>> mesh.cells.shape, mesh.points.shape
    ((2, 8), (12, 3))
    >>> mesh.facet_grains[mesh.inner]  # the square that the two share
    array([[1, 2]], dtype=int32)
    """

    NODES = ((8, 4, 2),)
