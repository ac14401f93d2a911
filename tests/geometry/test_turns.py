"""Turned functions on the sphere: their values move with the directions, nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.geometry.harmonics import degrees, design_matrix
from nmc_mesh.geometry.turns import orders, turned
from nmc_mesh.typing import Floats


def about(axis: int, angle: float) -> Floats:
    """Matrix of a turn about z (2) or y (1)."""
    c, s = np.cos(angle), np.sin(angle)
    if axis == 2:
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    return np.array([[c, 0.0, s], [0.0, 1.0, 0.0], [-s, 0.0, c]])


@pytest.mark.parametrize("degree", [0, 1, 2, 5, 9])
def test_values_move_with_the_directions(degree: int) -> None:
    rng = np.random.default_rng(degree)
    rows = rng.standard_normal((6, (degree + 1) ** 2))
    angles = rng.uniform(-4, 4, (6, 3))
    unit = rng.standard_normal((40, 3))
    for row, moved, (alpha, beta, gamma) in zip(rows, turned(rows, angles), angles, strict=True):
        matrix = about(2, alpha) @ about(1, beta) @ about(2, gamma)
        there = design_matrix(unit @ matrix.T, degree) @ moved
        np.testing.assert_allclose(there, design_matrix(unit, degree) @ row, atol=1e-12)


def test_the_power_of_every_degree_stays() -> None:
    rng = np.random.default_rng(1)
    rows = rng.standard_normal((20, 100))
    moved = turned(rows, rng.uniform(0, 7, (20, 3)))
    for k in range(10):
        part = degrees(9) == k
        np.testing.assert_allclose(
            (moved[:, part] ** 2).sum(axis=1), (rows[:, part] ** 2).sum(axis=1), rtol=1e-12
        )


def test_orders_run_from_minus_l_to_l() -> None:
    assert orders(2).tolist() == [0, -1, 0, 1, -2, -1, 0, 1, 2]
