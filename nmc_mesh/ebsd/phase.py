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

# Laue group -> its point groups; together the 32 in the order of the International Tables.
_POINT_GROUPS = {
    "-1": "1 -1", "2/m": "2 m 2/m", "mmm": "222 mm2 mmm", "4/m": "4 -4 4/m",
    "4/mmm": "422 4mm -42m 4/mmm", "-3": "3 -3", "-3m": "32 3m -3m", "6/m": "6 -6 6/m",
    "6/mmm": "622 6mm -62m 6/mmm", "m-3": "23 m-3", "m-3m": "432 -43m m-3m",
}  # fmt: skip
_OTHER_NAMES = {
    "-4m2": "-42m", "-6m2": "-62m", "mm": "mm2", "m3": "m-3", "m3m": "m-3m", "4/m-32/m": "m-3m",
    "2/m-3": "m-3", "-32/m": "-3m", "321": "32", "312": "32", "3m1": "3m", "31m": "3m",
    "-3m1": "-3m", "-31m": "-3m", "2/m2/m2/m": "mmm", "4/m2/m2/m": "4/mmm", "6/m2/m2/m": "6/mmm",
}  # fmt: skip
_LAST_SPACE_GROUP = {
    2: "-1", 15: "2/m", 74: "mmm", 88: "4/m", 142: "4/mmm", 148: "-3", 167: "-3m", 176: "6/m",
    194: "6/mmm", 206: "m-3", 230: "m-3m",
}  # fmt: skip
_EDAX_POINT_GROUPS = 99  # EDAX's number of a point group is that of the International Tables + 99


def laue_of_space_group(number: int) -> str | None:
    """Return the Laue group of a space group's number in the International Tables, 1 to 230."""
    if number < 1:
        return None
    return next((laue for last, laue in _LAST_SPACE_GROUP.items() if number <= last), None)


def laue_of_name(text: str) -> str | None:
    """Return the Laue group of EDAX's number, of a point group's number or of its name."""
    word = "".join(text.split())
    groups = [(name, laue) for laue, names in _POINT_GROUPS.items() for name in names.split()]
    if word.isdecimal():
        number = int(word[:9])
        row = number - _EDAX_POINT_GROUPS
        if number in EDAX:
            return EDAX[number]
        if 1 <= row <= len(groups):
            return groups[row - 1][1]
    return dict(groups).get(_OTHER_NAMES.get(word, word))


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
