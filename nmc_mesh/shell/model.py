"""The outer shell: an isotropic random field on the sphere with independent coefficients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import design_matrix
from nmc_mesh.geometry.star_shape import StarShape, volumes
from nmc_mesh.shell.laws import Law
from nmc_mesh.typing import Floats

_BATCH = 2048
_MOST_TRIES = 1000


class ShellSample(NamedTuple):
    """Accepted coefficients (n, (L + 1)^2) in um, and how many draws each rule threw away."""

    coefficients: Floats
    rejected_radius: int
    rejected_volume: int

    def shapes(self) -> list[StarShape]:
        """All shells as values."""
        return [StarShape(row) for row in self.coefficients]


@dataclass(frozen=True)
class ShellModel:
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
    """

    laws: tuple[Law, ...]
    min_volume: float = 0.0

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
        """Draw one shell; InputError if the laws give no valid one."""
        return StarShape(self.sample_many(1, rng).coefficients[0])

    def sample_many(self, count: int, rng: np.random.Generator) -> ShellSample:
        """Draw ``count`` shells at once and count the rejected draws.

        Raises
        ------
        InputError
            If ``count`` is negative, or fewer than one draw in a thousand is accepted.
        """
        if count < 0:
            raise InputError(f"the number of shells must not be negative, not {count}")
        accepted: list[Floats] = []
        missing, drawn, bad_radius, bad_volume = count, 0, 0, 0
        while missing > 0:
            batch = self._draw(min(missing, _BATCH), rng)
            drawn += len(batch)
            positive = (batch @ design_matrix(directions(), self.degree).T).min(axis=1) > 0
            large = volumes(batch) >= self.min_volume
            bad_radius += int((~positive).sum())
            bad_volume += int((positive & ~large).sum())
            accepted.append(batch[positive & large])
            missing -= len(accepted[-1])
            if drawn > _MOST_TRIES * (count - missing + 1):
                raise InputError(
                    f"the shell model gave {count - missing} valid shells in {drawn} draws; "
                    "its laws are too wide for its size"
                )
        kept = np.concatenate(accepted) if accepted else np.empty((0, (self.degree + 1) ** 2))
        return ShellSample(kept, bad_radius, bad_volume)

    def scaled(self, factor: float) -> ShellModel:
        """Return the model with every length times ``factor`` > 0."""
        if not (np.isfinite(factor) and factor > 0):
            raise InputError(f"a shell model is scaled by a positive factor, not {factor}")
        return ShellModel(
            tuple(law.scaled(factor) for law in self.laws), self.min_volume * factor**3
        )

    def _draw(self, count: int, rng: np.random.Generator) -> Floats:
        blocks = [law.sample((count, 2 * l + 1), rng) for l, law in enumerate(self.laws)]  # noqa: E741
        return np.concatenate(blocks, axis=1)
