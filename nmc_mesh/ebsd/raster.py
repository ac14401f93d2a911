"""From coordinates in any order to the places of a square or hexagonal grid."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats, Longs

_EMPTY = 50  # places per point: more is a mistake
_RARE = 0.05  # share of the gaps
_OFF = 0.1  # share of a step that a coordinate may be off its place


class Raster(NamedTuple):
    """Places of points on a grid: column, row, and what `EbsdScan` calls them."""

    column: Longs
    row: Longs
    shape: tuple[int, int]
    step: tuple[float, float]
    origin: tuple[float, float]
    shift: float


class Claims(NamedTuple):
    """What a header says about a grid: points along x and y, steps in um, and if it is square."""

    shape: tuple[int, int] | None = None
    step: tuple[float, float] | None = None
    square: bool = False


_NOTHING = Claims()


def raster(x: Floats, y: Floats, claims: Claims = _NOTHING) -> Raster:
    """Return the grid that holds all points; rows may come in any order and may be missing.

    If the points stand row by row as the header says, their places are the header's, however
    coarsely coordinates are rounded. Otherwise a grid is fitted to all coordinates: the first
    steps are the smallest real gaps, the last are those of least squares, or the header's where
    they explain the coordinates as well. A grid is hexagonal if every second row is moved by half
    a step.

    Parameters
    ----------
    x, y
        Coordinates in um, shape (n,).
    claims
        What the header says; it may be wrong.

    Raises
    ------
    InputError
        If there are fewer than two rows or columns, a point is off the grid, or two points share
        a place.
    """
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise InputError("a coordinate is not a number; export the map again")
    if len(x) == 1:
        raise InputError("a map needs at least two rows and two columns; this file has one point")
    whole = _in_order(x, y, claims)
    if whole is not None:
        return whole
    wanted = (None, None) if claims.step is None else claims.step
    step = _step(np.diff(np.unique(y)), "rows", x)
    row, dy, top = _lattice(y, step, wanted[1], "y", 1)
    order = np.lexsort((x, row))
    gaps = np.diff(x[order])[np.diff(row[order]) == 0]
    step = _step(gaps, "columns", y)
    half, dx, left = _lattice(x, step, wanted[0], "x", 2)
    odd = (row + _parity(half, row)) % 2 if (half % 2).any() else np.zeros_like(row)
    if 0 < (half % 2).mean() < _RARE:
        raise InputError(_off_grid("x", dx))
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
        column, row, shape, (dx, dy), (left + first_moved * dx / 2, top),
        (-dx / 2 if first_moved else dx / 2) if moved else 0.0,
    )  # fmt: skip


def _in_order(x: Floats, y: Floats, claims: Claims) -> Raster | None:
    """Return the header's grid if the points fill it row by row."""
    if not claims.square or claims.shape is None or claims.step is None or min(claims.shape) < 2:
        return None
    (nx, ny), (dx, dy) = claims.shape, claims.step
    if nx * ny != len(x) or not (0 < dx < np.inf and 0 < dy < np.inf):
        return None
    row, column = np.divmod(np.arange(len(x)), nx)
    origin = []
    for values, index, step in ((x, column, dx), (y, row, dy)):
        rest = values - step * index
        middle = float(rest.min() + rest.max()) / 2
        if np.ptp(rest) / 2 > max(_OFF * step, _rounding(values) + 0.02 * step):
            return None
        # A first coordinate that is rounded no worse than the others is where the map begins.
        start = float(values[0])
        origin.append(start if abs(start - middle) <= _OFF * step else middle)
    return Raster(column, row, (nx, ny), (dx, dy), (origin[0], origin[1]), 0.0)


def _rounding(values: Floats) -> float:
    """Return by how much coordinates may be off because their decimals were cut: half the last."""
    for digits in range(7):
        if (np.abs(values - np.round(values, digits)) <= 1e-9 + 1e-7 * np.abs(values)).all():
            return 0.5 * 10.0**-digits
    return 0.0


def _lattice(
    values: Floats, step: float, claimed: float | None, axis: str, parts: int
) -> tuple[Longs, float, float]:
    """Return places on a lattice in parts of a step, the step, and where place 0 lies.

    Counting from one coordinate to the next adds no error, however many steps there are; least
    squares over all coordinates then make the step as exact as the map is wide.
    """
    unique, back = np.unique(values, return_inverse=True)
    unit = step / parts
    steps = np.concatenate([[0], np.cumsum(np.rint(np.diff(unique) / unit))])
    if steps[-1] < 1:
        raise InputError(_off_grid(axis, step))
    for _ in range(3):
        offset, unit = steps - steps.mean(), float(unit)
        unit = float((offset * (unique - unique.mean())).sum() / (offset * offset).sum())
        start = float((unique - unit * steps).mean())
        steps = np.rint((unique - start) / unit)
        steps -= steps[0]
        if steps[-1] < 1:
            raise InputError(_off_grid(axis, step))
    slack = max(_OFF * unit * parts, _rounding(values) + 0.02 * unit * parts)
    slack = min(slack, 0.45 * unit)

    def off(trial: float) -> float:
        rest = unique - trial * steps
        return float(np.abs(rest - np.median(rest)).max())

    if off(unit) > slack:
        raise InputError(_off_grid(axis, unit * parts))
    if claimed is not None and claimed > 0 and off(claimed / parts) <= max(slack / 2, off(unit)):
        unit = claimed / parts
    rest = unique - unit * steps
    begin = float(unique[0])
    middle = float(rest.min() + rest.max()) / 2
    if abs(begin - middle) > 0.02 * unit * parts:
        begin = middle
    return steps.astype(np.int64)[back], unit * parts, begin


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


def _step(gaps: Floats, what: str, others: Floats) -> float:
    """Return the smallest gap that is not rounding."""
    real = np.sort(gaps[gaps > 0])
    if len(real) == 0:
        reason = "all points of this one have one place"
        if np.ptp(others) > 0:
            reason = f"this one is a line of {len(others)} points"
        raise InputError(f"a map needs at least two {what}; {reason}")
    weight = np.cumsum(real)
    typical = real[np.searchsorted(weight, weight[-1] / 2)]
    real = real[real > 0.02 * typical]
    # A gap that hardly occurs is a point off its place, not the step.
    ends = np.searchsorted(real, 1.5 * real)
    common = int(np.argmax(ends - np.arange(len(real)) >= _RARE * len(real)))
    return float(np.median(real[common : max(ends[common], common + 1)]))


def _off_grid(axis: str, step: float) -> str:
    return (
        f"points do not lie on a grid: {axis} is not a multiple of the step {step:.6g} um; "
        "export the map as it was measured"
    )
