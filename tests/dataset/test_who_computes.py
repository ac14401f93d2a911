"""The bytes of a data set do not depend on who computes them, nor on what else the machine does."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.recipe import load_recipe
from nmc_mesh.dataset.settings import Settings
from nmc_mesh.dataset.worker_pool import Batch, Lost
from tests.dataset.plans import MESHES, ROOT, VOXELS, plan_text, written_plan

MAKE = """
import sys
from pathlib import Path
from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.recipe import load_recipe
from nmc_mesh.dataset.settings import Settings
plan, folder = map(Path, sys.argv[1:])
print(make_dataset(load_recipe(plan), folder, Settings(processes=1)).digest)
"""
BURN = "x = 1.0\nwhile True:\n    x = x * 1.0000001"


@contextmanager
def busy() -> Iterator[None]:
    """More work than the machine has cores."""
    many = 1 + len(os.sched_getaffinity(0))
    burners = [subprocess.Popen([sys.executable, "-c", BURN]) for _ in range(many)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


def test_bytes_depend_on_no_kernels_of_blas_and_no_threads(tmp_path: Path) -> None:
    """OpenBLAS sums in other orders with other kernels; workers of Dask give it one thread."""
    text = plan_text(VOXELS, MESHES, number=1).replace("tiny.toml", "nmc-calibrated")
    plan = written_plan(tmp_path, text)
    wanted = make_dataset(load_recipe(plan), tmp_path / "here", Settings(processes=1)).digest
    told = {"OPENBLAS_CORETYPE": "Nehalem", "OPENBLAS_NUM_THREADS": "3"}
    with busy():
        found = subprocess.run(
            [sys.executable, "-c", MAKE, str(plan), str(tmp_path / "older")],
            env={**os.environ, "PYTHONPATH": str(ROOT), **told},
            capture_output=True,
            text=True,
            check=True,
        )
    assert found.stdout.strip() == wanted


class Future:
    """What a cluster gives for a batch whose result went with a worker: first done, then lost."""

    def __init__(self, states: list[str]) -> None:
        self._states, self.callbacks = states, 0

    @property
    def status(self) -> str:
        return self._states.pop(0) if len(self._states) > 1 else self._states[0]

    def add_done_callback(self, put: object) -> None:
        self.callbacks += 1

    def result(self) -> list[dict[str, object]]:
        return [{"k": 0}]


def test_a_result_that_went_with_its_worker_is_waited_for(tmp_path: Path) -> None:
    from nmc_mesh.dataset.cluster import DaskPool

    class Client:
        status = "running"

    class Group:
        workers = (1, 2)

    pool = DaskPool(lambda *_: [], (str(tmp_path), ""), Client(), Group(), 1e9, mixed=False)
    batch, future = Batch((), 0.0, 0.0), Future(["pending", "finished"])
    pool._running[future] = batch, "this machine", None
    pool._finished.put(future)
    assert pool.wait(0.01) == []
    assert future.callbacks == 1
    pool._finished.put(future)
    found = cast("list[tuple[Batch, list[dict[str, object]] | Lost]]", pool.wait(0.01))
    assert found == [(batch, [{"k": 0}])]
