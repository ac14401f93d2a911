"""The law calibrator: its fast sections are exact, its search finds what is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.law_search import polish, search
from nmc_mesh.calibration.law_sections import (
    SLAB,
    draws,
    measured_plane,
    measures,
    plane,
    region_of,
    simulated,
)
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.parallel import set_threads
from nmc_mesh.progress import silent
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.find import section_of_labels
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS

RADIUS = 3.0
QUICK = LawCalibrator(
    graded=False,
    evaluations=48,
    rounds=1,
    polish_copies=1,
    replicates=12,
    seeds="poisson",
    sizes="power",
)


def sections_of(name: str, shares: list[float], told: bool = True) -> list[Section]:
    heights = [share * RADIUS for share in shares]
    found = []
    for one in draw_cuts(TRUTHS[name].model, RADIUS, heights, PIXEL, 11):
        section = section_of_labels(one.image, ~one.known)
        diagram = fit_section(section.image, section.center, 20).diagram
        height = one.height if told else 0.0
        found.append(replace(section, diagram=diagram, height=height))
    return found


@pytest.fixture(scope="module")
def central() -> list[Section]:
    return sections_of("strong", [0.0, 0.0, 0.0])


@pytest.mark.parametrize("name", list(TRUTHS))
@pytest.mark.parametrize("height", [0.0, 2.5])
def test_fast_planes_are_exact(name: str, height: float) -> None:
    """Also that seeds outside the slab show nowhere."""
    model, rng = TRUTHS[name].model, np.random.default_rng(0)
    size, half = model.grain_size, 70
    reach = PIXEL * half + 4 * SLAB * size
    count = int(model.intensity * (2 * reach) ** 2 * 4 * SLAB * size)
    seeds = rng.uniform(-1, 1, (count, 3)) * [reach, reach, 2 * SLAB * size] + [0, 0, height]
    pattern = SeedPattern(seeds, rng.uniform(size=(count, 2)), rng.uniform(0, np.pi, count))
    marks = model.marks(pattern, rng)
    diagram = GBPD.radial(seeds, marks.diagonals, pattern.turns, marks.offsets)
    origin = np.array([-PIXEL * half, -PIXEL * half, height])
    n = 2 * half + 1
    exact = labels_on_grid(diagram, origin, PIXEL, (n, n, 1))[:, :, 0]
    near = np.abs(seeds[:, 2] - height) < SLAB * size
    places = np.column_stack([seeds, seeds[:, 2] - height])[near]
    rows = core.planar_rows(places, pattern.turns[near], marks.diagonals[near], marks.offsets[near])
    labels = np.empty((n, n), dtype=np.int32)
    wide = np.hypot(*np.indices((n, n)) - half) < half
    core.label_mask(rows, PIXEL, origin[0], origin[1], wide, labels)
    np.testing.assert_array_equal(np.flatnonzero(near)[labels[wide]], exact[wide])
    assert (labels[~wide] == -1).all()


def test_measures_are_those_of_the_report(central: list[Section]) -> None:
    section = central[0]
    region = region_of(section)
    labels = np.pad(section.image.labels - 1, pad_of(section), constant_values=-1)
    found = measures(region, labels, len(section.fitted))
    assert 0.4 < len(found.table) / len(section.fitted) < 0.95
    told = describe(section.image, section.center)
    columns = np.stack([np.log(told.areas), np.log(told.elongations), told.orientations], axis=1)
    columns = columns[~np.isnan(told.orientations)]
    large = np.exp(found.table[:, 0]) > 8 * PIXEL**2
    for row in found.table[large][:40]:
        gap = np.abs(columns - row[[0, 2, 3]]).max(axis=1)
        assert gap.min() < 1e-6


def pad_of(section: Section) -> int:
    return (region_of(section).core.shape[0] - section.image.labels.shape[0]) // 2


def test_a_simulated_section_has_the_measured_statistics(central: list[Section]) -> None:
    """The truth's own law in the fast simulation: no bias of size or shape by the rim."""
    true = TRUTHS["strong"]
    law = GradedMarkLaw(
        (1.3, 6.0, 6.0),
        (1.3, 6.0, 6.0),
        1.0,
        0.2,
        (0.0, 24 * PIXEL**2),
        1.0,
        (1.0, 10.0),
        (0.0, 1.0),
    )
    regions = [region_of(section) for section in central]
    rng = np.random.default_rng(0)
    size = true.model.grain_size
    one = np.concatenate([measured_plane(w).table for w in regions])
    two = np.concatenate(
        [simulated(law, size, w, draws(w, size, rng)).table for w in regions for _ in range(6)]
    )
    for column in range(4):
        error = one[:, column].std() / np.sqrt(len(one))
        assert abs(one[:, column].mean() - two[:, column].mean()) < 4 * error
    assert len(one) == pytest.approx(len(two) / 6, rel=0.08)


def test_the_grain_size_scales_a_plane(central: list[Section]) -> None:
    region = region_of(central[0])
    numbers = draws(region, 0.3, np.random.default_rng(0))
    law = GradedMarkLaw(
        (3.0, 3.0, 3.0), (3.0, 3.0, 3.0), 1.0, 0.0, (0.0, 0.0), 1.0, (1.0, 10.0), (0.0, 1.0)
    )
    small = len(np.unique(plane(law, 0.3, region, numbers)))
    large = len(np.unique(plane(law, 0.45, region, numbers)))
    assert small / large == pytest.approx(1.5**2, rel=0.15)


def bowl(points: list[Floats]) -> list[Floats]:
    """Return v with the minimum at (0.3, 0.7)."""
    return [
        np.array([x[0] - 0.3, 2 * (x[1] - 0.7), 3 * (x[0] - 0.3) * (x[1] - 0.7)]) for x in points
    ]


def test_both_searches_find_the_bottom_of_a_bowl() -> None:
    start = np.array([0.9, 0.1])
    x, trace = search(bowl, start, np.full(2, 0.2), 400, 0, silent)
    np.testing.assert_allclose(x, [0.3, 0.7], atol=0.02)
    assert trace.values[-1] < trace.values[0]
    x, trace = polish(bowl, start, 12, silent)
    np.testing.assert_allclose(x, [0.3, 0.7], atol=1e-3)
    assert trace.values == sorted(trace.values, reverse=True)


def test_a_small_search_comes_near_the_truth(central: list[Section]) -> None:
    told: list[str] = []
    found = QUICK(central, 3, lambda stage, done: told.append(stage))
    true = TRUTHS["strong"].model
    assert found.grains.intensity == pytest.approx(true.intensity, rel=0.2)
    assert found.facts["numbers"]["aspect"] == pytest.approx(np.log(6.0 / 1.3), abs=0.35)
    assert {"search", "polish"} <= set(told)
    assert len(found.history["objective"]) == len(found.history["intensity"])


def test_the_same_seed_gives_the_same_law_on_any_number_of_threads(
    central: list[Section],
) -> None:
    tiny = LawCalibrator(
        evaluations=12, rounds=1, polish_copies=1, replicates=6, seeds="poisson", sizes="power"
    )
    one = tiny(central[:2], 5).facts["numbers"]
    set_threads(1)
    try:
        two = tiny(central[:2], 5).facts["numbers"]
    finally:
        set_threads(None)
    assert one == two
    assert one != tiny(central[:2], 6).facts["numbers"]


def test_a_known_height_saves_the_shape_of_grains() -> None:
    """Off-centre sections show shorter grains: taken for central ones they are no long grains."""
    known = sections_of("strong", [0.5, 0.6, 0.5])
    unknown = [replace(s, height=None) for s in known]
    assert 6 in Problem(known, False, True, np.random.default_rng(0)).free
    assert 6 not in Problem(unknown, False, True, np.random.default_rng(0)).free
    told = np.mean([QUICK(known, seed).facts["numbers"]["aspect"] for seed in (1, 2)])
    untold = QUICK(unknown, 1).facts["numbers"]["aspect"]
    true = np.log(6.0 / 1.3)
    assert told == pytest.approx(true, abs=0.35)
    assert untold < true - 0.5
