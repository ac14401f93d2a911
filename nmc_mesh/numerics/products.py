"""Products, eigenvectors and quadrature in one fixed order, where BLAS and LAPACK choose their own.

numpy's own sums, ``add.reduce`` and what is made of it, have one order on every processor;
``sum``, ``mean`` and ``norm`` along an axis may stay where these would be slower.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import frozen
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats

_ROWS = 64
_SMALL = 1 << 18  # products of numbers that are not worth a second thread


def matmul(a: AnyArray, b: AnyArray) -> Floats:
    """Return the product of (m, k) and (k, n), or (k,) and then (m,); (k,) before works too.

    Each entry is summed in ascending order of k, nothing fused.
    """
    left, right = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    rows = np.ascontiguousarray(left if left.ndim == 2 else left[None])
    columns = np.ascontiguousarray(right if right.ndim == 2 else right[:, None])
    out = np.empty((rows.shape[0], columns.shape[1]))
    chunk = _ROWS if rows.size * columns.shape[1] > _SMALL else max(len(rows), 1)
    for_chunks(len(rows), chunk, lambda i, j: core.matmul(rows[i:j], columns, out[i:j]))
    return out.reshape(left.shape[:-1] + right.shape[1:])


def dot(a: AnyArray, b: AnyArray) -> Floats:
    """Return the sums of products along the last axis, of arrays that broadcast; shape (...).

    Of three products the first and the third are added first, which is what numpy's ``einsum`` did
    on x86, in vectors of two; of others numpy's ``sum``.
    """
    terms: Floats = np.asarray(a) * np.asarray(b)
    if terms.shape[-1] == 3:
        return np.asarray((terms[..., 0] + terms[..., 2]) + terms[..., 1])
    return np.asarray(terms.sum(axis=-1))


def determinants(matrices: AnyArray) -> Floats:
    """Return the determinants of matrices (..., 3, 3): the product of three rows."""
    m = np.asarray(matrices, dtype=np.float64)
    return dot(np.cross(m[..., 0, :], m[..., 1, :]), m[..., 2, :])


class Eigen(NamedTuple):
    """``values`` (n, d), ascending; ``vectors`` (n, d, d): row [i, k] belongs to value [i, k].

    The entry of largest size of every vector is positive, the first of them among equals.
    """

    values: Floats
    vectors: Floats


def symmetric_eigen(matrices: AnyArray) -> Eigen:
    """Return what LAPACK's ``eigh`` finds, of symmetric matrices (n, d, d), d = 2 or 3."""
    given = np.ascontiguousarray(matrices, dtype=np.float64)
    eigen = Eigen(np.empty(given.shape[:2]), np.empty(given.shape))
    core.symmetric_eigen(given, eigen.values, eigen.vectors)
    return eigen


@lru_cache(maxsize=8)
def gauss_rule(count: int) -> tuple[Floats, Floats]:
    """Return the nodes of Gauss's rule on [-1, 1], ascending, and their weights; read-only."""
    nodes, weights = np.empty(count), np.empty(count)
    core.gauss_rule(nodes, weights)
    return frozen(nodes), frozen(weights)
