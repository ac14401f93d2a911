"""Lengths on a grid of a power of two, whose sums with whole periods do not round."""

from __future__ import annotations

import math

import numpy as np

from nmc_mesh.typing import Floats

_BITS = 40  # 1e-12 of a period, and 13 bits to spare for sums (ours)


def tick(period: Floats) -> float:
    """Return the power of two that coordinates beside a period (3,) are multiples of, um.

    It is 2^-40 of the next power of two above the longest one. Multiples of it that are less than
    2^13 periods have fewer bits than a double, and so have their sums and differences.
    """
    return math.ldexp(1.0, math.frexp(float(np.max(period)))[1] - _BITS)
