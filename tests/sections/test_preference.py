"""Density and score of preferred orientation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import simpson
from scipy.stats import norm

from nmc_mesh import load_model
from nmc_mesh.errors import InputError
from nmc_mesh.geometry import LabelImage, labels_on_grid
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.preference import density, preference

GRID = np.linspace(0, np.pi / 2, 501)


@pytest.mark.parametrize("bandwidth", [None, 0.05, 0.3, 5.0])
@pytest.mark.parametrize("sample", [[0.0], [np.pi / 2], [0.1, 0.2, np.nan, 1.5]])
def test_the_density_integrates_to_one(sample: list[float], bandwidth: float | None) -> None:
    found = density(np.array(sample), GRID, bandwidth)
    assert simpson(found, x=GRID) == pytest.approx(1.0, abs=1e-6)


def test_reflection_keeps_a_uniform_sample_flat_up_to_the_ends() -> None:
    sample = (np.arange(500) + 0.5) * np.pi / 1000
    np.testing.assert_allclose(density(sample, GRID, 0.1), 2 / np.pi, rtol=1e-5)


def test_the_density_is_that_of_the_sample() -> None:
    sample = norm.ppf((1 + (np.arange(1000) + 0.5) / 1000) / 2, scale=0.3)
    truth = 2 * norm.pdf(GRID, scale=0.3)
    found = density(sample[sample < np.pi / 2], GRID)
    assert np.abs(found - truth).max() < 0.03 * truth.max()


def test_scores_of_pure_samples() -> None:
    assert preference(np.zeros(20)).score == pytest.approx(1)
    assert preference(np.full(20, np.pi / 2)).score == pytest.approx(-1)
    assert preference(np.full(20, np.pi / 4)).score == pytest.approx(0)
    assert preference(np.array([np.nan, 0.0])).grains == 1
    assert not preference(np.array([np.nan])).radial


def test_chance_is_seldom_taken_for_preference() -> None:
    rng = np.random.default_rng(1)
    found = [preference(rng.uniform(0, np.pi / 2, 100)) for _ in range(2000)]
    scores = np.array([one.score for one in found])
    assert scores.std() == pytest.approx(found[0].error, rel=0.05)
    assert np.mean([one.radial for one in found]) < 0.005
    weak = np.abs(rng.normal(0, 0.7, 100)) % (np.pi / 2)
    assert preference(weak).radial


def test_degrees_are_refused() -> None:
    with pytest.raises(InputError, match="convert degrees"):
        preference(np.array([10.0, 80.0]))
    with pytest.raises(InputError, match="no grain has an orientation"):
        density(np.array([np.nan]), GRID)
    with pytest.raises(InputError, match="bandwidth must be positive"):
        density(np.zeros(3), GRID, 0.0)


def test_sections_far_from_the_centre_show_less_preference() -> None:
    """Fig. 11 of the paper, on sections of a model with radial grains."""
    half = 2.6  # um
    grains = load_model("nmc-radial").grains.sample(1.4 * half, np.random.default_rng(0))
    found = []
    for height in (0.0, 1.3, 2.5):
        labels = labels_on_grid(grains, np.array([-half, -half, height]), 0.05, (105, 105, 1))
        place = describe(LabelImage(labels[:, :, 0] + 1, 0.05), [0.0, 0.0])
        found.append(preference(place.orientations[~place.cut]))
    scores = [one.score for one in found]
    assert found[0].radial
    assert scores[0] > scores[1] + 3 * found[1].error
    assert scores[1] > scores[2] + 3 * found[2].error
