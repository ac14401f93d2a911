"""Facets, triple lines and quadruple points follow from cells and labels alone."""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations

import numpy as np
import pytest
from scipy.spatial import Delaunay

from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import set_threads
from tests.meshes import cube, lattice, tet_mesh_from_cells, voronoi, with_middles


def delaunay(seed: int) -> TetMesh:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(60, 3))
    cells = Delaunay(points).simplices
    return tet_mesh_from_cells(points, cells, rng.integers(1, 6, len(cells)))


def grains_around(mesh: TetMesh, size: int) -> dict[frozenset[int], list[int]]:
    """Labels of the cells that hold each vertex, edge or triangle."""
    found = defaultdict(list)
    for cell, label in zip(mesh.cells.tolist(), mesh.labels.tolist(), strict=True):
        for part in combinations(cell, size):
            found[frozenset(part)].append(label)
    return found


@pytest.mark.parametrize("mesh", [cube(8), voronoi(9, 5), delaunay(0), delaunay(1)])
def test_tags_are_those_of_a_search_through_all_cells(mesh: TetMesh) -> None:
    triangles = grains_around(mesh, 3)
    expected = {
        part: tuple(sorted(labels)) if len(labels) == 2 else (labels[0], 0)
        for part, labels in triangles.items()
        if len(labels) == 1 or labels[0] != labels[1]
    }
    sides = map(tuple, mesh.facet_grains.tolist())
    assert dict(zip(map(frozenset, mesh.facets.tolist()), sides, strict=True)) == expected
    outside = [part for part, labels in triangles.items() if len(labels) == 1]
    for size, count, tags in ((2, 3, mesh.edges), (1, 4, mesh.quadruple_points[:, None])):
        bare = {frozenset(part) for face in outside for part in combinations(face, size)}
        meeting = {
            part
            for part, labels in grains_around(mesh, size).items()
            if len(set(labels) | ({0} if part in bare else set())) >= count
        }
        assert len(tags) == len(meeting)
        assert set(map(frozenset, tags.tolist())) == meeting


@pytest.mark.parametrize("mesh", [cube(8), delaunay(2)])
def test_a_facet_turns_from_its_first_cell_to_its_second(mesh: TetMesh) -> None:
    corners = mesh.points[mesh.facets]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    centres = mesh.points[mesh.cells].mean(axis=1)
    first, second = mesh.facet_cells.T
    inner = second >= 0
    away = np.einsum("ij,ij->i", normals, corners.mean(axis=1) - centres[first])
    assert (away > 0).all()
    assert (np.einsum("ij,ij->i", normals, centres[second] - corners[:, 0])[inner] > 0).all()
    assert (mesh.labels[first] == mesh.facet_grains[:, 0]).all()
    assert (mesh.labels[second[inner]] == mesh.facet_grains[inner, 1]).all()
    assert (mesh.facet_grains[~inner, 1] == 0).all()


def test_octants_of_a_cube_have_the_counts_of_the_drawing() -> None:
    mesh = cube(8, n=4)
    assert len(mesh.facets) == 6 * 32 + 3 * 32
    assert len(mesh.edges) == 3 * 4 + 3 * 16
    # The three axes, where four grains meet, end to end: 3 * 5 vertices with the centre in common.
    assert len(mesh.quadruple_points) == 13


def test_tags_do_not_depend_on_the_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmc_mesh.mesh.tagging._VERTICES_PER_CHUNK", 7)
    try:
        set_threads(3)
        many = voronoi(9, 5)
    finally:
        set_threads(None)
    monkeypatch.undo()
    once = voronoi(9, 5)
    for name in ("facets", "facet_grains", "facet_cells", "edges", "quadruple_points"):
        assert np.array_equal(getattr(many, name), getattr(once, name))


def test_second_order_tags_keep_the_nodes_between_their_corners() -> None:
    straight = voronoi(5, 3)
    mesh = with_middles(straight)
    corners = mesh.points[mesh.facets[:, :3]]
    between = 0.5 * (corners + np.roll(corners, -1, axis=1))
    np.testing.assert_allclose(mesh.points[mesh.facets[:, 3:]], between, atol=1e-15)
    assert np.array_equal(mesh.edges[:, :2], straight.edges)
    between = mesh.points[mesh.edges[:, :2]].mean(axis=1)
    np.testing.assert_allclose(mesh.points[mesh.edges[:, 2]], between, atol=1e-15)


def test_what_is_no_mesh_is_refused() -> None:
    points, cells = lattice(1)
    with pytest.raises(MeshError, match="more than two cells"):
        tagged(points, np.vstack([cells, cells]), np.ones(12))
    with pytest.raises(InputError, match="does not exist"):
        tagged(points, cells + 1, np.ones(6))
    with pytest.raises(InputError, match="do not fit"):
        tagged(points, cells, np.ones(5))
    with pytest.raises(InputError, match="at least one cell"):
        tagged(points, cells[:0], np.ones(0))
