"""The k nearest seeds of every seed, by a grid of cells."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.functions import cbrt, power
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

_PER_CELL = 2.0
_REACH = 1.2  # first ball searched, in radii of the ball that holds the neighbours on average
_CHUNK = 8192


class _Cells(NamedTuple):
    """Points in cells, as the core takes them: see ``_grid`` and ``core.sort_into_cells``."""

    points: Floats
    by_cell: Floats
    order: Longs
    starts: Longs
    lower: Floats
    edge: float
    shape: Longs


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
    starts, order = core.sort_into_cells(points, lower, edge, shape)
    by_cell = np.ascontiguousarray(points[order])
    cells = _Cells(points, by_cell, order, starts, lower, edge, shape)
    asked = order if wanted is None else np.asarray(wanted, dtype=np.int64)
    into = order if wanted is None else np.arange(len(asked))
    indices = np.empty((len(asked), count), dtype=np.int32)
    reach = _REACH * edge * float(cbrt(count / (_PER_CELL * 4.0 / 3.0 * np.pi)))
    for_chunks(
        len(asked), _CHUNK, lambda a, b: core.nearest(cells, reach, asked[a:b], into[a:b], indices)
    )
    return indices


def in_cells(seeds: AnyArray) -> Longs:
    """Return an order of the seeds (n, 3) in which neighbours are near each other in memory."""
    points = _checked(seeds)
    return core.sort_into_cells(points, *_grid(points))[1]


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
    edge = longest if len(wide) == 0 else float(power(wide.prod() / cells, 1.0 / len(wide)))
    edge = max(edge, longest / cells)
    return lower, edge, np.minimum(extent / edge, cells).astype(np.int64) + 1
