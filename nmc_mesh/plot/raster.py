"""Triangles to pixels: orthographic projection, depth buffer, a cut decided per pixel."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
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
    _fill(np.ascontiguousarray(corners), walls, seen, nearness)
    return seen, nearness


@kernel
def _fill(corners: Floats, walls: Ints, seen: Ints, nearness: Floats) -> None:
    height, width = seen.shape
    for t in range(len(corners)):
        a, b, c = corners[t, 0], corners[t, 1], corners[t, 2]
        area = (b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])
        if area == 0.0:
            continue
        first_row = max(0, int(np.ceil(min(a[1], b[1], c[1]))))
        last_row = min(height - 1, int(np.floor(max(a[1], b[1], c[1]))))
        first_column = max(0, int(np.ceil(min(a[0], b[0], c[0]))))
        last_column = min(width - 1, int(np.floor(max(a[0], b[0], c[0]))))
        for row in range(first_row, last_row + 1):
            for column in range(first_column, last_column + 1):
                v = ((column - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (row - a[1])) / area
                w = ((b[0] - a[0]) * (row - a[1]) - (column - a[0]) * (b[1] - a[1])) / area
                u = 1.0 - v - w
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                near = u * a[2] + v * b[2] + w * c[2]
                if near <= nearness[row, column]:
                    continue
                inside = 0
                for k in range(3):
                    if k == walls[t] or u * a[3 + k] + v * b[3 + k] + w * c[3 + k] > 0.0:
                        inside += 1
                if (inside == 3) == (walls[t] >= 0):
                    nearness[row, column] = near
                    seen[row, column] = t
