"""Bunge angles and crystal axes: known turns, and the same rotation by another route."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.ebsd.orientation import quaternions
from nmc_mesh.mesh.turns import bunge_angles, crystal_axes


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
    back = quaternions(bunge_angles(turns))
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
