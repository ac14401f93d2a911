"""Bingham's law of axes in space, p(x) ~ exp(sum_k kappa_k x_k^2): numbers, densities, fits."""

from __future__ import annotations

from functools import cache

import numpy as np

from nmc_mesh.numerics.draws import standard_normal
from nmc_mesh.numerics.functions import cos, exp, log, sin
from nmc_mesh.numerics.products import dot, gauss_rule
from nmc_mesh.numerics.roots import bisect
from nmc_mesh.typing import Floats

_NODES = 400


def sample_bingham(
    kappa: tuple[float, float, float], count: int, rng: np.random.Generator
) -> Floats:
    """Draw unit vectors by rejection from an angular central Gaussian law.

    With lambda_k = max kappa - kappa_k and b the root of sum_k 1 / (b + 2 lambda_k) = 1, the
    envelope is (x^T Omega x)^(-3/2), Omega = 1 + 2 lambda / b: half of the trials or more are kept.

    Parameters
    ----------
    kappa
        Concentrations along the three axes.
    count
        How many vectors.
    rng
        Draws them.

    Returns
    -------
    Floats
        Shape (count, 3).

    References
    ----------
    Kent, Ganeiber and Mardia, arXiv 1310.8110.
    """
    spread = max(kappa) - np.array(kappa)
    b = _envelope(spread)
    omega = 1 + 2 * spread / b
    bound = 0.5 * (3 - b) + 1.5 * log(b / 3)
    vectors = np.empty((count, 3))
    left = np.arange(count)
    while len(left):
        trial = standard_normal(rng, (len(left), 3)) / np.sqrt(omega)
        trial /= np.linalg.norm(trial, axis=1, keepdims=True)
        square = trial**2
        level = -dot(square, spread) + 1.5 * log(dot(square, omega)) + bound
        kept = log(1.0 - rng.random(len(left))) < level
        vectors[left[kept]] = trial[kept]
        left = left[~kept]
    return vectors


@cache
def _rule() -> tuple[Floats, Floats]:
    """Nodes and weights of Gauss's rule on [0, 1]; they resolve concentrations up to 1e4."""
    nodes, weights = gauss_rule(_NODES)
    return 0.5 * (nodes + 1), 0.5 * weights


def _envelope(spread: Floats) -> float:
    """Root b in (0, 3] of sum_k 1 / (b + 2 lambda_k) = 1, by bisection."""
    return bisect(lambda b: bool((1.0 / (b + 2 * spread)).sum() > 1), 0.0, 3.0, 100)[1]


def axial_density(angles: Floats, first: float, second: float) -> Floats:
    """Density in 1/rad of the angle in [0, pi/2] from the first axis; the third kappa is 0.

    sin(t) exp(k1 cos^2 t + k2 sin^2(t) / 2) I_0(k2 sin^2(t) / 2) / Z, Z by Gauss's rule.
    """
    cosines, weights = _rule()
    level = _log_ring(cosines, first, second)
    top = level.max()
    total = (weights * exp(level - top)).sum()
    ring = exp(_log_ring(cos(angles), first, second) - top)
    return np.asarray(sin(angles) * ring / total)


def _log_ring(cosines: Floats, first: float, second: float) -> Floats:
    """Log of the mean of exp(k1 x^2 + k2 y^2) over the ring of directions with x = cos t."""
    from scipy.special import i0e

    half = 0.5 * second * (1 - cosines**2)
    return np.asarray(first * cosines**2 + half + np.abs(half) + log(i0e(half)))


def fibre_moments(first: float, second: float) -> tuple[float, Floats]:
    """Log of Z, the mean of exp(k1 x^2 + k2 y^2) over the sphere, and the means of x^2 and y^2.

    On the ring x = u the mean of y^2 is (1 - u^2) / 2 (1 + I_1(h) / I_0(h)), h = k2 (1 - u^2) / 2.
    """
    from scipy.special import i0e, i1e

    cosines, weights = _rule()
    level = _log_ring(cosines, first, second)
    top = level.max()
    mass = weights * exp(level - top)
    total = mass.sum()
    rest = 0.5 * (1 - cosines**2)
    half = second * rest
    across = rest * (1 + i1e(half) / i0e(half))
    means = np.array([dot(mass, cosines**2), dot(mass, across)]) / total
    return float(log(total) + top), means


def axial_moments(kappa: float) -> tuple[float, float]:
    """Mean and variance of x^2, x = cos t, under Watson's law exp(kappa x^2) on the sphere."""
    cosines, weights = _rule()
    square = cosines**2
    mass = weights * exp(kappa * square - max(kappa, 0.0))
    mass /= mass.sum()
    mean = float(dot(mass, square))
    return mean, float(dot(mass, (square - mean) ** 2))
