"""What quaternions of orientations say in the words of hosts: Bunge angles, axes of the crystal."""

from __future__ import annotations

import numpy as np

from nmc_mesh.typing import Floats


def bunge_angles(quaternions: Floats) -> Floats:
    """Euler angles of Bunge, q = z(phi1) x(Phi) z(phi2).

    w = cos(Phi/2) cos(s), z = cos(Phi/2) sin(s), x = sin(Phi/2) cos(d), y = sin(Phi/2) sin(d), with
    s = (phi1 + phi2) / 2, d = (phi1 - phi2) / 2. Where phi1 and phi2 turn about one axis
    (Phi = 0 or pi), phi2 = 0.

    Parameters
    ----------
    quaternions
        Unit quaternions (w, x, y, z) that take the crystal's frame to the sample's, shape (n, 4).

    Returns
    -------
    Floats
        phi1 in [0, 2 pi), Phi in [0, pi], phi2 in [0, 2 pi), radians, shape (n, 3).
    """
    w, x, y, z = np.asarray(quaternions, dtype=np.float64).T
    along, across = np.hypot(w, z), np.hypot(x, y)
    half_sum, half_difference = np.arctan2(z, w), np.arctan2(y, x)
    first, last = half_sum + half_difference, half_sum - half_difference
    upright, flipped = across < 1e-12, along < 1e-12
    first = np.where(upright, 2 * half_sum, np.where(flipped, 2 * half_difference, first))
    last = np.where(upright | flipped, 0.0, last)
    angles = np.stack([first, 2 * np.arctan2(across, along), last], axis=1)
    angles[:, ::2] %= 2 * np.pi
    angles[:, ::2] *= angles[:, ::2] < 2 * np.pi
    return angles


def crystal_axes(quaternions: Floats) -> Floats:
    """Matrices whose columns are the crystal's x, y and z = c axis in the sample's frame.

    Parameters
    ----------
    quaternions
        Unit quaternions (w, x, y, z), shape (n, 4).

    Returns
    -------
    Floats
        Rotations R with v_sample = R v_crystal, shape (n, 3, 3).
    """
    w, x, y, z = np.asarray(quaternions, dtype=np.float64).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), 2, 0)
