"""Where a search of other seeds than Poisson's, or of grains of two sizes, begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.calibration.law_problem import DISPLACEMENTS, Problem, Seeds
from nmc_mesh.typing import Floats

TRIED: dict[Seeds, tuple[float, ...]] = {
    "lattice": (0.2, 0.3, 0.45),
    "clusters": (0.4, 0.7, 1.2),
}
"""Displacements in grain sizes that a search of other seeds may begin with."""

MIXTURES = ((0.6, 3.0, 1.3), (0.6, 6.0, 2.0), (0.6, 12.0, 2.5))
"""Offsets, powers and upper powers that a search of grains of two sizes may begin with."""


class Start(NamedTuple):
    """A problem with other seeds, a point of it, and |v|^2 of all that were tried, by name."""

    problem: Problem
    x: Floats
    tried: dict[str, float]


def other_seeds(problem: Problem, x: Floats, copies: int, replicates: int) -> Start:
    """Return the start of a search with other seeds: the nearest to the sections of those tried.

    The numbers are those found with Poisson seeds, the displacements those of `TRIED`, all in the
    units of what differences scatter at x.

    Parameters
    ----------
    problem, x
        With Poisson seeds, and what was found.
    copies, replicates
        Simulated sections per measured one; sets of them that tell how differences scatter.
    """
    best, tried = (np.inf, problem, x), {}
    for seeds, displacements in TRIED.items():
        other = problem.with_seeds(seeds)
        low, high = np.log(DISPLACEMENTS[seeds][:2])
        points = [np.append(x, (np.log(s) - low) / (high - low)) for s in displacements]
        other.weigh(points[-1], replicates)
        other.redraw(copies)
        vectors = other.differences(points)
        for point, displacement, v in zip(points, displacements, vectors, strict=True):
            tried[f"{seeds} {displacement:g}"] = float(v @ v)
            if float(v @ v) < best[0]:
                best = (float(v @ v), other, point)
    return Start(best[1], best[2], tried)


def two_sizes(problem: Problem, x: Floats, copies: int, replicates: int) -> Start:
    """Return the start of a search with a mixture of sizes: the nearest to the sections of a few.

    Parameters
    ----------
    problem, x
        Without a mixture, and what was found.
    copies, replicates
        Simulated sections per measured one; sets of them that tell how differences scatter.
    """
    other, numbers = problem.with_mixture(), problem.numbers(x)
    powers = [(numbers.offset, numbers.power, 1.05), *MIXTURES]
    points = [
        other.point(numbers._replace(offset=offset, power=power, upper_power=upper))
        for offset, power, upper in powers
    ]
    other.weigh(points[0], replicates)
    other.redraw(copies)
    values = [float(v @ v) for v in other.differences(points)]
    tried = {
        f"offset {a:.2g}, powers {b:.2g} and {c:.3g}": value
        for (a, b, c), value in zip(powers, values, strict=True)
    }
    return Start(other, points[int(np.argmin(values))], tried)
