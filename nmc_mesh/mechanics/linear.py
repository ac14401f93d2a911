"""Linear elements: gradients, volumes, assembly, and the solution of symmetric systems."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array
from scipy.sparse.linalg import splu

from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mesh.phases import check_solids
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints

DIRECT_LIMIT = 2_000
"""Unknowns up to which systems are factorized; larger ones are solved by iteration."""


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
