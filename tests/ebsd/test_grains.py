"""Grains of maps that are known."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.spatial import cKDTree

from nmc_mesh.ebsd import EbsdScan, grains
from nmc_mesh.ebsd.grains import neighbours, numbered
from nmc_mesh.ebsd.resample import on_square_grid
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Ints
from tests.ebsd.maps import NICKEL, NMC, scan


def turned_about_z(degrees: np.ndarray) -> np.ndarray:
    """Bunge's angles of crystals turned about the sample's z."""
    return np.stack([np.radians(degrees), 0 * degrees, 0 * degrees], axis=-1)


def striped(steps: list[float], width: int = 4, height: int = 6, **options: object) -> EbsdScan:
    """Stripes along y, each turned by some degrees against the one before."""
    stripes = np.repeat(np.cumsum(steps), width)
    return scan(turned_about_z(np.repeat(stripes[:, None], height, axis=1)), **options)


@pytest.mark.parametrize("shift", [0.0, 0.25, -0.25])
def test_grains_part_where_neighbours_turn_by_more_than_the_threshold(shift: float) -> None:
    labels = grains(striped([10, 6, 4, 4, 6], shift=shift))
    assert labels[:, 0].tolist() == [1] * 4 + [2] * 12 + [3] * 4
    assert (labels == labels[:, :1]).all()
    assert grains(striped([10, 6, 4, 4, 6], shift=shift), np.radians(7)).max() == 1
    assert grains(striped([10, 6, 4, 4, 6], shift=shift), np.radians(3)).max() == 5


def test_symmetric_orientations_are_one_grain() -> None:
    assert grains(striped([0, 90, 90])).max() == 1
    assert grains(striped([0, 90, 90], phase=NMC)).max() == 3
    assert grains(striped([0, 120, 120], phase=NMC)).max() == 1
    assert grains(striped([0, 120, 120])).max() == 3


def test_two_phases_never_share_a_grain() -> None:
    whole = striped([0, 0])
    phase = whole.phase.copy()
    phase[4:] = 2
    mixed = dataclasses.replace(whole, phase=phase, phases=(NICKEL, NMC))
    assert grains(mixed)[:, 0].tolist() == [1] * 4 + [2] * 4


def test_small_grains_and_unindexed_points_are_unknown() -> None:
    angles = turned_about_z(np.zeros((8, 8)))
    angles[2:4, 2:4] = [0.5, 0, 0]
    whole = scan(angles)
    phase = whole.phase.copy()
    phase[6, 6] = 0
    labels = grains(dataclasses.replace(whole, phase=phase), min_pixels=5)
    expected = np.ones((8, 8), dtype=int)
    expected[2:4, 2:4] = expected[6, 6] = 0
    np.testing.assert_array_equal(labels, expected)
    assert grains(whole, min_pixels=4).max() == 2


@pytest.mark.parametrize("shift", [0.0, 0.25, -0.25])
@pytest.mark.parametrize("shape", [(5, 4), (4, 5)])
def test_neighbours_are_all_points_at_one_step(shift: float, shape: tuple[int, int]) -> None:
    one = scan(turned_about_z(np.zeros(shape)), shift=shift)
    pairs = cKDTree(one.points().reshape(-1, 2)).query_pairs(0.51)
    assert {tuple(sorted(pair)) for pair in zip(*neighbours(one), strict=True)} == pairs
    assert len(neighbours(one)[0]) == len(pairs)


@pytest.mark.parametrize("shift", [0.25, -0.25])
def test_resampling_invents_no_label_and_keeps_areas(shift: float) -> None:
    one = scan(turned_about_z(np.zeros((60, 70))), shift=shift)
    place = one.points()
    labels: Ints = np.where(np.hypot(*(place - 15).transpose(2, 0, 1)) < 10, 7, 3).astype(np.int32)
    image = on_square_grid(one, labels)
    assert set(np.unique(image.labels)) == {3, 7}
    assert image.spacing[0] == image.spacing[1]
    assert (image.labels == 7).sum() * image.voxel_volume == pytest.approx(100 * np.pi, rel=0.02)
    near = np.hypot(*(image.points() - 15).T)
    flat = image.labels.ravel()
    assert (flat[near < 9.7] == 7).all()
    assert (flat[near > 10.3] == 3).all()


def test_pixels_with_two_steps_become_square() -> None:
    one = scan(turned_about_z(np.zeros((20, 30))))
    oblong = dataclasses.replace(one, step=np.array([0.8, 0.2]))
    image = on_square_grid(oblong, np.ones((20, 30), dtype=np.int32))
    np.testing.assert_allclose(image.spacing, 0.4)
    assert image.labels.shape == (39, 15)


def test_grains_are_numbered_by_their_first_pixel() -> None:
    assert numbered(np.array([[9, 9, 0], [4, 4, 9]])).tolist() == [[1, 1, 0], [2, 2, 1]]
    assert numbered(np.array([5, 2])).tolist() == [1, 2]


def test_options_without_meaning_are_refused() -> None:
    one = striped([0, 10])
    with pytest.raises(InputError, match="between 0 and pi"):
        grains(one, 5.0)
    with pytest.raises(InputError, match="at least 1 pixel"):
        grains(one, min_pixels=0)
    with pytest.raises(InputError, match="no grain has 100 points"):
        grains(one, min_pixels=100)
