"""Simulated sections of particles: what an orientation map of a known architecture would show."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.model import TessellationLaw
from nmc_mesh.sections.section import Section
from nmc_mesh.sections.treatment import Treatment
from nmc_mesh.typing import Longs
from nmc_mesh.validation.grains import Ball, draw_ball

MISSING = 0.03
"""Share of pixels without orientation in a simulated map; ours."""

_RIM = 2  # pixels of outside around the particle


def cut_ball(
    ball: Ball,
    height: float,
    pixel: float,
    rng: np.random.Generator,
    missing: float = MISSING,
    axis: int = 2,
) -> Section:
    """Cut a ball of grains by the plane x_axis = height; every grain shows, however small.

    The particle is the union of its whole grains, as the paper builds it (Fig. 9), so its outline
    is made of grain faces. What a map of it would show is its `sections.treated`.

    Parameters
    ----------
    ball
        The particle.
    height
        Of the plane over the particle's centre, in um, less than the ball's radius.
    pixel
        Edge length of a pixel in um.
    rng
        Draws the pixels that are missing.
    missing
        Share of the particle's pixels that are unknown, drawn independently.
    axis
        Normal of the plane: 0, 1 or 2.

    Raises
    ------
    InputError
        If the plane misses the ball, or a number is out of range.
    """
    if not (0 <= missing < 1 and np.isfinite(pixel) and pixel > 0 and axis in (0, 1, 2)):
        raise InputError("a cut needs a positive pixel, a share missing in [0, 1) and an axis 0-2")
    if not abs(height) < ball.radius:
        raise InputError(f"a cut at {height:.3g} um misses the ball of {ball.radius:.3g} um")
    labels, reach = _plane(ball, height, pixel, axis)
    unknown = (labels > 0) & (rng.uniform(size=labels.shape) < missing)
    known = np.where(unknown, 0, labels)
    names, numbers = np.unique(known, return_inverse=True)
    shift = 0 if names[0] == 0 else 1
    image = LabelImage(numbers.reshape(known.shape) + shift, pixel, np.array([-reach, -reach]))
    treatment = Treatment(missing=float(unknown.sum() / (labels > 0).sum()))
    return Section(image, ~unknown, np.zeros(2), "simulated", treatment, abs(float(height)))


def _plane(ball: Ball, height: float, pixel: float, axis: int) -> tuple[Longs, float]:
    """Return 1 + seed of the kept grains on a plane that shows all of them, and its half width."""
    in_plane = [k for k in range(3) if k != axis]
    # Axes of the picture first, the normal last: a turned diagram, not a turned picture.
    order = [*in_plane, axis]
    turned = GBPD(
        ball.diagram.seeds[:, order],
        ball.diagram.matrices[:, order][:, :, order],
        ball.diagram.offsets,
    )
    names = np.zeros(len(ball.diagram), dtype=np.int64)
    names[ball.kept] = ball.kept + 1
    half = int(np.ceil(np.sqrt(ball.radius**2 - height**2) / pixel))
    for _ in range(8):
        half += max(8, half // 8)
        reach = pixel * half
        origin = np.array([-reach, -reach, height])
        labels = names[labels_on_grid(turned, origin, pixel, (2 * half + 1, 2 * half + 1, 1))]
        labels = labels[:, :, 0]
        rim = [labels[:_RIM], labels[-_RIM:], labels[:, :_RIM].T, labels[:, -_RIM:].T]
        if not any(side.any() for side in rim):
            return labels, reach
    raise InputError("a grain of the section has no end; the model's marks are out of proportion")


def draw_cuts(
    model: TessellationLaw,
    radius: float | Sequence[float],
    heights: Sequence[float],
    pixel: float,
    seed: int | Sequence[int],
    missing: float = MISSING,
) -> list[Section]:
    """Draw as many particles as heights and cut each once; cut i depends on (seed, i) only.

    Parameters
    ----------
    model, radius
        What to draw: balls of grains, of one radius in um or of one each.
    heights
        Of the planes over the particles' centres in um.
    pixel, missing
        See `cut_ball`.
    seed
        One or more numbers; the same give the same sections.
    """
    cuts = []
    radii = np.broadcast_to(radius, len(heights)).tolist()
    for index, (own, height) in enumerate(zip(radii, heights, strict=True)):
        rng = np.random.default_rng([*np.atleast_1d(seed).tolist(), index])
        ball = draw_ball(model, own, rng, voxels_per_grain=5)
        cuts.append(cut_ball(ball, height, pixel, rng, missing))
    return cuts
