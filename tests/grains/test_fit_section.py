"""The fit of a planar diagram: its reach on true and warped sections."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from nmc_mesh.errors import InputError
from nmc_mesh.geometry import GBPD, LabelImage
from nmc_mesh.grains.fit_section import SectionFit, fit_section
from nmc_mesh.parallel import set_threads
from nmc_mesh.typing import Ints

RADIUS = 104  # pixels
PIXEL = 0.05  # um
CENTER = np.array([3.0, -2.0])


def section(seed: int, warp: float = 0.0, radius: int = RADIUS) -> tuple[LabelImage, Ints]:
    """A disc of radial grains with 3 % of its pixels missing, and its labels without gaps.

    ``warp`` displaces boundaries by so many pixels rms, as measured ones are no quadrics.
    """
    rng = np.random.default_rng(seed)
    count = int(0.021 * np.pi * (1.25 * radius) ** 2)
    seeds = rng.uniform(-1.25 * radius, 1.25 * radius, (count, 2))
    diagonals = np.array([1.5, 4.0]) * np.exp(0.3 * rng.standard_normal((count, 2)))
    truth = GBPD.radial(seeds, diagonals, None, rng.uniform(0, 50, count))
    side = 2 * radius + 1
    grid = LabelImage(np.zeros((side, side), dtype=int), 1.0).points()
    noise = [gaussian_filter(rng.standard_normal((side, side)), 2) for _ in range(2)]
    shift = np.stack(noise, axis=-1).reshape(-1, 2)
    shift *= warp / np.sqrt((shift**2).sum(axis=1).mean())
    labels = truth.labels(grid + shift) + 1
    labels[np.hypot(*grid.T) > radius] = 0
    seen = np.where(rng.random(len(labels)) < 0.03, 0, labels)
    numbers = np.zeros(count + 1, dtype=np.int32)
    there = np.unique(seen)
    numbers[there] = np.arange(len(there))
    shape, origin = (side, side), CENTER - PIXEL * radius
    return LabelImage(numbers[seen].reshape(shape), PIXEL, origin), numbers[labels].reshape(shape)


def held_out(image: LabelImage, whole: Ints, fit: SectionFit) -> float:
    """Share of the missing pixels that the fit labels as the truth does."""
    missing = ((image.labels == 0) & (whole > 0)).ravel()
    labels = fit.diagram.labels(image.points()[missing] - CENTER) + 1
    return float((labels == whole.ravel()[missing]).mean())


@pytest.mark.parametrize(("warp", "reach"), [(0.0, 0.995), (0.5, 0.96), (1.0, 0.93)])
def test_the_fit_finds_the_grains_of_a_section(warp: float, reach: float) -> None:
    image, whole = section(0, warp)
    assert image.labels.max() > 400
    found = fit_section(image, CENTER)
    assert fit_section(image, CENTER, steps=0).right < 0.93
    assert found.right >= reach
    assert held_out(image, whole, found) >= reach - 0.05
    assert len(found.lost) == 0


def test_right_and_lost_are_what_the_diagram_gives() -> None:
    image, _ = section(1, radius=30)
    found = fit_section(image, CENTER, steps=0)
    inside = image.labels.ravel() > 0
    labels = found.diagram.labels(image.points()[inside] - CENTER) + 1
    assert found.right == (labels == image.labels.ravel()[inside]).mean()
    assert set(found.lost) == set(range(1, image.labels.max() + 1)) - set(labels)
    refitted = GBPD.radial(found.diagram.seeds, found.diagonals, None, found.diagram.offsets)
    np.testing.assert_allclose(refitted.matrices, found.diagram.matrices)


def test_hidden_pixels_are_told_apart() -> None:
    image, _ = section(0, radius=40)
    found = fit_section(image, CENTER, hide=0.1, rng=np.random.default_rng(1))
    assert 0.85 < found.held_out < found.right
    assert len(found.lost) == 0
    again = fit_section(image, CENTER, hide=0.1, rng=np.random.default_rng(1))
    np.testing.assert_array_equal(again.diagram.rows, found.diagram.rows)
    assert np.isnan(fit_section(image, CENTER, 0).held_out)


def test_the_gauge_is_fixed() -> None:
    image, _ = section(1, radius=30)
    found = fit_section(image, CENTER, steps=40)
    assert np.log(found.diagonals).mean() == pytest.approx(0, abs=1e-12)
    assert found.diagram.offsets.mean() == pytest.approx(0, abs=1e-12)


def test_units_do_not_matter() -> None:
    image, _ = section(1, radius=30)
    large = LabelImage(image.labels, 100 * image.spacing, 100 * image.origin)
    one, two = fit_section(image, CENTER, 40), fit_section(large, 100 * CENTER, 40)
    np.testing.assert_allclose(two.diagram.seeds, 100 * one.diagram.seeds, rtol=1e-4)
    np.testing.assert_allclose(two.diagonals, one.diagonals, rtol=1e-4)
    np.testing.assert_allclose(two.diagram.offsets, 1e4 * one.diagram.offsets, rtol=1e-3, atol=1e-2)


def test_threads_change_no_bit() -> None:
    image, _ = section(2, radius=60)
    found = []
    for count in (1, 2, 3):
        set_threads(count)
        found.append(fit_section(image, CENTER, 30).diagram)
    set_threads(None)
    for other in found[1:]:
        np.testing.assert_array_equal(other.rows, found[0].rows)


def test_one_grain_is_all_of_the_section() -> None:
    found = fit_section(LabelImage(np.ones((5, 5)), 0.1), [0.0, 0.0])
    assert found.right == 1.0
    assert len(found.diagram) == 1


def test_what_is_no_section_is_refused() -> None:
    ones = LabelImage(np.ones((4, 4)), 1.0)
    with pytest.raises(InputError, match="two axes and at least one grain"):
        fit_section(LabelImage(np.zeros((4, 4)), 1.0), [0.0, 0.0])
    with pytest.raises(InputError, match="two finite numbers"):
        fit_section(ones, [0.0, np.nan])
    with pytest.raises(InputError, match="must not be negative"):
        fit_section(ones, [0.0, 0.0], -1)
    with pytest.raises(InputError, match=r"lies in \[0, 1\)"):
        fit_section(ones, [0.0, 0.0], hide=1.0)
    with pytest.raises(InputError, match="pass rng"):
        fit_section(ones, [0.0, 0.0], hide=0.1)
    with pytest.raises(InputError, match="label 1 has no pixel"):
        fit_section(LabelImage(np.full((4, 4), 2), 1.0), [0.0, 0.0])
    with pytest.raises(InputError, match="pixels must be square"):
        fit_section(LabelImage(np.ones((4, 4)), [1.0, 2.0]), [0.0, 0.0])
