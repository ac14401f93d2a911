"""Tables of grains, boundaries and facets: sums, known shapes, known planes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.errors import InputError
from nmc_mesh.mesh.tables import boundary_table, facet_table, grain_table
from tests.meshes import ball, cube, tet_mesh_from_cells, voronoi


def test_a_cuboid_has_the_axes_of_a_cuboid() -> None:
    mesh = cube(1, n=2)
    turn, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    turn *= np.sign(np.linalg.det(turn))
    points = mesh.points * np.array([0.5, 1.0, 1.5]) @ turn.T + np.array([10.0, -20.0, 30.0])
    table = grain_table(tet_mesh_from_cells(points, mesh.cells, mesh.labels))
    np.testing.assert_allclose(table["volume"], [6.0], rtol=1e-12)
    np.testing.assert_allclose(table["centroid"], [[10.0, -20.0, 30.0]], rtol=1e-12)
    # lambda = edge^2 / 12, so the axis is edge * sqrt(5 / 3).
    edges = np.array([3.0, 2.0, 1.0])
    np.testing.assert_allclose(table["axis_lengths"], [edges * np.sqrt(5 / 3)], rtol=1e-10)
    along = np.abs(table["axes"][0] @ turn[:, ::-1])
    np.testing.assert_allclose(along, np.eye(3), atol=1e-10)


def test_a_ball_has_its_diameter_as_axes() -> None:
    table = grain_table(ball(8, radius=1.5))
    assert table["axis_lengths"] == pytest.approx(3.0, rel=0.04)
    assert table["outer_area"] == pytest.approx(9 * np.pi, rel=0.04)


def test_the_grains_of_a_cube_add_up() -> None:
    table = grain_table(cube(8))
    np.testing.assert_allclose(table["volume"], 1.0, rtol=1e-12)
    np.testing.assert_allclose(np.abs(table["centroid"]), 0.5, rtol=1e-12)
    assert table["outer_area"].sum() == pytest.approx(24.0, rel=1e-12)
    assert (table["neighbours"] == 3).all()
    assert table["touches_outside"].all()
    np.testing.assert_allclose(table["box"], 1.0, rtol=1e-12)


def test_a_grain_inside_touches_nothing_outside() -> None:
    mesh = cube(1, n=6)
    inside = np.abs(mesh.points[mesh.cells].mean(axis=1)).max(axis=1) < 1 / 3
    table = grain_table(tet_mesh_from_cells(mesh.points, mesh.cells, np.where(inside, 7, 3)))
    assert table["id"].tolist() == [3, 7]
    assert table["touches_outside"].tolist() == [True, False]
    assert table["neighbours"].tolist() == [1, 1]
    np.testing.assert_allclose(table["volume"], [8 - 8 / 27, 8 / 27], rtol=1e-12)


def test_a_plane_between_two_grains() -> None:
    table = boundary_table(cube(2))
    assert (table["lower"].tolist(), table["higher"].tolist()) == ([1], [2])
    np.testing.assert_allclose(table["area"], 4.0, rtol=1e-12)
    np.testing.assert_allclose(table["normal"], [[1.0, 0.0, 0.0]], atol=1e-12)
    np.testing.assert_allclose(table["flatness"], 1.0, rtol=1e-12)


def test_every_grain_is_closed() -> None:
    """The area vectors round a grain add up to zero, and x . n dA / 3 to its volume."""
    mesh = voronoi(10, 6)
    facets, grains = facet_table(mesh), grain_table(mesh)
    vectors = facets["area"][:, None] * facets["normal"]
    flux = np.einsum("ij,ij->i", mesh.points[mesh.facets].mean(axis=1), vectors) / 3
    for grain, volume in zip(grains["id"], grains["volume"], strict=True):
        sign = (facets["lower"] == grain).astype(int) - (facets["higher"] == grain)
        np.testing.assert_allclose(sign @ vectors, 0.0, atol=1e-12)
        assert sign @ flux == pytest.approx(volume, rel=1e-12)


def test_boundaries_are_the_sums_of_their_facets() -> None:
    mesh = voronoi(10, 6)
    facets, boundaries = facet_table(mesh), boundary_table(mesh)
    assert boundaries["facets"].sum() == (facets["higher"] > 0).sum()
    chosen = 3
    pair = boundaries["lower"][chosen], boundaries["higher"][chosen]
    own = (facets["lower"] == pair[0]) & (facets["higher"] == pair[1])
    assert boundaries["area"][chosen] == pytest.approx(facets["area"][own].sum(), rel=1e-12)
    vector = facets["area"][own] @ facets["normal"][own]
    length = np.linalg.norm(vector)
    np.testing.assert_allclose(boundaries["normal"][chosen], vector / length, atol=1e-12)


def test_orientations_follow_their_grains() -> None:
    turns = np.random.default_rng(0).normal(size=(8, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    mesh = replace(cube(8), info={"orientations": turns})
    table = grain_table(mesh)
    assert np.array_equal(table["orientation"], turns)
    back = Rotation.from_euler("ZXZ", table["bunge"])
    np.testing.assert_allclose(back.apply([0, 0, 1]), table["c_axis"], atol=1e-12)
    with pytest.raises(InputError, match="a quaternion for every grain"):
        grain_table(replace(mesh, info={"orientations": turns[:5]}))
    with pytest.raises(InputError, match="normalize them"):
        boundary_table(replace(mesh, info={"orientations": 2 * turns}))


def test_boundaries_know_how_their_crystals_are_turned() -> None:
    """Turned about its c axis, along x; by R-3m a turn of 100 degrees is one of 20."""
    upright = Rotation.from_rotvec([0.0, np.pi / 2, 0.0])
    for degrees, least in ((40.0, 40.0), (100.0, 20.0)):
        pair = [upright, upright * Rotation.from_rotvec([0.0, 0.0, np.radians(degrees)])]
        turns = np.array([np.roll(turn.as_quat(), 1) for turn in pair])
        table = boundary_table(replace(cube(2), info={"orientations": turns}))
        np.testing.assert_allclose(np.degrees(table["disorientation"]), [least], atol=1e-10)
        np.testing.assert_allclose(np.abs(table["disorientation_axis"]), [[1, 0, 0]], atol=1e-12)
        sector = table["disorientation_crystal_axis"]
        np.testing.assert_allclose(sector, [[0, 0, 1]], atol=1e-12)
    assert "disorientation" not in boundary_table(cube(2))
