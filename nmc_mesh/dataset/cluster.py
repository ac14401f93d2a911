"""The one place that touches Dask: a cluster of this machine's processes, or one that is there."""

from __future__ import annotations

import contextlib
import logging
import os
import queue
import signal
import tempfile
import time
import warnings
from functools import partial
from pathlib import Path
from typing import Any

from nmc_mesh.dataset.environment import environment, mixture, refuse_mixture
from nmc_mesh.dataset.make import Record
from nmc_mesh.dataset.worker_pool import SHARE, Batch, Host, Lost, Work
from nmc_mesh.errors import FileError, InputError, MissingExtraError, ResourceError
from nmc_mesh.memory import free_memory

CONNECT_SECONDS = 10.0
_REFRESH_SECONDS = 2.0
_PATIENCE_SECONDS = 120.0
_LOCAL = "this machine"
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""What ends a process at once; on Windows every signal does."""
_QUIET_WORKERS = {"distributed.worker.profile.enabled": False}
"""Workers do not look at their own stacks a hundred times a second."""
_TALKERS = (
    "distributed", "distributed.client", "distributed.core", "distributed.nanny",
    "distributed.worker", "tornado", "tornado.application",
)  # fmt: skip


def local(work: Work, folder: str, recipe_id: str, processes: int, memory: float) -> DaskPool:
    """Start worker processes on this machine, one thread each, and return the pool of them.

    Raises
    ------
    MissingExtraError
        If dask is not installed.
    """
    distributed = _distributed()
    try:
        with _silence(), _config(_QUIET_WORKERS):
            cluster = distributed.LocalCluster(
                n_workers=processes,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                dashboard_address=None,
                local_directory=tempfile.gettempdir(),
                silence_logs=logging.CRITICAL,
            )
            client = distributed.Client(cluster)
    except (OSError, RuntimeError) as error:
        raise ResourceError(
            f"cannot start {processes} processes here ({_line(error)}); take fewer --processes, or "
            "allow more open files (ulimit -n)"
        ) from error
    return DaskPool(work, (folder, recipe_id), client, cluster, memory, mixed=False)


def connected(
    work: Work, folder: str, recipe_id: str, address: str, memory: float | None, mixed: bool
) -> DaskPool:
    """Return the pool of the workers of a Dask scheduler.

    Raises
    ------
    InputError
        If there is no scheduler at the address, or its workers have other versions.
    FileError
        If a worker does not see the folder.
    MissingExtraError
        If dask is not installed.
    """
    distributed = _distributed()
    try:
        with _silence():
            client = distributed.Client(address, timeout=CONNECT_SECONDS)
    except (OSError, ValueError, TimeoutError) as error:
        raise InputError(
            f"there is no Dask scheduler at '{address}' ({_line(error)}); start one with: "
            "dask scheduler"
        ) from None
    pool = DaskPool(work, (folder, recipe_id), client, None, memory, mixed)
    try:
        pool.refresh(wait=CONNECT_SECONDS)
    except BaseException:
        pool.close()
        raise
    return pool


class DaskPool:
    """Workers of a Dask cluster; memory is given out per machine."""

    def __init__(
        self,
        work: Work,
        where: tuple[str, str],
        client: Any,
        cluster: Any,
        memory: float | None,
        mixed: bool,
    ) -> None:
        self._work, self._where, self._client, self._cluster = work, where, client, cluster
        self._memory, self._mixed = memory, mixed
        self.mixture: list[str] = []
        self._known: set[str] = set()
        self._hosts: dict[str, Host] = {}
        self._finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._running: dict[Any, tuple[Batch, str, list[str] | None]] = {}
        self._looked = self._last_seen = time.monotonic()
        if cluster is not None:
            assert memory is not None
            self._hosts[_LOCAL] = Host(len(cluster.workers), memory)

    @property
    def slots(self) -> int:
        """Threads of all workers."""
        return max(sum(host.slots for host in self._hosts.values()), 1)

    @property
    def largest(self) -> float:
        """Memory given out on the largest machine."""
        return max((host.memory for host in self._hosts.values()), default=float("inf"))

    def room(self) -> float:
        """Memory need of the largest batch that a machine could take now; negative if none."""
        return max((_room(host) for host in self._hosts.values()), default=-1.0)

    def submit(self, batch: Batch) -> None:
        """Send a batch to the machine with the most room."""
        name = max(self._hosts, key=lambda name: _room(self._hosts[name]))
        host = self._hosts[name]
        pinned = list(host.workers) if len(self._hosts) > 1 else None
        future = self._client.submit(
            self._work, *self._where, batch.items, pure=False, workers=pinned
        )
        host.taken[id(future)] = batch.need
        self._running[future] = batch, name, pinned
        future.add_done_callback(self._finished.put)

    def wait(self, seconds: float) -> list[tuple[Batch, list[Record] | Lost]]:
        """Return what is finished; wait for it so long."""
        futures = []
        with contextlib.suppress(queue.Empty):
            futures.append(self._finished.get(timeout=seconds))
            while True:
                futures.append(self._finished.get_nowait())
        results = [
            self._result(future)
            for future in futures
            if future in self._running and not self._awaited(future)
        ]
        if self._client.status != "running":
            raise _cut()
        if time.monotonic() - self._looked > _REFRESH_SECONDS:
            results += self.refresh()
        return results

    def stop(self) -> list[tuple[Batch, list[Record] | Lost]]:
        """End our workers at once, whatever they do; return what was finished.

        What others work on is cancelled.
        """
        finished = self.wait(0.0)
        if self._cluster is None:
            with _silence(), contextlib.suppress(Exception):
                self._client.cancel(list(self._running))
            return finished
        for nanny in list(self._cluster.workers.values()):
            nanny.auto_restart = False  # whom a nanny looks after, it starts again
            if nanny.process is not None and nanny.process.pid:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(nanny.process.pid, _KILL)
        return finished

    def close(self) -> None:
        """Close the connection, and the workers if they are ours."""
        with _silence(), contextlib.suppress(Exception):
            self._client.close(timeout=5)
        if self._cluster is not None:
            with _silence(), contextlib.suppress(Exception):
                self._cluster.close(timeout=10)

    def refresh(self, wait: float = 0.0) -> list[tuple[Batch, list[Record] | Lost]]:
        """Look who is there: newcomers are checked, batches of machines that went are lost."""
        self._looked = time.monotonic()
        workers = self._workers(wait)
        if self._cluster is None:
            if new := [address for address in workers if address not in self._known]:
                self._welcome(new)
                self._known.update(new)
            self._hosts = _hosts(workers, self._hosts, self._memory or 0.0, self._free)
        if workers:
            self._last_seen = self._looked
        elif self._looked - self._last_seen > _PATIENCE_SECONDS:
            raise ResourceError(
                f"the scheduler has had no worker for {_PATIENCE_SECONDS:.0f} s; start workers, "
                "then call again: what is done stays done"
            )
        return self._orphans(set(workers))

    def _result(self, future: Any) -> tuple[Batch, list[Record] | Lost]:
        batch = self._let_go(future)
        if future.status == "finished":
            try:
                return batch, future.result()
            except OSError as gone:  # the scheduler went while its answer was on the way
                raise _cut() from gone
        if future.status == "error":
            error = future.exception()
            if type(error).__name__ != "KilledWorker":
                raise FileError(f"a worker cannot work: {_line(error)}") from error
            return batch, Lost("its worker died several times: not enough memory?", blame=True)
        if self._client.status != "running" or self._cluster is not None:
            raise _cut()
        return batch, Lost("the work was cancelled", blame=False)

    def _awaited(self, future: Any) -> bool:
        """Whether a result went away with its worker before it came here, and is made again."""
        if future.status not in ("pending", "lost") or self._client.status != "running":
            return False
        future.add_done_callback(self._finished.put)
        return True

    def _let_go(self, future: Any) -> Batch:
        batch, name, _ = self._running.pop(future)
        if name in self._hosts:
            self._hosts[name].taken.pop(id(future), None)
        return batch

    def _orphans(self, alive: set[str]) -> list[tuple[Batch, list[Record] | Lost]]:
        """Take back batches whose machine or whose every worker is gone."""
        gone = [
            future
            for future, (_, name, pinned) in self._running.items()
            if name not in self._hosts or (pinned is not None and not alive & set(pinned))
        ]
        orphans: list[tuple[Batch, list[Record] | Lost]] = []
        for future in gone:
            orphans.append((self._let_go(future), Lost("its machine went away", blame=False)))
            future.cancel()
        return orphans

    def _workers(self, wait: float) -> dict[str, int]:
        """Threads of every worker by address; wait for the first one."""
        end = time.monotonic() + wait
        while True:
            try:
                workers = self._client.scheduler_info(n_workers=-1)["workers"]
            except (OSError, KeyError) as error:
                raise _cut() from error
            if workers or time.monotonic() > end:
                return {address: facts["nthreads"] for address, facts in workers.items()}
            time.sleep(0.2)

    def _welcome(self, addresses: list[str]) -> None:
        """Check versions of workers and that they see the folder."""
        theirs = self._ask(environment, addresses)
        for address, versions in theirs.items():
            if not self._mixed:
                refuse_mixture(environment(), versions, f"the worker {address}")
            self.mixture = sorted({*self.mixture, *mixture(environment(), versions)})
        seen = self._ask(partial(_sees, self._where[0]), addresses)
        for address, sees in seen.items():
            if not sees:
                raise FileError(
                    f"the worker {address} does not see '{self._where[0]}'; use a folder that all "
                    "machines share"
                )

    def _free(self, address: str) -> float:
        return float(self._ask(free_memory, [address])[address])

    def _ask(self, question: Any, addresses: list[str]) -> dict[str, Any]:
        try:
            answers: dict[str, Any] = self._client.run(
                question, workers=addresses, on_error="return"
            )
        except (OSError, TimeoutError) as error:
            raise _cut() from error
        for address, answer in answers.items():
            if isinstance(answer, BaseException):
                raise InputError(
                    f"the worker {address} cannot run this version of nmc_mesh "
                    f"({_line(answer)}); install the same one there"
                )
        return answers


def _room(host: Host) -> float:
    return host.room(ahead=max(1, host.slots // 2))


def _hosts(
    workers: dict[str, int], old: dict[str, Host], memory: float, free: Any
) -> dict[str, Host]:
    """Machines by name, with what is given out on them."""
    names: dict[str, list[str]] = {}
    for address in workers:
        names.setdefault(_machine(address), []).append(address)
    hosts = {}
    for name, addresses in names.items():
        slots = sum(workers[address] for address in addresses)
        before = old.get(name)
        given = before.memory if before else memory or SHARE * free(addresses[0])
        hosts[name] = Host(slots, given, before.taken if before else {}, tuple(addresses))
    return hosts


def _machine(address: str) -> str:
    return address.split("://")[-1].rsplit(":", 1)[0]


def _sees(folder: str) -> bool:
    return (Path(folder) / "plan.json").is_file()


def _distributed() -> Any:
    try:
        import distributed
    except ImportError:
        purpose = "work in several processes or on a cluster"
        raise MissingExtraError("distributed", purpose, "cluster") from None
    return distributed


@contextlib.contextmanager
def _silence() -> Any:
    """Keep Dask's talk about closed connections from the screen."""
    for name in _TALKERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _config(values: dict[str, Any]) -> Any:
    """Dask's settings while workers start; they take them along."""
    import dask

    return dask.config.set(values)


def _cut() -> ResourceError:
    return ResourceError(
        "the connection to the Dask scheduler was cut; call again when it is back: what is done "
        "stays done"
    )


def _line(error: object) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
