"""Grain boundaries opened: nodes doubled, with wedges of no thickness between the two sides."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.cohesive.choice import Choice, chosen_facets
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.fans import node_ranks
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.edges import PAIRS
from nmc_mesh.mesh.groups import boundary_pairs
from nmc_mesh.mesh.periodic import without_period
from nmc_mesh.mesh.phases import check_solids
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Bools, Ints


def split_boundaries(mesh: TetMesh, boundaries: Choice = "all") -> CohesiveMesh:
    """Open grain boundaries: double their nodes and put zero-thickness wedges between.

    The cells around a node fall into fans: a fan is connected through faces that are not opened.
    A node of an opened facet gets a copy for each fan, so that the edge of a crack keeps its
    node, a boundary that ends inside a grain's surface does too, a triple line of three opened
    boundaries has three copies, and two parts of one grain that touch in an edge or a vertex only
    are parted there. Nodes in the middle of edges follow the same rule, with the cells around
    their edge. Where every boundary opens, so do hinges: nodes on the outer surface at which grains
    meet in an edge or a vertex without a facet between. A facet whose nodes all stay single, at the
    end of an opened boundary, gets no wedge: it could not open.

    Parameters
    ----------
    mesh
        A conforming mesh of first or second order.
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
        If a boundary does not exist, the mesh has none or is split already, none of the chosen
        ones can open, or orientations are missing or too few.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.2)
    >>> split = nmc_mesh.split_boundaries(mesh)
    >>> len(split.wedges) == len(mesh.facets[mesh.inner])
    True
    >>> one = nmc_mesh.split_boundaries(mesh, np.unique(split.wedge_grains, axis=0)[:1])
    >>> np.unique(one.wedge_grains, axis=0).tolist()
    [[1, 3]]
    """
    taken(mesh, (TaggedMesh, CohesiveMesh), "split_boundaries")
    check_whole(mesh)
    check_solids(mesh, mesh.phases.names)  # a coating has no boundaries, and stays whole
    cells, origin, rows = parted(mesh, chosen_facets(mesh, boundaries))
    if not len(rows):
        raise InputError(
            "the chosen boundaries cannot open: all of their nodes lie on their ends; choose their "
            "neighbours too, or take a finer mesh"
        )
    facets = _through(mesh, cells, 0, slice(None))
    lower, higher = facets[rows], _through(mesh, cells, 1, rows)
    wedges = np.hstack([lower[:, :3], higher[:, :3], lower[:, 3:], higher[:, 3:]])
    split = TetMesh(
        mesh.points[origin],
        cells,
        mesh.labels,
        facets,
        mesh.facet_grains,
        mesh.facet_cells,
        _copied_edges(mesh, cells),
        np.flatnonzero(np.isin(origin, mesh.quadruple_points)).astype(np.int32),
        {**without_period(mesh.info), "wedges": len(wedges)},
    )
    return CohesiveMesh(split, wedges, rows, origin)


def check_whole(mesh: TetMesh) -> None:
    """Refuse a mesh that is split already, or has nothing to split.

    Raises
    ------
    InputError
        If it is one of hexahedra, has doubled nodes, or no boundaries between grains.
    """
    if isinstance(mesh, CohesiveMesh):
        raise InputError("the mesh is split already; split the mesh it was made from")
    if not isinstance(mesh, TetMesh):
        raise InputError("hexahedra cannot be split; mesh the labels with tetrahedra")
    outer = mesh.facets[mesh.outer]
    places = mesh.points[np.unique(outer)]
    doubled = len(places) - len(np.unique(places, axis=0))
    if doubled or mesh.cracked.any() or "wedges" in mesh.info:
        raise InputError(
            f"the mesh is split already ({doubled} vertices share their rows with another); "
            "split the mesh it was made from"
        )
    if (boundary_pairs(mesh)[1] < 0).all():
        raise InputError(
            "the mesh has no boundaries between grains; give its cells the labels of their grains"
        )


def opposite_corners(cells: Ints, facets: Ints) -> Ints:
    """Corner of each cell that its facet lacks, shape (k,)."""
    inside = (cells[:, :4, None] == facets[:, None, :3]).any(axis=2)
    return inside.argmin(axis=1).astype(np.int32)


class Parted(NamedTuple):
    """Cells with the copies of their nodes, the origin of every node, the facets that come apart.

    ``cells`` as those of the mesh; ``origin`` (n,); ``facets``, ascending places in
    ``mesh.facets``: those of the chosen ones with a node that has copies.
    """

    cells: Ints
    origin: Ints
    facets: Ints


def parted(mesh: TetMesh, opened: Bools) -> Parted:
    """Double the nodes of a mesh so that chosen facets between grains come apart.

    Parameters
    ----------
    mesh
        A conforming mesh of first or second order.
    opened
        The chosen facets, shape (k,).
    """
    closed = np.zeros((len(mesh.cells), 4), dtype=np.bool_)
    for side in range(2):
        owners = mesh.facet_cells[opened, side]
        closed[owners, opposite_corners(mesh.cells[owners], mesh.facets[opened])] = True
    n = len(mesh.points)
    near = np.zeros(n, dtype=np.bool_)
    near[mesh.facets[opened]] = True
    if np.array_equal(opened, boundary_pairs(mesh)[1] >= 0):
        near |= _shared(mesh)
    ranks, copies = node_ranks(mesh.cells, closed, np.flatnonzero(near).astype(np.int32), n)
    more = np.maximum(copies - 1, 0)
    first = n + np.cumsum(more) - more
    cells = np.where(ranks > 0, first[mesh.cells] + ranks - 1, mesh.cells).astype(np.int32)
    origin = np.concatenate([np.arange(n), np.repeat(np.arange(n), more)]).astype(np.int32)
    rows = np.flatnonzero(opened).astype(np.int32)
    apart = (_through(mesh, cells, 0, rows) != _through(mesh, cells, 1, rows)).any(axis=1)
    return Parted(cells, origin, rows[apart])


def _shared(mesh: TetMesh) -> Bools:
    """Mark the nodes that cells of two or more grains have, shape (n,)."""
    lowest = np.full(len(mesh.points), np.iinfo(np.int32).max, dtype=np.int32)
    highest = np.zeros(len(mesh.points), dtype=np.int32)
    labels = np.repeat(mesh.labels, mesh.cells.shape[1])
    np.minimum.at(lowest, mesh.cells.ravel(), labels)
    np.maximum.at(highest, mesh.cells.ravel(), labels)
    return lowest < highest


def _through(mesh: TetMesh, cells: Ints, side: int, which: slice | Ints) -> Ints:
    """Nodes of facets as the cells on one side know them now."""
    owners, facets = mesh.facet_cells[which, side], mesh.facets[which]
    corners = (mesh.cells[owners, :, None] == facets[:, None, :]).argmax(axis=1)
    return np.take_along_axis(cells[owners], corners, axis=1)


def _copied_edges(mesh: TetMesh, cells: Ints) -> Ints:
    """All copies of the triple lines, each once, lower vertex first."""
    if not len(mesh.edges):
        return mesh.edges
    on_line = np.zeros(len(mesh.points), dtype=np.bool_)
    on_line[mesh.edges[:, :2]] = True
    near = np.flatnonzero(on_line[mesh.cells[:, :4]].sum(axis=1) >= 2)
    before = _codes(mesh.cells[near][:, PAIRS].reshape(-1, 2))
    here = np.flatnonzero(np.isin(before, _codes(mesh.edges[:, :2])))
    ends = np.sort(cells[near][:, PAIRS].reshape(-1, 2)[here], axis=1)
    if mesh.order == 1:
        return ends[np.unique(_codes(ends), return_index=True)[1]]
    lines = np.hstack([ends, cells[near, 4:].reshape(-1, 1)[here]])
    lines = lines[np.unique(lines[:, 2], return_index=True)[1]]
    return lines[np.argsort(_codes(lines[:, :2]), kind="stable")]


def _codes(edges: Ints) -> AnyArray:
    ends = np.sort(edges, axis=1).astype(np.int64)
    return (ends[:, 0] << 32) | ends[:, 1]
