"""Preferred orientation of the grains of a section: density, score, choice of sections."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats

QUARTER = np.pi / 2
SIGNIFICANT = 3.0
CENTRAL = 0.2


class Preference(NamedTuple):
    """Preference of grains for the radial direction.

    ``score`` in [-1, 1]: 1 if all grains are radial, 0 without preference, -1 if all tangential.
    ``error`` is its standard error without preference, ``grains`` how many had an orientation.
    """

    score: float
    error: float
    grains: int

    @property
    def radial(self) -> bool:
        """Whether the preference is beyond chance: score > 3 standard errors."""
        return self.score > SIGNIFICANT * self.error

    def central(self, least: float = CENTRAL) -> bool:
        """Whether the section passed near the particle's centre: score >= ``least``, beyond chance.

        The size of the score tells, not its significance, which grows with the number of grains.
        0.2 is ours: sections of the model nmc-radial have 0.45, 0.37, 0.22, 0.12 at 0, 0.2, 0.4,
        0.5 radii from the centre, each within 0.05, and -0.2 if no grain is radial.
        """
        return self.score >= least and self.radial


def preference(orientations: Floats) -> Preference:
    """Return the mean of cos 2 alpha and its standard error 1 / sqrt(2 n) for uniform alpha; ours.

    Sections far from the centre of a particle show less preference (Fig. 11 of doi
    10.1038/s43246-024-00728-5); the paper leaves out those with none, without saying how it told.

    Parameters
    ----------
    orientations
        alpha in radians, in [0, pi/2], shape (n,); NaN is left out.

    Raises
    ------
    InputError
        If an angle lies elsewhere.
    """
    alpha = _checked(orientations)
    if len(alpha) == 0:
        return Preference(0.0, np.inf, 0)
    return Preference(float(np.cos(2 * alpha).mean()), float(np.sqrt(0.5 / len(alpha))), len(alpha))


def density(orientations: Floats, at: Floats, bandwidth: float | None = None) -> Floats:
    """Return f(a) = 1/(n h) sum_i sum_m k((a - m pi - a_i)/h) + k((a - m pi + a_i)/h).

    k is the normal density, m any whole number: the sample is reflected at 0 and pi/2, so f
    integrates to 1 over [0, pi/2] and is 2/pi where there is no preference.

    Parameters
    ----------
    orientations
        alpha in radians, in [0, pi/2], shape (n,); NaN is left out.
    at
        Where to evaluate, in [0, pi/2], shape (m,).
    bandwidth
        h in radians; default: Silverman's 0.9 min(deviation, IQR / 1.34) n^(-1/5), at least 0.02.

    Raises
    ------
    InputError
        If no angle is left, one lies elsewhere, or the bandwidth is not positive.
    """
    alpha = _checked(orientations)
    if len(alpha) == 0:
        raise InputError("no grain has an orientation; a density needs one at least")
    width = _silverman(alpha) if bandwidth is None else float(bandwidth)
    if not width > 0:
        raise InputError(f"the bandwidth must be positive, not {bandwidth}")
    reach = 9 * width  # beyond, k is less than rounding
    turns = np.pi * np.arange(-int(reach / np.pi) - 1, int(reach / np.pi) + 2)
    mirrored = np.concatenate([(turns[:, None] + sign * alpha).ravel() for sign in (1, -1)])
    mirrored = mirrored[(mirrored > -reach) & (mirrored < QUARTER + reach)]
    distance = (np.asarray(at, np.float64)[:, None] - mirrored) / width
    total: Floats = np.exp(-0.5 * distance**2).sum(axis=1)
    return total / (len(alpha) * width * np.sqrt(2 * np.pi))


def _checked(orientations: Floats) -> Floats:
    alpha: Floats = np.asarray(orientations, dtype=np.float64)
    alpha = alpha[~np.isnan(alpha)]
    if len(alpha) and (alpha.min() < -1e-12 or alpha.max() > QUARTER + 1e-12):
        raise InputError("orientations of grains lie in [0, pi/2] radians; convert degrees")
    return alpha


def _silverman(alpha: Floats) -> float:
    quartiles = np.percentile(alpha, [25, 75])
    spread = min(alpha.std(), float(np.diff(quartiles)[0]) / 1.34)
    return max(0.9 * spread * len(alpha) ** -0.2, 0.02)
