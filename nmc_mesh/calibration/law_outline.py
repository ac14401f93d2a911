"""The outline of a section, as the shell that grains lie below."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats

_ORDER = 4  # of the waves kept: grain faces at the rim are rougher than shells
_RAYS = 360
_STEPS = 2.0  # along a ray, per pixel


@dataclass(frozen=True, eq=False)
class Outline:
    """rho(phi) = c_0 + sum_{k <= 4} c_k cos(k phi) + s_k sin(k phi): where a section ends, smooth.

    Along a ray from the centre the particle's pixels have the area of the sector of radius
    sqrt(2 int mask r dr), which notches and grains that stick out leave as it is on average; the
    waves are those of this radius. The shell over the section, at the height h of its plane, is
    taken to be X(phi) = sqrt(rho(phi)^2 + h^2) at every polar angle near the plane: exact for a
    ball, and for a central section in its plane.

    Parameters
    ----------
    waves
        c_0, c_1, s_1, ..., c_4, s_4 in um, shape (9,).
    height
        Of the plane over the particle's centre in um.
    """

    waves: Floats
    height: float

    __repr__ = one_line

    @classmethod
    def of(cls, section: Section) -> Outline:
        """Return the outline of a section.

        Raises
        ------
        InputError
            If the particle goes on beyond the border of the map, or the centre lies outside.
        """
        if section.cut:
            raise InputError(
                f"{section.name} goes on beyond the border of its map, so the depth of its grains "
                "below the shell is not known; leave it out"
            )
        angles = 2 * np.pi * np.arange(_RAYS) / _RAYS
        step = section.pixel / _STEPS
        reach = step * (np.arange(_STEPS * np.hypot(*section.mask.shape)) + 0.5)
        points = reach[:, None] * np.stack([np.cos(angles), np.sin(angles)])[:, None]
        origin = (section.center - section.image.origin) / section.pixel
        index = np.rint(points / section.pixel + origin[:, None, None]).astype(np.int64)
        shape = np.array(section.mask.shape)[:, None, None]
        there = ((index >= 0) & (index < shape)).all(axis=0)
        row, column = np.clip(index, 0, shape - 1)
        mask = there & section.mask[row, column]
        radii = np.sqrt(2 * step * (mask * reach[:, None]).sum(axis=0))
        if radii.min() <= 0:
            raise InputError(
                f"the centre of {section.name} lies outside its particle; find it anew"
            )
        waves = np.linalg.lstsq(_columns(angles), radii, rcond=None)[0]
        return cls(waves, section.over_center)

    def radius(self, angles: Floats) -> Floats:
        """Return rho in um at angles in the plane, any shape."""
        return np.asarray(_columns(angles) @ self.waves)

    def depths(self, seeds: Floats) -> Floats:
        """Return the depth in um below the shell of seeds (n, 3) in um from the centre."""
        rho = self.radius(np.arctan2(seeds[:, 1], seeds[:, 0]))
        away = np.sqrt((seeds * seeds).sum(axis=1))
        return np.asarray(np.sqrt(rho * rho + self.height**2) - away)


def _columns(angles: Floats) -> Floats:
    """Return 1, cos, sin of the first to the last wave, shape (..., 9)."""
    parts = [np.ones_like(angles)]
    for k in range(1, _ORDER + 1):
        parts += [np.cos(k * angles), np.sin(k * angles)]
    return np.stack(parts, axis=-1)
