"""The mesh value: tetrahedra with a grain label, facets with the two grains they part."""

from __future__ import annotations

from dataclasses import dataclass

from nmc_mesh.mesh.tagged_mesh import TaggedMesh


@dataclass(frozen=True, eq=False, repr=False)
class TetMesh(TaggedMesh):
    """A conforming, tagged mesh of a polycrystal.

    Cells are positively oriented: (x1 - x0) x (x2 - x0) . (x3 - x0) > 0.
    A facet stores the grains on its two sides as (lower, higher); on the outer surface it is
    (grain, 0). Its vertices turn so that the right-hand normal points from the first to the second:
    from the lower to the higher grain, and out of the particle on the outer surface.
    A crack of no thickness is two facets at the same places with nodes of their own, one per side:
    each stores (its grain, the grain across), has one cell, and turns away from that.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    cells
        Vertex numbers of the tetrahedra, shape (m, 4), or (m, 10) in VTK order for second order.
    labels
        Grain of every cell, shape (m,), 1-based.
    facets
        Vertex numbers of all grain-boundary and outer facets, shape (k, 3) or (k, 6).
    facet_grains
        The two sides of every facet, shape (k, 2).
    facet_cells
        The cell on either side of every facet, shape (k, 2); -1 outside, and across a crack.
    edges
        Triple lines: edges of three or more grains, outside counted; shape (e, 2) or (e, 3).
    quadruple_points
        Vertices where triple lines meet or end: four or more grains (outside counts), shape (q,).
    info
        Where the mesh comes from and how it was made; plain values only.

    Examples
    --------
    >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
    >>> corners = mesh.points[mesh.cells]
    >>> volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    >>> bool(volumes.min() > 0), np.bincount(mesh.labels, volumes).round(3)  # outside, 1, 2
    (True, array([0., 4., 4.]))
    >>> np.unique(mesh.facet_grains, axis=0).tolist()
    [[1, 0], [1, 2], [2, 0]]
    """

    NODES = ((4, 3, 2), (10, 6, 3))
