"""Made from core.h by python -m nmc_mesh._core.stub: what the core's functions take."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

def free(
    address: int,
    /,
) -> None:
    """Free the data of an array that the core made."""

def label_points(
    tree: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    labels: NDArray[np.int32],
    /,
) -> None:
    """Write the seed of least cost of points[first:last] to labels, the lowest seed among
    equals."""

def radii(
    table: Any,
    points: NDArray[np.float64],
    radii: NDArray[np.float64],
    /,
) -> None:
    """Write X and its gradient at points, none of them the origin."""

def sides_of_shell(
    table: Any,
    points: NDArray[np.float64],
    first: int,
    last: int,
    sides: NDArray[np.int8],
    /,
) -> None:
    """Write for points[first:last] 1 inside, -1 outside, 0 so close to the shell that the table
    cannot tell."""

def project(
    field: Any,
    names: NDArray[np.int32],
    counts: NDArray[np.int32],
    reach: float,
    places: NDArray[np.float64],
    converged: NDArray[np.bool_],
    /,
) -> None:
    """Move places to where the first counts[i] of their labels have equal F, by Newton; write
    whether that was within reach."""

def count_stars(
    cells: NDArray[np.int32],
    count: NDArray[np.int32],
    /,
) -> None:
    """Add the number of cells at every vertex to count."""

def fill_stars(
    cells: NDArray[np.int32],
    start: NDArray[np.int64],
    count: NDArray[np.int32],
    pool: NDArray[np.int32],
    /,
) -> None:
    """Write the cells of every vertex to pool, from start on; count must be zero before."""

def judge_cells(
    work: Any,
    good: float,
    bad: NDArray[np.bool_],
    first: int,
    last: int,
    /,
) -> None:
    """Mark which of the cells first:last are under good."""

def judge_stars(
    work: Any,
    vertices: NDArray[np.int32],
    good: float,
    bad: NDArray[np.bool_],
    first: int,
    last: int,
    /,
) -> None:
    """Mark anew the cells at vertices[first:last]."""

def vertex_pass(
    field: Any,
    work: Any,
    order: NDArray[np.int32],
    edge: float,
    good: float,
    leave: float,
    seed: int,
    first: int,
    last: int,
    /,
) -> None:
    """Fit and smooth the vertices order[first:last]; edge, and leave from their strata, in
    um."""

def cell_pass(
    field: Any,
    work: Any,
    order: NDArray[np.int32],
    edge: float,
    good: float,
    leave: float,
    seed: int,
    dead: NDArray[np.int64],
    height: int,
    first: int,
    last: int,
    /,
) -> int:
    """Mend the cells order[first:last] that are under good: collapse, flip, smooth. Return the
    height of the stack of dead cells."""

def coarse_pass(
    work: Any,
    order: NDArray[np.int32],
    lengths: NDArray[np.float64],
    edge: float,
    dead: NDArray[np.int64],
    height: int,
    first: int,
    last: int,
    /,
) -> int:
    """Collapse the vertices order[first:last] onto near neighbours, towards the edge lengths
    that are asked for at vertices. Return the height of the stack of dead cells."""

def measure_cells(
    points: NDArray[np.float64],
    cells: NDArray[np.int32],
    shapes: NDArray[np.float64],
    first: int,
    last: int,
    /,
) -> None:
    """Write volume, smallest and largest dihedral angle and radius ratio of the cells
    first:last."""
