"""Whether intervals hold the truth as often as they say: trials over a population."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Bools, Floats
from nmc_mesh.validation.grains_intervals import (
    DISCREPANCY,
    ENDS,
    LEVEL,
    LEVELS,
    intervals,
    widened,
)
from nmc_mesh.validation.grains_population import POPULATIONS, Hidden, Population
from nmc_mesh.validation.grains_samples import FIGURES, figures_of, stratified, strewn
from nmc_mesh.validation.grains_trials import TrialFile

_PLACES = 40  # of the truth, about 7,000 grains in all
_REACH = 3.5
_SURE = 0.95  # probability of the interval of a share
_GRID = np.arange(81) * 0.0025  # of the scatter that is added
_BINS = 8  # of ranks


class Coverage(NamedTuple):
    """How often intervals of a figure held the truth.

    ``held`` of ``trials``; ``low`` and ``high`` are the 95 % interval of the share by Clopper and
    Pearson; ``width`` is the median of (high - low) / median; ``bias`` the mean relative error of
    the median; ``ranks`` how many truths lie in every eighth of their posterior, ``uniform`` the
    probability of ranks as uneven by chance (chi-square test).

    References
    ----------
    Ranks: S. Talts et al., arXiv:1804.06788 (2018), there for truths drawn from the prior.
    """

    figure: str
    group: str
    trials: int
    held: int
    low: float
    high: float
    width: float
    bias: float
    ranks: tuple[int, ...]
    uniform: float


class Half(NamedTuple):
    """Scatter of a figure that one half of the trials asks for, and what it does on the other.

    ``needed`` is the least standard deviation of the logarithm with which intervals hold 90 % of
    the truths of the half that has ``fitted`` trials; they then held ``held`` of the others'
    ``tested``.
    """

    figure: str
    half: str
    fitted: int
    needed: float
    tested: int
    held: int


def run_coverage(
    count: int,
    seed: int,
    kept: TrialFile,
    progress: Progress = silent,
    population: str = "distance",
) -> list[dict[str, Any]]:
    """Find intervals from sections of ``count`` hidden truths, beside the figures of the truth.

    Parameters
    ----------
    count
        Of truths 0, 1, ...
    seed
        Of the population.
    kept
        Trials that are there are taken over, others are added as soon as they are done.
    progress
        Told after every trial.
    population
        Of `POPULATIONS`.
    """
    trials = []
    for number in range(count):
        key = {"coverage": number, "seed": seed, "population": population}
        trial = kept.find(key)
        if trial is None:
            trial = {**key, **_trial(POPULATIONS[population].draw(number, seed), number, seed)}
            kept.add(trial)
        trials.append(trial)
        progress("coverage", (number + 1) / count)
    return trials


def _trial(truth: Hidden, number: int, seed: int) -> dict[str, Any]:
    rng = np.random.default_rng([seed, 32, number])
    samples = strewn(truth.model, truth.radius, stratified(_PLACES, rng), _REACH, rng)
    size = np.array([truth.model.grain_size])
    known = figures_of(samples.together.measures(), size)
    sections = truth.sections(1000 * seed + number)
    start = time.process_time()
    result = intervals(sections, number, discrepancy={}, depth=truth.below_shell)
    return {
        "kind": truth.kind,
        "sections": len(sections),
        "off_centre": sum(height > 0 for height in truth.heights),
        "grains": sum(int(section.image.labels.max()) for section in sections),
        "cpu_seconds": time.process_time() - start,
        "truth": {name: float(value[0]) for name, value in known.items()},
        "quantiles": {name: list(each) for name, each in result.quantiles.items()},
        "numbers": {name: list(each) for name, each in result.numbers.items()},
        "misfit": result.misfit,
        "narrower": dict(result.narrower),
    }


def coverages(
    trials: Sequence[Mapping[str, Any]], discrepancy: Mapping[str, float] = DISCREPANCY
) -> list[Coverage]:
    """Count intervals that hold the truth, by figure: of all, inside, outside, and of every kind.

    Parameters
    ----------
    trials
        As `run_coverage` returns them.
    discrepancy
        Scatter that is added for what the family leaves out; trials are kept without.
    """
    kinds = _population(trials)
    groups = {
        "all": trials,
        "inside": [trial for trial in trials if trial["kind"] in kinds.inside],
        "outside": [trial for trial in trials if trial["kind"] in kinds.outside],
        **{kind: [trial for trial in trials if trial["kind"] == kind] for kind in kinds.kinds},
    }
    return [
        _coverage(figure, group, some, discrepancy.get(figure, 0.0))
        for figure in FIGURES
        for group, some in groups.items()
        if some
    ]


def halves(trials: Sequence[Mapping[str, Any]]) -> list[Half]:
    """Set the scatter for what the family leaves out from one half of the trials, test the other.

    The first half is that of every other round of kinds, so both have all kinds.

    Parameters
    ----------
    trials
        As `run_coverage` returns them.
    """
    round_of = len(_population(trials).kinds)
    first, second = (
        [trial for trial in trials if trial["coverage"] // round_of % 2 == half] for half in (0, 1)
    )
    rows = []
    for name, own, other in (("first", first, second), ("second", second, first)):
        for figure in FIGURES if own and other else ():
            needed = _needed(figure, own)
            held = int(_held(figure, other, needed).sum())
            rows.append(Half(figure, name, len(own), needed, len(other), held))
    return rows


def _population(trials: Sequence[Mapping[str, Any]]) -> Population:
    """Return the population that trials are of."""
    return POPULATIONS[trials[0]["population"] if trials else "distance"]


def _needed(figure: str, trials: Sequence[Mapping[str, Any]]) -> float:
    for more in _GRID.tolist():
        if float(_held(figure, trials, more).mean()) >= LEVEL:
            return float(more)
    return float(_GRID[-1])


def _held(figure: str, trials: Sequence[Mapping[str, Any]], more: float) -> Bools:
    table, known = _table(figure, trials, more)
    low, _, high = table[:, ENDS].T
    return np.asarray((low <= known) & (known <= high))


def _table(figure: str, trials: Sequence[Mapping[str, Any]], more: float) -> tuple[Floats, Floats]:
    """Return widened quantiles, a row per trial, and the true figures."""
    table = widened(np.array([trial["quantiles"][figure] for trial in trials]), more)
    return table, np.array([trial["truth"][figure] for trial in trials])


def _coverage(
    figure: str, group: str, trials: Sequence[Mapping[str, Any]], more: float
) -> Coverage:
    from scipy.stats import binomtest, chisquare

    table, known = _table(figure, trials, more)
    low, median, high = table[:, ENDS].T
    held = int(_held(figure, trials, more).sum())
    share = binomtest(held, len(trials), LEVEL).proportion_ci(_SURE, "exact")
    ranks = (table < known[:, None]).sum(axis=1) * _BINS // (len(LEVELS) + 1)
    bins = np.bincount(ranks, minlength=_BINS)
    return Coverage(
        figure,
        group,
        len(trials),
        held,
        float(share.low),
        float(share.high),
        float(np.median((high - low) / median)),
        float(np.mean(median / known - 1.0)),
        tuple(bins.tolist()),
        float(chisquare(bins).pvalue),
    )
