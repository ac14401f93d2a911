"""Mark laws: from a pattern of seeds to the shape (D) and size (r) of every grain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.numerics.draws import standard_normal, uniform
from nmc_mesh.numerics.functions import exp
from nmc_mesh.typing import Floats


class SeedPattern(NamedTuple):
    """What a mark law may look at.

    ``seeds`` (n, 3) in um from the particle's centre, ``noise`` (n, 2) in [0, 1]^2 and ``turns``
    (n,) in [0, pi], the gamma of Eq. 12 of doi 10.1038/s43246-024-00728-5.
    """

    seeds: Floats
    noise: Floats
    turns: Floats


class Marks(NamedTuple):
    """``diagonals`` (n, 3): D, the first entry along the radius; ``offsets`` (n,): r in um^2."""

    diagonals: Floats
    offsets: Floats


class MarkLaw(Protocol):
    """Anything that gives every seed its marks: an explicit law, or a mark network.

    A law that looks at the shell too has a method ``within(shell)`` that returns the law of this
    `StarShape`: whoever draws grains into a shell calls that one (`grains.model.within`).
    """

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Return the marks of all seeds; the same pattern and generator give the same marks."""


@dataclass(frozen=True)
class RadialMarkLaw:
    """D_k = clip(d_k exp(spread N_k), range of D), r = clip(uniform(a, b), range of r); ours.

    The N_k are independent standard normal numbers, all seeds are independent. The ranges are
    those of the paper as ``docs/model.md`` reads them (D in [1, 10], r in [0, 50] px^2).

    Parameters
    ----------
    diagonal
        (d_1, d_2, d_3); d_1 < d_2, d_3 gives grains that are long toward the centre.
    spread
        Standard deviation of log D, >= 0.
    offset
        (a, b) of the uniform law of r, in um^2.
    diagonal_range, offset_range
        Limits of D and of r (um^2).

    Raises
    ------
    InputError
        If a number is not finite, an interval is empty, or a diagonal entry lies out of its range.
    """

    diagonal: tuple[float, float, float]
    spread: float
    offset: tuple[float, float]
    diagonal_range: tuple[float, float]
    offset_range: tuple[float, float]

    def __post_init__(self) -> None:
        numbers = [*self.diagonal, self.spread, *self.offset]
        numbers += [*self.diagonal_range, *self.offset_range]
        if not np.isfinite(numbers).all():
            raise InputError("the numbers of a mark law must be finite")
        if len(self.diagonal) != 3:
            raise InputError(f"a mark law has three diagonal entries, not {len(self.diagonal)}")
        if self.spread < 0:
            raise InputError(f"the spread of a mark law must not be negative, not {self.spread}")
        for name in ("offset", "diagonal_range", "offset_range"):
            low, high = getattr(self, name)
            if low > high:
                raise InputError(f"{name} goes from {low} to {high}: the lower end comes first")
        low, high = self.diagonal_range
        if low <= 0 or min(self.diagonal) < low or max(self.diagonal) > high:
            raise InputError(
                f"the diagonal {self.diagonal} must lie in its range {self.diagonal_range}, "
                "which must be positive"
            )

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Draw the marks of all seeds."""
        count = len(pattern.seeds)
        stretch = exp(self.spread * standard_normal(rng, (count, 3)))
        return Marks(
            np.clip(np.asarray(self.diagonal) * stretch, *self.diagonal_range),
            np.clip(uniform(rng, *self.offset, count), *self.offset_range),
        )
