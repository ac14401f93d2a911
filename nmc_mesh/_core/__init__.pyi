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
