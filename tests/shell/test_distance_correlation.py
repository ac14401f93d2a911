"""The fast distance correlation is the one of the definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmc_mesh.errors import InputError
from nmc_mesh.shell.distance_correlation import distance_correlation


def by_definition(x: np.ndarray, y: np.ndarray) -> float:
    def centred(z: np.ndarray) -> np.ndarray:
        a = np.abs(z[:, None] - z)
        return a - a.mean(axis=0) - a.mean(axis=1)[:, None] + a.mean()

    a, b = centred(x), centred(y)
    return float(np.sqrt((a * b).mean() / np.sqrt((a * a).mean() * (b * b).mean())))


@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(-5, 5)), min_size=3, max_size=30))
def test_agrees_with_the_definition_also_with_ties(pairs: list[tuple[int, int]]) -> None:
    x, y = np.array(pairs, dtype=float).T
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        with pytest.raises(InputError, match="constant"):
            distance_correlation(x, y)
    else:
        assert distance_correlation(x, y) == pytest.approx(by_definition(x, y), abs=1e-6)


def test_sees_dependence_without_correlation() -> None:
    x = np.random.default_rng(0).standard_normal(2000)
    noise = np.random.default_rng(1).standard_normal(2000)
    assert distance_correlation(x, 3 * x + 1) == pytest.approx(1, abs=1e-9)
    assert distance_correlation(x, noise) < 0.08
    assert distance_correlation(x, x**2) > 0.4


def test_unequal_lengths_are_refused() -> None:
    with pytest.raises(InputError, match="equal length"):
        distance_correlation(np.arange(3.0), np.arange(4.0))
