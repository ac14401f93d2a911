"""Compiled loops of the mark network: what a seed sees, and layers in single precision.

Sums go in the order of the inputs and nothing is reassociated, so the marks are the same bytes on
any machine and any number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.kernel import inline, kernel
from nmc_mesh.typing import Floats, Ints, Longs

_STEP = 8  # rows of a weight matrix that one pass over the outputs takes


@kernel
def features(
    seeds: Floats,
    noise: Floats,
    turns: Floats,
    neighbours: Ints,
    asked: Longs,
    length: float,
    radius: float,
    out: Any,
) -> None:
    """Write the inputs of the network for the asked seeds to ``out`` (m, width), float32.

    Five numbers per neighbour j: Q_i (s_j - s_i) / length, sqrt(12) (n_j - 1/2), which has mean 0
    and variance 1; zeros where there is no neighbour. If radius > 0, 4 min(|s_i| / radius - 1, 1).
    """
    deviation = np.sqrt(12.0)
    frame = np.empty((3, 3))
    for m in range(len(asked)):
        i = asked[m]
        frame_of(seeds[i, 0], seeds[i, 1], seeds[i, 2], turns[i], frame)
        for k in range(neighbours.shape[1]):
            j = neighbours[m, k]
            if j < 0:
                for c in range(5):
                    out[m, 5 * k + c] = 0.0
                continue
            u = (seeds[j, 0] - seeds[i, 0]) / length
            v = (seeds[j, 1] - seeds[i, 1]) / length
            w = (seeds[j, 2] - seeds[i, 2]) / length
            for c in range(3):
                out[m, 5 * k + c] = frame[c, 0] * u + frame[c, 1] * v + frame[c, 2] * w
            out[m, 5 * k + 3] = deviation * (noise[j, 0] - 0.5)
            out[m, 5 * k + 4] = deviation * (noise[j, 1] - 0.5)
        last = 5 * neighbours.shape[1]
        if radius > 0.0:
            size = np.sqrt(seeds[i, 0] ** 2 + seeds[i, 1] ** 2 + seeds[i, 2] ** 2)
            out[m, last] = 4.0 * min(size / radius - 1.0, 1.0)
            last += 1
        for c in range(last, out.shape[1]):
            out[m, c] = 0.0


@inline
def frame_of(x: float, y: float, z: float, turn: float, frame: Floats) -> None:
    """Write Q = R_{e1, turn} (2 a a^T - I), a parallel to s / |s| + e1, as `GBPD.radial` has it."""
    size = np.sqrt(x * x + y * y + z * z)
    a, b, c = 2.0, 0.0, 0.0
    if size > 0.0:
        a, b, c = x / size + 1.0, y / size, z / size
    norm = np.sqrt(a * a + b * b + c * c)
    if norm < 1e-8:
        a, b, c, norm = 0.0, 1.0, 0.0, 1.0
    a, b, c = a / norm, b / norm, c / norm
    cosine, sine = np.cos(turn), np.sin(turn)
    frame[0, 0], frame[0, 1], frame[0, 2] = 2.0 * a * a - 1.0, 2.0 * a * b, 2.0 * a * c
    y0, y1, y2 = 2.0 * b * a, 2.0 * b * b - 1.0, 2.0 * b * c
    z0, z1, z2 = 2.0 * c * a, 2.0 * c * b, 2.0 * c * c - 1.0
    frame[1, 0], frame[1, 1], frame[1, 2] = (
        cosine * y0 - sine * z0,
        cosine * y1 - sine * z1,
        cosine * y2 - sine * z2,
    )
    frame[2, 0], frame[2, 1], frame[2, 2] = (
        sine * y0 + cosine * z0,
        sine * y1 + cosine * z1,
        sine * y2 + cosine * z2,
    )


@kernel
def layer(x: Any, weights: Any, bias: Any, y: Any, rectified: bool) -> None:
    """Write y = x W + b, or its positive part, all float32: x (m, n), W (n, k), y (m, k).

    Inputs that are 0, half of them after a rectified layer, cost nothing.
    """
    zero = np.float32(0.0)
    here = np.empty(len(weights) + _STEP, np.int64)
    value = np.zeros(len(weights) + _STEP, np.float32)
    for m in range(len(x)):
        count = 0
        for k in range(len(weights)):
            here[count] = k
            value[count] = x[m, k]
            count += x[m, k] != zero
        for k in range(count, count + _STEP):  # what is left of the last pass adds nothing
            here[k] = 0
            value[k] = zero
        out = y[m]
        out[:] = bias
        for k in range(0, count, _STEP):
            a, b, c, d = (
                weights[here[k]],
                weights[here[k + 1]],
                weights[here[k + 2]],
                weights[here[k + 3]],
            )
            e, f, g, h = (
                weights[here[k + 4]],
                weights[here[k + 5]],
                weights[here[k + 6]],
                weights[here[k + 7]],
            )
            t0, t1, t2, t3 = value[k], value[k + 1], value[k + 2], value[k + 3]
            t4, t5, t6, t7 = value[k + 4], value[k + 5], value[k + 6], value[k + 7]
            for j in range(len(out)):
                out[j] = (
                    out[j] + t0 * a[j] + t1 * b[j] + t2 * c[j] + t3 * d[j]
                    + t4 * e[j] + t5 * f[j] + t6 * g[j] + t7 * h[j]
                )  # fmt: skip
        if rectified:
            for j in range(len(out)):
                out[j] = max(out[j], zero)
