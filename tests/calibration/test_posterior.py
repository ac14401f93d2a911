"""The posterior over a wide family: its parts by what is known, the whole by a known truth."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.calibration.emulator import Emulator, shrunk, stretched
from nmc_mesh.calibration.law_problem import Problem
from nmc_mesh.calibration.posterior import Stage, further_section, posterior
from nmc_mesh.calibration.wide import ROWS, WideFamily, seeds_of
from nmc_mesh.grains.seeds import PerturbedLattice, ThomasProcess
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats
from tests.calibration.cuts import TRUTH


@pytest.fixture(scope="module")
def family(sections: list[Section]) -> WideFamily:
    return WideFamily(Problem(sections, False, True, np.random.default_rng(0)), False)


def test_a_surface_follows_a_quadratic_and_knows_its_noise() -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((400, 2)) * [1.0, 5.0] + [0.0, 7.0]
    exact = np.column_stack([x[:, 0] * x[:, 1], 2.0 + x[:, 1]])
    surface = Emulator.fit(x, exact + 0.1 * rng.standard_normal(exact.shape))
    inside = np.array([[0.3, 6.0], [-0.5, 9.0]])
    known = np.array([[1.8, 8.0], [-4.5, 11.0]])
    np.testing.assert_allclose(surface(inside), known, atol=0.06)
    np.testing.assert_allclose(surface.errors.std(axis=0), 0.1, rtol=0.1)
    np.testing.assert_allclose(surface.slope([0.3, 6.0]), [[6.0, 0.3], [0.0, 1.0]], atol=0.05)
    assert surface.freedom == pytest.approx(394, abs=0.5)
    leverages = [surface.leverage(row) for row in x]
    assert np.mean(leverages) == pytest.approx(6 / 400, rel=0.02)


def test_weights_are_those_of_least_squares() -> None:
    """J^T S^(-1): what is told of x by y = J x + e with errors of unequal scatter."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((3000, 1))
    y = np.column_stack(
        [x[:, 0] + rng.standard_normal(3000), x[:, 0] + 0.1 * rng.standard_normal(3000)]
    )
    surface = Emulator.fit(x, y)
    weights = surface.weights(np.zeros(1), surface.errors)[0]
    assert weights[1] / weights[0] == pytest.approx(100.0, rel=0.15)


def test_walkers_draw_from_a_normal_law() -> None:
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    precision = np.linalg.inv(covariance)

    def log_density(x: Floats) -> Floats:
        return np.asarray(-0.5 * np.einsum("ni,ij,nj->n", x, precision, x))

    start = np.random.default_rng(0).standard_normal((100, 2))
    draws = stretched(log_density, start, 2000, np.random.default_rng(1))
    np.testing.assert_allclose(draws.mean(axis=0), 0.0, atol=0.1)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.12)


def test_correlations_shrink_and_variances_stay() -> None:
    errors = np.array([[1.0, 2.0], [-1.0, -2.0]])
    np.testing.assert_allclose(shrunk(errors), [[1.0, 1.6], [1.6, 4.0]])


def test_regularity_goes_from_a_lattice_through_poisson_to_clusters() -> None:
    kinds = [seeds_of(value) for value in (-0.9, -0.3, 0.0, 0.3, 0.9)]
    assert [kind for kind, _ in kinds] == ["lattice", "lattice", "poisson", "clusters", "clusters"]
    displacements = [displacement for _, displacement in kinds]
    assert displacements[0] < displacements[1]
    assert displacements[3] > displacements[4]
    # The excess of the pair correlation at 0 is 3 for a regularity of 3/4.
    displacement = seeds_of(0.75)[1]
    assert 4.0 / (4 * np.pi * displacement**2) ** 1.5 == pytest.approx(3.0)


def test_the_prior_holds_what_may_be_absent(family: WideFamily) -> None:
    z = np.random.default_rng(0).standard_normal((4000, len(ROWS)))
    values = family.values(z)
    shares = {
        name: (column == 0).mean() for name, column in zip(family.names, values.T, strict=True)
    }
    assert shares["flattening"] == pytest.approx(0.44, abs=0.03)
    assert shares["upper_power"] == pytest.approx(0.57, abs=0.03)
    assert shares["regularity"] == pytest.approx(0.31, abs=0.03)
    for seeds in (PerturbedLattice, ThomasProcess):
        assert any(isinstance(family.model(row).seeds, seeds) for row in values[:30])


def test_isotropic_grains_have_no_shape(sections: list[Section]) -> None:
    family = WideFamily(Problem(sections, True, True, np.random.default_rng(0)), True)
    law = family.problem.law(family.numbers(family.values(np.ones((1, 6)))[0])[0])
    assert len(set(law.diagonal)) == 1
    assert law.surface == law.diagonal


def test_differences_are_summed_up(family: WideFamily) -> None:
    objective, planes = family.problem.objective, family.problem.planes
    v, factors = objective.summed_up(objective.differences(planes), range(4))
    np.testing.assert_allclose(v, 0.0, atol=1e-12)
    np.testing.assert_allclose(factors, 1.0)
    two = objective.spread_out(2)
    v, factors = objective.summed_up(objective.differences(planes[:2], 1, two), two)
    assert two == [0, 1]
    assert factors[0] ** 2 == pytest.approx(0.5, abs=0.05)
    assert np.abs(v).max() > 1e-3
    larger = np.eye(planes[0].table.shape[1])[0]
    moved = [plane._replace(table=plane.table + larger) for plane in planes]
    shifted = objective.summed_up(objective.differences(moved), range(4))[0]
    assert shifted[0] > 5 * np.abs(shifted[1:5]).max()  # all sizes larger: the first moment


def test_a_known_truth_lies_in_the_posterior(sections: list[Section]) -> None:
    """Of two short runs together: the size of one alone is off by 2 or 3 %."""
    stages = (Stage(40, np.inf), Stage(56, 3.0))
    first, second = (posterior(sections, seed, stages=stages) for seed in (0, 1))
    values = np.concatenate([first.values, second.values])
    table = dict(zip(first.family.names, values.T, strict=True))
    size = first.family.problem.guess * np.exp(table["size"])
    low, high = np.quantile(size, [0.02, 0.98])
    assert low < TRUTH.grain_size < high < 1.25 * low
    low, high = np.quantile(table["surface_aspect"], [0.02, 0.98])
    assert low < np.log(5.0 / 1.5) < high
    prior = first.family.values(np.random.default_rng(0).standard_normal((1000, len(ROWS))))
    assert table["surface_aspect"].std() < 0.7 * prior[:, 2].std()
    for result in (first, second):
        assert result.further is not None
        assert len(result.further) == len(result.summaries) == len(result.design) == 56


def test_no_further_section_is_asked_for_where_one_lies_off_the_centre(
    family: WideFamily, high_sections: list[Section]
) -> None:
    radius = family.problem.radius
    (more,) = further_section(family.problem.regions, radius)
    assert more.height == pytest.approx(0.5 * radius)
    high = Problem(high_sections, False, True, np.random.default_rng(0))
    assert further_section(high.regions, high.radius) == []
