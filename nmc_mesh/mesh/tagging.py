"""Tags from topology: the facets, triple lines and quadruple points that labelled cells imply."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.kernel import ZERO, inline, kernel
from nmc_mesh.mesh.faces import FACES, bucket, faces_by_lowest, fixed, sort_pairs, sorted_face
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Ints, Longs

MIDDLES = np.array([[-1, 4, 6, 7], [4, -1, 5, 8], [6, 5, -1, 9], [7, 8, 9, -1]], dtype=np.int32)
"""Place of the node between two corners of a second-order tetrahedron (VTK order)."""

_VERTICES_PER_CHUNK = 1 << 16


def tagged(
    points: AnyArray, cells: AnyArray, labels: AnyArray, info: Mapping[str, Any] | None = None
) -> TetMesh:
    """Build the mesh value from points, cells and labels.

    A facet is a triangle whose two cells differ in label, or that has one cell only; a triple line
    is an edge at which the facets name three or more grains (outside counts), a quadruple point a
    vertex at which they name four or more. Facets are ordered by their vertex numbers, lowest
    first, so the result depends on nothing but the input.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    cells
        Positively oriented tetrahedra, shape (m, 4), or (m, 10) in VTK order.
    labels
        Grain of every cell, shape (m,), 1-based.
    info
        Passed on to the mesh.

    Raises
    ------
    InputError
        If shapes do not fit, a cell names a missing vertex, or a label is not positive.
    MeshError
        If a triangle belongs to more than two cells.
    """
    places = np.ascontiguousarray(points, dtype=np.float64)
    tets = np.ascontiguousarray(cells, dtype=np.int32)
    grains = np.ascontiguousarray(labels, dtype=np.int32)
    if tets.ndim != 2 or tets.shape[1] not in (4, 10) or grains.shape != tets.shape[:1]:
        raise InputError(
            f"cells of shape {tets.shape} and labels of shape {grains.shape} do not fit; "
            "expected (m, 4) or (m, 10), and (m,)"
        )
    if len(tets) == 0:
        raise InputError("a mesh needs at least one cell")
    if tets.min() < 0 or tets.max() >= len(places):
        raise InputError("a cell names a vertex that does not exist")
    corners = fixed(np.ascontiguousarray(tets[:, :4]))
    facets, facet_grains, facet_cells = _facets(corners, fixed(grains), len(places))
    edges, quadruple_points = _junctions(facets, facet_grains, len(places))
    if tets.shape[1] == 10:
        facets, edges = _with_middles(tets, facets, facet_cells, edges)
    return TetMesh(
        places, tets, grains, facets, facet_grains, facet_cells, edges, quadruple_points, info or {}
    )


def _by_chunks(count: int, work: Callable[[int, int], tuple[AnyArray, ...]]) -> tuple[Any, ...]:
    """Join the arrays that ``work`` gives for each chunk of vertices, in the order of chunks."""
    parts: dict[int, tuple[AnyArray, ...]] = {}
    for_chunks(
        count, _VERTICES_PER_CHUNK, lambda start, stop: parts.update({start: work(start, stop)})
    )
    return tuple(
        np.concatenate(column) for column in zip(*(parts[s] for s in sorted(parts)), strict=True)
    )


def _facets(cells: Ints, labels: Ints, count: int) -> tuple[Ints, Ints, Ints]:
    starts, faces = faces_by_lowest(cells, count)
    facets, grains, sides = _by_chunks(
        count, lambda start, stop: _match(start, stop, starts, faces, cells, labels)
    )
    if (sides == -2).any():
        raise MeshError(
            f"{int((sides[:, 1] == -2).sum())} triangles belong to more than two cells; "
            "remove the doubled cells"
        )
    return facets, grains, sides


@kernel
def _match(
    start: int, stop: int, starts: Longs, faces: Ints, cells: Ints, labels: Ints
) -> tuple[Ints, Ints, Ints]:
    """Facets whose lowest vertex is in [start, stop); a second side of -2 marks a doubled face."""
    longest = 0
    for vertex in range(start, stop):
        longest = max(longest, starts[vertex + 1] - starts[vertex])
    keys = np.empty(longest, np.int64)
    around = np.empty(longest, np.int32)
    room = starts[stop] - starts[start]
    facets = np.empty((room, 3), np.int32)
    grains = np.empty((room, 2), np.int32)
    sides = np.empty((room, 2), np.int32)
    found = 0
    for vertex in range(start, stop):
        size = starts[vertex + 1] - starts[vertex]
        for i in range(size):
            around[i] = faces[starts[vertex] + i]
            _, b, c = sorted_face(cells, around[i])
            keys[i] = (b << 32) | c
        sort_pairs(keys, around, size)
        i = 0
        while i < size:
            end = i + 1
            while end < size and keys[end] == keys[i]:
                end += 1
            first = around[i]
            label = labels[first >> 2]
            other_label = 0
            other_cell = -1 if end == i + 1 else -2
            if end == i + 2:
                second = around[i + 1]
                if labels[second >> 2] < label:
                    first, second = second, first
                    label = labels[first >> 2]
                other_label = labels[second >> 2]
                other_cell = second >> 2
            i = end
            if label == other_label:
                continue
            _turned(cells, first, vertex, facets[found])
            grains[found, 0] = label
            grains[found, 1] = other_label
            sides[found, 0] = first >> 2
            sides[found, 1] = other_cell
            found += 1
    return facets[:found].copy(), grains[:found].copy(), sides[:found].copy()


@inline
def _turned(cells: Ints, face: int, lowest: int, out: Ints) -> None:
    """Write the face, seen from outside its cell, from its lowest vertex on."""
    cell = face >> 2
    corner = face & 3
    shift = 0
    for k in range(1, 3):
        if cells[cell, FACES[corner, k]] == lowest:
            shift = k
    for k in range(3):
        out[k] = cells[cell, FACES[corner, (k + shift) % 3]]


def _junctions(facets: Ints, grains: Ints, count: int) -> tuple[Ints, Ints]:
    starts, corners = bucket(facets, count)
    edges, vertices = _by_chunks(
        count, lambda start, stop: _meet(start, stop, starts, corners, facets, grains)
    )
    return edges, vertices


@kernel
def _meet(
    start: int, stop: int, starts: Longs, corners: Ints, facets: Ints, grains: Ints
) -> tuple[Ints, Ints]:
    """Triple lines whose lower vertex, and quadruple points, that are in [start, stop)."""
    longest = 0
    for vertex in range(start, stop):
        longest = max(longest, starts[vertex + 1] - starts[vertex])
    keys = np.empty(4 * longest, np.int64)
    unused = np.empty(4 * longest, np.int32)
    edges = np.empty((starts[stop] - starts[start], 2), np.int32)
    vertices = np.empty(stop - start, np.int32)
    n_edges = 0
    n_vertices = 0
    for vertex in range(start, stop):
        size = ZERO
        for i in range(starts[vertex], starts[vertex + 1]):
            facet = corners[i] // 3
            for side in range(2):
                keys[size] = grains[facet, side]
                size += 1
        sort_pairs(keys, unused, size)
        if size and _distinct(keys, 0, size) >= 4:
            vertices[n_vertices] = vertex
            n_vertices += 1
        size = ZERO
        for i in range(starts[vertex], starts[vertex + 1]):
            facet = corners[i] // 3
            for k in range(3):
                other = np.int64(facets[facet, k])
                if other > vertex:
                    for side in range(2):
                        keys[size] = (other << 32) | grains[facet, side]
                        size += 1
        sort_pairs(keys, unused, size)
        i = 0
        while i < size:
            end = i + 1
            while end < size and keys[end] >> 32 == keys[i] >> 32:
                end += 1
            if _distinct(keys, i, end) >= 3:
                edges[n_edges, 0] = vertex
                edges[n_edges, 1] = keys[i] >> 32
                n_edges += 1
            i = end
    return edges[:n_edges].copy(), vertices[:n_vertices].copy()


@inline
def _distinct(keys: Longs, start: int, end: int) -> int:
    """Count the different values in a sorted stretch."""
    count = 1
    for i in range(start + 1, end):
        if keys[i] != keys[i - 1]:
            count += 1
    return count


def _with_middles(cells: Ints, facets: Ints, facet_cells: Ints, edges: Ints) -> tuple[Ints, Ints]:
    """Append the mid-edge nodes of the cells to facets (VTK order) and edges."""
    owner = cells[facet_cells[:, 0]]
    place = (owner[:, None, :4] == facets[:, :, None]).argmax(axis=2)
    middles = np.take_along_axis(owner, MIDDLES[place, np.roll(place, -1, axis=1)], axis=1)
    ends = np.sort(np.stack([facets, np.roll(facets, -1, axis=1)], axis=2).reshape(-1, 2), axis=1)
    codes = _codes(ends)
    order = np.argsort(codes, kind="stable")
    found = order[np.searchsorted(codes, _codes(edges), sorter=order)]
    return np.hstack([facets, middles]), np.hstack([edges, middles.reshape(-1, 1)[found]])


def _codes(edges: Ints) -> Longs:
    return (edges[:, 0].astype(np.int64) << 32) | edges[:, 1]
