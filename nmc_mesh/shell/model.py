"""The outer shell: an isotropic random field on the sphere with independent coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import in_one_line, one_line
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.harmonics import (
    degree_of,
    direction_columns,
    node_columns,
    quadrature,
)
from nmc_mesh.geometry.star_shape import StarShape, volumes
from nmc_mesh.later import Shown
from nmc_mesh.numerics.functions import cbrt, power
from nmc_mesh.numerics.products import matmul
from nmc_mesh.shell.laws import Law
from nmc_mesh.typing import Bools, Floats

_BATCH = 2048
_MOST_TRIES = 1000
_SIZED_BATCH = 20


@in_one_line
class ShellSample(NamedTuple):
    """Accepted coefficients (n, (L + 1)^2) in um, and how many draws each rule threw away."""

    coefficients: Floats
    rejected_radius: int
    rejected_volume: int

    def shapes(self) -> list[StarShape]:
        """All shells as values."""
        return [StarShape(row) for row in self.coefficients]


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
        positive(diameter, "the diameter")
        volume = np.pi * float(power(diameter, 3)) / 6
        for _ in range(_MOST_TRIES // _SIZED_BATCH):
            batch = self._draw(_SIZED_BATCH, rng)
            batch[:, 0] = np.sqrt(4 * np.pi) * _mean_radii(batch, volume)
            sound = _positive(batch)
            if sound.any():
                return StarShape(batch[int(np.argmax(sound))])
        raise InputError(
            f"the model's shells are too rough for {diameter:g} um: the radius of a thousand draws "
            "was negative somewhere; choose a larger diameter"
        )

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
        if count < 0:
            raise InputError(f"the number of shells must not be negative, not {count}")
        kept = np.empty((count, (self.degree + 1) ** 2))
        done, drawn, bad_radius, bad_volume = 0, 0, 0, 0
        while done < count:
            batch = self._draw(min(count - done, _BATCH), rng)
            drawn += len(batch)
            sound = _positive(batch)
            large = _reaches(batch, self.min_volume)
            bad_radius += int((~sound).sum())
            bad_volume += int((sound & ~large).sum())
            good = np.flatnonzero(sound & large)
            # "clip", as "raise" would write to a copy first; all of these places exist
            np.take(batch, good, axis=0, out=kept[done : done + len(good)], mode="clip")
            done += len(good)
            if drawn > _MOST_TRIES * (done + 1):
                raise InputError(
                    f"the shell model gave {done} valid shells in {drawn} draws; "
                    "its laws are too wide for its size"
                )
        return ShellSample(kept, bad_radius, bad_volume)

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


def _positive(coefficients: Floats) -> Bools:
    """Whether the radius is positive in all 642 directions, per row."""
    sound = np.empty(len(coefficients), dtype=np.bool_)
    columns = direction_columns(degree_of(coefficients.shape[1]))
    core.positive_radii(coefficients, columns, sound)
    return sound


def _reaches(coefficients: Floats, volume: float) -> Bools:
    """Whether the volume is at least ``volume``, per row.

    V >= 4 pi b^3 / 3 with the mean radius b = a_00 / sqrt(4 pi) (Jensen, as x^3 lies above its
    tangent at b for x > -2 b), so most rows need no quadrature.
    """
    mean = coefficients[:, 0] / np.sqrt(4 * np.pi)
    large = np.asarray(4 * np.pi / 3 * (mean * mean * mean) > volume * (1 + 1e-9))
    large[~large] = volumes(coefficients[~large]) >= volume
    return large


def _mean_radii(coefficients: Floats, volume: float) -> Floats:
    """Root b of 4 pi b^3 + 3 b S_2 + S_3 = 3 V for every row, whose first entry plays no part."""
    degree = degree_of(coefficients.shape[1])
    weights = quadrature(3 * degree).weights
    rough = matmul(coefficients[:, 1:], node_columns(degree, 3 * degree)[1:])
    slope = 3 * matmul(rough * rough, weights) / (4 * np.pi)
    level = (3 * volume - matmul(rough * rough * rough, weights)) / (4 * np.pi)
    root = cbrt(np.abs(level) / 2 + np.sqrt(level * level / 4 + slope * slope * slope / 27))
    return np.asarray(np.sign(level) * (root - slope / (3 * root)))
