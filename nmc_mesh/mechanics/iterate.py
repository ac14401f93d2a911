"""Conjugate gradients for many loads at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from nmc_mesh.errors import ResourceError
from nmc_mesh.mechanics.sparse_rows import SparseRows
from nmc_mesh.typing import Floats

_MOST_STEPS = 20_000


def iterated(
    matrix: Any,
    loads: Floats,
    tolerance: float = 1e-7,
    precondition: Callable[[Floats], Floats] | None = None,
) -> Floats:
    """Solve A x = b for every column b, A symmetric and positive (semi-)definite.

    Every column has its own conjugate gradients; they share the products with A, which costs memory
    traffic once. Where A is singular the loads must lie in its
    range, and so does the result, up to what the scaling adds of the null space. Sums are taken in
    one order, so that the bytes do not depend on threads.

    Parameters
    ----------
    matrix
        Sparse, shape (n, n).
    loads
        Shape (n, k).
    tolerance
        Largest residual, relative to its load; energies err by its square.
    precondition
        Symmetric and positive, takes residuals (n, k); the inverse diagonal of A if there is none.

    Raises
    ------
    ResourceError
        If a column does not converge.
    """
    if precondition is None:
        scale = (1 / matrix.diagonal())[:, None]

        def precondition(residual: Floats) -> Floats:
            return np.asarray(scale * residual)

    rows = SparseRows(matrix)
    solutions = np.zeros_like(loads)
    left = loads.copy()
    scaled = precondition(left)
    towards = scaled.copy()
    square = _products(left, scaled)
    goal = tolerance**2 * _products(loads, loads)
    for _ in range(_MOST_STEPS):
        going = _products(left, left) > goal
        if not going.any():
            return solutions
        pushed = rows @ towards
        denominator = _products(towards, pushed)
        step = np.where(going, square / np.where(denominator > 0, denominator, 1.0), 0.0)
        solutions += step * towards
        left -= step * pushed
        scaled = precondition(left)
        before, square = square, _products(left, scaled)
        towards = (
            scaled + np.where(before > 0, square / np.where(before > 0, before, 1), 0) * towards
        )
    raise ResourceError(
        f"conjugate gradients did not converge in {_MOST_STEPS} steps; use a coarser mesh, or one "
        "with better cells"
    )


def _products(first: Floats, second: Floats) -> Floats:
    return np.asarray(np.einsum("nk,nk->k", first, second))
