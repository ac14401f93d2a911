"""Minimizing |v(x)|^2 over the unit cube: CMA-ES from afar, damped Gauss-Newton steps nearby."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.errors import MissingExtraError
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Floats

Differences = Callable[[Sequence[Floats]], list[Floats]]
"""From points (k,) to their vectors v, all of one length."""

_POPULATION = 12
REACH = 0.1  # of the differences that make a Jacobian: wide, since v is a little rough
_FAR = 0.15  # a step changes no coordinate by more
_DAMPINGS = (0.1, 1.0, 10.0)
_HARDER = 3


class Trace(NamedTuple):
    """Points and values |v|^2 of a search, one per generation or step."""

    points: list[Floats]
    values: list[float]


def search(
    differences: Differences,
    start: Floats,
    steps: Floats,
    evaluations: int,
    seed: int,
    progress: Progress,
) -> tuple[Floats, Trace]:
    """Return the mean of the last distribution of CMA-ES, and the best of every generation.

    Parameters
    ----------
    differences
        What to minimize.
    start, steps
        Mean and standard deviations of the first distribution, shape (k,).
    evaluations
        Most evaluations.
    seed
        Of the search.
    progress
        Told after every generation.

    Raises
    ------
    MissingExtraError
        If the package cma is not installed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # cma warns where plotting is missing
        try:
            import cma
        except ImportError:
            raise MissingExtraError("cma", "the law calibrator", "calibrate") from None
    options: dict[str, Any] = {
        "seed": seed % 2**31 + 1,
        "bounds": [0.0, 1.0],
        "CMA_stds": steps.tolist(),
        "verbose": -9,
        "maxfevals": evaluations,
        "popsize": _POPULATION,
    }
    strategy = cma.CMAEvolutionStrategy(start.tolist(), 1.0, options)
    trace = Trace([], [])
    progress("search", 0.0)
    while not strategy.stop():
        points = strategy.ask()
        values = [float(v @ v) for v in differences(points)]
        strategy.tell(points, values)
        best = int(np.argmin(values))
        trace.points.append(np.asarray(points[best]))
        trace.values.append(values[best])
        progress("search", min(1.0, strategy.countevals / evaluations))
    return np.clip(strategy.mean, 0.0, 1.0), trace


def polish(
    differences: Differences, x: Floats, rounds: int, progress: Progress
) -> tuple[Floats, Trace]:
    """Return the point after damped Gauss-Newton steps (Levenberg and Marquardt), and their trace.

    Every step tries three dampings, with long moves made shorter as a whole or by coordinate, and
    harder ones where none of them gains; where nothing gains, the search is over.
    """
    (v,) = differences([x])
    trace, damping = Trace([x], [float(v @ v)]), 1e-3
    for step in range(rounds):
        progress("polish", step / rounds)
        steep = jacobian(differences, x)
        normal, size = steep.T @ steep, float((steep * steep).mean(axis=1).sum())
        for _ in range(_HARDER):
            tries = [damping * factor for factor in _DAMPINGS]
            moves: list[Floats] = [
                np.asarray(-np.linalg.solve(normal + d * size * np.eye(len(x)), steep.T @ v))
                for d in tries
            ]
            moves += [np.clip(move, -_FAR, _FAR) for move in moves]
            points = [np.clip(x + _short(move), 0.0, 1.0) for move in moves]
            vectors = differences(points)
            values = [float(w @ w) for w in vectors]
            best = int(np.argmin(values))
            if values[best] < trace.values[-1]:
                break
            damping *= _DAMPINGS[-1] ** 2
        else:
            break
        x, v, damping = points[best], vectors[best], tries[best % len(tries)]
        trace.points.append(x)
        trace.values.append(values[best])
    progress("polish", 1.0)
    return x, trace


def _short(move: Floats) -> Floats:
    """Return the move, or as much of it as changes no coordinate by too much."""
    return np.asarray(move * min(1.0, _FAR / max(float(np.abs(move).max()), 1e-300)))


def ends(x: Floats) -> list[Floats]:
    """Return the points of central differences, upper and lower by turns, within the cube."""
    return [np.clip(x + sign * REACH * row, 0.0, 1.0) for row in np.eye(len(x)) for sign in (1, -1)]


def slope(points: Sequence[Floats], vectors: Sequence[Floats]) -> Floats:
    """Return dv / dx of the vectors at the points of `ends`, shape (len(v), k)."""
    columns = [
        (vectors[2 * k] - vectors[2 * k + 1]) / (points[2 * k][k] - points[2 * k + 1][k])
        for k in range(len(points) // 2)
    ]
    return np.stack(columns, axis=1)


def jacobian(differences: Differences, x: Floats) -> Floats:
    """Return dv / dx by central differences that stay in the cube, shape (len(v), k)."""
    points = ends(x)
    return slope(points, differences(points))
