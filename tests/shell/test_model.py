"""The random field: its moments, its rejections, its sizes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import design_matrix, direction_columns
from nmc_mesh.geometry.star_shape import volumes
from nmc_mesh.numerics.products import matmul
from nmc_mesh.shell import LogNormal, Normal, ShellModel, Student

LAWS = (LogNormal(0.2, 0.0, 7.0), Student(8.0, 0.02), Student(8.0, 0.25), Student(8.0, 0.1))


def test_variance_of_the_radius_is_the_power_spectrum() -> None:
    """Var X(u) = sum_l (2 l + 1) / (4 pi) Var Z_l in every direction: the field is isotropic."""
    laws = (Normal(14.0, 0.5), Normal(0, 0.3), Normal(0, 0.2), Normal(0, 0.1))
    sample = ShellModel(laws).sample_many(20000, np.random.default_rng(0)).coefficients
    radius = sample @ design_matrix(directions(1), 3).T
    power = [law.deviation**2 for law in laws]
    expected = sum((2 * k + 1) / (4 * np.pi) * power[k] for k in range(4))
    deviation = np.sqrt(2 / 20000)  # of a sample variance of normal numbers, relative
    np.testing.assert_allclose(radius.var(axis=0), expected, rtol=4 * deviation)
    np.testing.assert_allclose(radius.mean(), 14 / np.sqrt(4 * np.pi), rtol=1e-3)


@pytest.mark.parametrize("law", [*LAWS[:2], Normal(1.0, 2.0), Student(3.0, 1.0, 5.0)])
def test_density_belongs_to_the_sample(law: Normal) -> None:
    values = law.sample((50000,), np.random.default_rng(1))
    edges = np.quantile(values, [0.1, 0.5, 0.9])
    for low, high in pairwise(edges):
        grid = np.linspace(low, high, 2001)
        assert np.trapezoid(law.density(grid), grid) == pytest.approx(0.4, abs=0.01)


def test_rejections_are_counted_and_leave_valid_shells_only() -> None:
    model = ShellModel((Normal(6.0, 2.0), Normal(0.0, 0.8)), min_volume=10.0)
    rng = np.random.default_rng(2)
    sample = model.sample_many(2000, rng)
    assert len(sample.coefficients) == 2000
    assert sample.rejected_radius > 0
    assert sample.rejected_volume > 0
    assert (sample.coefficients @ design_matrix(directions(), 1).T > 0).all()
    assert (volumes(sample.coefficients) >= 10).all()
    assert all(shape.volume >= 10 for shape in sample.shapes()[:10])


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 9])
def test_shells_are_refused_where_a_radius_in_642_directions_is_not_positive(degree: int) -> None:
    """The core looks at few directions; what it says is what looking at all of them says."""
    rng = np.random.default_rng(degree)
    table = rng.standard_normal((4000, (degree + 1) ** 2)) * rng.uniform(0, 0.6, (4000, 1))
    table[:, 0] = rng.uniform(-0.5, 4, 4000)
    table[0], table[1, -1], table[2] = 0.0, np.nan, 0.0
    radius = matmul(table, np.ascontiguousarray(design_matrix(directions(), degree).T))
    expected = radius.min(axis=1) > 0
    found = np.empty(4000, dtype=np.bool_)
    core.positive_radii(table, direction_columns(degree), found)
    assert (found == expected).all()
    assert 200 < expected.sum() < 3990


def test_same_seed_same_bytes() -> None:
    model = ShellModel(LAWS)
    first, second = (model.sample(np.random.default_rng(7)).coefficients for _ in range(2))
    assert first.tobytes() == second.tobytes()
    assert first.tobytes() != model.sample(np.random.default_rng(8)).coefficients.tobytes()


def test_a_scaled_model_gives_scaled_shells() -> None:
    model = ShellModel(LAWS, min_volume=2.0)
    small = model.sample_many(50, np.random.default_rng(3)).coefficients
    large = model.scaled(2.5).sample_many(50, np.random.default_rng(3)).coefficients
    np.testing.assert_allclose(large, 2.5 * small, rtol=1e-12)
    assert model.scaled(2.5).min_volume == pytest.approx(2 * 2.5**3)


def test_a_wished_size_leaves_the_laws_of_the_shape_alone() -> None:
    """Volumes are exact, the laws of a_lm are the model's at any size, roughness is absolute."""
    model = ShellModel(LAWS, min_volume=2.0)
    for diameter in (2.0, 4.0, 40.0):
        rng = np.random.default_rng(9)
        shapes = [model.sample_sized(diameter, rng) for _ in range(300)]
        np.testing.assert_allclose([s.equivalent_diameter for s in shapes], diameter, rtol=1e-12)
        rough = np.array([s.coefficients[4:9] for s in shapes])
        spread = LAWS[2].tau * np.sqrt(LAWS[2].nu / (LAWS[2].nu - 2))
        assert rough.std() == pytest.approx(spread, rel=0.1)
    first, second = (model.sample_sized(3, np.random.default_rng(1)) for _ in range(2))
    assert first.coefficients.tobytes() == second.coefficients.tobytes()


def test_a_ball_of_wished_size() -> None:
    model = ShellModel((Normal(14.0, 1.0),))
    assert model.sample_sized(3.0, np.random.default_rng(0)).max_radius == pytest.approx(1.5)


def test_sizes_the_roughness_does_not_allow_are_refused() -> None:
    with pytest.raises(InputError, match="larger diameter"):
        ShellModel(LAWS).sample_sized(0.01, np.random.default_rng(0))
    for bad in (0.0, -1.0, np.nan):
        with pytest.raises(InputError, match="positive number of um"):
            ShellModel(LAWS).sample_sized(bad, np.random.default_rng(0))


def test_laws_that_give_no_shell_are_named() -> None:
    with pytest.raises(InputError, match="too wide"):
        ShellModel((Normal(-5.0, 0.1),)).sample(np.random.default_rng(0))


def test_bad_models_are_refused() -> None:
    with pytest.raises(InputError, match="degree 0"):
        ShellModel(())
    with pytest.raises(InputError, match="smallest volume"):
        ShellModel(LAWS, min_volume=-1)
    with pytest.raises(InputError, match="tau"):
        Student(3.0, 0.0)
    with pytest.raises(InputError, match="negative"):
        ShellModel(LAWS).sample_many(-1, np.random.default_rng(0))
    assert ShellModel(LAWS).sample_many(0, np.random.default_rng(0)).coefficients.shape == (0, 16)
