"""Whether other seeds than Poisson's, or grains of two sizes, tell held-out sections better."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.calibration.law_objective import Objective, whitening
from nmc_mesh.calibration.law_problem import DISPLACEMENTS, Problem, Seeds
from nmc_mesh.calibration.law_search import REACH, ends, slope
from nmc_mesh.calibration.law_sections import Measures
from nmc_mesh.typing import Floats

TRIED: dict[Seeds, tuple[float, ...]] = {
    "lattice": (0.2, 0.3, 0.45),
    "clusters": (0.4, 0.7, 1.2),
}
"""Displacements in grain sizes that a search of other seeds may begin with."""

MIXTURES = ((0.6, 3.0, 1.3), (0.6, 6.0, 2.0), (0.6, 12.0, 2.5))
"""Offsets, powers and upper powers that a search of grains of two sizes may begin with."""

SURE = 2.0
"""Standard errors that the held-out gain must exceed; ours."""

_MOST_FOLDS = 12
_COPIES = 16  # simulated sections per one that is held out


class Start(NamedTuple):
    """A problem with other seeds, a point of it, and |v|^2 of all that were tried, by name."""

    problem: Problem
    x: Floats
    tried: dict[str, float]


class Evidence(NamedTuple):
    """``scores`` by `Problem.kind`: sum over held-out sections of minus twice a log likelihood.

    ``gain`` is the first score minus the second, ``error`` its standard error over ``folds`` parts.
    """

    scores: dict[str, float]
    gain: float
    error: float
    folds: int

    @property
    def sure(self) -> bool:
        """Whether the second law tells held-out sections better."""
        return self.gain > SURE * self.error

    def facts(self) -> dict[str, Any]:
        """All figures, plain."""
        return {**self._asdict(), "chosen": list(self.scores)[self.sure]}


def other_seeds(problem: Problem, x: Floats, copies: int, replicates: int) -> Start:
    """Return the start of a search with other seeds: the nearest to the sections of those tried.

    The numbers are those found with Poisson seeds, the displacements those of `TRIED`, all in the
    units of what differences scatter at x.

    Parameters
    ----------
    problem, x
        With Poisson seeds, and what was found.
    copies, replicates
        Simulated sections per measured one; sets of them that tell how differences scatter.
    """
    best, tried = (np.inf, problem, x), {}
    for seeds, displacements in TRIED.items():
        other = problem.with_seeds(seeds)
        low, high = np.log(DISPLACEMENTS[seeds][:2])
        points = [np.append(x, (np.log(s) - low) / (high - low)) for s in displacements]
        other.weigh(points[-1], replicates)
        other.redraw(copies)
        vectors = other.differences(points)
        for point, displacement, v in zip(points, displacements, vectors, strict=True):
            tried[f"{seeds} {displacement:g}"] = float(v @ v)
            if float(v @ v) < best[0]:
                best = (float(v @ v), other, point)
    return Start(best[1], best[2], tried)


def two_sizes(problem: Problem, x: Floats, copies: int, replicates: int) -> Start:
    """Return the start of a search with a mixture of sizes: the nearest to the sections of a few.

    Parameters
    ----------
    problem, x
        Without a mixture, and what was found.
    copies, replicates
        Simulated sections per measured one; sets of them that tell how differences scatter.
    """
    other, numbers = problem.with_mixture(), problem.numbers(x)
    powers = [(numbers.offset, numbers.power, 1.05), *MIXTURES]
    points = [
        other.point(numbers._replace(offset=offset, power=power, upper_power=upper))
        for offset, power, upper in powers
    ]
    other.weigh(points[0], replicates)
    other.redraw(copies)
    values = [float(v @ v) for v in other.differences(points)]
    tried = {
        f"offset {a:.2g}, powers {b:.2g} and {c:.3g}": value
        for (a, b, c), value in zip(powers, values, strict=True)
    }
    return Start(other, points[int(np.argmin(values))], tried)


def held_out(
    simpler: Problem,
    x: Floats,
    wider: Problem,
    y: Floats,
    copies: int,
    replicates: int,
) -> Evidence:
    """Compare two laws on sections that did not help to find their numbers.

    Sections are left out by turns. Both laws' numbers without them are one Gauss-Newton step from
    those found with all (approximate cross-validation), with the covariance of the wider law's
    differences for both. A score is |C^(-1/2) v|^2 of the sections left out, simulated anew.

    Parameters
    ----------
    simpler, x, wider, y
        Problems on the same sections, and what was found.
    copies, replicates
        Simulated sections per measured one; sets of them that tell how differences scatter.

    References
    ----------
    Approximate cross-validation by one step: K. R. Rad, A. Maleki, J. R. Stat. Soc. B 82 (2020),
    doi 10.1111/rssb.12374.
    """
    count = len(wider.regions)
    folds = np.arange(count) % min(count, _MOST_FOLDS)
    sets = []
    for _ in range(replicates):
        wider.redraw(1)
        sets += wider.measures([y])
    laws = ((simpler, x, _around(simpler, x, copies)), (wider, y, _around(wider, y, copies)))
    scores = np.zeros((2, folds.max() + 1))
    for fold in range(folds.max() + 1):
        rest, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        parts = [_Part.of(wider, chosen, sets) for chosen in (rest, out)]
        for k, (problem, point, planes) in enumerate(laws):
            step = _step(problem, point, planes, parts[0], copies)
            scores[k, fold] = _score(problem, step, parts[1])
    gains = scores[0] - scores[1]
    error = float(gains.std(ddof=1) * np.sqrt(len(gains)))
    first, second = scores.sum(axis=1).tolist()
    sums: dict[str, float] = {simpler.kind: first, wider.kind: second}
    return Evidence(sums, float(gains.sum()), error, len(gains))


class _Part(NamedTuple):
    """Some of the sections: which, how they differ from simulated ones, C^(-1/2) of that."""

    chosen: Sequence[int]
    objective: Objective
    whiten: Floats

    @classmethod
    def of(cls, problem: Problem, chosen: Any, sets: Sequence[Sequence[Measures]]) -> _Part:
        regions = [problem.regions[i] for i in chosen]
        objective = Objective(regions, [problem.planes[i] for i in chosen])
        table = [objective.differences([planes[i] for i in chosen]) for planes in sets]
        return cls(list(chosen), objective, whitening(np.array(table)))

    def vector(self, planes: Sequence[Measures], copies: int) -> Floats:
        """Return the whitened differences of ``copies`` sets of these sections."""
        return np.asarray(self.whiten @ self.objective.differences(planes, copies))

    def of_all(self, planes: Sequence[Measures], copies: int) -> Floats:
        """Return the whitened differences of these sections among ``copies`` sets of all."""
        count = len(planes) // copies
        return self.vector(
            [planes[k * count + i] for k in range(copies) for i in self.chosen], copies
        )


def _around(problem: Problem, x: Floats, copies: int) -> list[list[Measures]]:
    """Simulate the sections at x and at the ends of central differences around it."""
    problem.redraw(copies)
    return problem.measures([x, *ends(x)])


def _step(
    problem: Problem, x: Floats, planes: Sequence[Sequence[Measures]], part: _Part, copies: int
) -> Floats:
    """Return the point after a Gauss-Newton step on a part of the sections."""
    points = ends(x)
    rows = [
        np.concatenate([part.of_all(each, copies), problem.prior(point)])
        for each, point in zip(planes, [x, *points], strict=True)
    ]
    move = -np.linalg.lstsq(slope(points, rows[1:]), rows[0], rcond=None)[0]
    return np.asarray(np.clip(x + np.clip(move, -REACH, REACH), 0.0, 1.0))


def _score(problem: Problem, x: Floats, part: _Part) -> float:
    """Return |C^(-1/2) v|^2 of a part of the sections."""
    some = problem.only(part.chosen)
    some.redraw(_COPIES)
    v = part.vector(some.measures([x])[0], _COPIES)
    return float(v @ v)
