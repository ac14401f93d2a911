"""Face-connected components of equal label by joining runs of voxels along z; who owns them."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints, Longs


class Runs(NamedTuple):
    """Maximal runs of equal label along z.

    The runs of column (x, y), of C-order number c, are ``start[c] .. start[c + 1]``; run r begins
    at ``first[r]`` and belongs to ``component[r]``, numbered in C order of their first voxel.
    There are ``width`` columns along y, of ``depth`` voxels each.
    """

    width: int
    depth: int
    start: Longs
    first: Ints
    component: Ints


def components(labels: Ints, tiled: bool = False) -> tuple[Runs, Longs, Ints]:
    """Return (runs, voxels, label): the components of labels (nx, ny, nz), label 0 included.

    ``voxels`` and ``label`` have one entry per component. Where labels are ``tiled``, their
    translates fill space, and what goes on in the next one is one component.
    """
    columns = labels.reshape(-1, labels.shape[2])
    start = np.zeros(len(columns) + 1, dtype=np.int64)
    for_chunks(len(columns), 4096, lambda a, b: core.count_runs(columns, a, b, start))
    np.cumsum(start, out=start)
    first = np.empty(int(start[-1]), dtype=np.int32)
    for_chunks(len(columns), 4096, lambda a, b: core.find_runs(columns, a, b, start, first))
    width, depth = labels.shape[1:]
    component, voxels, label = core.join_runs(columns, width, start, first)
    runs = Runs(width, depth, start, first, component)
    return _joined(labels, runs, voxels, label) if tiled else (runs, voxels, label)


def faces_across(labels: Ints, runs: Runs) -> tuple[Longs, Longs]:
    """Components on either side of every voxel's face where an image meets its next translate.

    Returns
    -------
    pairs, axes
        Components (k, 2) and the axis across which they meet, (k,).
    """
    shape = labels.shape
    numbers = np.empty(shape, dtype=np.int32)
    every = np.arange(int(runs.component.max()) + 1, dtype=np.int32)
    columns = numbers.reshape(-1, shape[2])
    for_chunks(len(columns), 4096, lambda a, b: core.paint_runs(columns, runs, every, a, b))
    ends = [
        np.stack([numbers.take(-1, axis).ravel(), numbers.take(0, axis).ravel()], axis=1)
        for axis in range(3)
    ]
    axes = np.repeat(np.arange(3), [len(end) for end in ends])
    return np.concatenate(ends).astype(np.int64), axes.astype(np.int64)


def _joined(labels: Ints, runs: Runs, voxels: Longs, label: Ints) -> tuple[Runs, Longs, Ints]:
    """Join components that go on across the border, in the order of their first voxels."""
    pairs, _ = faces_across(labels, runs)
    first, second = pairs[label[pairs[:, 0]] == label[pairs[:, 1]]].T
    sparse = import_module("scipy.sparse")  # loaded when it is needed, which is seldom
    graph = sparse.coo_array((np.ones(len(first)), (first, second)), shape=(len(label), len(label)))
    count, of_part = sparse.csgraph.connected_components(graph, directed=False)
    _, start = np.unique(of_part, return_index=True)
    number = np.empty(count, dtype=np.int32)
    number[of_part[np.sort(start)]] = np.arange(count, dtype=np.int32)
    of_part = number[of_part]
    whole = np.bincount(of_part, voxels, count).astype(np.int64)
    return runs._replace(component=of_part[runs.component]), whole, label[np.sort(start)]


def find_owners(owner: Ints, pairs: Longs, sizes: Floats) -> None:
    """Set the owner of every component that has none (-1) round by round; 0 is no owner.

    It is the one above 0 with the largest common area, the lower one among equals; a component
    among others without an owner waits until one of them has found its own. Those that reach none
    stay -1. ``pairs`` and ``sizes`` are what ``run_contacts`` gives.
    """
    while True:
        host = owner[pairs[:, 1]]
        open_ = (owner[pairs[:, 0]] < 0) & (host > 0)
        if not open_.any():
            return
        which = np.stack([pairs[open_, 0], host[open_]], axis=1)
        candidates, place = np.unique(which, axis=0, return_inverse=True)
        area = np.bincount(place.ravel(), weights=sizes[open_])
        order = np.lexsort((candidates[:, 1], -area, candidates[:, 0]))
        best = candidates[order]
        first = np.ones(len(best), dtype=np.bool_)
        first[1:] = best[1:, 0] != best[:-1, 0]
        owner[best[first, 0]] = best[first, 1]
