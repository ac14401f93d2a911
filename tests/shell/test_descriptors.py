"""Descriptors of bodies whose shape is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import elliprg

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.shell.descriptors import descriptors


def ellipsoid(*axes: float, turn: np.ndarray | None = None) -> np.ndarray:
    unit = directions() if turn is None else directions() @ turn
    return 1 / np.sqrt(((unit / np.array(axes)) ** 2).sum(axis=1))


def test_ball() -> None:
    found = descriptors(np.full((1, 642), 2.0))
    assert found.d_max[0] == pytest.approx(4)
    assert found.compactness[0] == pytest.approx(1, abs=1e-9)
    assert found.aspect_ratio[0] == pytest.approx(1, abs=0.01)
    assert found.sphericity[0] == pytest.approx(1, abs=1e-12)


def test_ellipsoid_turned_anyhow() -> None:
    a, b, c = 3.0, 2.0, 1.5
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    found = descriptors(np.stack([ellipsoid(a, b, c), ellipsoid(a, b, c, turn=turn)]))
    area = 4 * np.pi * a * b * c * elliprg(1 / a**2, 1 / b**2, 1 / c**2)
    expected = np.pi ** (1 / 3) * (8 * np.pi * a * b * c) ** (2 / 3) / area
    np.testing.assert_allclose(found.d_max, 2 * a, rtol=0.01)
    np.testing.assert_allclose(found.aspect_ratio, c / a, rtol=0.01)
    np.testing.assert_allclose(found.sphericity, expected, rtol=0.005)
    np.testing.assert_allclose(found.compactness, 1, rtol=0.002)


def test_dents_lower_compactness_and_sphericity_but_not_the_size() -> None:
    dented = np.where(directions()[:, 2] > 0.8, 1.2, 2.0)
    ball, dent = descriptors(np.stack([np.full(642, 2.0), dented])).compactness
    assert dent < 0.97 * ball
    assert descriptors(dented[None]).sphericity[0] < 0.97
    assert descriptors(dented[None]).d_max[0] == pytest.approx(4)


def test_size_does_not_change_the_shape() -> None:
    radii = 2 + 0.3 * np.random.default_rng(0).random((3, 642))
    one, two = descriptors(radii), descriptors(2.5 * radii)
    np.testing.assert_allclose(two.d_max, 2.5 * one.d_max)
    for name in ("compactness", "aspect_ratio", "sphericity"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-9)


@pytest.mark.parametrize("bad", [np.ones((1, 641)), np.zeros((1, 642)), np.full((1, 642), np.nan)])
def test_bad_radii_are_refused(bad: np.ndarray) -> None:
    with pytest.raises(InputError, match="radius functions"):
        descriptors(bad)
