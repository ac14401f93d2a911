"""The outer shell: an isotropic random field on the sphere with independent coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.later import Shown
from nmc_mesh.numerics.functions import power
from nmc_mesh.shell.acceptance import ShellSample, accepted, accepted_sized
from nmc_mesh.shell.laws import Law
from nmc_mesh.typing import Floats


class ShellLaw(Protocol):
    """Anything that draws outer shells about the origin: `ShellModel`, or another package's.

    The same generator gives the same shell, on any number of threads. Laws are hashable.
    """

    def sample(self, rng: np.random.Generator) -> StarShape:
        """Draw one shell, as large as the law has it.

        Parameters
        ----------
        rng
            Draws all numbers.
        """

    def sample_sized(self, diameter: float, rng: np.random.Generator) -> StarShape:
        """Draw one shell of the volume pi d^3 / 6.

        Parameters
        ----------
        diameter
            Volume-equivalent diameter d in um, positive.
        rng
            Draws all numbers.
        """


@dataclass(frozen=True)
class ShellModel(Shown):
    """X(u) = sum_lm Z_lm Y_lm(u), all Z_lm independent, Z_lm ~ laws[l] (Eqs. 5-7).

    Parameters
    ----------
    laws
        One law per degree l = 0 ... L, in um.
    min_volume
        Shells of a smaller volume (um^3) are drawn again.

    Raises
    ------
    InputError
        If there is no law, or the volume is negative or not finite.

    References
    ----------
    "Stochastic outer shell model" of doi 10.1038/s43246-024-00728-5. A draw is also repeated if
    its radius is not positive in one of the 642 directions.

    Examples
    --------
    Balls whose radius is drawn: a_00 = sqrt(4 pi) R, R of mean 2 um and standard deviation 0.1 um.

    >>> from nmc_mesh.shell import Normal
    >>> unit = np.sqrt(4 * np.pi)
    >>> model = nmc_mesh.ShellModel((Normal(2.0 * unit, 0.1 * unit),))
    >>> radii = model.sample_many(1000, np.random.default_rng(1)).coefficients[:, 0] / unit
    >>> round(float(radii.mean()), 1), round(float(radii.std()), 1)
    (2.0, 0.1)
    """

    laws: tuple[Law, ...]
    min_volume: float = 0.0

    __repr__ = one_line

    def __post_init__(self) -> None:
        object.__setattr__(self, "laws", tuple(self.laws))
        if not self.laws:
            raise InputError("a shell model needs at least the law of degree 0")
        if not (np.isfinite(self.min_volume) and self.min_volume >= 0):
            raise InputError(f"the smallest volume must be 0 or more um^3, not {self.min_volume}")

    @property
    def degree(self) -> int:
        """The largest l."""
        return len(self.laws) - 1

    def sample(self, rng: np.random.Generator) -> StarShape:
        """Draw one shell; InputError if the laws give no valid one.

        Parameters
        ----------
        rng
            Draws the coefficients.

        Examples
        --------
        >>> shell = nmc_mesh.load_model("nmc111-ct").shell.sample(np.random.default_rng(1))
        >>> len(shell.coefficients), shell.volume > 0
        (100, True)
        """
        return StarShape(self.sample_many(1, rng).coefficients[0])

    def sample_sized(self, diameter: float, rng: np.random.Generator) -> StarShape:
        """Draw a shell of given volume pi d^3 / 6: the a_lm, l >= 1, by their laws, then a_00.

        With b = a_00 / sqrt(4 pi), f = X - b and S_k the integral of f^k over the sphere, the
        volume is (4 pi b^3 + 3 b S_2 + S_3) / 3. It grows with b, so one b has the wished volume.
        This is the model given its size, but for the density of a_00 at the solution, which hardly
        differs between draws. ``min_volume`` plays no part.

        Scaling a drawn shell instead would make the a_lm grow with the size. In the CT of the
        presets (1,168 particles of 1.4 to 17 um) the power of degrees 2 ... 9 grows with a_00 to
        the power 0.8; independence says 0, scaling 2 (ours).

        Parameters
        ----------
        diameter
            Volume-equivalent diameter d in um.
        rng
            Draws the coefficients.

        Raises
        ------
        InputError
            If the diameter is not positive, or so small that none of a thousand draws has a
            positive radius everywhere.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc111-ct").shell
        >>> shell = model.sample_sized(10.0, np.random.default_rng(1))
        >>> round(shell.equivalent_diameter, 6)
        10.0
        """
        return accepted_sized(self._draw, diameter, rng)

    def sample_many(self, count: int, rng: np.random.Generator) -> ShellSample:
        """Draw ``count`` shells at once and count the rejected draws.

        Parameters
        ----------
        count
            Number of accepted shells.
        rng
            Draws the coefficients.

        Raises
        ------
        InputError
            If ``count`` is negative, or fewer than one draw in a thousand is accepted.

        Examples
        --------
        >>> model = nmc_mesh.load_model("nmc111-ct").shell
        >>> model.sample_many(50, np.random.default_rng(1)).coefficients.shape
        (50, 100)
        """
        return accepted(self._draw, count, self.min_volume, self.degree, rng)

    def scaled(self, factor: float) -> ShellModel:
        """Return the model with every length times ``factor`` > 0.

        Parameters
        ----------
        factor
            Positive.

        Examples
        --------
        >>> from nmc_mesh.shell import Normal
        >>> nmc_mesh.ShellModel((Normal(2.0, 0.1),)).scaled(2.0).laws
        (Normal(mean=4.0, deviation=0.2),)
        """
        if not (np.isfinite(factor) and factor > 0):
            raise InputError(f"a shell model is scaled by a positive factor, not {factor}")
        return ShellModel(
            tuple(law.scaled(factor) for law in self.laws),
            self.min_volume * float(power(factor, 3)),
        )

    def _draw(self, count: int, rng: np.random.Generator) -> Floats:
        batch = np.empty((count, (self.degree + 1) ** 2))
        for l, law in enumerate(self.laws):  # noqa: E741
            batch[:, l * l : (l + 1) ** 2] = law.sample((count, 2 * l + 1), rng)
        return batch
