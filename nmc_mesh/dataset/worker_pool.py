"""Who does the work: this process, or others; what fits a machine at the same time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.make import Record
from nmc_mesh.parallel import get_threads, set_threads

SHARE = 0.8
"""Share of the free memory that is given out."""

Work = Callable[[str, str, tuple[Item, ...]], list[Record]]


class Batch(NamedTuple):
    """Particles that one worker makes one after the other.

    ``need`` is the memory in bytes of the largest, ``cost`` the expected seconds of all.
    """

    items: tuple[Item, ...]
    need: float
    cost: float


class Lost(NamedTuple):
    """A batch without a result: its worker died (``blame`` it), or its machine went away."""

    reason: str
    blame: bool


class WorkerPool(Protocol):
    """Workers that take batches and give back records.

    ``mixture`` tells how their environments differ from that of this process.
    """

    mixture: list[str]

    @property
    def slots(self) -> int:
        """Batches that can be worked on at the same time."""

    @property
    def largest(self) -> float:
        """Bytes of memory that one batch may need."""

    def room(self) -> float:
        """Memory need of the largest batch that could be taken now; negative if none."""

    def submit(self, batch: Batch) -> None:
        """Take a batch."""

    def wait(self, seconds: float) -> list[tuple[Batch, list[Record] | Lost]]:
        """Return what is finished; wait for it so long."""

    def stop(self) -> list[tuple[Batch, list[Record] | Lost]]:
        """End the work at once; return what was finished."""

    def close(self) -> None:
        """Let everybody go."""


@dataclass
class Host:
    """A machine: how many batches it works on, and the memory that is given out there."""

    slots: int
    memory: float
    taken: dict[int, float] = field(default_factory=dict)
    workers: tuple[str, ...] = ()

    def room(self, ahead: int) -> float:
        """Memory that another batch may need here; negative if there is no place.

        A machine without work takes any batch; ``ahead`` batches wait there besides those that are
        worked on.
        """
        if len(self.taken) >= self.slots + ahead:
            return -1.0
        return self.memory - sum(self.taken.values())


class SerialPool:
    """The pool of one: this process, a batch at a time."""

    slots = 1

    def __init__(self, work: Work, folder: str, recipe_id: str, memory: float) -> None:
        self.largest = memory
        self.mixture: list[str] = []
        self._work, self._where = work, (folder, recipe_id)
        self._batch: Batch | None = None

    def room(self) -> float:
        """All memory, or nothing while a batch waits."""
        return self.largest if self._batch is None else -1.0

    def submit(self, batch: Batch) -> None:
        """Keep a batch until ``wait``."""
        self._batch = batch

    def wait(self, seconds: float) -> list[tuple[Batch, list[Record] | Lost]]:
        """Do the work, on one thread."""
        batch, self._batch = self._batch, None
        if batch is None:
            return []
        threads = get_threads()
        try:
            return [(batch, self._work(*self._where, batch.items))]
        finally:
            set_threads(threads)

    def stop(self) -> list[tuple[Batch, list[Record] | Lost]]:
        """Nothing is going on while somebody asks."""
        return []

    def close(self) -> None:
        """Nobody to let go."""
