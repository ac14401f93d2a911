"""Processor time of shells: drawing, volumes, areas and descriptors, against one at a time.

``python benchmarks/bench_shell.py`` prints times and ratios, ``pytest benchmarks/bench_shell.py``
measures the same by pytest-benchmark. One thread. The paper states 2.37 ms per shell, on other
hardware (doi 10.1038/s43246-024-00728-5, "Computational speed").
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import design_matrix
from nmc_mesh.geometry.star_shape import StarShape, areas, volumes
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.model import load_model
from nmc_mesh.shell import ShellModel
from nmc_mesh.shell.descriptors import descriptors
from nmc_mesh.typing import Floats

PAPER = 2.37e-3  # seconds per shell
TO_REACH = 4  # us per shell
MANY, FEW = 20_000, 200


def model() -> ShellModel:
    return load_model("nmc111-ct").shell


def draw(shells: ShellModel, count: int = MANY) -> Floats:
    return shells.sample_many(count, np.random.default_rng(0)).coefficients


def draw_singly(shells: ShellModel, count: int = FEW) -> list[StarShape]:
    rng = np.random.default_rng(0)
    return [shells.sample(rng) for _ in range(count)]


def draw_sized(shells: ShellModel, count: int = FEW) -> list[StarShape]:
    rng = np.random.default_rng(0)
    return [shells.sample_sized(8.0, rng) for _ in range(count)]


def describe(table: Floats) -> Floats:
    return descriptors(table[:FEW] @ design_matrix(directions()).T).sphericity


def volumes_singly(table: Floats) -> Floats:
    return np.array([StarShape(row).volume for row in table[:FEW]])


JOBS: dict[str, tuple[Callable[..., Any], int]] = {
    "draw": (draw, MANY),
    "draw, one at a time": (draw_singly, FEW),
    "draw of a wished size": (draw_sized, FEW),
    "volume": (volumes, MANY),
    "volume, one at a time": (volumes_singly, FEW),
    "area": (lambda table: areas(table[:FEW]), FEW),
    "descriptors": (describe, FEW),
}


def argument(name: str) -> Any:
    return model() if name.startswith("draw") else draw(model())


@pytest.fixture(autouse=True)
def _one_thread() -> Any:
    set_threads(1)
    yield
    set_threads(None)


@pytest.mark.parametrize("name", JOBS)
def test_shells(benchmark: Any, name: str) -> None:
    job, count = JOBS[name]
    benchmark.extra_info["shells"] = count
    benchmark.pedantic(job, (argument(name),), rounds=3, warmup_rounds=1)


def seconds(name: str) -> float:
    """Best of three, per shell."""
    job, count = JOBS[name]
    given = argument(name)
    job(given)
    times = []
    for _ in range(3):
        start = time.process_time()
        job(given)
        times.append(time.process_time() - start)
    return min(times) / count


def main() -> None:
    set_threads(1)
    found = {name: seconds(name) for name in JOBS}
    for name, each in found.items():
        print(f"{name:24} {1e6 * each:9.2f} us per shell {1 / each:12,.0f} per second")
    print(f"sampling per shell: {1e6 * found['draw']:.2f} us (to reach: {TO_REACH} us)")
    print(f"draw: {PAPER / found['draw']:,.0f} times the paper's rate (other hardware)")
    for name in ("draw", "volume"):
        print(f"{name}: {found[f'{name}, one at a time'] / found[name]:.0f} times one at a time")


if __name__ == "__main__":
    import os

    if os.environ.get("OMP_NUM_THREADS") != "1":
        print("for one core: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python ...")
    main()
