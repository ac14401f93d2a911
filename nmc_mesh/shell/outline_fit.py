"""A law of shells from outlines in random planes, by the method of simulated moments.

Which plane cut a particle, and how far from its centre, an outline does not tell; nor do small
particles show up as often as large ones. So the law's own shells are cut at random, and the law is
sought whose outlines have the means of the measured ones (``features``), each difference weighed by
the inverse of their covariance. That weight also gives errors of all numbers, and a test: the least
sum of squares has a chi-square law if the family holds the truth (McFadden, doi 10.2307/1913621;
Hansen, doi 10.2307/1912775).
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy import stats
from scipy.optimize import least_squares, nnls

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import volumes
from nmc_mesh.progress import Progress, silent
from nmc_mesh.shell.corpuscles import SphereSizes, saltykov
from nmc_mesh.shell.laws import Law
from nmc_mesh.shell.likelihood import fit_law
from nmc_mesh.shell.model import ShellModel
from nmc_mesh.shell.outline_moments import (
    FIRST,
    TAIL,
    Draws,
    central_powers,
    draws,
    features,
    root_powers,
    rough_laws,
    shells,
    shown,
    size_law,
)
from nmc_mesh.shell.outlines import Outlines
from nmc_mesh.shell.plane_cuts import mass_centres
from nmc_mesh.typing import Bools, Floats

FEWEST = 100  # outlines; ours
LEAST_PIXELS = 16.0  # diameter in pixels under which an outline's shape is not told; ours
_SHELLS, _FEW_SHELLS, _SOME_SHELLS = 3000, 500, 2000
_LOW, _HIGH = (0.3, np.log(0.03), 1e-2, 0.0), (8.0, np.log(4.0), 0.9, 0.35)
_STEPS = (0.03, 0.04, 0.05, 0.03)
_DEGREE_STEP = 0.05
_DOUBT = 1e-3  # chance of the test below which no law of the family will do
_ROUNDS = 6
_RIDGE = 1e-3  # of a variance, that no sum of means is told better than
_UNIT = float(np.sqrt(4 * np.pi))


@dataclass(frozen=True, eq=False)
class OutlineFit:
    """A law of shells found from outlines.

    Parameters
    ----------
    model
        The law, um.
    roots, root_errors
        Standard deviations of a_lm, l = 2 ... L, um, shape (L - 1,), and their standard errors.
    tau_errors
        Relative standard errors of the laws' widths tau_l, shape (L - 1,).
    size, size_errors
        Mean and standard deviation of the particles' volume-equivalent diameters by number, um, and
        their standard errors.
    spheres
        What the outlines' areas give if particles are taken for balls.
    outlines, cut, small
        How many outlines were used, touched a border, or were too small.
    misfit, freedom
        Weighed sum of squares of what is left, and its degrees of freedom.
    """

    model: ShellModel
    roots: Floats
    root_errors: Floats
    tau_errors: Floats
    size: tuple[float, float]
    size_errors: tuple[float, float]
    spheres: SphereSizes
    outlines: int
    cut: int
    small: int
    misfit: float
    freedom: int

    __repr__ = one_line

    @property
    def chance(self) -> float:
        """Chance of a misfit as large if the law were true."""
        return float(stats.chi2.sf(self.misfit, self.freedom))

    def summary(self) -> str:
        """What was found, and how well, in one line for a provenance."""
        errors = ", ".join(f"{100 * error:.1f}" for error in self.root_errors / self.roots)
        return (
            f"outlines: {self.outlines}, at the border: {self.cut}, too small: {self.small}; "
            f"mean diameter {self.size[0]:.4g} +- {self.size_errors[0]:.2g} um, deviation "
            f"{self.size[1]:.4g} +- {self.size_errors[1]:.2g} um; standard errors of the root "
            f"powers of l = 2 ... {self.model.degree}: {errors} %; misfit {self.misfit:.0f} with "
            f"{self.freedom} degrees of freedom"
        )

    def facts(self) -> dict[str, Any]:
        """Plain numbers for a file or a table."""
        return {
            "outlines": self.outlines,
            "cut_by_border": self.cut,
            "too_small": self.small,
            "laws": [{"family": law.family, **vars(law)} for law in self.model.laws],
            "root_power_um": self.roots.tolist(),
            "root_power_error_um": self.root_errors.tolist(),
            "tau_relative_error": self.tau_errors.tolist(),
            "diameter_um": {"mean": self.size[0], "deviation": self.size[1]},
            "diameter_error_um": {"mean": self.size_errors[0], "deviation": self.size_errors[1]},
            "diameter_of_spheres_um": {
                "mean": self.spheres.mean,
                "deviation": self.spheres.deviation,
            },
            "misfit": self.misfit,
            "freedom": self.freedom,
            "chance": self.chance,
        }


class _Problem(NamedTuple):
    """Measured means, how many (``number``) outlines they are of, the random numbers, and units."""

    means: Floats
    number: float
    numbers: Draws
    scale: float
    least: float
    pixel: float


def fit_outlines(
    outlines: Outlines,
    seed: int = 0,
    shells: int = _SHELLS,
    progress: Progress = silent,
) -> OutlineFit:
    """Find the law of shells whose random sections look like measured outlines.

    Coefficients are independent, as in the paper: a_00 log-normal, a_lm of l >= 2 normal or of t
    laws with one nu, which sections hardly tell for every degree; normal unless nu is told by two
    standard errors. Outlines do not tell l = 1, the way from the origin to the centre of mass: its
    law is that of shells whose centre of mass is the origin, given all other degrees.

    Parameters
    ----------
    outlines
        As ``outlines_of`` or ``outlines_of_polygons`` measure them. Those smaller than 16 pixels
        across are left out, here and in the simulation.
    seed
        Of the simulation.
    shells
        How many are drawn; each is cut four times. The error of the simulation is that of so many
        outlines.
    progress
        Told after every step.

    Raises
    ------
    InputError
        If fewer than 100 outlines are left.

    Warns
    -----
    UserWarning
        If no law of this family shows such outlines.
    """
    large = outlines.larger(LEAST_PIXELS * outlines.pixel)
    count = len(large.areas)
    if count < FEWEST:
        raise InputError(
            f"{count} outlines are whole and at least {LEAST_PIXELS:g} pixels across, a law of "
            f"shells needs {FEWEST}; add images, or finer ones"
        )
    degree = large.harmonics.shape[1] + 1
    weights = large.weights / large.weights.sum()
    scale = float(weights @ large.diameters)
    means = weights @ features(large.diameters, np.abs(large.harmonics), scale)
    numbers = draws(shells, degree, np.random.default_rng(seed))
    least = max(float(large.diameters.min()), LEAST_PIXELS * large.pixel)
    counted = 1 / float((weights**2).sum())
    problem = _Problem(means, counted, numbers, scale, least, large.pixel)
    progress("fit", 0.0)
    x, spread, misfit, freedom = _searched(problem, _start(large, weights, scale), progress)
    fitted = _fit_of(x, spread, problem, large, (len(outlines.areas) - count, misfit, freedom))
    progress("fit", 1.0)
    if fitted.chance < _DOUBT:
        warnings.warn(
            "no law with independent coefficients shows such outlines (chance "
            f"{fitted.chance:.1g}); particles may differ in roughness, or outlines be parted badly",
            stacklevel=2,
        )
    return fitted


def _start(outlines: Outlines, weights: Floats, scale: float) -> Floats:
    """Spheres for the sizes, and central planes for the powers."""
    diameters = outlines.diameters
    mean = np.pi / 2 / float(weights @ (1 / diameters))
    spread = max(mean * float(weights @ diameters) * 4 / np.pi - mean * mean, 0.01 * mean * mean)
    sizes = np.array([mean, np.sqrt(spread)]) * _UNIT / (2 * scale)
    amplitudes = np.abs(outlines.harmonics) * (diameters**2)[:, None]
    powers = weights @ amplitudes**2 / float(weights @ diameters**2) / 16 * 1.5
    variances = nnls(central_powers(amplitudes.shape[1] + 1), powers)[0]
    least = 1e-3 * variances.max() / np.arange(2, len(variances) + 2) ** 2
    roots = np.sqrt(np.maximum(variances, least)) / scale
    return np.array([sizes[0], np.log(sizes[1]), 0.2, 0.1, *np.log(roots)])


def _searched(
    problem: _Problem, start: Floats, progress: Progress
) -> tuple[Floats, Floats, float, int]:
    """From afar with few shells, then twice with all, as weights hang on the law.

    A last time with normal laws if nu is not told.
    """
    low = np.concatenate([_LOW, np.full(len(start) - FIRST, np.log(1e-4))])
    high = np.concatenate([_HIGH, np.full(len(start) - FIRST, np.log(2.0))])
    free = np.ones(len(start), dtype=np.bool_)
    few = problem._replace(numbers=problem.numbers.first(_FEW_SHELLS))
    x = _solved(few, np.clip(start, low, high), free, (low, high), None).x
    progress("fit", 0.4)
    some = problem._replace(numbers=problem.numbers.first(_SOME_SHELLS))
    for part in (0.6, 0.8):
        slopes = _slopes(some, x)
        result = _solved(problem, x, free, (low, high), slopes)
        x = result.x
        progress("fit", part)
    if result.x[TAIL] < 2 * np.sqrt(result.spread[TAIL, TAIL]):
        free[TAIL], result.x[TAIL] = False, 0.0
        result = _solved(problem, result.x, free, (low, high), slopes)
    return (*result, len(problem.means) - int(free.sum()))


class _Solution(NamedTuple):
    """Parameters, their covariance, and the weighed sum of squares that is left."""

    x: Floats
    spread: Floats
    misfit: float


def _solved(
    problem: _Problem, at: Floats, free: Bools, ends: tuple[Floats, Floats], known: Floats | None
) -> _Solution:
    """Least squares over the free parameters; ``known``: slopes that are taken all the way."""
    factor = _weights(problem, at)

    def whole(part: Floats) -> Floats:
        x = at.copy()
        x[free] = part
        return x

    def residuals(part: Floats) -> Floats:
        return np.asarray(factor @ (_means(problem, whole(part)) - problem.means))

    def slopes(part: Floats) -> Floats:
        steep = _slopes(problem, whole(part)) if known is None else known
        return np.asarray(factor @ steep[:, free])

    low, high = (end[free] + side for end, side in zip(ends, (-1e-9, 1e-9), strict=True))
    solution = least_squares(
        residuals, at[free], jac=slopes, bounds=(low, high), xtol=3e-3, ftol=5e-3, max_nfev=_ROUNDS
    )
    spread = np.zeros((len(at), len(at)))
    spread[np.ix_(free, free)] = np.linalg.pinv(solution.jac.T @ solution.jac)
    return _Solution(whole(solution.x), spread, float(2 * solution.cost))


def _means(problem: _Problem, x: Floats) -> Floats:
    return shown(x, problem.numbers, problem.scale, problem.least, problem.pixel).means


def _weights(problem: _Problem, x: Floats) -> Floats:
    """Matrix that brings differences of means to covariance 1 if the law ``x`` is true."""
    here = shown(x, problem.numbers, problem.scale, problem.least, problem.pixel)
    away = here.features - here.means
    covariance = (away * here.weights[:, None]).T @ away
    # What the simulation errs by adds to it: each shell counts once, its planes are spread.
    covariance *= 1 / problem.number + 1 / len(problem.numbers.sizes)
    size = np.sqrt(np.diagonal(covariance))
    scaled = covariance / np.outer(size, size) + _RIDGE * np.eye(len(size))
    return np.asarray(np.linalg.inv(np.linalg.cholesky(scaled)) / size)


def _slopes(problem: _Problem, x: Floats) -> Floats:
    """Slopes of the means along all parameters, (f, p)."""
    base, columns = _means(problem, x), []
    for k, step in enumerate([*_STEPS, *[_DEGREE_STEP] * (len(x) - FIRST)]):
        moved = x.copy()
        moved[k] += step
        columns.append((_means(problem, moved) - base) / step)
    return np.stack(columns, axis=1)


def _fit_of(
    x: Floats,
    spread: Floats,
    problem: _Problem,
    outlines: Outlines,
    rest: tuple[int, float, int],
) -> OutlineFit:
    """Laws and errors of the numbers that were found."""
    scale = problem.scale
    table = shells(x, problem.numbers, scale)
    laws: list[Law] = [size_law(x, scale), _centring(table), *rough_laws(x, scale)]
    model = ShellModel(tuple(laws), 10 * outlines.pixel**3)
    drawn = model.sample_many(_SHELLS, np.random.default_rng(0)).coefficients
    diameters = np.cbrt(6 * volumes(drawn) / np.pi)
    size = float(diameters.mean()), float(diameters.std())
    relative = np.sqrt(spread[0, 0]) / x[0], np.sqrt(spread[1, 1])
    gradient = np.zeros((len(x) - FIRST, len(x)))
    gradient[:, FIRST:] = np.eye(len(gradient))
    tau = np.sqrt(np.diagonal(gradient @ spread @ gradient.T))
    gradient[:, TAIL] = 1 / (1 - 2 * x[TAIL])
    roots = root_powers(x) * scale
    small, misfit, freedom = rest
    return OutlineFit(
        model,
        roots,
        roots * np.sqrt(np.diagonal(gradient @ spread @ gradient.T)),
        tau,
        size,
        (size[0] * float(relative[0]), size[1] * float(relative[1])),
        saltykov(outlines.diameters, weights=outlines.weights),
        len(outlines.areas),
        outlines.cut,
        small,
        misfit,
        freedom,
    )


def _centring(table: Floats) -> Law:
    """Law of l = 1 that brings the centres of mass of shells without it to the origin."""
    return fit_law(-np.sqrt(4 * np.pi / 3) * mass_centres(table), centred=True).law
