"""Grains in space, and on planes: known answers."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.grains.marks import RadialMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.parallel import set_threads
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.validation.grains import Ball, draw_ball, figures, grain_shapes
from nmc_mesh.validation.grains_checks import (
    FIGURE_6,
    counted_grains,
    expected_grains,
    orientation_by_height,
)
from nmc_mesh.validation.grains_cuts import cut_ball, draw_cuts

RANGES = ((1.0, 10.0), (0.0, 1.0))
VORONOI = GrainModel(1.0, RadialMarkLaw((2.0, 2.0, 2.0), 0.0, (0.0, 0.0), *RANGES), 1.0)
LONG = GrainModel(1.0, RadialMarkLaw((1.0, 5.0, 5.0), 0.1, (0.0, 0.3), *RANGES), 1.0)


@pytest.fixture(scope="module")
def ball() -> Ball:
    return draw_ball(LONG, 5.0, np.random.default_rng(3))


def test_poisson_voronoi_cells_have_their_known_means() -> None:
    """Mean volume 1 / mu, its cv 0.4231, 15.54 neighbours; faces under a voxel are not seen."""
    shapes = grain_shapes(VORONOI, 7.0, 2000, np.random.default_rng(5), 12)
    found = figures(shapes)
    assert len(shapes.volumes) >= 2000
    assert found["volume"] == pytest.approx(1.0, rel=0.05)
    assert found["volume_cv"] == pytest.approx(0.4231, rel=0.06)
    assert found["neighbours"] == pytest.approx(15.54, rel=0.025)
    # Without direction cos(angle) is uniform on [0, 1]: the mean angle is one radian.
    assert found["radial_angle"] == pytest.approx(1.0, abs=0.04)


def test_moments_agree_with_a_plain_image_of_labels(ball: Ball) -> None:
    step, n = 1 / 8, 120
    origin = np.full(3, -0.5 * step * (n - 1))
    labels = labels_on_grid(ball.diagram, origin, step, (n, n, n))
    axes = origin[0] + step * np.arange(n)
    for grain in (0, 101, 250):
        place = np.argwhere(labels == ball.kept[grain])
        points = axes[place]
        values, vectors = np.linalg.eigh(np.cov(points.T, bias=True) + np.eye(3) * step**2 / 12)
        middle = points.mean(axis=0)
        angle = np.arccos(abs(middle @ vectors[:, 2]) / np.linalg.norm(middle))
        found = [float(column[grain]) for column in ball.shapes]
        assert found[0] == pytest.approx(len(place) * step**3)
        assert found[1:4] == pytest.approx(
            [np.sqrt(values[2] / values[1]), np.sqrt(values[1] / values[0]), angle]
        )
        near = set()
        for axis in range(3):
            for shift in (-1, 1):
                beside = place.copy()
                beside[:, axis] += shift
                near |= set(labels[tuple(beside.T)].tolist())
        assert found[4] == len(near - {int(ball.kept[grain])})


def test_grains_long_toward_the_centre_point_there(ball: Ball) -> None:
    found = figures(ball.shapes)
    assert found["radial_angle"] < 0.4
    assert found["elongation"] > 1.7
    assert (ball.shapes.distances <= 5.0).all()
    assert ball.shapes.volumes.sum() == pytest.approx(4 / 3 * np.pi * 5.0**3, rel=0.05)


def test_the_number_of_threads_changes_nothing(ball: Ball) -> None:
    set_threads(1)
    try:
        again = draw_ball(LONG, 5.0, np.random.default_rng(3))
    finally:
        set_threads(None)
    for one, two in zip(ball.shapes, again.shapes, strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_cut_shows_the_kept_grains_of_the_plane(ball: Ball, axis: int) -> None:
    found = cut_ball(ball, 1.5, 0.1, np.random.default_rng(0), 0.0, axis)
    flat = found.image.points()
    points = np.insert(flat, axis, 1.5, axis=1)
    labels = ball.diagram.labels(points)
    kept = np.isin(labels, ball.kept).reshape(found.image.labels.shape)
    np.testing.assert_array_equal(found.image.labels > 0, kept)
    both = [found.image.labels.ravel(), np.where(kept.ravel(), labels, -1)]
    pairs = np.unique(np.stack(both), axis=1)
    assert pairs.shape[1] == found.image.labels.max() + 1
    assert not describe(found.image, np.zeros(2)).cut.any()


def test_missing_pixels_are_missing(ball: Ball) -> None:
    found = cut_ball(ball, 0.0, 0.05, np.random.default_rng(0), 0.03)
    assert found.unknown_share == pytest.approx(0.03, rel=0.1)
    assert found.treatment is not None
    assert found.treatment.missing == found.unknown_share
    assert (found.image.labels[~found.known] == 0).all()


def test_sections_depend_on_their_seed_and_place_only() -> None:
    one = draw_cuts(LONG, 2.5, [0.0, 1.0], 0.1, 4)
    two = draw_cuts(LONG, 2.5, [0.0, 1.0, 0.5], 0.1, 4)
    for a, b in zip(one, two, strict=False):
        np.testing.assert_array_equal(a.image.labels, b.image.labels)
    assert [section.height for section in two] == [0.0, 1.0, 0.5]


def test_counts_of_figure_6_follow_the_theory_not_the_print() -> None:
    """Affine theory: ratios 3^(1/6) = 1.20 and 3^(-1/6) = 0.833; the paper prints 1.45, 0.84."""
    counts = {
        diagonal: np.mean([counted_grains(diagonal, np.random.default_rng(k)) for k in range(5)])
        for diagonal in FIGURE_6
    }
    unit = counts[1.0, 1.0, 1.0]
    assert unit == pytest.approx(1.458, rel=0.04)
    assert counts[1.0, 3.0, 3.0] / unit == pytest.approx(3 ** (-1 / 6), rel=0.04)
    assert counts[3.0, 1.0, 1.0] / unit == pytest.approx(3 ** (1 / 6), rel=0.06)
    assert expected_grains((3.0, 1.0, 1.0)) == pytest.approx(1.458 * 3 ** (1 / 6))
    with pytest.raises(InputError, match="d_2 = d_3"):
        expected_grains((1.0, 2.0, 3.0))


def test_sections_farther_from_the_centre_show_less_preference() -> None:
    """The trend of Fig. 11."""
    shares = (0.0, 0.35, 0.7)
    found = orientation_by_height(LONG, 8.0, shares, 1, 0.1, np.random.default_rng(0))
    scores = [one.score for one in found.scores]
    assert scores[0] > 0.7
    assert scores[0] - scores[1] > 0.1
    assert scores[1] - scores[2] > 0.1


def test_what_cannot_be_cut_is_refused(ball: Ball) -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="misses the ball"):
        cut_ball(ball, 5.0, 0.1, rng)
    with pytest.raises(InputError, match="positive pixel"):
        cut_ball(ball, 0.0, 0.0, rng)
    with pytest.raises(InputError, match="must be positive"):
        draw_ball(LONG, -1.0, rng)
    with pytest.raises(InputError, match="enlarge it"):
        draw_ball(LONG, 0.01, rng)
