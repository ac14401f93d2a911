"""Periods of a tiling: three vectors by whose whole multiples space is moved onto itself.

Their coordinates are multiples of one power of two, `tick`, as are those of meshes beside them: so
moving a place by whole periods does not round, and neither does taking a difference. Other vectors
may have the same whole multiples, such as (a, 0, 0), (a, b, 0) and (a, 0, 0), (0, b, 0); the
shortest ones, ``reduced``, are those to measure and to mesh with.
"""

from __future__ import annotations

from functools import cached_property
from itertools import product
from typing import Any

import numpy as np

from nmc_mesh.arrays import frozen, given
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.products import dot
from nmc_mesh.numerics.ticks import tick
from nmc_mesh.typing import AnyArray, Floats, Longs

_FLAT = 1e-4
"""Share of the product of their lengths that the volume of three vectors is at least (ours)."""
_SHORTER = 1.0 - 1e-9
_OFFSET = 1234577, 10000019
"""Where whole periods are counted from, as a fraction: no face of a box, where many nodes are."""
_CLOSE = 1e-6
"""Shares of a period that rounding may be wrong about; these are found with whole numbers."""


class Periods:
    """Three vectors, and what they do to places.

    Parameters
    ----------
    period
        In um: one length or one per axis, of a box along the axes; or vectors, the rows of (3, 3).
    unit
        What coordinates are multiples of, um. Default: `tick`, which keeps 40 bits.

    Raises
    ------
    InputError
        If that is none of it, a length is not positive, or the vectors lie nearly in a plane.
    """

    def __init__(self, period: AnyArray, unit: float | None = None) -> None:
        values = given(period, "the period", np.float64)
        if values.shape not in ((), (3,), (3, 3)) or not np.isfinite(values).all():
            raise InputError(
                "the period is one length in um, three, or three vectors, shape (3, 3); not "
                f"{values}"
            )
        if values.ndim < 2:
            if values.min() <= 0:
                raise InputError(f"the period is one positive length in um, or three, not {values}")
            values = np.diag(np.broadcast_to(values, (3,)))
        lengths = np.sqrt(dot(values, values))
        volume = abs(float(dot(np.cross(values[0], values[1]), values[2])))
        if not volume > _FLAT * float(lengths.prod()):
            raise InputError(
                "the three vectors of the period lie nearly in a plane; take others, such as "
                "differences of these, that span the same tiling"
            )
        self.unit = tick(np.abs(values)) if unit is None else unit
        self.vectors = frozen(self.rounded(values))

    @cached_property
    def is_box(self) -> bool:
        """Whether these are edges of a box along the axes."""
        off = self.vectors - np.diag(self.vectors.diagonal())
        return not off.any() and bool((self.vectors.diagonal() > 0).all())

    @cached_property
    def lengths(self) -> Floats:
        """Lengths of the vectors, um (3,)."""
        return np.asarray(np.sqrt(dot(self.vectors, self.vectors)))

    @cached_property
    def volume(self) -> float:
        """Volume of one period, um^3."""
        if self.is_box:
            return float(self.vectors.diagonal().prod())
        return abs(float(dot(np.cross(self.vectors[0], self.vectors[1]), self.vectors[2])))

    @cached_property
    def heights(self) -> Floats:
        """Distances between opposite faces of the parallelepiped, um (3,)."""
        if self.is_box:
            return self.vectors.diagonal().copy()
        return np.asarray(1.0 / np.sqrt(dot(self._duals, self._duals)))

    @cached_property
    def _duals(self) -> Floats:
        """Vectors d_i with d_i . v_j = 1 for i = j, else 0."""
        a, b, c = self.vectors
        crossed = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)])
        return np.asarray(crossed / dot(a, crossed[0]))

    def fractions(self, points: Floats) -> Floats:
        """Coordinates along the vectors, in periods, of points (..., 3)."""
        if self.is_box:
            return np.asarray(points / self.vectors.diagonal())
        return np.stack([dot(points, dual) for dual in self._duals], axis=-1)

    def moves(self, turns: AnyArray) -> Floats:
        """How far whole periods (..., 3) are, um; exact. Shares of periods may be rounded."""
        counts = np.asarray(turns)[..., None]
        first, second, third = self.vectors
        return np.asarray(
            counts[..., 0, :] * first + counts[..., 1, :] * second + counts[..., 2, :] * third
        )

    def rounded(self, points: Floats) -> Floats:
        """Points on ticks, so that they can be moved by whole periods exactly."""
        return np.asarray(np.rint(points / self.unit) * self.unit)

    def residues(self, places: Longs) -> tuple[Longs, Longs]:
        """Whole periods (n, 3) of places in ticks (n, 3), and what is left of these.

        Of places a whole number of periods apart the same is left, to the last tick.
        """
        rows = np.rint(self.vectors / self.unit).astype(np.int64)
        above, below = _OFFSET
        points = np.asarray(places * self.unit, dtype=np.float64)
        share = self.fractions(points) + above / below
        turns = np.floor(share).astype(np.int64)
        close = np.flatnonzero((np.abs(share - np.rint(share)) < _CLOSE).any(axis=1))
        if len(close):
            a, b, c = rows.astype(object)
            crossed = (_crossed(b, c), _crossed(c, a), _crossed(a, b))
            size = sum(a * crossed[0])
            for axis in range(3):
                along = (places[close].astype(object) * crossed[axis]).sum(axis=1)
                turns[close, axis] = (along * below + above * size) // (below * size)
        return turns, places - sum(turns[:, k, None] * rows[k] for k in range(3))

    @cached_property
    def reduced(self) -> Periods:
        """The shortest vectors with the same whole multiples, right-handed; of a box themselves."""
        if self.is_box:
            return self
        rows = self.vectors.copy()
        while _shorten(rows):
            pass
        rows = rows[np.argsort(-dot(rows, rows), kind="stable")]
        if dot(np.cross(rows[0], rows[1]), rows[2]) < 0:
            rows = -rows
        return Periods(_as_box(rows), self.unit)

    def plain(self) -> tuple[Any, ...]:
        """Plain numbers: three lengths of a box, or three vectors; `Periods` takes them back."""
        if self.is_box:
            return tuple(self.vectors.diagonal().tolist())
        return tuple(map(tuple, self.vectors.tolist()))

    def __str__(self) -> str:
        if self.is_box:
            return " x ".join(f"{length:.4g}" for length in self.vectors.diagonal())
        return ", ".join(
            "(" + " ".join(f"{value:.4g}" for value in row) + ")" for row in self.vectors
        )


def _crossed(a: AnyArray, b: AnyArray) -> AnyArray:
    """Cross product of whole numbers of any size."""
    return np.array(
        [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]],
        dtype=object,
    )


def _shorten(rows: Floats) -> bool:
    """Take from one of three vectors, in place, what makes it shorter; whether there was one."""
    for i, j in product(range(3), repeat=2):
        if i != j:
            rows[i] -= np.rint(dot(rows[i], rows[j]) / dot(rows[j], rows[j])) * rows[j]
    for i in range(3):
        j, k = (i + 1) % 3, (i + 2) % 3
        for a, b in product((-1.0, 0.0, 1.0), repeat=2):
            other = rows[i] + a * rows[j] + b * rows[k]
            if dot(other, other) < _SHORTER * dot(rows[i], rows[i]):
                rows[i] = other
                return True
    return False


def _as_box(rows: Floats) -> Floats:
    """Order and turn round vectors that lie along the axes, so that they are a box's."""
    along = np.abs(rows) > 0
    if along.sum() == 3 and along.any(axis=0).all():
        return np.abs(rows[np.argmax(along, axis=0)])
    return rows
