"""Which labels of an image touch, and over what area (in the plane: length)."""

from __future__ import annotations

from itertools import product
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import in_one_line
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.typing import Floats, Ints, Longs

# Shares of directions along edges, diagonals of faces and of the cube, by the parts of the sphere
# (circle) that are nearest to each; Lindblad and Nystrom, doi 10.1016/j.imavis.2004.06.007.
_SHARES = {2: {1: 0.25, 2: 0.25}, 3: {1: 0.0915556, 2: 0.0739613, 3: 0.0703913}}
_MEAN = {2: np.pi / 2, 3: 2.0}
"""One over the mean of |cos| between a line and the normal of what it crosses."""


@in_one_line
class Contacts(NamedTuple):
    """Pairs of labels that touch.

    ``pairs`` (p, 2), the lower label first, in ascending order; ``areas`` (p,) in um^2, in the
    plane lengths in um.
    """

    pairs: Ints
    areas: Floats


def contacts(image: LabelImage) -> Contacts:
    """Measure all boundaries between labels of an image; label 0 has none.

    Cauchy and Crofton's formula: lines of one direction d, a step apart on the grid, cross a
    boundary N_d times, and its area is 2 sum_d w_d N_d V / |d| with the voxel's volume V and w_d
    the share of the 13 directions (in the plane pi/2 and 4 directions); right within some per cent
    for boundaries of all directions, within a tenth for flat ones.

    Parameters
    ----------
    image
        Labels in two or three dimensions, cells of equal edges.

    Examples
    --------
    >>> from nmc_mesh.geometry.contacts import contacts
    >>> labels = np.ones((60, 60, 60), int)
    >>> x, y, z = np.indices(labels.shape) - 29.5
    >>> labels[x * x + y * y + z * z < 400] = 2
    >>> ball = contacts(nmc_mesh.LabelImage(labels, 0.1))
    >>> ball.pairs.tolist(), round(float(ball.areas[0] / (16 * np.pi)), 2)
    ([[1, 2]], 1.0)
    """
    labels, dim = image.labels, image.dim
    number = int(labels.max()) + 1
    every: list[Floats] = []
    codes: list[Longs] = []
    for step in product((-1, 0, 1), repeat=dim):
        if step <= (0,) * dim:
            continue  # the other way round
        axes = int(np.abs(step).sum())
        weight = _MEAN[dim] * _SHARES[dim][axes] * image.voxel_volume
        weight /= float(np.sqrt(axes)) * float(image.spacing[0])
        first = labels[tuple(slice(max(0, -s), min(0, -s) or None) for s in step)]
        other = labels[tuple(slice(max(0, s), min(0, s) or None) for s in step)]
        meet = (first != other) & (first > 0) & (other > 0)
        a, b = first[meet].astype(np.int64), other[meet].astype(np.int64)
        code, count = np.unique(np.minimum(a, b) * number + np.maximum(a, b), return_counts=True)
        codes.append(code)
        every.append(np.asarray(weight * count, dtype=np.float64))
    names, row = np.unique(np.concatenate(codes), return_inverse=True)
    sums = np.bincount(row, np.concatenate(every), minlength=len(names))
    areas = np.asarray(sums, dtype=np.float64)
    pairs = np.stack([names // number, names % number], axis=1).astype(np.int32)
    return Contacts(np.asarray(pairs), areas)
