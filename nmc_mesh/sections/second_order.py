"""Second-order statistics of a section: how its grains and boundaries lie to each other."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.sections.section import Section
from nmc_mesh.sections.treatment import filled
from nmc_mesh.typing import Bools, Floats, Ints

LAGS = (0.5, 1.0, 1.5)
"""Distances of pairs of boundary points, in roots of the mean area of a grain section."""

_FEWEST = 3  # grains
_RING = 0.1  # half width of a class of distances, in the same unit


class SecondOrder(NamedTuple):
    """Numbers without unit, so that the mean size of the grains does not matter; all are ours.

    With A the mean area of a grain section: ``neighbor_distance`` is the mean distance from the
    centroid of a grain, of those that the image does not cut, to the nearest other, over
    sqrt(A) / 2 (the index of Clark and Evans: 1 for points of a Poisson process, 2.15 for a
    triangular lattice); ``neighbor_cv`` the coefficient of variation of these distances;
    ``triple_points`` their number per area A (2 in a section without a rim, whatever its grains:
    Euler); ``boundaries_near``, ``boundaries_middle`` and ``boundaries_far`` the two-point function
    of the boundaries, P(x and x + h on a boundary) / P(x on a boundary)^2, at |h| = 0.5, 1 and
    1.5 sqrt(A).
    """

    neighbor_distance: float
    neighbor_cv: float
    triple_points: float
    boundaries_near: float
    boundaries_middle: float
    boundaries_far: float


def second_order(section: Section) -> SecondOrder:
    """Measure the second-order statistics of a section; unknown pixels take the nearest label.

    Nothing is corrected for the rim: compare sections of one size, height and treatment.

    Parameters
    ----------
    section
        With three or more grains that the image does not cut.

    Raises
    ------
    InputError
        If there are fewer.

    References
    ----------
    P. J. Clark, F. C. Evans, Ecology 35 (1954); two-point functions: S. Torquato, Random
    Heterogeneous Materials (2002), chapter 2.
    """
    from scipy.spatial import KDTree

    labels = filled(section.image.labels - np.int32(1), ~section.known) + np.int32(1)
    grains = describe(section.image, section.center, section.known)
    whole = grains.centroids[~grains.cut]
    if len(whole) < _FEWEST:
        raise InputError(
            f"{section.name} shows {len(whole)} grains that the image does not cut, too few to say "
            "how they lie to each other; leave the section out"
        )
    distances = KDTree(grains.centroids).query(whole, k=2)[0][:, 1]
    mean = float((labels > 0).sum()) / len(grains.labels)  # px^2
    root = np.sqrt(mean)
    pairs = _two_point(*_boundaries(labels), root)
    return SecondOrder(
        float(2.0 * distances.mean() / (root * section.pixel)),
        float(distances.std() / distances.mean()),
        _triple_points(labels) * mean,
        *pairs,
    )


def _boundaries(labels: Ints) -> tuple[Bools, Bools]:
    """Return which pixels differ from their right or lower neighbour, and which have both."""
    here, right, below = labels[:-1, :-1], labels[1:, :-1], labels[:-1, 1:]
    inside = (here > 0) & (right > 0) & (below > 0)
    return inside & ((here != right) | (here != below)), inside


def _triple_points(labels: Ints) -> float:
    """Return the share of corners inside where three or more labels meet."""
    corners = np.sort(
        np.stack([labels[:-1, :-1], labels[1:, :-1], labels[:-1, 1:], labels[1:, 1:]]), axis=0
    )
    inside = corners[0] > 0
    kinds = 1 + (np.diff(corners, axis=0) != 0).sum(axis=0)
    return float((kinds[inside] >= 3).mean()) if inside.any() else 0.0


def _two_point(boundary: Bools, inside: Bools, root: float) -> list[float]:
    """Return the two-point function of the boundaries at `LAGS` times ``root`` pixels."""
    far = int(np.ceil((LAGS[-1] + _RING) * root)) + 1
    both, all_pairs = _correlation(boundary, far), _correlation(inside, far)
    steps = np.arange(-far, far + 1)
    away = np.sqrt(steps[:, None] ** 2 + steps**2) / root
    share = boundary.sum() / inside.sum()
    values = []
    for lag in LAGS:
        ring = np.abs(away - lag) <= max(_RING, 0.5 / root)
        values.append(float(both[ring].sum() / all_pairs[ring].sum() / share**2))
    return values


def _correlation(mask: Bools, far: int) -> Floats:
    """Return the numbers of pairs (x, x + h) in a mask for |h_k| <= far, shape (2 far + 1,) * 2."""
    shape = [n + far for n in mask.shape]
    spectrum = np.fft.rfft2(mask.astype(np.float64), shape)
    counts = np.fft.irfft2(np.abs(spectrum) ** 2, shape)
    steps = np.arange(-far, far + 1)
    return np.asarray(counts[np.ix_(steps, steps)])
