"""Linear elements: gradients, volumes, assembly, and the solution of symmetric systems."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mesh.phases import check_solids
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

DIRECT_LIMIT = 2_000
"""Unknowns up to which systems are factorized; larger ones are solved by iteration."""
OFTEN_LIMIT = 20_000
"""The same for a matrix that is solved with hundreds of times (ours: a second, 100 MB)."""
_EDGES = np.array([[0, 1], [0, 2], [0, 3], [1, 2], [1, 3], [2, 3]])


def check_body(mesh: TetMesh, known: Collection[str] = ()) -> None:
    """Refuse cells of second order, and of phases that are not known: see `check_solids`.

    Nodes in the middle of edges would be unknowns of no element.

    Raises
    ------
    InputError
        If the mesh is of second order, or has cells that are of no grain.
    """
    check_solids(mesh, known)
    if mesh.order != 1:
        raise InputError(
            "these finite elements are linear; give them the mesh of first order "
            "(nmc-mesh generate --order 1)"
        )


def gradients(points: Floats, cells: Ints) -> tuple[Floats, Floats]:
    """Volume of every cell and gradients of its four shape functions.

    Returns
    -------
    volumes, slopes
        um^3, shape (m,); 1/um, shape (m, 4, 3).
    """
    corners = points[cells[:, :4]]
    edges = corners[:, 1:] - corners[:, :1]
    slopes = np.empty((len(cells), 4, 3))
    slopes[:, 1:] = np.swapaxes(np.linalg.inv(edges), 1, 2)
    slopes[:, 0] = -slopes[:, 1:].sum(axis=1)
    return np.linalg.det(edges) / 6, slopes


def triangle_areas(points: Floats, triangles: Ints) -> Floats:
    """Area of every triangle, um^2, shape (k,)."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return 0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1)


class Pattern(NamedTuple):
    """Which entries of a matrix of nodes are not 0, for cells of four corners."""

    places: Longs
    """Entry of each of the 16 pairs of corners of every cell, (16 m,)."""
    columns: Longs
    """Column of every entry, rows one after the other, ascending in each."""
    starts: Longs
    """First entry of every row, and their number, (n + 1,)."""

    @classmethod
    def of(cls, cells: Ints, nodes: int) -> Pattern:
        """Every pair of nodes of a cell once.

        Edges are found first, from either end, then both of their pairs: sorting takes the time.
        """
        corners = cells.astype(np.int64)
        ends = corners[:, _EDGES]
        edges, numbers = np.unique(ends.min(axis=2) * nodes + ends.max(axis=2), return_inverse=True)
        low, high = np.divmod(edges, nodes)
        diagonal = np.arange(nodes) * (nodes + 1)
        pairs = np.concatenate([diagonal, edges, high * nodes + low])
        order = np.argsort(pairs)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        places = np.empty((len(cells), 4, 4), dtype=np.int64)
        places[:, range(4), range(4)] = rank[corners]
        upper = nodes + numbers.reshape(-1, 6)
        lower = upper + len(edges)
        rises = ends[:, :, 0] < ends[:, :, 1]
        first, last = _EDGES.T
        places[:, first, last] = rank[np.where(rises, upper, lower)]
        places[:, last, first] = rank[np.where(rises, lower, upper)]
        rows, columns = np.divmod(pairs[order], nodes)
        counts = np.bincount(rows, minlength=nodes)
        return cls(places.ravel(), columns, np.concatenate([[0], np.cumsum(counts)]))

    def matrix(self, local: Floats) -> csc_array:
        """Sum symmetric local matrices, shape (m, 4, 4); by rows or by columns is the same."""
        values = np.bincount(self.places, local.ravel(), len(self.columns))
        count = len(self.starts) - 1
        return csc_array((values, self.columns, self.starts), shape=(count, count))


def assembled(local: Floats, unknowns: AnyArray, count: int) -> csc_array:
    """Sum local matrices, shape (m, k, k), into the rows and columns ``unknowns``, (m, k)."""
    rows = np.broadcast_to(unknowns[:, :, None], local.shape)
    columns = np.broadcast_to(unknowns[:, None, :], local.shape)
    entries = (local.ravel(), (rows.ravel(), columns.ravel()))
    return csc_array(coo_array(entries, shape=(count, count)))


def summed(local: Floats, unknowns: AnyArray, count: int) -> Floats:
    """Sum local vectors, shape (m, k), into the entries ``unknowns``, (m, k)."""
    return np.bincount(unknowns.ravel(), local.ravel(), count).astype(np.float64, copy=False)


def of_nodes(nodes: Ints) -> AnyArray:
    """Unknowns of displacements of nodes, x y z x y z ..., shape (m, 3 k) from (m, k)."""
    return (3 * nodes[:, :, None] + np.arange(3)).reshape(len(nodes), -1)


def factorized(matrix: Any) -> Callable[[Floats], Floats]:
    """Factorize a symmetric positive definite matrix; the function takes one load or columns."""
    # Of a symmetric pattern, without pivots: half the fill, and the time, of COLAMD's.
    factors = splu(
        csc_array(matrix),
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    )
    return lambda load: np.asarray(factors.solve(load))


def solver(matrix: Any, tolerance: float = 1e-11) -> Callable[[Floats], Floats]:
    """Prepare the solution of A x = b for a symmetric positive definite matrix.

    Up to ``DIRECT_LIMIT`` unknowns A is factorized once; beyond, every call iterates by conjugate
    gradients, scaled by the diagonal, until the residual is ``tolerance`` of b.
    """
    if matrix.shape[0] <= DIRECT_LIMIT:
        factors = splu(csc_array(matrix), permc_spec="COLAMD")
        return lambda load: factors.solve(load)
    rows = matrix.tocsr()
    return lambda load: iterated(rows, load[:, None], tolerance)[:, 0]
