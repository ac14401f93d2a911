"""Intervals of figures in space, and of a family's numbers, that sections leave open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.calibration.emulator import Emulator
from nmc_mesh.calibration.posterior import Posterior, posterior
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.parallel import for_chunks
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import AnyArray, Floats
from nmc_mesh.validation.grains_samples import Samples, figures_of, stratified, strewn

LEVEL = 0.9
"""Probability of an interval."""

DISCREPANCY: Mapping[str, float] = MappingProxyType(
    {
        "volume": 0.0,
        "volume_cv": 0.0,
        "elongation": 0.0125,
        "flatness": 0.0,
        "radial_angle": 0.0,
        "boundary_density": 0.0,
        "number_density": 0.0,
    }
)
"""Standard deviation of the logarithm of a figure that is added for what the family leaves out.

Ours: the least with which intervals held 90 % of the first half of 60 truths (`grains_coverage`,
whose trials keep intervals without it); the other half tests it. The others need none."""

LEVELS = np.arange(1, 40) / 40
"""Of the quantiles that are kept of a figure."""

ENDS = [1, 19, 37]
"""Where `LEVELS` has the ends and the middle of an interval: 0.05, 0.5 and 0.95."""

_REACH = 3.0  # of a sample, in grain sizes
_PLACES = 120  # where grains are measured, about 110 at each
_DEPTHS = (np.arange(8) + 0.5) / 8
_TASKS = 4


class Interval(NamedTuple):
    """A figure that lies between ``low`` and ``high`` with a probability of 0.9."""

    low: float
    median: float
    high: float

    @classmethod
    def of(cls, values: AnyArray) -> Interval:
        """Return the interval of equally likely values, as much below it as above."""
        tail = 0.5 * (1.0 - LEVEL)
        low, median, high = np.quantile(values, [tail, 0.5, 1.0 - tail]).tolist()
        return cls(low, median, high)

    @classmethod
    def among(cls, quantiles: AnyArray) -> Interval:
        """Return the interval whose ends are among the quantiles at `LEVELS`, shape (39,)."""
        low, median, high = np.asarray(quantiles)[ENDS].tolist()
        return cls(low, median, high)


def widened(quantiles: AnyArray, deviation: float, levels: AnyArray = LEVELS) -> Floats:
    """Return quantiles of a positive figure with more normal scatter of its logarithm.

    q_p becomes m exp(sign(p - 1/2) (log(q_p / m)^2 + (z_p s)^2)^(1/2)), with the median m, the
    normal quantile z_p and the deviation s: exact where the figure is lognormal.

    Parameters
    ----------
    quantiles
        At ``levels``, the median in the middle, shape (..., n).
    deviation
        s.
    levels
        p, shape (n,).
    """
    from scipy.special import ndtri

    quantiles, z = np.asarray(quantiles), ndtri(levels)
    median = quantiles[..., [quantiles.shape[-1] // 2]]
    away = np.hypot(np.log(quantiles / median), z * deviation)
    return np.asarray(median * np.exp(np.sign(z) * away))


@dataclass(frozen=True, eq=False)
class Intervals:
    """What sections say about grains in space, and what they leave open.

    ``figures`` by the names of `FIGURES` (um), ``numbers`` by those of `WideFamily`; ``misfit`` see
    `Posterior`; ``narrower`` says for every figure by what factor its interval would shrink with
    one section more, at half the radius off the centre (none if there is one). ``quantiles`` of
    every figure at 1/40, 2/40, ..., 39/40, widened as its interval is.
    """

    figures: Mapping[str, Interval]
    numbers: Mapping[str, Interval]
    misfit: float
    narrower: Mapping[str, float]
    quantiles: Mapping[str, tuple[float, ...]]

    __repr__ = one_line

    def facts(self) -> dict[str, Any]:
        """All figures, plain."""
        return {
            "level": LEVEL,
            "figures": {name: list(each) for name, each in self.figures.items()},
            "numbers": {name: list(each) for name, each in self.numbers.items()},
            "misfit": self.misfit,
            "narrower": dict(self.narrower),
        }


def intervals(
    sections: Sequence[Section],
    seed: int,
    isotropic: bool = False,
    progress: Progress = silent,
    discrepancy: Mapping[str, float] = DISCREPANCY,
    depth: bool = False,
) -> Intervals:
    """Return 90 % intervals of what sections say about grains in space, whatever the calibrator.

    The posterior over a family wider than any that is calibrated (`posterior`) is carried into
    space: grains of its last draws are measured near one place of the ball each (`strewn`), and a
    response surface in the numbers and the place's depth gives the figures of all draws.

    Parameters
    ----------
    sections
        What was measured.
    seed
        Draws everything.
    isotropic
        The grains have no preferred direction.
    progress
        Told of the stages.
    discrepancy
        Scatter of the logarithm of figures that is added for what even this family leaves out.
    depth
        Grains change with their depth below the shell; figures are those of a ball as large as the
        largest particle, as they depend on its size.
    """
    state = posterior(sections, seed, isotropic, progress, depth=depth)
    radius = state.family.problem.radius
    surface = _surface(state, _samples(state, radius, [seed, 13], progress))
    doubts = _doubts(state, surface)
    quantiles = {}
    for name, values in _figures(state, surface, state.values).items():
        more = float(np.hypot(discrepancy.get(name, 0.0), doubts[name]))
        quantiles[name] = widened(np.quantile(values, LEVELS), more)
    figures = {name: Interval.among(each) for name, each in quantiles.items()}
    numbers = {
        name: Interval.of(column)
        for name, column in zip(state.family.names, state.values.T, strict=True)
    }
    kept = {name: tuple(each.tolist()) for name, each in quantiles.items()}
    return Intervals(figures, numbers, state.misfit, _narrower(state, surface), kept)


def model_figures(
    model: GrainModel, sections: Sequence[Section], seed: int, places: int = 32
) -> dict[str, float]:
    """Return `FIGURES` of a model in the ball that its sections were cut from.

    Parameters
    ----------
    model
        What to measure.
    sections
        The ball is as large as the largest of their particles.
    seed
        Draws everything.
    places
        Where grains are measured, about 200 at each.
    """
    rng = np.random.default_rng([seed, 15])
    radius = max(float(np.hypot(each.radius, each.over_center)) for each in sections)
    samples = strewn(model, radius, stratified(places, rng), _REACH, rng)
    figures = figures_of(samples.together.measures(), np.array([model.grain_size]))
    return {name: float(value[0]) for name, value in figures.items()}


def _samples(state: Posterior, radius: float, seed: Sequence[int], progress: Progress) -> Samples:
    """Measure grains of the first draws of the design near a place each, of stratified depths."""
    count = min(_PLACES, len(state.design))
    depth = stratified(count, np.random.default_rng(seed))
    parts: dict[int, Samples] = {}

    def work(first: int, last: int) -> None:
        for row in range(first, last):
            model = state.family.model(state.design[row])
            rng = np.random.default_rng([*seed, row])
            parts[row] = strewn(model, radius, depth[row : row + 1], _REACH, rng)
        progress("measure in space", last / count)

    for_chunks(count, _TASKS, work)
    return Samples(np.concatenate([parts[row].sums for row in range(count)]), depth)


def _surface(state: Posterior, samples: Samples) -> Emulator:
    """Fit the logarithms of what is measured by the numbers and the depth."""
    table = np.column_stack([state.design[: len(samples.depth)], samples.depth])
    return Emulator.fit(table, np.log(samples.measures()))


def _figures(state: Posterior, surface: Emulator, values: Floats) -> dict[str, Floats]:
    """Return the figures of rows of numbers, means over the ball."""
    parts = [np.exp(surface(np.column_stack([values, np.full(len(values), d)]))) for d in _DEPTHS]
    sizes = state.family.problem.guess * np.exp(values[:, state.family.names.index("size")])
    return figures_of(np.mean(parts, axis=0), sizes)


def _doubts(state: Posterior, surface: Emulator) -> dict[str, float]:
    """Return the standard error of the logarithms of figures that the surface itself has."""
    middle = np.append(state.values.mean(axis=0), 0.5)
    measures = np.exp(surface(middle[None]))
    scatter = surface.errors.std(axis=0) * np.sqrt(surface.leverage(middle))
    moved = measures * np.exp(np.diag(scatter))
    base = figures_of(measures, np.ones(1))
    return {
        name: float(np.linalg.norm(np.log(each / base[name])))
        for name, each in figures_of(moved, np.ones(len(moved))).items()
    }


def _narrower(state: Posterior, surface: Emulator) -> dict[str, float]:
    """Return the width with one section more over that without, by regression on the draws."""
    if state.further is None:
        return {}
    # What the further section says is summed up by one half of the draws and judged by the other.
    first, second = slice(0, None, 2), slice(1, None, 2)
    further = state.further
    response = Emulator.fit(state.design[first], further[first])
    weights = response.weights(state.design.mean(axis=0), response.errors)
    both = np.column_stack([state.summaries, further @ weights.T])[second]
    own = state.summaries[second]
    shares = {}
    for name, values in _figures(state, surface, state.design[second]).items():
        left = [_left(table, np.log(values)) for table in (both, own)]
        shares[name] = float(min(1.0, left[0] / left[1]))
    return shares


def _left(table: Floats, values: Floats) -> float:
    """Return the standard deviation that a linear regression leaves."""
    terms = np.column_stack([np.ones(len(table)), table])
    rest = values - terms @ np.linalg.lstsq(terms, values, rcond=None)[0]
    return float(np.sqrt((rest**2).sum() / max(len(table) - terms.shape[1], 1)))
