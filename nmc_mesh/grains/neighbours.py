"""The k nearest seeds of every seed, by a grid of cells."""

from __future__ import annotations

from functools import partial

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.kernel import kernel
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

_PER_CELL = 2.0
_REACH = 1.2  # first ball searched, in radii of the ball that holds the neighbours on average
_CHUNK = 8192


def nearest(seeds: AnyArray, count: int, wanted: AnyArray | None = None) -> Ints:
    """Return the ``count`` nearest other seeds of every seed, nearest first.

    Euclidean distance; of two seeds at the same distance the one of lower index comes first. Where
    there are fewer than ``count`` other seeds, the rest is -1.

    Parameters
    ----------
    seeds
        Points in space, shape (n, 3), n >= 1.
    count
        Neighbours per seed, >= 1.
    wanted
        Indices of the seeds whose neighbours are wanted, shape (m,); default: all.

    Returns
    -------
    neighbours
        Indices, shape (m, count).

    Raises
    ------
    InputError
        If the seeds have another shape or are not finite, or the count is less than 1.
    """
    if count < 1:
        raise InputError(f"a seed needs 1 neighbour or more, not {count}")
    points = _checked(seeds)
    lower, edge, shape = _grid(points)
    starts, order = _cells(points, lower, edge, shape)
    by_cell = np.ascontiguousarray(points[order])
    asked = order if wanted is None else np.asarray(wanted, dtype=np.int64)
    into = order if wanted is None else np.arange(len(asked))
    found = np.empty((len(asked), count), dtype=np.int32)
    reach = _REACH * edge * float(np.cbrt(count / (_PER_CELL * 4.0 / 3.0 * np.pi)))
    search = partial(_search, by_cell, order, lower, edge, shape, starts, reach, points)
    for_chunks(len(asked), _CHUNK, lambda a, b: search(asked[a:b], into[a:b], found))
    return found


def in_cells(seeds: AnyArray) -> Longs:
    """Return an order of the seeds (n, 3) in which neighbours are near each other in memory."""
    points = _checked(seeds)
    return _cells(points, *_grid(points))[1]


def _checked(seeds: AnyArray) -> Floats:
    points = np.ascontiguousarray(seeds, dtype=np.float64)
    if points.ndim != 2 or points.shape[1] != 3 or len(points) == 0:
        raise InputError(f"seeds need shape (n, 3) with n >= 1, not {points.shape}")
    if not np.isfinite(points).all():
        raise InputError("seeds must be finite; remove NaN and infinity")
    return points


def _grid(points: Floats) -> tuple[Floats, float, Longs]:
    """Return the lower corner, the edge of a cell and their numbers: two seeds to a cell.

    Seeds in a plane or on a line have no volume; their cells are made for the axes they have.
    """
    lower = points.min(axis=0)
    extent = points.max(axis=0) - lower
    cells = max(len(points) / _PER_CELL, 1.0)
    longest = max(float(extent.max()), 1e-150)
    wide = extent[extent > longest / cells]
    edge = longest if len(wide) == 0 else float((wide.prod() / cells) ** (1.0 / len(wide)))
    edge = max(edge, longest / cells)
    return lower, edge, np.minimum(extent / edge, cells).astype(np.int64) + 1


@kernel
def _cells(points: Floats, lower: Floats, edge: float, shape: Longs) -> tuple[Longs, Longs]:
    """Return where each cell starts in the order of the seeds by cell, and that order."""
    starts = np.zeros(shape[0] * shape[1] * shape[2] + 1, np.int64)
    cell = np.empty(len(points), np.int64)
    for i in range(len(points)):
        x = min(int((points[i, 0] - lower[0]) / edge), shape[0] - 1)
        y = min(int((points[i, 1] - lower[1]) / edge), shape[1] - 1)
        z = min(int((points[i, 2] - lower[2]) / edge), shape[2] - 1)
        cell[i] = (x * shape[1] + y) * shape[2] + z
        starts[cell[i] + 1] += 1
    for c in range(len(starts) - 1):
        starts[c + 1] += starts[c]
    place = starts[:-1].copy()
    order = np.empty(len(points), np.int64)
    for i in range(len(points)):
        order[place[cell[i]]] = i
        place[cell[i]] += 1
    return starts, order


@kernel
def _search(
    by_cell: Floats,
    order: Longs,
    lower: Floats,
    edge: float,
    shape: Longs,
    starts: Longs,
    reach: float,
    points: Floats,
    asked: Longs,
    into: Longs,
    found: Ints,
) -> None:
    """Look at the cells that meet a ball; where it holds too few seeds, at a larger ball."""
    count = found.shape[1]
    best = np.empty(count)
    who = np.empty(count, np.int64)
    last = count - 1
    first, final = np.empty(3, np.int64), np.empty(3, np.int64)
    for n in range(len(asked)):
        i = asked[n]
        x, y, z = points[i, 0] - lower[0], points[i, 1] - lower[1], points[i, 2] - lower[2]
        ball = reach
        while True:
            best[:] = ball * ball
            who[:] = len(points)
            whole = ball > edge * (shape[0] + shape[1] + shape[2])
            for k, at in enumerate((x, y, z)):
                # A hair more than the ball: cells were found by rounded divisions.
                low = int(np.floor((at - ball) / edge - 1e-9))
                high = int(np.floor((at + ball) / edge + 1e-9))
                first[k], final[k] = max(low, 0), min(high, shape[k] - 1)
            for a in range(first[0], final[0] + 1):
                u = max(a * edge - x, x - (a + 1) * edge, 0.0)
                for b in range(first[1], final[1] + 1):
                    v = max(b * edge - y, y - (b + 1) * edge, 0.0)
                    if (u * u + v * v) * (1.0 - 1e-9) > best[last]:
                        continue
                    row = (a * shape[1] + b) * shape[2]
                    for p in range(starts[row + first[2]], starts[row + final[2] + 1]):
                        dx = by_cell[p, 0] - points[i, 0]
                        dy = by_cell[p, 1] - points[i, 1]
                        dz = by_cell[p, 2] - points[i, 2]
                        d = dx * dx + dy * dy + dz * dz
                        if d > best[last]:
                            continue
                        j = order[p]
                        if j == i or (d == best[last] and j > who[last]):
                            continue
                        k = last
                        while k > 0 and (best[k - 1] > d or (best[k - 1] == d and who[k - 1] > j)):
                            best[k] = best[k - 1]
                            who[k] = who[k - 1]
                            k -= 1
                        best[k] = d
                        who[k] = j
            if whole or who[last] < len(points):
                break
            ball *= 1.5
        for k in range(count):
            found[into[n], k] = who[k] if who[k] < len(points) else -1
