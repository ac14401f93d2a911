"""Outlines of sections: what is measured of them, and how the fit cuts its own shells."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.harmonics import design_matrix
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.turns import turned
from nmc_mesh.shell import Normal, ShellModel
from nmc_mesh.shell.corpuscles import saltykov
from nmc_mesh.shell.outline_moments import central_powers
from nmc_mesh.shell.outlines import Outlines, outlines_of, outlines_of_polygons
from nmc_mesh.shell.plane_cuts import mass_centres, plane_cuts
from nmc_mesh.typing import Floats

UNIT = np.sqrt(4 * np.pi)


def ellipse(a: float, b: float, pixel: float, shift: Floats) -> LabelImage:
    n = int(1.2 * max(a, b) / pixel)
    x, y = np.meshgrid(*[pixel * (np.arange(-n, n + 1) + s) for s in shift], indexing="ij")
    return LabelImage(((x / a) ** 2 + (y / b) ** 2 < 1).astype(np.int32), pixel)


def test_an_ellipse_in_pixels_and_as_a_polygon() -> None:
    angle = 2 * np.pi * np.arange(720) / 720
    line = np.stack([3 * np.cos(angle), 2 * np.sin(angle)], axis=1)
    drawn = outlines_of_polygons([line, line[::-1] + 7.0])
    seen = outlines_of(ellipse(3, 2, 0.02, np.array([0.2, 0.4])))
    # 1/A * integral of e^(2 i phi) over an ellipse: (a - b) / (a + b)
    for shown, slack in ((drawn, 1e-4), (seen, 2e-3)):
        np.testing.assert_allclose(shown.areas, 6 * np.pi, rtol=slack)
        np.testing.assert_allclose(shown.aspects, 2 / 3, rtol=2 * slack)
        np.testing.assert_allclose(np.abs(shown.harmonics[:, 0]), 0.2, atol=slack)
        np.testing.assert_allclose(np.abs(shown.harmonics[:, [1, 3]]), 0.0, atol=slack)


def test_pixels_add_the_noise_that_the_fit_expects() -> None:
    """|q_k| of discs of 10 pixels is that of 8 r pixels which err by 1 / sqrt(12)."""
    rng = np.random.default_rng(0)
    seen = [outlines_of(ellipse(10, 10, 1.0, rng.random(2))) for _ in range(300)]
    harmonics = np.concatenate([part.harmonics for part in seen])
    noise = np.sqrt((np.abs(harmonics[:, [1, 3, 5, 7]]) ** 2).mean())
    assert noise == pytest.approx(0.26 / 10**1.5, rel=0.5)


def test_large_outlines_at_the_border_are_made_up_for() -> None:
    labels = np.zeros((60, 40), np.int32)
    labels[10:30, 10:20], labels[50:, 5:9] = 1, 2
    shown = outlines_of(LabelImage(labels, 0.5))
    assert (len(shown.areas), shown.cut) == (1, 1)
    assert shown.weights[0] == pytest.approx(60 * 40 / (40 * 30))
    assert shown.areas[0] == pytest.approx(20 * 10 * 0.25)


def test_planes_cut_spheres_and_ellipsoids_of_revolution_exactly() -> None:
    """A sphere shows circles; a shell of l = 2 cut by hand, on a fine grid, the same outline."""
    rng = np.random.default_rng(3)
    table = np.zeros((6, 16))
    table[:, 0] = 2 * UNIT
    turns = rng.random((6, 3)) * [2 * np.pi, np.pi, 2 * np.pi]
    heights = np.tile([0.1, 0.6], (6, 1))
    balls = plane_cuts(table, turns, heights, 5)
    np.testing.assert_allclose(balls.tops, 2.0, rtol=1e-9)
    np.testing.assert_allclose(balls.areas, np.pi * 4 * (1 - heights**2), rtol=1e-4)
    assert np.abs(balls.harmonics).max() < 1e-6
    table[:, 4:] = rng.normal(0, 0.15, (6, 12))
    cuts = plane_cuts(table, turns, heights, 5)
    line = np.linspace(-3, 3, 601)
    x, y = np.meshgrid(line, line, indexing="ij")
    for row, shell in enumerate(turned(table, turns)):
        height = cuts.tops[row] * 0.6
        points = np.stack([x.ravel(), y.ravel(), np.full(x.size, height)], axis=1)
        inside = design_matrix(points, 3) @ shell > np.linalg.norm(points, axis=1)
        mask = np.pad(inside.reshape(x.shape), 1).astype(np.int32)
        seen = outlines_of(LabelImage(mask, 0.01), 5)
        assert cuts.areas[row, 1] == pytest.approx(seen.areas[0], rel=2e-3)
        assert cuts.aspects[row, 1] == pytest.approx(seen.aspects[0], abs=2e-3)
        np.testing.assert_allclose(
            np.abs(cuts.harmonics[row, 1]), np.abs(seen.harmonics[0]), atol=2e-3
        )


def test_powers_of_central_planes_follow_the_law_of_the_sphere() -> None:
    """E |q_k|^2 b^2 / 4 = sum_l G_kl s_l^2, by shells cut through the centre."""
    deviations = np.array([0.03, 0.02, 0.02])
    laws = (Normal(UNIT, 1e-6), Normal(0, 1e-9), *[Normal(0, s) for s in deviations])
    rng = np.random.default_rng(0)
    table = ShellModel(laws).sample_many(6000, rng).coefficients
    table[:, 1:4] = 0
    angles = rng.random((6000, 3)) * [2 * np.pi, 2, 2 * np.pi]
    angles[:, 1] = np.arccos(angles[:, 1] - 1)
    cuts = plane_cuts(table, angles, np.full((6000, 1), 1e-9), 4)
    powers = (np.abs(cuts.harmonics[:, 0]) ** 2).mean(axis=0) / 4
    np.testing.assert_allclose(powers, central_powers(4) @ deviations**2, rtol=0.06)
    assert central_powers(4)[0, 1] == pytest.approx(0.0, abs=1e-15)  # l + k odd


def test_a_ball_off_the_origin_has_its_centre_of_mass_there() -> None:
    table = np.zeros((1, 9))
    table[0, [0, 1, 2, 3]] = UNIT, *(np.sqrt(4 * np.pi / 3) * np.array([0.02, 0.03, 0.01]))
    np.testing.assert_allclose(mass_centres(table)[0], [0.01, 0.02, 0.03], rtol=2e-2)


def test_saltykov_unfolds_balls_of_two_sizes() -> None:
    """Planes hit balls of 2 um twice as often as those of 1 um; by number they are as many."""
    places = (np.arange(4000) + 0.5) / 4000
    circle = np.sqrt(1 - places**2)
    spheres = saltykov(np.concatenate([2 * circle, 2 * circle, circle]), classes=16)
    assert spheres.mean == pytest.approx(1.5, rel=0.05)
    assert spheres.deviation == pytest.approx(0.5, rel=0.1)
    assert spheres.shares.sum() == pytest.approx(1.0)
    # the mean of 1 / d of circles is pi / (2 mean D), and Gamma has it so
    ratio = special.gamma(0.5) ** 2 / 2
    assert ratio / np.mean(1 / circle) == pytest.approx(1.0, rel=0.02)


def few(degree: int) -> Outlines:
    ones = np.ones(5)
    return Outlines(ones, np.ones((5, degree - 1), complex), ones, ones, 0.0, 0)


@pytest.mark.parametrize(
    ("case", "remedy"),
    [
        (lambda: outlines_of(LabelImage(np.ones((4, 4), np.int32), 1.0)), "a larger image"),
        (lambda: outlines_of(LabelImage(np.ones((4, 4, 4), np.int32), 1.0)), "two axes"),
        (lambda: outlines_of(LabelImage(np.ones((4, 4), np.int32), [1.0, 2.0])), "square pixels"),
        (lambda: outlines_of_polygons([[[0, 0], [1, 1]]]), "three corners"),
        (lambda: outlines_of_polygons([[[0, 0], [1, 1], [2, 2]]]), "no area"),
        (lambda: saltykov([1.0, 2.0]), "ten circles"),
    ],
)
def test_bad_outlines_are_refused(case: object, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        case()  # type: ignore[operator]


def test_five_outlines_are_too_few() -> None:
    from nmc_mesh.shell.outline_fit import fit_outlines

    with pytest.raises(InputError, match="needs 100; add images"):
        fit_outlines(few(3))
