"""Heights of sections over the particle's centre, estimated from what the sections show; ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from nmc_mesh.calibration.law_sections import (
    Draws,
    Measures,
    Region,
    draws,
    measured_plane,
    region_of,
    simulated,
)
from nmc_mesh.calibration.protocol import Calibrator
from nmc_mesh.errors import InputError
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.parallel import for_chunks
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats

TRIED = np.array([0.0, 0.12, 0.25, 0.4, 0.55, 0.75, 1.0, 1.3, 1.7, 2.2])
"""Heights tried, over the radius of the section: the last is 0.91 of the particle's radius."""

VAGUE = 0.3
"""Errors above this share of the section's radius are worth a warning."""

_REPLICATES = 12  # simulated sections per height
_DEGREE = 4  # of the polynomials in log(1 + height) that smooth their means
_RINGS = 4
_LEAST = 24  # grains of a section in its core
_SHRINK = 0.05
_FINE = 400


class HeightEstimate(NamedTuple):
    """Mean and standard deviation of a height in um, given what the section shows."""

    height: float
    error: float


def estimated(
    sections: Sequence[Section],
    unknown: Sequence[bool],
    calibrate: Calibrator,
    seed: int,
    progress: Progress = silent,
) -> tuple[list[Section], list[HeightEstimate]]:
    """Return all sections with heights, and the estimates of the unknown ones in their order.

    The architecture is calibrated on the sections whose height is known; then every other section
    is compared with its simulations at many heights, see `likely_height`. Grains long toward the
    centre are cut at a slant above it: near the middle of the section they look short, and the
    farther from the middle the longer. Nothing tells the height where grains have no direction.

    Parameters
    ----------
    sections
        All of them.
    unknown
        Whether the height of each is to be estimated.
    calibrate
        Finds a `GradedMarkLaw`: a `LawCalibrator`.
    seed, progress
        See `Calibrator`.

    Raises
    ------
    InputError
        If fewer than two heights are known, a section has too few grains, or the architecture has
        no explicit law.
    """
    known = [section for section, hidden in zip(sections, unknown, strict=True) if not hidden]
    if len(known) < 2:
        raise InputError(
            f"heights can be estimated beside two sections of known height or more, not "
            f"{len(known)}: give --heights with a number for two of them (0: through the centre)"
        )
    model = calibrate(known, seed, progress).grains
    law, size = model.marks, model.grain_size
    if not isinstance(law, GradedMarkLaw):
        raise InputError("heights are estimated by an explicit law: calibrate by the method law")
    complete, estimates = [], []
    for index, (section, hidden) in enumerate(zip(sections, unknown, strict=True)):
        if hidden:
            rng = np.random.default_rng([seed, 6, index])
            estimates.append(likely_height(section, law, size, rng))
            section = replace(section, height=estimates[-1].height)
        complete.append(section)
        progress("heights", (index + 1) / len(sections))
    return complete, estimates


def likely_height(
    section: Section, law: GradedMarkLaw, size: float, rng: np.random.Generator
) -> HeightEstimate:
    """Estimate the height of one section of an architecture with this law and grain size (um).

    log p(s | h) = -1/2 (s - m(h))^T C^-1 (s - m(h)), a synthetic likelihood: s are 16 means over
    four rings of the section, m(h) and C those of its simulations. All heights up to 2.2 radii of
    the section are alike before.

    References
    ----------
    Synthetic likelihood: S. N. Wood, Nature 466 (2010), doi 10.1038/nature09319.

    Raises
    ------
    InputError
        If fewer than 24 grains lie whole in the section.
    """
    region = region_of(section)
    seen = measured_plane(region)
    if len(seen.table) < _LEAST:
        raise InputError(
            f"{section.name} shows {len(seen.table)} whole grains, too few to estimate its height; "
            "give the height, or leave the section out"
        )
    edges = np.quantile(seen.table[:, 4], np.arange(1, _RINGS) / _RINGS)
    heights = TRIED * region.radius
    table = _simulated(region, law, size, heights, edges, rng)
    fine = np.linspace(0.0, heights[-1], _FINE)
    means, covariance = _smooth(heights / region.radius, table, fine / region.radius)
    apart = _summary(seen, edges) - means
    weights = np.linalg.inv(covariance)
    value = -0.5 * np.einsum("hk,kl,hl->h", apart, weights, apart)
    share = np.exp(value - value.max())
    share /= share.sum()
    middle = float(share @ fine)
    return HeightEstimate(middle, float(np.sqrt(share @ (fine - middle) ** 2)))


def _simulated(
    region: Region,
    law: GradedMarkLaw,
    size: float,
    heights: Floats,
    edges: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Return the summaries of simulated sections, (heights, replicates, 16)."""
    numbers: list[Draws] = [draws(region, size, rng) for _ in range(len(heights) * _REPLICATES)]
    table = np.empty((len(numbers), 4 * _RINGS))

    def work(first: int, last: int) -> None:
        for k in range(first, last):
            at = region.at(float(heights[k // _REPLICATES]))
            table[k] = _summary(simulated(law, size, at, numbers[k]), edges)

    for_chunks(len(numbers), 4, work)
    return table.reshape(len(heights), _REPLICATES, -1)


def _summary(measures: Measures, edges: Floats) -> Floats:
    """Return means over four rings of log A, log extent ratio, log eta and cos 2 alpha, (16,)."""
    table = measures.table
    ring = np.searchsorted(edges, table[:, 4])
    size = np.maximum(np.bincount(ring, minlength=_RINGS), 1)
    columns = (table[:, 0], table[:, 1], table[:, 2], np.cos(2.0 * table[:, 3]))
    return np.concatenate([np.bincount(ring, c, minlength=_RINGS) / size for c in columns])


def _smooth(tried: Floats, table: Floats, fine: Floats) -> tuple[Floats, Floats]:
    """Return means at all ``fine`` heights by polynomials, and the covariance about them."""
    degrees = np.arange(_DEGREE + 1)
    basis = np.log1p(np.repeat(tried, table.shape[1]))[:, None] ** degrees
    flat = table.reshape(len(basis), -1)
    factors = np.linalg.lstsq(basis, flat, rcond=None)[0]
    rest = flat - basis @ factors
    covariance = rest.T @ rest / (len(flat) - len(degrees))
    covariance += _SHRINK * np.diag(np.diag(covariance))
    return np.log1p(fine)[:, None] ** degrees @ factors, covariance
