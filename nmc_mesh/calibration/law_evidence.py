"""Which of two laws tells sections better that did not help to find their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.calibration.law_objective import Objective, whitening
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.law_search import REACH, ends, slope
from nmc_mesh.calibration.law_sections import Measures
from nmc_mesh.typing import Floats

SURE = 3.0
"""Deviations by which the gain must exceed what the simpler law's own sections give; ours.

Three, not two: the scatter of the gain does not hold that the laws' numbers are estimates. On ten
truths of the simpler law the excess was 0.6 +- 1.2 deviations (`benchmarks/law_choices.py`), so two
deviations would err in one of eight choices, three in one of fifty."""

_MOST_FOLDS = 6
_SIMULATED = 48  # sections of each law that the likelihood ratio is learnt from
_OWN = 24  # copies of the sections held out that tell what the simpler law would gain
_RIDGE = 1.0
_ROUNDING = 1e-6


class Evidence(NamedTuple):
    """``gain``: log likelihood of held-out sections by the second of ``laws``, over the first's.

    ``expected`` and ``scatter`` are mean and standard deviation of the gain if the sections were
    the first law's own, ``promised`` its mean if they were the second's. All three are shifted
    alike by what the ratio errs. ``folds``: parts that were left out by turns.
    """

    laws: tuple[str, str]
    gain: float
    expected: float
    scatter: float
    promised: float
    folds: int

    @property
    def surprise(self) -> float:
        """How far the gain lies over that of the first law's own sections, in deviations."""
        return (self.gain - self.expected) / max(self.scatter, _ROUNDING)

    @property
    def sure(self) -> bool:
        """Whether the second law tells held-out sections better, as the first would hardly let it.

        The gain is nearer to what the second law's sections would give, and more than `SURE`
        deviations over what the first one's would (Cox's test).
        """
        nearer = self.gain > 0.5 * (self.expected + self.promised)
        return nearer and self.surprise > SURE

    def facts(self) -> dict[str, Any]:
        """All figures, plain."""
        return {
            **self._asdict(),
            "laws": list(self.laws),
            "surprise": self.surprise,
            "chosen": self.laws[self.sure],
        }


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
    those found with all (approximate cross-validation). Sections of both are simulated with the
    same random numbers, and a logistic regression that tells grains of one from those of the other
    gives the logarithm of the ratio of the likelihoods of a grain (`Ratio`); its sum over the
    grains left out is the gain. What it would be on sections of either law is simulated too: grains
    that touch are not independent, two laws of similar grains differ by little, and the ratio errs.
    A law of the distance from the centre and one of the depth below the shell differ in where which
    grains are, so there the ratio is one of a grain and its place.

    Parameters
    ----------
    simpler, x, wider, y
        Problems on the same sections, and what was found.
    copies, replicates
        Simulated sections per measured one; sets of them that tell how differences scatter.

    References
    ----------
    Approximate cross-validation by one step: K. R. Rad, A. Maleki, J. R. Stat. Soc. B 82 (2020),
    doi 10.1111/rssb.12374. Test by the ratio simulated: D. R. Cox, J. R. Stat. Soc. B 24 (1962).
    Ratios of likelihoods by a classifier: K. Cranmer, J. Pavez, G. Louppe, arXiv:1506.02169.
    """
    count, placed = len(wider.regions), simpler.depth != wider.depth
    folds = np.arange(count) % min(count, _MOST_FOLDS)
    sets = []
    for _ in range(replicates):
        wider.redraw(1)
        sets += wider.measures([y])
    laws = ((simpler, x, _around(simpler, x, copies)), (wider, y, _around(wider, y, copies)))
    gain, expected, promised, variance = 0.0, 0.0, 0.0, 0.0
    for fold in range(folds.max() + 1):
        rest, out = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        part = _Part.of(wider, rest, sets)
        points = [_step(problem, at, planes, part, copies) for problem, at, planes in laws]
        ratio = _learnt(simpler, points[0], wider, points[1], placed)
        gain += float(ratio([wider.planes[i] for i in out]).sum())
        seed = wider.fresh_seed()
        own, other = (
            ratio(_drawn(law, at, out, _OWN, seed)).reshape(_OWN, len(out)).sum(axis=1)
            for law, at in zip((simpler, wider), points, strict=True)
        )
        expected += float(own.mean())
        variance += float(own.var(ddof=1))
        promised += float(other.mean())
    kinds = ("distance", "depth") if placed else (simpler.kind, wider.kind)
    scatter = float(np.sqrt(variance))
    return Evidence(kinds, gain, expected, scatter, promised, int(folds.max()) + 1)


def _learnt(simpler: Problem, x: Floats, wider: Problem, y: Floats, placed: bool) -> Ratio:
    """Learn the ratio from sections of both laws, with the same random numbers where it can be."""
    every = range(len(wider.regions))
    copies, seed = int(np.ceil(_SIMULATED / len(every))), wider.fresh_seed()
    first, second = _drawn(simpler, x, every, copies, seed), _drawn(wider, y, every, copies, seed)
    return Ratio.of(first, second, placed)


def _drawn(
    problem: Problem, x: Floats, chosen: Sequence[int] | Any, copies: int, seed: int
) -> list[Measures]:
    some = problem.only(chosen, seed)
    some.redraw(copies)
    return some.measures([x])[0]


@dataclass(frozen=True, eq=False)
class Ratio:
    """Logarithm of the second law's density over the first's at a grain, phi(grain) w.

    phi has 1, the first four columns of `Measures` (size, extent along over across the radius,
    elongation, direction), their products of two and the cube of the first; if ``placed``, also
    the depth below the outline, the distance from the centre, their products of two, and all of
    these times each of the four. All are in units of their scatter.
    """

    center: Floats
    scale: Floats
    weights: Floats
    placed: bool

    __repr__ = one_line

    @classmethod
    def of(
        cls, first: Sequence[Measures], second: Sequence[Measures], placed: bool = False
    ) -> Ratio:
        """Learn it from sections of both laws, by logistic regression with a ridge."""
        from scipy.optimize import minimize

        tables = [np.concatenate([plane.table for plane in each]) for each in (first, second)]
        terms = _terms(np.concatenate(tables), placed)
        center, scale = terms.mean(axis=0), np.maximum(terms.std(axis=0), 1e-9)
        table = np.column_stack([np.ones(len(terms)), (terms - center) / scale])
        sign = np.repeat([-1.0, 1.0], [len(each) for each in tables])

        def loss(w: Floats) -> tuple[float, Floats]:
            margin = sign * (table @ w)
            wrong = np.exp(-np.logaddexp(0.0, margin))
            hold = np.append(0.0, w[1:])
            value = np.logaddexp(0.0, -margin).sum() + _RIDGE * hold @ hold
            return float(value), np.asarray(2 * _RIDGE * hold - table.T @ (sign * wrong))

        weights = minimize(loss, np.zeros(table.shape[1]), jac=True, method="L-BFGS-B").x
        weights[0] += np.log(len(tables[0]) / len(tables[1]))
        return cls(center, scale, weights, placed)

    def __call__(self, planes: Sequence[Measures]) -> Floats:
        """Return the sum over the grains of every plane, shape (n,)."""
        sums = []
        for plane in planes:
            scaled = (_terms(plane.table, self.placed) - self.center) / self.scale
            sums.append(float((self.weights[0] + scaled @ self.weights[1:]).sum()))
        return np.array(sums)


def _terms(table: Floats, placed: bool) -> Floats:
    grains = table[:, :4]
    terms = np.concatenate([grains, _products(grains), grains[:, :1] ** 3], axis=1)
    if not placed:
        return terms
    where = np.concatenate([table[:, 4:6], _products(table[:, 4:6])], axis=1)
    both = (grains[:, :, None] * where[:, None]).reshape(len(table), -1)
    return np.concatenate([terms, where, both], axis=1)


def _products(columns: Floats) -> Floats:
    """Return the products of two of the columns, shape (n, k (k + 1) / 2)."""
    first, second = np.triu_indices(columns.shape[1])
    return np.asarray(columns[:, first] * columns[:, second])


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

    def of_all(self, planes: Sequence[Measures], copies: int) -> Floats:
        """Return the whitened differences of these sections among ``copies`` sets of all."""
        count = len(planes) // copies
        some = [planes[k * count + i] for k in range(copies) for i in self.chosen]
        return np.asarray(self.whiten @ self.objective.differences(some, copies))


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
