"""Where grains point to: found on true sections, and told if the assumed centre is another."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import load_model
from nmc_mesh.errors import InputError
from nmc_mesh.geometry import LabelImage, labels_on_grid
from nmc_mesh.sections.pointing import pointing

RADIUS = 2.6  # um
PIXEL = 0.05


def disc(seed: int, height: float = 0.0, shift: float = 0.0) -> LabelImage:
    """Section at a height, whose own centre lies a shift along x from the axis; in radii."""
    half = np.sqrt(1 - height**2) * RADIUS
    grains = load_model("nmc-radial").grains.sample(1.6 * RADIUS, np.random.default_rng(seed))
    side = int(2 * half / PIXEL) | 1
    start = -0.5 * (side - 1) * PIXEL
    first = np.array([start + shift * RADIUS, start, height * RADIUS])
    labels = labels_on_grid(grains, first, PIXEL, (side, side, 1))[:, :, 0] + 1
    image = LabelImage(labels, PIXEL)
    inside = np.hypot(*image.points().T).reshape(side, side) < half
    return LabelImage(np.where(inside, labels, 0), PIXEL)


@pytest.mark.parametrize("seed", range(3))
def test_the_true_centre_is_found(seed: int) -> None:
    central = pointing(disc(seed), [0.0, 0.0])
    assert not central.off
    assert central.offset < 0.1 * central.radius
    shifted = pointing(disc(seed, shift=0.4), [0.0, 0.0])
    assert shifted.off
    np.testing.assert_allclose(shifted.center, [-0.4 * RADIUS, 0.0], atol=0.2 * RADIUS)
    assert shifted.best.score > shifted.given.score + 0.1


def test_without_preference_no_centre_is_claimed() -> None:
    """Far from the particle's centre grains point to no place in the plane."""
    found = [pointing(disc(seed, height=0.85), [0.0, 0.0]) for seed in range(3)]
    assert not any(one.given.central() for one in found)
    assert not any(one.off for one in found)


def test_preference_is_judged_by_its_size() -> None:
    scores = [pointing(disc(3, height=h), [0.0, 0.0]).given for h in (0.0, 0.6)]
    assert scores[0].central()
    assert not scores[1].central()
    assert scores[0].radial
    assert scores[0].central(0.3)
    assert not scores[0].central(0.9)


def test_a_map_full_of_cut_grains_has_no_direction() -> None:
    with pytest.raises(InputError, match="every grain is cut"):
        pointing(LabelImage(np.ones((5, 5)), 0.1), [0.0, 0.0])
