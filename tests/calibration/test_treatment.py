"""Calibrators do to simulated planes what was done to the measured maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.calibration.law_problem import Numbers, Problem
from nmc_mesh.calibration.law_search import polish
from nmc_mesh.calibration.law_sections import draws, measured_plane, region_of, simulated
from nmc_mesh.calibration.sections import checked, draw_places
from nmc_mesh.calibration.windows import draw_seeds, hard_windows, measured_windows
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.network import NEIGHBOURS
from nmc_mesh.progress import silent
from nmc_mesh.sections import Section, Treatment
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_maps import section_through_map
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS
from tests.calibration.cuts import RADIUS, TRUTH

STRONG = TRUTHS["strong"]
LAW = GradedMarkLaw(
    (1.3, 6.0, 6.0), (1.3, 6.0, 6.0), 1.0, 0.2, (0.0, 24 * PIXEL**2), 1.0, (1.0, 10.0), (0.0, 1.0)
)
"""That of the truth "strong"."""


def of_maps(cuts: list[Section], least: int, seed: int = 0) -> list[Section]:
    return [
        section_through_map(cut, np.random.default_rng([seed, number]), least)
        for number, cut in enumerate(cuts)
    ]


def fitted(section: Section) -> Section:
    diagram = fit_section(section.image, section.center, 60).diagram
    return replace(section, diagram=diagram)


@pytest.fixture(scope="module")
def cuts() -> list[Section]:
    return draw_cuts(STRONG.model, 3.0, [0.0] * 10, PIXEL, 40)


@pytest.mark.parametrize("least", [10, 5, 1])
def test_planes_of_the_truth_are_like_the_maps(cuts: list[Section], least: int) -> None:
    """As many grains, of the same sizes and shapes."""
    sections = of_maps(cuts, least)
    regions = [region_of(section) for section in sections]
    assert {region.treatment.min_pixels for region in regions} == {least}
    size, rng = STRONG.model.grain_size, np.random.default_rng(0)
    one = np.concatenate([measured_plane(w).table for w in regions])
    two = np.concatenate(
        [simulated(LAW, size, w, draws(w, size, rng)).table for w in regions for _ in range(4)]
    )
    assert len(one) == pytest.approx(len(two) / 4, rel=0.05)
    for column in range(3):
        error = one[:, column].std() * np.sqrt(1 / len(one) + 1 / len(two))
        assert abs(one[:, column].mean() - two[:, column].mean()) < 3 * error
    nothing = replace(regions[0].treatment, min_pixels=1, neighbours=0)
    raw = [region_of(replace(section, treatment=nothing)) for section in sections]
    every = sum(len(simulated(LAW, size, w, draws(w, size, rng)).table) for w in raw for _ in "12")
    if least == 10:
        assert every / 2 > 1.06 * len(one)


def test_the_fitted_size_does_not_depend_on_the_least_grain() -> None:
    """Nor does it where small grains are left out, but for those who are not told of it."""
    told, every, untold = [], [], []
    for seed in range(3):
        cuts = draw_cuts(TRUTH, RADIUS, [0.0] * 3, PIXEL, seed)
        some = of_maps(cuts, 10, seed)
        told.append(fitted_size(some, seed))
        every.append(fitted_size(of_maps(cuts, 1, seed), seed))
        untreated = Treatment(missing=some[0].done.missing)
        untold.append(fitted_size([replace(each, treatment=untreated) for each in some], seed))
    true = np.log(TRUTH.grain_size)
    assert np.log(told).mean() == pytest.approx(np.log(every).mean(), abs=0.04)
    assert np.log(told).mean() == pytest.approx(true, abs=0.04)
    assert np.log(untold).mean() > np.log(told).mean() + 0.01


def fitted_size(sections: list[Section], seed: int) -> float:
    """Gauss-Newton steps of the size alone, all other numbers those of the truth."""
    problem = Problem(sections, False, False, np.random.default_rng(seed))
    aspect, size = float(np.log(5.0 / 1.5)), TRUTH.grain_size
    offset = 20 * PIXEL**2 / size**2 * np.sqrt(10.0 / 7.5)  # D and r times what makes d1 d3 = 10
    true = problem.point(Numbers(size, aspect, aspect, 0.1, offset, 1.0, 0.0, 1.0))
    problem.weigh(true, 10)
    problem.redraw(2)

    def differences(sizes: Sequence[Floats]) -> list[Floats]:
        return problem.differences([np.append(x, true[1:]) for x in sizes])

    x, _ = polish(differences, problem.start[:1], 2, silent)
    return problem.numbers(np.append(x, true[1:])).size


def test_windows_of_the_truth_are_like_those_of_maps(cuts: list[Section]) -> None:
    """Numbers of grains, with and without the treatment."""
    found = checked([fitted(section) for section in of_maps(cuts[:4], 10)], PIXEL)
    np.testing.assert_allclose(found.least, [10 / (1 - s.done.missing) for s in found.sections])
    rng = np.random.default_rng(2)
    places = draw_places(found, 600, rng)
    seen = measured_windows(found, places, 0.0, 0).numbers(1.0).mean()
    intensity = STRONG.model.intensity * PIXEL**3
    draw = draw_seeds(places.distance, np.zeros(len(places)), intensity, NEIGHBOURS, rng)
    seeds = SeedPattern(*(part[draw.asked] for part in draw.pattern))
    marks = STRONG.model.marks(replace_unit(seeds, PIXEL), rng)
    pixels = Marks(marks.diagonals, marks.offsets / PIXEL**2)
    least = found.least[places.section]
    alike = hard_windows(draw, pixels, least).windows.numbers(1.0).mean()
    untold = hard_windows(draw, pixels).windows.numbers(1.0).mean()
    assert alike == pytest.approx(seen, rel=0.05)
    assert untold > 1.06 * alike


def replace_unit(pattern: SeedPattern, pixel: float) -> SeedPattern:
    return pattern._replace(seeds=pattern.seeds * pixel)
