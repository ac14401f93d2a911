"""Colours of crystals: which direction of the crystal points along a chosen one of the sample."""

from __future__ import annotations

import numpy as np

from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.crystal.symmetry import in_sector
from nmc_mesh.numerics.functions import arccos, arctan2, hypot
from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import AnyArray, Floats


def ipf_colors(quaternions: AnyArray, directions: AnyArray) -> Floats:
    """Colours of the inverse pole figure: red where c, green where a lies along the direction.

    With theta the angle from c and phi the azimuth from the nearest a axis, red : green : blue =
    1 - theta / 90 : theta / 90 (1 - phi / 30) : theta / 90 phi / 30 (degrees), the largest of the
    three being 1; blue is halfway between two a axes. The key is that of the hexagonal triangle, so
    it is continuous; directions that differ in the sign of phi alone share a colour.

    Parameters
    ----------
    quaternions
        Orientations, crystal -> sample, shape (n, 4).
    directions
        In the sample's frame, any length but 0, shape (3,) for all, or (n, 3).

    Returns
    -------
    Floats
        Red, green and blue in [0, 1], shape (n, 3).
    """
    axes = crystal_axes(quaternions)
    along = np.broadcast_to(np.asarray(directions, dtype=np.float64), (len(axes), 3))
    x, y, z = in_sector(dot(np.swapaxes(axes, 1, 2), along[:, None])).T
    polar = arctan2(hypot(x, y), z) / (np.pi / 2)
    azimuth = np.abs(arctan2(y, x)) / (np.pi / 6)
    return hexagonal_key(polar, azimuth)


def hexagonal_key(polar: AnyArray, azimuth: AnyArray) -> Floats:
    """Colours of places in the triangle of `ipf_colors`.

    Parameters
    ----------
    polar, azimuth
        theta / 90 degrees and phi / 30 degrees in [0, 1], shape (n,).

    Returns
    -------
    Floats
        Red, green and blue in [0, 1], shape (n, 3).
    """
    parts = np.stack([1 - polar, polar * (1 - azimuth), polar * azimuth], axis=1)
    parts = np.clip(parts, 0.0, 1.0)
    return np.asarray(parts / parts.max(axis=1, keepdims=True))


def tilt_colors(quaternions: AnyArray, directions: AnyArray) -> Floats:
    """Colours of the angle between c and a direction: red at 0, blue at 90 degrees, via white.

    Parameters
    ----------
    quaternions, directions
        See `ipf_colors`.

    Returns
    -------
    Floats
        Red, green and blue in [0, 1], shape (n, 3).
    """
    axis = crystal_axes(quaternions)[:, :, 2]
    along = np.broadcast_to(np.asarray(directions, dtype=np.float64), axis.shape)
    length = np.linalg.norm(along, axis=1)
    cosine = np.abs(dot(axis, along)) / np.where(length > 0, length, 1.0)
    share = arccos(np.minimum(cosine, 1.0)) / (np.pi / 2)
    ends = np.array([[0.80, 0.15, 0.15], [0.97, 0.97, 0.97], [0.15, 0.30, 0.75]])
    return np.stack([np.interp(share, [0, 0.5, 1], ends[:, k]) for k in range(3)], axis=1)
