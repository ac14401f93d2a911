"""Segmentation finds the balls that were put in, and the counts say what was done."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.shell.components import contacts, measure
from nmc_mesh.shell.segmentation import (
    SegmentationOptions,
    segment_binary,
    segment_grey,
    segment_labelled,
)

pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")


def balls(shape: tuple[int, int, int], *which: tuple[int, int, int, float]) -> np.ndarray:
    grid = np.indices(shape)
    solid = np.zeros(shape, dtype=bool)
    for x, y, z, radius in which:
        solid |= ((grid - np.array([x, y, z])[:, None, None, None]) ** 2).sum(axis=0) <= radius**2
    return solid


TWO = balls((50, 34, 34), (16, 17, 17, 9), (32, 17, 17, 9))


def test_touching_balls_are_parted() -> None:
    found = segment_binary(TWO, 0.4)
    assert found.counts["particles"] == 2
    assert found.image.spacing[0] == 0.4
    sizes = np.bincount(found.image.labels.ravel())[1:]
    assert sizes.sum() == TWO.sum()
    assert abs(sizes[0] - sizes[1]) < 0.05 * sizes.sum()
    assert len(np.unique(found.image.labels[:24][TWO[:24]])) == 1


def test_grey_values_with_noise_and_either_contrast() -> None:
    noise = np.random.default_rng(0).normal(0, 0.3, TWO.shape)
    bright = segment_grey(TWO + noise, 0.4)
    dark = segment_grey(-(TWO + noise), 0.4, SegmentationOptions(dark=True))
    assert (bright.image.labels == dark.image.labels).mean() > 0.999
    assert bright.counts["particles"] == 2
    overlap = ((bright.image.labels > 0) & TWO).sum() / TWO.sum()
    assert overlap > 0.95


def test_components_by_rule() -> None:
    labels = np.zeros((60, 30, 30), dtype=np.int32)
    labels[balls(labels.shape, (12, 14, 14, 8))] = 1
    labels[3:5, 14, 14] = 2  # too small, touches ball 1: merged
    labels[balls(labels.shape, (34, 14, 14, 6))] = 3
    labels[50, 14, 14] = 3  # a far piece of 3, alone and too small: dropped
    labels[46, 2:24, 2:14] = 4  # a plate: not spherical, no neighbour: dropped
    labels[50:60, 20:30, 20:30] = 5  # at the border: dropped
    found = segment_labelled(LabelImage(labels, 1.0))
    assert found.counts == {
        "labels": 5,
        "components": 6,
        "too small": 2,
        "not spherical": 1,
        "merged": 1,
        "dropped, no sound neighbour": 2,
        "dropped, not sound after merging": 0,
        "dropped, at the border": 1,
        "particles": 2,
    }
    np.testing.assert_array_equal(found.image.labels == 1, (labels == 1) | (labels == 2))
    kept = segment_labelled(LabelImage(labels, 1.0), SegmentationOptions(keep_border=True))
    assert kept.counts["particles"] == 3


def test_a_small_piece_goes_to_the_neighbour_of_largest_contact() -> None:
    labels = np.zeros((30, 20, 20), dtype=np.int32)
    labels[3:14, 4:15, 4:15] = 1
    labels[15:26, 4:15, 4:15] = 2
    labels[14, 8:10, 8:10] = 3  # 4 faces to each side, one more to 2 below
    labels[14, 7, 8] = 2
    found = segment_labelled(LabelImage(labels, 1.0))
    assert found.counts["merged"] == 1
    assert found.image.labels[14, 8, 8] == found.image.labels[20, 9, 9]


def test_contacts_are_counted_in_faces() -> None:
    labels = np.zeros((4, 4, 4), dtype=np.int32)
    labels[:2, :2, :3] = 3
    labels[2:, :2, :3] = 1
    labels[:2, 2:, :1] = 2
    pairs, faces = contacts(labels)
    np.testing.assert_array_equal(pairs, [[1, 3], [2, 3]])
    np.testing.assert_array_equal(faces, [6, 2])


@pytest.mark.parametrize("radius", [3, 6, 10, 15])
def test_sphericity_of_voxel_balls(radius: int) -> None:
    side = 2 * radius + 3
    ball = balls((side,) * 3, (radius + 1,) * 3 + (radius,)).astype(np.int32)
    volume, sphericity = measure(ball)
    assert volume[1] == ball.sum()
    assert sphericity[1] == pytest.approx(1, abs=0.02)


def test_sphericity_of_a_cylinder() -> None:
    """Length 60, radius 5, askew to the grid; the analytic value is 0.66."""
    x = np.indices((56, 56, 56)) - 27.5
    axis = np.array([1, 2, 2]) / 3
    along = np.tensordot(axis, x, 1)
    away = np.sqrt(np.maximum((x**2).sum(axis=0) - along**2, 0))
    rod = ((np.abs(along) < 30) & (away < 5)).astype(np.int32)
    area = 2 * np.pi * 5 * 60 + 2 * np.pi * 25
    expected = np.pi ** (1 / 3) * (6 * np.pi * 25 * 60) ** (2 / 3) / area
    assert measure(rod)[1][1] == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: segment_grey(np.ones((9, 9, 9)), 1.0), "constant"),
        (lambda: segment_grey(np.full((9, 9, 9), np.nan), 1.0), "NaN"),
        (lambda: segment_grey(np.ones((9, 9)), 1.0), "three axes"),
        (lambda: segment_binary(np.zeros((9, 9, 9), dtype=bool), 1.0), "one value"),
        (lambda: segment_binary(np.random.default_rng(0).random((9, 9, 9)), 1.0), "grey"),
        (lambda: segment_binary(TWO[10:30], 1.0), "no particle is left"),
        (lambda: segment_labelled(LabelImage(TWO, (1.0, 1.0, 2.0))), "cubic"),
        (lambda: segment_labelled(LabelImage(TWO[:, :, 5], 1.0)), "two axes"),
        (lambda: SegmentationOptions(sigma=-1), "sigma"),
    ],
)
def test_bad_input_is_refused(call: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        call()  # type: ignore[operator]
