"""Sections of a known architecture, small ones: what calibrators see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.marks import RadialMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains_cuts import draw_cuts

PIXEL = 0.05
TRUTH = GrainModel(
    0.0018 / PIXEL**3,
    RadialMarkLaw((1.5, 5.0, 5.0), 0.1, (0.0, 20 * PIXEL**2), (1.0, 10.0), (0.0, 50 * PIXEL**2)),
    1.0,
)
RADIUS = 2.6  # um


def cut_sections(
    model: GrainModel, heights: Sequence[float], seed: int = 0, radius: float = RADIUS
) -> list[Section]:
    found = []
    for cut in draw_cuts(model, radius, heights, PIXEL, seed):
        diagram = fit_section(cut.image, np.zeros(2)).diagram
        found.append(replace(cut, diagram=diagram))
    return found
