"""What a crystal's symmetry cannot tell apart: rotations of Laue groups, disorientations."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import frozen, in_one_line
from nmc_mesh.crystal.orientation import crystal_axes, inverse, product
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.functions import arccos, arctan2, cos, hypot, sin
from nmc_mesh.numerics.products import dot, matmul
from nmc_mesh.typing import AnyArray, Floats

# Laue group -> proper rotations: kind, order (of the main axis, or in all) and main axis.
LAUE = {
    "-1": ("cyclic", 1, 2), "2/m": ("cyclic", 2, 1), "mmm": ("dihedral", 2, 2),
    "4/m": ("cyclic", 4, 2), "4/mmm": ("dihedral", 4, 2), "-3": ("cyclic", 3, 2),
    "-3m": ("dihedral", 3, 2), "6/m": ("cyclic", 6, 2), "6/mmm": ("dihedral", 6, 2),
    "m-3": ("cubic", 12, 2), "m-3m": ("cubic", 24, 2),
}  # fmt: skip
"""Laue groups in Hermann-Mauguin's letters."""

NMC = "-3m"
"""Laue group of R-3m, the space group of layered oxides."""


@in_one_line
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
    kind, order, axis = LAUE[laue]
    return frozen(np.array(_cubic(order) if kind == "cubic" else _axial(kind, order, axis)))


def _axial(kind: str, order: int, axis: int) -> list[list[float]]:
    """Turns by 2 pi k / n about an axis; of a dihedral group, n half turns across it too."""
    turns = []
    for k in range(order):
        turn = [_cosine(180 * k // order), 0.0, 0.0, 0.0]
        turn[1 + axis] = _cosine(90 - 180 * k // order)
        turns.append(turn)
    for k in range(order if kind == "dihedral" else 0):
        turn = [0.0] * 4
        turn[1 + (axis + 1) % 3] = _cosine(180 * k // order)
        turn[1 + (axis + 2) % 3] = _cosine(90 - 180 * k // order)
        turns.append(turn)
    return turns


def _cubic(order: int) -> list[list[float]]:
    """The 12 turns of a tetrahedron; with the 12 more of an octahedron."""
    turns = [np.eye(4)[k].tolist() for k in (1, 2, 3, 0)]
    signs = [(w, y, z) for w in (0.5, -0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
    turns += [[w, 0.5, y, z] for w, y, z in signs]
    half = _cosine(45)
    for first in range(4 if order == 24 else 0):
        for second in range(first + 1, 4):
            for sign in (half, -half):
                turn = [0.0] * 4
                turn[first], turn[second] = sign, half
                turns.append(turn)
    return turns


def _cosine(degrees: int) -> float:
    """Cosine of a multiple of 30 or 45 degrees, the nearest double."""
    of_sharp = {0: 1.0, 30: float(np.sqrt(0.75)), 45: float(np.sqrt(0.5)), 60: 0.5, 90: 0.0}
    size = abs(degrees) % 360
    size = min(size, 360 - size)
    return of_sharp[size] if size <= 90 else -of_sharp[180 - size]


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
    w, x, y, z = product(inverse(first), second).T
    closest = np.zeros(len(first))
    for a, b, c, d in rotations() if group is None else group:
        np.maximum(closest, np.abs(a * w + b * x + c * y + d * z), out=closest)
    angles: Floats = 2.0 * arccos(np.minimum(closest, 1.0))
    return angles


def disorientation(
    first: AnyArray, second: AnyArray, group: AnyArray | None = None
) -> Disorientation:
    """Return the smallest of the turns second g first* over the rotations g, and its axis.

    Parameters
    ----------
    first, second, group
        As for `disorientations`.
    """
    chosen = rotations() if group is None else np.asarray(group)
    between = product(inverse(first), second)
    back = inverse(chosen)
    best = np.argmax(np.abs(matmul(between, back.T)), axis=1)
    turn = product(between, inverse(back[best]))
    turn *= np.where(turn[:, :1] < 0, -1.0, 1.0)
    sine = np.linalg.norm(turn[:, 1:], axis=1)
    axis = turn[:, 1:] / np.where(sine > 0, sine, 1.0)[:, None]
    axis[sine == 0] = [0.0, 0.0, 1.0]
    angle = 2.0 * arctan2(sine, turn[:, 0])
    return Disorientation(angle, dot(crystal_axes(first), axis[:, None]), axis)


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
    azimuth = arctan2(array[:, 1], array[:, 0])
    azimuth = azimuth - third * np.round(azimuth / third)
    azimuth = np.where(azimuth > np.pi / 6, np.pi / 3 - azimuth, azimuth)
    azimuth = np.where(azimuth < -np.pi / 6, -np.pi / 3 - azimuth, azimuth)
    across = hypot(array[:, 0], array[:, 1])
    return np.stack([across * cos(azimuth), across * sin(azimuth), array[:, 2]], axis=1)
