"""Descriptors of planar sections, the same code for measured and simulated ones."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import in_one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints


@in_one_line
class Descriptors(NamedTuple):
    """What is measured on a section; row i belongs to the i-th of ``labels``.

    ``labels`` (g,), ``areas`` A_cross (g,) in um^2, ``centroids`` (g, 2) in um, ``elongations`` eta
    (g,), ``orientations`` alpha (g,) in radians, ``cut`` (g,): touches the border of the image;
    ``chords_x`` and ``chords_y`` (any length) in um.
    """

    labels: Ints
    areas: Floats
    centroids: Floats
    elongations: Floats
    orientations: Floats
    cut: Bools
    chords_x: Floats
    chords_y: Floats


def describe(image: LabelImage, center: AnyArray, known: Bools | None = None) -> Descriptors:
    """Return size, elongation and orientation of all grain sections, and chord lengths.

    A_cross = pixels of a grain section. eta = sqrt(e1 / e2) with the eigenvalues e1 >= e2 of the
    covariance of its points; pixels count as squares, not as points, so one pixel has eta = 1
    (both ours). alpha = arccos(|<c, v1>| / (|c| |v1|)) in [0, pi/2], c the centroid from the centre
    and v1 the axis of e1 (Eq. 4 of doi 10.1038/s43246-024-00728-5); NaN if c = 0 or e1 = e2. A
    chord is a run of equal label along an image axis; runs that end at an unknown pixel or at the
    border of the image have no length and are left out (ours).

    Parameters
    ----------
    image
        Labels in two dimensions; 0 is outside.
    center
        Centre of the particle in um.
    known
        False where the label is unknown, shape of the image; default: known everywhere.

    Raises
    ------
    InputError
        If the image has not two axes or the mask has another shape.
    """
    if image.dim != 2:
        raise InputError(f"a section has two axes, not {image.dim}; choose a slice")
    certain = np.ones(image.labels.shape, bool) if known is None else np.asarray(known, bool)
    if certain.shape != image.labels.shape:
        raise InputError(f"the mask needs shape {image.labels.shape}, not {certain.shape}")
    labels, counts, centroids, spread = _moments(image)
    values, vectors = np.linalg.eigh(spread)
    runs = np.where(certain, image.labels, -1)
    return Descriptors(
        labels,
        counts * image.voxel_volume,
        centroids,
        np.sqrt(values[:, 1] / values[:, 0]),
        _orientations(centroids - np.asarray(center, np.float64), values, vectors[:, :, 1]),
        np.isin(
            labels,
            np.concatenate([image.labels[[0, -1]].ravel(), image.labels[:, [0, -1]].ravel()]),
        ),
        chords(runs) * image.spacing[0],
        chords(runs, axis=1) * image.spacing[1],
    )


def principal_axes(image: LabelImage) -> Floats:
    """Return v1, the unit vector along which every grain section is longest, shape (g, 2)."""
    axes: Floats = np.linalg.eigh(_moments(image)[3])[1][:, :, 1]
    return axes


def _moments(image: LabelImage) -> tuple[Ints, Floats, Floats, Floats]:
    """Return labels (g,), pixels (g,), centroids (g, 2) and covariances (g, 2, 2) in um^2."""
    labels, back = np.unique(image.labels, return_inverse=True)
    outside = int(labels[0] == 0)
    moments = label_moments(back.reshape(image.labels.shape) - outside, len(labels) - outside)
    return (
        labels[outside:],
        moments.counts.astype(np.float64),
        image.origin + image.spacing * moments.centroids,
        moments.spreads * np.outer(image.spacing, image.spacing),
    )


def _orientations(arms: Floats, values: Floats, axes: Floats) -> Floats:
    length = np.linalg.norm(arms, axis=1)
    round_ = values[:, 1] - values[:, 0] <= 1e-9 * values[:, 1]
    undefined = (length <= 1e-9 * np.sqrt(values[:, 1])) | round_
    length[undefined] = 1.0
    cosine = np.abs((arms * axes).sum(axis=1)) / length
    alpha: Floats = np.where(undefined, np.nan, np.arccos(np.minimum(cosine, 1.0)))
    return alpha


def chords(labels: AnyArray, where: AnyArray | None = None, axis: int = 0) -> Floats:
    """Return the lengths, in pixels, of runs of equal positive label along an axis.

    Runs at the border of the array, and runs next to a negative label (unknown), are left out.

    Parameters
    ----------
    labels
        Whole numbers, shape (n, m); 0 is outside.
    where
        Runs count whose middle lies there, shape (n, m); default: everywhere.
    axis
        Along which the runs go, 0 or 1.
    """
    image = np.ascontiguousarray(labels, dtype=np.int32)
    counted = image > 0 if where is None else (image > 0) & np.asarray(where, bool)
    lengths: Floats = core.plane_chords(image, counted, axis == 0)
    return lengths
