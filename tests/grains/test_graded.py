"""The graded mark law and its table in a model file."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import RadialMarkLaw, SeedPattern
from nmc_mesh.particle.schema import GradedTable

LAW = GradedMarkLaw(
    (3.0, 3.0, 3.0), (1.5, 4.0, 6.0), 4.0, 0.0, (0.0, 0.05), 3.0, (1.0, 10.0), (0.0, 0.1)
)


def pattern(n: int = 20_000) -> SeedPattern:
    rng = np.random.default_rng(2)
    return SeedPattern(rng.uniform(-6, 6, (n, 3)), rng.uniform(size=(n, 2)), np.zeros(n))


def test_marks_change_from_centre_to_surface_and_no_farther() -> None:
    far = np.array([0.0, 2.0, 4.0, 9.0])
    found = LAW.marks(far, np.zeros((4, 3)), np.full(4, 0.5))
    np.testing.assert_allclose(found.diagonals[0], LAW.diagonal)
    np.testing.assert_allclose(found.diagonals[1], np.sqrt(np.multiply(LAW.diagonal, LAW.surface)))
    np.testing.assert_allclose(found.diagonals[2:], [LAW.surface] * 2)
    np.testing.assert_allclose(found.offsets, 0.05 / 8)


def test_the_power_sets_the_mean_of_the_offsets() -> None:
    found = LAW(pattern(), np.random.default_rng(0))
    assert found.offsets.mean() == pytest.approx(0.05 / 4, rel=0.03)


def test_an_upper_power_makes_grains_of_two_sizes() -> None:
    """P(X <= x) = 1 - (1 - x^(1/p))^(1/q) of Kumaraswamy; by halves and quarters it is known."""
    law = replace(LAW, power=12.0, upper_power=2.5)
    shares = law(pattern(), np.random.default_rng(0)).offsets / 0.05
    for x in (0.1, 0.5, 0.9):
        known = 1.0 - (1.0 - x ** (1 / 12.0)) ** (1 / 2.5)
        assert (shares <= x).mean() == pytest.approx(known, abs=0.01)
    middle = ((shares > 0.25) & (shares < 0.75)).mean()
    assert middle < 0.25 < min((shares < 0.25).mean(), 0.5)


def test_without_gradient_it_is_the_radial_law() -> None:
    same, ranges = (1.5, 4.0, 4.0), ((1.0, 10.0), (0.0, 0.1))
    graded = GradedMarkLaw(same, same, 4.0, 0.2, (0.0, 0.05), 1.0, *ranges)
    radial = RadialMarkLaw(same, 0.2, (0.0, 0.05), *ranges)
    one = graded(pattern(), np.random.default_rng(3))
    two = radial(pattern(), np.random.default_rng(3))
    np.testing.assert_allclose(one.diagonals, two.diagonals, rtol=1e-12)
    np.testing.assert_array_equal(one.offsets, two.offsets)


def test_a_bend_changes_grains_late() -> None:
    count = 1000
    distances, same = np.full(count, 0.5 * LAW.reach), np.zeros((count, 3))
    late = replace(LAW, bend=4.0).marks(distances, same, np.zeros(count)).diagonals
    even = LAW.marks(distances, same, np.zeros(count)).diagonals
    center, surface = np.log(LAW.diagonal), np.log(LAW.surface)
    np.testing.assert_allclose(np.log(late[0]), center + (surface - center) / 16)
    np.testing.assert_allclose(np.log(even[0]), center + (surface - center) / 2)


def test_a_table_keeps_the_law() -> None:
    assert GradedTable.of(replace(LAW, bend=2.0), 0.05).mark_law(0.05).bend == 2.0
    mixed = GradedTable.of(replace(LAW, upper_power=2.0), 0.05)
    assert mixed.mark_law(0.05).upper_power == 2.0
    assert "upper_power" not in GradedTable.of(LAW, 0.05).model_dump(exclude_none=True)
    back = GradedTable.of(LAW, 0.05).mark_law(0.05)
    assert back.diagonal == LAW.diagonal
    assert back.reach == pytest.approx(LAW.reach)
    assert back.offset == pytest.approx(LAW.offset)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("reach", 0.0, "reach > 0"),
        ("bend", 0.0, "bend > 0"),
        ("upper_power", 0.0, "upper_power > 0"),
        ("spread", np.nan, "finite"),
        ("surface", (0.5, 1.0, 1.0), "in their range"),
        ("offset", (2.0, 1.0), "lower end comes first"),
        ("diagonal", (1.0, 1.0), "three diagonal entries"),
    ],
)
def test_bad_numbers_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        GradedMarkLaw(**{**vars(LAW), name: value})
