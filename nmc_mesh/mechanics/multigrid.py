"""Algebraic multigrid by smoothed aggregation, as a preconditioner for many loads at once.

pyamg aggregates unknowns and smooths the interpolation (Vanek, Mandel and Brezina, Computing 56
(1996) 179); the cycle is ours, since its products with all loads at once cost memory traffic once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyamg
from scipy.linalg import eigh_tridiagonal
from scipy.sparse import bsr_matrix

from nmc_mesh.mechanics.sparse_rows import SparseRows
from nmc_mesh.typing import Floats

_COARSEST = 300
_SPREAD = 8.0
"""The smoother damps the upper part of the spectrum, from the largest eigenvalue / 8."""
_STEPS = 12
_MARGIN = 1.05
"""Steps of Lanczos' method that bound the largest eigenvalue, and what is added to it (ours)."""


class VCycle:
    """One V-cycle with Chebyshev smoothing of degree two: z = M r, M symmetric and positive.

    Parameters
    ----------
    matrix
        Sparse, symmetric, positive (semi-)definite, shape (n, n).
    kept
        Fields that cost no energy, which coarse levels have to hold: the constant, or the six
        rigid motions; shape (n, c).
    width
        Unknowns per node, next to each other.
    """

    def __init__(self, matrix: Any, kept: Floats, width: int) -> None:
        # Local weights: the others start from random vectors of numpy's global generator.
        made = pyamg.smoothed_aggregation_solver(
            bsr_matrix(matrix, blocksize=(width, width)),
            B=kept,
            strength=("symmetric", {"theta": 0.0}),
            smooth=("jacobi", {"omega": 4 / 3, "degree": 1, "weighting": "local"}),
            presmoother=None,
            postsmoother=None,
            improve_candidates=None,
            max_coarse=_COARSEST,
        )
        *fine, last = made.levels
        self._levels = [_Level(level) for level in fine]
        # The coarsest matrix is singular where the finest is.
        self._coarsest = np.linalg.pinv(last.A.toarray(), rcond=1e-10, hermitian=True)

    def __call__(self, residual: Floats) -> Floats:
        """Return z of residuals, shape (n, k)."""
        return self._cycle(0, residual)

    def _cycle(self, depth: int, residual: Floats) -> Floats:
        if depth == len(self._levels):
            return np.asarray(self._coarsest @ residual)
        level = self._levels[depth]
        iterate = level.started(residual)
        below = self._cycle(depth + 1, level.down @ (residual - level.matrix @ iterate))
        return level.smoothed(iterate + level.up @ below, residual)


class _Level:
    """Matrix, transfers and smoother of a level."""

    def __init__(self, level: Any) -> None:
        self.matrix, self.up, self.down = map(SparseRows, (level.A, level.P, level.R))
        self._scale = (1 / level.A.diagonal())[:, None]
        self._largest = _MARGIN * self._greatest()

    def _greatest(self) -> float:
        """Largest eigenvalue of the scaled matrix: Lanczos' steps, and what they may be off.

        A greatest Ritz value theta with the last entry s of its vector has an eigenvalue within
        |beta s|, beta the length of what is left (Zhou and Li, Linear Algebra Appl. 435 (2011) 480,
        bound the largest one so). Under the largest eigenvalue the cycle would not be positive.
        """
        root = np.sqrt(self._scale)
        vector = np.random.default_rng(0).standard_normal(root.shape)
        vector /= _length(vector)
        before, beta = np.zeros_like(vector), 0.0
        diagonal, beside = [], []
        for _ in range(min(_STEPS, len(root))):
            after = root * (self.matrix @ (root * vector)) - beta * before
            diagonal.append(float(np.einsum("nk,nk->", after, vector)))
            after -= diagonal[-1] * vector
            beta = _length(after)
            beside.append(beta)
            if beta < 1e-12 * diagonal[0]:
                break
            before, vector = vector, after / beta
        values, vectors = eigh_tridiagonal(diagonal, beside[:-1])
        return float(values[-1] + beta * abs(vectors[-1, -1]))

    def smoothed(self, iterate: Floats, load: Floats) -> Floats:
        """Two steps of Chebyshev's iteration on [largest / 8, largest]."""
        return iterate + self.started(load - self.matrix @ iterate)

    def started(self, load: Floats) -> Floats:
        """The same from zero, which takes one product with the matrix less."""
        middle = 0.5 * self._largest * (1 + 1 / _SPREAD)
        half = 0.5 * self._largest * (1 - 1 / _SPREAD)
        step = self._scale * load
        step /= middle
        ratio = 1 / (2 * middle / half - half / middle)
        left = load - self.matrix @ step
        left *= (2 * ratio / half) * self._scale
        left += (1 + ratio * (half / middle)) * step
        return np.asarray(left)


def _length(vector: Floats) -> float:
    return float(np.sqrt(np.einsum("nk,nk->", vector, vector)))


def rigid_motions(points: Floats) -> Floats:
    """Displacements without strain, x y z x y z ...: three shifts, three turns; shape (3 n, 6)."""
    motions = np.zeros((len(points), 3, 6))
    motions[:, range(3), range(3)] = 1.0
    for k in range(3):
        i, j = (k + 1) % 3, (k + 2) % 3
        motions[:, i, 3 + k], motions[:, j, 3 + k] = -points[:, j], points[:, i]
    return motions.reshape(-1, 6)
