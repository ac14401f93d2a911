"""A homogeneous ball under a constant flux: what meshes and solvers are measured against."""

from __future__ import annotations

import numpy as np

from nmc_mesh.typing import Floats

_TERMS = 200
_LEAST = 42.0  # exp(-42) is 6e-19


def _roots(tau: float) -> Floats:
    """Positive roots of tan(alpha) = alpha, ascending, whose exp(-alpha^2 tau) counts."""
    start = (np.arange(1, _TERMS + 1) + 0.5) * np.pi
    root = start - 1 / start
    for _ in range(8):
        root -= (np.sin(root) - root * np.cos(root)) / (root * np.sin(root))
    return root[: max(1, int(np.searchsorted(root**2 * tau, _LEAST)))]


def concentration(rho: Floats, tau: float) -> Floats:
    """Concentration in units of F a / D, over that at the start, after a constant flux F.

    c = 3 tau + rho^2 / 2 - 3/10 - 2 sum_n exp(-alpha_n^2 tau) sin(alpha_n rho)
    / (alpha_n^2 rho sin(alpha_n)), tan(alpha_n) = alpha_n; J. Crank, The Mathematics of Diffusion,
    2nd ed., eq. 6.45.

    Parameters
    ----------
    rho
        Distance from the centre over the radius a, in [0, 1].
    tau
        D t / a^2, at least 0.001 or so: 200 terms are summed at most.
    """
    rho = np.maximum(np.asarray(rho, dtype=np.float64), 1e-9)
    alpha = _roots(tau)
    weight = np.exp(-(alpha**2) * tau) / (alpha**2 * np.sin(alpha))
    series = np.einsum("k,k...->...", weight, np.sin(np.multiply.outer(alpha, rho)))
    result: Floats = 3 * tau + rho**2 / 2 - 0.3 - 2 * series / rho
    return result


def mean_concentration(rho: Floats, tau: float) -> Floats:
    """Mean of :func:`concentration` over the ball of radius rho: 3 / rho^3 integral c rho^2."""
    rho = np.maximum(np.asarray(rho, dtype=np.float64), 1e-3)
    alpha = _roots(tau)
    weight = np.exp(-(alpha**2) * tau) / (alpha**2 * np.sin(alpha))
    phase = np.multiply.outer(alpha, rho)
    scale = alpha.reshape(-1, *[1] * rho.ndim)
    part = np.sin(phase) / scale**2 - rho * np.cos(phase) / scale
    result: Floats = (
        3 * tau + 0.3 * rho**2 - 0.3 - 6 / rho**3 * np.einsum("k,k...->...", weight, part)
    )
    return result


def stress(rho: Floats, tau: float, poisson: float) -> tuple[Floats, Floats]:
    """Radial and hoop stress in units of E beta F a / D, where c swells by a strain beta c.

    sigma_r = 2/3 (m(1) - m(rho)) / (1 - nu), sigma_h = 1/3 (2 m(1) + m(rho) - 3 c(rho)) / (1 - nu)
    with m the mean over the ball inside; as thermal stress, Timoshenko and Goodier, Theory of
    Elasticity; for intercalation, Cheng and Verbrugge 2009, doi 10.1016/j.jpowsour.2009.01.021.
    """
    whole = mean_concentration(np.ones(1), tau)[0]
    inside = mean_concentration(rho, tau)
    radial = 2 / 3 * (whole - inside) / (1 - poisson)
    hoop = (2 * whole + inside - 3 * concentration(rho, tau)) / (3 * (1 - poisson))
    return radial, hoop
