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
