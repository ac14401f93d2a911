"""Voids in a particle: what their walls carry, which is nothing, and how much room they take."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import named, numbering, occurring
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import Floats, Ints

_CLOSED = 1e-9  # of the area: what a sum of normals over a closed wall may round to


class Voids(NamedTuple):
    """Walls of voids that are closed: corners of their triangles, (k, 3), and their volume, um^3.

    Normals point into the void. Where a void opens to the outside, its wall is outer surface to a
    load that is the same everywhere: else the load would not be in balance.
    """

    walls: Ints
    volume: float


def closed_voids(mesh: TetMesh) -> Voids:
    """Find the voids without cells that solids close in: V = -1/3 sum of x . n dA over a wall.

    Corners are numbered as `nmc_mesh.mechanics.homogenize_operator.corners` numbers them.
    """
    there = mesh.walls
    facets, labels = mesh.facets[there, :3], mesh.facet_grains[there, 1]
    if not len(facets):
        return Voids(np.empty((0, 3), dtype=np.int32), 0.0)
    a, b, c = (mesh.points[facets[:, k]] for k in range(3))
    normals = 0.5 * np.cross(b - a, c - a)
    _, row = occurring(labels)
    sums = np.stack([np.bincount(row, normals[:, k]) for k in range(3)], axis=1)
    area = np.bincount(row, np.sqrt(dot(normals, normals)))
    own = (np.sqrt(dot(sums, sums)) <= _CLOSED * area)[row]
    volume = -float(dot((a + b + c)[own] / 3, normals[own]).sum()) / 3
    number = numbering(named(mesh.cells[:, :4], len(mesh.points)))
    return Voids(number[facets[own]].astype(np.int32), volume)


def wall_loads(points: Floats, walls: Ints, count: int) -> Floats:
    """Load of every unit flux (stress) through walls: the integral of v . t_i, (unknowns, count).

    With the normal n a unit flux e_i gives t_i = n_i, a unit stress the traction sigma_i n, in the
    order xx yy zz yz xz xy.

    Parameters
    ----------
    points, walls
        Corners, um (n, 3), and the triangles that name them, (k, 3).
    count
        3 for fluxes, 6 for stresses.
    """
    a, b, c = (points[walls[:, k]] for k in range(3))
    x, y, z = np.cross(b - a, c - a).T / 6  # a third of the area to every corner
    zero = np.zeros_like(x)
    tractions: list[tuple[Floats, ...]] = [(x,), (y,), (z,)]
    if count == 6:
        tractions = [
            (x, zero, zero), (zero, y, zero), (zero, zero, z),
            (zero, z, y), (z, zero, x), (y, x, zero),
        ]  # fmt: skip
    width = len(tractions[0])
    loads = np.zeros((len(points), width, count))
    for k, traction in enumerate(tractions):
        for axis, part in enumerate(traction):
            loads[:, axis, k] = np.bincount(
                walls.ravel(), np.repeat(part, 3), minlength=len(points)
            )
    return loads.reshape(len(points) * width, count)
