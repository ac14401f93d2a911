"""The pieces of a label image: voxels of one label that hang together by faces.

The mesher keeps pieces, not labels: each has a function F of its own, so that each comes out whole
and with its own volume, and those that touch in an edge or a corner alone stay apart.
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple, get_args

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle._components import Runs, components, faces_across, find_owners
from nmc_mesh.typing import Bools, Floats, Ints, Longs

SMALL = 8
"""Voxels of a piece that has any shape at all; what has fewer is small."""
Small = Literal["merge", "keep"]
"""What becomes of small pieces: see `without_small`."""
SMALL_WAYS: tuple[str, ...] = get_args(Small)
COLUMNS = 4096


class Pieces(NamedTuple):
    """An image whose labels are its pieces, 1 ... n; all of label 0 stays 0, outside."""

    image: LabelImage
    label: Ints
    """Label of every piece, (n + 1,); entry 0 is 0."""
    volumes: Floats
    """Volume of every piece in um^3, (n + 1,); entry 0 that outside."""

    def labels_of(self, pieces: Ints) -> Ints:
        """Labels of pieces; what is 0 or below stays."""
        named: Ints = np.where(pieces > 0, self.label[np.maximum(pieces, 0)], pieces)
        return named


def pieces_of(image: LabelImage, whole: LabelImage | None = None, tiled: bool = False) -> Pieces:
    """Number the pieces of an image in 3D, by label and then in C order of their first voxel.

    With ``whole``, the image before small pieces were merged, the volumes of a label's pieces are
    such that they sum up to what it had there, and what labels had that went to it. Pieces of a
    ``tiled`` image go on in its translates.
    """
    labels = np.array(image.labels)
    runs, voxels, label = components(labels, tiled)
    order = np.lexsort((np.arange(len(label)), label))
    order = order[label[order] > 0]
    number = np.zeros(len(label), dtype=np.int32)
    number[order] = np.arange(1, len(order) + 1, dtype=np.int32)
    _paint(labels, runs, number)
    counts = np.bincount(number, voxels, len(order) + 1).astype(np.float64)
    volumes: Floats = counts * image.voxel_volume
    names = np.concatenate([[0], label[order]]).astype(np.int32)
    if whole is not None:
        known, voxels_then = whole.voxels()
        gone = ~np.isin(known, image.voxels()[0])[np.searchsorted(known, whole.labels)]
        takers, taken = np.unique(image.labels[gone], return_counts=True)
        took = np.zeros(len(known), dtype=np.int64)
        took[np.searchsorted(known, takers)] = taken
        at = np.searchsorted(known, names[1:])
        then = (voxels_then + took)[at] * image.voxel_volume
        first = np.searchsorted(names[1:], names[1:])
        now = np.bincount(first, volumes[1:], len(order))[first]
        volumes[1:] *= then / now
    return Pieces(LabelImage(labels, image.spacing, image.origin), names, volumes)


def without_small(
    image: LabelImage, small: str, tiled: bool = False
) -> tuple[LabelImage, dict[str, Any]]:
    """Find the pieces of 1 to 7 voxels of an image in 3D, and do with them what is asked for.

    Parameters
    ----------
    image
        Labels; 0 is outside.
    small
        "keep" leaves the image as it is. "merge" gives every small piece to the label above 0 that
        it has most surface in common with, the lower one among equals, or to outside where there is
        none; among other small ones it waits for theirs. If there is nothing else all stay, as do
        the pieces of a label of 8 voxels or more that has no larger ones.
    tiled
        Whether pieces go on in the translates of the image.

    Returns
    -------
    image, facts
        ``small_pieces`` is the number of those that were there, ``small_labels`` are labels that
        had no other pieces, ``merged_labels`` those of them that are gone.

    Raises
    ------
    InputError
        If ``small`` is neither.
    """
    if small not in SMALL_WAYS:
        raise InputError(f"small pieces can be {' or '.join(SMALL_WAYS)}, not {small!r}")
    labels = np.array(image.labels)
    runs, voxels, label = components(labels, tiled)
    is_small = (label > 0) & (voxels < SMALL) & ~_is_scattered(voxels, label)
    named = tuple(np.setdiff1d(label[is_small], label[~is_small]).tolist())
    merged = small == "merge" and not is_small[label > 0].all()
    if merged and is_small.any():
        areas: Floats = image.spacing.prod() / image.spacing
        owner = np.where(is_small, -1, label).astype(np.int32)
        pairs, sizes = core.run_contacts(runs, is_small, areas)
        if tiled:
            pairs, sizes = _with_translates(labels, runs, is_small, areas, pairs, sizes)
        find_owners(owner, pairs, sizes)
        _paint(labels, runs, np.maximum(owner, 0))
        image = LabelImage(labels, image.spacing, image.origin, image.phases)
    return image, {
        "small_pieces": int(is_small.sum()),
        "small_labels": named,
        "merged_labels": named if merged else (),
    }


def _with_translates(
    labels: Ints, runs: Runs, wanted: Bools, areas: Floats, pairs: Longs, sizes: Floats
) -> tuple[Longs, Floats]:
    """Add contacts of some components with the translates of others."""
    across, axes = faces_across(labels, runs)
    both = np.concatenate([across, across[:, ::-1]])
    size = np.concatenate([areas[axes], areas[axes]])
    met = wanted[both[:, 0]] & (both[:, 0] != both[:, 1])
    return np.concatenate([pairs, both[met]]), np.concatenate([sizes, size[met]])


def _is_scattered(voxels: Longs, label: Ints) -> Bools:
    """Mark pieces of labels that have a shape, though none of their pieces has one."""
    names, which = np.unique(label, return_inverse=True)
    total = np.bincount(which, voxels, len(names))
    largest = np.zeros(len(names), dtype=np.int64)
    np.maximum.at(largest, which, voxels)
    scattered: Bools = ((total >= SMALL) & (largest < SMALL))[which]
    return scattered


def _paint(labels: Ints, runs: Runs, names: Ints) -> None:
    """Write the name of its component to every voxel."""
    columns = labels.reshape(-1, labels.shape[2])
    for_chunks(len(columns), COLUMNS, lambda a, b: core.paint_runs(columns, runs, names, a, b))


def is_cut_off(image: LabelImage) -> bool:
    """Whether labels reach the border of an image, whose box cuts them off then."""
    return any(np.take(image.labels, k, axis=axis).any() for axis in range(3) for k in (0, -1))


def faces_of(image: LabelImage) -> tuple[Floats, Floats]:
    """Return the corners of the box that an image is, as the mesher has them to the last bit."""
    lower = image.origin - image.spacing
    upper = image.origin + image.spacing * np.array(image.labels.shape)
    return lower + 0.5 * image.spacing, upper - 0.5 * image.spacing
