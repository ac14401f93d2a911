"""An explicit mark law whose grains change from the particle's centre to its surface."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.numerics.draws import standard_normal
from nmc_mesh.numerics.functions import exp, log, power
from nmc_mesh.typing import Floats


@dataclass(frozen=True)
class GradedMarkLaw:
    """D_k = clip(c_k^(1-t) s_k^t exp(spread N_k)), r = clip(a + (b - a) X); ours.

    t = min(|s_i| / reach, 1)^bend grades D from ``diagonal`` c in the centre to ``surface`` s at
    ``reach``. The N_k are independent standard normal numbers. X = (1 - (1 - U)^upper_power)^power
    with U uniform on [0, 1] has Kumaraswamy's distribution: a ``power`` over 1 makes many small
    grains and few large ones, an ``upper_power`` over 1 as well grains of two sizes. With s = c and
    both powers 1 it is `RadialMarkLaw`.
    Ranges are those of the paper as ``docs/model.md`` reads them (D in [1, 10], r in [0, 50] px^2).

    Parameters
    ----------
    diagonal, surface
        (d_1, d_2, d_3); d_1 < d_2, d_3 gives grains that are long toward the centre.
    reach
        Distance from the centre in um where D is ``surface``; it stays so beyond.
    spread
        Standard deviation of log D, >= 0.
    offset
        (a, b) of the law of r, in um^2.
    power
        Positive.
    diagonal_range, offset_range
        Limits of D and of r (um^2).
    bend
        Positive: 1 changes log D evenly with the distance from the centre, more changes it late.
    upper_power
        Positive: 1 makes r a power of a uniform variable.

    Raises
    ------
    InputError
        If a number is not finite, an interval is empty, or a diagonal entry lies out of its range.

    References
    ----------
    P. Kumaraswamy, J. Hydrology 46 (1980).
    """

    diagonal: tuple[float, float, float]
    surface: tuple[float, float, float]
    reach: float
    spread: float
    offset: tuple[float, float]
    power: float
    diagonal_range: tuple[float, float]
    offset_range: tuple[float, float]
    bend: float = 1.0
    upper_power: float = 1.0

    def __post_init__(self) -> None:
        numbers = [*self.diagonal, *self.surface, self.reach, self.spread, *self.offset]
        numbers += [
            self.power,
            self.bend,
            self.upper_power,
            *self.diagonal_range,
            *self.offset_range,
        ]
        if not np.isfinite(numbers).all():
            raise InputError("the numbers of a mark law must be finite")
        if len(self.diagonal) != 3 or len(self.surface) != 3:
            raise InputError("a graded mark law has three diagonal entries in centre and surface")
        if self.spread < 0 or min(self.reach, self.power, self.bend, self.upper_power) <= 0:
            raise InputError(
                "a graded mark law needs spread >= 0, reach > 0, power > 0, bend > 0 and "
                f"upper_power > 0, not {self.spread}, {self.reach}, {self.power}, {self.bend} and "
                f"{self.upper_power}"
            )
        for name in ("offset", "diagonal_range", "offset_range"):
            low, high = getattr(self, name)
            if low > high:
                raise InputError(f"{name} goes from {low} to {high}: the lower end comes first")
        low, high = self.diagonal_range
        entries = (*self.diagonal, *self.surface)
        if low <= 0 or min(entries) < low or max(entries) > high:
            raise InputError(
                f"the diagonals {self.diagonal} and {self.surface} must lie in their range "
                f"{self.diagonal_range}, which must be positive"
            )

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Draw the marks of all seeds."""
        count = len(pattern.seeds)
        normal = standard_normal(rng, (count, 3))
        return self.marks(np.linalg.norm(pattern.seeds, axis=1), normal, rng.random(count))

    def marks(self, distances: Floats, normal: Floats, uniform: Floats) -> Marks:
        """Return the marks for given random numbers: |s_i| (n,) in um, N (n, 3) and U (n,)."""
        return self.scattered(self.means(distances), normal, uniform)

    def means(self, distances: Floats) -> Floats:
        """Return the mean of log D, shape (n, 3), at |s_i| (n,) in um."""
        share = power(np.minimum(distances / self.reach, 1.0), self.bend)[:, None]
        center, surface = log(np.array(self.diagonal)), log(np.array(self.surface))
        return np.asarray(center + (surface - center) * share)

    def scattered(self, means: Floats, normal: Floats, uniform: Floats) -> Marks:
        """Return the marks about means of log D (n, 3) for random numbers N (n, 3) and U (n,)."""
        diagonals = exp(means + self.spread * normal)
        low, high = self.offset
        if self.upper_power != 1.0:
            uniform = 1.0 - power(1.0 - uniform, self.upper_power)
        return Marks(
            np.clip(diagonals, *self.diagonal_range),
            np.clip(low + (high - low) * power(uniform, self.power), *self.offset_range),
        )
