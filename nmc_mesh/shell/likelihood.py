"""Maximum-likelihood fits of the three families of coefficient laws."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import gammaln

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.shell.laws import Law, LogNormal, Normal, Student
from nmc_mesh.typing import AnyArray, Floats

_FEWEST = 8


@dataclass(frozen=True)
class LawFit:
    """The law that fits best, and what the others reach.

    Parameters
    ----------
    law
        Family with the smallest AIC = 2 k - 2 log L, k its number of free parameters.
    log_likelihood
        Largest log L of every family.
    aic
        AIC of every family.
    count
        Numbers that were fitted.
    """

    law: Law
    log_likelihood: Mapping[str, float]
    aic: Mapping[str, float]
    count: int

    __repr__ = one_line


def fit_law(values: AnyArray, centred: bool) -> LawFit:
    """Maximum likelihood among normal, log-normal and scaled Student t, chosen by AIC (ours).

    Parameters
    ----------
    values
        Independent numbers in um, any shape.
    centred
        The mean of the law is zero, as isotropy demands for every degree l >= 1.

    Raises
    ------
    InputError
        If there are fewer than eight numbers, one is not finite, or all are equal.
    """
    x = np.asarray(values, dtype=np.float64).ravel()
    if len(x) < _FEWEST:
        raise InputError(f"a law is fitted to {_FEWEST} numbers or more, there are {len(x)}")
    if not np.isfinite(x).all() or np.ptp(x) == 0:
        raise InputError("a law is fitted to finite numbers that are not all equal")
    fits = {name: fitter(x, centred) for name, fitter in _FITTERS.items()}
    aic = {name: 2.0 * k - 2.0 * level for name, (_, level, k) in fits.items()}
    best = min(aic, key=lambda name: aic[name])
    return LawFit(fits[best][0], {name: fit[1] for name, fit in fits.items()}, aic, len(x))


def _normal(x: Floats, centred: bool) -> tuple[Law, float, int]:
    mean = 0.0 if centred else float(x.mean())
    deviation = float(np.sqrt(((x - mean) ** 2).mean()))
    level = -len(x) * (np.log(deviation) + 0.5 * np.log(2 * np.pi) + 0.5)
    return Normal(mean, deviation), float(level), 1 if centred else 2


def _lognormal(x: Floats, centred: bool) -> tuple[Law, float, int]:
    """Search along loc; for a given loc the best shape and scale are known in closed form.

    With a free mean they are the moments of log(x - loc). With mean zero, loc = -scale
    exp(shape^2 / 2), and shape^2 = 2 sqrt(1 + S) - 2, S the mean of (log(x - loc) - log(-loc))^2.
    """
    low, width = float(x.min()), float(x.std())

    def at(log_gap: float) -> tuple[float, LogNormal]:
        loc = low - np.exp(log_gap)
        y = np.log(x - loc)
        if centred:
            variance = 2.0 * (np.sqrt(1.0 + ((y - np.log(-loc)) ** 2).mean()) - 1.0)
            middle = np.log(-loc) - 0.5 * variance
        else:
            middle, variance = y.mean(), y.var()
        spread = ((y - middle) ** 2).mean() / variance
        level = -y.sum() - 0.5 * len(x) * (np.log(2 * np.pi * variance) + spread)
        return float(level), LogNormal(float(np.sqrt(variance)), float(loc), float(np.exp(middle)))

    # The likelihood grows without bound where loc meets the smallest number: the gap stays above
    # a twentieth of the deviation. Far below, the law becomes the normal one.
    span = (np.log(0.05 * width), np.log(200.0 * width))
    optimum = minimize_scalar(lambda gap: -at(gap)[0], bounds=span, method="bounded")
    level, law = at(float(optimum.x))
    return law, level, 2 if centred else 3


def _student(x: Floats, centred: bool) -> tuple[Law, float, int]:
    def cost(parameters: Floats) -> float:
        nu, tau = np.exp(parameters[0]), np.exp(parameters[1])
        z = (x - (0.0 if centred else parameters[2])) / tau
        constant = gammaln((nu + 1) / 2) - gammaln(nu / 2) - 0.5 * np.log(nu * np.pi) - np.log(tau)
        return float(0.5 * (nu + 1) * np.log1p(z * z / nu).sum() - len(x) * constant)

    start = [np.log(6.0), np.log(0.8 * float(np.sqrt((x * x).mean())))]
    if not centred:
        start = [np.log(6.0), np.log(0.8 * float(x.std())), float(np.median(x))]
    bounds = [(np.log(0.2), np.log(1000.0)), (None, None), (None, None)][: len(start)]
    optimum = minimize(cost, np.array(start), method="L-BFGS-B", bounds=bounds)
    nu, tau = np.exp(optimum.x[:2])
    loc = 0.0 if centred else float(optimum.x[2])
    return Student(float(nu), float(tau), loc), -float(optimum.fun), 2 if centred else 3


_FITTERS = {"normal": _normal, "lognormal": _lognormal, "student": _student}


def parameter_deviations(
    rows: AnyArray, law: Law, centred: bool, rng: np.random.Generator, rounds: int = 100
) -> dict[str, float]:
    """Bootstrap deviation of every parameter of ``law``, refitted to particles drawn again.

    Parameters
    ----------
    rows
        The coefficients of one degree, a row per particle, shape (n, 2 l + 1), um. The
        coefficients of a particle stay together, so their dependence is allowed for.
    law, centred
        The law fitted to ``rows``; its family stays.
    rng, rounds
        Draw the particles, so often.
    """
    table = np.asarray(rows, dtype=np.float64)
    fitter = _FITTERS[law.family]
    drawn = [
        list(
            vars(
                fitter(table[rng.integers(0, len(table), len(table))].ravel(), centred)[0]
            ).values()
        )
        for _ in range(rounds)
    ]
    return dict(zip(vars(law), np.std(drawn, axis=0, ddof=1).tolist(), strict=True))
