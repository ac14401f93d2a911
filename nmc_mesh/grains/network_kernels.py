"""The frame of a seed, for kernels."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import inline
from nmc_mesh.typing import Floats


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
