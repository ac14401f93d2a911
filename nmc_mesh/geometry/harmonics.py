"""Real orthonormal spherical harmonics on the unit sphere."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import frozen
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.numerics.functions import cos, sin
from nmc_mesh.numerics.products import gauss_rule
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats, Ints

__all__ = [
    "Quadrature",
    "degree_of",
    "degrees",
    "design_matrix",
    "direction_columns",
    "directions",
    "node_columns",
    "node_slopes",
    "quadrature",
    "slopes",
    "synthesize",
    "unit_vectors",
]

_CHUNK = 4096


def design_matrix(directions: AnyArray, degree: int = 9) -> Floats:
    """Y_lm(u) for all l <= degree, |m| <= l.

    Y_lm = sqrt(2) P_l^m(cos t) cos(m p) for m > 0, P_l^0(cos t) for m = 0 and
    sqrt(2) P_l^|m|(cos t) sin(|m| p) for m < 0, with the fully normalised associated Legendre
    functions without the Condon-Shortley sign, so that the integral of Y_lm Y_l'm' over the unit
    sphere is 1 if (l, m) = (l', m') and 0 else. Column l * l + l + m holds Y_lm; Y_1,-1, Y_10 and
    Y_11 are sqrt(3 / (4 pi)) times y, z and x.

    Parameters
    ----------
    directions
        Vectors of shape (n, 3) and any positive length.
    degree
        Largest l.

    Returns
    -------
    Array of shape (n, (degree + 1)^2).

    Raises
    ------
    InputError
        If the shape is another, or a vector is zero or not finite.

    References
    ----------
    Eqs. 2 and 3 of doi 10.1038/s43246-024-00728-5.
    """
    unit = unit_vectors(directions)
    if degree < 0:
        raise InputError(f"the degree of spherical harmonics must not be negative, not {degree}")
    out = np.empty((len(unit), (degree + 1) ** 2))
    for_chunks(len(unit), _CHUNK, lambda a, b: core.harmonics(unit[a:b], degree, out[a:b]))
    return out


def synthesize(coefficients: AnyArray, directions: AnyArray) -> Floats:
    """X(u) = sum_lm a_lm Y_lm(u), without a design matrix in memory.

    Parameters
    ----------
    coefficients
        Shape ((L + 1)^2,), in the order of ``design_matrix``.
    directions
        Vectors of shape (n, 3) and any positive length.

    Returns
    -------
    Array of shape (n,), the same bytes on any number of threads.
    """
    unit = unit_vectors(directions)
    weights = np.ascontiguousarray(coefficients, dtype=np.float64)
    degree = degree_of(len(weights))
    out = np.empty(len(unit))
    for_chunks(
        len(unit), _CHUNK, lambda a, b: core.synthesize(unit[a:b], degree, weights, out[a:b])
    )
    return out


def degree_of(count: int) -> int:
    """Largest l of ``count`` = (L + 1)^2 coefficients; InputError if it is not a square."""
    degree = math.isqrt(count) - 1
    if degree < 0 or (degree + 1) ** 2 != count:
        raise InputError(
            f"the number of coefficients must be (L + 1)^2 (100 for L = 9), not {count}"
        )
    return degree


def degrees(degree: int = 9) -> Ints:
    """The l of every column of ``design_matrix``, shape ((degree + 1)^2,)."""
    return np.repeat(np.arange(degree + 1), 2 * np.arange(degree + 1) + 1).astype(np.int32)


def slopes(directions: AnyArray, degree: int = 9) -> tuple[Floats, Floats]:
    """Slopes of Y_lm along the polar angle t and the azimuth p: dY/dt and (dY/dp) / sin t.

    dY_lm/dt = (l cos t Y_lm - f_lm Y_(l-1)m) / sin t, f_lm^2 = (2l + 1)(l^2 - m^2) / (2l - 1), and
    dY_lm/dp = -m Y_l(-m). Each of shape (n, (degree + 1)^2); the poles themselves are left out.
    """
    unit = unit_vectors(directions)
    values = design_matrix(unit, degree)
    cosine = unit[:, 2:]
    sine = np.sqrt(unit[:, :1] * unit[:, :1] + unit[:, 1:2] * unit[:, 1:2])
    if (sine < 1e-12).any():
        raise InputError("slopes of spherical harmonics are not defined at the poles")
    l = degrees(degree).astype(np.float64)  # noqa: E741
    column = np.arange(len(l))
    m = column - l * l - l
    factor = np.sqrt((2 * l + 1) * (l * l - m * m) / np.abs(2 * l - 1))
    inner = np.abs(m) < l
    below = np.where(inner, column - 2 * l, 0).astype(np.int64)
    polar = (l * cosine * values - np.where(inner, factor, 0.0) * values[:, below]) / sine
    mirrored = (l * l + l - m).astype(np.int64)
    return polar, -m * values[:, mirrored] / sine


class Quadrature(NamedTuple):
    """Nodes (n, 3) on the unit sphere and weights (n,) that sum up to 4 pi."""

    nodes: Floats
    weights: Floats


@lru_cache(maxsize=8)
def quadrature(degree: int) -> Quadrature:
    """Gauss-Legendre in cos t times equal steps in p: exact for polynomials up to ``degree``."""
    rings, steps = degree // 2 + 1, degree + 1
    cosine, weight = gauss_rule(rings)
    angle = 2 * np.pi * (np.arange(steps) + 0.5) / steps
    sine = np.sqrt(1 - cosine**2)
    nodes = np.stack(
        [
            np.outer(sine, cos(angle)),
            np.outer(sine, sin(angle)),
            np.repeat(cosine[:, None], steps, axis=1),
        ],
        axis=-1,
    ).reshape(-1, 3)
    weights = np.repeat(weight * 2 * np.pi / steps, steps)
    return Quadrature(frozen(nodes), frozen(weights))


@lru_cache(maxsize=8)
def direction_columns(degree: int) -> Floats:
    """Y_lm in the 642 ``directions()``, a column each: read-only, made once."""
    return _columns(design_matrix(directions(), degree))


@lru_cache(maxsize=8)
def node_columns(degree: int, exact: int) -> Floats:
    """Y_lm in the nodes of ``quadrature(exact)``, a column each: read-only, made once."""
    return _columns(design_matrix(quadrature(exact).nodes, degree))


@lru_cache(maxsize=2)
def node_slopes(degree: int, exact: int) -> tuple[Floats, Floats]:
    """``slopes`` in the nodes of ``quadrature(exact)``, a column each: read-only, made once."""
    polar, azimuth = slopes(quadrature(exact).nodes, degree)
    return _columns(polar), _columns(azimuth)


def _columns(rows: Floats) -> Floats:
    return frozen(np.ascontiguousarray(rows.T))


def unit_vectors(vectors: AnyArray) -> Floats:
    """Vectors of shape (n, 3) brought to length 1; InputError for a zero or non-finite one."""
    array = np.ascontiguousarray(vectors, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3:
        raise InputError(f"directions have shape (n, 3), not {array.shape}")
    length = np.sqrt((array * array).sum(axis=1))
    if not (np.isfinite(length).all() and (length > 0).all()):
        raise InputError("directions must be finite and not zero")
    return np.ascontiguousarray(array / length[:, None])
