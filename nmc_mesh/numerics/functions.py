"""Elementary functions whose last bits no processor changes, over arrays of any shape.

numpy has other routines for other vector instructions, and Python's ``math`` and ``**`` call the C
library: their last bits differ between machines. These call the compiled core.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.typing import AnyArray, Floats

Numbers = AnyArray | float | np.floating[Any]


def exp(x: Numbers) -> Floats:
    """Return e^x."""
    return _one(core.exp, x)


def log(x: Numbers) -> Floats:
    """Return the natural logarithm."""
    return _one(core.log, x)


def sin(x: Numbers) -> Floats:
    """Return the sine of radians."""
    return _one(core.sin, x)


def cos(x: Numbers) -> Floats:
    """Return the cosine of radians."""
    return _one(core.cos, x)


def tanh(x: Numbers) -> Floats:
    """Return the hyperbolic tangent."""
    return _one(core.tanh, x)


def cbrt(x: Numbers) -> Floats:
    """Return the cube root."""
    return _one(core.cbrt, x)


def arccos(x: Numbers) -> Floats:
    """Return the angle in [0, pi] whose cosine is x."""
    return _one(core.acos, x)


def power(x: Numbers, y: Numbers) -> Floats:
    """Return x^y."""
    return _two(core.pow, x, y)


def arctan2(y: Numbers, x: Numbers) -> Floats:
    """Return the angle of (x, y), in [-pi, pi]."""
    return _two(core.atan2, y, x)


def hypot(x: Numbers, y: Numbers) -> Floats:
    """Return sqrt(x^2 + y^2)."""
    return _two(core.hypot, x, y)


def _one(function: Callable[..., Any], x: Numbers) -> Floats:
    given = np.ascontiguousarray(x, dtype=np.float64)
    out = np.empty(given.size)
    function(given.reshape(-1), out)
    return out.reshape(np.shape(x))


def _two(function: Callable[..., Any], x: Numbers, y: Numbers) -> Floats:
    first, second = np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64))
    out = np.empty(first.size)
    function(np.ravel(first), np.ravel(second), out)
    return out.reshape(first.shape)
