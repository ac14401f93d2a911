"""Profiles: a number that goes with the distance from a particle's centre, or along an axis."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from nmc_mesh.arrays import given
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Floats

Along: TypeAlias = Literal["radius", "x", "y", "z"]
"""What a profile goes with."""
NAME = re.compile(r"[a-z][a-z0-9_]{0,30}")
"""Names of profiles: they become arrays of cells."""
TAKEN = ("grain_id", "group_id", "c_axis", "quaternion", "ipf_z", "ipf_radial")
"""Names that arrays of cells have already."""
_AXES: tuple[Along, ...] = ("x", "y", "z")


@dataclass(frozen=True)
class Profile(Shown):
    """A number by place, such as the share of nickel: linear between points, constant beyond.

    Two points at the same place are a step: a core and a shell.

    Parameters
    ----------
    at
        Places, ascending: r / R from the origin, or coordinates in um.
    values
        Numbers there.
    along
        "radius", or the axis "x", "y" or "z".
    radius
        R in um; None until a particle gives that of the ball of its shell's volume.

    Raises
    ------
    InputError
        If places do not ascend, or numbers do not fit.

    Examples
    --------
    A core of 90 % nickel, and a shell whose nickel falls to 60 %.

    >>> profile = nmc_mesh.Profile((0.0, 0.7, 1.0), (0.9, 0.9, 0.6), radius=2.0)
    >>> profile.of([[0, 0, 1.0], [0, 1.7, 0], [0, 0, 2.5]]).round(3)
    array([0.9 , 0.75, 0.6 ])
    """

    at: tuple[float, ...]
    values: tuple[float, ...]
    along: Along = "radius"
    radius: float | None = None

    def __post_init__(self) -> None:
        for name in ("at", "values"):
            row = given(getattr(self, name), f"the {name} of a profile", np.float64)
            if row.ndim != 1 or len(row) == 0 or not np.isfinite(row).all():
                raise InputError(f"the {name} of a profile are finite numbers, one at least")
            object.__setattr__(self, name, tuple(row.tolist()))
        if len(self.at) != len(self.values):
            raise InputError(
                f"a profile has a value at every place: there are {len(self.at)} places and "
                f"{len(self.values)} values"
            )
        if (np.diff(self.at) < 0).any():
            raise InputError(f"the places of a profile ascend; they are {self.at}")
        if self.along not in get_args(Along):
            raise InputError(f"a profile goes along radius, x, y or z, not {self.along!r}")
        if self.along == "radius" and self.at[0] < 0:
            raise InputError("a profile by radius starts at 0 or more")
        if self.radius is not None and not 0 < self.radius < np.inf:
            raise InputError(f"the radius of a profile is a positive number, not {self.radius!r}")

    def of(self, points: AnyArray) -> Floats:
        """Return the number at points of shape (n, 3) in um, shape (n,).

        Parameters
        ----------
        points
            In um.

        Raises
        ------
        InputError
            If the profile goes with a radius that is not known.

        Examples
        --------
        >>> nmc_mesh.Profile((0.0, 1.0), (0.0, 1.0), "z").of([[0, 0, 0.25]])
        array([0.25])
        """
        array = np.asarray(points, dtype=np.float64)
        if self.along != "radius":
            return np.asarray(self._at(array[:, _AXES.index(self.along)]))
        if self.radius is None:
            raise InputError("the profile has no radius yet; give one: Profile(..., radius=UM)")
        away = np.sqrt((array * array).sum(axis=1))
        return np.asarray(self._at(away / self.radius))

    def _at(self, way: Floats) -> Floats:
        """Linear between the points; of two at one place the second holds there."""
        at, values = np.array(self.at), np.array(self.values)
        after = np.searchsorted(at, way, side="right")
        low, high = np.maximum(after - 1, 0), np.minimum(after, len(at) - 1)
        length = np.where(at[high] > at[low], at[high] - at[low], 1.0)
        share = np.clip((way - at[low]) / length, 0.0, 1.0)
        return np.asarray(values[low] + share * (values[high] - values[low]))

    def within(self, radius: float) -> Profile:
        """Return the profile with a radius in um, where it has none.

        Parameters
        ----------
        radius
            In um.

        Examples
        --------
        >>> nmc_mesh.Profile((0.0, 1.0), (0.9, 0.6)).within(3.0).radius
        3.0
        """
        known = self.radius is not None or self.along != "radius"
        return self if known else replace(self, radius=float(radius))

    def plain(self) -> dict[str, Any]:
        """Return plain values for files: see `of_plain`.

        Examples
        --------
        >>> nmc_mesh.Profile((0.0, 1.0), (0.9, 0.6)).plain()["values"]
        [0.9, 0.6]
        """
        rows = {"at": list(self.at), "values": list(self.values), "along": self.along}
        return rows if self.radius is None else {**rows, "radius": self.radius}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any]) -> Profile:
        """Return the profile that `plain` told of.

        Parameters
        ----------
        plain
            Its numbers by name.

        Examples
        --------
        >>> profile = nmc_mesh.Profile((0.0, 1.0), (0.9, 0.6), "x")
        >>> nmc_mesh.Profile.of_plain(profile.plain()) == profile
        True
        """
        try:
            return cls(**plain)
        except TypeError as error:
            raise InputError(f"a profile has at, values, along and radius ({error})") from None


def check_profile_name(name: str) -> str:
    """Return the name of a profile; InputError if it cannot be one of an array of cells."""
    if not isinstance(name, str) or not NAME.fullmatch(name) or name in TAKEN:
        raise InputError(
            f"a profile has a name of small letters, digits and _, such as nickel, not {name!r:.60}"
        )
    return name


def read_profile(text: str) -> tuple[str, Profile]:
    """Return name and profile of a text such as ``nickel=0:0.9,0.7:0.9,1:0.6``.

    An axis stands before the places: ``nickel=z,-1:0.9,1:0.6``.

    Raises
    ------
    InputError
        If it is no such text.
    """
    name, _, rest = text.partition("=")
    parts = [part.strip() for part in rest.split(",")]
    along = parts.pop(0) if parts[0] in get_args(Along) else "radius"
    try:
        pairs = [(float(a), float(b)) for a, b in (part.split(":") for part in parts)]
    except ValueError:
        raise InputError(
            f"a profile is NAME=PLACE:VALUE,PLACE:VALUE, such as nickel=0:0.9,0.7:0.9,1:0.6, not "
            f"'{text:.80}'"
        ) from None
    at, values = zip(*pairs, strict=True)
    return check_profile_name(name.strip()), Profile(at, values, along)  # type: ignore[arg-type]
