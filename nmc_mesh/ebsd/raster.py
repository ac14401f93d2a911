"""From coordinates in any order to the places of a square or hexagonal grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats, Longs

_EMPTY = 50  # places per point: more is a mistake
_OFF = 0.1  # share of a step that a coordinate may be off its place


class Raster(NamedTuple):
    """Places of points on a grid: column, row, and what `EbsdScan` calls them."""

    column: Longs
    row: Longs
    shape: tuple[int, int]
    step: tuple[float, float]
    origin: tuple[float, float]
    shift: float


def raster(x: Floats, y: Floats) -> Raster:
    """Return the grid that holds all points; rows may come in any order and may be missing.

    Steps are the smallest real gaps between coordinates. A grid is hexagonal if every second row
    is moved by half a step.

    Parameters
    ----------
    x, y
        Coordinates in um, shape (n,).

    Raises
    ------
    InputError
        If there are fewer than two rows or columns, a point is off the grid, or two points share
        a place.
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a coordinate is not a number; export the map again")
    dy = _refined(y, _step(np.diff(np.unique(y)), "rows"), parts=1)
    row = _places(y, y.min(), dy, "y")
    order = np.lexsort((x, row))
    gaps = np.diff(x[order])[np.diff(row[order]) == 0]
    dx = _refined(x, _step(gaps, "columns"), parts=2)  # the extent may hold half a step
    half = np.rint(2 * (x - x.min()) / dx).astype(np.int64)
    if (np.abs(2 * (x - x.min()) / dx - half) > 2 * _OFF).any():
        raise InputError(_off_grid("x", dx))
    odd = (row + _parity(half, row)) % 2 if (half % 2).any() else np.zeros_like(row)
    if ((half - odd) % 2 != 0).any():
        raise InputError(
            f"rows are moved by half of the step {dx:.6g} um, but not every second one; "
            "the map is neither square nor hexagonal"
        )
    column = (half - odd) // 2
    shape = _checked_shape(column, row, (dx, dy))
    moved = bool(odd.any())
    first_moved = moved and bool(odd[row == 0].any())
    return Raster(
        column, row, shape, (dx, dy),
        (float(x.min()) + first_moved * dx / 2, float(y.min())),
        (-dx / 2 if first_moved else dx / 2) if moved else 0.0,
    )  # fmt: skip


def _checked_shape(column: Longs, row: Longs, step: tuple[float, float]) -> tuple[int, int]:
    """Return the extent of a grid that is not mostly empty and holds every point once."""
    shape = (int(column.max()) + 1, int(row.max()) + 1)
    if shape[0] * shape[1] > _EMPTY * len(row):
        raise InputError(
            f"{len(row)} points on a grid of {shape[0]} x {shape[1]}: a coordinate is far off; "
            "correct it, or export the map again"
        )
    if (np.bincount(column * shape[1] + row) > 1).any():
        raise InputError(
            f"two points have the same place on a grid of steps {step[0]:.6g} and {step[1]:.6g} "
            "um; remove one, or correct a coordinate that is far off"
        )
    return shape


def _parity(half: Longs, row: Longs) -> int:
    """Return 0 if odd rows are the moved ones, 1 if even rows are."""
    moved = row[half % 2 == 1]
    return int(np.bincount(moved % 2, minlength=2).argmax() == 0)


def _refined(values: Floats, step: float, parts: int) -> float:
    """Return the step nearest to ``step`` of which the extent holds a whole number of parts."""
    extent = float(np.ptp(values))
    return extent * parts / max(1.0, float(np.rint(parts * extent / step)))


def _step(gaps: Floats, what: str) -> float:
    """Return the smallest gap that is not rounding."""
    real = np.sort(gaps[gaps > 0])
    if len(real) == 0:
        raise InputError(f"a map needs at least two {what}; all points of this one have one place")
    weight = np.cumsum(real)
    typical = real[np.searchsorted(weight, weight[-1] / 2)]
    real = real[real > 0.02 * typical]
    return float(np.median(real[real < 1.5 * real[0]]))


def _places(values: Floats, start: float, step: float, axis: str) -> Longs:
    exact = (values - start) / step
    places = np.rint(exact).astype(np.int64)
    if (np.abs(exact - places) > _OFF).any():
        raise InputError(_off_grid(axis, step))
    return places


def _off_grid(axis: str, step: float) -> str:
    return (
        f"points do not lie on a grid: {axis} is not a multiple of the step {step:.6g} um; "
        "export the map as it was measured"
    )
