"""Any CT volume to particles: what kind of volume it is, and whether its contrast is inverted."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from math import prod
from typing import Literal, TypeAlias, get_args

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.memory import free_memory
from nmc_mesh.progress import Progress, silent
from nmc_mesh.shell.blockwise import (
    BLOCK,
    MARGIN,
    Block,
    NarrowMargin,
    level_of,
    smoothed,
    watershed_blocks,
)
from nmc_mesh.shell.components import split
from nmc_mesh.shell.segmentation import (
    Segmentation,
    SegmentationOptions,
    cleaned,
    measured,
    segment_binary,
    segment_grey,
    segment_labelled,
)
from nmc_mesh.typing import AnyArray, Bools, Ints

Kind: TypeAlias = Literal["grey", "binary", "labels"]
KINDS: tuple[Kind, ...] = get_args(Kind)

_ALIKE = 0.6
# Coarse labels against grey values: measured over 2 to 6 voxels per grain, two and three axes,
# periodic ones too, labels have at most 2.1 pieces of at least 3.4 voxels; grey values of 8 to 16
# bits have either more pieces or such of at most 2.0 voxels.
_PIECES, _PIECE, _SIDE = 2.5, 2.6, 96
_DEFAULTS = SegmentationOptions()
_FEW = 8
_WHOLE, _KEPT = 95, 12  # bytes per voxel: segmented at once, and of the volume when in blocks
_SHARE = 0.8  # of the free memory


def segment(
    volume: AnyArray,
    spacing: float | AnyArray,
    options: SegmentationOptions = _DEFAULTS,
    *,
    kind: Kind | None = None,
    phases: Iterable[int] = (),
    block: int | None = 0,
    margin: int | None = None,
    progress: Progress = silent,
) -> Segmentation:
    """Particles of a grey, binary or labelled volume, each entering at its own stage.

    Parameters
    ----------
    volume
        Grey values, 0 and another number, or labels, shape (nx, ny, nz).
    spacing
        Edge length of a voxel in um; three of them must be equal.
    options
        Thresholds.
    kind
        What the volume is; default: see ``kind_of``.
    phases
        Values that are particles in a volume of phases, which makes it binary.
    block, margin
        Edge length in voxels of the blocks that are segmented one by one, and of the margin around
        them, which has to hold the largest particle; block 0: the volume as a whole; None: as a
        whole if there is memory for it; margin None: 48, and wider where a particle needs it and
        there is memory for it. See ``blockwise``.
    progress
        Told about every stage.

    Raises
    ------
    InputError
        As ``kind_of``, ``segment_grey``, ``segment_binary`` and ``segment_labelled``; or if a phase
        does not occur, or there is not memory enough.
    MissingExtraError
        If scikit-image is not installed.

    Warns
    -----
    UserWarning
        If the volume is segmented in blocks because there is not memory enough.
    """
    array = np.asarray(volume)
    if array.ndim != 3:
        raise InputError(
            f"the shell needs a volume of three axes, this image has {array.ndim}; "
            "give the whole stack of slices"
        )
    step = cubic(spacing)
    wanted = sorted(set(phases))
    block = _affordable(array.shape, block, margin)
    if block:
        return _in_blocks(array, step, options, kind, wanted, block, margin, progress)
    if wanted:
        return segment_binary(_of_phases(array, wanted), step, options, progress)
    chosen = kind_of(array) if kind is None else kind
    if chosen == "labels":
        return segment_labelled(LabelImage(array, step), options, progress)
    if chosen == "binary":
        return segment_binary(_of_two_values(array), step, options, progress)
    return segment_grey(array, step, options, progress)


def _affordable(shape: tuple[int, ...], block: int | None, margin: int | None) -> int:
    """Return the edge of blocks that the free memory holds, as measured (see ``blockwise``)."""
    free, chosen, voxels = free_memory(), block, prod(shape)
    if chosen is None:
        chosen = 0 if _WHOLE * voxels <= _SHARE * free else BLOCK
        if chosen:
            warnings.warn(
                f"as a whole, {voxels / 1e6:,.0f} million voxels need {_WHOLE * voxels / 1e9:.1f} "
                f"GB, and {free / 1e9:.1f} GB are free; they are segmented in blocks of {BLOCK}",
                UserWarning,
                stacklevel=3,
            )
    need = _need(shape, chosen, MARGIN if margin is None else margin)
    if need > free:
        remedy = "use a smaller block (block, --block)" if _KEPT * voxels < _SHARE * free else (
            "crop the volume, or take a machine with more memory"
        )  # fmt: skip
        raise InputError(
            f"segmenting {voxels / 1e6:,.0f} million voxels needs {need / 1e9:.1f} GB, and "
            f"{free / 1e9:.1f} GB are free; {remedy}"
        )
    return chosen


def _need(shape: tuple[int, ...], block: int, margin: int) -> float:
    """Bytes that the segmentation takes, in blocks or (block 0) as a whole."""
    if not block:
        return float(_WHOLE * prod(shape))
    return float(_KEPT * prod(shape) + _WHOLE * prod(min(n, block + 2 * margin) for n in shape))


def _in_blocks(
    array: AnyArray,
    step: float,
    options: SegmentationOptions,
    kind: Kind | None,
    wanted: list[int],
    block: int,
    margin: int | None,
    progress: Progress,
) -> Segmentation:
    chosen = "binary" if wanted else kind_of(array) if kind is None else kind
    inside = measured(array, options) if chosen == "grey" else None
    if chosen == "labels":
        labels = np.array(array, dtype=np.int32)
    else:
        mask = _mask(array, options, wanted, chosen, block, progress, inside)
        labels = _watershed(array.shape, mask, options, block, margin, progress, inside)
    count = len(np.flatnonzero(np.bincount(labels.ravel())[1:])) if chosen == "labels" else 0
    count = count or int(labels.max())
    split(labels)
    return cleaned(labels, count, step, None, options, progress, inside)


def _watershed(
    shape: tuple[int, ...],
    mask: Callable[[Block], Bools],
    options: SegmentationOptions,
    block: int,
    margin: int | None,
    progress: Progress,
    inside: Bools | None,
) -> Ints:
    """Find particles in blocks; a margin that nobody chose widens until it holds them."""
    width = MARGIN if margin is None else margin
    while True:
        try:
            return watershed_blocks(shape, mask, options, block, width, progress, inside)
        except NarrowMargin:
            wider = width + width // 2
            # A margin as wide as the volume never cuts a particle, so this ends.
            if margin is not None or _need(shape, block, wider) > free_memory():
                raise
            width = wider


def _mask(
    array: AnyArray,
    options: SegmentationOptions,
    wanted: list[int],
    kind: Kind,
    block: int,
    progress: Progress,
    inside: Bools | None,
) -> Callable[[Block], Bools]:
    """Return what gives the mask of a block with its margin."""
    if kind == "grey":
        progress("filter", 0.0)
        level = level_of(array, options, block, inside)
        progress("filter", 1.0)
        return smoothed(array, options, level, inside)
    if wanted:
        return lambda part: np.isin(array[part.outer], wanted)
    high, low = array.max(), array.min()
    for plane in array:
        if not ((plane == high) | (plane == low)).all():
            _of_two_values(array)
    return lambda part: np.asarray(array[part.outer] == high)


def kind_of(volume: AnyArray) -> Kind:
    """Tell grey, binary and labelled volumes apart (ours).

    Fractions are grey; two values are binary; of whole numbers, labels are those where six of ten
    pairs of neighbours, not both 0, are equal, and grey the others: noise makes neighbours differ.

    Raises
    ------
    InputError
        If the volume is constant, or holds so few values that labels may as well be phases.
    """
    array = np.asarray(volume)
    if array.size == 0 or array.dtype.kind not in "biuf":
        raise InputError(f"a volume holds numbers, not {array.dtype} of shape {array.shape}")
    if array.dtype.kind == "f" and not (
        np.isfinite(array).all() and (array == np.rint(array)).all()
    ):
        return "grey"
    low, high = array.min(), array.max()
    if low == high:
        raise InputError(f"the volume is constant ({low}), it shows no particle; check the file")
    if ((array == low) | (array == high)).all():
        return "binary"
    if low < 0 or looks_grey(array):
        return "grey"
    values = np.unique(array[:: max(1, array.shape[0] // 16)])
    if len(values) <= _FEW:
        raise InputError(
            f"the volume holds the values {', '.join(map(str, values.tolist()))}: name those that "
            "are particles (phases, --phase), or say that every value is a particle (kind, "
            "--kind labels)"
        )
    return "labels"


def cubic(spacing: float | AnyArray) -> float:
    """Edge length of a cubic voxel; InputError if three given ones differ."""
    edges = np.atleast_1d(np.asarray(spacing, dtype=np.float64))
    if edges.shape not in ((1,), (3,)) or not (np.isfinite(edges).all() and (edges > 0).all()):
        raise InputError(f"the edge of a voxel is a positive number of um, not {spacing}")
    if np.ptp(edges) > 1e-6 * edges.max():
        sizes = " x ".join(f"{edge:g}" for edge in edges)
        raise InputError(
            f"voxels of {sizes} um are no cubes; resample the volume to {edges.min():g} um first"
        )
    return float(edges[0])


def looks_grey(array: AnyArray) -> bool:
    """Whether an image of whole numbers is grey and no image of labels (ours).

    It is if of neighbours that are not both 0 fewer than six in ten are equal, unless nearly every
    value lies in one piece of several voxels, as labels do that have few voxels each.
    """
    same = pairs = 0
    for axis in range(array.ndim):
        lower, upper = np.moveaxis(array, axis, 0)[:-1], np.moveaxis(array, axis, 0)[1:]
        solid = (lower != 0) | (upper != 0)
        pairs += int(solid.sum())
        same += int(((lower == upper) & solid).sum())
    return same < _ALIKE * pairs and not _in_pieces(array)


def _in_pieces(array: AnyArray) -> bool:
    """Whether the values in the middle of an image lie in few pieces of several voxels each."""
    middle = tuple(
        slice(max(0, (n - _SIDE) // 2), max(0, (n - _SIDE) // 2) + _SIDE) for n in array.shape
    )
    part = array[middle]
    number = np.arange(part.size).reshape(part.shape)
    ends = []
    for axis in range(part.ndim):
        lower, upper = np.moveaxis(part, axis, 0)[:-1], np.moveaxis(part, axis, 0)[1:]
        same = (lower == upper) & (lower != 0)
        places = np.moveaxis(number, axis, 0)
        ends.append((places[:-1][same], places[1:][same]))
    first, second = (np.concatenate(some) for some in zip(*ends, strict=True))
    links = coo_matrix((np.ones(len(first), np.bool_), (first, second)), (part.size, part.size))
    solid = int(np.count_nonzero(part))
    pieces = int(connected_components(links, directed=False)[0]) - (part.size - solid)
    values = len(np.unique(part[part != 0]))
    return pieces <= _PIECES * values and solid >= _PIECE * pieces > 0


def _of_phases(array: AnyArray, wanted: list[int]) -> AnyArray:
    solid = np.isin(array, wanted)
    if not solid.any():
        raise InputError(
            f"no voxel has the value {' or '.join(map(str, wanted))}; the volume holds values from "
            f"{array.min()} to {array.max()}"
        )
    return solid


def _of_two_values(array: AnyArray) -> AnyArray:
    """Larger value: particle. InputError if there are more than two values."""
    low, high = array.min(), array.max()
    solid = array == high
    if not (solid | (array == low)).all():
        raise InputError(
            "a binary volume holds two values, this one holds more; "
            "name those that are particles (phases, --phase), or enter it as grey"
        )
    return solid
