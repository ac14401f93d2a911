"""Quadrics T_k that part bodies: at every point of body k the function T_k is the least.

    T_k(x) = a_k . f(x - c_k),   f(u) = (1, u, u_x^2, u_y^2, u_z^2, u_x u_y, u_x u_z, u_y u_z)

At first T_k = |x - c_k|^2 - R_k^2, the power cells of balls as large as the bodies. Then, for
points x on body k and every other body j near it, T_j(x) - T_k(x) >= m is asked for: inequalities
linear in all a. The sum of the squares of what is missed is least for the a that are taken, found
by Newton's method (a support vector machine of squares, Mangasarian 2002, doi
10.1080/1055678021000028375). Where two bodies overlap a point counts for that in which it lies
deeper, so their boundary runs through the middle. A quadric that is flat along a way may be the
least at a body far off: bodies that are no neighbours are asked for too where that is so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nmc_mesh.numerics.products import dot, matmul
from nmc_mesh.particle.outline import Body
from nmc_mesh.typing import Floats, Ints

_ROUNDS = 40
_STILL = 1e-5
_LOOKS = 4
"""How often bodies that are no neighbours are looked at, at most (ours)."""
_EASE = 1e-3
"""Weight of staying with the balls, so that nothing is left open."""
_NEAREST, _REST = 400, 800
"""Points of a body that are looked at beside another one: those nearest to it, and so many of the
others, evenly by their distance, without which a quadric may turn and take a far side too (ours).
"""


class Pair(NamedTuple):
    """What is asked of two bodies: rows f of the points of each, for both functions."""

    own: int
    other: int
    at_own: Floats
    """f(x - c_own) at points of body ``own``, (m, 10)."""
    at_other: Floats
    """f(x - c_other) at the same points."""


def features(offsets: Floats) -> Floats:
    """f(u) of offsets u (n, 3), (n, 10)."""
    x, y, z = offsets.T
    return np.stack([np.ones(len(x)), x, y, z, x * x, y * y, z * z, x * y, x * z, y * z], axis=1)


def territories(bodies: Sequence[Body], which: Ints, margin: float) -> Floats:
    """Find the coefficients a_k of all functions, (n, 10).

    Parameters
    ----------
    bodies
        All of them, images of others too.
    which
        Number of the function of every body; images share that of the body they are images of.
    margin
        How far from a body its territory should reach, um, at least.
    """
    count = int(which.max()) + 1
    start = np.zeros((count, 10))
    for body, k in zip(bodies, which.tolist(), strict=True):
        start[k] = [-(body.outline.radius**2), 0, 0, 0, 1, 1, 1, 0, 0, 0]
    asked = pairs(bodies, which, margin)
    rows = _least(start, asked, margin)
    for _ in range(_LOOKS):
        more = _overlooked(bodies, which, margin, rows)
        if not more:
            break
        asked += more
        rows = _least(start, asked, margin)
    return rows


def _least(start: Floats, asked: Sequence[Pair], margin: float) -> Floats:
    """The a for which the squares of what is missed are least, (n, 10)."""
    count, rows = len(start), start.copy()
    for _ in range(_ROUNDS):
        matrix, right = _EASE * np.eye(10 * count), _EASE * start.ravel()
        for pair in asked:
            _add_missed(pair, rows, matrix, right, margin)
        change = solved(matrix, right).reshape(count, 10) - rows
        rows = rows + 0.5 * change
        if np.abs(change).max() < _STILL:
            break
    return rows


def pairs(bodies: Sequence[Body], which: Ints, margin: float) -> list[Pair]:
    """What is asked for: every ordered pair of bodies near each other, the first no image."""
    every = []
    points = [body.points() for body in bodies]
    for n, m in _ordered(which):
        body, other = bodies[n], bodies[m]
        if not _near(body, other, margin):
            continue
        away = other.signed(points[n])
        own = body.signed(points[n])
        order = np.argsort(away, kind="stable")
        rest = order[_NEAREST:]
        every_so = max(len(rest) // _REST, 1)
        near = np.concatenate([order[:_NEAREST], rest[::every_so]])
        near = near[away[near] > own[near]]  # where they overlap: what is deeper in its own
        if len(near):
            every.append(_pair(body, other, which[[n, m]], points[n][near]))
    return every


def _overlooked(bodies: Sequence[Body], which: Ints, margin: float, rows: Floats) -> list[Pair]:
    """Pairs of bodies that are not near each other, where the second one's function is less."""
    every = []
    for n, m in _ordered(which):
        body, other = bodies[n], bodies[m]
        if _near(body, other, margin):
            continue
        points = body.points()
        pair = _pair(body, other, which[[n, m]], points[:: max(len(points) // _REST, 1)])
        if missed(rows, [pair]) > 0:
            every.append(pair)
    return every


def _ordered(which: Ints) -> list[tuple[int, int]]:
    """Numbers of every ordered pair of bodies, the first no image."""
    _, firsts = np.unique(which, return_index=True)
    return [(n, m) for n in np.sort(firsts).tolist() for m in range(len(which)) if n != m]


def _near(body: Body, other: Body, margin: float) -> bool:
    way = other.centre - body.centre
    reach = body.outline.reach + other.outline.reach + 4 * margin
    return bool(dot(way, way) <= reach * reach)


def _pair(body: Body, other: Body, which: Ints, points: Floats) -> Pair:
    """What is asked of two bodies at points of the first."""
    at_own, at_other = features(points - body.centre), features(points - other.centre)
    return Pair(int(which[0]), int(which[1]), at_own, at_other)


def _add_missed(pair: Pair, rows: Floats, matrix: Floats, right: Floats, margin: float) -> None:
    """Add the squares of what is missed, (m - T_j + T_k)^2, to the normal equations."""
    values = matmul(pair.at_other, rows[pair.other]) - matmul(pair.at_own, rows[pair.own])
    way = pair.at_own[0, 1:4] - pair.at_other[0, 1:4]  # |grad (T_j - T_k)| is about 2 |c_j - c_k|
    goal = 2.0 * float(np.sqrt(dot(way, way))) * margin
    short = values < goal
    if not short.any():
        return
    sides = ((pair.own, -pair.at_own[short]), (pair.other, pair.at_other[short]))
    for k, f in sides:
        turned = np.ascontiguousarray(f.T)
        right[10 * k : 10 * k + 10] += goal * f.sum(axis=0)
        for j, g in sides:
            matrix[10 * k : 10 * k + 10, 10 * j : 10 * j + 10] += matmul(turned, g)


def solved(matrix: Floats, right: Floats) -> Floats:
    """Solve a symmetric positive definite system by Cholesky's method, in one fixed order."""
    left, count = matrix.copy(), len(right)
    for k in range(count):
        left[k:, k] /= np.sqrt(left[k, k])
        left[k + 1 :, k + 1 :] -= left[k + 1 :, k, None] * left[None, k + 1 :, k]
    x = right.copy()
    for k in range(count):
        x[k] = x[k] / left[k, k]
        x[k + 1 :] -= left[k + 1 :, k] * x[k]
    for k in reversed(range(count)):
        x[k] = x[k] / left[k, k]
        x[:k] -= left[k, :k] * x[k]
    return x


def missed(rows: Floats, asked: Sequence[Pair]) -> float:
    """Share of the points that another function is less at."""
    wrong = total = 0
    for pair in asked:
        values = matmul(pair.at_other, rows[pair.other]) - matmul(pair.at_own, rows[pair.own])
        wrong, total = wrong + int((values < 0).sum()), total + len(values)
    return wrong / max(total, 1)
