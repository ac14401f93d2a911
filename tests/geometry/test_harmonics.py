"""Spherical harmonics: orthonormal, real, in the stated order, and the directions below them."""

from __future__ import annotations

from math import factorial

import numpy as np
import pytest
from scipy.special import eval_legendre, lpmv

from nmc_mesh import parallel
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions, triangles
from nmc_mesh.geometry.harmonics import degrees, design_matrix, quadrature, slopes, synthesize


def random_directions(count: int) -> np.ndarray:
    return np.random.default_rng(3).standard_normal((count, 3))


@pytest.mark.parametrize("level", [0, 1, 3])
def test_directions_are_a_closed_even_sphere(level: int) -> None:
    unit, faces = directions(level), triangles(level)
    assert unit.shape == (10 * 4**level + 2, 3)
    assert faces.shape == (20 * 4**level, 3)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=1), 1, rtol=1e-14)
    edges = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    forward = {tuple(edge) for edge in edges.tolist()}
    assert len(forward) == len(edges)  # no edge twice in one sense ...
    assert forward == {(b, a) for a, b in forward}  # ... and each once in the other: closed
    a, b, c = unit[faces.T]
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) > 0).all()
    # Icosahedral symmetry: no preferred direction up to second moments.
    np.testing.assert_allclose(unit.mean(axis=0), 0, atol=1e-14)
    np.testing.assert_allclose(unit.T @ unit / len(unit), np.eye(3) / 3, atol=1e-14)


def test_finer_directions_begin_with_coarser() -> None:
    np.testing.assert_array_equal(directions(3)[:162], directions(2))


def test_orthonormal() -> None:
    rule = quadrature(18)
    values = design_matrix(rule.nodes, 9)
    np.testing.assert_allclose(values.T @ (rule.weights[:, None] * values), np.eye(100), atol=1e-13)


def test_agrees_with_the_definition() -> None:
    """Against scipy's associated Legendre functions, whose Condon-Shortley sign is taken out."""
    unit = random_directions(40)
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    angle = np.arctan2(unit[:, 1], unit[:, 0])
    values = design_matrix(unit, 9)
    for l in range(10):  # noqa: E741
        for m in range(l + 1):
            norm = np.sqrt((2 * l + 1) / (4 * np.pi) * factorial(l - m) / factorial(l + m))
            base = (-1) ** m * norm * lpmv(m, l, unit[:, 2]) * (np.sqrt(2) if m else 1)
            np.testing.assert_allclose(
                values[:, l * l + l + m], base * np.cos(m * angle), atol=1e-12
            )
            if m:
                expected = base * np.sin(m * angle)
                np.testing.assert_allclose(values[:, l * l + l - m], expected, atol=1e-12)


def test_first_degree_is_y_z_x() -> None:
    unit = directions()
    expected = np.sqrt(3 / (4 * np.pi)) * unit[:, [1, 2, 0]]
    np.testing.assert_allclose(design_matrix(unit, 1)[:, 1:], expected, atol=1e-15)


def test_addition_theorem() -> None:
    """sum_m Y_lm(u) Y_lm(v) = (2 l + 1) / (4 pi) P_l(u . v)."""
    u, v = random_directions(2)
    products = (design_matrix(u[None]) * design_matrix(v[None]))[0]
    cosine = u @ v / np.linalg.norm(u) / np.linalg.norm(v)
    for l in range(10):  # noqa: E741
        expected = (2 * l + 1) / (4 * np.pi) * eval_legendre(l, cosine)
        assert products[degrees(9) == l].sum() == pytest.approx(expected, abs=1e-13)


def test_poles_are_finite() -> None:
    values = design_matrix(np.array([[0, 0, 1.0], [0, 0, -1.0]]), 9)
    m_is_zero = np.zeros(100, dtype=bool)
    m_is_zero[[l * l + l for l in range(10)]] = True  # noqa: E741
    assert (values[:, ~m_is_zero] == 0).all()
    expected = [np.sqrt((2 * l + 1) / (4 * np.pi)) for l in range(10)]  # noqa: E741
    np.testing.assert_allclose(values[0, m_is_zero], expected, rtol=1e-13)


def test_slopes_are_derivatives() -> None:
    t, p, h = np.array([0.4, 1.3, 2.9]), np.array([0.1, -2.0, 3.0]), 1e-5

    def at(t: np.ndarray, p: np.ndarray) -> np.ndarray:
        return design_matrix(
            np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=1)
        )

    unit = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=1)
    polar, azimuth = slopes(unit)
    np.testing.assert_allclose(polar, (at(t + h, p) - at(t - h, p)) / (2 * h), atol=1e-7)
    numeric = (at(t, p + h) - at(t, p - h)) / (2 * h) / np.sin(t)[:, None]
    np.testing.assert_allclose(azimuth, numeric, atol=1e-6)


def test_synthesis_is_the_matrix_product_on_any_number_of_threads() -> None:
    rng = np.random.default_rng(5)
    unit, weights = random_directions(9000), rng.standard_normal(100)
    results = []
    for threads in (1, 2):
        parallel.set_threads(threads)
        results.append(synthesize(weights, unit))
    parallel.set_threads(None)
    np.testing.assert_allclose(results[0], design_matrix(unit) @ weights, rtol=0, atol=1e-12)
    assert results[0].tobytes() == results[1].tobytes()


@pytest.mark.parametrize("bad", [np.zeros((1, 3)), np.full((2, 3), np.nan), np.ones(3)])
def test_bad_directions_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="directions"):
        design_matrix(bad)


def test_bad_numbers_of_coefficients_are_refused() -> None:
    with pytest.raises(InputError, match="not 99"):
        synthesize(np.ones(99), directions())
