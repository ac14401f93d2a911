"""Crystal phases of a map: Laue group, lattice, and where x points in the crystal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats

# Laue group -> proper rotations: scipy's name and its main axis.
_GROUPS = {
    "-1": ("C1", "Z"), "2/m": ("C2", "Y"), "mmm": ("D2", "Z"), "4/m": ("C4", "Z"),
    "4/mmm": ("D4", "Z"), "-3": ("C3", "Z"), "-3m": ("D3", "Z"), "6/m": ("C6", "Z"),
    "6/mmm": ("D6", "Z"), "m-3": ("T", "Z"), "m-3m": ("O", "Z"),
}  # fmt: skip
OXFORD = dict(enumerate(_GROUPS, start=1))
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
        if self.laue not in _GROUPS:
            raise InputError(
                f"phase '{self.name}' has the unknown Laue group '{self.laue}'; "
                f"use one of {', '.join(_GROUPS)}"
            )

    @property
    def rotations(self) -> Floats:
        """Proper rotations of the Laue group in the crystal frame, quaternions (m, 4), w first."""
        from scipy.spatial.transform import Rotation

        name, axis = _GROUPS[self.laue]
        group = Rotation.create_group(name, axis=axis)
        if self.x_axis == "a*" and self.laue == "-3m":
            turn = Rotation.from_euler("Z", np.pi / 6)
            group = turn * group * turn.inv()
        quaternions: Floats = group.as_quat()[:, [3, 0, 1, 2]]
        return quaternions
