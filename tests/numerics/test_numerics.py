"""Draws are numpy's, functions take any shape, products go in order, eigenvectors are such."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.numerics import draws
from nmc_mesh.numerics.frames import perpendiculars, radial_directions
from nmc_mesh.numerics.functions import arctan2, cbrt, power, sin
from nmc_mesh.numerics.products import determinants, dot, gauss_rule, matmul, symmetric_eigen
from nmc_mesh.numerics.roots import bisect
from tests.scripts import load_script

COUNT = 400_000
TABLES = Path(nmc_mesh.__file__).parent / "_core" / "src" / "numerics" / "ziggurat_tables.hpp"
Draw = Callable[[np.random.Generator], Any]
LAWS: dict[str, tuple[Draw, Draw]] = {
    "normal": (lambda g: draws.standard_normal(g, COUNT), lambda g: g.standard_normal(COUNT)),
    "uniform": (lambda g: draws.uniform(g, -3, 7.7, COUNT), lambda g: g.uniform(-3, 7.7, COUNT)),
}
for _nu in (1.2, 2.0, 2.5, 4.4, 1e3, 1e9):
    LAWS[f"t-{_nu}"] = (
        lambda g, nu=_nu: draws.standard_t(g, nu, COUNT),  # type: ignore[misc]
        lambda g, nu=_nu: g.standard_t(nu, COUNT),  # type: ignore[misc]
    )
for _form in (0.0, 0.3, 0.9, 1.0, 1.5, 7.0):
    LAWS[f"gamma-{_form}"] = (
        lambda g, form=_form: draws.standard_gamma(g, form, COUNT),  # type: ignore[misc]
        lambda g, form=_form: g.standard_gamma(form, COUNT),  # type: ignore[misc]
    )
for _mean in (0.0, 0.5, 9.9, 10.0, 100.0, 1e6):
    LAWS[f"poisson-{_mean}"] = (
        lambda g, mean=_mean: [draws.poisson(g, mean) for _ in range(3000)],  # type: ignore[misc]
        lambda g, mean=_mean: g.poisson(mean, 3000),  # type: ignore[misc]
    )


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("bits", [np.random.PCG64, np.random.MT19937])
def test_draws_are_numpy_s(name: str, bits: Any) -> None:
    """All numbers are numpy's but for the last bits of few, and the stream stays in step."""
    ours, numpys = LAWS[name]
    one, two = np.random.Generator(bits(3)), np.random.Generator(bits(3))
    found, wanted = np.asarray(ours(one)), np.asarray(numpys(two))
    assert one.random() == two.random()
    assert (found != wanted).mean() < 2e-3
    np.testing.assert_allclose(found, wanted, rtol=2e-15)


def test_shapes_of_draws() -> None:
    rng = np.random.default_rng(1)
    assert draws.standard_normal(rng, (3, 4)).shape == (3, 4)
    assert draws.standard_normal(rng, 0).shape == (0,)


def test_tables_are_what_their_program_writes() -> None:
    made = load_script("tests/core/make_ziggurat.py")
    assert TABLES.read_text(encoding="utf-8") == made.header()


def test_functions_take_any_shape() -> None:
    grid = np.linspace(-3, 3, 24).reshape(2, 3, 4)
    np.testing.assert_allclose(sin(grid.T), np.sin(grid.T), rtol=1e-15, atol=1e-16)
    np.testing.assert_allclose(arctan2(grid, grid[0, 0]), np.arctan2(grid, grid[0, 0]), rtol=1e-15)
    assert power(grid * grid, 0.5).shape == grid.shape
    assert float(cbrt(27.0)) == 3.0
    assert cbrt(2).shape == ()


def test_products_are_summed_in_ascending_order() -> None:
    rng = np.random.default_rng(2)
    for rows, inner, columns in ((1, 1, 1), (7, 13, 31), (130, 100, 642), (5, 0, 3), (0, 4, 4)):
        a, b = rng.standard_normal((rows, inner)), rng.standard_normal((inner, columns))
        total = np.zeros((rows, columns))
        for k in range(inner):
            total = total + a[:, k : k + 1] * b[k]
        assert (matmul(a, b) == total).all()
    a, b = rng.standard_normal((6, 9)), rng.standard_normal((9, 4))
    assert (matmul(a[0], b) == matmul(a, b)[0]).all()
    assert (matmul(a, b[:, 1]) == matmul(a, b)[:, 1]).all()
    np.testing.assert_allclose(dot(a[:, :3], a[:, 3:6]), (a[:, :3] * a[:, 3:6]).sum(axis=1))
    m = rng.standard_normal((8, 3, 3))
    np.testing.assert_allclose(determinants(m), np.linalg.det(m))


@pytest.mark.parametrize("d", [2, 3])
def test_eigenvectors(d: int) -> None:
    rng = np.random.default_rng(4)
    m = rng.standard_normal((500, d, d)) * 10.0 ** rng.integers(-3, 4, (500, 1, 1))
    m = m @ np.swapaxes(m, 1, 2)
    m[0], m[1] = 0.0, np.eye(d)
    values, vectors = symmetric_eigen(m)
    size = np.abs(m).max(axis=(1, 2))[:, None, None] + 1e-300
    turned = vectors @ m @ np.swapaxes(vectors, 1, 2)
    assert np.abs((turned - np.eye(d) * values[:, :, None]) / size).max() < 1e-14
    assert np.abs(vectors @ np.swapaxes(vectors, 1, 2) - np.eye(d)).max() < 1e-14
    assert (np.diff(values, axis=1) >= 0).all()
    largest = np.take_along_axis(vectors, np.abs(vectors).argmax(axis=2)[:, :, None], axis=2)
    assert (largest > 0).all()


@pytest.mark.parametrize("count", [1, 2, 5, 14, 101, 400])
def test_gauss_rule_is_exact_for_polynomials(count: int) -> None:
    nodes, weights = gauss_rule(count)
    assert (np.diff(nodes) > 0).all()
    assert (nodes == -nodes[::-1]).all()
    for power_ in range(0, min(2 * count, 60), 2):
        assert abs((weights * nodes**power_).sum() - 2 / (power_ + 1)) < 2e-14


def test_halving_brackets_the_root_down_to_the_last_digit() -> None:
    low, high = bisect(lambda x: x**3 < 5, 0.0, 4.0, 60)
    assert low <= 5 ** (1 / 3) <= high
    assert high - low <= np.spacing(low)
    assert bisect(lambda x: True, 0.0, 4.0, 3) == (3.5, 4.0)


def test_perpendiculars_make_right_handed_frames_and_no_axis_is_special() -> None:
    axes = np.concatenate([np.eye(3), -np.eye(3), np.random.default_rng(0).normal(size=(50, 3))])
    axes /= np.linalg.norm(axes, axis=1, keepdims=True)
    frames = np.stack([axes, *perpendiculars(axes)], axis=1)
    np.testing.assert_allclose(
        frames @ frames.transpose(0, 2, 1), np.broadcast_to(np.eye(3), (56, 3, 3)), atol=1e-15
    )
    np.testing.assert_allclose(np.linalg.det(frames), 1.0)
    assert np.array_equal(np.stack(perpendiculars(axes[7])), frames[7, 1:])
    assert np.array_equal(radial_directions([[0, 0, -3], [0, 0, 0]]), [[0, 0, -1], [1, 0, 0]])
