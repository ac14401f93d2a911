"""Domains: a box or a sphere of electrolyte around a particle."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.typing import AnyArray, Bools, Floats

Shape: TypeAlias = Literal["box", "sphere"]
"""What a domain looks like; a sphere is about the origin, as the particle is."""

_TEXT = re.compile(r"(\w+):([^:]+)")


@dataclass(frozen=True)
class Domain(Shown):
    """A box or a sphere that is electrolyte where the particle is not.

    Parameters
    ----------
    shape
        "box" or "sphere".
    lower, upper
        Corners of the box in um; of a sphere about the origin those of its bounding box.

    Raises
    ------
    InputError
        If the corners are none, or those of no sphere about the origin.

    Examples
    --------
    >>> domain = nmc_mesh.Domain("sphere", (-2.0,) * 3, (2.0,) * 3)
    >>> domain.contains([[1.9, 0, 0], [1.9, 1.9, 0]])
    array([ True, False])
    """

    shape: Shape
    lower: tuple[float, float, float]
    upper: tuple[float, float, float]

    def __post_init__(self) -> None:
        if self.shape not in get_args(Shape):
            raise InputError(f"a domain is {' or '.join(get_args(Shape))}, not {self.shape!r}")
        corners = np.array([self.lower, self.upper], dtype=np.float64)
        if corners.shape != (2, 3) or not np.isfinite(corners).all():
            raise InputError("a domain has a lower and an upper corner of three numbers, um")
        if not (corners[0] < corners[1]).all():
            raise InputError("the lower corner of a domain lies below the upper one in all axes")
        if self.shape == "sphere" and len({*-corners[0], *corners[1]}) > 1:
            raise InputError("a domain that is a sphere lies about the origin")
        for name, row in zip(("lower", "upper"), corners, strict=True):
            object.__setattr__(self, name, tuple(row.tolist()))

    @property
    def bounds(self) -> tuple[Floats, Floats]:
        """(lower, upper) corners in um, each of shape (3,)."""
        return np.array(self.lower), np.array(self.upper)

    @property
    def volume(self) -> float:
        """Volume in um^3."""
        lower, upper = self.bounds
        box = float((upper - lower).prod())
        return box if self.shape == "box" else float(np.pi / 6 * box)

    def contains(self, points: AnyArray) -> Bools:
        """Whether points of shape (n, 3) in um lie inside, or on the boundary; shape (n,).

        Parameters
        ----------
        points
            In um, shape (n, 3).

        Examples
        --------
        >>> nmc_mesh.Domain("box", (-1, -1, -1), (1, 1, 2)).contains([[0, 0, 2], [0, 0, -1.1]])
        array([ True, False])
        """
        array = np.asarray(points, dtype=np.float64)
        if self.shape == "sphere":
            return np.asarray((array * array).sum(axis=1) <= self.upper[0] * self.upper[0])
        lower, upper = self.bounds
        return np.asarray(((array >= lower) & (array <= upper)).all(axis=1))

    def gap(self, lower: Floats, upper: Floats, reach: float) -> float:
        """Least distance in um from its boundary to a box, or to a ball about the origin.

        Parameters
        ----------
        lower, upper
            Corners of what a box is to hold, um.
        reach
            Radius of what a sphere is to hold, um.

        Examples
        --------
        >>> nmc_mesh.Domain("sphere", (-2,) * 3, (2,) * 3).gap(np.zeros(3), np.ones(3), 1.5)
        0.5
        """
        if self.shape == "sphere":
            return self.upper[0] - reach
        low, high = self.bounds
        return float(min((lower - low).min(), (high - upper).min()))

    def plain(self) -> dict[str, Any]:
        """Return plain values for files: see `of_plain`.

        Examples
        --------
        >>> nmc_mesh.Domain("sphere", (-2,) * 3, (2,) * 3).plain()["shape"]
        'sphere'
        """
        return {"shape": self.shape, "lower": list(self.lower), "upper": list(self.upper)}

    @classmethod
    def of_plain(cls, plain: Mapping[str, Any] | None) -> Domain | None:
        """Return the domain that `plain` told of; None if there is none.

        Parameters
        ----------
        plain
            Shape and corners.

        Examples
        --------
        >>> domain = nmc_mesh.Domain("box", (-1, -1, -1), (1, 1, 2))
        >>> nmc_mesh.Domain.of_plain(domain.plain()) == domain
        True
        """
        if plain is None:
            return None
        try:
            return cls(plain["shape"], plain["lower"], plain["upper"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"a domain has shape, lower and upper corner ({error})") from None


def read_domain(text: str, lower: Floats, upper: Floats, reach: float) -> Domain:
    """Return the domain of a text such as ``box:1.2``: so many times as large as a particle.

    A box has 1.2 times the edges of the box that holds the particle, a sphere 1.2 times the
    distance of the particle's farthest point from the origin.

    Parameters
    ----------
    text
        ``box:FACTOR`` or ``sphere:FACTOR``.
    lower, upper
        Corners of a box that holds the particle, um.
    reach
        Distance of its farthest point from the origin, um.

    Raises
    ------
    InputError
        If it is no such text, or the factor is 1 or less.
    """
    parts = _TEXT.fullmatch(text.strip())
    shapes = get_args(Shape)
    if parts is None or parts[1] not in shapes:
        raise InputError(f"a domain is box:1.2 or sphere:1.2 (times the particle), not '{text}'")
    try:
        number = float(parts[2])
    except ValueError:
        raise InputError(f"the factor of a domain is a number, not '{parts[2]}'") from None
    factor = positive(number, "the factor of a domain", "")
    if factor <= 1:
        raise InputError(
            f"a domain of {factor:g} times the particle does not hold it; take more than 1, such "
            f"as {parts[1]}:1.2"
        )
    if parts[1] == "sphere":
        return Domain("sphere", (-factor * reach,) * 3, (factor * reach,) * 3)
    middle, half = 0.5 * (lower + upper), 0.5 * factor * (upper - lower)
    return Domain("box", tuple((middle - half).tolist()), tuple((middle + half).tolist()))
