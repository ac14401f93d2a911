"""The descent behind all fits: its gradient in every form, its candidates, its points."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.grains.fit_descent import Problem, moments_of, problem, undecided
from nmc_mesh.grains.fit_forms import FORMS, FormName, gauged, rows_of, slopes_of
from nmc_mesh.typing import Floats, Ints

WAYS = [(form, dim) for form in FORMS for dim in (2, 3)]


def scattered(form: FormName, dim: int, shared: int = 0) -> tuple[Floats, Problem]:
    """Parameters off the optimum of a small problem whose last seeds own one label together."""
    rng = np.random.default_rng(7)
    seeds = rng.uniform(-9, 9, (14, dim))
    points = rng.uniform(-9, 9, (700, dim))
    truth = ((points[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1)
    owner = np.minimum(np.arange(14), 13 - shared).astype(np.int32)
    parts = truth.astype(np.int32)
    given = problem(points, owner[parts], dim, owner)
    start = FORMS[form].start(moments_of(points, parts, 14, np.ones(dim)), dim)
    return start + FORMS[form].rates(dim) * rng.standard_normal(start.shape), given


def candidates(rows: Floats, given: Problem, count: int) -> Ints:
    """All points as blocks of their own, so that candidates are exact."""
    chosen = np.zeros((len(given.points), count), dtype=np.int32)
    starts = np.arange(len(given.points) + 1)
    lead = np.empty(len(chosen))
    core.choose_seeds(
        rows, given.owner, given.points, given.truth, starts, chosen, lead, 0, len(starts) - 1
    )
    return chosen


@pytest.mark.parametrize("shared", [0, 3])
@pytest.mark.parametrize(("form", "dim"), WAYS)
def test_the_gradient_is_that_of_the_loss(form: FormName, dim: int, shared: int) -> None:
    way = FORMS[form]
    parameters, given = scattered(form, dim, shared)
    parameters[:, :dim] *= 1.5  # nearer to the centre than a voxel the slope is damped
    chosen = candidates(rows_of(way, parameters), given, 12)

    def loss(at: Floats, moments: Floats) -> float:
        points, truth, owner = given.points, given.truth, given.owner
        rows = rows_of(way, at)
        return core.fit_slope(rows, owner, points, truth, chosen, 0, len(points), moments)

    moments = np.zeros((14, 10))
    assert loss(parameters, moments) > 0
    gradient = slopes_of(way, parameters, moments)
    step, by_differences = 1e-5, np.zeros_like(parameters)
    for place in np.ndindex(*parameters.shape):
        ahead, behind = parameters.copy(), parameters.copy()
        ahead[place] += step
        behind[place] -= step
        none = np.zeros((14, 10))
        by_differences[place] = (loss(ahead, none) - loss(behind, none)) / (2 * step)
    free = way.rates(dim) > 0
    if form == "radial":  # where the half turn is singular, the slope is damped too
        radial = parameters[:, :3] / np.linalg.norm(parameters[:, :3], axis=1)[:, None]
        tame = np.linalg.norm(radial + [1, 0, 0], axis=1) > 0.3
        assert tame.sum() > 10
        gradient, by_differences = gradient[tame], by_differences[tame]
    np.testing.assert_allclose(
        gradient[:, free], by_differences[:, free], rtol=1e-5, atol=1e-5 * np.abs(gradient).max()
    )


@pytest.mark.parametrize(("form", "dim"), WAYS)
def test_rows_are_those_of_the_diagram(form: FormName, dim: int) -> None:
    parameters, _ = scattered(form, dim)
    rows = rows_of(FORMS[form], parameters)
    np.testing.assert_allclose(
        FORMS[form].diagram(parameters, 1.0, dim).rows, rows, rtol=1e-9, atol=1e-12
    )
    fixed = gauged(parameters, dim)
    assert fixed[:, -1].mean() == pytest.approx(0, abs=1e-12)
    assert fixed[:, 3 : 3 + dim].mean() == pytest.approx(0, abs=1e-12)
    places = np.random.default_rng(0).uniform(-9, 9, (500, dim))
    one, two = (FORMS[form].diagram(p, 1.0, dim).labels(places) for p in (parameters, fixed))
    np.testing.assert_array_equal(one, two)


def test_a_plane_stays_a_plane() -> None:
    """What tells of the third axis does not move, so the row is that of a diagram in the plane."""
    for form in FORMS.values():
        rate = form.rates(2)
        assert rate[2] == rate[5] == 0
        assert (rate[7:-1] == 0).all()


def test_candidates_are_the_cheapest_seeds_and_one_that_owns_the_label() -> None:
    parameters, given = scattered("free", 3, shared=3)
    rows = rows_of(FORMS["free"], parameters)
    chosen = candidates(rows, given, 3)
    diagram = GBPD(rows[:, :3], FORMS["free"].matrices(parameters), rows[:, 9])
    costs = diagram.costs(given.points[:, None], np.arange(14))
    expected = np.argsort(costs, axis=1)[:, :3]
    late = ~(given.owner[expected] == given.truth[:, None]).any(axis=1)
    own = np.where(given.owner == given.truth[late][:, None], costs[late], np.inf)
    expected[late, -1] = own.argmin(axis=1)
    np.testing.assert_array_equal(chosen, expected)
    assert late.any()


def test_points_beyond_doubt_are_left_out() -> None:
    """They are those in whose own cell every other label costs 30 more."""
    parameters, given = scattered("free", 2)
    parameters[:, 3:5] += np.log(6)
    rows = rows_of(FORMS["free"], parameters)
    kept = undecided(rows, given)
    diagram = FORMS["free"].diagram(parameters, 1.0, 2)
    costs = diagram.costs(given.points[:, None, :2], np.arange(14))
    own = costs[np.arange(len(costs)), given.truth]
    others = np.where(np.arange(14) == given.truth[:, None], np.inf, costs).min(axis=1)
    assert 0.2 < len(kept.points) / len(costs) < 0.9
    np.testing.assert_array_equal(kept.points, given.points[others - own < 30])
