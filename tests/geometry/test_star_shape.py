"""Star shapes: balls in and out of the centre, ellipsoids, and what is refused."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions, triangles
from nmc_mesh.geometry.harmonics import design_matrix, quadrature
from nmc_mesh.geometry.star_shape import StarShape, areas, volumes


def projected(radius: np.ndarray, nodes: np.ndarray, weights: np.ndarray) -> StarShape:
    """The shape whose coefficients are the integrals of radius times Y_lm."""
    return StarShape(design_matrix(nodes, 9).T @ (weights * radius))


def shifted_ball(radius: float, shift: float) -> StarShape:
    rule = quadrature(40)
    along = shift * rule.nodes[:, 0]
    return projected(along + np.sqrt(radius**2 - shift**2 + along**2), *rule)


def random_shape(seed: int = 0) -> StarShape:
    coefficients = np.random.default_rng(seed).normal(0, 0.05, 100)
    coefficients[0] = 7.0
    return StarShape(coefficients)


def test_ball() -> None:
    ball = StarShape.ball(2.0)
    assert ball.volume == pytest.approx(4 / 3 * np.pi * 8, rel=1e-13)
    assert ball.area == pytest.approx(4 * np.pi * 4, rel=1e-13)
    assert ball.max_radius == pytest.approx(2, rel=1e-13)
    assert ball.equivalent_diameter == pytest.approx(4, rel=1e-13)


def test_ball_away_from_the_centre() -> None:
    """Gradients count: with the radius alone the area would come out 1 % too small."""
    ball = shifted_ball(2.0, 0.4)
    assert ball.volume == pytest.approx(4 / 3 * np.pi * 8, rel=1e-7)
    assert ball.area == pytest.approx(4 * np.pi * 4, rel=1e-7)
    assert ball.max_radius == pytest.approx(2.4, rel=1e-5)


def test_volume_and_area_agree_with_a_fine_polyhedron() -> None:
    shape = random_shape()
    a, b, c = (shape.radius(directions(6))[:, None] * directions(6))[triangles(6).T]
    normal = np.cross(b - a, c - a)
    assert shape.volume == pytest.approx(np.einsum("ij,ij->", a, normal) / 6, rel=2e-3)
    assert shape.area == pytest.approx(np.linalg.norm(normal, axis=1).sum() / 2, rel=2e-3)


def test_contains_is_the_radius_function() -> None:
    shape = random_shape()
    unit = np.random.default_rng(1).standard_normal((500, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    surface = shape.radius(unit)[:, None] * unit
    assert shape.contains(0.999 * surface).all()
    assert not shape.contains(1.001 * surface).any()
    assert shape.contains(np.zeros((1, 3))).all()


def test_share_of_points_inside_is_the_volume() -> None:
    shape = random_shape()
    points = np.random.default_rng(2).uniform(-3, 3, (40000, 3))
    share = shape.volume / 6**3
    error = np.sqrt(share * (1 - share) / 40000)
    assert shape.contains(points).mean() == pytest.approx(share, abs=4 * error)


def test_max_radius_bounds_a_dense_sample() -> None:
    for seed in range(3):
        shape = random_shape(seed)
        dense = shape.radius(directions(6)).max()
        assert dense * (1 - 1e-12) <= shape.max_radius <= dense * 1.002


def test_scaling() -> None:
    shape = random_shape()
    assert shape.scaled(1.7).volume == pytest.approx(1.7**3 * shape.volume, rel=1e-12)
    assert shape.scaled(1.7).area == pytest.approx(1.7**2 * shape.area, rel=1e-12)


def test_many_at_once_agree_with_one() -> None:
    shapes = [random_shape(seed) for seed in range(4)]
    table = np.stack([shape.coefficients for shape in shapes])
    np.testing.assert_allclose(volumes(table), [shape.volume for shape in shapes], rtol=1e-12)
    np.testing.assert_allclose(areas(table), [shape.area for shape in shapes], rtol=1e-12)


def test_frozen_and_picklable() -> None:
    source = np.array([7.0, 0, 0, 0])
    shape = StarShape(source)
    source[0] = 1.0
    assert shape.coefficients[0] == 7.0
    assert not shape.coefficients.flags.writeable
    copy = pickle.loads(pickle.dumps(shape))
    assert copy.coefficients.tobytes() == shape.coefficients.tobytes()


@pytest.mark.parametrize(
    ("coefficients", "message"),
    [
        (np.ones(99), "L \\+ 1"),
        (np.array([np.nan]), "finite"),
        (np.array([-1.0]), "positive"),
        (np.array([1.0, 0, 5.0, 0]), "positive"),
        (np.ones((1, 4)), "one row"),
    ],
)
def test_bad_coefficients_are_refused(coefficients: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        StarShape(coefficients)


@pytest.mark.parametrize("factor", [0.0, -1.0, np.nan, np.inf])
def test_bad_factors_are_refused(factor: float) -> None:
    with pytest.raises(InputError, match="factor"):
        StarShape.ball(1).scaled(factor)
