"""Tags from topology: the facets, triple lines and quadruple points that labelled cells imply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import named
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.mesh.faces import bucket, face_spans
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Ints, Longs

MIDDLES = np.array([[-1, 4, 6, 7], [4, -1, 5, 8], [6, 5, -1, 9], [7, 8, 9, -1]], dtype=np.int32)
"""Place of the node between two corners of a second-order tetrahedron (VTK order)."""

_VERTICES_PER_CHUNK = 1 << 16


WALLS = "walls"
"""Entry of ``info`` by which a file tells what is beyond facets with one cell: see `wall_runs`."""


def tagged(
    points: AnyArray,
    cells: AnyArray,
    labels: AnyArray,
    info: Mapping[str, Any] | None = None,
    beyond: AnyArray | None = None,
) -> TetMesh:
    """Build the mesh value from points, cells and labels.

    A facet is a triangle whose two cells differ in label, or that has one cell only; a triple line
    is an edge at which the facets name three or more grains (outside counts), a quadruple point a
    vertex at which they name four or more. Facets are ordered by their vertex numbers, lowest
    first, so the result depends on nothing but the input. Two facets of one cell each whose corners
    are at the same three places are the sides of a crack, and name the grain across.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    cells
        Positively oriented tetrahedra, shape (m, 4), or (m, 10) in VTK order.
    labels
        Grain of every cell, shape (m,), 1-based.
    info
        Passed on to the mesh, but for ``walls``, runs of what is beyond facets: see `wall_runs`.
    beyond
        What label is beyond every facet that has one cell, in the order of facets: a void without
        cells, or 0, outside. Default: what ``info`` says, else all outside.

    Raises
    ------
    InputError
        If shapes do not fit, a cell names a missing vertex, or a label is not positive.
    MeshError
        If a triangle belongs to more than two cells.
    """
    places = np.ascontiguousarray(points, dtype=np.float64)
    tets, grains = _whole(cells, "cells"), _whole(labels, "labels")
    if places.ndim != 2 or places.shape[1:] != (3,):
        raise InputError(f"points need shape (n, 3), not {places.shape}")
    if not np.isfinite(places).all():
        bad = int(np.flatnonzero(~np.isfinite(places).all(axis=1))[0])
        raise InputError(f"point {bad} of the mesh is not finite: {places[bad].tolist()}")
    if tets.ndim != 2 or tets.shape[1] not in (4, 10) or grains.shape != tets.shape[:1]:
        raise InputError(
            f"cells of shape {tets.shape} and labels of shape {grains.shape} do not fit; "
            "expected (m, 4) or (m, 10), and (m,)"
        )
    if len(tets) == 0:
        raise InputError("a mesh needs at least one cell")
    if tets.min() < 0 or tets.max() >= len(places):
        raise InputError("a cell names a vertex that does not exist")
    corners = np.ascontiguousarray(tets[:, :4])
    facets, facet_grains, facet_cells = label_facets(corners, grains, len(places))
    known = dict(info or {})
    runs = known.pop(WALLS, None)
    if beyond is None and runs is not None:
        beyond = _of_runs(runs)
    if beyond is not None:
        facet_grains[facet_cells[:, 1] < 0, 1] = _fitting(beyond, facet_cells)
    facet_grains = _across_cracks(places, facets, facet_grains, facet_cells)
    edges, quadruple_points = _junctions(facets, facet_grains, len(places))
    if tets.shape[1] == 10:
        facets, edges = _with_middles(tets, facets, facet_cells, edges)
    return TetMesh(
        places, tets, grains, facets, facet_grains, facet_cells, edges, quadruple_points, known
    )


def beyond_of(mesh: TaggedMesh) -> Ints:
    """What label is beyond every facet that has one cell, in the order of facets: see `tagged`."""
    return np.asarray(mesh.facet_grains[mesh.facet_cells[:, 1] < 0, 1])


def wall_runs(mesh: TaggedMesh) -> dict[str, Any]:
    """Return what ``info`` of a file says of voids without cells; nothing where there are none.

    ``walls`` are runs [label, facets] over the facets that have one cell, in their order, which
    follows from the numbers of vertices alone: so readers need nothing else to give every wall its
    void back.
    """
    if not mesh.walls.any():
        return {}
    labels = beyond_of(mesh)
    starts = np.flatnonzero(np.diff(labels, prepend=-1))
    counts = np.diff(starts, append=len(labels))
    return {WALLS: np.column_stack([labels[starts], counts]).tolist()}


def _of_runs(runs: object) -> Ints:
    table = np.asarray(runs)
    if table.ndim != 2 or table.shape[1] != 2 or table.dtype.kind not in "iu" or table.min() < 0:
        raise InputError("the walls of voids are runs [label, facets]; write the mesh again")
    if table[:, 1].sum() > np.iinfo(np.int32).max:
        raise InputError("the walls of voids have more facets than a mesh can have")
    return np.repeat(table[:, 0], table[:, 1]).astype(np.int32)


def _fitting(beyond: AnyArray, facet_cells: Ints) -> Ints:
    """What is beyond, if it is as much as there are facets with one cell."""
    count = int((facet_cells[:, 1] < 0).sum())
    if len(beyond) != count:
        raise InputError(
            f"it is told what is beyond {len(beyond)} facets, and {count} have one cell: cells "
            "were taken away since; leave 'walls' out of the info"
        )
    return _whole(beyond, "labels beyond facets")


def _whole(values: AnyArray, name: str) -> Ints:
    """Whole numbers of 32 bits, none of them changed."""
    array = np.asarray(values)
    kept = array.dtype.kind in "iu" and array.dtype.itemsize <= 4 and array.dtype != np.uint32
    if array.size and not kept:
        limits = np.iinfo(np.int32)
        if array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise InputError(f"{name} are whole numbers, not {array.dtype} or NaN")
        if array.min() < limits.min or array.max() > limits.max:
            raise InputError(f"{name} need 32 bits at most; the largest is {array.max()}")
        if (array != np.rint(array)).any():
            raise InputError(f"{name} are whole numbers; one is a fraction")
    return np.ascontiguousarray(array, dtype=np.int32)


def _by_chunks(count: int, work: Callable[[int, int], tuple[AnyArray, ...]]) -> tuple[Any, ...]:
    """Join the arrays that ``work`` gives for each chunk of vertices, in the order of chunks."""
    parts: dict[int, tuple[AnyArray, ...]] = {}
    for_chunks(
        count, _VERTICES_PER_CHUNK, lambda start, stop: parts.update({start: work(start, stop)})
    )
    return tuple(
        np.concatenate(column) for column in zip(*(parts[s] for s in sorted(parts)), strict=True)
    )


def label_facets(cells: Ints, labels: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    """Facets where labels change, what is on their two sides, and the two cells; in order."""
    spans = face_spans(cells)
    facets, grains, sides = _by_chunks(
        count, lambda start, stop: core.match_faces(start, stop, spans, cells, labels)
    )
    if (sides == -2).any():
        raise MeshError(
            f"{int((sides[:, 1] == -2).sum())} triangles belong to more than two cells; "
            "remove the doubled cells"
        )
    return facets, grains, sides


def _across_cracks(points: AnyArray, facets: Ints, grains: Ints, sides: Ints) -> Ints:
    """Grains of every facet, with the grain across where a facet is one side of a crack."""
    alone = np.flatnonzero(sides[:, 1] < 0)
    nodes = np.flatnonzero(named(facets[alone], len(points)))
    order = np.lexsort(points[nodes].T)
    alike = (points[nodes[order[1:]]] == points[nodes[order[:-1]]]).all(axis=1)
    if not alike.any():
        return grains
    place = np.zeros(len(points), dtype=np.int32)
    place[nodes[order]] = np.cumsum(np.concatenate([[True], ~alike]))
    keys = np.sort(place[facets[alone]], axis=1)
    order = np.lexsort(keys.T)
    twin = (keys[order[1:]] == keys[order[:-1]]).all(axis=1)
    one, other = alone[order[:-1][twin]], alone[order[1:][twin]]
    across = np.array(grains)
    across[one, 1], across[other, 1] = grains[other, 0], grains[one, 0]
    return across


def _junctions(facets: Ints, grains: Ints, count: int) -> tuple[Ints, Ints]:
    starts, corners = bucket(facets, count)
    edges, vertices = _by_chunks(
        count, lambda start, stop: core.meet_facets(start, stop, starts, corners, facets, grains)
    )
    return edges, vertices


def _with_middles(cells: Ints, facets: Ints, facet_cells: Ints, edges: Ints) -> tuple[Ints, Ints]:
    """Append the mid-edge nodes of the cells to facets (VTK order) and edges."""
    owner = cells[facet_cells[:, 0]]
    place = (owner[:, None, :4] == facets[:, :, None]).argmax(axis=2)
    middles = np.take_along_axis(owner, MIDDLES[place, np.roll(place, -1, axis=1)], axis=1)
    ends = np.sort(np.stack([facets, np.roll(facets, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    codes = _codes(ends)
    order = np.argsort(codes, kind="stable")
    row_of_edge = order[np.searchsorted(codes, _codes(edges), sorter=order)]
    return np.hstack([facets, middles]), np.hstack([edges, middles.reshape(-1, 1)[row_of_edge]])


def _codes(edges: Ints) -> Longs:
    return (edges[:, 0].astype(np.int64) << 32) | edges[:, 1]
