"""Shape of the cells of a mesh: dihedral angles, radius ratio, volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints

CHUNK = 1 << 16


@dataclass(frozen=True)
class Quality:
    """Shape of every cell of a mesh, by its four corners; each array has the shape (m,).

    Parameters
    ----------
    volume
        (x1 - x0) x (x2 - x0) . (x3 - x0) / 6 in um^3.
    smallest_angle, largest_angle
        Smallest and largest of the six dihedral angles, radians.
    radius_ratio
        3 r_in / R_circum: 1 for the regular tetrahedron, 0 for a flat one.
    """

    volume: Floats
    smallest_angle: Floats
    largest_angle: Floats
    radius_ratio: Floats


@kernel
def measure(points: Floats, cells: Ints, out: Floats, start: int, stop: int) -> None:
    """Write volume, smallest and largest dihedral angle and radius ratio of cells start..stop."""
    p = np.empty((4, 3))
    normals = np.empty((4, 3))
    sizes = np.empty(4)
    for t in range(start, stop):
        for i in range(4):
            for d in range(3):
                p[i, d] = points[cells[t, i], d]
        for i in range(4):
            a, b, c = (i + 1) % 4, (i + 2) % 4, (i + 3) % 4
            sign = 1.0 if i % 2 == 0 else -1.0
            for d in range(3):
                e, f = (d + 1) % 3, (d + 2) % 3
                normals[i, d] = sign * (
                    (p[b, e] - p[a, e]) * (p[c, f] - p[a, f])
                    - (p[b, f] - p[a, f]) * (p[c, e] - p[a, e])
                )
            sizes[i] = np.sqrt(
                normals[i, 0] * normals[i, 0]
                + normals[i, 1] * normals[i, 1]
                + normals[i, 2] * normals[i, 2]
            )
        six = 0.0
        for d in range(3):
            six += normals[0, d] * (p[1, d] - p[0, d])
        low, high = -1.0, 1.0
        for i in range(3):
            for j in range(i + 1, 4):
                dot = 0.0
                for d in range(3):
                    dot -= normals[i, d] * normals[j, d]
                cosine = dot / (sizes[i] * sizes[j])
                low = max(low, cosine)
                high = min(high, cosine)
        out[t, 0] = six / 6.0
        out[t, 1] = np.arccos(min(low, 1.0))
        out[t, 2] = np.arccos(max(high, -1.0))
        out[t, 3] = _radius_ratio(p, six, sizes[0] + sizes[1] + sizes[2] + sizes[3])


@kernel
def _radius_ratio(p: Floats, six: float, area2: float) -> float:
    """3 r / R with r = six / area2, and R from products of opposite edges (Crelle)."""
    edge = np.empty(6)
    n = 0
    for i in range(3):
        for j in range(i + 1, 4):
            edge[n] = np.sqrt(
                (p[i, 0] - p[j, 0]) ** 2 + (p[i, 1] - p[j, 1]) ** 2 + (p[i, 2] - p[j, 2]) ** 2
            )
            n += 1
    a, b, c = edge[0] * edge[5], edge[1] * edge[4], edge[2] * edge[3]
    s = (a + b + c) * (a + b - c) * (a - b + c) * (b + c - a)
    if s <= 0.0:
        return 0.0
    return 3.0 * (six / area2) * (4.0 * six) / np.sqrt(s)


def quality(mesh: TetMesh) -> Quality:
    """Measure every cell of a mesh.

    Parameters
    ----------
    mesh
        Any mesh; of a second-order one the corners count.

    Returns
    -------
    Quality
        Four arrays of shape (m,).
    """
    out = np.empty((len(mesh.cells), 4))
    cells = np.ascontiguousarray(mesh.cells[:, :4])
    for_chunks(len(out), CHUNK, lambda i, j: measure(np.asarray(mesh.points), cells, out, i, j))
    return Quality(*(np.ascontiguousarray(out[:, k]) for k in range(4)))
