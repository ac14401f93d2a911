"""A mark law whose grains change with their depth below the shell, in particles of any size."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.numerics.draws import standard_normal
from nmc_mesh.numerics.functions import log, power
from nmc_mesh.typing import Floats


@dataclass(frozen=True)
class DepthMarkLaw:
    """log D_k = (1 - w) log g_k + w log a_k + spread N_k, clipped; r as in ``deep``; ours.

    g is D of the law ``deep`` at the seed's distance from the centre, a is ``at_shell``. With the
    seed's depth below the shell along the radius, t = X(s_i / |s_i|) - |s_i|,

        w = min(max((layer - t) / (layer - crust), 0), 1)^bend :

    grains are those of ``deep`` from the depth ``layer`` on, and those of the shell up to the depth
    ``crust`` and beyond the shell. A law of the distance from the centre alone has the same grains
    near the shells of particles of one size only.

    Parameters
    ----------
    deep
        The law far below the shell, which has spread, offsets and ranges of all grains.
    at_shell
        (d_1, d_2, d_3) at the shell.
    layer
        Depth in um from which on the shell is not felt.
    crust
        Depth in um down to which D is ``at_shell``, less than ``layer``.
    bend
        Positive: 1 changes log D evenly with the depth, more changes it close to the shell.

    Raises
    ------
    InputError
        If a number is not finite, ``layer`` is not deeper than ``crust``, or D is out of its range.

    Examples
    --------
    Grains that are long toward the centre, and flat along the shell in its last micrometre:

    >>> from nmc_mesh.grains.depth import DepthMarkLaw
    >>> from nmc_mesh.grains.graded import GradedMarkLaw
    >>> long = (1.5, 4.0, 4.0)
    >>> deep = GradedMarkLaw(long, long, 1.0, 0.1, (0.0, 0.05), 1.0, (1.0, 10.0), (0.0, 0.1))
    >>> law = DepthMarkLaw(deep, at_shell=(6.0, 2.0, 2.0), layer=1.0)
    >>> law.weights(np.array([-0.2, 0.0, 0.25, 1.0, 3.0])).tolist()
    [1.0, 1.0, 0.75, 0.0, 0.0]
    """

    deep: GradedMarkLaw
    at_shell: tuple[float, float, float]
    layer: float
    crust: float = 0.0
    bend: float = 1.0

    def __post_init__(self) -> None:
        if not np.isfinite([*self.at_shell, self.layer, self.crust, self.bend]).all():
            raise InputError("the numbers of a mark law must be finite")
        if len(self.at_shell) != 3:
            raise InputError("a depth law has three diagonal entries at the shell")
        if not (0 <= self.crust < self.layer and self.bend > 0):
            raise InputError(
                "a depth law needs 0 <= crust < layer and bend > 0, not "
                f"{self.crust}, {self.layer} and {self.bend}"
            )
        low, high = self.deep.diagonal_range
        if min(self.at_shell) < low or max(self.at_shell) > high:
            raise InputError(
                f"the diagonal {self.at_shell} at the shell must lie in its range "
                f"{self.deep.diagonal_range}"
            )

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Refuse: without a shell there is no depth; see `within`."""
        raise InputError(
            "these grains change with their depth below the shell, and there is no shell here; "
            "draw a particle, or name a shell by within(shell)"
        )

    def within(self, shell: StarShape) -> WithinShell:
        """Return the law of grains in this shell."""
        return WithinShell(self, shell)

    def weights(self, depths: Floats) -> Floats:
        """Return w, shape (n,), at depths below the shell in um, shape (n,)."""
        share = (self.layer - depths) / (self.layer - self.crust)
        return np.asarray(power(np.clip(share, 0.0, 1.0), self.bend))

    def marks(self, distances: Floats, depths: Floats, normal: Floats, uniform: Floats) -> Marks:
        """Return the marks for |s_i| and depths (n,) in um, and numbers N (n, 3) and U (n,)."""
        means = self.deep.means(distances)
        shares = self.weights(depths)[:, None]
        means = means + (log(np.array(self.at_shell)) - means) * shares
        return self.deep.scattered(means, normal, uniform)


@dataclass(frozen=True, eq=False)
class WithinShell:
    """The mark law of a `DepthMarkLaw` in one shell.

    Parameters
    ----------
    law, shell
        The law of any shell, and the shell.
    """

    law: DepthMarkLaw
    shell: StarShape

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        """Draw the marks of all seeds."""
        distances = np.sqrt((pattern.seeds * pattern.seeds).sum(axis=1))
        ways = np.where(distances[:, None] > 0, pattern.seeds, [0.0, 0.0, 1.0])
        normal = standard_normal(rng, (len(distances), 3))
        uniform = rng.random(len(distances))
        return self.law.marks(distances, self.shell.radius(ways) - distances, normal, uniform)
