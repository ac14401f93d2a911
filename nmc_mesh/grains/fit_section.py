"""A planar diagram with radial axes fitted to the labels of a section."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.fit_kernels import choose, descend, frames
from nmc_mesh.parallel import chunks, for_chunks
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Floats, Ints

STEPS = 100
_CANDIDATES = 12
_REFRESH = 25
_CHUNK = 4096
_RATE = np.array([0.2, 0.2, 0.2, 0.2, 0.8])  # s in pixels, log D, r
_DECAY = (0.9, 0.9)  # Adam; a longer memory of the squares leaves 0.4 % more pixels wrong


@dataclass(frozen=True, eq=False)
class SectionFit:
    """What a fit found.

    ``diagram`` has grain i of the image at seed i - 1, in um from the section's centre, in the
    gauge mean log D = 0, mean r = 0. ``right`` is the share of labelled pixels that it labels as
    the image does; ``lost`` are grains of the image, 1 ... n, that it gives no labelled pixel.
    """

    diagram: GBPD
    diagonals: Floats
    right: float
    lost: Ints


def fit_section(
    image: LabelImage, center: AnyArray, steps: int = STEPS, *, progress: Progress = silent
) -> SectionFit:
    """Fit G_i = argmin_i q_i, q_i = d_i1 a^2 + d_i2 b^2 - r_i, to the labels of a section.

    a and b are the parts of x - s_i along s_i and across it, so that the first axis of every cell
    points to the centre. Maximum likelihood of softmax(-q) over the labelled pixels by Adam with an
    analytic gradient; every pixel looks at its 12 cheapest seeds, found anew every 25 steps. It
    starts from centroids and D = 2 / variance along both axes. Label 0 is not looked at.

    The idea is the fit of 2D diagrams in Eqs. 14 and 15 of doi 10.1038/s43246-024-00728-5; way and
    numbers of the descent are ours. Two gauges are fixed, since they do not change the diagram: a
    common factor of all D and r, and a common term of all r.

    Parameters
    ----------
    image
        Labels 1 ... n in two dimensions, each on at least one pixel; pixels must be square.
    center
        Centre of the particle in um, in the coordinates of the image.
    steps
        Number of steps of the descent.
    progress
        Told after every step.

    Raises
    ------
    InputError
        If the image is no section, a label is missing or pixels are not square.
    """
    pixel = _checked(image, center, steps)
    points = (image.points() - np.asarray(center, np.float64)) / pixel
    inside = image.labels.ravel() > 0
    points, truth = points[inside], image.labels.ravel()[inside] - np.int32(1)
    rows = _gauged(_adam(start(points, truth), points, truth, steps, progress))
    diagonals = np.exp(rows[:, 2:4])
    diagram = GBPD.radial(pixel * rows[:, :2], diagonals, None, pixel**2 * rows[:, 4])
    labels = diagram.labels(pixel * points)
    lost = np.setdiff1d(np.arange(len(rows)), labels) + 1
    right = float((labels == truth).mean())
    return SectionFit(diagram, diagonals, right, lost.astype(np.int32))


def _checked(image: LabelImage, center: AnyArray, steps: int) -> float:
    if image.dim != 2 or image.labels.max() == 0:
        raise InputError("a section has two axes and at least one grain; choose a slice")
    if np.shape(center) != (2,) or not np.isfinite(center).all():
        raise InputError(f"the centre of a section is two finite numbers, not {center}")
    if steps < 0:
        raise InputError(f"the number of steps must not be negative, not {steps}")
    counts = np.bincount(image.labels.ravel())[1:]
    if (counts == 0).any():
        missing = int(np.flatnonzero(counts == 0)[0]) + 1
        raise InputError(f"label {missing} has no pixel; number the grains 1 ... n without gaps")
    if not np.allclose(image.spacing, image.spacing[0], rtol=1e-3):
        raise InputError(f"pixels must be square, not {image.spacing} um; resample the image")
    return float(np.sqrt(image.spacing.prod()))


def start(points: Floats, truth: Ints) -> Floats:
    """Return rows (n, 5) from centroids and inertia: s, log D, r = 0, in pixels.

    Parameters
    ----------
    points
        Pixels from the centre, shape (m, 2), in pixels.
    truth
        Seed index of every pixel, shape (m,).
    """
    count = np.bincount(truth)
    seeds = np.stack([np.bincount(truth, points[:, k]) / count for k in (0, 1)], axis=1)
    frame = frames(np.column_stack([seeds, np.zeros((len(seeds), 3))]))
    axis, away = frame[truth, :2], points - seeds[truth]
    along = (away * axis).sum(axis=1)
    across = away[:, 1] * axis[:, 0] - away[:, 0] * axis[:, 1]
    # 1/12: a pixel is a square, not a point.
    variance = np.stack([np.bincount(truth, part**2) / count for part in (along, across)]) + 1 / 12
    return np.column_stack([seeds, np.log(2.0 / variance).T, np.zeros(len(seeds))])


def _adam(rows: Floats, points: Floats, truth: Ints, steps: int, progress: Progress) -> Floats:
    chosen = np.empty((len(points), min(_CANDIDATES, len(rows))), dtype=np.int32)
    mean, square = np.zeros_like(rows), np.zeros_like(rows)
    for step in range(steps):
        frame = frames(rows)
        if step % _REFRESH == 0:
            for_chunks(len(points), _CHUNK, partial(choose, frame, points, truth, chosen))
        slope = _gradient(frame, points, truth, chosen)
        mean = _DECAY[0] * mean + (1 - _DECAY[0]) * slope
        square = _DECAY[1] * square + (1 - _DECAY[1]) * slope**2
        first, second = mean / (1 - _DECAY[0] ** (step + 1)), square / (1 - _DECAY[1] ** (step + 1))
        rate = _RATE * 0.5 * (1 + np.cos(np.pi * step / steps))
        rows = rows - rate * first / (np.sqrt(second) + 1e-8)
        progress("fit", (step + 1) / steps)
    return rows


def _gradient(frame: Floats, points: Floats, truth: Ints, chosen: Ints) -> Floats:
    parts = np.zeros((len(chunks(len(points), _CHUNK)), len(frame), 5))
    for_chunks(
        len(points),
        _CHUNK,
        lambda a, b: descend(frame, points, truth, chosen, a, b, parts[a // _CHUNK]),
    )
    slope: Floats = parts.sum(axis=0)
    return slope


def _gauged(rows: Floats) -> Floats:
    """Return the same diagram with mean log D = 0 and mean r = 0."""
    factor = np.exp(-rows[:, 2:4].mean())
    out = rows.copy()
    out[:, 2:4] += np.log(factor)
    out[:, 4] = factor * (rows[:, 4] - rows[:, 4].mean())
    return out
