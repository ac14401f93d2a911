"""Compiled loops over voxels: second moments of grains, and who touches whom."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.typing import Ints, Longs

MOST_NEIGHBOURS = 96
"""Columns of the table of neighbours; a grain with more of them is counted up to here."""


@kernel
def add_second_moments(labels: Ints, a: int, b: int, first: int, total: Longs) -> None:
    """Add 1, x, y, z, xx, yy, zz, xy, xz, yz of all voxels in planes ``a .. b`` to their row."""
    for x in range(a, b):
        u = first + x
        for y in range(labels.shape[1]):
            for z in range(labels.shape[2]):
                row = total[labels[x, y, z]]
                row[0] += 1
                row[1] += u
                row[2] += y
                row[3] += z
                row[4] += u * u
                row[5] += y * y
                row[6] += z * z
                row[7] += u * y
                row[8] += u * z
                row[9] += y * z


@kernel
def add_neighbours(labels: Ints, planes: int, table: Ints, count: Longs) -> None:
    """Enter every pair of labels that share a face of a voxel in planes ``0 .. planes``.

    ``labels`` may hold one plane more than ``planes``: faces toward it are looked at too.
    """
    for x in range(planes):
        for y in range(labels.shape[1]):
            for z in range(labels.shape[2]):
                i = labels[x, y, z]
                if x + 1 < labels.shape[0]:
                    _enter(i, labels[x + 1, y, z], table, count)
                if y + 1 < labels.shape[1]:
                    _enter(i, labels[x, y + 1, z], table, count)
                if z + 1 < labels.shape[2]:
                    _enter(i, labels[x, y, z + 1], table, count)


@kernel
def _enter(i: np.int32, j: np.int32, table: Ints, count: Longs) -> None:
    if i == j:
        return
    for k in range(count[i]):
        if table[i, k] == j:
            return
    if count[i] < table.shape[1]:
        table[i, count[i]] = j
        count[i] += 1
    if count[j] < table.shape[1]:
        table[j, count[j]] = i
        count[j] += 1
