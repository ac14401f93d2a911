"""Where the grains of a section point to, and whether that is the assumed centre."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.sections.descriptors import describe, principal_axes
from nmc_mesh.sections.preference import Preference, preference
from nmc_mesh.typing import AnyArray, Floats

OFF_GAIN = 2.0
OFF_SHARE = 0.15
_GRID = 21
_ROUNDS = 6
_SHRINK = 0.35


class Pointing(NamedTuple):
    """Where most grains point to.

    ``center`` in um, shape (2,); ``best`` the preference about it, ``given`` that about the assumed
    centre; ``offset`` the distance of the two in um, ``radius`` that of the disc of the section's
    area in um.
    """

    center: Floats
    best: Preference
    given: Preference
    offset: float
    radius: float

    @property
    def off(self) -> bool:
        """Whether the assumed centre is off (ours).

        About the other one the preference is strong, it is more than 0.15 radii away, and it raises
        the score by more than two standard errors.
        """
        gain = self.best.score - self.given.score
        if not self.best.central():
            return False
        return gain > OFF_GAIN * self.given.error and self.offset > OFF_SHARE * self.radius


def pointing(image: LabelImage, center: AnyArray) -> Pointing:
    """Return the point of the section about which S(c) = mean cos 2 alpha_i(c) is largest (ours).

    alpha_i is the angle of grain i's long axis against its direction from c. The search goes over
    ever finer grids around the best point, within the box of the grains' centroids. Grains that the
    border of the image cuts are left out.

    Parameters
    ----------
    image
        Grains in two dimensions, 0 outside.
    center
        The assumed centre in um.

    Raises
    ------
    InputError
        If the image has not two axes or no whole grain.
    """
    grains = describe(image, center)
    whole = ~grains.cut
    if not whole.any():
        raise InputError("every grain is cut by the border of the image; use a larger map")
    places, axes = grains.centroids[whole], principal_axes(image)[whole]
    lower, upper = places.min(axis=0), places.max(axis=0)
    best, half = 0.5 * (lower + upper), 0.5 * (upper - lower)
    ticks = np.linspace(-1, 1, _GRID)
    mesh = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1).reshape(-1, 2)
    for _ in range(_ROUNDS):
        tried = np.clip(best + half * mesh, lower, upper)
        best = tried[int(np.argmax(_scores(tried, places, axes)))]
        half = _SHRINK * half
    area = float(grains.areas.sum())
    assumed = np.asarray(center, dtype=np.float64)
    return Pointing(
        best,
        preference(describe(image, best).orientations[whole]),
        preference(grains.orientations[whole]),
        float(np.hypot(*(best - assumed))),
        float(np.sqrt(area / np.pi)),
    )


def _scores(tried: Floats, places: Floats, axes: Floats) -> Floats:
    """S of every point, shape (t,)."""
    arms = places - tried[:, None]
    length = np.maximum((arms**2).sum(axis=2), 1e-30)
    along = (arms * axes).sum(axis=2) ** 2 / length
    return np.asarray((2.0 * along - 1.0).mean(axis=1))
