"""What the paper reports about sections of its architectures: Fig. 6 and Fig. 11."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.preference import Preference, preference
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains import draw_ball
from nmc_mesh.validation.grains_cuts import cut_ball

SECTION_DENSITY = 1.458
"""Cells per area of a plane through a Poisson-Voronoi tessellation over mu^(2/3)."""

FIGURE_6 = {(3.0, 1.0, 1.0): 366, (1.0, 1.0, 1.0): 252, (1.0, 3.0, 3.0): 212}
"""Grains that the paper counts for these diagonals, from 8000 seeds."""


def counted_grains(
    diagonal: tuple[float, float, float], rng: np.random.Generator, seeds: int = 8000
) -> float:
    """Count grains in the central section per area, in units of mu^(2/3).

    ``seeds`` points lie uniformly in a cube of unit density; every grain has the marks D =
    ``diagonal``, r = 0. Grains count where their piece of the plane has its centroid in the disc of
    0.4 edge lengths around the centre. Expected: `expected_grains`.

    References
    ----------
    Fig. 6 of doi 10.1038/s43246-024-00728-5.
    """
    edge = seeds ** (1 / 3)
    places = rng.uniform(-0.5 * edge, 0.5 * edge, (seeds, 3))
    turns = rng.uniform(0.0, np.pi, seeds)
    diagram = GBPD.radial(places, np.tile(diagonal, (seeds, 1)), turns, np.zeros(seeds))
    step, count = 0.05, int(0.48 * edge / 0.05)
    origin = np.array([-step * count, -step * count, 0.0])
    labels = labels_on_grid(diagram, origin, step, (2 * count + 1, 2 * count + 1, 1))[:, :, 0]
    moments = label_moments(labels, seeds, order=1)
    middle = origin[:2] + step * moments.centroids[moments.counts > 0]
    away = np.linalg.norm(middle, axis=1)
    radius = 0.4 * edge
    return float((away <= radius).sum() / (np.pi * radius**2))


def expected_grains(diagonal: tuple[float, float, float]) -> float:
    """1.458 sqrt(d_1 d_2) / (d_1 d_2 d_3)^(1/3), for d_2 = d_3, per area in units of mu^(2/3).

    sqrt(D) takes the diagram to one of equal matrices, nearly (the axes turn slowly from seed to
    seed); the plane through the centre holds the radial axis and one across it.
    """
    first, second, third = diagonal
    if second != third:
        raise InputError("the expected number of grains needs d_2 = d_3")
    return float(SECTION_DENSITY * np.sqrt(first * second) / (first * second * third) ** (1 / 3))


class HeightProfile(NamedTuple):
    """Orientations on sections of growing height: ``shares`` height over radius; one sample each.

    ``scores`` are the preferences for the radial direction (1 all radial, 0 none).
    """

    shares: Floats
    orientations: list[Floats]
    scores: list[Preference]


def orientation_by_height(
    model: GrainModel,
    radius: float,
    shares: Sequence[float],
    balls: int,
    pixel: float,
    rng: np.random.Generator,
) -> HeightProfile:
    """Cut balls of grains at several heights, along three axes each, and gather the orientations.

    Sections farther from the centre show less preferred orientation.

    References
    ----------
    Fig. 11 of doi 10.1038/s43246-024-00728-5.
    """
    angles_by_share: list[list[Floats]] = [[] for _ in shares]
    for _ in range(balls):
        ball = draw_ball(model, radius, rng, voxels_per_grain=5)
        for index, share in enumerate(shares):
            for axis in range(3):
                section = cut_ball(ball, share * radius, pixel, rng, 0.0, axis)
                angles = describe(section.image, section.center, section.known).orientations
                angles_by_share[index].append(angles[~np.isnan(angles)])
    angles_of = [np.concatenate(parts) for parts in angles_by_share]
    return HeightProfile(np.array(shares), angles_of, [preference(a) for a in angles_of])
