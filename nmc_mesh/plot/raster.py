"""Triangles to pixels: orthographic projection, depth buffer, a cut decided per pixel."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.typing import Floats, Ints


def rasterize(corners: Floats, walls: Ints, width: int, height: int) -> tuple[Ints, Floats]:
    """Return which triangle is seen in every pixel, and how near it is.

    Parameters
    ----------
    corners
        Shape (t, 3, 6): per corner the pixel column and row, the nearness (larger is nearer), and
        the three coordinates in the frame of the cut, whose positive octant is taken away.
    walls
        Shape (t,): -1 for a triangle of the surface, seen where it is outside the octant; k in
        0..2 for one that lies in the plane coordinate k = 0, seen where the other two are positive.
    width, height
        Size of the image in pixels.

    Returns
    -------
    seen, nearness
        Shape (height, width): triangle number or -1, and its nearness or -inf.
    """
    seen = np.full((height, width), -1, dtype=np.int32)
    nearness = np.full((height, width), -np.inf)
    core.rasterize(np.ascontiguousarray(corners), walls, seen, nearness)
    return seen, nearness
