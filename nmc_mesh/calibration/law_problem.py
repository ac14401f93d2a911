"""The search for a mark law: its free numbers, and how far its sections are from the measured."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import Literal, NamedTuple

import numpy as np

from nmc_mesh.calibration.law_objective import Objective, whitening
from nmc_mesh.calibration.law_sections import (
    Draws,
    Measures,
    draws,
    measured_plane,
    region_of,
    simulated,
)
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.seeds import PerturbedLattice, ThomasProcess
from nmc_mesh.parallel import for_chunks
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Bools, Floats, Longs

DIAGONAL_RANGE = (1.0, 10.0)
"""Range of D (paper, as ``docs/model.md`` assigns it)."""

OFFSET_LIMIT = 0.74
"""Range of r over the squared grain size: the paper's 50 px^2 at its intensity 0.0018 per px^3."""

OFF_CENTRE = 0.3
"""Sections higher than this share of the radius tell d_2 from d_3."""

_SECTION_DENSITY = 1.458  # N_A = 1.458 mu^(2/3): Poisson-Voronoi cells in a plane
_WIDEST = 1.35  # factor of the grain size that the search may go up or down
_TASKS = 4
_SEEN = 0.95  # of the measured grains lie nearer to the centre than D changes
_EDGE = 0.01  # so near to a bound, as a share of the range, a number lies on it
_WIDE = 2.5  # standard deviation of the prior, in first steps of the search


Seeds = Literal["poisson", "lattice", "clusters"]
"""Processes of seeds that a law may have, see `nmc_mesh.grains.seeds`."""


class Numbers(NamedTuple):
    """What is searched for.

    ``size`` = intensity^(-1/3) in um; ``aspect`` = log(sqrt(d_2 d_3) / d_1) in the centre and
    ``surface_aspect`` near the surface; ``spread`` of log D; ``offset``: largest r over size^2;
    ``power`` of its law; ``flattening`` = log(d_3 / d_2); ``bend`` of the way
    from centre to surface; ``displacement`` of the seeds in grain sizes, 0 for a Poisson process;
    ``upper_power`` of the law of r, 1 where the sizes are no mixture; ``layer`` in um below the
    shell in which D changes, 0 where it changes with the distance from the centre.
    """

    size: float
    aspect: float
    surface_aspect: float
    spread: float
    offset: float
    power: float
    flattening: float
    bend: float
    displacement: float = 0.0
    upper_power: float = 1.0
    layer: float = 0.0


TABLE = np.array(
    [
        [-np.log(_WIDEST), np.log(_WIDEST), 0.0, 0.1, 0.0],
        [-1.2, 2.3, 0.6, 0.4, 0.0],
        [-1.2, 2.3, 0.6, 0.4, 0.0],
        [np.log(0.02), np.log(0.6), np.log(0.2), 0.5, np.log(0.2)],
        [np.log(0.02), np.log(OFFSET_LIMIT), np.log(0.3), 0.5, np.log(0.3)],
        [np.log(0.3), np.log(5.0), 0.0, 0.4, 0.0],
        [0.0, 1.4, 0.2, 0.3, 0.0],
        [np.log(0.4), np.log(5.0), 0.0, 0.3, 0.0],
        [np.log(0.06), np.log(1.0), np.log(0.3), 0.4, np.log(1.0)],
        [0.0, np.log(5.0), np.log(2.0), 0.3, 0.0],
        [np.log(0.8), np.log(8.0), np.log(2.5), 0.4, -np.inf],
    ]
)
"""Low, high, start, first step, value if not free of every number: size and layer as logarithms of
their ratios to a guess; spread, offset, powers, bend and displacement as logarithms."""

MIXED_POWER = (np.log(0.3), np.log(20.0), np.log(5.0), 0.5, 0.0)
"""The power's row where sizes may be a mixture: two sizes alone have powers without end."""

DISPLACEMENTS = {"lattice": (0.06, 1.0, 0.3), "clusters": (0.25, 2.0, 0.7)}
"""Low, high and start of the displacement of seeds in grain sizes, searched for as a logarithm. At
the upper ends cells are those of a Poisson process to the eye (their volumes' cv is 10 % off)."""

_SIZE, _POWER, _BEND, _DISPLACEMENT, _UPPER, _LAYER = 0, 5, 7, 8, 9, 10
_LOGARITHMS = [0, 3, 4, 5, 7, 8, 9, 10]  # of the numbers, what a point holds


class Problem:
    """The measured sections, the random numbers, and which numbers of the law are free.

    A point x in [0, 1]^k holds the free numbers between their bounds. Seeds are Poisson's and sizes
    no mixture; see `with_seeds` and `with_mixture` for others.

    Parameters
    ----------
    sections
        What was measured.
    isotropic
        Take d_1 = d_2 = d_3.
    graded
        Let D change from centre to surface.
    rng
        Draws the random numbers of the simulated sections.
    depth
        Let D change with the depth below the outline in place of the distance from the centre, and
        count grains at the rim.
    rim
        Count grains at the rim whatever D changes with.
    """

    def __init__(
        self,
        sections: Sequence[Section],
        isotropic: bool,
        graded: bool,
        rng: np.random.Generator,
        depth: bool = False,
        rim: bool = False,
    ) -> None:
        self.regions = [region_of(section, rim=depth or rim) for section in sections]
        self.planes = [measured_plane(region) for region in self.regions]
        self.objective = Objective(self.regions, self.planes)
        self.radius = max(float(np.hypot(w.radius, w.height)) for w in self.regions)
        away = [
            np.hypot(m.table[:, 5], w.height)
            for m, w in zip(self.planes, self.regions, strict=True)
        ]
        seen = float(np.quantile(np.concatenate(away), _SEEN))
        self.reach = self.radius if depth else seen
        area = float(np.mean([section.grain_area for section in sections]))
        self.guess = float(np.sqrt(_SECTION_DENSITY * area))
        off = any(region.height > OFF_CENTRE * self.radius for region in self.regions)
        self.seeds: Seeds = "poisson"
        self.mixed = False
        self.table = TABLE
        self.depth = depth
        self.free = _free(isotropic, graded, off, depth)
        self.count = 0
        self._whiten: Floats | None = None
        self._rng = rng
        self._draws: list[Draws] = []

    def with_seeds(self, seeds: Seeds) -> Problem:
        """Return the same problem with other seeds, and the same stream of random numbers."""
        other = self._other()
        other.seeds = seeds
        low, high, start = np.log(DISPLACEMENTS[seeds])
        other.table[_DISPLACEMENT] = low, high, start, 0.4, high
        other.free = np.append(self.free, _DISPLACEMENT)
        return other

    def with_mixture(self) -> Problem:
        """Return the same problem with one more power: grains of two sizes."""
        other = self._other()
        other.mixed = True
        other.table[_POWER] = MIXED_POWER
        other.free = np.append(self.free, _UPPER)
        return other

    def _other(self) -> Problem:
        other = copy(self)
        other.table = self.table.copy()
        other._draws, other._whiten = [], None
        return other

    def only(self, chosen: Sequence[int], seed: int) -> Problem:
        """Return a problem of some of the sections that simulates; differences it has none."""
        other = copy(self)
        other.regions, other._draws = [self.regions[i] for i in chosen], []
        other._rng = np.random.default_rng(seed)
        return other

    def fresh_seed(self) -> int:
        """Draw a seed for `only`."""
        return int(self._rng.integers(2**62))

    def redraw(self, copies: int) -> None:
        """Draw the random numbers of ``copies`` simulated sections per measured one."""
        small = self.guess / _WIDEST
        self._draws = [
            draws(w, small, self._rng, self._widest) for _ in range(copies) for w in self.regions
        ]

    def weigh(self, x: Floats, replicates: int) -> None:
        """Measure all later differences in units of what they scatter by chance.

        The covariance C of the differences v is estimated from ``replicates`` sets of simulated
        sections with the law of x, as many as measured, with random numbers of their own. From now
        on `differences` returns C^(-1/2) v, followed by (x - start) / (2.5 steps): |v|^2 is then
        minus twice the logarithm of a likelihood and of a wide normal prior (method of moments
        with the best weights).
        """
        vectors: list[Floats] = []
        self._whiten = None
        for _ in range(replicates):
            self.redraw(1)
            vectors += self.differences([x])
        self._whiten = whitening(np.array(vectors))

    @property
    def first(self) -> Bools:
        """Which of the free numbers a search from afar is to find: all but the bend."""
        return np.asarray(self.free != _BEND)

    @property
    def start(self) -> Floats:
        """Where a search begins."""
        low, high, start = self.table[self.free, :3].T
        return np.asarray((start - low) / (high - low))

    @property
    def steps(self) -> Floats:
        """How far a search looks at first."""
        return np.asarray(self.table[self.free, 3] / np.diff(self.table[self.free, :2])[:, 0])

    def numbers(self, x: Floats) -> Numbers:
        """Return the numbers of a point; the point is clipped to its bounds."""
        full = self.table[:, 4].copy()
        low, high = self.table[self.free, :2].T
        full[self.free] = low + (high - low) * np.clip(x, 0.0, 1.0)
        if 2 not in self.free:
            full[2] = full[1]
        spread, offset, power = np.exp(full[3:6]).tolist()
        size = float(self.guess * np.exp(full[0]))
        aspects, bend = full[1:3].tolist(), float(np.exp(full[_BEND]))
        moved = 0.0 if self.seeds == "poisson" else float(np.exp(full[_DISPLACEMENT]))
        layer = self.guess * float(np.exp(full[_LAYER]))
        rest = (float(full[6]), bend, moved, float(np.exp(full[_UPPER])), layer)
        return Numbers(size, aspects[0], aspects[1], spread, offset, power, *rest)

    def point(self, numbers: Numbers) -> Floats:
        """Return the point of numbers, clipped to the bounds; the inverse of `numbers`."""
        full = np.array(numbers)
        full[[_SIZE, _LAYER]] /= self.guess
        full[_LOGARITHMS] = np.log(np.maximum(full[_LOGARITHMS], 1e-300))
        low, high = self.table[self.free, :2].T
        return np.asarray(np.clip((full[self.free] - low) / (high - low), 0.0, 1.0))

    @property
    def kind(self) -> str:
        """What a law has that was not always there: a mixture of sizes, or its seeds."""
        return "mixture" if self.mixed else self.seeds

    def process(self, numbers: Numbers) -> PerturbedLattice | ThomasProcess | None:
        """Return the process of the seeds; none is a Poisson process."""
        return process_of(self.seeds, numbers.displacement)

    @property
    def _widest(self) -> PerturbedLattice | ThomasProcess | None:
        return process_of(self.seeds, float(np.exp(self.table[_DISPLACEMENT, 1])))

    def law(self, numbers: Numbers) -> GradedMarkLaw | DepthMarkLaw:
        """Return the mark law of these numbers."""
        surface = _diagonal(numbers.surface_aspect, numbers.flattening)
        if not self.depth:
            return self._graded(numbers, surface)
        deep = self._graded(numbers, _diagonal(numbers.aspect, numbers.flattening))
        return DepthMarkLaw(deep, surface, numbers.layer)

    def _graded(self, numbers: Numbers, surface: tuple[float, float, float]) -> GradedMarkLaw:
        area = numbers.size**2
        return GradedMarkLaw(
            _diagonal(numbers.aspect, numbers.flattening),
            surface,
            self.reach,  # beyond what is measured nothing is extrapolated
            numbers.spread,
            (0.0, numbers.offset * area * float(np.exp(_gauge(numbers.flattening)))),
            numbers.power,
            DIAGONAL_RANGE,
            (0.0, OFFSET_LIMIT * area),
            numbers.bend,
            numbers.upper_power,
        )

    def measures(self, points: Sequence[Floats]) -> list[list[Measures]]:
        """Simulate the sections of every point: all measured ones, copy after copy."""
        laws = [(self.law(numbers), numbers) for numbers in map(self.numbers, points)]
        per, sections = len(self._draws), len(self.regions)
        planes: dict[int, Measures] = {}

        def work(first: int, last: int) -> None:
            for task in range(first, last):
                law, numbers = laws[task // per]
                region, drawn = self.regions[task % per % sections], self._draws[task % per]
                planes[task] = simulated(law, numbers.size, region, drawn, numbers.displacement)

        for_chunks(per * len(laws), _TASKS, work)
        self.count += len(points)
        return [[planes[k * per + i] for i in range(per)] for k in range(len(laws))]

    def differences(self, points: Sequence[Floats]) -> list[Floats]:
        """Return the vector of differences, see `Objective`, for every point."""
        copies = len(self._draws) // len(self.regions)
        vectors = [self.objective.differences(each, copies) for each in self.measures(points)]
        if self._whiten is None:
            return vectors
        return [
            np.concatenate([self._whiten @ v, self.prior(x)])
            for v, x in zip(vectors, points, strict=True)
        ]

    def prior(self, x: Floats) -> Floats:
        """Return the normal numbers of the wide prior, shape (k,)."""
        return np.asarray((x - self.start) / (_WIDE * self.steps))

    def on_bounds(self, x: Floats) -> list[str]:
        """Say which numbers of a point lie on a bound of what is searched, and which D are cut."""
        said = []
        for position, column in zip(np.clip(x, 0.0, 1.0), self.free, strict=True):
            if _EDGE < position < 1 - _EDGE:
                continue
            name, value = Numbers._fields[column], self.numbers(x)[column]
            side = "lowest" if position <= _EDGE else "highest"
            said.append(f"{name} = {value:.3g}, the {side} that is searched")
        numbers = self.numbers(x)
        for where, aspect in (("centre", numbers.aspect), ("surface", numbers.surface_aspect)):
            logs = _logs(aspect, numbers.flattening)
            for k, (value, bound) in enumerate(zip(np.exp(logs), _cut(logs), strict=True)):
                if abs(value / bound - 1.0) > _EDGE:
                    said.append(f"d_{k + 1} = {bound:.3g} in the {where}, the end of its range")
        return list(dict.fromkeys(said))


def process_of(seeds: Seeds, displacement: float) -> PerturbedLattice | ThomasProcess | None:
    """Return the process of a name and a displacement; none is a Poisson process."""
    if seeds == "poisson":
        return None
    return PerturbedLattice(displacement) if seeds == "lattice" else ThomasProcess(displacement)


def _free(isotropic: bool, graded: bool, off_centre: bool, depth: bool) -> Longs:
    columns = [0, 3, 4, 5]
    if not isotropic:
        ways = [2, _LAYER if depth else _BEND] if graded or depth else []
        columns += [1, *ways, *([6] if off_centre else [])]
    return np.array(sorted(columns))


def _diagonal(aspect: float, flattening: float) -> tuple[float, float, float]:
    first, second, third = _cut(_logs(aspect, flattening)).tolist()
    return first, second, third


def _logs(aspect: float, flattening: float) -> Floats:
    """Log D with d_1 and d_3 about the middle of the range: that uses all of it."""
    middle = 0.5 * np.log(DIAGONAL_RANGE[0] * DIAGONAL_RANGE[1]) + _gauge(flattening)
    logs = np.array([-aspect / 2, (aspect - flattening) / 2, (aspect + flattening) / 2])
    return np.asarray(middle + logs)


def _gauge(flattening: float) -> float:
    """Log of the factor of D and r, which changes no cell."""
    return -flattening / 4


def _cut(logs: Floats) -> Floats:
    return np.clip(np.exp(logs), *DIAGONAL_RANGE)
