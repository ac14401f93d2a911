"""Splitting meshes of second order: middles follow their edges, and curved volumes stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.groups import wedge_table
from nmc_mesh.cohesive.nodes import EXODUS_OF_VTK, linear_wedges, whole_wedges
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_zone import cohesive_zone_of
from nmc_mesh.mesh.curved import jacobians
from nmc_mesh.mesh.edges import PAIRS
from nmc_mesh.mesh.groups import boundary_pairs
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from tests.cohesive.test_splitting import check
from tests.cohesive.threads import splits_the_same_on_any_number_of_threads
from tests.meshes import cube, lattice, tet_mesh_from_cells, voronoi

SIDES = [(0, 3), (1, 4), (2, 5), (6, 9), (7, 10), (8, 11)]


@pytest.fixture(scope="module")
def curved() -> TetMesh:
    particle = load_model("nmc-equiaxed").sample(1, diameter=1.0)
    mesh = second_order(tetrahedralize(particle, 0.15), particle)
    assert mesh.info["second_order"]["curved"] > 100
    return mesh


def check_middles(split: CohesiveMesh, straight: CohesiveMesh) -> None:
    """Corners are split as those of the straight mesh, and every middle lies between its ends."""
    mesh = split.mesh
    assert np.array_equal(split.origin[mesh.cells[:, :4]], straight.origin[straight.mesh.cells])
    pairs = np.unique(np.stack([mesh.cells[:, :4].ravel(), straight.mesh.cells.ravel()]), axis=1)
    assert len(pairs.T) == len(np.unique(pairs[0])) == len(np.unique(pairs[1]))
    ends = np.sort(mesh.cells[:, PAIRS].reshape(-1, 2), axis=1)
    known = np.unique(np.column_stack([mesh.cells[:, 4:].ravel(), ends]), axis=0)
    assert len(known) == len(np.unique(known[:, 0]))
    rows = {int(middle): set(pair) for middle, *pair in known.tolist()}
    sides = np.concatenate([split.lower, split.higher])
    for k in range(3):
        for a, b, middle in sides[:, [k, (k + 1) % 3, 3 + k]].tolist():
            assert rows[middle] == {a, b}
    for low, high, middle in mesh.edges.tolist():
        assert rows[middle] == {low, high}


def test_a_curved_particle_keeps_volumes_areas_and_jacobians(curved: TetMesh) -> None:
    split = split_boundaries(curved)
    check(curved, split)
    assert split.wedges.shape == (len(split.wedge_facets), 12)
    assert np.array_equal(jacobians(split.mesh), jacobians(curved))
    np.testing.assert_array_equal(wedge_table(split)["area"], boundary_table(curved)["area"])
    assert np.array_equal(grain_table(split.mesh)["axes"], grain_table(curved)["axes"])


@given(st.integers(2, 14), st.integers(0, 50), st.integers(0, 2**14 - 1))
def test_any_choice_of_boundaries(grains: int, seed: int, bits: int) -> None:
    mesh = voronoi(grains, 3, seed)
    pairs, _ = boundary_pairs(mesh)
    chosen = pairs[[bool(bits >> (k % 14) & 1) for k in range(len(pairs))]]
    if len(chosen):
        curved = second_order(mesh)
        try:
            split = split_boundaries(curved, chosen)
        except InputError as error:
            assert "cannot open" in str(error)  # noqa: PT017
            return
        check(curved, split)
        check_middles(split, split_boundaries(mesh, chosen))


def test_an_edge_pinched_between_joined_ends_parts_its_middle_only() -> None:
    """Two columns of each grain meet in one edge; above and below they are joined.

    Its ends have the copies that the joined grains give them, its middle one for each column.
    """
    points, cells = lattice(3)
    x, y, z = points[cells].mean(axis=1).T
    inside = np.abs(z) < 1 / 3
    chess = 1 + ((x > -1 / 3) ^ (y > -1 / 3))
    mesh = second_order(tet_mesh_from_cells(points, cells, np.where(inside, chess, 1)))
    split = split_boundaries(mesh)
    check(mesh, split)
    middle = np.flatnonzero(np.linalg.norm(mesh.points - [-1 / 3, -1 / 3, 0], axis=1) < 1e-9)
    ends = np.flatnonzero(
        np.linalg.norm(mesh.points[:, :2] + 1 / 3, axis=1)
        + np.abs(np.abs(mesh.points[:, 2]) - 1 / 3)
        < 1e-9
    )
    copies = np.bincount(split.origin)
    assert copies[middle].tolist() == [4]
    assert copies[ends].tolist() == [3, 3]


def test_wedges_of_fifteen_nodes() -> None:
    """Between the sides lies one node per pair of corners, in the middle when they come apart."""
    mesh = second_order(voronoi(12, 4))
    split = split_boundaries(mesh)
    higher = np.setdiff1d(split.higher, split.lower)
    points = split.mesh.points.copy()
    points[higher] += [0.0, 0.0, 0.2]
    moved = replace(split, mesh=replace(split.mesh, points=points))
    whole, wedges = whole_wedges(moved)
    assert wedges.shape == (len(split.wedges), 15)
    assert np.array_equal(wedges[:, :12], split.wedges)
    for between, (low, high) in zip(wedges[:, 12:].T, SIDES[:3], strict=True):
        ends = whole.points[wedges[:, [low, high]]]
        np.testing.assert_allclose(whole.points[between], ends.mean(axis=1), atol=1e-15)
    pairs = np.unique(wedges[:, [(0, 3), (1, 4), (2, 5)]].reshape(-1, 2), axis=0)
    assert len(whole.points) == len(points) + len(pairs)
    assert np.array_equal(np.unique(wedges[:, 12:]), np.arange(len(points), len(whole.points)))
    assert np.array_equal(whole.cells, split.mesh.cells)
    turned = wedges[:, EXODUS_OF_VTK]
    assert np.array_equal(turned[:, 9:12], wedges[:, 12:])
    assert np.array_equal(turned[:, 12:], wedges[:, 9:12])


def test_corners_that_stay_joined_are_their_own_middle() -> None:
    """At the front of a crack the sides have corners in common."""
    split = split_boundaries(second_order(cube(8)), [(1, 2)])
    _, wedges = whole_wedges(split)
    same = wedges[:, :3] == wedges[:, 3:6]
    assert same.any()
    assert not same.all()
    assert np.array_equal(wedges[:, 12:][same], wedges[:, :3][same])
    assert (wedges[:, 12:][~same] >= len(split.mesh.points)).all()


def test_four_linear_wedges_stand_for_one() -> None:
    split = split_boundaries(second_order(cube(2)))
    fourths = linear_wedges(split)
    assert fourths.shape == (4 * len(split.wedges), 6)
    assert np.array_equal(split.origin[fourths[:, :3]], split.origin[fourths[:, 3:]])
    a, b, c = (split.mesh.points[fourths[:, k]] for k in range(3))
    turned = np.cross(b - a, c - a) / 2
    np.testing.assert_allclose(
        turned, np.broadcast_to([4 / len(fourths), 0, 0], turned.shape), atol=1e-15
    )
    first = split_boundaries(cube(2))
    assert linear_wedges(first) is first.wedges
    assert whole_wedges(first)[1] is first.wedges


def test_any_number_of_threads_gives_the_same() -> None:
    mesh = second_order(voronoi(40, 12))
    splits_the_same_on_any_number_of_threads(mesh)


def test_what_does_not_go() -> None:
    split = split_boundaries(second_order(cube(2)))
    with pytest.raises(InputError, match="split already"):
        split_boundaries(split.mesh)
    with pytest.raises(InputError, match=r"wedges has shape \(32, 6\), expected \(32, 12\)"):
        replace(split, wedges=split.wedges[:, :6])
    with pytest.raises(InputError, match="give them the mesh of first order"):
        cohesive_zone_of(split)
