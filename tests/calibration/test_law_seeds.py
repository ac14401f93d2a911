"""Which seeds the law takes: what held-out sections say, and what ends on a bound."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.calibration import law_evidence
from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.law_evidence import Evidence, Ratio
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.law_search import Trace
from nmc_mesh.calibration.law_sections import Measures
from nmc_mesh.calibration.law_seeds import MIXTURES, Start, two_sizes
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.seeds import PerturbedLattice
from nmc_mesh.progress import silent
from nmc_mesh.sections.section import Section
from tests.calibration.cuts import TRUTH, cut_sections

QUICK = LawCalibrator(graded=False, evaluations=36, rounds=1, polish_copies=1, replicates=10)


@pytest.fixture(scope="module")
def regular() -> list[Section]:
    return cut_sections(replace(TRUTH, seeds=PerturbedLattice(0.15)), [0.0] * 3, radius=2.1)


def test_regular_seeds_are_found_and_the_evidence_is_told(
    regular: list[Section], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(law_evidence, "_SIMULATED", 18)
    monkeypatch.setattr(law_evidence, "_OWN", 10)
    result = QUICK(regular, 1)
    seeds = result.facts["seeds"]
    assert seeds["chosen"] == "lattice"
    assert seeds["folds"] == 3
    assert seeds["laws"] == ["poisson", "lattice"]
    assert seeds["gain"] - seeds["expected"] > 20
    assert seeds["promised"] - seeds["expected"] > 20
    assert result.facts["sizes"]["laws"] == ["lattice", "mixture"]
    assert isinstance(result.grains.seeds, PerturbedLattice)
    assert result.grains.seeds.displacement == result.facts["numbers"]["displacement"]
    assert result.grains.seeds.displacement < 0.4


def test_a_search_that_ended_early_goes_on_where_the_wider_law_led(
    sections: list[Section], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else what it left undone would be taken for evidence of other seeds."""
    monkeypatch.setattr(law_evidence, "_SIMULATED", 18)
    monkeypatch.setattr(law_evidence, "_OWN", 10)
    problem = Problem(sections, False, False, np.random.default_rng(3))
    problem.redraw(1)
    found, _ = QUICK._searched(problem, 3, silent)
    early = np.clip(found + 0.25 * np.where(found < 0.5, 1.0, -1.0), 0.0, 1.0)
    wider = problem.with_seeds("clusters")
    wider.redraw(1)
    start = Start(wider, np.append(found, 1.0), {})
    traces = list[Trace]()
    chosen, x, facts, sure = QUICK._judged(problem, early, start, start.x, traces, silent)
    assert not sure
    assert chosen is problem
    assert facts["chosen"] == "poisson"
    assert np.abs(x - found).max() < np.abs(early - found).max()
    assert len(traces) == 2
    assert problem.numbers(x)._asdict() == facts["simpler"]


def test_two_sections_are_too_few_to_choose(regular: list[Section]) -> None:
    result = QUICK(regular[:2], 1)
    assert "seeds" not in result.facts
    assert result.grains.seeds is None


def test_numbers_and_points_are_inverse(sections: list[Section]) -> None:
    problem = Problem(sections, False, True, np.random.default_rng(0)).with_seeds("lattice")
    mixed = problem.with_mixture()
    assert (problem.kind, mixed.kind) == ("lattice", "mixture")
    x = np.linspace(0.2, 0.8, len(mixed.free))
    np.testing.assert_allclose(mixed.point(mixed.numbers(x)), x, atol=1e-12)
    numbers = problem.numbers(np.full(len(problem.free), 0.4))
    assert numbers.upper_power == 1.0
    assert mixed.numbers(mixed.point(numbers)) == pytest.approx(numbers)


def test_grains_of_two_sizes_start_where_sections_ask_for_them() -> None:
    law = replace(TRUTH.marks, offset=(0.0, 0.0))  # type: ignore[type-var]
    large = replace(law, offset=(0.11, 0.11), offset_range=(0.0, 0.125))
    small = Problem(
        cut_sections(replace(TRUTH, marks=law), [0.0] * 3), False, False, np.random.default_rng(0)
    )
    x = np.clip(small.start, 0.05, 0.95)
    start = two_sizes(small, x, 2, 6)
    assert len(start.tried) == 1 + len(MIXTURES)
    assert start.problem.numbers(start.x).upper_power < 1.1  # all of one size

    def mixed(pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        first, second = law(pattern, rng), large(pattern, rng)
        some = rng.random(len(pattern.seeds)) < 0.3
        return first._replace(offsets=np.where(some, second.offsets, first.offsets))

    sections = cut_sections(replace(TRUTH, marks=mixed), [0.0] * 4)
    problem = Problem(sections, False, False, np.random.default_rng(0))
    start = two_sizes(problem, x, 2, 6)
    assert start.problem.numbers(start.x).upper_power > 1.2


def test_a_gain_that_the_simpler_law_gives_too_keeps_it() -> None:
    laws = ("poisson", "lattice")
    assert not Evidence(laws, 5.0, -3.0, 3.0, 3.0, 4).sure
    assert not Evidence(laws, 8.0, -3.0, 3.0, 90.0, 4).sure  # less likely still by the wider law
    assert Evidence(laws, 8.0, -3.0, 3.0, 3.0, 4).facts()["chosen"] == "lattice"
    assert Evidence(laws, 18.0, 7.0, 3.0, 13.0, 4).sure  # what the ratio errs is in all three


def test_the_ratio_of_two_normal_laws() -> None:
    """Divergences of normal laws whose means are 0.5 apart: 1/8, and the ratio's variance 1/4."""

    def planes(mean: float, rng: np.random.Generator) -> list[Measures]:
        table = rng.standard_normal((40, 500, 5)) + [mean, 0.0, 0.0, 0.0, 0.0]
        return [Measures(each, np.ones(1)) for each in table]

    rng = np.random.default_rng(0)
    ratio = Ratio.of(planes(0.0, rng), planes(0.5, rng))
    for mean, divergence in ((0.0, -0.125), (0.5, 0.125)):
        sums = ratio(planes(mean, rng))
        assert sums.mean() / 500 == pytest.approx(divergence, abs=0.01)
        assert sums.std(ddof=1) == pytest.approx(np.sqrt(0.25 * 500), rel=0.3)


def test_what_lies_on_a_bound_is_named(
    sections: list[Section], high_sections: list[Section]
) -> None:
    problem = Problem(sections, False, True, np.random.default_rng(0))
    assert problem.on_bounds(problem.start) == []
    edge = problem.start.copy()
    edge[0], edge[-1] = 1.0, 0.0
    said = problem.on_bounds(edge)
    assert [line.split(" = ")[0] for line in said] == ["size", "bend"]
    assert "the highest that is searched" in said[0]
    assert "the lowest that is searched" in said[1]
    tall = Problem(high_sections, False, True, np.random.default_rng(0))
    flat = np.full(len(tall.free), 0.5)
    flat[np.isin(tall.free, [1, 6])] = 0.98
    assert any("d_3 = 10 in the centre" in line for line in tall.on_bounds(flat))
    flat[tall.free == 6] = 0.0
    assert tall.on_bounds(flat) == ["flattening = 0, the lowest that is searched"]


def test_the_gauge_of_flat_grains_changes_no_plane(high_sections: list[Section]) -> None:
    """D and r times one factor make the same cells; what is cut by D's range is less."""
    problem = Problem(high_sections, False, True, np.random.default_rng(0))
    numbers = problem.numbers(problem.start)._replace(aspect=1.0, flattening=1.0)
    law = problem.law(numbers)
    d1, d2, d3 = law.diagonal
    assert d1 * d3 == pytest.approx(10.0)
    assert np.log(d3 / d2) == pytest.approx(1.0)
    assert law.offset[1] / numbers.size**2 == pytest.approx(numbers.offset * np.exp(-0.25))
