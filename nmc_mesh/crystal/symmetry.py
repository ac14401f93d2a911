"""What a crystal's symmetry cannot tell apart: rotations of Laue groups, disorientations."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import frozen
from nmc_mesh.crystal.orientation import crystal_axes, inverse, product
from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Floats

# Laue group -> proper rotations: scipy's name and its main axis.
LAUE = {
    "-1": ("C1", "Z"), "2/m": ("C2", "Y"), "mmm": ("D2", "Z"), "4/m": ("C4", "Z"),
    "4/mmm": ("D4", "Z"), "-3": ("C3", "Z"), "-3m": ("D3", "Z"), "6/m": ("C6", "Z"),
    "6/mmm": ("D6", "Z"), "m-3": ("T", "Z"), "m-3m": ("O", "Z"),
}  # fmt: skip
"""Laue groups in Hermann-Mauguin's letters."""

NMC = "-3m"
"""Laue group of R-3m, the space group of layered oxides."""


class Disorientation(NamedTuple):
    """The smallest turn between two crystals, and its axis.

    ``angle`` (m,) in radians; ``axis`` (m, 3), unit, in the sample's frame: the turn by ``angle``
    about it takes the first crystal to the second; ``crystal_axis`` (m, 3), the same in the frame
    of the first crystal. Where the angle is 0 it is the c axis.
    """

    angle: Floats
    axis: Floats
    crystal_axis: Floats


@cache
def _rotations(laue: str) -> Floats:
    from scipy.spatial.transform import Rotation

    name, axis = LAUE[laue]
    group: Floats = np.array(Rotation.create_group(name, axis=axis).as_quat()[:, [3, 0, 1, 2]])
    return frozen(group)


def rotations(laue: str = NMC) -> Floats:
    """Return the proper rotations of a Laue group: quaternions, w first, shape (order, 4).

    The main axis is the crystal's z; two-fold axes of -3m lie along x.

    Raises
    ------
    InputError
        If there is no such group.
    """
    if laue not in LAUE:
        raise InputError(f"there is no Laue group '{laue}'; use one of {', '.join(LAUE)}")
    return _rotations(laue)


def disorientations(first: Floats, second: Floats, group: AnyArray | None = None) -> Floats:
    """Return 2 arccos max_g |<first* second, g>| over the rotations g of the group, in radians.

    The scalar part of g1 q g2 depends on g2 g1 alone, so one loop over the group is enough. Fast,
    and exact to 1e-8; `disorientation` is exact near 0 too.

    Parameters
    ----------
    first, second
        Unit quaternions, shape (m, 4).
    group
        Rotations of the crystal, shape (order, 4); default: those of -3m.
    """
    between = product(inverse(first), second).T
    closest = np.zeros(len(first))
    for rotation in rotations() if group is None else group:
        np.maximum(closest, np.abs(rotation @ between), out=closest)
    angles: Floats = 2.0 * np.arccos(np.minimum(closest, 1.0))
    return angles


def disorientation(
    first: AnyArray, second: AnyArray, group: AnyArray | None = None
) -> Disorientation:
    """Return the smallest of the turns second g first* over the rotations g, and its axis.

    Parameters
    ----------
    first, second
        Unit quaternions, shape (m, 4).
    group
        Rotations of the crystal, shape (order, 4); default: those of -3m.
    """
    chosen = rotations() if group is None else np.asarray(group)
    between = product(inverse(first), second)
    back = inverse(chosen)
    best = np.argmax(np.abs(between @ back.T), axis=1)
    turn = product(between, inverse(back[best]))
    turn *= np.where(turn[:, :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(turn[:, 1:], axis=1)
    axis = turn[:, 1:] / np.where(sine > 0, sine, 1.0)[:, None]
    axis[sine == 0] = [0.0, 0.0, 1.0]
    angle = 2.0 * np.arctan2(sine, turn[:, 0])
    return Disorientation(angle, np.einsum("nij,nj->ni", crystal_axes(first), axis), axis)


def in_sector(vectors: AnyArray) -> Floats:
    """Return the equivalents under -3m that lie in its fundamental sector.

    The inversion brings z to z >= 0, the three-fold axis and the mirror planes that hold c, at
    azimuths of 30, 90 and 150 degrees from a, bring the azimuth to [-30, 30] degrees.

    Parameters
    ----------
    vectors
        Directions in the crystal's frame, shape (n, 3).

    Returns
    -------
    Floats
        Vectors of the same lengths, z >= 0 and -x <= sqrt(3) y <= x, shape (n, 3).
    """
    array = np.asarray(vectors, dtype=np.float64)
    array = array * np.where(array[:, 2:] < 0, -1.0, 1.0)
    third = 2 * np.pi / 3
    azimuth = np.arctan2(array[:, 1], array[:, 0])
    azimuth = azimuth - third * np.round(azimuth / third)
    azimuth = np.where(azimuth > np.pi / 6, np.pi / 3 - azimuth, azimuth)
    azimuth = np.where(azimuth < -np.pi / 6, -np.pi / 3 - azimuth, azimuth)
    across = np.hypot(array[:, 0], array[:, 1])
    return np.stack([across * np.cos(azimuth), across * np.sin(azimuth), array[:, 2]], axis=1)
