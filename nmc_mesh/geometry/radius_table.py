"""The radius of a star shape as a table: fast, smooth, with its gradient.

The directions are those of a cube's surface: on face (axis k, sign e) the direction is
e (1, s, t) in the axes (k, k + 1, k + 2), s and t in [-1, 1]. Each face holds the coefficients of
the cubic spline through X on a square grid that reaches a little beyond the face, so X is twice
differentiable on a face and jumps by no more than the table's error between faces.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats

STEPS = 10
"""Grid steps along a face for each degree of the harmonics."""
LEAST = 40
"""Least number of grid steps along a face."""
RIM = 16
"""Grid steps beyond a face, over which the spline forgets how it ends: by 0.27 with each."""
BAND = 0.01
"""Share of the span of all radii that the bounds lie beyond the extreme ones of the grid."""


class RadiusTable(NamedTuple):
    """X(x / |x|) of one star shape, right to about 1e-7 of the radius."""

    spline: Floats
    """Coefficients in um, shape (6, n + 3, n + 3): faces +x, +y, +z, -x, -y, -z."""
    bounds: Floats
    """Least and greatest radius in um, a little beyond either."""


def radius_table(shell: StarShape) -> RadiusTable:
    """Tabulate the radius of a star shape; the error falls with the fourth power of the grid."""
    n = max(LEAST, STEPS * (shell.degree + 1))
    line = -1.0 + 2.0 * np.arange(-RIM, n + RIM + 1) / n
    s, t = np.meshgrid(line, line, indexing="ij")
    ones = np.ones_like(s)
    spline = np.empty((6, n + 3, n + 3))
    low, high = np.inf, 0.0
    for face in range(6):
        sign = 1.0 if face < 3 else -1.0
        parts = np.roll(np.stack([ones, s, t], axis=-1), face % 3, axis=-1)
        radius = shell.radius(sign * parts.reshape(-1, 3)).reshape(s.shape)
        low, high = min(low, float(radius.min())), max(high, float(radius.max()))
        core.filter_spline(radius)
        spline[face] = radius[RIM - 1 : n + RIM + 2, RIM - 1 : n + RIM + 2]
    slack = BAND * (high - low) + 1e-6 * high
    return RadiusTable(spline, np.array([low - slack, high + slack]))


def inside(shell: StarShape, table: RadiusTable, points: Floats) -> Bools:
    """Do what ``shell.contains`` does, much faster: the harmonics are asked close to the shell.

    Parameters
    ----------
    shell, table
        A star shape and its table.
    points
        In um, shape (n, 3).

    Returns
    -------
    Bools
        Shape (n,).
    """
    points = np.ascontiguousarray(points, dtype=np.float64)
    sides = np.empty(len(points), dtype=np.int8)
    for_chunks(len(points), 1 << 14, lambda i, j: core.sides_of_shell(table, points, i, j, sides))
    within: Bools = sides > 0
    close = np.flatnonzero(sides == 0)
    within[close] = shell.contains(points[close])
    return within
