"""Fragments are found and given away; no volume is lost, and grains hang together afterwards."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.particle.fragments import merge_fragments

IMAGES = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=3, max_side=7), elements=st.integers(0, 4)
)


def pieces(labels: np.ndarray, label: int) -> int:
    """Return the number of face-connected components, by scipy."""
    return int(ndimage.label(labels == label)[1])


@settings(max_examples=200)
@given(IMAGES)
def test_afterwards_every_grain_is_one_piece_and_none_is_lost(labels):
    image = LabelImage(labels, 0.5)
    merged, report = merge_fragments(image)
    grains = [label for label in np.unique(labels) if label > 0]
    assert [label for label in np.unique(merged.labels) if label > 0] == grains
    assert all(pieces(merged.labels, label) == 1 for label in grains)
    assert report.count == sum(pieces(labels, label) - 1 for label in grains)


@settings(max_examples=200)
@given(IMAGES)
def test_mass_is_conserved(labels):
    image = LabelImage(labels, 0.5)
    merged, report = merge_fragments(image)
    before, after = image.volumes()[1:].sum(), merged.volumes()[1:].sum()
    assert after == before - report.removed * image.voxel_volume
    # fewer may change than were found: a fragment among fragments can come home to its own grain
    assert (labels != merged.labels).sum() <= report.voxels
    assert report.volume == report.voxels * image.voxel_volume
    assert report.share * before == pytest.approx(report.volume)
    assert (merged.labels[labels == 0] == 0).all()


@given(IMAGES)
def test_merging_again_changes_nothing(labels):
    merged, _ = merge_fragments(LabelImage(labels, 1.0))
    again, report = merge_fragments(merged)
    assert report.count == 0
    assert (again.labels == merged.labels).all()


def test_the_longest_common_boundary_decides():
    labels = np.array(
        [
            [1, 1, 1, 1, 3],
            [2, 2, 3, 2, 2],
            [2, 2, 2, 2, 2],
            [3, 3, 3, 0, 0],
        ]
    )
    merged, report = merge_fragments(LabelImage(labels, 1.0))
    assert merged.labels[1, 2] == 2
    assert merged.labels[0, 4] == 1  # one face with each of two grains: the lower label
    assert (report.count, report.voxels, report.removed) == (2, 2, 0)


@pytest.mark.parametrize(("spacing", "owner"), [((1, 1), 1), ((1, 3), 1), ((3, 1), 2)])
def test_the_boundary_is_measured_in_um_not_in_faces(spacing, owner):
    """The corner pixel has one face with grain 1 (across x) and one with grain 2 (across y)."""
    labels = np.array([[3, 2, 2], [1, 2, 2], [1, 3, 3]])
    merged, _ = merge_fragments(LabelImage(labels, np.array(spacing)))
    assert merged.labels[0, 0] == owner


def test_a_fragment_behind_a_fragment_waits_for_it():
    labels = np.array([[1, 1, 1, 0, 0, 0, 0], [2, 2, 0, 0, 0, 0, 0], [2, 2, 3, 2, 1, 0, 3]])
    labels = np.pad(labels, ((0, 1), (0, 0)))
    labels[3, 5:] = 3
    merged, report = merge_fragments(LabelImage(labels, 1.0))
    assert merged.labels[2].tolist() == [2, 2, 2, 2, 2, 0, 3]
    assert report.count == 3


def test_a_fragment_in_the_void_becomes_outside():
    labels = np.zeros((5, 5, 9), dtype=int)
    labels[1:4, 1:4, 1:4] = 1
    labels[2, 2, 7] = 1
    merged, report = merge_fragments(LabelImage(labels, 0.1))
    assert merged.labels[2, 2, 7] == 0
    assert (report.count, report.removed) == (1, 1)
    assert (merged.labels > 0).sum() == 27
