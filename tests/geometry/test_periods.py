"""Periods: exact sums, places that are one, the shortest vectors of a tiling."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.typing import AnyArray, Floats
from tests.particles import release_seeds


def slanted(seed: int) -> Floats:
    """Sheared by any amount, turned anyhow."""
    rng = np.random.default_rng(seed)
    rows = np.diag(rng.uniform(0.5, 2.0, 3)) + np.tril(rng.uniform(-3, 3, (3, 3)), -1)
    return rows @ np.linalg.qr(rng.normal(size=(3, 3)))[0]


def test_places_a_period_apart_leave_the_same_to_the_last_bit() -> None:
    for seed in release_seeds(100):
        rng = np.random.default_rng(seed)
        periods = Periods(slanted(seed))
        # Anywhere, and on faces, edges and corners of the parallelepiped, and of that from which
        # periods are counted, where rounding could decide.
        shares = rng.uniform(-2, 2, (100, 3))
        shares[:40] = np.rint(2 * shares[:40]) / 2
        shares[40:60, 0] = -1234577 / 10000019
        points = periods.rounded(periods.moves(shares))
        turns = rng.integers(-5, 6, (100, 3))
        moved = points + periods.moves(turns)
        np.testing.assert_array_equal(moved - points, periods.moves(turns))
        places = [np.rint(p / periods.unit).astype(np.int64) for p in (points, moved)]
        (one, left), (two, same) = map(periods.residues, places)
        np.testing.assert_array_equal(left, same)
        np.testing.assert_array_equal(two - one, turns)


def test_the_shortest_vectors_span_the_same_tiling() -> None:
    for seed in release_seeds(100):
        periods = Periods(slanted(seed))
        short = periods.reduced
        whole = periods.fractions(short.vectors)
        np.testing.assert_allclose(whole, np.rint(whole), atol=1e-9)
        assert abs(abs(np.linalg.det(whole)) - 1) < 1e-9
        assert abs(short.volume / periods.volume - 1) < 1e-12
        # No whole multiple is shorter than the shortest, none but that is than the next.
        steps = np.arange(-4, 5)
        turns = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(-1, 3)
        lengths = np.linalg.norm(short.moves(turns[turns.any(axis=1)]), axis=1)
        assert lengths.min() > (1 - 1e-8) * short.lengths.min()
        assert (np.diff(short.lengths) <= 1e-12).all()
        angles = np.abs(short.vectors @ short.vectors.T) / short.lengths**2
        assert (angles - np.eye(3) <= 0.5 + 1e-6).all() or len(angles) == 0


def test_a_box_is_a_box_whatever_vectors_tell_of_it() -> None:
    box = Periods([2.0, 3.0, 5.0])
    assert box.is_box
    assert box.reduced is box
    told = Periods([[2, 0, 0], [0, -3, 0], [4, 3, 5]])
    assert not told.is_box
    assert told.reduced.is_box
    np.testing.assert_array_equal(np.sort(told.reduced.lengths), [2, 3, 5])
    np.testing.assert_array_equal(told.reduced.vectors, box.vectors)
    assert Periods(told.plain()).plain() == told.plain()


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (-1.0, "positive"),
        ([1.0, 2.0], "three vectors"),
        ([[1, 0, 0], [1, 1e-6, 0], [0, 0, 1]], "nearly in a plane"),
        ([[1, 0, 0], [0, 1, 0], [1, 1, 0]], "nearly in a plane"),
    ],
)
def test_what_is_no_period_is_refused(period: AnyArray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        Periods(period)
