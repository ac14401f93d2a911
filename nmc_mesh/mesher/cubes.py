"""Things listed by the cubes of a grid: what is near a place, and an order that keeps to it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.typing import Floats, Ints, Longs

MOST = 100
"""Cubes per thing, at most: else things lie far apart."""


class Cubes(NamedTuple):
    """Rows of things, one per cube of a grid: those whose first vertex is in it."""

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


def in_cubes(points: Floats, firsts: Ints, edge: float) -> Cubes:
    """List things by the cubes that their first vertex lies in.

    Parameters
    ----------
    points
        Shape (p, 3), in um.
    firsts
        Number of the first vertex of every thing, shape (n,).
    edge
        Of a cube in um; more if these were too many.

    Examples
    --------
    >>> from nmc_mesh.mesher.cubes import in_cubes
    >>> points = np.array([[0.9, 0, 0], [2.5, 0, 0], [0.1, 0, 0]])
    >>> in_cubes(points, np.array([1, 0, 2]), 1.0).things.tolist()
    [1, 2, 0]
    """
    lower = points.min(axis=0)
    span = points.max(axis=0) - lower
    while np.prod(span / edge + 2.0) > MOST * (len(firsts) + 1):
        edge *= 2.0
    lower = edge * np.floor(lower / edge)
    at = ((points - lower) / edge).astype(np.int64)
    shape = at.max(axis=0) + 1
    cube = ((at[:, 0] * shape[1] + at[:, 1]) * shape[2] + at[:, 2])[firsts]
    start = np.zeros(int(shape.prod()) + 1, dtype=np.int64)
    np.cumsum(np.bincount(cube, minlength=len(start) - 1), out=start[1:])
    return Cubes(lower, edge, shape, start, np.argsort(cube, kind="stable"))
