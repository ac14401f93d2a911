"""A family of grains wider than any law that is searched for, with a prior: what may be left out.

Regular and clustered seeds, mixtures of sizes, flat grains and gradients at once. Central sections
do not tell all of it; a posterior over it says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nmc_mesh.calibration.law_problem import (
    DISPLACEMENTS,
    OFFSET_LIMIT,
    Numbers,
    Problem,
    Seeds,
    process_of,
)
from nmc_mesh.calibration.law_sections import Measures, Region, draws, simulated
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Bools, Floats

_TASKS = 2
_QUIET = 0.2  # regularities nearer to 0 are a Poisson process
_WAVES = 2.5  # 1 / grain size: about where the structure factor of seeds tells cells
_CLUSTER = 4.0  # mean number of seeds


class Row(NamedTuple):
    """A number of the family: x = clip(mean + deviation z, low, high) with z normal."""

    name: str
    mean: float
    deviation: float
    low: float
    high: float


ROWS = (
    Row("size", 0.0, 0.2, -0.5, 0.5),
    Row("aspect", 0.6, 0.7, -1.2, 2.3),
    Row("surface_aspect", 0.6, 0.7, -1.2, 2.3),
    Row("spread", float(np.log(0.17)), 0.7, float(np.log(0.02)), float(np.log(0.6))),
    Row("offset", float(np.log(0.3)), 0.8, float(np.log(0.02)), float(np.log(OFFSET_LIMIT))),
    Row("power", 0.3, 0.9, float(np.log(0.3)), float(np.log(12.0))),
    Row("flattening", 0.1, 0.7, 0.0, 1.4),
    Row("bend", 0.0, 0.6, float(np.log(0.4)), float(np.log(5.0))),
    Row("upper_power", -0.1, 0.6, 0.0, float(np.log(5.0))),
    Row("regularity", 0.0, 0.5, -1.2, 1.2),
)
"""The prior; ours. Size as logarithm of its ratio to a guess, spread, offset, powers and bend as
logarithms. Flat grains, mixtures of sizes and seeds that are not Poisson's may be absent: their
numbers lie on the bound, or near 0, with a probability of 0.44, 0.57 and 0.31."""

BELOW_SHELL = (
    Row("surface_aspect", 0.0, 0.9, -1.2, 2.3),
    Row("layer", float(np.log(2.5)), 0.6, float(np.log(0.8)), float(np.log(8.0))),
)
"""The rows of a law of the depth below the shell, in place of the surface's and of the bend: grains
near the shell may as well be flat along it, and the layer is a logarithm in guessed grain sizes."""

_SHAPE = ("aspect", "surface_aspect", "flattening", "bend")


class WideFamily:
    """The family around measured sections.

    Parameters
    ----------
    problem
        The sections; of a law of the depth below the shell, the family is one of such laws.
    isotropic
        Take d_1 = d_2 = d_3 everywhere.
    """

    def __init__(self, problem: Problem, isotropic: bool) -> None:
        self.problem = problem
        self.rows = _rows(isotropic, problem.depth)
        self._table = np.array([row[1:] for row in self.rows])

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return tuple(row.name for row in self.rows)

    def values(self, z: AnyArray) -> Floats:
        """Return what simulations depend on, (n, k), of normal numbers (n, k)."""
        mean, deviation, low, high = self._table.T
        x = np.clip(mean + deviation * np.asarray(z), low, high)
        quiet = self.names.index("regularity")
        far = np.maximum(np.abs(x[:, quiet]) - _QUIET, 0.0)
        x[:, quiet] = np.sign(x[:, quiet]) * far
        return np.asarray(x)

    def numbers(self, values: AnyArray) -> tuple[Numbers, Seeds]:
        """Return the numbers and the seeds of a row of `values`."""
        x = dict(zip(self.names, np.asarray(values).tolist(), strict=True))
        seeds, displacement = seeds_of(x["regularity"])
        numbers = Numbers(
            float(self.problem.guess * np.exp(x["size"])),
            x.get("aspect", 0.0),
            x.get("surface_aspect", 0.0),
            float(np.exp(x["spread"])),
            float(np.exp(x["offset"])),
            float(np.exp(x["power"])),
            x.get("flattening", 0.0),
            float(np.exp(x.get("bend", 0.0))),
            displacement,
            float(np.exp(x["upper_power"])),
            self.problem.guess * float(np.exp(x["layer"])) if "layer" in x else 0.0,
        )
        return numbers, seeds

    def model(self, values: AnyArray) -> GrainModel:
        """Return the grains of a row of `values`."""
        numbers, seeds = self.numbers(values)
        law, process = self.problem.law(numbers), process_of(seeds, numbers.displacement)
        return GrainModel(numbers.size**-3.0, law, self.problem.radius, process)

    def measures(
        self, values: AnyArray, regions: Sequence[Region], seed: Sequence[int]
    ) -> list[list[Measures]]:
        """Simulate every region once for every row of `values`, each with numbers of its own."""
        table = np.asarray(values)
        planes: dict[int, list[Measures]] = {}

        def work(first: int, last: int) -> None:
            for row in range(first, last):
                rng = np.random.default_rng([*seed, row])
                numbers, seeds = self.numbers(table[row])
                law, size = self.problem.law(numbers), numbers.size
                process, moved = process_of(seeds, numbers.displacement), numbers.displacement
                planes[row] = [
                    simulated(law, size, region, draws(region, size, rng, process), moved)
                    for region in regions
                ]

        for_chunks(len(table), _TASKS, work)
        return [planes[row] for row in range(len(table))]

    def inside(self, z: AnyArray) -> Bools:
        """Return which rows of normal numbers are worth a look: within four deviations."""
        return np.asarray((np.abs(np.asarray(z)) < 4.0).all(axis=1))


def _rows(isotropic: bool, depth: bool) -> tuple[Row, ...]:
    """Return the rows of a family: grains that are all alike have no shape that could change."""
    if isotropic:
        return tuple(row for row in ROWS if row.name not in _SHAPE)
    below = {row.name: row for row in BELOW_SHELL} if depth else {}
    kept = [below.pop(row.name, row) for row in ROWS if not (depth and row.name == "bend")]
    return (*kept, *below.values())


def seeds_of(regularity: float) -> tuple[Seeds, float]:
    """Return seeds and displacement of a regularity: -1 a lattice, 0 Poisson's, 1 tight clusters.

    A lattice's displacement s has the regularity -exp(-(2.5 s)^2), how far its structure factor
    lies below that of a Poisson process at the size of a grain; that of clusters x / (1 + x), where
    x = m / (4 pi s^2)^(3/2) is the excess of their pair correlation at 0.
    """
    if regularity == 0.0:
        return "poisson", 0.0
    level = float(np.clip(abs(regularity), 1e-4, 1 - 1e-4))
    if regularity < 0:
        seeds: Seeds = "lattice"
        displacement = float(np.sqrt(-np.log(level))) / _WAVES
    else:
        seeds = "clusters"
        excess = level / (1.0 - level)
        displacement = float((_CLUSTER / excess) ** (1 / 3) / np.sqrt(4 * np.pi))
    low, high, _ = DISPLACEMENTS[seeds]
    return seeds, float(np.clip(displacement, low, high))
