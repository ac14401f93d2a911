"""Label images whose border cuts grains off: flat faces, sharp edges, nothing lost or gained."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.typing import Floats

CASES = {
    "cubes": ((24, 24, 24), (1.0, 1.0, 1.0), 2.0, 12),
    "no whole number of cells": ((22, 25, 19), (1.0, 1.0, 1.0), 1.7, 12),
    "flat voxels": ((24, 24, 12), (1.0, 1.0, 2.0), 2.0, 12),
    "three spacings": ((30, 20, 14), (0.7, 1.0, 1.6), 1.5, 12),
    "a plate": ((24, 24, 3), (1.0, 1.0, 1.0), 1.5, 12),
    "many grains": ((24, 24, 24), (1.0, 1.0, 1.0), 2.0, 60),
    "one grain": ((10, 10, 10), (1.0, 1.0, 1.0), 2.0, 1),
}


def cells(shape: tuple[int, ...], spacing: tuple[float, ...], grains: int) -> LabelImage:
    """An image full of Voronoi cells, away from the origin."""
    box = np.array(shape) * np.array(spacing)
    seeds = np.random.default_rng(4).uniform(0, 1, (grains, 3)) * box
    places = (np.indices(shape).reshape(3, -1).T + 0.5) * np.array(spacing)
    nearest = ((places[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)
    labels = np.unique(nearest, return_inverse=True)[1].reshape(shape) + 1
    return LabelImage(labels, np.array(spacing), np.array([5.0, -3.0, 2.0]))


def box_of(image: LabelImage) -> tuple[Floats, Floats]:
    lower = image.origin - 0.5 * image.spacing
    return lower, lower + image.spacing * np.array(image.labels.shape)


def face_of(mesh: TetMesh, image: LabelImage) -> Floats:
    """Distance of every outer facet from the face of the box that it is nearest to."""
    places = np.stack(box_of(image))
    corners = mesh.points[mesh.facets[mesh.outer][:, :3]]
    away = np.abs(corners[:, :, None, :] - places).max(axis=1)
    found: Floats = away.min(axis=(1, 2))
    return found


@pytest.fixture(scope="module", params=CASES)
def case(request: pytest.FixtureRequest) -> tuple[LabelImage, TetMesh]:
    shape, spacing, size, grains = CASES[request.param]
    image = cells(shape, spacing, grains)
    return image, tetrahedralize(image, size)


def test_every_outer_facet_lies_in_a_face_of_the_box(case: tuple[LabelImage, TetMesh]) -> None:
    image, mesh = case
    lower, upper = box_of(image)
    assert face_of(mesh, image).max() < 1e-9
    assert mesh.points.min(axis=0) == pytest.approx(lower, abs=1e-9)
    assert mesh.points.max(axis=0) == pytest.approx(upper, abs=1e-9)
    assert mesh.info["off_boundary"] == 0


def test_the_box_has_its_volume_its_faces_their_area(case: tuple[LabelImage, TetMesh]) -> None:
    image, mesh = case
    edges = np.subtract(*box_of(image)[::-1])
    total = grain_table(mesh)["volume"].sum()
    assert total == pytest.approx(edges.prod(), rel=1e-9)
    a, b, c = (mesh.points[mesh.facets[mesh.outer][:, k]] for k in range(3))
    area = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    assert area == pytest.approx(2 * (edges.prod() / edges).sum(), rel=1e-9)


def test_edges_and_corners_are_sharp(case: tuple[LabelImage, TetMesh]) -> None:
    """Vertices stand in all corners, and on each edge of the box in a row that fills it."""
    image, mesh = case
    lower, upper = box_of(image)
    ends = np.stack([lower, upper])
    on = np.stack([np.abs(mesh.points - end) < 1e-9 for end in ends], axis=1)
    edges = on.any(axis=1)
    assert (edges.sum(axis=1) == 3).sum() == 8
    for axis in range(3):
        others = [k for k in range(3) if k != axis]
        for one in range(2):
            for two in range(2):
                row = mesh.points[on[:, one, others[0]] & on[:, two, others[1]], axis]
                steps = np.diff(np.sort(row))
                assert steps.sum() == pytest.approx(upper[axis] - lower[axis], abs=1e-9)
                assert steps.max() < 2.5 * mesh.info["size"]


def test_grains_keep_their_volumes_and_cells_their_shape(
    case: tuple[LabelImage, TetMesh],
) -> None:
    image, mesh = case
    table, wanted = grain_table(mesh), image.volumes()
    assert mesh.info["lost_grains"] == ()
    errors = np.abs(table["volume"] / wanted[table["id"]] - 1)
    assert errors.max() < 0.02
    assert np.median(errors) < 0.01
    found = quality(mesh)
    assert np.degrees(found.smallest_angle.min()) >= 12
    assert np.degrees(found.largest_angle.max()) <= 155
    assert found.radius_ratio.min() >= 0.15


def test_second_order_stays_flat() -> None:
    image = cells((10, 10, 10), (1.0, 1.0, 1.0), 4)
    mesh = second_order(tetrahedralize(image, 2.0), image)
    nodes = mesh.points[np.unique(mesh.facets[mesh.outer])]
    lower, upper = box_of(image)
    away = np.minimum(np.abs(nodes - lower), np.abs(nodes - upper)).min(axis=1)
    assert away.max() < 1e-9


def test_zeros_at_the_border_stay_outside() -> None:
    """Half a ball on a face: flat where it is cut off, round elsewhere, nothing beyond the box."""
    places = np.indices((24, 24, 24)).reshape(3, -1).T + 0.5
    ball = (np.linalg.norm(places - [12.0, 12.0, 0.0], axis=1) < 8).reshape(24, 24, 24)
    image = LabelImage(ball.astype(np.int32), np.ones(3), np.full(3, 0.5))
    mesh = tetrahedralize(image, 1.5)
    assert grain_table(mesh)["volume"][0] == pytest.approx(image.volumes()[1], rel=5e-3)
    assert mesh.points.min() > -1e-9
    flat = face_of(mesh, image) < 1e-9
    corners = mesh.points[mesh.facets[:, :3]]
    radius = np.linalg.norm(corners.mean(axis=1) - [12.0, 12.0, 0.0], axis=1)
    assert np.abs(radius[~flat] - 8).max() < 0.7
    a, b, c = (corners[flat][:, k] for k in range(3))
    disc = 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum()
    assert disc == pytest.approx(np.pi * 64, rel=0.05)
    assert (corners[flat][:, :, 2] == 0).all()


def test_an_image_within_zeros_is_not_cut_off() -> None:
    """The same grains further in are rounded at the voxels' rim, as any boundary is."""
    image = cells((12, 12, 12), (1.0, 1.0, 1.0), 5)
    padded = LabelImage(np.pad(image.labels, 2), image.spacing, image.origin - 2.0)
    mesh = tetrahedralize(padded, 1.5)
    assert "off_boundary" not in mesh.info
    assert face_of(mesh, image).max() > 0.05


def test_same_mesh_with_one_thread_and_two() -> None:
    image = cells((16, 16, 16), (1.0, 1.0, 1.3), 8)
    set_threads(1)
    one = tetrahedralize(image, 2.0)
    set_threads(2)
    two = tetrahedralize(image, 2.0)
    assert one.points.tobytes() == two.points.tobytes()
    assert one.cells.tobytes() == two.cells.tobytes()


def test_cells_thicker_than_the_image_are_refused() -> None:
    image = cells((12, 12, 1), (1.0, 1.0, 1.0), 5)
    with pytest.raises(InputError, match="at most 1 um"):
        tetrahedralize(image, 1.5)
    mesh = tetrahedralize(image)
    assert grain_table(mesh)["volume"].sum() == pytest.approx(144, rel=1e-9)


def test_boundaries_meet_the_faces_in_smooth_lines() -> None:
    """An oblique plane leaves a straight line on a face, no zigzag from cell to cell."""
    places = np.indices((24, 24, 16)).reshape(3, -1).T + 0.5
    side = places @ [1.0, 0.45, 0.2] > 19.0
    image = LabelImage(side.reshape(24, 24, 16).astype(np.int32) + 1, np.ones(3), np.full(3, 0.5))
    mesh = tetrahedralize(image, 2.0)
    facets, grains = mesh.facets, mesh.facet_grains
    top = (grains[:, 1] == 0) & (mesh.points[facets][:, :, 2] == 16.0).all(axis=1)
    ends = np.sort(facets[top][:, [[0, 1], [1, 2], [2, 0]]], axis=2)
    sides = [{tuple(e) for e in ends[grains[top, 0] == g].reshape(-1, 2).tolist()} for g in (1, 2)]
    line = np.array(sorted(sides[0] & sides[1]))
    length = np.linalg.norm(np.diff(mesh.points[line], axis=1), axis=2).sum()
    assert length == pytest.approx(24 * np.hypot(1.0, 0.45), rel=0.02)


def filled_image(number: int) -> LabelImage:
    """Cells, layers or noise that fill the box; voxels of three edges."""
    rng = np.random.default_rng(number)
    shape = rng.integers(8, 16, 3)
    places = np.stack(np.indices(shape), axis=-1) / shape
    if number % 3 == 0:
        seeds = rng.uniform(0, 1, (9, 3))
        labels = ((places[..., None, :] - seeds) ** 2).sum(axis=-1).argmin(axis=-1)
    elif number % 3 == 1:
        labels = np.indices(shape)[number % 2] // 3
    else:
        labels = np.digitize(gaussian_filter(rng.normal(size=shape), 1.5), [-0.1, 0, 0.1])
    return LabelImage(labels + 1, rng.uniform(0.06, 0.2, 3))


@pytest.mark.filterwarnings("ignore:.* labels of 1 to 7 voxels")
def test_vertices_on_the_faces_of_the_box_are_on_them_to_the_bit() -> None:
    """Of images that fill their box, with voxels of any shape; what cells keep off is counted."""
    off = many = 0
    for number in range(12):
        image = filled_image(number)
        mesh = tetrahedralize(image)
        outer = mesh.points[np.unique(mesh.facets[mesh.outer])]
        low = image.origin - 0.5 * image.spacing
        high = low + image.spacing * np.array(image.labels.shape)
        on = np.zeros(len(outer), dtype=bool)
        for axis in range(3):
            for face in (low[axis], high[axis]):
                near = np.abs(outer[:, axis] - face) < 1e-6 * mesh.info["size"]
                assert len(np.unique(outer[near, axis])) == 1
                np.testing.assert_allclose(outer[near, axis], face, rtol=1e-14, atol=1e-14)
                on |= near
        assert (~on).sum() == mesh.info["off_boundary"]
        off += int((~on).sum())
        many += len(on)
    assert off <= 2
    assert many > 5000
