r"""Cells that are much stiffer than their neighbours: convex, with volumes in closed form.

A cell of centre p with the cost m |x - p|^2 - r and m above the eigenvalues of all other matrices
M_A is the intersection of ellipsoids

    { x : (x - p)^T (m - M_A) (x - p) - 2 (p - s_A)^T M_A (x - p) <= q_A(p) + r },

so convex, and its volume an integral over directions, V = 1/3 integral t(u)^3 du, with t(u) the
least positive root over all A. From that r follows for each cell, whatever its neighbours are.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry.directions import directions, triangles
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.numerics.functions import cbrt, power
from nmc_mesh.typing import Floats

_LEVEL = 2  # of directions: 162
_FINE = 4  # 2,562, where a box cuts cells
_NEIGHBOURS = 40
_MANY = 160
_ROUNDS = 14
_REACH = 1.6  # radii of the cell asked for, within which neighbours are looked for
_POINTS = 1 << 18  # roots at a time


def radii_of(diagram: GBPD, centres: Floats, offsets: Floats, stiff: float) -> Floats:
    """Return the radii of the balls that have the volumes of cells, um, (p,); see `offsets_for`."""
    spread, weights = _quadrature()
    found = np.empty(len(offsets))
    for n in range(len(offsets)):
        part = slice(n, n + 1)
        guess = _extent(diagram, centres[n], float(offsets[n]), stiff)
        if guess <= 0.0:
            found[n] = 0.0
            continue
        rays = _rays(diagram, centres[part], np.array([guess]), stiff, spread)
        found[n] = cbrt(_volumes(rays, offsets[part], weights)[0] * 0.75 / np.pi)
    return found


def volumes_in(
    diagram: GBPD, centres: Floats, offsets: Floats, stiff: float, lower: Floats, upper: Floats
) -> Floats:
    """Return what lies in a box of cells, um^3, (p,): 1/3 integral (t_1^3 - t_0^3) du.

    From t_0 to t_1 a ray from the centre, which may lie outside, is in the box and in the cell.

    Parameters
    ----------
    diagram, centres, offsets, stiff
        See `offsets_for`.
    lower, upper
        Corners of the box, um, (3,).
    """
    spread, weights = _quadrature(_FINE)
    with np.errstate(divide="ignore"):
        steps = 1.0 / spread
    found = np.zeros(len(offsets))
    for n, centre in enumerate(centres):
        guess = _extent(diagram, centre, float(offsets[n]), stiff)
        if guess <= 0.0:
            continue
        part = slice(n, n + 1)
        rays = _rays(diagram, centres[part], np.array([guess]), stiff, spread, _MANY)
        reach = _reaches(rays, offsets[part])[0]
        with np.errstate(invalid="ignore"):  # rays in the plane of a face
            low, high = (lower - centre) * steps, (upper - centre) * steps
        enter = np.maximum(np.fmin(low, high).max(axis=1), 0.0)
        leave = np.minimum(np.fmax(low, high).min(axis=1), reach)
        deep = np.maximum(leave * leave * leave - enter * enter * enter, 0.0) * weights
        for share in deep.tolist():  # one order of summing
            found[n] += share / 3
    return found


def _extent(diagram: GBPD, centre: Floats, offset: float, stiff: float) -> float:
    """Radius of the cell if neighbours cost the same everywhere as in its centre; 0: no cell."""
    depth = float(_costs(diagram, centre)[0].min()) + offset
    return float(np.sqrt(max(depth, 0.0) / stiff))


class _Rays(NamedTuple):
    """Coefficients of a t^2 - b t = c + r along every direction, for every neighbour of a pore."""

    a: Floats
    b: Floats
    c: Floats


def offsets_for(diagram: GBPD, centres: Floats, radii: Floats, stiff: float) -> Floats:
    """Return the offsets r with which cells have the volumes of balls of these radii, um^2, (p,).

    Parameters
    ----------
    diagram
        The other cells.
    centres, radii
        Of the balls, um, (p, 3) and (p,).
    stiff
        m, above the eigenvalues of the diagram's matrices.
    """
    spread, weights = _quadrature()
    found = np.empty(len(radii))
    each = max(1, _POINTS // (len(spread) * _NEIGHBOURS))
    for start in range(0, len(radii), each):
        part = slice(start, start + each)
        found[part] = _solved(diagram, centres[part], radii[part], stiff, spread, weights)
    return found


def _solved(
    diagram: GBPD, centres: Floats, radii: Floats, stiff: float, spread: Floats, weights: Floats
) -> Floats:
    """Scale r + q(p) by (V wanted / V)^(2/3) until the volumes are those wanted."""
    rays = _rays(diagram, centres, radii, stiff, spread)
    least = rays.c.min(axis=1)
    wanted = 4 / 3 * np.pi * radii * radii * radii
    depth = stiff * radii * radii
    for _ in range(_ROUNDS):
        depth = depth * power(wanted / _volumes(rays, depth - least, weights), 2 / 3)
    return depth - least


def _volumes(rays: _Rays, offsets: Floats, weights: Floats) -> Floats:
    """Volumes of cells with these offsets, um^3, (p,)."""
    reach = _reaches(rays, offsets)
    volume = np.zeros(len(offsets))
    for column in ((reach * reach * reach) * weights).T:  # one order of summing
        volume += column
    return volume / 3


def _rays(
    diagram: GBPD,
    centres: Floats,
    radii: Floats,
    stiff: float,
    spread: Floats,
    many: int | None = None,
) -> _Rays:
    """Coefficients for the neighbours that can be met within a few radii, (p, k) and (p, d, k).

    There are ``many``; default: all of a single cell, as a hole in the middle may have many.
    """
    most = _NEIGHBOURS if len(centres) > 1 else len(diagram)
    count = min(most if many is None else many, len(diagram))
    seeds = np.empty((len(centres), count), dtype=np.int64)
    for n, (place, radius) in enumerate(zip(centres, radii.tolist(), strict=True)):
        cost, slope = _costs(diagram, place)
        steep = np.sqrt((slope * slope).sum(axis=1))
        seeds[n] = np.argsort(cost - _REACH * radius * steep, kind="stable")[:count]
    m = diagram.matrices[seeds]
    way = centres[:, None] - diagram.seeds[seeds]
    half = (m * way[:, :, None, :]).sum(axis=3)
    cost = (half * way).sum(axis=2) - diagram.offsets[seeds]
    b = 2 * sum(half[:, None, :, k] * spread[None, :, None, k] for k in range(3))
    along = sum(
        m[:, None, :, k, n] * (spread[:, k] * spread[:, n])[None, :, None]
        for k in range(3)
        for n in range(3)
    )
    return _Rays(np.asarray(stiff - along), np.asarray(b), cost)


def _reaches(rays: _Rays, offsets: Floats) -> Floats:
    """How far a pore reaches along every direction, um, (p, d); 0 where a grain has its centre."""
    depth = np.maximum((rays.c + offsets[:, None])[:, None, :], 0.0)
    root = (rays.b + np.sqrt(rays.b * rays.b + 4 * rays.a * depth)) / (2 * rays.a)
    return np.asarray(root.min(axis=2))


def _costs(diagram: GBPD, place: Floats) -> tuple[Floats, Floats]:
    """Costs of all seeds at a place, um^2, and their gradients."""
    way = place - diagram.seeds
    half = (diagram.matrices * way[:, None, :]).sum(axis=2)
    return (half * way).sum(axis=1) - diagram.offsets, 2 * half


def _quadrature(level: int = _LEVEL) -> tuple[Floats, Floats]:
    """Directions and their shares of 4 pi: a third of the triangles at each."""
    spread, corners = directions(level), triangles(level)
    a, b, c = (spread[corners[:, k]] for k in range(3))
    turned = np.cross(b - a, c - a)
    areas = np.sqrt((turned * turned).sum(axis=1))
    shares = np.zeros(len(spread))
    for k in range(3):
        np.add.at(shares, corners[:, k], areas)
    total = 0.0
    for share in shares.tolist():
        total += share
    return spread, shares * (4 * np.pi / total)
