"""Which draws of coefficients are shells: positive radii, volumes large enough, a wished size."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import in_one_line
from nmc_mesh.doors import positive
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.harmonics import (
    degree_of,
    direction_columns,
    node_columns,
    quadrature,
)
from nmc_mesh.geometry.star_shape import StarShape, volumes
from nmc_mesh.numerics.functions import cbrt, power
from nmc_mesh.numerics.products import matmul
from nmc_mesh.typing import Bools, Floats

Draw: TypeAlias = Callable[[int, np.random.Generator], Floats]
"""Draws coefficients, a row per shell, which need not be shells."""

_BATCH = 2048
_MOST_TRIES = 1000
_SIZED_BATCH = 20


@in_one_line
class ShellSample(NamedTuple):
    """Accepted coefficients (n, (L + 1)^2) in um, and how many draws each rule threw away."""

    coefficients: Floats
    rejected_radius: int
    rejected_volume: int

    def shapes(self) -> list[StarShape]:
        """All shells as values."""
        return [StarShape(row) for row in self.coefficients]


def accepted(
    draw: Draw, count: int, min_volume: float, degree: int, rng: np.random.Generator
) -> ShellSample:
    """Draw until ``count`` rows have positive radii and the volume ``min_volume``.

    Raises
    ------
    InputError
        If ``count`` is negative, or fewer than one draw in a thousand is accepted.
    """
    if count < 0:
        raise InputError(f"the number of shells must not be negative, not {count}")
    kept = np.empty((count, (degree + 1) ** 2))
    done, drawn, bad_radius, bad_volume = 0, 0, 0, 0
    while done < count:
        batch = draw(min(count - done, _BATCH), rng)
        drawn += len(batch)
        sound = _positive(batch)
        large = _reaches(batch, min_volume)
        bad_radius += int((~sound).sum())
        bad_volume += int((sound & ~large).sum())
        good = np.flatnonzero(sound & large)
        # "clip", as "raise" would write to a copy first; all of these places exist
        np.take(batch, good, axis=0, out=kept[done : done + len(good)], mode="clip")
        done += len(good)
        if drawn > _MOST_TRIES * (done + 1):
            raise InputError(
                f"the shell model gave {done} valid shells in {drawn} draws; "
                "its laws are too wide for its size"
            )
    return ShellSample(kept, bad_radius, bad_volume)


def accepted_sized(draw: Draw, diameter: float, rng: np.random.Generator) -> StarShape:
    """Draw rows until one, its a_00 chosen for the volume pi d^3 / 6, has positive radii.

    With b = a_00 / sqrt(4 pi), f = X - b and S_k the integral of f^k over the sphere, the volume
    is (4 pi b^3 + 3 b S_2 + S_3) / 3. It grows with b, so one b has the wished volume.

    Raises
    ------
    InputError
        If the diameter is not positive, or none of a thousand draws has a positive radius
        everywhere.
    """
    positive(diameter, "the diameter")
    volume = np.pi * float(power(diameter, 3)) / 6
    for _ in range(_MOST_TRIES // _SIZED_BATCH):
        batch = draw(_SIZED_BATCH, rng)
        batch[:, 0] = np.sqrt(4 * np.pi) * _mean_radii(batch, volume)
        sound = _positive(batch)
        if sound.any():
            return StarShape(batch[int(np.argmax(sound))])
    raise InputError(
        f"the model's shells are too rough for {diameter:g} um: the radius of a thousand draws "
        "was negative somewhere; choose a larger diameter"
    )


def _positive(coefficients: Floats) -> Bools:
    """Whether the radius is positive in all 642 directions, per row."""
    sound = np.empty(len(coefficients), dtype=np.bool_)
    columns = direction_columns(degree_of(coefficients.shape[1]))
    core.positive_radii(coefficients, columns, sound)
    return sound


def _reaches(coefficients: Floats, volume: float) -> Bools:
    """Whether the volume is at least ``volume``, per row.

    V >= 4 pi b^3 / 3 with the mean radius b = a_00 / sqrt(4 pi) (Jensen, as x^3 lies above its
    tangent at b for x > -2 b), so most rows need no quadrature.
    """
    mean = coefficients[:, 0] / np.sqrt(4 * np.pi)
    large = np.asarray(4 * np.pi / 3 * (mean * mean * mean) > volume * (1 + 1e-9))
    large[~large] = volumes(coefficients[~large]) >= volume
    return large


def _mean_radii(coefficients: Floats, volume: float) -> Floats:
    """Root b of 4 pi b^3 + 3 b S_2 + S_3 = 3 V for every row, whose first entry plays no part."""
    degree = degree_of(coefficients.shape[1])
    weights = quadrature(3 * degree).weights
    rough = matmul(coefficients[:, 1:], node_columns(degree, 3 * degree)[1:])
    slope = 3 * matmul(rough * rough, weights) / (4 * np.pi)
    level = (3 * volume - matmul(rough * rough * rough, weights)) / (4 * np.pi)
    root = cbrt(np.abs(level) / 2 + np.sqrt(level * level / 4 + slope * slope * slope / 27))
    return np.asarray(np.sign(level) * (root - slope / (3 * root)))
