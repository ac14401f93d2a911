"""Shells in their own frame: size and roughness of every degree, and where the roughness lies.

The part of degree 2 of a radius function is u^T T u with a symmetric T of trace 0. In the frame of
T's axes, z the long and x the short one, it is a_2 (cos t Y_20 - sin t Y_22), a_2 its root power
and t in [0, pi/3] its kind: 0 for prolate, pi/3 for oblate. The other degrees stand in that frame
too, so that what they do at the ends of the axes can be told. Reflections of the frame change signs
of coefficients alone; they fall into eight parities, and no law of shells without a sense of
rotation lets two parities correlate.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nmc_mesh.arrays import frozen
from nmc_mesh.geometry.harmonics import degree_of, degrees
from nmc_mesh.geometry.turns import orders
from nmc_mesh.numerics.functions import arccos, cos, exp, sin, tanh
from nmc_mesh.typing import Floats, Ints

SLOPE = float(np.sqrt(2 / np.pi))
"""(1 + tanh(SLOPE y)) / 2 has the slope of the normal distribution function at 0."""

_PROLATE, _OBLATE = 6, 8  # columns of Y_20 and Y_22


@lru_cache(maxsize=8)
def free_columns(degree: int) -> Ints:
    """Columns of all degrees but 0 and 2: their directions in the frame are free."""
    of_column = degrees(degree)
    return frozen(np.flatnonzero((of_column == 1) | (of_column > 2)).astype(np.int32))


@lru_cache(maxsize=8)
def parities(degree: int) -> Ints:
    """Parity of every number of a shape, 0 to 7: 0 what no reflection of the frame changes.

    The first number is the kind of degree 2, the others are those of ``free_columns``. x -> -x
    takes Y_lm to (-1)^m Y_lm, and to -(-1)^m Y_lm if m < 0; y -> -y changes m < 0 alone; z -> -z
    gives (-1)^(l + m).
    """
    columns = free_columns(degree)
    l, m = degrees(degree)[columns], orders(degree)[columns]  # noqa: E741
    turned_sine = (m < 0).astype(np.int32)
    parity = ((m & 1) ^ turned_sine) + 2 * turned_sine + 4 * ((l + m) & 1)
    return frozen(np.concatenate([[0], parity]).astype(np.int32))


def in_frame(sizes: Floats, numbers: Floats) -> Floats:
    """Coefficients in the frame, shape (n, (L + 1)^2), um.

    Parameters
    ----------
    sizes
        ln(a_00 / um), then ln(|a_l| / a_00) with |a_l|^2 = sum_m a_lm^2 for l = 1 ... L; shape
        (n, L + 1).
    numbers
        y with cos 3t = tanh(SLOPE y), then direction numbers of ``free_columns``, of which each
        degree is brought to length 1; shape (n, (L + 1)^2 - 5).
    """
    degree = degree_of(numbers.shape[1] + 5)
    of_column, columns = degrees(degree), free_columns(degree)
    lengths = exp(sizes)
    lengths[:, 1:] *= lengths[:, :1]
    square = numbers[:, 1:] * numbers[:, 1:]
    rows = np.zeros((len(numbers), len(of_column)))
    rows[:, 0] = lengths[:, 0]
    kind = arccos(tanh(SLOPE * numbers[:, 0])) / 3
    rows[:, _PROLATE] = lengths[:, 2] * cos(kind)
    rows[:, _OBLATE] = -lengths[:, 2] * sin(kind)
    for l in (1, *range(3, degree + 1)):  # noqa: E741
        part = np.flatnonzero(of_column[columns] == l)
        scale = lengths[:, l] / np.sqrt(square[:, part].sum(axis=1))
        rows[:, columns[part]] = numbers[:, 1 + part] * scale[:, None]
    return rows
