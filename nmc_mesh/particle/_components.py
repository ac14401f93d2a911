"""Face-connected components of equal label, by joining runs of voxels along z."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import inline, kernel, lean
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats, Ints, Longs


class Runs(NamedTuple):
    """Maximal runs of equal label along z.

    The runs of column (x, y), of C-order number c, are ``start[c] .. start[c + 1]``; run r begins
    at ``first[r]`` and belongs to ``component[r]``, numbered in C order of their first voxel.
    """

    shape: tuple[int, ...]
    start: Longs
    first: Ints
    component: Ints


def components(labels: Ints) -> tuple[Runs, Longs, Ints]:
    """Return (runs, voxels, label): the components of labels (nx, ny, nz), label 0 included.

    ``voxels`` and ``label`` have one entry per component.
    """
    columns = labels.reshape(-1, labels.shape[2])
    start = np.zeros(len(columns) + 1, dtype=np.int64)
    for_chunks(len(columns), 4096, lambda a, b: count_runs(columns, a, b, start))
    np.cumsum(start, out=start)
    first = np.empty(int(start[-1]), dtype=np.int32)
    for_chunks(len(columns), 4096, lambda a, b: find_runs(columns, a, b, start, first))
    component, count = join_runs(columns, labels.shape[1], start, first)
    runs = Runs(labels.shape, start, first, component)
    return (runs, *describe(columns, start, first, component, count))


@lean
def count_runs(columns: Ints, a: int, b: int, start: Longs) -> None:
    """Count the runs of the columns ``a .. b``."""
    for c in range(a, b):
        count = 1
        for z in range(1, columns.shape[1]):
            count += columns[c, z] != columns[c, z - 1]
        start[c + 1] = count


@lean
def find_runs(columns: Ints, a: int, b: int, start: Longs, first: Ints) -> None:
    """Write where the runs of the columns ``a .. b`` begin."""
    for c in range(a, b):
        r = start[c]
        first[r] = 0
        for z in range(1, columns.shape[1]):
            if columns[c, z] != columns[c, z - 1]:
                r += 1
                first[r] = z


@inline
def run_end(start: Longs, first: Ints, depth: int, c: int, r: int) -> int:
    """Return where run ``r`` of column ``c`` ends."""
    return first[r + 1] if r + 1 < start[c + 1] else depth


@lean
def find(parent: Ints, r: int) -> int:
    """Return the root of ``r``, halving the path to it."""
    while parent[r] != r:
        parent[r] = parent[parent[r]]
        r = parent[r]
    return r


@kernel
def join_runs(columns: Ints, width: int, start: Longs, first: Ints) -> tuple[Ints, int]:
    """Join touching runs of equal label; return the component of every run and their number."""
    depth = columns.shape[1]
    parent = np.arange(len(first)).astype(np.int32)
    for c in range(len(columns)):
        for side in range(2):
            other = c - (width if side == 0 else 1)
            if other < 0 or (side == 1 and c % width == 0):
                continue
            r, s = start[c], start[other]
            while r < start[c + 1] and s < start[other + 1]:
                if columns[c, first[r]] == columns[other, first[s]]:
                    p, q = find(parent, r), find(parent, s)
                    parent[max(p, q)] = min(p, q)
                end = run_end(start, first, depth, c, r)
                other_end = run_end(start, first, depth, other, s)
                r += end <= other_end
                s += other_end <= end
    count = 0
    for r in range(len(parent)):
        if parent[r] == r:
            parent[r] = -count - 1
            count += 1
        else:
            parent[r] = parent[parent[r]]
    for r in range(len(parent)):
        parent[r] = -parent[r] - 1
    return parent, count


@kernel
def describe(
    columns: Ints, start: Longs, first: Ints, component: Ints, count: int
) -> tuple[Longs, Ints]:
    """Return the number of voxels and the label of every component."""
    voxels = np.zeros(count, np.int64)
    label = np.zeros(count, np.int32)
    for c in range(len(columns)):
        for r in range(start[c], start[c + 1]):
            voxels[component[r]] += run_end(start, first, columns.shape[1], c, r) - first[r]
            label[component[r]] = columns[c, first[r]]
    return voxels, label


@kernel
def contacts(runs: Runs, wanted: Bools, areas: Floats) -> tuple[Longs, Floats]:
    """Return the contacts of all wanted components: pairs (wanted, other) and their face areas.

    ``areas`` holds the area of a voxel's face across x, y and z. A pair may occur many times.
    """
    width, depth = runs.shape[1], runs.shape[2]
    pairs = np.empty((64, 2), np.int64)
    sizes = np.empty(64, np.float64)
    used = 0
    for c in range(runs.shape[0] * width):
        for side in range(3):
            other = c - (width if side == 0 else side % 2)
            if other < 0 or (side == 1 and c % width == 0):
                continue
            r, s = runs.start[c] + (side == 2), runs.start[other]
            while r < runs.start[c + 1] and s < runs.start[other + 1]:
                p, q = runs.component[r], runs.component[s]
                end = run_end(runs.start, runs.first, depth, c, r)
                other_end = run_end(runs.start, runs.first, depth, other, s)
                if p != q and (wanted[p] or wanted[q]):
                    if used + 2 > len(pairs):
                        pairs = np.concatenate((pairs, np.empty_like(pairs)))
                        sizes = np.concatenate((sizes, np.empty_like(sizes)))
                    shared = min(end, other_end) - max(runs.first[r], runs.first[s])
                    area = areas[side] * (1 if side == 2 else shared)
                    for one, two in ((p, q), (q, p)):
                        if wanted[one]:
                            pairs[used, 0], pairs[used, 1] = one, two
                            sizes[used] = area
                            used += 1
                if side == 2:
                    r, s = r + 1, s + 1
                else:
                    r, s = r + (end <= other_end), s + (other_end <= end)
    return pairs[:used], sizes[:used]


@kernel
def paint(columns: Ints, runs: Runs, owner: Ints, a: int, b: int) -> None:
    """Give every voxel of the columns ``a .. b`` the label that owns its component."""
    for c in range(a, b):
        for r in range(runs.start[c], runs.start[c + 1]):
            end = run_end(runs.start, runs.first, columns.shape[1], c, r)
            columns[c, runs.first[r] : end] = owner[runs.component[r]]
