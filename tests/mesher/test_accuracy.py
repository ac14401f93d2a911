"""Accuracy: distances from boundaries that are known in closed form, and how they fall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesher.accuracy import (
    Accuracy,
    accuracy,
    boundary_distances,
    edge_length,
    volume_errors,
)
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.mesher.test_second_order import ball, round_mesh
from tests.meshes import cube


def test_distances_are_those_from_the_sphere() -> None:
    mesh = round_mesh(0.3)
    far = boundary_distances(mesh, ball(1.0))
    centres = mesh.points[mesh.facets].mean(axis=1)
    np.testing.assert_allclose(far, np.abs(1 - np.linalg.norm(centres, axis=1)), rtol=0.03)


def test_distances_fall_with_the_second_and_the_fourth_power_of_the_size() -> None:
    sizes = np.array([0.28, 0.2, 0.14])
    flat = [round_mesh(size) for size in sizes]
    arched = [second_order(mesh, ball(1.0)) for mesh in flat]
    for meshes, power in ((flat, 2.0), (arched, 4.0)):
        far = [np.median(boundary_distances(mesh, ball(1.0))) for mesh in meshes]
        assert np.polyfit(np.log(sizes), np.log(far), 1)[0] > power - 0.3


def test_the_report_holds_distances_and_volumes() -> None:
    mesh = tetrahedralize(ball(1.0), 0.3)
    found = accuracy(ball(1.0), mesh)
    assert found.off == 0.0
    assert found.volumes is not None
    assert found.volumes == pytest.approx(-0.02, abs=0.02)
    facts = found.facts()
    assert facts["volume_error_worst"] == abs(found.volumes[0])
    assert facts["distance_median"] <= facts["distance_p90"] <= facts["distance_p99"]
    shifted = replace(mesh, points=mesh.points + np.array([0.1, 0.0, 0.0]))
    assert 0.3 < accuracy(ball(1.0), shifted).off < 0.9


def test_percentiles_stand_infinite_distances() -> None:
    found = Accuracy(np.array([np.inf, 0.1, 0.2, 0.3, 0.4]), 2.0)
    np.testing.assert_array_equal(found.percentiles(20, 50, 80, 99), [0.05, 0.15, 0.2, np.inf])
    assert found.off == 0.4
    assert "volume_error_median" not in found.facts()


def test_the_edge_length_is_measured_where_it_is_not_known() -> None:
    mesh = tetrahedralize(ball(1.0), 0.3)
    assert edge_length(mesh) == 0.3
    assert edge_length(replace(mesh, info={})) == pytest.approx(0.3, rel=0.3)


def test_the_particle_of_another_mesh_is_refused() -> None:
    mesh = tetrahedralize(ball(1.0), 0.5)
    with pytest.raises(InputError, match="name the particle that was meshed"):
        accuracy(ball(1.0), replace(mesh, labels=mesh.labels + 1))


def test_volume_errors_of_a_cube_of_octants() -> None:
    """Each octant of edge 1 um against 5, not 4, layers of voxels of 0.25 um."""
    mesh = cube(8, 4)
    axis = (np.arange(10) >= 5).astype(int)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    image = LabelImage(1 + x + 2 * y + 4 * z, 0.25)
    np.testing.assert_allclose(volume_errors(image, mesh), 0.8**3 - 1)
