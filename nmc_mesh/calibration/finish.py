"""The end of a network's training: its few scales, set by whole sections with the best weights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.calibration.law_objective import Objective, whitening
from nmc_mesh.calibration.law_search import polish
from nmc_mesh.calibration.law_sections import (
    SLAB,
    Measures,
    Region,
    measured_plane,
    measures,
    region_of,
)
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.network import Layer, NetworkMarkLaw
from nmc_mesh.parallel import for_chunks
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Bools, Floats

_BEYOND = 1.5  # grain sizes around the seeds that can show: their neighbours
_SMALLEST = 0.75  # of the grain size at the start, the smallest that is tried
_COPIES = 2  # simulated sections per measured one
_REPLICATES = 24  # sets of sections that tell how differences scatter
_TASKS = 2

TABLE = np.array(
    [
        [-0.25, 0.25, 0.2],
        [-2.0, 2.0, 1.0],
        [-2.0, 2.0, 1.0],
        [-3.0, 3.0, 1.5],
        [-1.5, 1.5, 0.7],
        [-1.5, 2.5, 0.7],
        [-1.5, 3.0, 1.0],
    ]
)
"""Low, high and standard deviation of the normal prior around 0 of every number of `Scales`."""


class Scales(NamedTuple):
    """Logarithm of the factor of the grain size; shifts and logarithms of gains of t.

    Of each kind three: for d_1, for d_2 and d_3, and for r.
    """

    size: float
    radial: float
    across: float
    offset: float
    radial_gain: float
    across_gain: float
    offset_gain: float


class _Plane(NamedTuple):
    """Random numbers of one plane: ``places`` (n, 3) in grain sizes, noise (n, 2), turns (n,).

    ``chances`` of the region's pixels to be missing.
    """

    places: Floats
    noise: Floats
    turns: Floats
    chances: Floats


def finished(
    model: GrainModel,
    sections: Sequence[Section],
    rounds: int,
    seed: int,
    progress: Progress = silent,
) -> tuple[GrainModel, dict[str, Any]]:
    """Return the model of a mark network with its scales set by whole sections, and the figures.

    t -> m + shift + gain (t - m) for the outputs t of the network with mean m, and the intensity:
    seven numbers, found by Gauss-Newton steps on the differences of whole grain sections (see
    `Objective`) in units of what they scatter by chance, with a wide normal prior. A training sees
    windows that cut half of the grains, and slopes of softened ones, which say little, and that
    biased, about how much grains vary; whole sections say it well.

    Parameters
    ----------
    model
        Its marks are a network.
    sections
        What was measured.
    rounds
        Steps; 0 leaves the model as it is.
    seed, progress
        See `Calibrator`.
    """
    law = model.marks
    if rounds == 0 or not isinstance(law, NetworkMarkLaw):
        return model, {}
    problem = _Problem(model, law, sections, np.random.default_rng([seed, 5]))
    low, high, _ = TABLE.T
    start = -low / (high - low)
    problem.weigh(start)
    problem.redraw(_COPIES)
    x, trace = polish(problem.differences, start, rounds, progress)
    scales = problem.scales(x)
    scaled = replace(model, intensity=problem.size(scales) ** -3.0, marks=problem.law(scales))
    return scaled, {"scales": scales._asdict(), "whitened": trace.values}


class _Problem:
    """The measured sections, and the sections that a network makes for a point in [0, 1]^7."""

    def __init__(
        self,
        model: GrainModel,
        law: NetworkMarkLaw,
        sections: Sequence[Section],
        rng: np.random.Generator,
    ) -> None:
        self.regions = [region_of(section) for section in sections]
        planes = [measured_plane(region) for region in self.regions]
        self.objective = Objective(self.regions, planes)
        self.base, self.start, self._rng = law, model.grain_size, rng
        self._whiten: Floats | None = None
        self.redraw(1)
        self.mean = np.concatenate([self._seen(k, self.start)[1] for k in range(len(self._planes))])
        self.mean = self.mean.mean(axis=0)

    def redraw(self, copies: int) -> None:
        """Draw new random numbers for ``copies`` simulated sections per measured one."""
        small = _SMALLEST * self.start
        self._planes = [_drawn(w, small, self._rng) for _ in range(copies) for w in self.regions]
        self._kept: dict[int, tuple[Floats, Floats, Floats]] = {}

    def weigh(self, x: Floats) -> None:
        """Measure later differences in units of what they scatter at x; see `Problem.weigh`."""
        table = []
        for _ in range(_REPLICATES):
            self.redraw(1)
            table += self.differences([x])
        self._whiten = whitening(np.array(table))

    def scales(self, x: Floats) -> Scales:
        """Return the numbers of a point."""
        low, high, _ = TABLE.T
        return Scales(*(low + (high - low) * np.clip(x, 0.0, 1.0)).tolist())

    def size(self, scales: Scales) -> float:
        """Return the grain size in um."""
        return float(self.start * np.exp(scales.size))

    def law(self, scales: Scales) -> NetworkMarkLaw:
        """Return the network with these scales in its last layer, as a file holds it."""
        shift, gain = _vectors(scales)
        weights, bias = self.base.layers[-1]
        last: Layer = (_half(weights * gain), _half(self.mean + shift + gain * (bias - self.mean)))
        return replace(self.base, layers=(*self.base.layers[:-1], last))

    def differences(self, points: Sequence[Floats]) -> list[Floats]:
        """Return the differences, whitened, and the prior's, for every point."""
        every, per = [self.scales(x) for x in points], len(self._planes)
        measures: dict[int, Measures] = {}

        def work(first: int, last: int) -> None:
            for task in range(first, last):
                measures[task] = self._measures(task % per, every[task // per])

        for_chunks(per * len(every), _TASKS, work)
        copies, vectors = per // len(self.regions), []
        for k, scales in enumerate(every):
            v = self.objective.differences([measures[k * per + i] for i in range(per)], copies)
            if self._whiten is not None:
                v = np.concatenate([self._whiten @ v, np.array(scales) / TABLE[:, 2]])
            vectors.append(v)
        return vectors

    def _measures(self, k: int, scales: Scales) -> Measures:
        size = self.size(scales)
        seeds, outputs, turns = self._seen(k, size)
        shift, gain = _vectors(scales)
        marks = self.base.scaled(self.mean + shift + gain * (outputs - self.mean))
        region = self.regions[k % len(self.regions)]
        rows = core.planar_rows(seeds, turns, marks.diagonals, marks.offsets)
        labels = np.empty(region.core.shape, dtype=np.int32)
        core.label_mask(rows, region.pixel, *region.origin, region.wide, labels)
        return measures(region, *region.treatment.closed(labels, self._planes[k].chances))

    def _seen(self, k: int, size: float) -> tuple[Floats, Floats, Floats]:
        """Return seeds (n, 4) that can show in plane k, outputs t (n, 4) of the network, turns."""
        if size == self.start and k in self._kept:
            return self._kept[k]
        plane, region = self._planes[k], self.regions[k % len(self.regions)]
        near, asked = _near(plane.places * size, region, size)
        over = size * plane.places[near, 2]
        flat = size * plane.places[near, :2]
        seeds = np.column_stack([flat, over + region.height, over])
        pattern = SeedPattern(
            np.ascontiguousarray(seeds[:, :3]), plane.noise[near], plane.turns[near]
        )
        chosen = np.flatnonzero(asked)
        outputs = self.base.outputs(pattern, chosen).astype(np.float64)
        seen = (np.ascontiguousarray(seeds[chosen]), outputs, pattern.turns[chosen])
        if size == self.start:
            self._kept[k] = seen
        return seen


def _near(places: Floats, region: Region, size: float) -> tuple[Bools, Bools]:
    """Return which places count as neighbours, and which of these can show in the region."""
    lower = np.asarray(region.origin)
    upper = lower + region.pixel * np.asarray(region.core.shape)
    flat, over = places[:, :2], np.abs(places[:, 2])

    def within(more: float) -> Bools:
        far = (2 * SLAB + more) * size
        inside = ((flat > lower - far) & (flat < upper + far)).all(axis=1)
        return np.asarray(inside & (over < (SLAB + more) * size))

    near = within(_BEYOND)
    return near, within(0.0)[near]


def _drawn(region: Region, smallest: float, rng: np.random.Generator) -> _Plane:
    """Draw a Poisson process of unit intensity that fills the region for any size allowed."""
    far = 2 * SLAB + _BEYOND
    lower = np.asarray(region.origin) / smallest - far
    upper = lower + region.pixel * np.asarray(region.core.shape) / smallest + 2 * far
    high = SLAB + _BEYOND
    count = int(rng.poisson((upper - lower).prod() * 2 * high))
    flat = rng.uniform(lower, upper, (count, 2))
    places = np.column_stack([flat, rng.uniform(-high, high, count)])
    noise, turns = rng.random((count, 2)), rng.uniform(0.0, np.pi, count)
    return _Plane(places, noise, turns, rng.random(region.core.shape))


def _vectors(scales: Scales) -> tuple[Floats, Floats]:
    """Return shifts and gains of the four outputs."""
    shift = np.array([scales.radial, scales.across, scales.across, scales.offset])
    gain = np.array(
        [scales.radial_gain, scales.across_gain, scales.across_gain, scales.offset_gain]
    )
    return shift, np.exp(gain)


def _half(array: Any) -> Any:
    return array.astype(np.float16).astype(np.float32)
