"""Meshes whose grain boundaries can open: zero-thickness wedges between doubled nodes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.mesh.cohesive_choice import Choice, chosen_facets
from nmc_mesh.mesh.cohesive_fans import corner_ranks
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Bools, Ints


@dataclass(frozen=True, eq=False)
class CohesiveMesh:
    """A mesh split along grain boundaries, with a wedge in every opened facet.

    The corners 0, 1, 2 of a wedge lie on the lower grain's side and turn so that their right-hand
    normal points to the higher grain; 3, 4, 5 are their partners on the higher grain's side, at the
    same places until the boundary opens.

    Parameters
    ----------
    mesh
        The split mesh, of first order. Cells, labels and facets stand in the order they had;
        facets name the vertices of the lower side; triple lines and quadruple points hold all
        copies.
    wedges
        Vertex numbers, shape (w, 6).
    wedge_facets
        The facet that each wedge opens, shape (w,), ascending places in ``mesh.facets``.
    origin
        Vertex of the mesh before splitting that each vertex is a copy of, shape (n,); the first
        copy keeps its number.

    Raises
    ------
    InputError
        If shapes do not fit, or the two sides of a wedge are not at the same places.
    """

    mesh: TetMesh
    wedges: Ints
    wedge_facets: Ints
    origin: Ints

    def __post_init__(self) -> None:
        count = len(self.wedges)
        shapes = {
            "wedges": (count, 6),
            "wedge_facets": (count,),
            "origin": (len(self.mesh.points),),
        }
        for name, shape in shapes.items():
            array: AnyArray = np.ascontiguousarray(getattr(self, name), dtype=np.int32).view()
            if array.shape != shape:
                raise InputError(f"CohesiveMesh.{name} has shape {array.shape}, expected {shape}")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        bottom, top = self.wedges[:, :3], self.wedges[:, 3:]
        if not np.array_equal(self.origin[bottom], self.origin[top]):
            raise InputError("the two sides of a wedge must be copies of the same vertices")
        if not np.array_equal(bottom, self.mesh.facets[self.wedge_facets, :3]):
            raise InputError("the lower side of a wedge must be the facet that it opens")

    @property
    def wedge_grains(self) -> Ints:
        """The lower and the higher grain of every wedge, shape (w, 2)."""
        return self.mesh.facet_grains[self.wedge_facets]

    @property
    def nodes_before(self) -> int:
        """Number of vertices before the mesh was split."""
        return int(self.origin.max()) + 1


def split_boundaries(mesh: TetMesh, boundaries: Choice = "all") -> CohesiveMesh:
    """Open grain boundaries: double their nodes and put zero-thickness wedges between.

    The cells around a vertex fall into fans: a fan is connected through faces that are not opened.
    A vertex of an opened facet gets a copy for each fan, so that the edge of a crack keeps its
    node, a boundary that ends inside a grain's surface does too, a triple line of three opened
    boundaries has three copies, and two parts of one grain that touch in an edge or a vertex only
    are parted there.

    Parameters
    ----------
    mesh
        A conforming mesh of first order.
    boundaries
        Which ones: ``"all"``; pairs of grains, shape (p, 2); a text such as ``"12-15,3-4"``; or
        ``"angle:15-180deg"``, those whose disorientation lies in this range (the mesh needs
        ``info["orientations"]``).

    Returns
    -------
    CohesiveMesh
        Same cells, labels and volume; the same bytes on any number of threads.

    Raises
    ------
    InputError
        If a boundary does not exist, the mesh has none, is split already or is of second order, or
        orientations are missing or too few.
    """
    _check(mesh)
    opened = chosen_facets(mesh, boundaries)
    cells, origin = _parted(mesh, opened)
    place = np.flatnonzero(opened).astype(np.int32)
    facets = _through(mesh, cells, 0, slice(None))
    wedges = np.hstack([facets[place], _through(mesh, cells, 1, place)])
    split = TetMesh(
        mesh.points[origin],
        cells,
        mesh.labels,
        facets,
        mesh.facet_grains,
        mesh.facet_cells,
        _copied_edges(mesh, cells),
        np.flatnonzero(np.isin(origin, mesh.quadruple_points)).astype(np.int32),
        {**mesh.info, "wedges": len(wedges)},
    )
    return CohesiveMesh(split, wedges, place, origin)


def _check(mesh: TetMesh) -> None:
    if isinstance(mesh, CohesiveMesh):
        raise InputError("the mesh is split already; split the mesh it was made from")
    if not isinstance(mesh, TetMesh):
        raise InputError("hexahedra cannot be split; mesh the labels with tetrahedra")
    if mesh.order != 1:
        raise InputError("a mesh of second order cannot be split; split the one of first order")
    outer = mesh.facets[mesh.facet_grains[:, 1] == 0]
    places = mesh.points[np.unique(outer)]
    doubled = len(places) - len(np.unique(places, axis=0))
    if doubled or "wedges" in mesh.info:
        raise InputError(
            f"the mesh is split already ({doubled} vertices share their place with another); "
            "split the mesh it was made from"
        )
    if not (mesh.facet_grains[:, 1] > 0).any():
        raise InputError(
            "the mesh has no boundaries between grains; give its cells the labels of their grains"
        )


def opposite_corners(cells: Ints, facets: Ints) -> Ints:
    """Corner of each cell that its facet lacks, shape (k,)."""
    inside = (cells[:, :4, None] == facets[:, None, :3]).any(axis=2)
    return inside.argmin(axis=1).astype(np.int32)


def _parted(mesh: TetMesh, opened: Bools) -> tuple[Ints, Ints]:
    """Cells with the copies of their vertices, and the origin of every vertex."""
    closed = np.zeros(mesh.cells.shape, dtype=np.bool_)
    for side in range(2):
        owners = mesh.facet_cells[opened, side]
        closed[owners, opposite_corners(mesh.cells[owners], mesh.facets[opened])] = True
    ranks, copies = corner_ranks(mesh.cells, closed, mesh.facets[opened], len(mesh.points))
    n = len(mesh.points)
    more = np.maximum(copies - 1, 0)
    first = n + np.cumsum(more) - more
    cells = np.where(ranks > 0, first[mesh.cells] + ranks - 1, mesh.cells).astype(np.int32)
    return cells, np.concatenate([np.arange(n), np.repeat(np.arange(n), more)]).astype(np.int32)


def _through(mesh: TetMesh, cells: Ints, side: int, which: slice | Ints) -> Ints:
    """Vertices of facets as the cells on one side know them now."""
    owners, facets = mesh.facet_cells[which, side], mesh.facets[which]
    place = (mesh.cells[owners, :, None] == facets[:, None, :]).argmax(axis=1)
    return np.take_along_axis(cells[owners], place, axis=1)


def _copied_edges(mesh: TetMesh, cells: Ints) -> Ints:
    """All copies of the triple lines, each once, lower vertex first."""
    if not len(mesh.edges):
        return mesh.edges
    on_line = np.zeros(len(mesh.points), dtype=np.bool_)
    on_line[mesh.edges] = True
    near = np.flatnonzero(on_line[mesh.cells].sum(axis=1) >= 2)
    ends = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])
    before = _codes(mesh.cells[near][:, ends].reshape(-1, 2))
    after = _codes(cells[near][:, ends].reshape(-1, 2))
    found = np.unique(after[np.isin(before, _codes(mesh.edges))])
    return np.stack([found >> 32, found & 0xFFFFFFFF], axis=1).astype(np.int32)


def _codes(edges: Ints) -> AnyArray:
    ends = np.sort(edges, axis=1).astype(np.int64)
    return (ends[:, 0] << 32) | ends[:, 1]
