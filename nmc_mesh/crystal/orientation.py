"""Orientations: unit quaternions (w, x, y, z) that take the crystal's frame to the sample's.

v_sample = R v_crystal. The crystal's z is the c axis, its x lies along a, a two-fold axis of R-3m.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.numerics.functions import arctan2, cos, hypot, sin
from nmc_mesh.typing import AnyArray, Floats


def from_bunge(angles: AnyArray) -> Floats:
    """Return q = q_z(phi1) q_x(Phi) q_z(phi2).

    Parameters
    ----------
    angles
        Bunge's angles phi1, Phi, phi2 in radians, shape (..., 3).

    Returns
    -------
    Unit quaternions (w, x, y, z), shape (..., 4).
    """
    first, middle, last = np.moveaxis(np.asarray(angles, dtype=np.float64), -1, 0) / 2
    c, s = cos(middle), sin(middle)
    plus, minus = first + last, first - last
    return np.stack([c * cos(plus), s * cos(minus), s * sin(minus), c * sin(plus)], -1)


def bunge_angles(quaternions: AnyArray) -> Floats:
    """Euler angles of Bunge, q = z(phi1) x(Phi) z(phi2): the inverse of `from_bunge`.

    w = cos(Phi/2) cos(s), z = cos(Phi/2) sin(s), x = sin(Phi/2) cos(d), y = sin(Phi/2) sin(d), with
    s = (phi1 + phi2) / 2, d = (phi1 - phi2) / 2. Where phi1 and phi2 turn about one axis
    (Phi = 0 or pi), phi2 = 0.

    Parameters
    ----------
    quaternions
        Unit quaternions, shape (n, 4).

    Returns
    -------
    Floats
        phi1 in [0, 2 pi), Phi in [0, pi], phi2 in [0, 2 pi), radians, shape (n, 3).
    """
    w, x, y, z = np.asarray(quaternions, dtype=np.float64).T
    along, across = hypot(w, z), hypot(x, y)
    half_sum, half_difference = arctan2(z, w), arctan2(y, x)
    first, last = half_sum + half_difference, half_sum - half_difference
    upright, flipped = across < 1e-12, along < 1e-12
    first = np.where(upright, 2 * half_sum, np.where(flipped, 2 * half_difference, first))
    last = np.where(upright | flipped, 0.0, last)
    angles = np.stack([first, 2 * arctan2(across, along), last], axis=1)
    angles[:, ::2] %= 2 * np.pi
    angles[:, ::2] *= angles[:, ::2] < 2 * np.pi
    return angles


def crystal_axes(quaternions: AnyArray) -> Floats:
    """Matrices whose columns are the crystal's x, y and z = c axis in the sample's frame.

    Parameters
    ----------
    quaternions
        Unit quaternions, shape (n, 4).

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


def from_axes(matrices: AnyArray) -> Floats:
    """Return the quaternions of rotation matrices, w >= 0: the inverse of `crystal_axes`.

    4 q q^T has the entries 1 + R_00 + R_11 + R_22 for w w, R_21 - R_12 for w x, R_10 + R_01 for
    x y, and so on; the row with the largest diagonal entry, normalized, is q.

    Parameters
    ----------
    matrices
        Proper rotations R with v_sample = R v_crystal, shape (n, 3, 3).

    Returns
    -------
    Unit quaternions, shape (n, 4).
    """
    r = np.asarray(matrices, dtype=np.float64)
    xx, yy, zz = r[:, 0, 0], r[:, 1, 1], r[:, 2, 2]
    wx, wy, wz = r[:, 2, 1] - r[:, 1, 2], r[:, 0, 2] - r[:, 2, 0], r[:, 1, 0] - r[:, 0, 1]
    xy, xz, yz = r[:, 1, 0] + r[:, 0, 1], r[:, 0, 2] + r[:, 2, 0], r[:, 2, 1] + r[:, 1, 2]
    rows = np.array(
        [
            [1 + xx + yy + zz, wx, wy, wz],
            [wx, 1 + xx - yy - zz, xy, xz],
            [wy, xy, 1 - xx + yy - zz, yz],
            [wz, xz, yz, 1 - xx - yy + zz],
        ]
    )
    best = np.argmax(np.diagonal(rows), axis=1)
    largest = np.moveaxis(rows, 2, 0)[np.arange(len(r)), best]
    largest *= np.where(largest[:, :1] < 0, -1.0, 1.0)
    quaternions: Floats = largest / np.linalg.norm(largest, axis=1, keepdims=True)
    return quaternions


def c_axes(quaternions: AnyArray) -> Floats:
    """Unit vectors along the c axis in the sample's frame, shape (n, 3), of quaternions (n, 4)."""
    w, x, y, z = np.asarray(quaternions, dtype=np.float64).T
    return np.stack([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], axis=1)


def product(first: AnyArray, second: AnyArray) -> Floats:
    """Hamilton's product, shapes (..., 4): first the second turn, then the first."""
    a, b, c, d = np.moveaxis(np.asarray(first, dtype=np.float64), -1, 0)
    w, x, y, z = np.moveaxis(np.asarray(second, dtype=np.float64), -1, 0)
    parts = [
        a * w - b * x - c * y - d * z,
        a * x + b * w + c * z - d * y,
        a * y - b * z + c * w + d * x,
        a * z + b * y - c * x + d * w,
    ]
    return np.stack(parts, axis=-1)


def inverse(quaternions: AnyArray) -> Floats:
    """Return the turns back of unit quaternions, shape (..., 4)."""
    return np.asarray(quaternions, dtype=np.float64) * [1.0, -1.0, -1.0, -1.0]
