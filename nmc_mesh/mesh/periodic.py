"""Meshes of one period of a periodic polycrystal: which nodes are one node, a period apart.

Such a mesh is a cell of the tiling of space by its own translates. Its border is a seam: faces of
cells, not planes. For every node on the seam there are others that are the same place of the
tiling; their coordinates differ by whole periods to the last bit, as all are multiples of one power
of two, see `nmc_mesh.numerics.ticks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import determinants
from nmc_mesh.typing import Bools, Floats, Ints, Longs

_SLACK = 0.4
"""Ticks that points may be off: 13 digits of a file round by a third of one, other changes more."""
_FILLED = 1e-9
"""Share of a period that rounding may leave out."""
_FACES = np.array([[1, 2, 3], [2, 3, 0], [3, 0, 1], [0, 1, 2]])


class Glued(NamedTuple):
    """Of every point, the first point that is the same place of the tiling, and how it differs.

    ``points[v] == points[first[v]] + periods.moves(shift[v])``, to the last bit, unless a file of
    few digits was between.
    """

    first: Ints
    shift: Longs


def glued(points: Floats, cells: Ints, periods: Periods) -> Glued:
    """Find the points that are one place of the tiling; only points on the seam can be.

    Parameters
    ----------
    points, cells
        Of one period: um, (n, 3); corners, (m, 4).
    periods
        Of the tiling.

    Raises
    ------
    InputError
        If points on the seam are off the ticks that they were made on.
    """
    seam = np.flatnonzero(seam_points(cells, len(points)))
    place = np.rint(points[seam] / periods.unit).astype(np.int64)
    if (np.abs(points[seam] / periods.unit - place) > _SLACK).any():
        raise InputError(
            "the points of this periodic mesh were moved or rounded since it was made, so nodes a "
            "period apart are not known any more; make it again, or take the file it was written to"
        )
    turns, rest = periods.residues(place)
    # Stable: among equals the lowest number comes first.
    order = np.lexsort(rest.T)
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (np.diff(rest[order], axis=0) != 0).any(axis=1)
    leader = order[np.flatnonzero(new)[np.cumsum(new) - 1]]
    first = np.arange(len(points), dtype=np.int32)
    first[seam[order]] = seam[leader]
    shift = np.zeros((len(points), 3), dtype=np.int64)
    shift[seam[order]] = turns[order] - turns[leader]
    return Glued(first, shift)


def seam_points(cells: Ints, count: int) -> Bools:
    """Whether a point is on a face that has one cell, of every point."""
    across = neighbours(cells, count)
    cell, face = np.nonzero(across < 0)
    on_seam = np.zeros(count, dtype=np.bool_)
    on_seam[cells[cell[:, None], _FACES[face]]] = True
    return on_seam


def without_period(info: Mapping[str, Any]) -> dict[str, Any]:
    """What a mesh knows, without its period: doubled nodes have no partners."""
    return {name: value for name, value in info.items() if name not in ("period", "seam")}


class PeriodicPairs(NamedTuple):
    """Nodes a whole number of periods apart: x_s = x_m + k L, with L the vectors of the period.

    ``master`` and ``slave`` (k,) are nodes, ``shift`` (k, 3) the whole numbers k: of a box k L is
    (k_1 L_1, k_2 L_2, k_3 L_3), of other vectors k_1 L_1 + k_2 L_2 + k_3 L_3. Every node is a slave
    at most once, and no master is a slave.
    """

    master: Ints
    slave: Ints
    shift: Ints


def periods_of(mesh: TaggedMesh) -> Periods | None:
    """Return the periods of a mesh; None if it is of no periodic tessellation."""
    known = mesh.info.get("period")
    return None if known is None else Periods(known)


def periodic_pairs(mesh: TaggedMesh) -> PeriodicPairs:
    """Return the pairs of nodes of a periodic mesh that are one node of the tiling.

    Coordinates of a pair differ by whole periods to the last bit: x_s - x_m = k L, k whole. So a
    condition u_s = u_m + G k L for every pair makes a field periodic but for the mean gradient G.

    Parameters
    ----------
    mesh
        Made by `tetrahedralize_periodic`, or read from a file of one; where a format has but 13
        digits (.inp) pairs are right, and as exact as these.

    Returns
    -------
    PeriodicPairs
        Ordered by slave.

    Raises
    ------
    InputError
        If the mesh is of no periodic tessellation, of second order, or its points were moved.

    Examples
    --------
    >>> cell = nmc_mesh.PeriodicCell(nmc_mesh.GBPD([[0.5, 0.5, 0.5]], [np.eye(3)], [0.0]), 1.0)
    >>> mesh = nmc_mesh.tetrahedralize_periodic(cell, 0.125)
    >>> master, slave, shift = nmc_mesh.periodic_pairs(mesh)
    >>> apart = mesh.points[slave] - mesh.points[master]
    >>> np.array_equal(apart, shift * mesh.info["period"]), len(slave) > 100
    (True, True)
    """
    periods = periods_of(mesh)
    if periods is None:
        raise InputError(
            "the mesh has no period; make a periodic one: tetrahedralize_periodic(cell)"
        )
    if mesh.order != 1 or mesh.cells.shape[1] != 4:
        raise InputError("nodes a period apart are known of tetrahedra of first order only")
    first, shift = glued(mesh.points, mesh.cells, periods)
    slave = np.flatnonzero(first != np.arange(len(first))).astype(np.int32)
    return PeriodicPairs(first[slave], slave, shift[slave].astype(np.int32))


def seam_facets(mesh: TetMesh) -> Ints:
    """Return which facets of the seam are one triangle of the tiling: numbers of facets, (k, 2).

    Facets beside what has no cells (label 0, voids) are no seam, and have no partner.

    Parameters
    ----------
    mesh
        Of one period, of first order.

    Raises
    ------
    InputError
        If the mesh is of no periodic tessellation, or facets have no partner though cells fill the
        period.
    """
    pairs = periodic_pairs(mesh)
    first = np.arange(len(mesh.points), dtype=np.int32)
    first[pairs.slave] = pairs.master
    outer = np.flatnonzero(mesh.outer)
    names = np.sort(first[mesh.facets[outer]], axis=1)
    order = np.lexsort(names.T)
    same = (names[order[1:]] == names[order[:-1]]).all(axis=1)
    met = np.flatnonzero(same)
    if 2 * len(met) != len(outer) and is_filled(mesh):
        raise InputError("facets on the seam of this periodic mesh fit no other; make it again")
    both = np.stack([outer[order[met]], outer[order[met + 1]]], axis=1)
    return np.sort(both, axis=1).astype(np.int32)


def is_filled(mesh: TetMesh) -> bool:
    """Whether cells fill the period of a mesh, with nothing left out."""
    periods = periods_of(mesh)
    corners = mesh.points[mesh.cells[:, :4]]
    volume = float(determinants(corners[:, 1:] - corners[:, :1]).sum()) / 6.0
    return periods is not None and abs(volume / periods.volume - 1.0) < _FILLED
