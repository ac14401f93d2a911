"""The pipeline: stages timed, sizes judged, labels kept, volumes compared."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.pipeline import (
    Stopwatch,
    check_size,
    generate,
    kept_labels,
    mesh_labels,
    volume_errors,
)
from tests.meshes import cube


def test_a_stopwatch_gives_every_second_to_one_stage(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([0.0, 1.0, 3.0, 7.0, 8.0, 16.0])
    monkeypatch.setattr("nmc_mesh.pipeline.time.perf_counter", lambda: next(times))
    heard: list[tuple[str, float]] = []
    watch = Stopwatch(lambda stage, done: heard.append((stage, done)))
    reports = [("a", 0.0), ("a", 0.5), ("a", 1.0), ("b", 0.0), ("b", 1.0)]
    for stage, done in reports:
        watch(stage, done)
    assert watch.seconds == {"a": 2.0 + 4.0 + 1.0, "b": 8.0}
    assert heard == reports


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


def test_volume_errors_of_a_cube_of_octants() -> None:
    """Each octant of edge 1 um against 5, not 4, layers of voxels of 0.25 um."""
    mesh = cube(8, 4)
    axis = (np.arange(10) >= 5).astype(int)
    x, y, z = np.meshgrid(axis, axis, axis, indexing="ij")
    image = LabelImage(1 + x + 2 * y + 4 * z, 0.25)
    np.testing.assert_allclose(volume_errors(image, mesh), 0.8**3 - 1)


def test_one_label_everywhere_has_no_boundary() -> None:
    with pytest.raises(InputError, match="every voxel has the label 3"):
        mesh_labels(LabelImage(np.full((4, 4, 4), 3), 0.1))


def test_labels_that_the_mesh_loses_are_named() -> None:
    labels = np.ones((16, 16, 16), dtype=np.int32)
    labels[4, 4, 4], labels[11, 11, 11] = 7, 9
    with pytest.warns(UserWarning, match=r"2 of 3 labels are lost, .* \(7, 9\); take a size of"):
        _, mesh = mesh_labels(LabelImage(labels, 0.1))
    assert np.unique(mesh.labels).tolist() == [1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mesh_labels(LabelImage(np.where(np.indices(labels.shape)[0] < 8, 3, 8), 0.1))
