"""Segmentation of large volumes block by block, in bounded memory.

Every block is segmented together with a margin around it, wide enough to hold each of its particles
whole. A particle is known by the first voxel of its marker (the top of its distance to the
surface), which all blocks that see it agree on, so nothing needs to be stitched. Filter, threshold
and contrast are those of the whole volume, voxel for voxel; where two particles touch, the
watershed of the whole volume may decide ties another way. Peak memory is about 10 bytes per voxel
of the volume and 90 per voxel of a block with its margin (ours).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import NamedTuple

import numpy as np
from scipy import ndimage

from nmc_mesh.errors import InputError
from nmc_mesh.progress import Progress, silent
from nmc_mesh.shell.segmentation import (
    SegmentationOptions,
    hollow_faces,
    inverted,
    markers_of,
    smooth_within,
)
from nmc_mesh.shell.segmentation import skimage_parts as _skimage
from nmc_mesh.typing import AnyArray, Bools, Ints, Longs

BLOCK, MARGIN = 160, 48
_TRUNCATE = 4.0
_BINS = 256
_BLUR = 6  # voxels that the contrast check looks around


class NarrowMargin(InputError):
    """A particle is wider than the margin around a block."""


class Block(NamedTuple):
    """Corners in voxels: of the block itself, and with its margin; shape (3,) each."""

    low: Longs
    high: Longs
    outer_low: Longs
    outer_high: Longs

    @property
    def outer(self) -> tuple[slice, ...]:
        """Where the block with its margin lies in the volume."""
        return tuple(map(slice, self.outer_low.tolist(), self.outer_high.tolist()))

    @property
    def core(self) -> tuple[slice, ...]:
        """Where the block lies in the volume."""
        return tuple(map(slice, self.low.tolist(), self.high.tolist()))

    @property
    def inner(self) -> tuple[slice, ...]:
        """Where the block lies in itself with its margin."""
        low, high = self.low - self.outer_low, self.high - self.outer_low
        return tuple(map(slice, low.tolist(), high.tolist()))


def blocks(shape: tuple[int, ...], size: int, margin: int) -> list[Block]:
    """Cut a volume into blocks of ``size`` voxels; margins end where the volume does."""
    top = np.array(shape)
    pieces = []
    for corner in product(*(range(0, extent, size) for extent in shape)):
        low = np.array(corner)
        high = np.minimum(low + size, top)
        outer = np.maximum(low - margin, 0), np.minimum(high + margin, top)
        pieces.append(Block(low, high, *outer))
    return pieces


def level_of(
    grey: AnyArray, options: SegmentationOptions, size: int, inside: Bools | None = None
) -> float:
    """Otsu's threshold of the filtered volume, as of the whole, in its field of view."""
    parts = blocks(grey.shape, size, _reach(options))
    least, most = np.inf, -np.inf
    for part in parts:
        smooth = _seen(grey, options, part, inside)
        if not smooth.size:
            continue
        if not np.isfinite(smooth).all():
            raise InputError("the grey volume holds NaN or infinity; replace them first")
        least, most = min(least, float(smooth.min())), max(most, float(smooth.max()))
    if least == most:
        raise InputError(
            f"the grey volume is constant ({grey.flat[0]}), it shows no particle; check the file"
        )
    edges = np.linspace(least, most, _BINS + 1, dtype=np.float32)
    counts = np.zeros(_BINS, dtype=np.int64)
    for part in parts:
        counts += np.histogram(_seen(grey, options, part, inside), _BINS, (least, most))[0]
    centres = 0.5 * (edges[:-1] + edges[1:])
    return float(_skimage().filters.threshold_otsu(hist=(counts, centres)))


def _reach(options: SegmentationOptions) -> int:
    return int(_TRUNCATE * options.sigma + 0.5)


def _smooth(
    grey: AnyArray, options: SegmentationOptions, part: Block, inside: Bools | None
) -> AnyArray:
    """Filtered values of a block, bit for bit those of the whole volume."""
    given = np.asarray(grey[part.outer])
    seen = None if inside is None else inside[part.outer]
    return smooth_within(given, seen, options.sigma)[part.inner]


def _seen(
    grey: AnyArray, options: SegmentationOptions, part: Block, inside: Bools | None
) -> AnyArray:
    """Filtered values of a block in the field of view."""
    smooth = _smooth(grey, options, part, inside)
    return smooth if inside is None else smooth[inside[part.core]]


def smoothed(
    grey: AnyArray, options: SegmentationOptions, level: float, inside: Bools | None = None
) -> Callable[[Block], Bools]:
    """Return what gives the mask of a block with its margin from grey values."""

    def mask(part: Block) -> Bools:
        reach = _reach(options)
        low = np.maximum(part.outer_low - reach, 0)
        high = np.minimum(part.outer_high + reach, grey.shape)
        wide = Block(part.outer_low, part.outer_high, low, high)
        solid = np.asarray(_smooth(grey, options, wide, inside) > level)
        if inside is not None:
            solid[~inside[part.outer]] = options.dark
        return solid

    return mask


def watershed_blocks(
    shape: tuple[int, ...],
    mask_of: Callable[[Block], Bools],
    options: SegmentationOptions,
    size: int = BLOCK,
    margin: int = MARGIN,
    progress: Progress = silent,
    inside: Bools | None = None,
) -> Ints:
    """Return the particles of a volume before cleaning, labels 1 ... n, shape (nx, ny, nz).

    Parameters
    ----------
    shape
        Of the volume.
    mask_of
        Gives the mask of a block with its margin, true inside particles.
    options
        Thresholds.
    size, margin
        Of the blocks, in voxels.
    progress
        Told after every block.
    inside
        The field of view, if it is not the volume.

    Raises
    ------
    InputError
        If a particle is larger than the margin, nothing is solid or all is, or the contrast seems
        inverted.
    """
    if size < 8 or margin < _BLUR:
        raise InputError(
            f"blocks need 8 voxels and a margin of {_BLUR} at least, not {size} and {margin}"
        )
    parts = blocks(shape, size, margin)
    _check(shape, mask_of, options, parts, inside)
    labels = np.zeros(shape, dtype=np.int32)
    number: dict[int, int] = {}
    for index, part in enumerate(parts):
        mask = mask_of(part) != options.dark
        if mask.any():
            basins, names = _particles(mask, part, shape, options.marker_depth)
            _check_margin(basins, part, shape, margin)
            core = basins[part.inner]
            used = np.unique(core)
            for k in used[used > 0].tolist():
                number.setdefault(int(names[k]), len(number) + 1)
            table = np.zeros(len(names), dtype=np.int32)
            table[used] = [number.get(int(names[k]), 0) for k in used.tolist()]
            labels[part.core] = table[core]
        progress("watershed", (index + 1) / len(parts))
    return labels


def _particles(
    mask: Bools, part: Block, shape: tuple[int, ...], depth: float
) -> tuple[Ints, Longs]:
    """Basins of a block with its margin, and the place in the volume that names each."""
    distance, markers = markers_of(mask, depth)
    first = ndimage.find_objects(markers)
    names = np.full(int(markers.max()) + 1, -1, dtype=np.int64)
    for k, box in enumerate(first, 1):
        inside = np.argwhere(markers[box] == k)[0]
        corner = np.array([axis.start for axis in box]) + part.outer_low
        names[k] = np.ravel_multi_index(tuple(corner + inside), shape)
    np.negative(distance, out=distance)
    basins = _skimage().segmentation.watershed(distance, markers, mask=mask)
    return np.asarray(basins, dtype=np.int32), names


def _check_margin(basins: Ints, part: Block, shape: tuple[int, ...], margin: int) -> None:
    """Refuse a particle of the block that the margin cuts."""
    ends = []
    for axis in range(3):
        if part.outer_low[axis] > 0:
            ends.append(np.unique(np.take(basins, 0, axis=axis)))
        if part.outer_high[axis] < shape[axis]:
            ends.append(np.unique(np.take(basins, -1, axis=axis)))
    cut = np.intersect1d(np.unique(basins[part.inner]), np.concatenate([[0], *ends]))
    if (cut > 0).any():
        raise NarrowMargin(
            f"a particle is larger than the margin of {margin} voxels around a block; use a larger "
            "one (margin, --margin), or segment the volume as a whole (block 0, --block 0)"
        )


def _check(
    shape: tuple[int, ...],
    mask_of: Callable[[Block], Bools],
    options: SegmentationOptions,
    parts: list[Block],
    inside: Bools | None,
) -> None:
    """Refuse a volume of one value, and one whose contrast seems inverted."""
    solid = faces = bulging = 0
    for part in parts:
        low = np.maximum(part.low - _BLUR, 0)
        near = Block(part.low, part.high, low, np.minimum(part.high + _BLUR, shape))
        mask = mask_of(near) != options.dark
        solid += int(mask[near.inner].sum())
        if options.check_contrast:
            seen = None if inside is None else inside[near.outer]
            some = hollow_faces(mask, near.inner, seen)
            faces, bulging = faces + some[0], bulging + some[1]
    total = int(np.prod(np.array(shape, dtype=np.int64)))
    if solid in (0, total):
        raise InputError("the volume is all of one value, it shows no particle; check the file")
    if options.check_contrast:
        inverted(solid / total, faces, bulging, options.dark)
