"""Compiled loops of the fit of a diagram to labels: candidates, loss, and moments of its slope.

Rows are those of ``GBPD.rows``, shape (n, 10). Several seeds may own the same label: ``owner`` (n,)
names the label of every seed, ``truth`` (m,) that of every point. Points come in blocks, block b
being ``starts[b] : starts[b + 1]``.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.geometry._cost import cost
from nmc_mesh.kernel import inline, kernel
from nmc_mesh.typing import Floats, Ints, Longs

_NEAR = 40
_FAR = 40.0  # costs this much above the best one have no weight in double precision


@inline
def _insert(best: Floats, names: Ints, q: float, i: int) -> None:
    """Put a seed into its place among the cheapest."""
    k = len(best) - 1
    while k > 0 and best[k - 1] > q:
        best[k] = best[k - 1]
        names[k] = names[k - 1]
        k -= 1
    best[k] = q
    names[k] = i


@kernel
def choose(
    rows: Floats,
    owner: Ints,
    points: Floats,
    truth: Ints,
    starts: Longs,
    chosen: Ints,
    lead: Floats,
    first: int,
    last: int,
) -> None:
    """Write the seeds of least cost to ``chosen`` (m, c), cheapest first, for some blocks.

    They are chosen among the 40 cheapest in the middle of the block. The cheapest seed that owns
    the true label takes the last place if no other that owns it is among them. ``lead`` (m,) is by
    how much the best seed of another label costs more than the best one that owns the true one.
    """
    count = chosen.shape[1]
    near = np.empty(min(_NEAR, len(rows)), dtype=np.int32)
    low, best = np.empty(len(near)), np.empty(count)
    for b in range(first, last):
        x = y = z = 0.0
        for p in range(starts[b], starts[b + 1]):
            x += points[p, 0]
            y += points[p, 1]
            z += points[p, 2]
        size = starts[b + 1] - starts[b]
        x, y, z = x / size, y / size, z / size
        low[:] = np.inf
        for i in range(len(rows)):
            q = cost(rows, i, x, y, z)
            if q < low[-1]:
                _insert(low, near, q, i)
        for p in range(starts[b], starts[b + 1]):
            best[:] = np.inf
            for k in range(len(near)):
                q = cost(rows, near[k], points[p, 0], points[p, 1], points[p, 2])
                if q < best[-1]:
                    _insert(best, chosen[p], q, near[k])
            own = other = np.inf
            for k in range(count):
                if owner[chosen[p, k]] == truth[p]:
                    own = min(own, best[k])
                else:
                    other = min(other, best[k])
            lead[p] = other - own if own < np.inf else -np.inf
            if own == np.inf:
                least = np.inf
                for i in range(len(rows)):
                    if owner[i] == truth[p]:
                        q = cost(rows, i, points[p, 0], points[p, 1], points[p, 2])
                        if q < least:
                            least = q
                            chosen[p, count - 1] = i


@kernel
def descend(
    rows: Floats,
    owner: Ints,
    points: Floats,
    truth: Ints,
    chosen: Ints,
    start: int,
    stop: int,
    moments: Floats,
) -> float:
    """Return L and add the moments of its slope over u = x - s_i to ``moments`` (n, 10).

    L = sum_x log sum_i exp(-q_i(x)) - log sum_{i owns truth} exp(-q_i(x)) over the candidates of x.
    A row of moments is sum_x w (u0, u1, u2, u0 u0, u1 u1, u2 u2, u0 u1, u0 u2, u1 u2, 1) with
    w = dL / dq_i(x).
    """
    count = chosen.shape[1]
    costs, shares = np.empty(count), np.empty(count)
    total = 0.0
    for p in range(start, stop):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        label = truth[p]
        least = np.inf
        least_own = np.inf
        for k in range(count):
            i = chosen[p, k]
            costs[k] = cost(rows, i, x, y, z)
            least = min(least, costs[k])
            if owner[i] == label:
                least_own = min(least_own, costs[k])
        weight = own = 0.0
        for k in range(count):
            excess = costs[k] - least
            shares[k] = np.exp(-excess) if excess < _FAR else 0.0
            weight += shares[k]
            if owner[chosen[p, k]] == label:
                own += np.exp(least_own - costs[k])
        total += least_own - least + np.log(weight) - np.log(own)
        for k in range(count):
            i = chosen[p, k]
            slope = -shares[k] / weight
            if owner[i] == label:
                slope += np.exp(least_own - costs[k]) / own
            if abs(slope) < 1e-12:
                continue
            u, v, w = x - rows[i, 0], y - rows[i, 1], z - rows[i, 2]
            moments[i, 0] += slope * u
            moments[i, 1] += slope * v
            moments[i, 2] += slope * w
            moments[i, 3] += slope * u * u
            moments[i, 4] += slope * v * v
            moments[i, 5] += slope * w * w
            moments[i, 6] += slope * u * v
            moments[i, 7] += slope * u * w
            moments[i, 8] += slope * v * w
            moments[i, 9] += slope
    return total
