"""Bunge angles and crystal axes: known turns, and the same rotation by another route."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.orientation import (
    bunge_angles,
    c_axes,
    crystal_axes,
    from_axes,
    from_bunge,
    inverse,
    product,
)


def test_angles_and_axes_are_those_of_the_rotation() -> None:
    turns = Rotation.random(200, rng=np.random.default_rng(0))
    quaternions = turns.as_quat()[:, [3, 0, 1, 2]]
    np.testing.assert_allclose(crystal_axes(quaternions), turns.as_matrix(), atol=1e-14)
    angles = bunge_angles(quaternions)
    assert (angles >= 0).all()
    assert (angles <= [2 * np.pi, np.pi, 2 * np.pi]).all()
    back = Rotation.from_euler("ZXZ", angles).as_matrix()
    np.testing.assert_allclose(back, turns.as_matrix(), atol=1e-12)
    np.testing.assert_allclose(bunge_angles(-quaternions), angles, atol=1e-12)


def test_angles_mean_what_they_mean_in_orientation_maps() -> None:
    turns = np.random.default_rng(1).normal(size=(100, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    back = from_bunge(bunge_angles(turns))
    np.testing.assert_allclose(np.abs((back * turns).sum(axis=1)), 1.0, atol=1e-12)


@pytest.mark.parametrize("axis", ["z", "x"])
def test_where_two_angles_turn_about_one_axis_the_last_is_zero(axis: str) -> None:
    """A turn about z has Phi = 0; the half turn about x, then one about z, has Phi = pi."""
    tilt = {"z": 0.0, "x": np.pi}[axis]
    turns = Rotation.from_euler("ZXZ", [(0.7, tilt, 0.0), (6.0, tilt, 0.0)])
    angles = bunge_angles(turns.as_quat()[:, [3, 0, 1, 2]])
    np.testing.assert_allclose(angles, [(0.7, tilt, 0.0), (6.0, tilt, 0.0)], atol=1e-12)


def test_the_c_axis_points_where_the_angles_say() -> None:
    """phi1 = 0, Phi = 90 degrees: c lies along -y."""
    half = np.sqrt(0.5)
    quaternion = np.array([[half, half, 0.0, 0.0]])
    np.testing.assert_allclose(crystal_axes(quaternion)[0, :, 2], [0, -1, 0], atol=1e-15)
    np.testing.assert_allclose(bunge_angles(quaternion), [[0, np.pi / 2, 0]], atol=1e-15)


def test_axes_give_their_quaternions_back() -> None:
    turns = Rotation.random(500, rng=2)
    half_turns = Rotation.from_rotvec(np.pi * np.eye(3))
    for rotation in (turns, half_turns, Rotation.identity(1)):
        expected = np.roll(rotation.as_quat(), 1, axis=1)
        found = from_axes(rotation.as_matrix())
        np.testing.assert_allclose(np.abs((found * expected).sum(axis=1)), 1.0, atol=1e-14)
        assert (found[:, 0] >= 0).all()
        np.testing.assert_array_equal(c_axes(found), crystal_axes(found)[:, :, 2])


def test_products_are_turns_one_after_another() -> None:
    first, second = Rotation.random(50, rng=3), Rotation.random(50, rng=4)
    both = product(np.roll(first.as_quat(), 1, axis=1), np.roll(second.as_quat(), 1, axis=1))
    np.testing.assert_allclose(crystal_axes(both), (first * second).as_matrix(), atol=1e-14)
    none = product(both, inverse(both))
    np.testing.assert_allclose(none, np.tile([1.0, 0, 0, 0], (50, 1)), atol=1e-14)
