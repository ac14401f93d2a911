"""Moments of labels: how many pixels or voxels, where their middle is, how far they spread."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.typing import AnyArray, Floats, Longs

CELL_SPREAD = 1.0 / 12.0
"""Variance of a coordinate over a cell of edge 1: a pixel is a square, a voxel a cube, no point."""

_PAIRS = {2: ((0, 0), (1, 1), (0, 1)), 3: ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))}


class LabelMoments(NamedTuple):
    """Moments of labels in units of a cell; row i belongs to label i, NaN if it has no cell.

    ``counts`` (n,) of cells; ``centroids`` (n, d), cell (i, j, k) having its middle there;
    ``spreads`` (n, d, d), second central moments of the union of the cells, or none.
    """

    counts: Longs
    centroids: Floats
    spreads: Floats


def label_moments(labels: AnyArray, count: int, order: int = 2) -> LabelMoments:
    """Return the moments of the labels 0 ... count - 1 of an image; negative ones do not count.

    The second moment of a label is that of the cells it is made of, so that

        S_ab = mean (x_a - c_a) (x_b - c_b) + delta_ab / 12

    over its cells: one cell has 1/12 along every axis, a row of n cells (n^2 - 1)/12 + 1/12. On
    cells of edges h it is h_a h_b S_ab. Sums are whole numbers, so their order does not matter.

    Parameters
    ----------
    labels
        Whole numbers in two or three dimensions.
    count
        How many labels there are.
    order
        1: counts and centroids only; 2: spreads too.

    Examples
    --------
    >>> import numpy as np
    >>> found = label_moments(np.array([[0, 0, 0], [1, -1, -1]]), 2)
    >>> found.counts.tolist(), found.centroids.tolist()
    ([3, 1], [[0.0, 1.0], [1.0, 0.0]])
    >>> (12 * found.spreads[0]).round(9).tolist()
    [[1.0, 0.0], [0.0, 9.0]]
    """
    image = np.ascontiguousarray(labels, dtype=np.int32)
    if image.ndim == 2:
        return moments_of_sums(core.plane_moments(image, count).astype(np.int64), 2, order)
    # Voxels outside go to a row of their own.
    total = np.zeros((count + 1, 10 if order > 1 else 4), dtype=np.int64)
    inside = np.where(image < 0, np.int32(count), image)
    add = core.add_second_moments if order > 1 else core.add_moments
    add(inside, 0, len(inside), 0, total)
    return moments_of_sums(total[:count], 3, order)


def moments_of_sums(sums: Longs, dim: int, order: int = 2) -> LabelMoments:
    """Return the moments of sums of 1, x, y(, z), then of xx, yy(, zz), xy(, xz, yz) over cells.

    Second moments are taken about the whole number nearest to the centroid before anything is
    rounded: far from the origin no digit is lost.
    """
    counts, first = sums[:, 0], sums[:, 1 : dim + 1]
    empty = counts == 0
    safe = np.where(empty, 1, counts)
    centroids = np.where(empty[:, None], np.nan, first / safe[:, None])
    spreads = np.empty((len(sums) if order > 1 else 0, dim, dim))
    if order > 1:
        near = np.rint(first / safe[:, None]).astype(np.int64)
        rest = first - near * counts[:, None]
        for column, (a, b) in enumerate(_PAIRS[dim], start=dim + 1):
            about = sums[:, column] - near[:, a] * first[:, b] - near[:, b] * rest[:, a]
            value = about / safe - (rest[:, a] / safe) * (rest[:, b] / safe)
            value[empty] = np.nan
            spreads[:, a, b] = spreads[:, b, a] = value + (CELL_SPREAD if a == b else 0.0)
    return LabelMoments(counts, centroids, spreads)
