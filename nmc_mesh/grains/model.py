"""The grain architecture: a process of seeds, marked, as a power diagram."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.marks import MarkLaw, SeedPattern
from nmc_mesh.grains.seeds import SeedProcess
from nmc_mesh.later import Shown
from nmc_mesh.numerics.draws import poisson, uniform
from nmc_mesh.numerics.functions import power
from nmc_mesh.typing import Floats

_MOST_SEEDS = 50_000_000


class TessellationLaw(Protocol):
    """Anything that draws a diagram about the origin: `GrainModel`, or another package's.

    Voronoi (equal matrices and offsets) and Laguerre diagrams (unit matrices) are `GBPD`s too. The
    same generator gives the same diagram, on any number of threads. A law that looks at the shell
    has a method ``within(shell)`` too, see `within`.
    """

    @property
    def grain_size(self) -> float:
        """Edge length of the cube of a mean grain's volume in um."""

    def sample(self, window_half: float, rng: np.random.Generator) -> GBPD:
        """Draw one diagram in space.

        Parameters
        ----------
        window_half
            The seeds must fill [-w, w]^3 with w of at least so many um, so that no grain near the
            shell lacks a neighbour.
        rng
            Draws all numbers.
        """


@dataclass(frozen=True)
class GrainModel(Shown):
    """Z = {(s, n, gamma)}: homogeneous Poisson process on W x [0, 1]^2 x [0, pi] (Eq. 10).

    Parameters
    ----------
    intensity
        Seeds per um^3 of space.
    marks
        Law that gives every seed its D and r.
    window_half
        Half edge length of the smallest window W = [-w, w]^3, in um.
    seeds
        Another process of the same intensity in place of the Poisson process (ours), see
        `nmc_mesh.grains.seeds`.

    Raises
    ------
    InputError
        If the intensity or the window is not positive and finite.

    References
    ----------
    Eqs. 8-12 of doi 10.1038/s43246-024-00728-5.

    Examples
    --------
    >>> grains = nmc_mesh.load_model("nmc-radial").grains
    >>> round(grains.grain_size, 3), round(grains.intensity, 1)
    (0.411, 14.4)
    """

    intensity: float
    marks: MarkLaw
    window_half: float
    seeds: SeedProcess | None = None

    __repr__ = one_line

    def __post_init__(self) -> None:
        for name in ("intensity", "window_half"):
            value = getattr(self, name)
            if not (np.isfinite(value) and value > 0):
                raise InputError(f"the {name} of a grain model must be positive, not {value}")

    @property
    def grain_size(self) -> float:
        """Edge length of the cube of a mean grain's volume in um: intensity^(-1/3)."""
        return float(power(self.intensity, -1 / 3))

    def sample(self, window_half: float, rng: np.random.Generator) -> GBPD:
        """Draw one architecture on the window W, which is at least ``window_half`` um (half edge).

        Parameters
        ----------
        window_half
            Half edge length of the window in um, where it is larger than the model's own.
        rng
            Draws the seeds and their marks.

        Raises
        ------
        InputError
            If no seed fell into the window.
        ResourceError
            If the window would hold more than fifty million seeds.

        Examples
        --------
        >>> grains = nmc_mesh.load_model("nmc-radial").grains
        >>> diagram = grains.sample(1.0, np.random.default_rng(1))
        >>> bool(np.abs(diagram.seeds).max() <= max(1.0, grains.window_half)), diagram.dim
        (True, 3)
        """
        half = max(float(window_half), self.window_half)
        expected = self._expected(half)
        if expected > _MOST_SEEDS:
            raise ResourceError(
                f"the window of {2 * half:.3g} um would hold {expected:.2g} seeds; "
                "choose a smaller diameter or larger grains"
            )
        pattern = self.sample_pattern(half, rng)
        marks = self.marks(pattern, rng)
        return GBPD.radial(pattern.seeds, marks.diagonals, pattern.turns, marks.offsets)

    def within(self, shell: StarShape) -> GrainModel:
        """Return the model of grains in a shell: itself, unless its marks look at the shell.

        Parameters
        ----------
        shell
            The shell that is filled.

        Examples
        --------
        >>> grains = nmc_mesh.load_model("nmc-radial").grains
        >>> grains.within(nmc_mesh.StarShape.ball(2.0)) is grains
        True
        """
        bound = getattr(self.marks, "within", None)
        return self if bound is None else replace(self, marks=bound(shell))

    def sample_pattern(self, half: float, rng: np.random.Generator) -> SeedPattern:
        """Draw the process on [-half, half]^3: seeds in um, noise and turns.

        Parameters
        ----------
        half
            Half edge length of the window in um.
        rng
            Draws all numbers.

        Examples
        --------
        >>> grains = nmc_mesh.load_model("nmc-radial").grains
        >>> pattern = grains.sample_pattern(2.0, np.random.default_rng(1))
        >>> len(pattern.seeds), round(grains.intensity * 4.0**3)  # drawn, and the mean
        (923, 922)
        """
        seeds = self._places(half, rng)
        count = len(seeds)
        if count == 0:
            raise InputError(
                f"no seed fell into the window of {2 * half:.3g} um; choose a larger intensity"
            )
        noise = uniform(rng, 0.0, 1.0, (count, 2))
        return SeedPattern(seeds, noise, uniform(rng, 0.0, np.pi, count))

    def _places(self, half: float, rng: np.random.Generator) -> Floats:
        if self.seeds is None:
            return uniform(rng, -half, half, (poisson(rng, self._expected(half)), 3))
        size = self.grain_size
        corner = np.full(3, half / size)
        return np.asarray(size * self.seeds(-corner, corner, rng))

    def _expected(self, half: float) -> float:
        """Mean number of seeds in [-half, half]^3."""
        return self.intensity * float(power(2 * half, 3))


def within(law: TessellationLaw, shell: StarShape) -> TessellationLaw:
    """Return the law of grains in a shell; one without a method ``within`` is that of any shell.

    Parameters
    ----------
    law
        Of any shell.
    shell
        The shell that is filled.
    """
    bound = getattr(law, "within", None)
    return law if bound is None else bound(shell)
