"""Regression of what is simulated on the numbers of a family, and draws of a posterior with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.typing import AnyArray, Floats

_RIDGES = (0.3, 3.0, 30.0, 300.0)
_FIRST = 1e-3  # of the ridge for the linear terms
_SHRINK = 0.2  # of correlations
_WALKERS = 48
_STRETCH = 2.0


@dataclass(frozen=True, eq=False)
class Emulator:
    """A quadratic response surface y(x) = B phi(x) + e, fitted by ridge regression.

    phi has 1, x and all products of two, of x in units of the scatter of the draws; the ridge
    holds products a thousand times as hard as linear terms and is chosen by generalized
    cross-validation. ``errors`` (n, p) are what it leaves, in units that make up for the degrees of
    freedom; ``freedom`` is n less those. ``inverse`` is that of the normal equations.
    """

    center: Floats
    scale: Floats
    coefficients: Floats
    errors: Floats
    freedom: float
    inverse: Floats

    __repr__ = one_line

    @classmethod
    def fit(cls, x: AnyArray, y: AnyArray) -> Emulator:
        """Fit y (n, p) at x (n, k).

        References
        ----------
        Generalized cross-validation: G. H. Golub, M. Heath, G. Wahba, Technometrics 21 (1979).
        """
        x, y = np.asarray(x), np.asarray(y)
        center, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-9)
        table, linear = _terms((x - center) / scale), 1 + x.shape[1]
        level = np.maximum(y.std(axis=0), 1e-300)
        best: tuple[float, Floats, Floats, float, Floats] | None = None
        for ridge in _RIDGES:
            hold = np.full(table.shape[1], ridge)
            hold[:linear], hold[0] = _FIRST * ridge, 0.0
            inverse: Floats = np.asarray(np.linalg.inv(table.T @ table + np.diag(hold)), float)
            freedom = len(x) - float(((table @ inverse) * table).sum())
            coefficients = inverse @ (table.T @ y)
            rest = y - table @ coefficients
            score = float(((rest / level) ** 2).sum()) / freedom**2
            if best is None or score < best[0]:
                best = (score, coefficients, rest, freedom, inverse)
        assert best is not None
        _, coefficients, rest, freedom, inverse = best
        errors = rest * np.sqrt(len(x) / freedom)
        return cls(center, scale, coefficients, errors, freedom, inverse)

    def __call__(self, x: AnyArray) -> Floats:
        """Return y at x, shape (n, p)."""
        return np.asarray(_terms((np.asarray(x) - self.center) / self.scale) @ self.coefficients)

    def leverage(self, x: AnyArray) -> float:
        """Return the variance of the surface at one x, in units of that of the errors."""
        terms = _terms((np.asarray(x)[None] - self.center) / self.scale)
        return float((terms @ self.inverse @ terms.T)[0, 0])

    def slope(self, x: AnyArray) -> Floats:
        """Return dy / dx at one x, shape (p, k), by differences over half the scatter of draws."""
        x = np.asarray(x)
        steps = 0.5 * np.diag(self.scale)
        return np.asarray(((self(x + steps) - self(x - steps)) / self.scale[:, None]).T)

    def weights(self, middle: AnyArray, errors: Floats) -> Floats:
        """Return J^T S^(-1), shape (k, p), its rows in units of the scatter of their products.

        J are the slopes at ``middle``, S the covariance of the errors (n, p): products with y are
        the linear combinations that tell x best.
        """
        weights = np.linalg.solve(shrunk(errors), self.slope(middle) * self.scale).T
        return np.asarray(weights / np.sqrt(((errors @ weights.T) ** 2).mean(axis=0))[:, None])


def _terms(x: Floats) -> Floats:
    first, second = np.triu_indices(x.shape[1])
    return np.concatenate([np.ones((len(x), 1)), x, x[:, first] * x[:, second]], axis=1)


def stretched(
    log_density: Callable[[Floats], Floats], start: Floats, steps: int, rng: np.random.Generator
) -> Floats:
    """Draw from a density by an ensemble of walkers, shape (any, k): the second half of its way.

    Parameters
    ----------
    log_density
        Of rows (n, k), up to a constant.
    start
        Where walkers may begin, shape (any, k).
    steps
        Of every walker.
    rng
        Draws everything.

    References
    ----------
    J. Goodman, J. Weare, Comm. Appl. Math. Comput. Sci. 5 (2010): the stretch move.
    """
    k = start.shape[1]
    x = start[rng.choice(len(start), _WALKERS, replace=len(start) < _WALKERS)]
    x = x + 1e-3 * rng.standard_normal(x.shape)
    values, half, kept = log_density(x), _WALKERS // 2, []
    for step in range(steps):
        for own, other in (
            (slice(0, half), slice(half, None)),
            (slice(half, None), slice(0, half)),
        ):
            partner = x[other][rng.integers(half, size=half)]
            z = ((_STRETCH - 1.0) * rng.random(half) + 1.0) ** 2 / _STRETCH
            tries = partner + z[:, None] * (x[own] - partner)
            fresh = log_density(tries)
            with np.errstate(invalid="ignore"):  # neither the old place nor the new one is possible
                gain = (k - 1) * np.log(z) + fresh - values[own]
            taken = np.log(rng.random(half)) < gain
            x[own] = np.where(taken[:, None], tries, x[own])
            values[own] = np.where(taken, fresh, values[own])
        if step >= steps // 2:
            kept.append(x.copy())
    return np.concatenate(kept)


def shrunk(errors: Floats) -> Floats:
    """Return the covariance of rows, its correlations four fifths of what they are, (p, p)."""
    covariance = errors.T @ errors / len(errors)
    level = np.diag(covariance).copy()
    covariance = (1.0 - _SHRINK) * covariance
    covariance[np.diag_indices_from(covariance)] = np.maximum(level, 1e-12 * level.max())
    return np.asarray(covariance)
