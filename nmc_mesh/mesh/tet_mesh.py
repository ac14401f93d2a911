"""The mesh value: tetrahedra with a grain label, facets with the two grains they part."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from nmc_mesh.later import later
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.typing import AnyArray


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
    >>> bool(volumes.min() > 0), np.bincount(mesh.labels, volumes).round(2)  # outside, 1, 2
    (True, array([0., 4., 4.]))
    >>> np.unique(mesh.facet_grains, axis=0).tolist()
    [[1, 0], [1, 2], [2, 0]]
    """

    NODES = ((4, 3, 2), (10, 6, 3))

    def grain(self, label: int) -> TetMesh:
        """Return the mesh of one grain, its boundaries the outer surface.

        Parameters
        ----------
        label
            One of ``mesh.labels_there``.

        Examples
        --------
        >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> [round(float(mesh.grain(label).points[:, 0].mean()), 1) for label in mesh.grains]
        [-0.5, 0.5]
        """
        return self.select([label])

    def select(self, labels: Iterable[int]) -> TetMesh:
        """Return the mesh of some labels, tagged anew: towards the others they end outside.

        Labels, their crystals and phases stay what they are; a certificate is of the whole mesh
        and is left out.

        Parameters
        ----------
        labels
            Some of ``mesh.labels_there``.

        Raises
        ------
        InputError
            If there is none, or the mesh has no such label.

        Examples
        --------
        >>> labels = np.repeat([1, 2, 3], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> np.unique(mesh.select([2, 3]).facet_grains, axis=0).tolist()
        [[2, 0], [2, 3], [3, 0]]
        """
        from nmc_mesh.mesh.select import select

        return select(self, labels)

    def grain_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row per grain: size, place, shape, crystal.

        Columns are those of the tables beside files, um and radians, a column per component of a
        vector: ``volume``, ``centroid_x``, ``axis_lengths_1``, ``neighbours``, ``outer_area``, ...

        Raises
        ------
        MissingExtraError
            If pandas is not installed.

        Examples
        --------
        >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> mesh.grain_frame()["volume"].round(2).to_dict()
        {1: 4.0, 2: 4.0}
        """
        from nmc_mesh.mesh.frames import grain_frame

        return grain_frame(self)

    def boundary_frame(self) -> Any:
        """Return a ``pandas.DataFrame`` with a row per pair of grains that touch.

        Rows are named by ``lower`` and ``higher``; columns: ``area``, ``normal_x``, ``flatness``,
        ``facets``, and ``disorientation`` in radians where crystals are known.

        Raises
        ------
        MissingExtraError
            If pandas is not installed.

        Examples
        --------
        >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> round(float(mesh.boundary_frame().loc[(1, 2), "area"]), 3)
        4.0
        """
        from nmc_mesh.mesh.frames import boundary_frame

        return boundary_frame(self)

    def to_skfem(self) -> Any:
        """Return the mesh as a ``skfem.MeshTet``, or ``MeshTet2`` of second order, in um.

        Subdomains are the grains (``grain_00001``), boundaries ``outer_surface``,
        ``grain_boundary`` and facets between phases.

        Raises
        ------
        MissingExtraError
            If scikit-fem is not installed.

        Examples
        --------
        >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> sorted(mesh.to_skfem().boundaries)
        ['grain_boundary', 'outer_surface']
        """
        return later("to_skfem")(self)

    @classmethod
    def from_meshio(cls, mesh: Any, labels: str | AnyArray | None = None) -> TetMesh:
        """Tag the tetrahedra of a ``meshio.Mesh``; points are taken for um.

        Cells that stand on their head are turned. Orientations and other ``info`` of a mesh that
        `to_meshio` gave are kept.

        Parameters
        ----------
        mesh
            With cells ``tetra`` or ``tetra10``; others are left out.
        labels
            Grain of every tetrahedron, 1 or more, shape (m,), or the name of the cell array that
            holds it; default: the first there is of ``grain_id``, ``gmsh:physical``, ``cell_tags``,
            ``medit:ref``, ``labels``, ``gmsh:geometrical``, else a grain per set of cells, else
            one grain.

        Raises
        ------
        InputError
            If there are no tetrahedra, labels do not fit, or a cell is in no set.
        MeshError
            If a triangle belongs to more than two cells.

        Examples
        --------
        >>> import meshio
        >>> points = np.vstack([np.zeros(3), np.eye(3)])
        >>> mesh = nmc_mesh.TetMesh.from_meshio(meshio.Mesh(points, [("tetra", [[0, 1, 2, 3]])]))
        >>> mesh.facet_grains.tolist()
        [[1, 0], [1, 0], [1, 0], [1, 0]]
        """
        tagged: TetMesh = later("from_meshio")(mesh, labels)
        return tagged
