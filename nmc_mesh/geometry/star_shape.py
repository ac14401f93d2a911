"""A star-shaped body around the origin, given by the spherical harmonics of its radius."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import given, keep
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import (
    degree_of,
    direction_columns,
    node_columns,
    node_slopes,
    quadrature,
    synthesize,
)
from nmc_mesh.later import Shown
from nmc_mesh.numerics.frames import perpendiculars
from nmc_mesh.numerics.functions import cbrt, cos, sin
from nmc_mesh.numerics.products import matmul
from nmc_mesh.typing import AnyArray, Bools, Floats


@dataclass(frozen=True, eq=False)
class StarShape(Shown):
    """All points t X(u) with 0 <= t <= 1 and X(u) = sum_lm a_lm Y_lm(u), |u| = 1.

    Parameters
    ----------
    coefficients
        a_lm in um, shape ((L + 1)^2,) (100 for the paper's L = 9), in the order l * l + l + m, for
        the real orthonormal harmonics of ``design_matrix``. A ball of radius R is
        a_00 = sqrt(4 pi) R.

    Raises
    ------
    InputError
        If the number of coefficients is no square, one is not finite, or the radius is not
        positive in one of the 642 directions.

    References
    ----------
    Eqs. 1-3 of doi 10.1038/s43246-024-00728-5.

    Examples
    --------
    >>> shape = nmc_mesh.StarShape([np.sqrt(4 * np.pi), 0.0, 0.0, 0.0])
    >>> round(shape.volume, 6)  # of the ball of radius 1 um
    4.18879
    """

    coefficients: Floats

    def __post_init__(self) -> None:
        array = np.array(given(self.coefficients, "coefficients", np.float64))
        if array.ndim != 1:
            raise InputError(f"a star shape needs one row of coefficients, not shape {array.shape}")
        degree = degree_of(len(array))
        if not np.isfinite(array).all():
            raise InputError("the coefficients of a star shape must be finite")
        lowest = matmul(array, direction_columns(degree)).min()
        if lowest <= 0:
            raise InputError(
                f"the radius of a star shape must be positive; the smallest is {lowest:g}"
            )
        keep(self, coefficients=array)

    def __repr__(self) -> str:
        return f"StarShape(degree {self.degree}, diameter {self.equivalent_diameter:.4g} um)"

    @classmethod
    def ball(cls, radius: float) -> StarShape:
        """Return the ball of ``radius`` um.

        Parameters
        ----------
        radius
            In um.

        Examples
        --------
        >>> ball = nmc_mesh.StarShape.ball(2.0)
        >>> round(ball.equivalent_diameter, 9), round(ball.area / np.pi, 9)
        (4.0, 16.0)
        """
        return cls(np.array([np.sqrt(4 * np.pi) * radius]))

    @property
    def degree(self) -> int:
        """The largest l."""
        return degree_of(len(self.coefficients))

    def radius(self, directions: AnyArray) -> Floats:
        """X(u) in um for vectors of shape (n, 3) and any positive length; shape (n,).

        Parameters
        ----------
        directions
            Vectors from the centre, of any positive length, shape (n, 3).

        Examples
        --------
        >>> nmc_mesh.StarShape.ball(2.0).radius([[1.0, 0.0, 0.0], [0.0, 3.0, 4.0]]).round(9)
        array([2., 2.])
        """
        return synthesize(self.coefficients, directions)

    def contains(self, points: AnyArray) -> Bools:
        """|x| <= X(x / |x|) for points of shape (n, 3) in um; shape (n,).

        Parameters
        ----------
        points
            In um, shape (n, 3).

        Examples
        --------
        >>> nmc_mesh.StarShape.ball(2.0).contains([[0.0, 1.9, 0.0], [0.0, 2.1, 0.0]])
        array([ True, False])
        """
        array = given(points, "points", np.float64)
        if array.ndim != 2 or array.shape[1] != 3:
            raise InputError(f"points have shape (n, 3), not {array.shape}")
        length = np.sqrt((array * array).sum(axis=1))
        inside: Bools = length == 0
        away = ~inside
        inside[away] = length[away] <= self.radius(array[away])
        return inside

    @property
    def volume(self) -> float:
        """V = 1/3 * integral of X(u)^3 over the unit sphere, in um^3 (exact quadrature)."""
        return float(volumes(self.coefficients[None])[0])

    @property
    def area(self) -> float:
        """A = integral of X sqrt(X^2 + (dX/dt)^2 + (dX/dp / sin t)^2) over the sphere, in um^2."""
        return float(areas(self.coefficients[None])[0])

    @property
    def equivalent_diameter(self) -> float:
        """Diameter of the ball of the same volume, in um."""
        return float(cbrt(6 * self.volume / np.pi))

    @property
    def max_radius(self) -> float:
        """Largest X(u) in um: best of 642 directions, then of ever smaller rings around it."""
        spread = directions()
        best = spread[int(np.argmax(self.radius(spread)))]
        turn = 2 * np.pi * np.arange(8) / 8
        first, second = cos(turn)[:, None], sin(turn)[:, None]
        step = 0.12
        for _ in range(16):
            across, other = perpendiculars(best)
            disc = first * across + second * other
            ring = np.concatenate([best[None], best + step * disc])
            ring /= np.linalg.norm(ring, axis=1, keepdims=True)
            best = ring[int(np.argmax(self.radius(ring)))]
            step *= 0.6
        return float(self.radius(best[None])[0])

    def scaled(self, factor: float) -> StarShape:
        """Return the shape with every length times ``factor`` > 0.

        Parameters
        ----------
        factor
            Positive.

        Examples
        --------
        >>> round(nmc_mesh.StarShape.ball(2.0).scaled(1.5).max_radius, 9)
        3.0
        """
        if not (np.isfinite(factor) and factor > 0):
            raise InputError(f"a shape is scaled by a positive factor, not {factor}")
        return StarShape(self.coefficients * factor)


def volumes(coefficients: AnyArray) -> Floats:
    """Volumes in um^3 of many star shapes, coefficients of shape (n, (L + 1)^2); shape (n,)."""
    array = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    degree = degree_of(array.shape[1])
    radius = matmul(array, node_columns(degree, 3 * degree))
    return matmul(radius * radius * radius, quadrature(3 * degree).weights) / 3


def areas(coefficients: AnyArray) -> Floats:
    """Surface areas in um^2 of many star shapes, coefficients (n, (L + 1)^2); shape (n,)."""
    array = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    degree = degree_of(array.shape[1])
    exact = max(8 * degree, 16)
    radius = matmul(array, node_columns(degree, exact))
    polar, azimuth = (matmul(array, part) for part in node_slopes(degree, exact))
    return matmul(radius * np.sqrt(radius**2 + polar**2 + azimuth**2), quadrature(exact).weights)
