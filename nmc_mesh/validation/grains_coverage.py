"""Whether intervals hold the truth as often as they say: trials over a population."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.progress import Progress, silent
from nmc_mesh.validation.grains_intervals import DISCREPANCY, LEVEL, Interval, intervals
from nmc_mesh.validation.grains_population import INSIDE, hidden_truth
from nmc_mesh.validation.grains_samples import FIGURES, figures_of, stratified, strewn
from nmc_mesh.validation.grains_trials import TrialFile

_PLACES = 40  # of the truth, about 7,000 grains in all
_REACH = 3.5
_SURE = 0.95  # probability of the interval of a share


class Coverage(NamedTuple):
    """How often intervals of a figure held the truth.

    ``held`` of ``trials``; ``low`` and ``high`` are the 95 % interval of the share by Clopper and
    Pearson; ``width`` is the median of (high - low) / median; ``bias`` the mean relative error of
    the median.
    """

    figure: str
    group: str
    trials: int
    held: int
    low: float
    high: float
    width: float
    bias: float


def run_coverage(
    count: int, seed: int, kept: TrialFile, progress: Progress = silent
) -> list[dict[str, Any]]:
    """Find intervals from sections of ``count`` hidden truths, beside the figures of the truth.

    Parameters
    ----------
    count
        Of truths, `hidden_truth` 0, 1, ...
    seed
        Of the population.
    kept
        Trials that are there are taken over, others are added as soon as they are done.
    progress
        Told after every trial.
    """
    trials = []
    for number in range(count):
        key = {"coverage": number, "seed": seed}
        trial = kept.find(key)
        if trial is None:
            trial = {**key, **_trial(number, seed)}
            kept.add(trial)
        trials.append(trial)
        progress("coverage", (number + 1) / count)
    return trials


def _trial(number: int, seed: int) -> dict[str, Any]:
    truth = hidden_truth(number, seed)
    rng = np.random.default_rng([seed, 32, number])
    samples = strewn(truth.model, truth.radius, stratified(_PLACES, rng), _REACH, rng)
    size = np.array([truth.model.grain_size])
    known = figures_of(samples.together.measures(), size)
    sections = truth.sections(1000 * seed + number)
    start = time.process_time()
    result = intervals(sections, number, discrepancy={})
    return {
        "kind": truth.kind,
        "sections": len(sections),
        "off_centre": sum(height > 0 for height in truth.heights),
        "grains": sum(int(section.image.labels.max()) for section in sections),
        "cpu_seconds": time.process_time() - start,
        "truth": {name: float(value[0]) for name, value in known.items()},
        "intervals": {name: list(each) for name, each in result.figures.items()},
        "numbers": {name: list(each) for name, each in result.numbers.items()},
        "misfit": result.misfit,
        "narrower": dict(result.narrower),
    }


def coverages(
    trials: Sequence[Mapping[str, Any]], discrepancy: Mapping[str, float] = DISCREPANCY
) -> list[Coverage]:
    """Count the intervals that hold the truth, by figure: of all truths, inside and outside."""
    groups = {
        "all": trials,
        "inside": [trial for trial in trials if trial["kind"] in INSIDE],
        "outside": [trial for trial in trials if trial["kind"] not in INSIDE],
    }
    return [
        _coverage(figure, group, some, discrepancy.get(figure, 0.0))
        for figure in FIGURES
        for group, some in groups.items()
        if some
    ]


def _coverage(
    figure: str, group: str, trials: Sequence[Mapping[str, Any]], more: float
) -> Coverage:
    from scipy.stats import binomtest

    every = [Interval(*trial["intervals"][figure]).wider(more) for trial in trials]
    known = [trial["truth"][figure] for trial in trials]
    held = sum(i.low <= value <= i.high for i, value in zip(every, known, strict=True))
    share = binomtest(held, len(trials), LEVEL).proportion_ci(_SURE, "exact")
    width = float(np.median([(i.high - i.low) / i.median for i in every]))
    bias = float(np.mean([i.median / v - 1.0 for i, v in zip(every, known, strict=True)]))
    return Coverage(
        figure, group, len(trials), held, float(share.low), float(share.high), width, bias
    )
