"""Functions on the sphere, given by their spherical harmonics, turned in space."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nmc_mesh.arrays import frozen
from nmc_mesh.geometry.harmonics import degree_of, degrees, design_matrix, quadrature
from nmc_mesh.numerics.functions import cos, sin
from nmc_mesh.numerics.products import matmul
from nmc_mesh.typing import AnyArray, Floats, Ints


def turned(coefficients: AnyArray, angles: AnyArray) -> Floats:
    """Coefficients of X(R^T u), R = R_z(alpha) R_y(beta) R_z(gamma), of many functions X at once.

    About z every pair (m, -m) turns by m times the angle; about y it does after a quarter turn
    about x, which is one matrix for all.

    Parameters
    ----------
    coefficients
        a_lm in the order of ``design_matrix``, shape (n, (L + 1)^2).
    angles
        alpha, beta and gamma in radians, shape (n, 3).

    Returns
    -------
    Array of the shape of ``coefficients``; the same bytes on every processor.

    Examples
    --------
    The third axis goes to the first in a quarter turn about y:

    >>> from nmc_mesh.geometry.turns import turned
    >>> z_of_u = np.array([[0.0, 0.0, 1.0, 0.0]])
    >>> turned(z_of_u, [[0.0, np.pi / 2, 0.0]]).round(9) + 0.0
    array([[0., 0., 0., 1.]])
    """
    rows = np.asarray(coefficients, dtype=np.float64)
    alpha, beta, gamma = np.asarray(angles, dtype=np.float64).T
    degree = degree_of(rows.shape[1])
    quarter, back = _quarter_turn(degree)
    rows = matmul(_about_z(rows, gamma, degree), back)
    rows = matmul(_about_z(rows, beta, degree), quarter)
    return _about_z(rows, alpha, degree)


def orders(degree: int) -> Ints:
    """The m of every column of ``design_matrix``, shape ((degree + 1)^2,)."""
    of_column = degrees(degree)
    return (np.arange(len(of_column)) - of_column * (of_column + 1)).astype(np.int32)


def _about_z(rows: Floats, angle: Floats, degree: int) -> Floats:
    """a'_m = a_m cos(|m| t) - sign(m) a_-m sin(|m| t)."""
    order = orders(degree)
    steps = angle[:, None] * np.arange(degree + 1)
    cosine, sine = cos(steps)[:, np.abs(order)], sin(steps)[:, np.abs(order)]
    mirrored = np.arange(len(order)) - 2 * order
    return np.asarray(rows * cosine - rows[:, mirrored] * (sine * np.sign(order)))


@lru_cache(maxsize=4)
def _quarter_turn(degree: int) -> tuple[Floats, Floats]:
    """Matrices that rows are multiplied with to take z to y about x, and y back to z."""
    nodes, weights = quadrature(2 * degree)
    values = design_matrix(nodes, degree)
    earlier = design_matrix(nodes[:, [0, 2, 1]] * [1.0, -1.0, 1.0], degree)
    quarter = matmul(np.ascontiguousarray((earlier * weights[:, None]).T), values)
    quarter[degrees(degree)[:, None] != degrees(degree)] = 0.0
    return frozen(quarter), frozen(np.ascontiguousarray(quarter.T))
