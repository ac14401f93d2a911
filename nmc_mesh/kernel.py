"""Compiled kernels: one decorator, so that every hot loop is built the same way."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar, cast

import numba
import numpy as np

F = TypeVar("F", bound=Callable[..., Any])
N = TypeVar("N", int, np.int64)


NONE: int = np.int64(-1)  # type: ignore[assignment]
"""Where a search starts. A bare -1 is a type of its own to numba: what takes it, compiles twice."""

ZERO: int = np.int64(0)  # type: ignore[assignment]
"""Where counting starts, for a count that is handed on before it grows; see ``NONE``."""

_compile: Any = partial(
    numba.njit, cache=True, nogil=True, error_model="numpy", no_cfunc_wrapper=True
)


def kernel(function: F) -> F:
    """Compile a function to machine code that runs without the interpreter lock.

    Floating point stays strict (no reassociation, no contraction), so a kernel gives the same
    bytes however the work is split over threads. The machine code is cached on disk.
    """
    return cast(F, _compile(_nrt=True)(function))


def lean(function: F) -> F:
    """Compile a kernel that makes no arrays.

    It counts no references, so a struct of arrays costs nothing to hand over; a ``kernel`` counts
    each of its arrays up and down at every call, by atomic operations that threads wait for.
    """
    return cast(F, _compile(_nrt=False)(function))


def inline(function: F) -> F:
    """Compile a small function into each kernel that calls it."""
    return cast(F, _compile(inline="always")(function))


@lean
def entry(items: Any, n: int) -> int:
    """Return items[n] in the one integer type that kernels pass on, so each is compiled once."""
    return np.int64(items[n])  # type: ignore[return-value]


@inline
def ordered(a: N, b: N, c: N) -> tuple[N, N, N]:
    """Return three numbers in ascending order."""
    if a > b:
        a, b = b, a
    if b > c:
        b, c = c, b
    if a > b:
        a, b = b, a
    return a, b, c
