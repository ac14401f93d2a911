"""Shape of the cells of a mesh: dihedral angles, radius ratio, volume."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import one_line
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

    __repr__ = one_line


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
    out = measures(np.asarray(mesh.points), np.ascontiguousarray(mesh.cells[:, :4]))
    return Quality(*(np.ascontiguousarray(out[:, k]) for k in range(4)))


def measures(points: Floats, cells: Ints) -> Floats:
    """The four numbers of `Quality` of every cell, (m, 4), by its corners (m, 4)."""
    out = np.empty((len(cells), 4))
    for_chunks(len(out), CHUNK, lambda i, j: core.measure_cells(points, cells, out, i, j))
    return out
