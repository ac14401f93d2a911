"""Frames of grains, and crystals laid into them."""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np

from nmc_mesh.crystal.orientation import from_axes
from nmc_mesh.numerics.frames import perpendiculars, radial_directions
from nmc_mesh.numerics.functions import cos, sin
from nmc_mesh.numerics.products import dot, symmetric_eigen
from nmc_mesh.typing import AnyArray, Floats

About: TypeAlias = Literal["radius", "long axis"]
"""What a law sees c axes from: the radius through the seed, or the long axis of the grain."""


def grain_frames(places: AnyArray, matrices: AnyArray | None, about: About = "radius") -> Floats:
    """Return the frames of grains: rows e_r along the radius, e_s short, and across both.

    e_s is the eigenvector of the larger eigenvalue of M, cut down to the plane across e_r. A place
    at the origin has e_r = x. About the long axis e_r is the eigenvector of the least eigenvalue of
    M. Without matrices e_r is the radius and e_s any direction across.

    Parameters
    ----------
    places
        In um from the particle's centre, shape (n, 3).
    matrices
        M of the grains, shape (n, 3, 3), or None.
    about
        What e_r is.

    Returns
    -------
    Floats
        Right-handed rotations, shape (n, 3, 3).
    """
    radial = radial_directions(places)
    if matrices is not None and about == "long axis":
        radial = symmetric_eigen(matrices).vectors[:, 0]
    first, second = perpendiculars(radial)
    if matrices is not None:
        across = np.stack([first, second], axis=1)
        images = dot(np.asarray(matrices, float)[:, None], across[:, :, None])
        flat = dot(across[:, :, None], images[:, None])
        vectors = _largest(flat)
        first = dot(np.swapaxes(across, 1, 2), vectors[:, None])
        second = np.cross(radial, first)
    return np.stack([radial, first, second], axis=1)


def _largest(flat: Floats) -> Floats:
    """Unit eigenvectors (n, 2) of the larger eigenvalue of matrices (n, 2, 2).

    The second entry is positive, but negative where both M_01 > 0 and M_00 > M_11: what LAPACK's
    way gives, so that a seed gives the crystals that it always gave.
    """
    vectors = symmetric_eigen(flat).vectors[:, 1]
    down = (flat[:, 1, 0] > 0) & (flat[:, 0, 0] > flat[:, 1, 1])
    return np.asarray(vectors * np.where((vectors[:, 1] < 0) != down, -1.0, 1.0)[:, None])


def crystals_along(local: Floats, frames: Floats, rng: np.random.Generator) -> Floats:
    """Quaternions of crystals whose c axis lies along ``local`` in the frames, turned about it."""
    axis = dot(np.swapaxes(frames, 1, 2), local[:, None])
    turn = 2 * np.pi * rng.random(len(axis))
    first, second = perpendiculars(axis)
    x = cos(turn)[:, None] * first + sin(turn)[:, None] * second
    return from_axes(np.stack([x, np.cross(axis, x), axis], axis=2))
