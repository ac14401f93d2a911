"""Make a data set: hand out particles, write down what came back, go on where it stopped."""

from __future__ import annotations

import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.dataset.calibrate import calibrated, probes
from nmc_mesh.dataset.card import write_cards
from nmc_mesh.dataset.environment import environment, refuse_mixture
from nmc_mesh.dataset.estimate import Estimator, Scale
from nmc_mesh.dataset.folder import present, working
from nmc_mesh.dataset.make import Record
from nmc_mesh.dataset.manifest import DONE, FAILED, TODO, Manifest
from nmc_mesh.dataset.queue import Queue
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.dataset.settings import STOP, Settings, State, Summary
from nmc_mesh.dataset.worker import TROUBLE, failure, work
from nmc_mesh.dataset.worker_pool import SHARE, Batch, Lost, SerialPool, WorkerPool
from nmc_mesh.errors import FileError, InputError, NmcMeshError, ResourceError
from nmc_mesh.memory import free_memory
from nmc_mesh.parallel import get_threads

_TICK = 0.5


def make_dataset(
    recipe: Recipe,
    folder: str | Path,
    settings: Settings | None = None,
    report: Callable[[State], None] = lambda state: None,
) -> Summary:
    """Make all particles of a recipe that are not there yet.

    Killed at any time, a second call goes on where the first stopped, and the data set ends the
    same, byte for byte. A particle that fails is recorded, and the others go on.

    Parameters
    ----------
    recipe
        What to make.
    folder
        Where; made if it is not there.
    settings
        How to work.
    report
        Hears of the progress.

    Raises
    ------
    InputError
        If the folder belongs to another plan, versions differ, or there is no scheduler.
    FileError
        If the folder cannot be written, or somebody else is working on it.
    ResourceError
        If the disk is too small, or the workers are lost.
    MissingExtraError
        If there is more than one process and dask is not installed.
    """
    how, root = settings or Settings(), Path(folder).absolute()
    if how.processes is not None and how.processes < 1:
        raise InputError(f"the number of processes must be at least 1, not {how.processes}")
    with working(root, recipe) as manifest:
        _same_versions(manifest, how.mixed)
        todo = _todo(root, manifest, how.retry_failed)
        made = Run(recipe, root, manifest, how, report)
        if len(todo):
            made.prepare(todo)
            made.work()
        report(made.state("write"))
        digest, size = write_cards(root, recipe, manifest)
        return made.summary(digest, size)


class Run:
    """One run of the engine."""

    def __init__(
        self,
        recipe: Recipe,
        folder: Path,
        manifest: Manifest,
        settings: Settings,
        report: Callable[[State], None],
    ) -> None:
        self.recipe, self.folder, self.manifest = recipe, folder, manifest
        self.settings, self.report = settings, report
        self._made, self._cpu, self._start, self._seconds = 0, 0.0, time.perf_counter(), 0.0
        self._queue = Queue([], [], [])

    def prepare(self, todo: np.ndarray) -> None:
        """Calibrate and look at the disk."""
        self.report(self.state("prepare"))
        scale = Scale()
        if self.settings.scheduler is None:
            scale, _ = calibrated(self.recipe, probes(self.recipe, 1, 0.0), self.folder)
        estimator = Estimator(self.recipe, scale)
        items = [self.recipe.designer[int(k)] for k in todo]
        costs = [estimator(item) for item in items]
        _check_disk(self.folder, sum(cost.bytes for cost in costs))
        self._queue = Queue(items, [c.seconds for c in costs], [c.memory for c in costs])

    def work(self) -> None:
        """Hand out everything and write down what comes back."""
        with self._pool() as pool:
            self.manifest.append([{"run": self._facts(pool)}])
            self._start = time.perf_counter()
            try:
                self._go_on(pool)
            except KeyboardInterrupt:
                self.report(self.state(STOP))
                with suppress(NmcMeshError):
                    self._take(pool.stop())
                raise

    def _go_on(self, pool: WorkerPool) -> None:
        running = 0
        while self._queue or running:
            running += self._hand_out(pool)
            finished = pool.wait(_TICK)
            running -= len(finished)
            self._take(finished)
            self._seconds = time.perf_counter() - self._start
            self.report(self.state("make"))

    def state(self, stage: str) -> State:
        """How far the work is."""
        done, failed = (len(self.manifest.numbers(kind)) for kind in (DONE, FAILED))
        seconds = time.perf_counter() - self._start
        spent = self._queue.total - self._queue.left
        left = seconds * self._queue.left / spent if spent > 0 else float("nan")
        rate = self._made / seconds if seconds > 0 else 0.0
        return State(stage, done, failed, len(self.manifest.state), seconds, left, rate)

    def summary(self, digest: str, size: int) -> Summary:
        """What came out."""
        failed = self.manifest.numbers(FAILED)
        errors = {int(k): self.manifest.record(int(k))["error"] for k in failed[:5]}
        total, done = len(self.manifest.state), len(self.manifest.numbers(DONE))
        facts = (done, len(failed), total, self._made, self._seconds, self._cpu, size)
        return Summary(*facts, digest, errors)

    @contextmanager
    def _pool(self) -> Iterator[WorkerPool]:
        where = (str(self.folder), self.recipe.id)
        how = self.settings
        processes = min(how.processes or get_threads(), max(len(self._queue), 1))
        memory = how.memory or SHARE * free_memory()
        pool: WorkerPool
        if how.scheduler is None and processes == 1:
            pool = SerialPool(work, *where, memory)
        else:
            from nmc_mesh.dataset.cluster import connected, local

            if how.scheduler is None:
                pool = local(work, *where, processes, memory)
            else:
                pool = connected(work, *where, how.scheduler, how.memory, how.mixed)
        try:
            yield pool
        finally:
            pool.close()

    def _hand_out(self, pool: WorkerPool) -> int:
        """Give batches to whoever has room; return how many."""
        given = 0
        for item in self._queue.too_large(pool.largest):
            need = self._queue.last_need
            error = ResourceError(
                f"needs about {need / 1e9:.2g} GB, {pool.largest / 1e9:.2g} GB are given out; "
                "use a larger machine, or allow more with --memory"
            )
            self._write([failure(item, error)])
        while (room := pool.room()) >= 0:
            batch = self._queue.take(room, pool.slots)
            if batch is None:
                break
            pool.submit(batch)
            given += 1
        return given

    def _take(self, finished: list[tuple[Batch, list[Record] | Lost]]) -> None:
        """Write down what came back; hand lost batches out again, one by one."""
        lines: list[Record] = []
        for batch, result in finished:
            if not isinstance(result, Lost):
                lines += result
                self._queue.settle(batch)
            elif result.blame and len(batch.items) == 1:
                lines.append(failure(batch.items[0], ResourceError(result.reason)))
                self._queue.settle(batch)
            else:
                self._queue.give_back(batch, alone=result.blame)
        self._write(lines)

    def _write(self, lines: list[Record]) -> None:
        trouble = [line["error"] for line in lines if line["status"] == TROUBLE]
        good = [line for line in lines if line["status"] != TROUBLE]
        if good:
            self.manifest.append(good)
        self._made += sum(line["status"] == "done" for line in good)
        self._cpu += sum(line.get("cpu", 0.0) for line in good)
        if trouble:
            raise FileError(trouble[0])

    def _facts(self, pool: WorkerPool) -> dict[str, Any]:
        return {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "host": socket.gethostname(),
            "slots": pool.slots,
            "mixed": pool.mixture,
            "environment": environment(),
            "recipe": self.recipe.id,
        }


def _same_versions(manifest: Manifest, mixed: bool) -> None:
    """Refuse to add to a data set that other versions began."""
    if manifest.runs and not mixed and len(manifest.numbers(TODO)) < len(manifest.state):
        refuse_mixture(manifest.runs[0]["environment"], environment(), "the start of this data set")


def _todo(folder: Path, manifest: Manifest, retry_failed: bool) -> np.ndarray:
    """Numbers of the particles to make; those whose files are gone are made again."""
    gone = [record["k"] for record in manifest.records() if not present(folder, record)]
    if gone:
        manifest.append([{"k": k, "status": "todo"} for k in gone])
    wanted = manifest.state == TODO
    if retry_failed:
        wanted |= manifest.state == FAILED
    return np.flatnonzero(wanted)


def _check_disk(folder: Path, need: float) -> None:
    free = shutil.disk_usage(folder).free
    if need > free:
        raise ResourceError(
            f"the data set needs about {need / 1e9:.3g} GB more, {free / 1e9:.3g} GB are free in "
            f"'{folder}'; choose another disk, store less, or make fewer particles"
        )
