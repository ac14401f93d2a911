"""Dask: schedulers that are there or not, workers that differ, workers that die."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from nmc_mesh.dataset import cluster, engine
from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.environment import environment, mixture, refuse_mixture
from nmc_mesh.dataset.manifest import Manifest
from nmc_mesh.dataset.queue import Queue
from nmc_mesh.dataset.settings import Settings
from nmc_mesh.errors import FileError, InputError, MissingExtraError
from tests.dataset.plans import VOXELS, Cluster, recipe_of

NOWHERE = "tcp://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _no_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "probes", lambda *_: [])


def test_a_scheduler_that_is_not_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    recipe = recipe_of(tmp_path)
    for address in (NOWHERE, "nonsense"):
        with pytest.raises(InputError, match=f"no Dask scheduler at '{address}'.*dask scheduler"):
            make_dataset(recipe, tmp_path / "d", Settings(scheduler=address))


def test_without_dask_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(MissingExtraError, match=r"pip install .dask\[distributed\]"):
        make_dataset(recipe_of(tmp_path), tmp_path / "d", Settings(processes=2))
    assert make_dataset(recipe_of(tmp_path), tmp_path / "d", Settings(processes=1)).done == 4


def instruction() -> str:
    """Name of a vector instruction that numpy can be told not to use."""
    features = import_module("numpy._core._multiarray_umath")
    known = [name for name in features.__cpu_dispatch__ if features.__cpu_features__.get(name)]
    if not known:
        pytest.skip("numpy has one set of routines on this processor")
    return " ".join(known)


def test_a_worker_may_have_another_processor(tmp_path: Path) -> None:
    """Numpy takes other routines there, and nothing that is stored depends on them."""
    recipe = recipe_of(tmp_path, VOXELS)
    own = make_dataset(recipe, tmp_path / "own", Settings(processes=1))
    with Cluster(tmp_path / "s.json", NPY_DISABLE_CPU_FEATURES=instruction()) as (_, address):
        found = make_dataset(recipe, tmp_path / "d", Settings(scheduler=address))
    assert (found.done, found.failed, found.digest) == (4, 0, own.digest)


def test_workers_that_differ_are_refused_unless_allowed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    here = environment() | {"numpy": "1.0"}
    monkeypatch.setattr(cluster, "refuse_mixture", lambda _, *rest: refuse_mixture(here, *rest))
    monkeypatch.setattr(cluster, "mixture", lambda _, theirs: mixture(here, theirs))
    with Cluster(tmp_path / "s.json") as (_, address):
        there = Settings(scheduler=address)
        with pytest.raises(InputError, match=r"worker tcp.* differs: numpy 1.0 .*--mixed"):
            make_dataset(recipe, tmp_path / "d", there)
        allowed = Settings(scheduler=address, mixed=True)
        with monkeypatch.context() as patch:
            patch.setattr(cluster, "_sees", lambda folder: False)
            with pytest.raises(FileError, match=r"does not see .*all machines share"):
                make_dataset(recipe, tmp_path / "d", allowed)
        found = make_dataset(recipe, tmp_path / "d", allowed)
    assert (found.done, found.failed) == (4, 0)
    run = Manifest(tmp_path / "d", 4).runs[0]
    assert any(line.startswith("numpy ") for line in run["mixed"])


def deadly(folder: str, recipe_id: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Stand-in for ``work``: particle 2 kills whoever makes it."""
    for item in items:
        if item.k == 2:
            time.sleep(0.2)
            os.kill(os.getpid(), signal.SIGKILL)
    return [
        {"k": item.k, "status": "done", "files": {}, "values": {}, "quality": {}}
        for item in items
    ]  # fmt: skip


def test_a_particle_that_kills_its_workers_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dask

    recipe = recipe_of(tmp_path, number=5)
    monkeypatch.setattr(engine, "work", deadly)
    monkeypatch.setattr(engine, "write_cards", lambda *_: ("", 0))
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}):
        found = make_dataset(recipe, tmp_path / "d", Settings(processes=2))
    assert (found.done, found.failed) == (4, 1)
    assert list(found.errors) == [2]
    assert "its worker died several times" in found.errors[2]


def test_environments_are_compared_by_name() -> None:
    mine = environment()
    assert mixture(mine, dict(mine)) == []
    theirs = {**mine, "numpy": "0.1"}
    del theirs["h5py"]
    assert mixture(mine, theirs) == [
        f"h5py {mine['h5py']} -> none",
        f"numpy {mine['numpy']} -> 0.1",
    ]


def stamped(folder: str, recipe_id: str, items: Sequence[Item]) -> list[dict[str, Any]]:
    """Stand-in for ``work`` that tells when it was at work (one clock for all processes)."""
    start = time.monotonic()
    time.sleep(0.2)
    return [{"k": item.k, "start": start, "end": time.monotonic()} for item in items]


def test_large_particles_do_not_run_two_at_a_time() -> None:
    """Three of 80 and six of 10 on a machine that gives out 100, with two processes."""
    needs = [80.0] * 3 + [10.0] * 6
    queue = Queue([Item(k, "m") for k in range(9)], [need / 10 for need in needs], needs)
    pool = cluster.local(stamped, "", "", 2, 100.0)
    spans: dict[int, tuple[float, float]] = {}
    try:
        while len(spans) < len(needs):
            while (room := pool.room()) >= 0 and (batch := queue.take(room, pool.slots)):
                pool.submit(batch)
            for _, records in pool.wait(0.5):
                assert isinstance(records, list)
                spans |= {record["k"]: (record["start"], record["end"]) for record in records}
    finally:
        pool.close()
    for moment, _ in spans.values():  # what runs changes for the worse only when something starts
        running = [k for k, (start, end) in spans.items() if start <= moment < end]
        assert sum(needs[k] for k in running) <= 100.0
