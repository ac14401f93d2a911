"""Grains per second: marks by a network, its parts against peers in the same run.

``python benchmarks/bench_grains.py [COUNT]`` prints microseconds of processor time per grain on one
thread and ratios; ``pytest benchmarks/bench_grains.py`` measures the same by pytest-benchmark. The
paper states 7.06 us per grain on a machine with an RTX A4000 (doi 10.1038/s43246-024-00728-5,
"Computational speed").
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from scipy.spatial import cKDTree

from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.neighbours import nearest
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.parallel import set_threads

PAPER = 7.06  # us per grain
COUNT = 1_000_000
INTENSITY = 0.0018  # seeds per px^3
WIDTHS = (60, 96, 96, 48, 4)


def network() -> NetworkMarkLaw:
    rng = np.random.default_rng(0)
    layers = [
        (np.sqrt(2 / n) * rng.standard_normal((n, k)), 0.1 * rng.standard_normal(k))
        for n, k in pairwise(WIDTHS)
    ]
    return NetworkMarkLaw(tuple(layers), 1.0, (1.0, 10.0), (0.0, 50.0))  # type: ignore[arg-type]


def pattern(count: int) -> SeedPattern:
    rng = np.random.default_rng(1)
    half = 0.5 * (count / INTENSITY) ** (1 / 3)
    seeds = rng.uniform(-half, half, (count, 3))
    return SeedPattern(seeds, rng.random((count, 2)), rng.uniform(0, np.pi, count))


def marks(at: SeedPattern) -> Marks:
    return network()(at, np.random.default_rng(0))


def neighbours(at: SeedPattern) -> Any:
    return nearest(at.seeds, 12)


def neighbours_of_scipy(at: SeedPattern) -> Any:
    return cKDTree(at.seeds).query(at.seeds, 13)[1]


def layers_of_blas(at: SeedPattern) -> Any:
    """The layers alone, all inputs ones, through the matrix products of numpy."""
    law, x = network(), np.ones((len(at.seeds), WIDTHS[0]), np.float32)
    out = []
    for first in range(0, len(x), 4096):
        y = x[first : first + 4096]
        for place, (weights, bias) in enumerate(law.layers):
            y = y @ weights + bias
            y = np.maximum(y, 0) if place < 3 else y
        out.append(y)
    return out


JOBS: dict[str, Callable[[SeedPattern], Any]] = {
    "marks, all": marks,
    "  of it 12 neighbours": neighbours,
    "12 neighbours by scipy": neighbours_of_scipy,
    "layers alone by BLAS": layers_of_blas,
}


@pytest.mark.parametrize("name", JOBS)
def test_speed(benchmark: Any, name: str) -> None:
    at = pattern(20_000)
    set_threads(1)
    JOBS[name](at)
    benchmark(JOBS[name], at)
    set_threads(None)


def measured(work: Callable[[SeedPattern], Any], at: SeedPattern) -> float:
    times = []
    for _ in range(3):
        start = time.process_time()
        work(at)
        times.append(time.process_time() - start)
    return 1e6 * min(times) / len(at.seeds)


def main(count: int) -> None:
    set_threads(1)
    small, at = pattern(500), pattern(count)
    found = {}
    for name, work in JOBS.items():
        work(small)
        found[name] = measured(work, at)
        print(f"{name:<26}{found[name]:8.2f} us per grain")
    ours, scipy, blas = (found[name] for name in ("marks, all", *list(JOBS)[2:]))
    print(f"scipy and BLAS together take {(scipy + blas) / ours:.2f} times as long")
    print(f"the paper's {PAPER} us, on other hardware: {PAPER / ours:.2f} times")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
