"""Crystal phases of a map: Laue group, lattice, and where x points in the crystal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nmc_mesh.crystal.orientation import inverse, product
from nmc_mesh.crystal.symmetry import LAUE, rotations
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats

OXFORD = dict(enumerate(LAUE, start=1))
"""Oxford's number of a Laue group, 1 to 11."""

EDAX = {
    1: "-1", 2: "2/m", 20: "2/m", 21: "2/m", 22: "mmm", 4: "4/m", 42: "4/mmm", 3: "-3",
    32: "-3m", 6: "6/m", 62: "6/mmm", 23: "m-3", 43: "m-3m",
}  # fmt: skip
"""EDAX's number of a symmetry."""


@dataclass(frozen=True)
class Phase:
    """What a pixel is made of.

    Parameters
    ----------
    name
        As the file says.
    laue
        Laue group in Hermann-Mauguin's letters, such as "-3m" or "m-3m".
    lattice
        a, b, c in Angstrom and alpha, beta, gamma in radians.
    x_axis
        Direction of the crystal frame's x: EDAX takes "a", Oxford "a*". It matters for the
        two-fold axes of -3m only, which lie along a.

    Raises
    ------
    InputError
        If the Laue group is unknown.
    """

    name: str
    laue: str
    lattice: tuple[float, float, float, float, float, float]
    x_axis: Literal["a", "a*"] = "a"

    def __post_init__(self) -> None:
        if self.laue not in LAUE:
            raise InputError(
                f"phase '{self.name}' has the unknown Laue group '{self.laue}'; "
                f"use one of {', '.join(LAUE)}"
            )
        if not np.isfinite(self.lattice).all():
            raise InputError(f"phase '{self.name}' has lattice constants that are not finite")

    @property
    def rotations(self) -> Floats:
        """Proper rotations of the Laue group in the crystal frame, quaternions (m, 4), w first."""
        group = rotations(self.laue)
        if self.x_axis == "a*" and self.laue == "-3m":
            turn = np.array([np.cos(np.pi / 12), 0.0, 0.0, np.sin(np.pi / 12)])
            return product(product(turn, group), inverse(turn))
        return group
