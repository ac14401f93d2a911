"""Measured sections against sections of a grain model: descriptors, and a test of fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import stats

from nmc_mesh import memory
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.grains.model import TessellationLaw
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections import Section, treated
from nmc_mesh.sections.descriptors import Descriptors, describe
from nmc_mesh.sections.second_order import SecondOrder, second_order
from nmc_mesh.validation.grains import draw_ball
from nmc_mesh.validation.grains_cuts import cut_ball
from nmc_mesh.validation.grains_fit import FitTest, fit_tests
from nmc_mesh.validation.grains_proof import PlanarSample, planar_ks, planar_sample

_KOLMOGOROV = 1.3581  # of the limit law at 5 %
_MOST_REACH = 0.98
_BALL_BYTES = 2500  # per cube of a grain's edge around a ball: measured 1,900 to 2,650


@dataclass(frozen=True, eq=False)
class GrainComparison:
    """Measured and simulated sections side by side, as samples of the four descriptors.

    ``fit`` has the second-order statistics.
    """

    measured: PlanarSample
    simulated: PlanarSample
    sections: int
    simulated_sections: int
    fit: tuple[FitTest, ...] = ()

    def distances(self) -> dict[str, dict[str, float]]:
        """Two-sample distances of every descriptor, as `validation.shell` gives them for shells."""
        distances = {}
        for name, value in planar_ks(self.measured, self.simulated).items():
            measured, simulated = getattr(self.measured, name), getattr(self.simulated, name)
            n, m = len(measured), len(simulated)
            distances[name] = {
                "ks": value,
                "ks_noise": float(_KOLMOGOROV * np.sqrt((n + m) / (n * m))),
                "wasserstein": float(
                    stats.wasserstein_distance(measured, simulated) / measured.std()
                ),
                "measured_mean": float(measured.mean()),
                "simulated_mean": float(simulated.mean()),
                "measured_median": float(np.median(measured)),
                "simulated_median": float(np.median(simulated)),
            }
        return distances

    def facts(self) -> dict[str, Any]:
        """All figures, plain, for a JSON file."""
        return {
            "sections": self.sections,
            "grains": len(self.measured.area),
            "simulated_sections": self.simulated_sections,
            "simulated_grains": len(self.simulated.area),
            "descriptors": self.distances(),
            "fit": [test._asdict() for test in self.fit],
        }


def compare_grains(
    planes: Sequence[Section],
    model: TessellationLaw,
    rng: np.random.Generator,
    copies: int = 1,
    progress: Progress = silent,
) -> GrainComparison:
    """Cut particles of a model as the measured sections were cut, and describe both sides.

    Every simulated section has the radius, the height, the pixel and the treatment of a measured
    one: as many pixels are missing before small grains are left out, grains are parted into
    connected pieces, unknown pixels filled and the centre found as was done to the map. Of each
    simulated ball three planes are cut.

    Parameters
    ----------
    planes
        Measured sections.
    model
        What to simulate.
    rng
        Draws everything.
    copies
        Balls per measured section.
    progress
        Told after every ball.

    Raises
    ------
    InputError
        If there is no section, or less than one ball each is asked for.

    References
    ----------
    Fig. 10b of doi 10.1038/s43246-024-00728-5.
    """
    if len(planes) == 0 or copies < 1:
        raise InputError("a comparison needs a section and one simulated ball for it or more")
    simulated: list[Descriptors] = []
    groups: list[list[SecondOrder]] = [[] for _ in planes]
    for number in range(copies):
        for index, plane in enumerate(planes):
            radius = float(np.hypot(plane.radius, plane.over_center))
            height = min(plane.over_center, _MOST_REACH * radius)
            done, pixel = plane.done, float(plane.image.spacing[0])
            ball = draw_ball(model, radius, rng, voxels_per_grain=5)
            for axis in range(3):
                section = cut_ball(ball, height, pixel, rng, done.missing, axis)
                same = treated(section, done)
                simulated.append(_described(same))
                groups[index].append(second_order(same))
            progress("simulate", (number * len(planes) + index + 1) / (copies * len(planes)))
    measured = [_described(plane) for plane in planes]
    return GrainComparison(
        planar_sample(measured),
        planar_sample(simulated),
        len(planes),
        len(simulated),
        tuple(fit_tests([second_order(plane) for plane in planes], groups)),
    )


def check_comparable(plane: Section, name: str, model: TessellationLaw, model_name: str) -> None:
    """Refuse a section that cannot be compared with a model, before balls are drawn for it.

    Parameters
    ----------
    plane, name
        The section, and what messages call it.
    model, model_name
        The model, and what messages call it.

    Raises
    ------
    InputError
        If a pixel is larger than a grain of the model.
    ResourceError
        If the balls do not fit the memory that is free.
    """
    grain, pixel = model.grain_size, float(plane.image.spacing[0])
    if grain < pixel:
        raise InputError(
            f"{name} has pixels of {pixel:.3g} um, too coarse for the grains of {model_name} "
            f"({grain:.3g} um); compare a map with a smaller step, or a model of larger grains"
        )
    radius = float(np.hypot(plane.radius, plane.over_center))
    need, free = _BALL_BYTES * (2 * radius / grain + 3) ** 3, memory.free_memory()
    if need > free:
        raise ResourceError(
            f"{name} wants balls of {radius:.3g} um with grains of {grain:.3g} um, about "
            f"{need / 2**30:.1f} GiB, and {free / 2**30:.1f} GiB are free; compare a "
            "section of a smaller particle, or a model of larger grains"
        )


def _described(section: Section) -> Descriptors:
    return describe(section.image, section.center, section.known)
