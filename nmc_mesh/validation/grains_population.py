"""A population of hidden truths, of the families that are calibrated and of others; all ours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from nmc_mesh.ebsd.grains import MIN_PIXELS
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.seeds import PerturbedLattice, SeedProcess, ThomasProcess
from nmc_mesh.sections import Section, Treatment, treated
from nmc_mesh.validation.grains_cuts import MISSING, draw_cuts
from nmc_mesh.validation.grains_truths import INTENSITY, PIXEL, DepthStep, HardCoreSeeds, TruthLaw

INSIDE = ("radial", "flat", "lattice", "clusters")
"""Kinds of truths that the family of the intervals holds."""

OUTSIDE = ("step", "heavy", "bimodal", "hard-core")
"""Kinds that it does not hold."""

LAYERS = ("layer", "fading")
"""Kinds whose grains change with their depth below the shell: the family of such laws holds the
first."""

_SECTIONS = (3, 12)
_RADII = (2.2, 3.4)  # um
_OFF = 0.5  # of the radius
_MOST_OFFSET = 45.0  # px^2
_SMALL_SECTIONS = (4, 10)
_SMALL_RADII = (1.3, 2.8)  # um

Diagonal = tuple[float, float, float]


class Hidden(NamedTuple):
    """A truth of the population: kind, model, radius in um, heights of the sections in um.

    Particles of the sections have this radius, or ``radii`` of their own, whose largest it is.
    """

    kind: str
    model: GrainModel
    radius: float
    heights: tuple[float, ...]
    radii: tuple[float, ...] = ()

    @property
    def below_shell(self) -> bool:
        """Whether grains change with their depth below the shell."""
        return self.kind in LAYERS

    def sections(self, seed: int) -> list[Section]:
        """Cut the sections, one particle each, as maps of them show them."""
        radii = self.radii or self.radius
        cuts = draw_cuts(self.model, radii, self.heights, PIXEL, [seed, 31])
        way = Treatment(MIN_PIXELS, 4, MISSING)
        return [treated(cut, way) for cut in cuts]


def hidden_truth(number: int, seed: int = 0) -> Hidden:
    """Draw truth ``number`` of a population: its kind by turns, its numbers at random.

    Kinds: *radial* D = (c, c e^a, c e^a) with a in [0.3, 1.7]; *flat*, with d3 / d2 = e^[0.4, 1.2];
    *lattice* and *clusters*, with seeds displaced by 0.15 to 0.4 and by 0.4 to 1 grain sizes; all
    with r uniform. *step*: D changes in a smooth step somewhere between centre and surface;
    *heavy*: r a power 1.5 to 2.5 of an exponential variable; *bimodal*: r = 25 to 45 px^2 for a
    share of 0.15 to 0.5 of the grains and 0 for the others; *hard-core*: seeds no nearer than 0.6
    to 0.8 grain sizes. Grain sizes lie between 8.2 and 10 px, radii between 2.2 and 3.4 um; there
    are 3 to 12 sections, every third of which lies off the centre in one of three truths.

    Parameters
    ----------
    number, seed
        Of the truth, and of the population.
    """
    rng = np.random.default_rng([seed, 30, number])
    kinds = INSIDE + OUTSIDE
    kind = kinds[number % len(kinds)]
    aspect, spread = rng.uniform(0.3, 1.7), rng.uniform(0.1, 0.25)
    flattening = rng.uniform(0.4, 1.2) if kind == "flat" else 0.0
    center = _diagonal(aspect, flattening)
    surface = _diagonal(rng.uniform(0.3, 1.7), 0.0) if kind == "step" else center
    offset, power, share = rng.uniform(4.0, 20.0), 0.0, 0.0
    if kind == "heavy":
        offset, power = rng.uniform(6.0, 14.0), rng.uniform(1.5, 2.5)
    if kind == "bimodal":
        share = rng.uniform(0.15, 0.5)
        offset = share * rng.uniform(25.0, _MOST_OFFSET)
    radius = rng.uniform(*_RADII)
    middle, width = rng.uniform(0.5, 0.8) * radius / PIXEL, rng.uniform(5.0, 12.0)
    law = TruthLaw(center, surface, spread, offset, power, middle, width, share)
    intensity = INTENSITY * rng.uniform(0.55, 1.0) / PIXEL**3
    model = GrainModel(intensity, law, 1.0, _seeds(kind, rng))
    count = int(rng.integers(_SECTIONS[0], _SECTIONS[1] + 1))
    off = _OFF * radius if rng.random() < 1 / 3 else 0.0
    return Hidden(kind, model, radius, tuple(off if k % 3 == 2 else 0.0 for k in range(count)))


def hidden_layer(number: int, seed: int = 0) -> Hidden:
    """Draw truth ``number`` of a population of small particles whose grains change below the shell.

    D goes from (c, c e^a, c e^a) with a in [0.3, 1.7] inside to the same with a in [-1, 0.8] at the
    shell: *layer* by a `DepthMarkLaw` in a layer of 1.5 to 4 grain sizes, *fading* in a smooth step
    0.8 to 2 grain sizes below the shell. The 4 to 10 particles of 100 to 1,300 grains have radii of
    1.3 to 2.8 um; every third section lies off the centre in one of three truths.

    Parameters
    ----------
    number, seed
        Of the truth, and of the population.
    """
    rng = np.random.default_rng([seed, 34, number])
    kind = LAYERS[number % len(LAYERS)]
    deep = _diagonal(rng.uniform(0.3, 1.7), 0.0)
    at_shell = _diagonal(rng.uniform(-1.0, 0.8), 0.0)
    spread, offset = rng.uniform(0.1, 0.25), rng.uniform(4.0, 20.0)
    intensity = INTENSITY * rng.uniform(0.55, 1.0)
    size = intensity ** (-1 / 3)
    radii = rng.uniform(*_SMALL_RADII, int(rng.integers(*_SMALL_SECTIONS, endpoint=True)))
    law: DepthMarkLaw | DepthStep
    if kind == "layer":
        law = _layered(deep, at_shell, rng.uniform(1.5, 4.0) * size, spread, offset)
    else:
        middle, width = rng.uniform(0.8, 2.0) * size, rng.uniform(0.2, 0.5) * size
        law = DepthStep(deep, at_shell, middle, width, spread, offset)
    off = _OFF if rng.random() < 1 / 3 else 0.0
    heights = tuple(off * radius if k % 3 == 2 else 0.0 for k, radius in enumerate(radii.tolist()))
    model = GrainModel(intensity / PIXEL**3, law, 1.0)
    return Hidden(kind, model, float(radii.max()), heights, tuple(radii.tolist()))


def _layered(
    deep: Diagonal, at_shell: Diagonal, layer: float, spread: float, offset: float
) -> DepthMarkLaw:
    area = PIXEL**2
    most = (0.0, 2.0 * offset * area)
    inside = GradedMarkLaw(deep, deep, 1.0, spread, most, 1.0, (1.0, 10.0), most)
    return DepthMarkLaw(inside, at_shell, layer * PIXEL)


def _diagonal(aspect: float, flattening: float) -> Diagonal:
    middle = np.sqrt(10.0)
    logs = np.array([-aspect / 2, (aspect - flattening) / 2, (aspect + flattening) / 2])
    first, second, third = (middle * np.exp(logs)).tolist()
    return first, second, third


def _seeds(kind: str, rng: np.random.Generator) -> SeedProcess | None:
    if kind == "lattice":
        return PerturbedLattice(rng.uniform(0.15, 0.4))
    if kind == "clusters":
        return ThomasProcess(rng.uniform(0.4, 1.0))
    return HardCoreSeeds(rng.uniform(0.6, 0.8)) if kind == "hard-core" else None


class Population(NamedTuple):
    """Kinds by turns, those inside the family of the intervals first; what draws truth k of them.

    ``draw`` takes the number of a truth and the seed of the population.
    """

    inside: tuple[str, ...]
    outside: tuple[str, ...]
    draw: Callable[[int, int], Hidden]

    @property
    def kinds(self) -> tuple[str, ...]:
        """All kinds."""
        return self.inside + self.outside


POPULATIONS: Mapping[str, Population] = MappingProxyType(
    {
        "distance": Population(INSIDE, OUTSIDE, hidden_truth),
        "depth": Population(LAYERS[:1], LAYERS[1:], hidden_layer),
    }
)
"""By what grains change with: the distance from the centre, or the depth below the shell."""
