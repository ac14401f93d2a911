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
from nmc_mesh.kernel import lean
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
    from scipy.ndimage import spline_filter1d

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
        for axis in range(2):
            radius = spline_filter1d(radius, order=3, axis=axis, mode="mirror")
        spline[face] = radius[RIM - 1 : n + RIM + 2, RIM - 1 : n + RIM + 2]
    slack = BAND * (high - low) + 1e-6 * high
    return RadiusTable(spline, np.array([low - slack, high + slack]))


@lean
def bspline(t: float, k: int) -> tuple[float, float]:
    """Weight and slope of the cubic B-spline for knot k = 0..3 at the fraction t in [0, 1)."""
    if k == 0:
        u = 1.0 - t
        return u * u * u / 6.0, -0.5 * u * u
    if k == 1:
        return 2.0 / 3.0 - t * t * (1.0 - 0.5 * t), t * (1.5 * t - 2.0)
    if k == 2:
        u = 1.0 - t
        return 2.0 / 3.0 - u * u * (1.0 - 0.5 * u), -u * (1.5 * u - 2.0)
    return t * t * t / 6.0, 0.5 * t * t


@lean
def _on_face(spline: Floats, face: int, s: float, t: float) -> tuple[float, float, float]:
    """Radius and its slopes by s and t on one face."""
    n = spline.shape[1] - 3
    p = 0.5 * (s + 1.0) * n
    q = 0.5 * (t + 1.0) * n
    i = min(max(int(p), 0), n - 1)
    j = min(max(int(q), 0), n - 1)
    p -= i
    q -= j
    radius = by_s = by_t = 0.0
    for a in range(4):
        w, dw = bspline(p, a)
        row = slope = 0.0
        for b in range(4):
            v, dv = bspline(q, b)
            c = spline[face, i + a, j + b]
            row += v * c
            slope += dv * c
        radius += w * row
        by_s += dw * row
        by_t += w * slope
    return radius, 0.5 * n * by_s, 0.5 * n * by_t


@lean
def radius_at(spline: Floats, x: float, y: float, z: float) -> tuple[float, float, float, float]:
    """Return X(x / |x|) in um and its gradient by (x, y, z), which is not the origin."""
    ax, ay, az = abs(x), abs(y), abs(z)
    if ax >= ay and ax >= az:
        s, t = y / x, z / x
        radius, by_s, by_t = _on_face(spline, 0 if x > 0.0 else 3, s, t)
        by_s, by_t = by_s / x, by_t / x
        return radius, -(s * by_s + t * by_t), by_s, by_t
    if ay >= az:
        s, t = z / y, x / y
        radius, by_s, by_t = _on_face(spline, 1 if y > 0.0 else 4, s, t)
        by_s, by_t = by_s / y, by_t / y
        return radius, by_t, -(s * by_s + t * by_t), by_s
    s, t = x / z, y / z
    radius, by_s, by_t = _on_face(spline, 2 if z > 0.0 else 5, s, t)
    by_s, by_t = by_s / z, by_t / z
    return radius, by_s, by_t, -(s * by_s + t * by_t)


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
    found: Bools = sides > 0
    close = np.flatnonzero(sides == 0)
    found[close] = shell.contains(points[close])
    return found
