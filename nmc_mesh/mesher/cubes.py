"""Things listed by the cubes of a grid: what is near a place, and an order that keeps to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.mesh.faces import bucket
from nmc_mesh.typing import Floats, Ints, Longs

MOST = 100
"""Cubes per thing, at most: else things lie far apart."""


class Cubes(NamedTuple):
    """Rows of things, one per cube of a grid: those that lie in it."""

    lower: Floats
    """Corner of the grid in um, (3,)."""
    edge: float
    """Of a cube, in um."""
    shape: Longs
    """Cubes per axis, (3,)."""
    start: Longs
    """First entry of every cube, (cubes + 1,), the last axis fastest."""
    things: Ints
    """Numbers of the things, cube by cube, ascending in each."""


def in_cubes(places: Floats, edge: float) -> Cubes:
    """List things by the cubes that they lie in.

    Parameters
    ----------
    places
        Where things lie, in um, shape (n, 3).
    edge
        Of a cube in um; more if these were too many.

    Examples
    --------
    >>> from nmc_mesh.mesher.cubes import in_cubes
    >>> in_cubes(np.array([[2.5, 0, 0], [0.9, 0, 0], [0.1, 0, 0]]), 1.0).things.tolist()
    [1, 2, 0]
    """
    lower = places.min(axis=0)
    span = places.max(axis=0) - lower
    while np.prod(span / edge + 2.0) > MOST * (len(places) + 1):
        edge *= 2.0
    lower = edge * np.floor(lower / edge)
    at = ((places - lower) / edge).astype(np.int32)
    shape = at.max(axis=0).astype(np.int64) + 1
    _, width, depth = shape.astype(np.int32)
    cube = (at[:, 0] * width + at[:, 1]) * depth + at[:, 2]
    return Cubes(lower, edge, shape, *bucket(cube, int(shape.prod())))
