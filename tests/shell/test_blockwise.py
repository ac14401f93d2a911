"""Segmentation by blocks is that of the whole volume, in a fraction of the memory."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from scipy import ndimage

from nmc_mesh.errors import InputError
from nmc_mesh.shell.blockwise import blocks, level_of
from nmc_mesh.shell.components import split
from nmc_mesh.shell.segmentation import Segmentation, SegmentationOptions, hollow_faces
from nmc_mesh.shell.volume import segment
from nmc_mesh.typing import AnyArray, Bools

skimage = pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")


def packing(
    shape: tuple[int, int, int] = (72, 60, 48), seed: int = 0, least: float = 4.0, most: float = 6.0
) -> Bools:
    """Balls of 4 to 6 voxels radius, many of which touch others."""
    rng = np.random.default_rng(seed)
    solid = np.zeros(shape, dtype=bool)
    grid = np.moveaxis(np.indices(shape), 0, -1)
    for _ in range(int(np.prod(shape) / (13 * most**3))):
        place, radius = rng.uniform(0, shape), rng.uniform(least, most)
        solid |= ((grid - place) ** 2).sum(axis=-1) < radius**2
    return solid


SOLID = packing()


def same(one: Segmentation, two: Segmentation) -> float:
    """Share of voxels, among those solid in either, whose particles are each other's."""
    a, b = one.image.labels, two.image.labels
    either = (a > 0) | (b > 0)
    pairs, counts = np.unique(np.stack([a[either], b[either]]), axis=1, return_counts=True)
    best: dict[int, tuple[int, int]] = {}
    for (x, y), n in zip(pairs.T.tolist(), counts.tolist(), strict=True):
        if x and y and n > best.get(x, (0, 0))[1]:
            best[x] = (y, n)
    return sum(n for _, n in best.values()) / int(either.sum())


def test_blocks_cover_the_volume_once() -> None:
    seen = np.zeros((25, 30, 9), dtype=int)
    for part in blocks(seen.shape, 10, 4):
        seen[part.core] += 1
        whole = np.zeros_like(seen)
        whole[part.outer][part.inner] = 1
        np.testing.assert_array_equal(np.argwhere(whole)[[0, -1]], [part.low, part.high - 1])
    assert (seen == 1).all()


@pytest.mark.parametrize("size", [24, 40])
def test_blocks_give_what_the_whole_gives(size: int) -> None:
    options = SegmentationOptions(keep_border=True)
    whole = segment(SOLID, 0.4, options)
    parts = segment(SOLID, 0.4, options, block=size, margin=26)
    assert parts.counts["particles"] == whole.counts["particles"] > 20
    assert same(whole, parts) > 0.998
    assert ((parts.image.labels > 0) == (whole.image.labels > 0)).mean() > 0.999


def test_filter_and_threshold_are_those_of_the_whole() -> None:
    noise = np.random.default_rng(1).normal(0, 0.2, SOLID.shape).astype(np.float32)
    grey, options = SOLID + noise, SegmentationOptions()
    smooth = ndimage.gaussian_filter(grey, options.sigma, output=np.float32)
    level = float(skimage.filters.threshold_otsu(smooth))
    assert level_of(grey, options, 30) == pytest.approx(level, abs=1e-6)
    whole = segment(grey, 0.4, options, kind="grey")
    parts = segment(grey, 0.4, options, kind="grey", block=30, margin=26)
    assert same(whole, parts) > 0.998
    dark = SegmentationOptions(dark=True)
    turned = segment(-grey, 0.4, dark, kind="grey")
    again = segment(-grey, 0.4, dark, kind="grey", block=30, margin=26)
    assert same(turned, again) > 0.998


def test_contrast_is_counted_once() -> None:
    whole = hollow_faces(SOLID, (slice(None),) * 3)
    total = np.zeros(2, dtype=int)
    for part in blocks(SOLID.shape, 20, 6):
        total += hollow_faces(SOLID[part.outer], part.inner)
    np.testing.assert_array_equal(total, whole)
    with pytest.raises(InputError, match="its contrast is inverted"):
        segment(~SOLID, 0.4, block=30, margin=26)


def test_parts_are_numbered_as_scikit_image_does() -> None:
    rng = np.random.default_rng(3)
    labels = np.kron(rng.integers(0, 4, (9, 8, 7)), np.ones((2, 1, 3), dtype=int))
    expected = skimage.measure.label(labels, connectivity=1, background=0)
    found = labels.astype(np.int32)
    split(found)
    np.testing.assert_array_equal(found, expected)


def test_labels_and_phases_enter_too() -> None:
    whole = segment(SOLID, 0.4, SegmentationOptions(keep_border=True))
    labels = whole.image.labels
    found = segment(labels, 0.4, SegmentationOptions(keep_border=True), kind="labels", block=30)
    np.testing.assert_array_equal(found.image.labels, labels)
    assert found.counts["labels"] == whole.counts["particles"]
    phases = np.where(SOLID, 2, 1).astype(np.uint8)
    again = segment(
        phases, 0.4, SegmentationOptions(keep_border=True), phases=[2], block=40, margin=26
    )
    assert same(whole, again) > 0.998


def test_memory_is_bounded() -> None:
    """The volume in blocks takes less; how much less grows with the volume."""
    solid = packing((96, 96, 96), 1, 2.5, 3.0).astype(np.uint8)
    peaks = []
    for block in (0, 32):
        tracemalloc.start()
        segment(solid, 0.4, block=block, margin=20)
        peaks.append(tracemalloc.get_traced_memory()[1] / solid.size)
        tracemalloc.stop()
    assert peaks[1] < 0.75 * peaks[0]


def ball(radius: float, side: int = 60) -> AnyArray:
    place = np.indices((side,) * 3) - side / 2
    return (place**2).sum(axis=0) < radius**2


def test_what_does_not_fit_a_block_is_refused() -> None:
    with pytest.raises(InputError, match="larger than the margin of 8 voxels"):
        segment(ball(18), 0.4, block=20, margin=8)
    with pytest.raises(InputError, match="a margin of 6 at least"):
        segment(ball(18), 0.4, block=20, margin=2)
    with pytest.raises(InputError, match="all of one value"):
        segment(np.zeros((30, 30, 30), bool), 0.4, kind="binary", block=20)
    with pytest.raises(InputError, match="constant"):
        segment(np.full((30, 30, 30), 0.5), 0.4, kind="grey", block=20)
