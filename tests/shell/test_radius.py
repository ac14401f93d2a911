"""Radius functions of voxel bodies whose radius is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import parallel
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.shell.radius import radius_functions


def cuboid(spacing: float | tuple[float, float, float]) -> LabelImage:
    labels = np.zeros((20, 18, 16), dtype=np.int32)
    labels[3:14, 5:12, 4:13] = 1
    return LabelImage(labels, spacing, np.array([1.0, -2.0, 0.5]))


@pytest.mark.parametrize("spacing", [(0.5, 0.5, 0.5), (0.3, 0.5, 0.7)])
def test_cuboid_is_exact(spacing: tuple[float, float, float]) -> None:
    """P(u) = min_k h_k / |u_k| with half edges h, also on voxels that are no cubes."""
    found = radius_functions(cuboid(spacing))
    half = 0.5 * np.array([11, 7, 9]) * spacing
    with np.errstate(divide="ignore"):
        expected = (half / np.abs(directions())).min(axis=1)
    np.testing.assert_allclose(found.radii[0], expected, rtol=1e-12)
    np.testing.assert_allclose(found.centres[0], [1, -2, 0.5] + np.array([8, 8, 8]) * spacing)
    assert found.volumes[0] == pytest.approx(8 * half.prod())
    assert found.shares[0] == 1


def test_rotation_turns_the_directions() -> None:
    found = radius_functions(cuboid(0.5), np.random.default_rng(4))
    turn = found.rotations[0]
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-14)
    assert np.linalg.det(turn) == pytest.approx(1)
    half = 0.25 * np.array([11, 7, 9])
    expected = (half / np.abs(directions() @ turn.T)).min(axis=1)
    np.testing.assert_allclose(found.radii[0], expected, rtol=1e-12)


def test_rotations_are_uniform() -> None:
    """Every axis goes everywhere alike: first and second moments of a uniform direction."""
    labels = np.zeros((60, 60, 1), dtype=np.int32)
    labels[::2, ::2, 0] = np.arange(1, 901).reshape(30, 30)
    turns = radius_functions(LabelImage(labels, 1.0), np.random.default_rng(0)).rotations
    for axis in range(3):
        image = turns[:, :, axis]
        np.testing.assert_allclose(image.mean(axis=0), 0, atol=4 / np.sqrt(3 * 900))
        np.testing.assert_allclose(image.T @ image / 900, np.eye(3) / 3, atol=4 * 0.3 / 30)


def test_share_of_a_body_with_a_hidden_arm() -> None:
    """From the middle of an L's foot the end of its arm is out of sight."""
    labels = np.zeros((40, 40, 9), dtype=np.int32)
    labels[5:34, 5:14, :] = 1
    labels[5:9, 14:24, :] = 1
    share = radius_functions(LabelImage(labels, 1.0)).shares[0]
    assert 0.8 < share < 0.99


def test_star_point_outside_its_particle_gives_nothing() -> None:
    x, y, z = np.indices((31, 31, 5)) - np.array([15, 15, 2])[:, None, None, None]
    ring = (np.hypot(x, y) > 8) & (np.hypot(x, y) < 14) & (np.abs(z) < 2)
    found = radius_functions(LabelImage(ring, 1.0))
    assert found.shares[0] == 0
    assert (found.radii[0] == 0).all()


def test_touching_particles_do_not_see_each_other_on_any_number_of_threads() -> None:
    labels = np.zeros((62, 8, 8), dtype=np.int32)
    for k in range(20):
        labels[1 + 3 * k : 4 + 3 * k, 1:7, 1:7] = 20 - k
    tables = []
    for threads in (1, 2):
        parallel.set_threads(threads)
        found = radius_functions(LabelImage(labels, 1.0), np.random.default_rng(0))
        tables.append(found.radii.tobytes())
    parallel.set_threads(None)
    assert tables[0] == tables[1]
    np.testing.assert_array_equal(found.ids, np.arange(1, 21))
    assert found.total_share == 1
    np.testing.assert_allclose(found.centres[:, 0] - found.centres[19, 0], 3.0 * (20 - found.ids))
    assert len(found.subset(found.ids > 15)) == 5


def test_bad_images_are_refused() -> None:
    with pytest.raises(InputError, match="two axes"):
        radius_functions(LabelImage(np.ones((3, 3), dtype=int), 1.0))
    with pytest.raises(InputError, match="no particle"):
        radius_functions(LabelImage(np.zeros((3, 3, 3), dtype=int), 1.0))
    with pytest.raises(InputError, match="label 7"):
        radius_functions(cuboid(1.0), only=np.array([7]))
