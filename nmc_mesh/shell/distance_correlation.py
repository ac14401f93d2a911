"""The empirical distance correlation coefficient in O(n log n)."""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Floats


def distance_correlation(first: AnyArray, second: AnyArray) -> float:
    """EDCC = sqrt(dCov^2(x, y) / sqrt(dCov^2(x, x) dCov^2(y, y))), in [0, 1].

    With a_ij = |x_i - x_j|, b_ij = |y_i - y_j| and dots for sums over an index,
    dCov^2(x, y) = (a_ij b_ij)/n^2 - 2 (a_i. b_i.)/n^3 + a_.. b_../n^4 (summed over i, j). It is
    zero only if x and y are independent; of a sample it is about n^(-1/2) then.

    Parameters
    ----------
    first, second
        Numbers of shape (n,), n >= 2.

    Raises
    ------
    InputError
        If the shapes differ, there are fewer than two numbers, or all of one side are equal.

    References
    ----------
    G. J. Szekely, M. L. Rizzo, N. K. Bakirov, Ann. Statist. 35 (2007), doi
    10.1214/009053607000000505; the sums over pairs by a sort and a Fenwick tree.
    """
    x, y = (np.ascontiguousarray(side, dtype=np.float64) for side in (first, second))
    if x.ndim != 1 or x.shape != y.shape or len(x) < 2:
        raise InputError(f"two rows of equal length are compared, not {x.shape} and {y.shape}")
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        raise InputError("the distance correlation of a constant is not defined")
    both, alone_x, alone_y = _covariance(x, y), _covariance(x, x), _covariance(y, y)
    return float(np.sqrt(max(both, 0.0) / np.sqrt(alone_x * alone_y)))


def _covariance(x: Floats, y: Floats) -> float:
    x, y = x - x.mean(), y - y.mean()
    n = float(len(x))
    order = np.argsort(x, kind="stable")
    ranks = np.empty(len(x), dtype=np.int64)
    ranks[np.argsort(y[order], kind="stable")] = np.arange(len(x))
    products = 2.0 * core.pair_sum(x[order], y[order], ranks)
    a, b = _row_sums(x), _row_sums(y)
    return float(products / n**2 - 2.0 * (a @ b) / n**3 + a.sum() * b.sum() / n**4)


def _row_sums(x: Floats) -> Floats:
    """sum_j |x_i - x_j| for every i."""
    order = np.argsort(x, kind="stable")
    ordered = x[order]
    below = np.cumsum(ordered) - ordered
    ranks = np.arange(len(x))
    sums = np.empty(len(x))
    sums[order] = (2 * ranks - len(x) + 1) * ordered + (ordered.sum() - ordered) - 2 * below
    return sums
