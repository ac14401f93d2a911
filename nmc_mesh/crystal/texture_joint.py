"""The joint law of crystal axes and grain shapes, fitted to planes that hide half of the shape.

A plane shows c axes whole, but of a grain's frame (e_r, e_s) of the law

    p(c) = exp(k_r (c . e_r)^2 + k_s (c . e_s)^2) / Z(k_r, k_s)

only the trace: e_r may leave the plane, e_s may be hidden. Grains that were drawn, whose sections
look alike and whose frames are known, stand in for what is hidden: with K of them for grain i,

    L_i = 1/K sum_k exp(k_r (c_i . e_r^k)^2 + k_s (c_i . e_s^k)^2) / Z,

the likelihood of c_i given what its section looks like. No attenuation by frames that are not those
of the section is left, so far as the drawn grains are like the measured ones.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.crystal.bingham import fibre_moments
from nmc_mesh.typing import Floats

_MOST = 1e3
_NEIGHBOURS = 100
SHOWN = 0.02
"""Least of ``shown`` at which the joint law is worth a fit; **ours**."""
_STARTS = ((0.0, 0.0), (0.0, 4.0), (0.0, -4.0), (-4.0, 0.0), (4.0, 0.0))


class Candidates(NamedTuple):
    """c axes of grains, and frames that they may have: (n, 3), and (n, K, 2, 3) with rows e_r, e_s.

    All axes are unit and in one frame, that of the grain's section.
    """

    axes: Floats
    frames: Floats


class JointFit(NamedTuple):
    """``kappa`` (k_r, k_s); ``errors``, standard ones; ``gain``, log L above the uniform law."""

    kappa: tuple[float, float]
    errors: tuple[float, float]
    gain: float


def shown(known: Floats, frames: Floats) -> float:
    """How far sections tell the short axis: mean of e_s . (T_i - T) e_s over drawn grains.

    T_i is the mean of e_s e_s^T over the grains that look most like grain i (itself left out), T
    that over all: 0 where sections tell nothing, 1/2 where they tell all.

    Parameters
    ----------
    known, frames
        Features of drawn grains, (g, f), and their e_r and e_s, (g, 2, 3).
    """
    short = frames[:, 1]
    near = _near(known, known, 1)[:, 1:]
    alike = np.einsum("nki,ni->nk", short[near], short) ** 2
    mirrored = np.einsum("nki,ni->nk", short[near], short * [1.0, 1.0, -1.0]) ** 2
    every = np.einsum("gi,gj->ij", short, short) / len(short)
    every[:2, 2] = every[2, :2] = 0.0
    own = 0.5 * (alike.mean() + mirrored.mean())
    return float(own - np.einsum("gi,ij,gj->g", short, every, short).mean())


def _near(features: Floats, known: Floats, more: int = 0) -> Floats:
    from scipy.spatial import KDTree

    scale = known.std(axis=0)
    count = min(_NEIGHBOURS + more, len(known))
    return np.asarray(KDTree(known / scale).query(features / scale, k=count)[1])


def candidates(axes: Floats, features: Floats, known: Floats, frames: Floats) -> Candidates:
    """Give grains the frames of the drawn ones whose sections look most like theirs.

    Every frame comes with its mirror image in the plane, which looks the same.

    Parameters
    ----------
    axes, features
        c axes in the frames of their sections, (n, 3); what the sections look like, (n, f).
    known, frames
        Features of drawn grains, (g, f), and their e_r and e_s, (g, 2, 3).
    """
    chosen = frames[_near(features, known)]
    mirrored = chosen * np.array([1.0, 1.0, -1.0])
    return Candidates(axes, np.concatenate([chosen, mirrored], axis=1))


def fit_joint(given: Candidates) -> JointFit:
    """Return the concentrations of largest likelihood; errors from its curvature there."""
    from scipy.optimize import minimize

    squares = np.einsum("nkai,ni->nka", given.frames, given.axes) ** 2

    def climb(kappa: Floats) -> tuple[float, Floats]:
        level = squares @ kappa
        top = level.max(axis=1)
        weights = np.exp(level - top[:, None])
        sums = weights.sum(axis=1)
        log_z, mean = fibre_moments(float(kappa[0]), float(kappa[1]))
        likely = (np.log(sums / weights.shape[1]) + top).sum() - len(level) * log_z
        seen = np.einsum("nk,nka->na", weights / sums[:, None], squares).sum(axis=0)
        return -likely, len(level) * mean - seen

    limits = [(-_MOST, _MOST)] * 2
    tries = [
        minimize(climb, np.array(start), jac=True, method="L-BFGS-B", bounds=limits)
        for start in _STARTS
    ]
    best = min(tries, key=lambda optimum: float(optimum.fun))
    kappa = np.asarray(best.x)
    steps = 1e-3 * (1 + np.abs(kappa))
    curve = np.stack(
        [
            (climb(kappa + step)[1] - climb(kappa - step)[1]) / (2 * step.sum())
            for step in np.diag(steps)
        ]
    )
    try:
        variance = np.diag(np.linalg.inv(0.5 * (curve + curve.T)))
    except np.linalg.LinAlgError:
        variance = np.full(2, np.nan)
    errors = np.sqrt(np.where(variance > 0, variance, np.nan))
    pair = (float(kappa[0]), float(kappa[1]))
    return JointFit(pair, (float(errors[0]), float(errors[1])), -float(best.fun))
