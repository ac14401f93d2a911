"""A planar diagram with radial axes fitted to the labels of a section."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.grains.fit_descent import STEPS, descent_on, hidden, moments_of, problem
from nmc_mesh.grains.fit_forms import FORMS
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Floats, Ints

_RADIAL = FORMS["radial"]


@dataclass(frozen=True, eq=False)
class SectionFit:
    """What a fit found.

    ``diagram`` has grain i of the image at seed i - 1, in um from the section's centre, in the
    gauge mean log D = 0, mean r = 0. ``right`` is the share of the pixels it was fitted to that it
    labels as the image does, ``held_out`` that of the pixels that were hidden from it (NaN if none
    was); ``lost`` are grains of the image, 1 ... n, that it gives no labelled pixel.
    """

    diagram: GBPD
    diagonals: Floats
    right: float
    lost: Ints
    held_out: float = float("nan")

    __repr__ = one_line


def fit_section(
    image: LabelImage,
    center: AnyArray,
    steps: int = STEPS,
    *,
    hide: float = 0.0,
    rng: np.random.Generator | None = None,
    device: str | None = None,
    progress: Progress = silent,
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
    hide, rng
        Hide this share of the labelled pixels, drawn by the generator, from the fit, as if they
        were not indexed, and tell how many of them it labels as the image does.
    device
        Descend by autograd in torch on this device, "auto", "cpu" or "cuda": the same loss and
        steps, so the same diagram but for rounding. Default: by the compiled core.
    progress
        Told after every step.

    Raises
    ------
    InputError
        If the image is no section, a label is missing or pixels are not square, or the device is
        not there.
    MissingExtraError
        If a device is named, and torch is not installed.

    Examples
    --------
    Two squares side by side are the two halves of a diagram of two seeds.

    >>> image = nmc_mesh.LabelImage(np.repeat([1, 2], 8)[:, None] * np.ones((1, 8), int), 0.1)
    >>> fit = nmc_mesh.fit_section(image, center=[0.0, 0.0], steps=50)
    >>> len(fit.diagram), fit.right
    (2, 1.0)
    """
    taken(image, LabelImage, "fit_section", MAKE_IMAGE)
    pixel = _checked(image, center, steps)
    check_hidden(hide, rng)
    descend = descent_on(device)
    points = (image.points() - np.asarray(center, np.float64)) / pixel
    inside = image.labels.ravel() > 0
    points, truth = points[inside], image.labels.ravel()[inside] - np.int32(1)
    out = hidden(truth, hide, rng)
    given = problem(points[~out], truth[~out], 2)
    first = _RADIAL.start(moments_of(points[~out], truth[~out], len(given.owner), np.ones(2)), 2)
    parameters = descend(_RADIAL, first, given, steps, progress)
    diagram = _RADIAL.diagram(parameters, pixel, 2)
    labels = diagram.labels(pixel * points)
    lost = np.setdiff1d(np.arange(len(diagram)), labels) + 1
    same = labels == truth
    unseen = float(same[out].mean()) if out.any() else float("nan")
    diagonals = np.exp(parameters[:, 3:5])
    return SectionFit(diagram, diagonals, float(same[~out].mean()), lost.astype(np.int32), unseen)


def check_hidden(hide: float, rng: np.random.Generator | None) -> None:
    """Refuse a share outside [0, 1), and one that nobody draws."""
    if not 0 <= hide < 1:
        raise InputError(f"the share of hidden pixels lies in [0, 1), not at {hide}")
    if hide > 0 and rng is None:
        raise InputError("hidden pixels are drawn by a generator; pass rng as well")


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
