"""Hexahedra: one per voxel; tags, volumes and surfaces are those of the voxels."""

from __future__ import annotations

import pickle
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.groups import boundary_pairs, groups
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.hexes import SIDES, sides_of_facets, voxel_mesh
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.parallel import set_threads
from nmc_mesh.typing import AnyArray, Floats, Ints

# The six (Kuhn) tetrahedra of a hexahedron in VTK's order, along its diagonal 0-6; all positive.
KUHN = np.array(
    [(0, 1, 2, 6), (0, 2, 3, 6), (0, 3, 7, 6), (0, 7, 4, 6), (0, 4, 5, 6), (0, 5, 1, 6)]
)


def random_image(shape: tuple[int, ...] = (7, 6, 5), top: int = 4, seed: int = 0) -> LabelImage:
    labels = np.random.default_rng(seed).integers(0, top + 1, shape)
    return LabelImage(labels, np.array([0.5, 1.0, 0.25]), np.array([3.0, -1.0, 2.0]))


def volumes(points: Floats, cells: Ints) -> Floats:
    """Volume of boxes whose corners stand in VTK's order; negative if turned."""
    u, v, w = (points[cells[:, k]] - points[cells[:, 0]] for k in (1, 3, 4))
    return np.einsum("ij,ij->i", np.cross(u, v), w)


def turned(points: Floats, quads: Ints) -> Floats:
    """Normal of flat quadrilaterals, as long as their area."""
    a, b, c, d = (points[quads[:, k]] for k in range(4))
    return 0.5 * np.cross(c - a, d - b)


def test_every_voxel_becomes_a_cell_in_its_place() -> None:
    image = random_image()
    mesh = voxel_mesh(image)
    inside = image.labels.ravel() > 0
    np.testing.assert_allclose(mesh.points[mesh.cells].mean(axis=1), image.points()[inside])
    np.testing.assert_array_equal(mesh.labels, image.labels.ravel()[inside])
    np.testing.assert_allclose(volumes(mesh.points, mesh.cells), image.voxel_volume)
    assert len(np.unique(mesh.points, axis=0)) == len(mesh.points)
    np.testing.assert_array_equal(np.unique(mesh.cells), np.arange(len(mesh.points)))
    np.testing.assert_array_equal(mesh.grains, [1, 2, 3, 4])


def test_facets_lie_between_their_cells_and_point_to_the_second() -> None:
    image = random_image()
    mesh = voxel_mesh(image)
    normal = turned(mesh.points, mesh.facets)
    first, second = mesh.facet_cells.T
    assert (first >= 0).all()
    centre = mesh.points[mesh.facets].mean(axis=1)
    away = centre - mesh.points[mesh.cells[first]].mean(axis=1)
    assert (np.einsum("ij,ij->i", normal, away) > 0).all()
    np.testing.assert_array_equal(mesh.labels[first], mesh.facet_grains[:, 0])
    inner = second >= 0
    np.testing.assert_array_equal(mesh.labels[second[inner]], mesh.facet_grains[inner, 1])
    assert (mesh.facet_grains[inner, 0] < mesh.facet_grains[inner, 1]).all()
    assert (mesh.facet_grains[~inner, 1] == 0).all()


def test_the_surface_of_every_grain_is_closed_and_holds_its_volume() -> None:
    image = random_image()
    mesh = voxel_mesh(image)
    flux = np.einsum("ij,ij->i", turned(mesh.points, mesh.facets), mesh.points[mesh.facets[:, 0]])
    for grain in mesh.grains.tolist():
        own, other = (mesh.facet_grains[:, k] == grain for k in range(2))
        quads = np.concatenate([mesh.facets[own], mesh.facets[other][:, ::-1]])
        ends = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
        there, times = np.unique(ends, axis=0, return_counts=True)
        back, others = np.unique(ends[:, ::-1], axis=0, return_counts=True)
        np.testing.assert_array_equal(there, back)
        np.testing.assert_array_equal(times, others)
        volume = (flux[own].sum() - flux[other].sum()) / 3
        assert volume == pytest.approx(image.volumes()[grain], rel=1e-12)


def test_tags_are_those_of_the_same_voxels_split_into_tetrahedra() -> None:
    image = random_image(top=3, seed=2)
    mesh = voxel_mesh(image)
    split = tagged(
        mesh.points, mesh.cells[:, KUHN].reshape(-1, 4), np.repeat(mesh.labels, len(KUHN))
    )
    corners = {tuple(row) for row in np.sort(mesh.edges, axis=1).tolist()}
    along = np.diff(split.points[split.edges], axis=1)[:, 0]
    straight = (np.abs(along) > 1e-9).sum(axis=1) == 1
    assert corners == {tuple(row) for row in np.sort(split.edges[straight], axis=1).tolist()}
    np.testing.assert_array_equal(np.sort(mesh.quadruple_points), split.quadruple_points)
    np.testing.assert_array_equal(boundary_pairs(mesh)[0], boundary_pairs(split)[0])
    assert 2 * len(mesh.facets) == len(split.facets)


def test_octants_of_a_cube() -> None:
    labels = 1 + np.indices((2, 2, 2)).T.reshape(2, 2, 2, 3) @ [1, 2, 4]
    mesh = voxel_mesh(LabelImage(np.kron(labels, np.ones((2, 2, 2), dtype=int)), 1.0))
    assert len(mesh.cells) == 64
    assert len(mesh.points) == 125
    inner = mesh.inner
    assert (inner.sum(), (~inner).sum()) == (3 * 16, 6 * 16)
    # Three axes of four edges within; two lines of four edges across each of the six faces.
    assert len(mesh.edges) == 3 * 4 + 6 * 2 * 4
    middle = mesh.points[mesh.quadruple_points]
    # Four grains meet all along the axes, eight in the middle.
    assert sorted(np.abs(middle).sum(axis=1).round(9).tolist()) == [0] + [1] * 6 + [2] * 6


def test_sides_are_found_from_corners() -> None:
    mesh = voxel_mesh(random_image())
    side = sides_of_facets(mesh.cells[mesh.facet_cells[:, 0]], mesh.facets)
    normal = turned(mesh.points, mesh.facets)
    axis = np.abs(normal).argmax(axis=1)
    up = np.take_along_axis(normal, axis[:, None], axis=1)[:, 0] > 0
    np.testing.assert_array_equal(side, 2 * axis + up)
    assert len(set(SIDES)) == 6


def test_groups_are_those_of_other_meshes() -> None:
    mesh = voxel_mesh(random_image())
    found = {group.name: len(group.entities) for group in groups(mesh)}
    assert found["grain_00002"] == (mesh.labels == 2).sum()
    assert found["outer_surface"] == mesh.outer.sum()
    assert found["triple_lines"] == len(mesh.edges)


def test_one_and_two_threads_give_the_same_mesh() -> None:
    image = random_image((20, 9, 8))
    first = voxel_mesh(image)
    set_threads(1)
    try:
        second = voxel_mesh(image)
    finally:
        set_threads(None)
    for name in ("points", "cells", "facets", "edges", "quadruple_points"):
        assert getattr(first, name).tobytes() == getattr(second, name).tobytes()


def test_a_mesh_survives_pickling() -> None:
    mesh = voxel_mesh(random_image())
    back = pickle.loads(pickle.dumps(mesh))
    assert back.cells.tobytes() == mesh.cells.tobytes()
    assert dict(back.info) == dict(mesh.info) == {"size": 1.0}
    assert not back.cells.flags.writeable
    assert back.order == 1


@pytest.mark.parametrize(
    ("labels", "match"),
    [(np.zeros((3, 3, 3), dtype=int), "nothing to mesh"), (np.ones((3, 3), dtype=int), "two")],
)
def test_an_empty_and_a_flat_image_are_refused(labels: AnyArray, match: str) -> None:
    with pytest.raises(InputError, match=match):
        voxel_mesh(LabelImage(labels, 1.0))


def test_an_image_beyond_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nmc_mesh.mesh.hexes.BYTES", 10**15)
    with pytest.raises(ResourceError, match=r"need .* GB of memory.* cut the image in parts"):
        voxel_mesh(random_image())


def test_what_does_not_fit_is_refused() -> None:
    good = voxel_mesh(LabelImage(np.ones((1, 1, 1), dtype=int), 1.0))
    assert isinstance(good, HexMesh)
    np.testing.assert_array_equal(
        good.points[good.cells[0]], np.array(sorted(product((-0.5, 0.5), repeat=3)))[VTK]
    )
    for part, match in (
        ({"cells": good.cells[:, :4]}, "cells has shape"),
        ({"cells": good.cells + 1}, "does not exist"),
        ({"labels": good.labels * 0}, "start at 1"),
        ({"cells": good.cells[:0], "labels": good.labels[:0]}, "at least one cell"),
    ):
        with pytest.raises(InputError, match=match):
            replace(good, **part)


VTK = [0, 4, 6, 2, 1, 5, 7, 3]
"""Corners in C order of (x, y, z), in the order of VTK's hexahedron."""
