"""Star shapes cut by planes: many outlines at once, to the precision of their own grid.

A plane at the height h over the origin, normal n, cuts a shell whose highest point along n lies in
the direction w. The shell is star-shaped, so the way to that point lies in it, and with it the
point c = h w / (n . w) of the plane: the outline is seen from there. With the pole turned to w,
half planes through the pole are rays from c, and all shells share one grid of directions:

    X(t, p) (n . u(t, p)) = h

is solved for the polar angle t along every half plane p. The centroid of that outline is the pole
of a second, finer one: from there rays pass it at even steps.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import frozen
from nmc_mesh.geometry.harmonics import degree_of, design_matrix, node_columns, quadrature
from nmc_mesh.geometry.turns import turned
from nmc_mesh.shell.outlines import line_moments
from nmc_mesh.typing import Complexes, Floats

RAYS = 32  # half planes about the pole; ours
_FEW_RAYS = 16  # of those that tell the centroid
_STEPS = 22  # of the polar angle from the pole on
_TILT = 0.4  # largest tangent of the angle between a pole and its normal in the second pass
_REACH = 0.66 * np.pi
_ROUNDS = 2  # of Newton's method within a step


class Cuts(NamedTuple):
    """Outlines of n shells in m planes each, arrays of shape (n, m) but for ``tops`` (n,).

    ``tops``: how far the shell reaches along the normal, um; ``areas`` in um^2; ``aspects``;
    ``harmonics`` (n, m, K - 1), q_k as in ``Outlines``.
    """

    tops: Floats
    areas: Floats
    aspects: Floats
    harmonics: Complexes


def plane_cuts(coefficients: Floats, turns: Floats, heights: Floats, degree: int) -> Cuts:
    """Cut every shell, turned, by planes across z at shares of the height it reaches.

    Parameters
    ----------
    coefficients
        a_lm in um, shape (n, (L + 1)^2); radii positive everywhere.
    turns
        Angles of ``geometry.turns.turned``, uniform on all rotations, shape (n, 3).
    heights
        Shares in [0, 1) of z_max, shape (n, m).
    degree
        Largest k of q_k.

    Returns
    -------
    Cuts
        Outlines that are seen whole from c, which is all but very rough ones.
    """
    shells = turned(coefficients, turns)
    order = degree_of(shells.shape[1])
    vectors, columns = _upper(order)
    high = (shells @ columns) * vectors[:, 2]
    best = high.argmax(axis=1)
    tops = high[np.arange(len(high)), best]
    upward = np.zeros_like(shells[:, :3]) + [0.0, 0.0, 1.0]
    shares = np.asarray(heights, dtype=np.float64)
    above, normals = _to_pole(shells, upward, vectors[best])
    middles = [
        _middles(_section(above, normals, tops * share, _FEW_RAYS), normals, tops * share)
        for share in shares.T
    ]
    planes = shares.shape[1]
    every, across = (np.repeat(rows, planes, axis=0) for rows in (above, normals))
    every, across = _to_pole(every, across, np.stack(middles, axis=1).reshape(-1, 3))
    lines = _section(every, across, (tops[:, None] * shares).ravel(), RAYS)
    areas, aspects, harmonics = line_moments(lines, _slopes(lines), degree)
    shape = shares.shape
    return Cuts(
        tops, areas.reshape(shape), aspects.reshape(shape), harmonics.reshape(*shape, degree - 1)
    )


def _to_pole(shells: Floats, normals: Floats, poles: Floats) -> tuple[Floats, Floats]:
    """Turn shells and normals so that the given directions come to the pole, normals over y = 0."""
    polar = np.arccos(np.clip(poles[:, 2], -1, 1))
    azimuth = np.arctan2(poles[:, 1], poles[:, 0])
    tilt = np.clip((normals * poles).sum(axis=1), -1, 1)
    # What is left of the turn is chosen so that the normal has no y and a negative x.
    c, s = np.cos(azimuth), np.sin(azimuth)
    x = np.cos(polar) * (c * normals[:, 0] + s * normals[:, 1]) - np.sin(polar) * normals[:, 2]
    y = c * normals[:, 1] - s * normals[:, 0]
    last = np.pi - np.arctan2(y, x)
    about = turned(shells, np.stack([last, -polar, -azimuth], axis=1))
    level = np.sqrt(1 - tilt * tilt)
    return about, np.stack([-level, np.zeros_like(level), tilt], axis=1)


def _section(shells: Floats, normals: Floats, heights: Floats, rays: int) -> Complexes:
    """Outlines of shells in planes, one each, as points x + i y of the plane, (n, rays)."""
    unit, grid = _half_planes(degree_of(shells.shape[1]), rays)
    radii = (shells @ grid).reshape(len(shells), *unit.shape[:2])
    return _crossings(radii, radii * (unit @ normals.T).transpose(2, 0, 1), heights, normals)


def _middles(lines: Complexes, normals: Floats, heights: Floats) -> Floats:
    """Unit vectors from the origin to the centroids of outlines, or as near as tilts allow, (n, 3).

    Near the origin a plane's centroid may lie far aside, and half planes would graze the plane.
    """
    steps = _slopes(lines)
    twice = (lines.conj() * steps).imag
    total = twice.sum(axis=1)
    middle = 2 / 3 * (lines * twice).sum(axis=1) / np.where(total == 0, 1.0, total)
    middle *= np.minimum(1.0, _TILT * heights / np.maximum(np.abs(middle), 1e-300))
    first = np.stack([normals[:, 2], np.zeros_like(total), -normals[:, 0]], axis=1)
    points = heights[:, None] * normals + middle.real[:, None] * first
    points[:, 1] += middle.imag
    return np.asarray(points / np.maximum(np.linalg.norm(points, axis=1), 1e-300)[:, None])


def mass_centres(coefficients: Floats) -> Floats:
    """Centres of mass of shells, um, shape (n, 3): integral of X^4 u / 4 over that of X^3 / 3."""
    degree = degree_of(coefficients.shape[1])
    nodes, weights = quadrature(4 * degree + 1)
    radii = coefficients @ node_columns(degree, 4 * degree + 1)
    return np.asarray(((radii**4 * weights) @ nodes / 4) / (radii**3 @ weights / 3)[:, None])


def _slopes(lines: Complexes) -> Complexes:
    """Steps along closed lines that are smooth in the number of the ray: derivatives by FFT."""
    count = lines.shape[-1]
    waves = np.fft.fftfreq(count, 1 / (2j * np.pi)).astype(np.complex128)
    return np.asarray(np.fft.ifft(np.fft.fft(lines, axis=-1) * waves, axis=-1))


@lru_cache(maxsize=2)
def _upper(degree: int) -> tuple[Floats, Floats]:
    """Directions of the upper half, where shells may be highest, and the harmonics there."""
    polar = np.linspace(0.0, 0.36 * np.pi, 19)[:, None]
    turn = 2 * np.pi * np.arange(36) / 36
    unit = _directions(polar, turn).reshape(-1, 3)
    return frozen(unit), frozen(np.ascontiguousarray(design_matrix(unit, degree).T))


@lru_cache(maxsize=4)
def _half_planes(degree: int, rays: int) -> tuple[Floats, Floats]:
    """Directions (steps, rays, 3) along half planes, two steps beyond the pole; harmonics there."""
    polar: Floats = np.arange(-1.0, _STEPS + 2.0) * (_REACH / _STEPS)
    unit = _directions(polar[:, None], 2 * np.pi * np.arange(rays) / rays)
    matrix = design_matrix(unit.reshape(-1, 3), degree)
    return frozen(unit), frozen(np.ascontiguousarray(matrix.T))


def _directions(polar: Floats, turn: Floats) -> Floats:
    sine = np.sin(polar)
    return np.stack(
        [sine * np.cos(turn), sine * np.sin(turn), np.cos(polar) * np.ones_like(turn)], axis=-1
    )


def _crossings(radii: Floats, level: Floats, heights: Floats, normals: Floats) -> Complexes:
    """Points x + i y (n, rays) where half planes leave the shells, by cubics in the angle."""
    under = level < heights[:, None, None]
    under[:, -2] = True  # so far from the pole nothing lies over the plane
    # The last step before the first that lies under the plane: the piece around c, no other.
    last = under[:, 2:-1].argmax(axis=1) + 1
    first = np.arange(len(level))[:, None] * level[0].size + last * level.shape[2]
    first += np.arange(level.shape[2])
    rows = [np.take(level, first + k * level.shape[2]) for k in (-1, 0, 1, 2)]
    cubic = _cubic(*rows)
    cubic[0] = cubic[0] - heights[:, None]
    span = rows[1] - rows[2]
    where = np.clip((rows[1] - heights[:, None]) / np.where(span == 0, 1.0, span), 0.0, 1.0)
    for _ in range(_ROUNDS):
        value = ((cubic[3] * where + cubic[2]) * where + cubic[1]) * where + cubic[0]
        slope = (3 * cubic[3] * where + 2 * cubic[2]) * where + cubic[1]
        where = np.clip(where - value / np.where(slope == 0, 1.0, slope), 0.0, 1.0)
    rows = [np.take(radii, first + k * level.shape[2]) for k in (-1, 0, 1, 2)]
    a, b, c, d = _cubic(*rows)
    radius = ((d * where + c) * where + b) * where + a
    angle = _REACH / _STEPS * (last - 1 + where)
    turn = 2 * np.pi * np.arange(radii.shape[2]) / radii.shape[2]
    across = radius * np.sin(angle)
    # Axes of the plane: across the normal within the plane of n and the pole, and y.
    along = across * np.cos(turn) * normals[:, None, 2] - radius * np.cos(angle) * normals[:, :1]
    return np.asarray(along + 1j * across * np.sin(turn))


def _cubic(before: Floats, at: Floats, after: Floats, beyond: Floats) -> list[Floats]:
    """Coefficients of the cubic through values at -1, 0, 1 and 2."""
    second = (before + after) / 2 - at
    third = (beyond - 3 * after + 3 * at - before) / 6
    return [at, (after - before) / 2 - third, second, third]
