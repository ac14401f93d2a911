"""Things listed by the cubes of a grid: what is near a place, and an order that keeps to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.typing import Floats, Longs



MOST = 100
"""Cubes per thing, at most: else things lie far apart."""


class Cubes(NamedTuple):
    """Rows of things, one per cube of a grid: those whose middle is in it."""

    lower: Floats
    """Corner of the grid in um, (3,)."""
    edge: float
    """Of a cube, in um."""
    shape: Longs
    """Cubes per axis, (3,)."""
    start: Longs
    """First entry of every cube, (cubes + 1,), the last axis fastest."""
    things: Longs
    """Numbers of the things, cube by cube, ascending in each."""


def in_cubes(middles: Floats, edge: float) -> Cubes:
    """List things with middles (n, 3) by cubes of an edge in um, or more if these were too many.

    Examples
    --------
    >>> from nmc_mesh.mesher.cubes import in_cubes
    >>> in_cubes(np.array([[0.9, 0, 0], [2.5, 0, 0], [0.1, 0, 0]]), 1.0).things.tolist()
    [0, 2, 1]
    """
    span = middles.max(axis=0) - middles.min(axis=0)
    while np.prod(span / edge + 1.0) > MOST * len(middles) + MOST:
        edge *= 2.0
    lower = edge * np.floor(middles.min(axis=0) / edge)
    at = ((middles - lower) / edge).astype(np.int64)
    shape = at.max(axis=0) + 1
    cube = (at[:, 0] * shape[1] + at[:, 1]) * shape[2] + at[:, 2]
    start = np.zeros(int(shape.prod()) + 1, dtype=np.int64)
    np.cumsum(np.bincount(cube, minlength=len(start) - 1), out=start[1:])
    return Cubes(lower, edge, shape, start, np.argsort(cube, kind="stable"))
