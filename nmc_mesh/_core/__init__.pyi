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

def exp(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write e^x."""

def expm1(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write e^x - 1."""

def log(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the natural logarithm of x."""

def log1p(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the natural logarithm of 1 + x."""

def tanh(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the hyperbolic tangent of x."""

def sin(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the sine of x radians."""

def cos(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the cosine of x radians."""

def acos(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the angle in [0, pi] whose cosine is x."""

def asin(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the angle in [-pi/2, pi/2] whose sine is x."""

def cbrt(
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the cube root of x."""

def sincos(
    x: NDArray[np.float64],
    sine: NDArray[np.float64],
    cosine: NDArray[np.float64],
    /,
) -> None:
    """Write the sine and the cosine of x radians."""

def pow(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write x^y."""

def atan2(
    y: NDArray[np.float64],
    x: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write the angle of (x, y), in [-pi, pi]."""

def hypot(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    out: NDArray[np.float64],
    /,
) -> None:
    """Write sqrt(x^2 + y^2)."""
