"""A population of hidden truths, of the families that are calibrated and of others; all ours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.ebsd.grains import MIN_PIXELS
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.seeds import PerturbedLattice, SeedProcess, ThomasProcess
from nmc_mesh.sections import Section, Treatment, treated
from nmc_mesh.validation.grains_cuts import MISSING, draw_cuts
from nmc_mesh.validation.grains_truths import INTENSITY, PIXEL, HardCoreSeeds, TruthLaw

INSIDE = ("radial", "flat", "lattice", "clusters")
"""Kinds of truths that the family of the intervals holds."""

OUTSIDE = ("step", "heavy", "bimodal", "hard-core")
"""Kinds that it does not hold."""

_SECTIONS = (3, 12)
_RADII = (2.2, 3.4)  # um
_OFF = 0.5  # of the radius
_MOST_OFFSET = 45.0  # px^2


class Hidden(NamedTuple):
    """A truth of the population: kind, model, radius in um, heights of the sections in um."""

    kind: str
    model: GrainModel
    radius: float
    heights: tuple[float, ...]

    def sections(self, seed: int) -> list[Section]:
        """Cut the sections, one particle each, as maps of them show them."""
        cuts = draw_cuts(self.model, self.radius, self.heights, PIXEL, [seed, 31])
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


def _diagonal(aspect: float, flattening: float) -> tuple[float, float, float]:
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
