"""Known architectures that play the unknown truth, to judge calibrations in space; all ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.seeds import SeedProcess
from nmc_mesh.typing import Floats

PIXEL = 0.05
"""Edge length of an EBSD pixel in um (paper)."""

INTENSITY = 0.0018
"""Seeds per px^3: the paper's mu_1."""

_DIAGONAL_RANGE = (1.0, 10.0)
_OFFSET_RANGE = (0.0, 50.0)  # px^2


@dataclass(frozen=True)
class TruthLaw:
    """Marks in px that no calibrated family holds exactly, except where ``middle`` is not finite.

    D_k = clip(c_k (s_k / c_k)^w exp(spread N_k), [1, 10]) with c = ``center``, s = ``surface`` and
    w(|s|) = 1 / (1 + exp((middle - |s|) / width)): a smooth step from the centre to the surface.
    r = clip(``offset`` E^power / Gamma(power + 1), [0, 50]) px^2 with E exponential, so that its
    mean, unclipped, is ``offset``; ``power`` = 0 stands for the uniform law on [0, 2 offset]. With
    a ``share`` r is offset / share for this share of the grains, and 0 for the others.

    Parameters
    ----------
    center, surface
        D in the particle's centre and far from it.
    middle, width
        Of the step, in px.
    spread
        Standard deviation of log D.
    offset, power
        Mean of r in px^2, and how heavy its tail is.
    share
        Of large grains, where there are two sizes; 0: there are not.
    """

    center: tuple[float, float, float]
    surface: tuple[float, float, float]
    spread: float
    offset: float
    power: float = 0.0
    middle: float = 60.0
    width: float = 10.0
    share: float = 0.0

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Draw the marks of all seeds; D without unit, r in um^2."""
        count = len(pattern.seeds)
        away = np.linalg.norm(pattern.seeds, axis=1) / PIXEL
        weight = 1.0 / (1.0 + np.exp((self.middle - away) / self.width))[:, None]
        center, surface = np.log(self.center), np.log(self.surface)
        noise = self.spread * rng.standard_normal((count, 3))
        diagonals = np.exp(center + (surface - center) * weight + noise)
        offsets = np.clip(self.offset * self._sizes(count, rng), *_OFFSET_RANGE)
        return Marks(np.clip(diagonals, *_DIAGONAL_RANGE), offsets * PIXEL**2)

    def _sizes(self, count: int, rng: np.random.Generator) -> Floats:
        from scipy.special import gamma

        if self.share > 0:
            return np.asarray((rng.random(count) < self.share) / self.share)
        if self.power == 0:
            return rng.uniform(0.0, 2.0, count)
        heavy: Floats = rng.standard_exponential(count) ** self.power / gamma(self.power + 1.0)
        return heavy


@dataclass(frozen=True)
class DepthStep:
    """Marks in px that change in a smooth step below the shell, which no calibrated law holds.

    log D_k = (1 - w) log g_k + w log a_k + spread N_k, D clipped to [1, 10], with g = ``deep``,
    a = ``at_shell`` and w(t) = 1 / (1 + exp((t - middle) / width)) at the depth t below the shell
    along the radius; r is uniform on [0, 2 offset] px^2.

    Parameters
    ----------
    deep, at_shell
        D far below the shell and at it.
    middle, width
        Of the step, in px.
    spread
        Standard deviation of log D.
    offset
        Mean of r in px^2.
    shell
        Whose grains they are; see `within`.
    """

    deep: tuple[float, float, float]
    at_shell: tuple[float, float, float]
    middle: float
    width: float
    spread: float = 0.15
    offset: float = 10.0
    shell: StarShape | None = None

    def within(self, shell: StarShape) -> DepthStep:
        """Return the law of a shell."""
        return replace(self, shell=shell)

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Draw the marks of all seeds; D without unit, r in um^2."""
        assert self.shell is not None, "grains below a shell need one: draw particles"
        away = np.linalg.norm(pattern.seeds, axis=1)
        depths = (self.shell.radius(pattern.seeds) - away) / PIXEL
        weight = 1.0 / (1.0 + np.exp((depths - self.middle) / self.width))[:, None]
        deep, at_shell = np.log(self.deep), np.log(self.at_shell)
        noise = self.spread * rng.standard_normal((len(away), 3))
        diagonals = np.exp(deep + (at_shell - deep) * weight + noise)
        offsets = rng.uniform(0.0, 2.0 * self.offset, len(away)) * PIXEL**2
        return Marks(np.clip(diagonals, *_DIAGONAL_RANGE), offsets)


@dataclass(frozen=True)
class HardCoreSeeds:
    """Random sequential adsorption, a `SeedProcess`: no two seeds are nearer than ``distance``.

    Points come one after another, and stay if none that stayed is too near, until there is one per
    unit of volume. At a distance of 0.8 grain sizes balls of that diameter fill 0.27 of space; no
    more than 0.38 can be had.

    Parameters
    ----------
    distance
        In grain sizes, intensity^(-1/3), at most 0.85.
    """

    distance: float

    def __call__(self, lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
        """Draw the points of a box; see `SeedProcess`."""
        from scipy.spatial import KDTree

        count = round(float((upper - lower).prod()))
        points = np.empty((0, 3))
        while len(points) < count:
            fresh = rng.uniform(lower, upper, (count, 3))
            if len(points):
                fresh = fresh[KDTree(points).query(fresh)[0] >= self.distance]
            stays = np.ones(len(fresh), dtype=bool)
            pairs = KDTree(fresh).query_pairs(self.distance, output_type="ndarray")
            for first, second in np.sort(pairs[np.lexsort(pairs.T)], axis=1):
                if stays[first]:
                    stays[second] = False
            points = np.concatenate([points, fresh[stays]])[:count]
        return points


class Truth(NamedTuple):
    """An architecture and the ball that particles of it fill: ``radius`` in um."""

    name: str
    summary: str
    model: GrainModel
    radius: float


def _truth(
    name: str, summary: str, radius: float, law: TruthLaw, seeds: SeedProcess | None = None
) -> Truth:
    return Truth(name, summary, GrainModel(INTENSITY / PIXEL**3, law, 1.0, seeds), radius)


_RADIAL = (1.5, 4.0, 4.0)

TRUTHS: Mapping[str, Truth] = MappingProxyType(
    {
        truth.name: truth
        for truth in (
            _truth(
                "weak",
                "a weak preference: D = (2, 3, 3)",
                4.5,
                TruthLaw((2.0, 3.0, 3.0), (2.0, 3.0, 3.0), 0.15, 10.0),
            ),
            _truth(
                "strong",
                "long grains: D = (1.3, 6, 6), varied by 20 %",
                4.9,
                TruthLaw((1.3, 6.0, 6.0), (1.3, 6.0, 6.0), 0.2, 12.0),
            ),
            _truth(
                "graded",
                "nearly equiaxed in the centre, long near the surface",
                4.7,
                TruthLaw((2.5, 3.0, 3.0), (1.3, 5.0, 5.0), 0.15, 10.0),
            ),
            _truth(
                "heavy",
                "sizes with a heavy tail: r as the square of an exponential variable",
                4.8,
                TruthLaw(_RADIAL, _RADIAL, 0.25, 12.0, power=2.0),
            ),
            _truth(
                "flat",
                "plates along the radius, D = (1.5, 2.8, 5.7): central sections hardly tell d2, d3",
                4.7,
                TruthLaw((1.5, 2.8, 5.7), (1.5, 2.8, 5.7), 0.15, 10.0),
            ),
            _truth(
                "plates",
                "plates along the radius, flatter still: D = (1.2, 3, 9)",
                4.7,
                TruthLaw((1.2, 3.0, 9.0), (1.2, 3.0, 9.0), 0.15, 10.0),
            ),
            _truth(
                "bimodal",
                "two sizes: r is 40 px^2 for three grains in ten, and 0 for the others",
                4.7,
                TruthLaw(_RADIAL, _RADIAL, 0.15, 12.0, share=0.3),
            ),
            _truth(
                "hard-core",
                "seeds no nearer to each other than 0.8 grain sizes",
                4.7,
                TruthLaw(_RADIAL, _RADIAL, 0.15, 5.0),
                HardCoreSeeds(0.8),
            ),
        )
    }
)
"""Known architectures by name."""

PROVEN = ("weak", "strong", "graded", "heavy")
"""The truths that a calibration from central sections is judged by."""

HARDER = ("plates", "bimodal", "hard-core", "graded", "heavy")
"""Truths that central sections of a simple law do not tell."""


def truths(name: str) -> list[Truth]:
    """Return the truth of this name, those of `PROVEN` for "all", of `HARDER` for "harder".

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name == "all":
        return [TRUTHS[each] for each in PROVEN]
    if name == "harder":
        return [TRUTHS[each] for each in HARDER]
    if name not in TRUTHS:
        raise InputError(f"there is no truth '{name}'; choose all, harder, {', '.join(TRUTHS)}")
    return [TRUTHS[name]]
