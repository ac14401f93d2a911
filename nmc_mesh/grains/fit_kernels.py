"""Compiled loops of the fit of a diagram to a section: costs, candidates, loss and gradient.

Row i of ``rows`` (n, 5) is (s_x, s_y, log d_1, log d_2, r). With e = s / |s| and f = (-e_y, e_x),
q(x) = d_1 (x . e - |s|)^2 + d_2 (x . f)^2 - r.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import inline, kernel
from nmc_mesh.typing import Floats, Ints

_FAR = 40.0  # costs this much above the best one have no weight in double precision


@kernel
def frames(rows: Floats) -> Floats:
    """Return (n, 6): e_x, e_y, |s|, d_1, d_2, r of every row."""
    out = np.empty((len(rows), 6))
    for i in range(len(rows)):
        length = np.hypot(rows[i, 0], rows[i, 1])
        if length > 0.0:
            out[i, 0] = rows[i, 0] / length
            out[i, 1] = rows[i, 1] / length
        else:
            out[i, 0] = 1.0
            out[i, 1] = 0.0
        out[i, 2] = length
        out[i, 3] = np.exp(rows[i, 2])
        out[i, 4] = np.exp(rows[i, 3])
        out[i, 5] = rows[i, 4]
    return out


@inline
def _cost(frame: Floats, i: int, x: float, y: float) -> float:
    a = x * frame[i, 0] + y * frame[i, 1] - frame[i, 2]
    b = y * frame[i, 0] - x * frame[i, 1]
    return frame[i, 3] * a * a + frame[i, 4] * b * b - frame[i, 5]


@kernel
def choose(frame: Floats, points: Floats, truth: Ints, chosen: Ints, start: int, stop: int) -> None:
    """Write the seeds of least cost to ``chosen`` (m, c), cheapest first, the true one among them.

    The true seed takes the last place if it is not among the c cheapest.
    """
    count = chosen.shape[1]
    best = np.empty(count)
    for p in range(start, stop):
        x, y = points[p, 0], points[p, 1]
        best[:] = np.inf
        for i in range(len(frame)):
            q = _cost(frame, i, x, y)
            if q < best[count - 1]:
                k = count - 1
                while k > 0 and best[k - 1] > q:
                    best[k] = best[k - 1]
                    chosen[p, k] = chosen[p, k - 1]
                    k -= 1
                best[k] = q
                chosen[p, k] = i
        found = False
        for k in range(count):
            found = found or chosen[p, k] == truth[p]
        if not found:
            chosen[p, count - 1] = truth[p]


@kernel
def descend(
    frame: Floats,
    points: Floats,
    truth: Ints,
    chosen: Ints,
    start: int,
    stop: int,
    gradient: Floats,
) -> float:
    """Add the gradient of L to ``gradient`` (n, 5) and return L.

    L = sum_x -log softmax(-q(x))_true over the candidates of x.
    """
    count = chosen.shape[1]
    cost = np.empty(count)
    total = 0.0
    for p in range(start, stop):
        x, y = points[p, 0], points[p, 1]
        right = truth[p]
        least = np.inf
        for k in range(count):
            cost[k] = _cost(frame, chosen[p, k], x, y)
            least = min(least, cost[k])
        weight = 0.0
        of_right = 0.0
        for k in range(count):
            if chosen[p, k] == right:
                of_right = cost[k]
            excess = cost[k] - least
            cost[k] = np.exp(-excess) if excess < _FAR else 0.0
            weight += cost[k]
        total += of_right - least + np.log(weight)
        for k in range(count):
            i = chosen[p, k]
            slope = (1.0 if i == right else 0.0) - cost[k] / weight
            if abs(slope) < 1e-12:
                continue
            e, f, rho = frame[i, 0], frame[i, 1], frame[i, 2]
            a = x * e + y * f - rho
            b = y * e - x * f
            d1, d2 = frame[i, 3], frame[i, 4]
            outward = -2.0 * d1 * a
            around = 2.0 * b * (d1 * a - d2 * (a + rho)) / max(rho, 1.0)
            gradient[i, 0] += slope * (outward * e - around * f)
            gradient[i, 1] += slope * (outward * f + around * e)
            gradient[i, 2] += slope * d1 * a * a
            gradient[i, 3] += slope * d2 * b * b
            gradient[i, 4] -= slope
    return total
