"""Mixtures of normal laws, fitted by expectation and maximisation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import in_one_line
from nmc_mesh.typing import Floats

_ROUNDS = 500
_ENOUGH = 1e-6  # growth of log L per row that ends the rounds
_FLOOR = 1e-3  # least variance of a class, of the whole's: no class shrinks onto a few rows (ours)


@in_one_line
class Mixture(NamedTuple):
    """sum_k w_k N(mean_k, covariance_k): ``weights`` (K,), ``means`` (K, d), ``covariances``.

    ``shares`` (n, K) are the chances of every row to belong to a class; ``bic`` is
    p ln n - 2 ln L with p free parameters.
    """

    weights: Floats
    means: Floats
    covariances: Floats
    shares: Floats
    bic: float


def fit_mixture(rows: Floats, classes: int) -> Mixture:
    """Maximum likelihood of a mixture of ``classes`` normal laws for rows (n, d).

    Starts from equal parts of the rows along their first principal axis, so that it ends in the
    same place every time; on standardised columns.
    """
    n, d = rows.shape
    middle, spread = rows.mean(axis=0), rows.std(axis=0)
    table = (rows - middle) / spread
    axis = np.linalg.eigh(np.cov(table.T).reshape(d, d))[1][:, -1]
    part = np.argsort(np.argsort(table @ axis)) * classes // n
    shares = 0.8 * np.eye(classes)[part] + 0.2 / classes
    level = -np.inf
    for _ in range(_ROUNDS):
        weights, means, covariances = _maximised(table, shares)
        densities = _log_densities(table, weights, means, covariances)
        top = densities.max(axis=1)
        rowwise = top + np.log(np.exp(densities - top[:, None]).sum(axis=1))
        shares = np.exp(densities - rowwise[:, None])
        before, level = level, float(rowwise.sum())
        if level - before < _ENOUGH * n:
            break
    level -= n * float(np.log(spread).sum())
    free = classes * (1 + d + d * (d + 1) / 2) - 1
    return Mixture(
        weights,
        means * spread + middle,
        covariances * spread[:, None] * spread,
        shares,
        float(free * np.log(n) - 2 * level),
    )


def _maximised(table: Floats, shares: Floats) -> tuple[Floats, Floats, Floats]:
    total = shares.sum(axis=0)
    means = shares.T @ table / total[:, None]
    covariances = np.stack([
        ((table - mean) * share[:, None]).T @ (table - mean) / share.sum()
        for mean, share in zip(means, shares.T, strict=True)
    ])  # fmt: skip
    return total / len(table), means, covariances + _FLOOR * np.eye(table.shape[1])


def _log_densities(table: Floats, weights: Floats, means: Floats, covariances: Floats) -> Floats:
    columns = []
    for weight, mean, covariance in zip(weights, means, covariances, strict=True):
        away = np.linalg.solve(np.linalg.cholesky(covariance), (table - mean).T)
        size = np.linalg.slogdet(2 * np.pi * covariance)[1]
        columns.append(np.log(weight) - 0.5 * (size + (away * away).sum(axis=0)))
    return np.stack(columns, axis=1)
