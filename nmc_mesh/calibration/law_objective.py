"""Distance between measured and simulated sections as a vector of differences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nmc_mesh.calibration.law_sections import Measures, Region
from nmc_mesh.typing import Floats, Longs

CLASSES = (0.2, 0.5, 1.0)
"""Upper ends of the classes of height over the ball's radius whose sections are pooled."""

_LEVELS = (np.arange(24) + 0.5) / 24
_RINGS = 4
_MIXTURES = 8
_FEW = 60  # grains: a class with less is pooled with the next
_SHRINK = 0.3  # of the mean variance, added to all
_ORDERS, _FEWER = 5, 3  # of the polynomials that sum up a distribution, or that of a mixture
_COLUMNS = 4 + _MIXTURES + 1  # distributions that are compared
_LONG = _COLUMNS * len(_LEVELS)


def whitening(table: Floats) -> Floats:
    """Return C^(-1/2) (triangular) for the covariance C of the rows of a table (n, k).

    Three tenths of the mean variance are added to the diagonal, which keeps C regular for n < k.
    """
    covariance = np.cov(table.T)
    level = float(np.trace(covariance)) / len(covariance)
    covariance += _SHRINK * level * np.eye(len(covariance))
    return np.asarray(np.linalg.inv(np.linalg.cholesky(covariance)))


class Objective:
    """f(simulated) = |v|^2: differences of quantiles, of ring means and of counts; ours.

    For every class of heights and every column of `Measures`, mixtures of two columns and log
    chord lengths: differences of 24 quantiles over the measured deviation. Four rings around the
    centre: differences of the means of log A_cross and of log extent ratio. One term compares the
    numbers of grains. Every block is weighted by the share of grains it comes from.

    Parameters
    ----------
    regions, planes
        The measured sections.
    """

    def __init__(self, regions: Sequence[Region], planes: Sequence[Measures]) -> None:
        ball = max(float(np.hypot(w.radius, w.height)) for w in regions)
        tilt = np.array([w.height / ball for w in regions])
        self._class = np.searchsorted(CLASSES, np.minimum(tilt, 1.0))
        grains = np.bincount(self._class, [len(m.table) for m in planes], minlength=len(CLASSES))
        if (grains[grains > 0] < _FEW).any():
            self._class[:] = 0
        self._pools = {int(k): _pooled(planes, self._class, k) for k in np.unique(self._class)}
        self._mix = np.random.default_rng(0).standard_normal((_MIXTURES, 4))
        self._mix /= np.linalg.norm(self._mix, axis=1, keepdims=True)
        total = sum(len(pool.table) for pool in self._pools.values())
        self._areas = np.array([float(w.core.sum()) * w.pixel**2 for w in regions])
        self._weights = {k: np.sqrt(len(p.table) / total) for k, p in self._pools.items()}
        self._scales = {
            k: (pool.table[:, :4].mean(axis=0), pool.table[:, :4].std(axis=0))
            for k, pool in self._pools.items()
        }
        self._edges = {
            k: np.quantile(p.table[:, 4], np.arange(1, _RINGS) / _RINGS)
            for k, p in self._pools.items()
        }
        self._targets = {k: self._features(k, pool) for k, pool in self._pools.items()}

    def differences(
        self, simulated: Sequence[Measures], copies: int = 1, chosen: Sequence[int] | None = None
    ) -> Floats:
        """Return v for simulated sections: ``copies`` of every measured one, in the same order.

        With ``chosen``, of these alone, which must hold one of every class of heights.
        """
        some = np.arange(len(self._class)) if chosen is None else np.asarray(chosen)
        classes = np.tile(self._class[some], copies)
        shares = self.shares(some)
        parts = []
        for k, pool in self._pools.items():
            other = _pooled(simulated, classes, k)
            count = np.log(max(len(other.table), 1) / (copies * len(pool.table) * shares[k]))
            gap = self._features(k, other) - self._targets[k]
            parts.append(self._weights[k] * np.append(gap, 2.0 * count))
        return np.concatenate(parts)

    def shares(self, chosen: Sequence[int] | Longs) -> dict[int, float]:
        """Return how much of the area of every class of heights these sections make up."""
        areas, classes = self._areas[np.asarray(chosen)], self._class[np.asarray(chosen)]
        return {
            k: 1.0
            if len(areas) == len(self._areas)
            else float(areas[classes == k].sum() / self._areas[self._class == k].sum())
            for k in self._pools
        }

    def spread_out(self, most: int | None = None) -> list[int]:
        """Return up to ``most`` sections of every class of heights: default 4, fewer of several."""
        most = most or max(2, 5 - len(self._pools))
        members = [np.flatnonzero(self._class == k)[:most] for k in self._pools]
        return sorted(int(i) for each in members for i in each)

    def summed_up(self, v: Floats, chosen: Sequence[int]) -> tuple[Floats, Floats]:
        """Return v with a few numbers for each distribution, and what its scatter is times.

        The numbers are products of the differences of quantiles with Legendre polynomials, as for
        L-moments. A vector of some sections scatters more than one of all: the second array has the
        square roots of their shares of the area.

        References
        ----------
        J. R. M. Hosking, J. R. Stat. Soc. B 52 (1990).
        """
        base = np.polynomial.legendre.legvander(2.0 * _LEVELS - 1.0, _ORDERS - 1)
        shares, parts, factors = self.shares(chosen), [], []
        for share, part in zip(shares.values(), v.reshape(len(self._pools), -1), strict=True):
            sums = part[:_LONG].reshape(_COLUMNS, -1) @ base / np.sqrt(len(_LEVELS))
            mixed = sums[4 : 4 + _MIXTURES, :_FEWER]
            own = np.delete(sums, range(4, 4 + _MIXTURES), axis=0)
            parts.append(np.concatenate([own.ravel(), mixed.ravel(), part[_LONG:]]))
            factors.append(np.full(len(parts[-1]), np.sqrt(share)))
        return np.concatenate(parts), np.concatenate(factors)

    def _features(self, k: int, pool: Measures) -> Floats:
        if len(pool.table) < _RINGS or len(pool.chords) == 0:
            return np.full(self._length, 9.0)
        mean, deviation = self._scales[k]
        scaled = (pool.table[:, :4] - mean) / deviation
        columns = np.concatenate([scaled, scaled @ self._mix.T], axis=1)
        spread = np.quantile(columns, _LEVELS, axis=0).T
        spread[4:] *= np.sqrt(4 / _MIXTURES)
        chord = np.quantile(np.log(pool.chords), _LEVELS) / 0.7
        ring = np.searchsorted(self._edges[k], pool.table[:, 4])
        size = np.maximum(np.bincount(ring, minlength=_RINGS), 1)
        means = [np.bincount(ring, scaled[:, c], minlength=_RINGS) / size for c in (0, 1)]
        parts = [spread.ravel() / np.sqrt(len(_LEVELS)), chord / np.sqrt(len(_LEVELS))]
        return np.concatenate([*parts, np.concatenate(means) / np.sqrt(_RINGS)])

    @property
    def _length(self) -> int:
        return _LONG + 2 * _RINGS


def _pooled(planes: Sequence[Measures], classes: Floats, k: int) -> Measures:
    chosen = [m for m, c in zip(planes, classes, strict=True) if c == k]
    return Measures(
        np.concatenate([m.table for m in chosen]), np.concatenate([m.chords for m in chosen])
    )
