"""Labelled surfaces: closed, turned outwards, shared by neighbours, as large as their cells."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.closed import closed_surfaces, rims, unpinched
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.surface import surface_mesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints
from tests.mesher.test_second_order import ball, drawn
from tests.meshes import cube, lattice, tet_mesh_from_cells, voronoi

GRAIN = 0.41


@pytest.fixture(scope="module")
def particle() -> Particle:
    return drawn(30, 5)


@pytest.fixture(scope="module")
def mesh(particle: Particle) -> TetMesh:
    return tetrahedralize(particle, GRAIN / 3)


def inside(points: Floats, triangles: Ints) -> float:
    a, b, c = (points[triangles[:, k]] - points.mean(axis=0) for k in range(3))
    return float(np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6)


def assert_watertight(points: Floats, triangles: Ints) -> None:
    """Every directed edge once, and once the other way; so every edge has two triangles."""
    ends = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    there, back = (np.unique(side, axis=0) for side in (ends, ends[:, ::-1]))
    assert len(there) == len(ends)
    np.testing.assert_array_equal(there, back)
    assert len(np.unique(triangles)) == len(points)


def touching_itself() -> TetMesh:
    """Build a cube of two grains in which the first has two blocks with one common edge."""
    points, cells = lattice(4)
    place = points[cells].mean(axis=1)
    blocks = ((place > 0) == [True, True, True]).all(axis=1) & (place < 0.5).all(axis=1)
    blocks |= (place[:, :2] < 0).all(axis=1) & (place[:, 2] > 0) & (place > -0.5).all(axis=1)
    blocks &= place[:, 2] < 0.5
    return tet_mesh_from_cells(points, cells, np.where(blocks, 1, 2))


@pytest.mark.parametrize("order", [1, 2])
def test_closed_surfaces_are_watertight_and_hold_the_volume_of_their_cells(
    particle: Particle, mesh: TetMesh, order: int
) -> None:
    surface = surface_mesh(mesh if order == 1 else second_order(mesh, particle))
    assert len(surface.triangles) == order**2 * len(mesh.facets)
    if order == 1:
        true = grain_table(mesh)["volume"]
        np.testing.assert_allclose(surface.volumes()[mesh.grains], true, rtol=1e-10)
    found = list(closed_surfaces(surface))
    assert [grain for grain, _, _ in found] == mesh.grains.tolist()
    for grain, points, triangles in found:
        assert_watertight(points, triangles)
        assert inside(points, triangles) == pytest.approx(surface.volumes()[grain], rel=1e-10)


def test_neighbours_share_their_triangles(mesh: TetMesh) -> None:
    surface = surface_mesh(mesh)
    faces = {}
    for grain, points, triangles in closed_surfaces(surface):
        rows = [tuple(sorted(row)) for row in map(bytes_of, points[triangles])]
        assert len(set(rows)) == len(rows)
        for row in rows:
            faces.setdefault(row, []).append(grain)
    outer = sum(len(grains) == 1 for grains in faces.values())
    assert max(map(len, faces.values())) == 2
    assert len(faces) - outer > 1000
    expected = {tuple(pair) for pair in surface.grains.tolist() if pair[1] > 0}
    assert {tuple(grains) for grains in faces.values() if len(grains) == 2} == expected


def bytes_of(corners: Floats) -> list[bytes]:
    return [corner.tobytes() for corner in corners]


def test_normals_point_from_the_lower_to_the_higher_grain_and_outwards() -> None:
    surface = surface_mesh(cube(2))
    corners = surface.points[surface.triangles]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inner = surface.grains[:, 1] == 2
    assert (normal[inner, 0] > 0).all()
    assert (np.einsum("ij,ij->i", normal[~inner], corners[~inner].mean(axis=1)) > 0).all()
    np.testing.assert_allclose(surface.volumes(), [-8.0, 4.0, 4.0])


def test_a_grain_that_touches_itself_along_an_edge_gets_two_sheets() -> None:
    mesh = touching_itself()
    surface = surface_mesh(mesh)
    holes, pinches = rims(surface)
    assert len(holes) == 0
    assert {1, 2} >= set(pinches[:, 0].tolist()) > set()
    assert len(pinches) > 0
    volumes = grain_table(mesh)["volume"]
    for (_, points, triangles), volume in zip(closed_surfaces(surface), volumes, strict=True):
        assert_watertight(points, triangles)
        assert inside(points, triangles) == pytest.approx(volume, rel=1e-12)


def test_two_tetrahedra_with_one_common_edge_come_apart() -> None:
    points = np.array([[0.0, 0, -1], [0, 0, 1], [1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0]])
    cells = np.array([[0, 1, 2, 3], [0, 1, 4, 5]])
    mesh = tet_mesh_from_cells(points, cells, np.array([1, 1]))
    surface = surface_mesh(mesh)
    assert rims(surface)[1].tolist() == [[1, 0, 1]]
    [(_, places, triangles)] = closed_surfaces(surface)
    assert_watertight(places, triangles)
    assert len(places) == 10
    assert inside(places, triangles) == pytest.approx(2 / 3)
    whole, same = unpinched(points[:4], triangles_of_one_tetrahedron())
    np.testing.assert_array_equal(whole, points[:4])
    np.testing.assert_array_equal(same, triangles_of_one_tetrahedron())


def triangles_of_one_tetrahedron() -> Ints:
    return np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]], dtype=np.int32)


def test_a_particle_and_an_image_are_meshed_first() -> None:
    surface = surface_mesh(ball(1.0), 0.25)
    assert surface.volumes()[1] == pytest.approx(4 / 3 * np.pi, rel=0.02)
    assert np.abs(np.linalg.norm(surface.points, axis=1) - 1).max() < 1e-6
    labels = np.zeros((10, 10, 10), dtype=np.int32)
    labels[2:8, 2:8, 2:8] = 4
    image = surface_mesh(LabelImage(labels, 1.0))
    assert image.labels.tolist() == [4]
    assert image.volumes()[4] == pytest.approx(216, rel=0.01)


def test_parts_of_a_surface() -> None:
    surface = surface_mesh(voronoi(10, 4))
    outer, inner = surface.part("outer"), surface.part("boundaries")
    assert len(outer.triangles) + len(inner.triangles) == len(surface.triangles)
    assert (outer.grains[:, 1] == 0).all()
    assert (inner.grains > 0).all()
    assert surface.part("all") is surface
    assert len(np.unique(outer.triangles)) == len(outer.points)
    with pytest.raises(InputError, match="not 'inner'"):
        surface.part("inner")
    with pytest.raises(InputError, match="no grain boundaries"):
        surface_mesh(cube(1)).part("boundaries")
    with pytest.raises(InputError, match=r"open edges, .* take the surface of a whole mesh"):
        list(closed_surfaces(inner))


def test_a_surface_survives_pickling_and_is_read_only() -> None:
    surface = surface_mesh(cube(8))
    back = pickle.loads(pickle.dumps(surface))
    for name in ("points", "triangles", "grains"):
        assert np.array_equal(getattr(back, name), getattr(surface, name))
        assert not getattr(back, name).flags.writeable
    assert dict(back.info) == dict(surface.info)


def test_what_does_not_fit_is_refused() -> None:
    good = surface_mesh(cube(1, n=1))
    for part, match in (
        ({"points": good.points[:, :2]}, "points has shape"),
        ({"grains": good.grains[:-1]}, "two grains for each"),
        ({"triangles": good.triangles + 1}, "does not exist"),
        ({"grains": good.grains * 0}, "1 or more"),
    ):
        with pytest.raises(InputError, match=match):
            replace(good, **part)
    with pytest.raises(InputError, match="has its size already"):
        surface_mesh(tagged(good.points, cube(1, n=1).cells, cube(1, n=1).labels), 0.3)
    assert isinstance(good, SurfaceMesh)
