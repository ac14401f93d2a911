"""Grey, binary and labelled volumes are told apart, and inverted contrast is seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from scipy.spatial import cKDTree

from nmc_mesh.errors import InputError
from nmc_mesh.shell.segmentation import SegmentationOptions, segment_binary
from nmc_mesh.shell.volume import cubic, kind_of, looks_grey, segment

pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")


def balls(step: int, radius: float, count: int = 4) -> np.ndarray:
    """Labels of balls on a cubic lattice; they touch where radius = step / 2."""
    place = (np.indices((step * count,) * 3) % step) - 0.5 * (step - 1)
    index = np.indices((step * count,) * 3) // step
    labels = 1 + np.ravel_multi_index(tuple(index), (count,) * 3)
    return np.where((place**2).sum(axis=0) < radius**2, labels, 0)


LABELS = balls(12, 4.5)


def grey(sigma: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, sigma, LABELS.shape)
    return np.clip(np.where(LABELS > 0, 160, 80) + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("volume", "kind"),
    [
        (LABELS, "labels"),
        (LABELS.astype(np.float32), "labels"),
        (LABELS > 0, "binary"),
        (np.where(LABELS > 0, 255, 0).astype(np.uint8), "binary"),
        (np.where(LABELS > 0, 1.0, -1.0), "binary"),
        (grey(2), "grey"),
        (grey(40), "grey"),
        (grey(2) / 255, "grey"),
        (np.where(LABELS > 0, np.nan, 1.0), "grey"),
        (grey(5).astype(np.int16) - 200, "grey"),
    ],
)
def test_kinds(volume: np.ndarray, kind: str) -> None:
    assert kind_of(volume) == kind


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        (np.zeros((4, 4, 4)), "constant"),
        (LABELS % 3, "name those that are particles"),
        (np.full((4, 4, 4), "a"), "holds numbers"),
        (np.zeros((0, 4, 4)), "holds numbers"),
    ],
)
def test_volumes_of_no_kind(volume: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        kind_of(volume)


@pytest.mark.parametrize("radius", [3.0, 4.5, 5.8])
def test_inverted_contrast_is_seen(radius: float) -> None:
    """From 6 % of the volume to 51 %, where the balls nearly touch."""
    solid = balls(12, radius) > 0
    kept = SegmentationOptions(keep_border=True)
    assert segment_binary(solid, 1.0, kept).counts["particles"] == 64
    with pytest.raises(InputError, match=r"inverted.*--dark"):
        segment_binary(~solid, 1.0, kept)
    dark = SegmentationOptions(keep_border=True, dark=True)
    found, same = segment_binary(~solid, 1.0, dark), segment_binary(solid, 1.0, kept)
    np.testing.assert_array_equal(found.image.labels, same.image.labels)
    with pytest.raises(InputError, match="no --dark"):
        segment_binary(solid, 1.0, dark)


def test_dense_packings_are_not_refused() -> None:
    """At 65 % of the volume pores are bodies too: the contrast cannot be told, nothing is said."""
    kept = SegmentationOptions(keep_border=True)
    assert segment_binary(balls(12, 6.5) > 0, 1.0, kept).counts["particles"] == 64


def test_the_check_of_the_contrast_can_be_left_out() -> None:
    pores = LABELS == 0
    with pytest.raises(InputError, match="--no-contrast-check"):
        segment_binary(pores, 1.0)
    options = SegmentationOptions(check_contrast=False, keep_border=True, min_sphericity=0.0)
    assert segment_binary(pores, 1.0, options).counts["particles"] > 0


def test_phases_become_one_binary_volume() -> None:
    phases = np.where(LABELS % 2, 1, np.where(LABELS > 0, 2, 0))
    whole = segment(phases, 1.0, phases=[1, 2]).image.labels
    assert whole.max() == 64
    assert segment(phases, 1.0, phases=[1]).image.labels.max() == 32
    with pytest.raises(InputError, match="no voxel has the value 7"):
        segment(phases, 1.0, phases=[7])


def test_voxels_are_cubes() -> None:
    assert cubic(np.array([0.4, 0.4, 0.4])) == cubic(0.4) == 0.4
    for bad in (0.0, -1.0, np.nan, np.ones(2)):
        with pytest.raises(InputError, match="positive number of um"):
            cubic(bad)
    with pytest.raises(InputError, match=r"resample the volume to 0\.1 um"):
        cubic(np.array([0.1, 0.1, 0.2]))


def labels_of(side: int, edge: float, axes: int, seed: int, periodic: bool) -> np.ndarray:
    """Voronoi cells of about ``edge`` voxels, whole numbers in no order."""
    rng = np.random.default_rng(seed)
    count = max(60, round((side / edge) ** axes))
    seeds = cKDTree(rng.uniform(0, side, (count, axes)), boxsize=side if periodic else None)
    places = np.stack(np.indices((side,) * axes), -1).reshape(-1, axes)
    found = np.asarray(seeds.query(places)[1]).reshape((side,) * axes) + 1
    far = np.linalg.norm(places - side / 2, axis=1).reshape(found.shape)
    return found if periodic else np.where(far < 0.45 * side, found, 0)


@pytest.mark.parametrize("edge", [2.0, 2.5, 3.0, 4.0, 5.0, 6.0])
def test_coarse_labels_are_labels(edge: float) -> None:
    for axes, side in ((3, 20), (3, 40), (2, 40), (2, 150)):
        for seed in range(3):
            for periodic in (False, True):
                assert not looks_grey(labels_of(side, edge, axes, seed, periodic))


def scan(side: int, bits: int, axes: int, seed: int, blur: float, noise: float) -> np.ndarray:
    """Grey values of two phases as a tomogram has them."""
    rng = np.random.default_rng(seed)
    phase = ndimage.gaussian_filter(rng.normal(size=(side,) * axes), 4) > 0
    grey = ndimage.gaussian_filter(np.where(phase, 0.6, 0.3), 1.0)
    grey = ndimage.gaussian_filter(grey + rng.normal(0, noise, grey.shape), blur)
    return np.clip(2**bits * grey, 1, 2**bits - 1).astype(np.uint16)


@pytest.mark.parametrize("bits", [8, 12, 16])
def test_grey_values_are_no_labels(bits: int) -> None:
    for axes, side in ((3, 20), (3, 40), (2, 40), (2, 150)):
        for seed in range(3):
            for blur, noise in ((0.0, 0.01), (0.0, 0.05), (0.7, 0.01), (1.5, 0.05), (1.5, 0.0)):
                assert looks_grey(scan(side, bits, axes, seed, blur, noise))
            noisy = np.random.default_rng(seed).integers(0, 2**bits, (side,) * axes)
            assert looks_grey(noisy)
