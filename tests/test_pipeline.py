"""The pipeline: stages reported, sizes judged, lost labels named."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesher.accuracy import volume_errors
from nmc_mesh.mesher.sizes import check_size
from nmc_mesh.pipeline.labels import mesh_labels
from nmc_mesh.pipeline.particles import generate


def test_generate_reports_every_stage_to_its_end() -> None:
    done: dict[str, float] = {}
    particle, mesh = generate("nmc-radial", 5, diameter=1.6, progress=done.__setitem__)
    assert done["sample"] == done["validate"] == 1.0
    assert mesh.grains.tolist() == list(range(1, particle.n_grains + 1))
    errors = volume_errors(particle, mesh)
    assert errors.shape == (particle.n_grains,)
    assert np.abs(errors).max() < 0.3
    assert np.median(np.abs(errors)) < 0.04


def test_a_coarse_size_is_warned_of_and_a_fine_one_is_not() -> None:
    with pytest.warns(UserWarning, match="rule of thumb: at most 0.25 um"):
        check_size(0.26, 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_size(0.25, 1.0)
    for size in (0.0, -1.0, np.inf, np.nan):
        with pytest.raises(InputError, match="positive number of um"):
            check_size(size, 1.0)


def test_one_label_everywhere_has_no_boundary() -> None:
    with pytest.raises(InputError, match="every voxel has the label 3"):
        mesh_labels(LabelImage(np.full((4, 4, 4), 3), 0.1))


def test_labels_that_are_merged_are_named() -> None:
    labels = np.ones((16, 16, 16), dtype=np.int32)
    labels[4, 4, 4], labels[11, 11, 11] = 7, 9
    with pytest.warns(UserWarning, match=r"2 labels of 1 to 7 voxels .* \(7, 9\); keep them"):
        _, mesh = mesh_labels(LabelImage(labels, 0.1))
    assert np.unique(mesh.labels).tolist() == [1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mesh_labels(LabelImage(np.where(np.indices(labels.shape)[0] < 8, 3, 8), 0.1))
