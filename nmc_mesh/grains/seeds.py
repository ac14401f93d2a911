"""Seeds more regular or more clustered than those of a Poisson process.

Both processes move points by independent normal displacements. The displacement is their one
parameter of regularity: where it is small, lattice sites or tight clusters stay; where it is large,
both are Poisson processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.draws import poisson, standard_normal
from nmc_mesh.typing import Bools, Floats

FARTHEST = 5.0
"""Largest displacement in grain sizes; a Poisson process is the same, and faster."""

_CELL = 1.2599210498948732  # 2^(1/3): edge of a body-centred cubic cell with two sites of volume 1
_REACH = 4.0  # displacements around a box: 6e-5 of the points beyond its faces come from farther


class SeedProcess(Protocol):
    """Anything that draws points of a stationary process with one point per unit of volume."""

    def __call__(self, lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
        """Draw the points of a box, shape (n, 3).

        Parameters
        ----------
        lower, upper
            Corners of the box in grain sizes, intensity^(-1/3), shape (3,).
        rng
            Draws all numbers.
        """


class _Displaced:
    """Points of ``origins``, moved."""

    displacement: float

    def origins(self, lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
        """Draw the points before they are moved."""
        raise NotImplementedError

    def __call__(self, lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
        """Draw the points of a box; see `SeedProcess`."""
        far = _REACH * self.displacement
        origins = self.origins(lower - far, upper + far, rng)
        points = origins + self.displacement * standard_normal(rng, origins.shape)
        return np.asarray(points[_inside(points, lower, upper)])


@dataclass(frozen=True)
class PerturbedLattice(_Displaced):
    """Sites of a body-centred cubic lattice, each moved by a normal displacement; ours.

    x_i = site_i + sigma N_i with independent standard normal N_i in space. The lattice has one site
    per grain, and a random place and orientation in every draw, so that the process is stationary
    and isotropic. Its structure factor between the lattice's peaks is 1 - exp(-k^2 sigma^2).
    Cells are nearly alike for a small sigma; for sigma of a grain size and more the points are
    as a Poisson process as far as cells can tell.

    Parameters
    ----------
    displacement
        sigma in grain sizes, intensity^(-1/3).

    Raises
    ------
    InputError
        If the displacement is not positive, or beyond 5.

    References
    ----------
    Perturbed lattices: A. Gabrielli, Phys. Rev. E 70, 066131 (2004).

    Examples
    --------
    >>> from nmc_mesh.grains.seeds import PerturbedLattice
    >>> seeds = PerturbedLattice(0.1)(np.full(3, -5.0), np.full(3, 5.0), np.random.default_rng(1))
    >>> 960 < len(seeds) < 1040  # 1000 on average; a Poisson process scatters by 32
    True
    """

    displacement: float

    def __post_init__(self) -> None:
        _checked(self.displacement)

    def origins(self, lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
        """Draw the sites of a box, shape (n, 3); see `SeedProcess`."""
        axes = _CELL * _turned(rng)
        corner = 0.5 * (lower + upper)
        for axis in axes:
            corner = corner + float(rng.random()) * axis
        reach = (np.abs(axes) * (0.5 * (upper - lower))).sum(axis=1) / _CELL**2
        count = np.ceil(reach).astype(np.int64) + 1
        i, j, k = (np.arange(-n, n + 1, dtype=np.float64) for n in count)
        plane = j[:, None, None] * axes[1] + k[:, None] * axes[2]
        parts = []
        for step in i:  # plane by plane: the box around a turned box is up to five times as large
            for half in (0.0, 0.5):
                middle = corner + (step + half) * axes[0] + half * axes[1] + half * axes[2]
                sites = (middle + plane).reshape(-1, 3)
                parts.append(sites[_inside(sites, lower, upper)])
        return np.concatenate(parts)


@dataclass(frozen=True)
class ThomasProcess(_Displaced):
    """Clusters: Poisson many points about every point of a Poisson process, normally scattered.

    The pair correlation is g(h) = 1 + m exp(-h^2 / (4 sigma^2)) / (4 pi sigma^2)^(3/2): a Poisson
    process for a large sigma.

    Parameters
    ----------
    displacement
        sigma in grain sizes, intensity^(-1/3).
    mean
        m, mean number of points per cluster, clusters of none included.

    Raises
    ------
    InputError
        If a number is not positive, or the displacement beyond 5.

    References
    ----------
    M. Thomas, Biometrika 36 (1949); Neyman-Scott processes: S. N. Chiu, D. Stoyan, W. S. Kendall,
    J. Mecke, Stochastic Geometry and its Applications (2013), section 5.3.

    Examples
    --------
    >>> from nmc_mesh.grains.seeds import ThomasProcess
    >>> seeds = ThomasProcess(0.3)(np.full(3, -5.0), np.full(3, 5.0), np.random.default_rng(1))
    >>> 760 < len(seeds) < 1240  # 1000 on average
    True
    """

    displacement: float
    mean: float = 4.0

    def __post_init__(self) -> None:
        _checked(self.displacement)
        positive(self.mean, "the mean number of seeds in a cluster", "")

    def origins(self, lower: Floats, upper: Floats, rng: np.random.Generator) -> Floats:
        """Draw the centre of the cluster of every point, shape (n, 3); see `SeedProcess`."""
        edges = upper - lower
        centers = poisson(rng, float(edges[0] * edges[1] * edges[2]) / self.mean)
        places = lower + edges * rng.random((centers, 3))
        # Poisson many in all, each in any cluster: Poisson many in every one, independently.
        count = poisson(rng, self.mean * centers)
        return np.asarray(places[(rng.random(count) * centers).astype(np.int64)])


def _checked(displacement: float) -> None:
    positive(displacement, "the displacement of seeds", "")
    if displacement > FARTHEST:
        raise InputError(
            f"seeds displaced by {displacement:g} grain sizes are a Poisson process: leave them "
            f"out, or choose a displacement up to {FARTHEST:g}"
        )


def _inside(points: Floats, lower: Floats, upper: Floats) -> Bools:
    return np.asarray(((points >= lower) & (points < upper)).all(axis=1))


def _turned(rng: np.random.Generator) -> Floats:
    """Draw a rotation matrix, all alike: that of a normal quaternion."""
    w, x, y, z = standard_normal(rng, 4).tolist()
    square = w * w + x * x + y * y + z * z
    rows = [
        [w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z],
    ]
    return np.array(rows) / square
