"""Sparse matrices times a few columns, which iterations spend their time with."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.sparse import csr_array

from nmc_mesh import _core as core
from nmc_mesh.typing import Floats


class SparseRows:
    """A sparse matrix that is multiplied by a few columns many times: ``rows @ x``, x (n, k).

    Each entry is summed in the order of the row, nothing fused, as scipy does, whose loop takes two
    to three times as long where there are two columns or more; of one column it is scipy's.

    Parameters
    ----------
    matrix
        Of scipy, shape (m, n), n below 2^31.
    """

    def __init__(self, matrix: Any) -> None:
        rows = self._rows = csr_array(matrix)
        self._starts = np.asarray(rows.indptr, dtype=np.int64)
        self._columns = np.asarray(rows.indices, dtype=np.int32)
        self._values = np.asarray(rows.data, dtype=np.float64)

    def __matmul__(self, columns: Floats) -> Floats:
        """Return the product, shape (m, k)."""
        given = np.ascontiguousarray(columns, dtype=np.float64)
        if given.shape[1] == 1:
            return np.asarray(self._rows @ given)
        count = len(self._starts) - 1
        out = np.empty((count, given.shape[1]))
        core.sparse_matmul(0, count, self._starts, self._columns, self._values, given, out)
        return out
