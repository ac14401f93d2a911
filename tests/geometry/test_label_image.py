"""The label image owns its numbers, knows its volumes and refuses what is no label image."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage, kept_labels


def test_volumes_sum_to_the_volume_of_the_box():
    labels = np.random.default_rng(0).integers(0, 5, (4, 5, 6))
    image = LabelImage(labels, (0.1, 0.2, 0.3))
    assert image.volumes().sum() == pytest.approx(0.4 * 1.0 * 1.8)
    assert image.volumes()[2] == pytest.approx((labels == 2).sum() * 0.006)


@pytest.mark.parametrize("shape", [(3, 4), (3, 4, 5)])
def test_an_image_is_centred_unless_told_otherwise(shape):
    image = LabelImage(np.ones(shape), 0.5)
    np.testing.assert_allclose(image.points().mean(axis=0), 0, atol=1e-15)
    moved = LabelImage(np.ones(shape), 0.5, np.arange(len(shape)))
    np.testing.assert_allclose(moved.points()[0], np.arange(len(shape)))


def test_points_are_in_the_order_of_the_labels():
    image = LabelImage(np.arange(24).reshape(2, 3, 4), 1.0, (0, 0, 0))
    place = image.points()[image.labels.ravel() == 17][0]
    assert image.labels[tuple(place.astype(int))] == 17


def test_the_image_owns_its_labels():
    labels = np.ones((2, 2), dtype=np.int32)
    image = LabelImage(labels, 1.0)
    labels[:] = 7
    assert (image.labels == 1).all()
    with pytest.raises(ValueError, match="read-only"):
        image.labels[0, 0] = 3


@pytest.mark.parametrize(
    ("labels", "spacing", "origin", "message"),
    [
        (np.ones(3), 1.0, None, "2 or 3 axes"),
        (np.ones((0, 3)), 1.0, None, "at least one voxel"),
        (np.full((2, 2), 0.5), 1.0, None, "whole numbers"),
        (np.full((2, 2), np.nan), 1.0, None, "whole numbers"),
        (np.full((2, 2), "a"), 1.0, None, "whole numbers"),
        (-np.ones((2, 2)), 1.0, None, "negative"),
        (np.full((2, 2), 2**40), 1.0, None, "32 bits"),
        (np.ones((2, 2)), 0.0, None, "spacing"),
        (np.ones((2, 2)), (1.0, np.nan), None, "spacing"),
        (np.ones((2, 2)), 1.0, (0.0, 0.0, 0.0), "origin"),
    ],
)
def test_bad_images_are_refused(labels, spacing, origin, message):
    with pytest.raises(InputError, match=message):
        LabelImage(labels, spacing, origin)


def test_kept_labels_keep_their_numbers_and_outside_gets_the_next() -> None:
    labels = np.random.default_rng(0).choice([0, 1, 4, 7], (5, 6, 7))
    image = LabelImage(labels, 0.1)
    np.testing.assert_array_equal(kept_labels(image, [1, 4, 7]).labels, labels)
    np.testing.assert_array_equal(kept_labels(image, [4]).labels, np.where(labels == 4, 4, 0))
    whole = kept_labels(image, [0, 7]).labels
    np.testing.assert_array_equal(whole, np.select([labels == 0, labels == 7], [8, 7], 0))
    with pytest.raises(InputError, match=r"cannot keep \[2, 3\]; .* labels 0, 1, 4, 7"):
        kept_labels(image, [2, 3, 4])
    with pytest.raises(InputError, match="no label at all"):
        kept_labels(image, [])
