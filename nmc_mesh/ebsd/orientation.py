"""Orientations as quaternions, and the angle between two of them under a crystal's symmetry."""

from __future__ import annotations

import numpy as np

from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.typing import AnyArray, Floats


def quaternions(angles: AnyArray) -> Floats:
    """Return q = q_z(phi1) q_x(Phi) q_z(phi2), which takes the crystal's frame to the sample's.

    Parameters
    ----------
    angles
        Bunge's angles phi1, Phi, phi2 in radians, shape (..., 3).

    Returns
    -------
    Unit quaternions (w, x, y, z), shape (..., 4).
    """
    first, middle, last = np.moveaxis(np.asarray(angles, dtype=np.float64), -1, 0) / 2
    c, s = np.cos(middle), np.sin(middle)
    plus, minus = first + last, first - last
    return np.stack([c * np.cos(plus), s * np.cos(minus), s * np.sin(minus), c * np.sin(plus)], -1)


def disorientations(first: Floats, second: Floats, phase: Phase) -> Floats:
    """Return 2 arccos max_g |<first* second, g>| over the rotations g of the phase, in radians.

    The scalar part of g1 q g2 depends on g2 g1 alone, so one loop over the group is enough.

    Parameters
    ----------
    first, second
        Unit quaternions (w, x, y, z), shape (m, 4).
    phase
        Phase of both.
    """
    w1, x1, y1, z1 = first.T
    w2, x2, y2, z2 = second.T
    between = np.stack(
        [
            w1 * w2 + x1 * x2 + y1 * y2 + z1 * z2,
            w1 * x2 - x1 * w2 - y1 * z2 + z1 * y2,
            w1 * y2 - y1 * w2 - z1 * x2 + x1 * z2,
            w1 * z2 - z1 * w2 - x1 * y2 + y1 * x2,
        ]
    )
    closest = np.zeros(len(first))
    for rotation in phase.rotations:
        np.maximum(closest, np.abs(rotation @ between), out=closest)
    angles: Floats = 2.0 * np.arccos(np.minimum(closest, 1.0))
    return angles
