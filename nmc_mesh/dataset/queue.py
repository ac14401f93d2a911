"""What is still to be made: dear particles first, cheap ones in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.worker_pool import Batch

BATCH_SECONDS = 2.0
"""Expected seconds of a batch: long against the milliseconds that handing it out takes."""

BATCHES_PER_SECOND = 100.0
"""So many the client hands out at most: batches are longer for many workers."""

BATCH_ITEMS = 200
_LOOK = 1000
_ROUNDS = 3


class Queue:
    """Particles to be made.

    The dear ones come first, so that none of them is the last to run alone, and one that waits for
    memory finds it as soon as one like it is finished. Batches shrink toward the end.

    Parameters
    ----------
    items
        The particles.
    costs, needs
        Expected seconds and bytes of memory of each.
    """

    def __init__(
        self, items: Sequence[Item], costs: Sequence[float], needs: Sequence[float]
    ) -> None:
        order = np.argsort(costs, kind="stable")  # the last is taken first
        self._waiting = [(items[i], costs[i], needs[i]) for i in order]
        self._alone: list[tuple[Item, float, float]] = []
        self.total = float(sum(costs))
        self.left = self.total
        self.last_need = 0.0
        self._unassigned = self.total

    def __len__(self) -> int:
        return len(self._waiting) + len(self._alone)

    def too_large(self, most: float) -> Iterator[Item]:
        """Take out the particles that need more than ``most`` bytes of memory."""
        if self._waiting and max(need for _, _, need in self._waiting[-_LOOK:]) > most:
            large = [entry for entry in self._waiting if entry[2] > most]
            self._waiting = [entry for entry in self._waiting if entry[2] <= most]
            for item, cost, need in large:
                self.left -= cost
                self._unassigned -= cost
                self.last_need = need
                yield item

    def take(self, room: float, slots: int) -> Batch | None:
        """Take the next batch that fits into ``room`` bytes, if there is one."""
        if self._alone and self._alone[-1][2] <= room:
            return self._batch([self._alone.pop()])
        index = len(self._waiting) - 1
        lowest = max(index - _LOOK, -1)
        while index > lowest and self._waiting[index][2] > room:
            index -= 1
        if index <= lowest:
            return None
        longest = max(BATCH_SECONDS, slots / BATCHES_PER_SECOND)
        wanted = min(longest, self._unassigned / (_ROUNDS * slots))
        taken = [self._waiting.pop(index)]
        spent = taken[0][1]
        while index > 0 and len(taken) < BATCH_ITEMS:
            _, cost, need = self._waiting[index - 1]
            if spent + cost > wanted or need > room:
                break
            index -= 1
            taken.append(self._waiting.pop(index))
            spent += cost
        return self._batch(taken)

    def settle(self, batch: Batch) -> None:
        """Note that a batch is finished."""
        self.left = max(self.left - batch.cost, 0.0)

    def give_back(self, batch: Batch, alone: bool) -> None:
        """Take a batch back; ``alone``: hand its particles out one by one."""
        each = batch.cost / len(batch.items)
        entries = [(item, each, batch.need) for item in batch.items]
        self._unassigned += batch.cost
        if alone:
            self._alone += entries
        else:
            self._waiting += entries

    def _batch(self, entries: list[tuple[Item, float, float]]) -> Batch:
        items, costs, needs = zip(*entries, strict=True)
        self._unassigned -= sum(costs)
        return Batch(tuple(items), max(needs), sum(costs))
