"""Texture laws: how the crystals of grains lie, seen from the centre of the particle.

theta in [0, pi/2] is the angle between a grain's c axis and the radius through its seed, or its
long axis: what the law is ``about``. Under R-3m an axis has no sense, so c and -c are the same.
About c every crystal is turned at random, and grains are independent: of grains that grew together
these laws know nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, get_args

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.bingham import axial_density, sample_bingham
from nmc_mesh.crystal.frames import About, crystals_along, grain_frames
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.draws import standard_normal
from nmc_mesh.numerics.functions import cos, sin
from nmc_mesh.typing import AnyArray, Floats


class Texture(Protocol):
    """Anything that gives every grain an orientation."""

    law: ClassVar[str]

    def sample(self, places: Floats, matrices: Floats | None, rng: np.random.Generator) -> Floats:
        """Draw orientations; the same places and generator give the same bytes.

        Parameters
        ----------
        places
            Seeds of the grains in um from the particle's centre, shape (n, 3).
        matrices
            Their M of the power diagram, shape (n, 3, 3): a grain is short where M is large. None
            for grains without a shape.
        rng
            Draws them.

        Returns
        -------
        Unit quaternions (w, x, y, z), crystal -> sample, shape (n, 4).
        """

    def density(self, angles: AnyArray) -> Floats:
        """Return the probability density of theta in 1/rad, at angles in [0, pi/2]."""


@dataclass(frozen=True)
class UniformTexture:
    """Every orientation alike (Haar's measure on SO(3)); theta has the density sin theta."""

    law: ClassVar[str] = "uniform"

    def sample(self, places: Floats, matrices: Floats | None, rng: np.random.Generator) -> Floats:
        """Draw orientations: normal numbers in four dimensions, brought to length 1."""
        numbers = standard_normal(rng, (len(places), 4))
        quaternions: Floats = numbers / np.linalg.norm(numbers, axis=1, keepdims=True)
        return quaternions

    def density(self, angles: AnyArray) -> Floats:
        """Return sin theta."""
        return np.asarray(sin(angles))


@dataclass(frozen=True)
class FibreTexture:
    """p(c) ~ exp(radial (c . e_r)^2 + short (c . e_s)^2), Bingham's law in the frame of the grain.

    e_r is the radius, or the long axis of the grain, and e_s the direction across it in which the
    grain is shortest: the joint law of crystal axes and shape. With short = 0 it is Watson's law
    about e_r: radial > 0 draws c to it, radial < 0 across it, so that the layers {001} hold it and
    lithium diffuses along it. A spread of s (standard deviation in radians, of the angle from the
    preferred direction in every free one) is |radial| = 1 / (2 s^2) where s is small.

    Parameters
    ----------
    radial, short
        Concentrations without unit; 0 is uniform.
    about
        What e_r is.

    Raises
    ------
    InputError
        If a number is not finite or beyond 10,000 in size (a spread of 0.4 degrees), or ``about``
        is unknown.

    References
    ----------
    Bingham, doi 10.1214/aos/1176342874.
    """

    radial: float
    short: float = 0.0
    about: About = "radius"
    law: ClassVar[str] = "fibre"

    def __post_init__(self) -> None:
        _check_about(self.about)
        for name in ("radial", "short"):
            value = getattr(self, name)
            if not abs(value) <= 1e4:
                raise InputError(
                    f"the concentration '{name}' of a texture lies between -1e4 and 1e4, "
                    f"not at {value:g}"
                )

    @classmethod
    def along_radius(cls, spread: float) -> FibreTexture:
        """Return the fibre with c near the radius; ``spread`` in radians."""
        return cls(0.5 / _squared(spread))

    @classmethod
    def across_radius(cls, spread: float) -> FibreTexture:
        """Return the fibre with c nearly perpendicular to the radius; ``spread`` in radians."""
        return cls(-0.5 / _squared(spread))

    def sample(self, places: Floats, matrices: Floats | None, rng: np.random.Generator) -> Floats:
        """Draw c by its law in every grain's frame, then a turn about c."""
        local = sample_bingham((self.radial, self.short, 0.0), len(places), rng)
        return crystals_along(local, grain_frames(places, matrices, self.about), rng)

    def density(self, angles: AnyArray) -> Floats:
        """Return the density of theta, of which the azimuth about the radius is averaged out."""
        return axial_density(np.asarray(angles, dtype=np.float64), self.radial, self.short)


@dataclass(frozen=True)
class TabulatedTexture:
    """theta falls into a bin by its weight, and c is uniform on the zone of directions of the bin.

    Parameters
    ----------
    edges
        Ends of the bins in radians, from 0 to pi/2, ascending, k + 1 of them.
    weights
        Shares of grains, none negative, k of them; they are scaled to the sum 1.
    about
        What theta is counted from.

    Raises
    ------
    InputError
        If the edges do not cover [0, pi/2] in ascending order, or the weights do not fit.
    """

    edges: tuple[float, ...]
    weights: tuple[float, ...]
    about: About = "radius"
    law: ClassVar[str] = "tabulated"

    __repr__ = one_line

    def __post_init__(self) -> None:
        _check_about(self.about)
        edges, weights = np.array(self.edges, float), np.array(self.weights, float)
        ends = len(edges) > 1 and edges[0] == 0 and abs(edges[-1] - np.pi / 2) < 1e-3
        if not (ends and (np.diff(edges) > 0).all()):
            raise InputError("the edges of a texture's bins ascend from 0 to pi/2 = 1.5708 radians")
        if len(weights) != len(edges) - 1:
            raise InputError(
                f"{len(edges)} edges of bins need {len(edges) - 1} weights, not {len(weights)}"
            )
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise InputError("the weights of a texture's bins are not negative, and not all 0")

    def _bins(self) -> tuple[Floats, Floats]:
        """Cosines at the edges, and shares of the bins."""
        cosines = cos(np.array(self.edges, float))
        cosines[-1] = 0.0
        weights = np.array(self.weights, float)
        return cosines, weights / weights.sum()

    def sample(self, places: Floats, matrices: Floats | None, rng: np.random.Generator) -> Floats:
        """Draw theta by the table, then two turns: about the radius and about c."""
        cosines, shares = self._bins()
        count = len(places)
        which = np.minimum(np.searchsorted(np.cumsum(shares), rng.random(count)), len(shares) - 1)
        cosine = cosines[which] + (cosines[which + 1] - cosines[which]) * rng.random(count)
        sine, azimuth = np.sqrt(1 - cosine**2), 2 * np.pi * rng.random(count)
        local = np.stack([cosine, sine * cos(azimuth), sine * sin(azimuth)], axis=1)
        return crystals_along(local, grain_frames(places, matrices, self.about), rng)

    def density(self, angles: AnyArray) -> Floats:
        """Return the share of the bin times sin theta over the bin's difference of cosines."""
        cosines, shares = self._bins()
        given = np.asarray(angles, dtype=np.float64)
        which = np.clip(np.searchsorted(self.edges, given, "right") - 1, 0, len(shares) - 1)
        return np.asarray((shares / -np.diff(cosines))[which] * sin(given))


def _check_about(about: str) -> None:
    if about not in get_args(About):
        raise InputError(f"a texture is about {' or '.join(get_args(About))}, not '{about}'")


def _squared(spread: float) -> float:
    if not (np.isfinite(spread) and spread > 0):
        raise InputError(f"the spread of a texture is a positive number of radians, not {spread:g}")
    return float(spread) * float(spread)
