"""The test of fit: silent where the model is right, loud where its seeds are others."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.grains.marks import RadialMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.seeds import PerturbedLattice
from nmc_mesh.sections import treated
from nmc_mesh.sections.second_order import SecondOrder
from nmc_mesh.validation.grains_compare import compare_grains
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_fit import FitTest, fit_tests, unlikely

LAW = RadialMarkLaw((2.0, 4.0, 4.0), 0.1, (0.0, 0.0), (1.0, 10.0), (0.0, 1.0))
POISSON = GrainModel(14.4, LAW, 1.0)
REGULAR = GrainModel(14.4, LAW, 1.0, PerturbedLattice(0.2))


def test_chances_are_uniform_where_both_come_from_one_law() -> None:
    """Over populations: as many p below 0.1 as there should be, and few false alarms by Holm."""
    rng, low, alarms, runs = np.random.default_rng(0), 0, 0, 400
    for _ in range(runs):
        table = rng.normal(2.0, 0.5, (5, 4, 6)) + rng.normal(0.0, 3.0, (5, 1, 6))
        measured = [SecondOrder(*row) for row in table[:, 0]]
        groups = [[SecondOrder(*row) for row in group] for group in table[:, 1:]]
        tests = fit_tests(measured, groups)
        low += sum(test.p < 0.1 for test in tests)
        alarms += bool(unlikely(tests))
    count = 6 * runs
    assert abs(low / count - 0.1) < 4 * np.sqrt(0.09 / count)
    assert alarms / runs < 0.01 + 4 * np.sqrt(0.01 / runs)


def test_the_least_likely_comes_first_and_holm_stops_where_he_must() -> None:
    def row(name: str, p: float, z: float = 3.0) -> FitTest:
        return FitTest(name, 1.0, 2.0, z, p)

    tests = [
        row("triple_points", 0.004),
        row("neighbor_cv", 0.0001, -4.0),
        row("boundaries_far", 1),
    ]
    assert [test.name for test in unlikely(tests)] == ["neighbor_cv", "triple_points"]
    assert "evenly" in unlikely(tests)[0].meaning
    assert unlikely([row("neighbor_cv", 0.006), row("triple_points", 0.9)]) == []


@pytest.fixture(scope="module")
def regular() -> list:  # type: ignore[type-arg]
    cuts = draw_cuts(REGULAR, 2.6, [0.0] * 6, 0.05, 5)
    return [treated(cut, cut.done) for cut in cuts]


def test_seeds_of_another_process_are_told(regular: list) -> None:  # type: ignore[type-arg]
    wrong = compare_grains(regular, POISSON, np.random.default_rng(1))
    worst = unlikely(wrong.fit)
    assert "neighbor_distance" in [test.name for test in worst]
    assert "regularly" in next(t for t in worst if t.name == "neighbor_distance").meaning
    right = compare_grains(regular, REGULAR, np.random.default_rng(1))
    assert unlikely(right.fit) == []
    assert len(right.facts()["fit"]) == 6
    assert right.facts()["fit"][0]["name"] == "neighbor_distance"
