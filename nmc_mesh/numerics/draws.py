"""Draws of laws from a ``numpy.random.Generator``, the same on every machine.

A generator's whole numbers, and what is made of them without a logarithm (``random``, ``integers``,
``permutation``), are the same everywhere. Its laws call the C library now and then, and numpy may
change them; these take the same from the stream and give the same numbers, by our own arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.typing import Floats

Shape = int | tuple[int, ...]


def generator(seed: int | np.random.Generator) -> np.random.Generator:
    """Return the generator of a seed; one that is handed in as it is.

    Raises
    ------
    InputError
        If it is neither a generator nor a whole number of 0 or more.
    """
    if isinstance(seed, np.random.Generator):
        return seed
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InputError(f"a seed is a whole number of 0 or more, not {seed!r}")
    return np.random.default_rng(int(seed))


def uniform(rng: np.random.Generator, low: float, high: float, shape: Shape) -> Floats:
    """Draw numbers that are uniform on [low, high)."""
    return np.asarray(low + (high - low) * rng.random(shape))


def standard_normal(rng: np.random.Generator, shape: Shape) -> Floats:
    """Draw standard normal numbers (ziggurat of Marsaglia and Tsang)."""
    return _drawn(core.standard_normal, rng, shape)


def standard_t(rng: np.random.Generator, freedom: float, shape: Shape) -> Floats:
    """Draw numbers of Student's t law with ``freedom`` > 0 degrees of freedom."""
    return _drawn(core.standard_t, rng, shape, freedom)


def standard_gamma(rng: np.random.Generator, form: float, shape: Shape) -> Floats:
    """Draw numbers of the gamma law with the parameter ``form`` >= 0 and scale 1."""
    return _drawn(core.standard_gamma, rng, shape, form)


def poisson(rng: np.random.Generator, mean: float) -> int:
    """Draw a number of Poisson's law with 0 <= ``mean`` < 2^53."""
    out = np.empty(1, dtype=np.int64)
    with rng.bit_generator.lock:
        core.poisson(_address(rng), mean, out)
    return int(out[0])


def _drawn(
    law: Callable[..., Any], rng: np.random.Generator, shape: Shape, *parameters: float
) -> Floats:
    out = np.empty(shape)
    with rng.bit_generator.lock:
        law(_address(rng), *parameters, out.reshape(-1))
    return out


def _address(rng: np.random.Generator) -> int:
    """Address of the generator's ``bitgen_t``, which numpy gives to extensions."""
    return int(rng.bit_generator.ctypes.bit_generator.value)
