"""Who gets what when: dear particles first, memory never given out twice."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.queue import BATCH_ITEMS, BATCH_SECONDS, Queue
from nmc_mesh.dataset.worker_pool import Batch, Host


def queue_of(costs: list[float], needs: list[float]) -> Queue:
    return Queue([Item(k, "m") for k in range(len(costs))], costs, needs)


def drained(queue: Queue, room: float, slots: int = 2) -> list[Batch]:
    found = []
    while (batch := queue.take(room, slots)) is not None:
        found.append(batch)
    return found


@given(st.lists(st.floats(0.001, 5.0), min_size=1, max_size=300))
def test_everything_is_handed_out_once_and_dear_ones_first(costs: list[float]) -> None:
    queue = queue_of(costs, [1.0] * len(costs))
    batches = drained(queue, 1.0)
    handed = [item.k for batch in batches for item in batch.items]
    assert sorted(handed) == list(range(len(costs)))
    assert [costs[k] for k in handed] == sorted(costs, reverse=True)
    assert all(len(b.items) == 1 or b.cost <= BATCH_SECONDS for b in batches)
    assert max(len(b.items) for b in batches) <= BATCH_ITEMS
    for batch in batches:
        queue.settle(batch)
    assert queue.left <= 1e-9 * sum(costs)


def test_batches_shrink_toward_the_end() -> None:
    batches = drained(queue_of([0.005] * 3000, [1.0] * 3000), 1.0)
    sizes = [len(batch.items) for batch in batches]
    assert sizes[0] == BATCH_ITEMS
    assert sizes[-1] == 1
    assert sizes == sorted(sizes, reverse=True)
    assert len(sizes) < 100
    many = drained(queue_of([0.1] * 50_000, [1.0] * 50_000), 1.0, slots=400)
    assert many[0].cost > 1.9 * BATCH_SECONDS


def test_small_particles_pass_a_large_one_that_waits() -> None:
    queue = queue_of([9.0, 3.0, 2.0], [80.0, 30.0, 30.0])
    first = queue.take(50.0, 2)
    assert first is not None
    assert [item.k for item in first.items] == [1]
    assert queue.take(10.0, 2) is None
    large = queue.take(100.0, 2)
    assert large is not None
    assert large.items[0].k == 0


def test_what_fits_no_machine_is_taken_out() -> None:
    queue = queue_of([9.0, 3.0, 2.0], [80.0, 30.0, 90.0])
    assert sorted(item.k for item in queue.too_large(50.0)) == [0, 2]
    assert queue.left == 3.0
    assert len(queue) == 1


def test_a_batch_given_back_is_handed_out_alone() -> None:
    queue = queue_of([0.1] * 40, [1.0] * 40)
    batch = queue.take(1.0, 1)
    assert batch is not None
    assert len(batch.items) > 1
    queue.give_back(batch, alone=True)
    found = [queue.take(1.0, 1) for _ in batch.items]
    assert sorted(b.items[0].k for b in found if b) == sorted(i.k for i in batch.items)
    assert all(b is not None and len(b.items) == 1 for b in found)


@given(st.lists(st.floats(1.0, 100.0), min_size=1, max_size=60), st.integers(1, 8))
def test_a_machine_never_gives_out_more_memory_than_it_has(needs: list[float], slots: int) -> None:
    """Large particles do not run two at a time; small ones do."""
    queue, host = queue_of(needs, needs), Host(slots, 100.0)
    running: dict[int, Batch] = {}
    rng, most = np.random.default_rng(0), 0
    for number in range(10_000):
        room = host.room(ahead=1)
        batch = queue.take(room, slots) if room >= 0 else None
        if batch is not None:
            running[number] = batch
            host.taken[number] = batch.need
            assert sum(host.taken.values()) <= 100.0
            assert len(host.taken) <= slots + 1
            most = max(most, len(host.taken))
        elif running:
            gone = int(rng.choice(list(running)))
            del running[gone], host.taken[gone]
        else:
            break
    assert len(queue) == 0
    if len(needs) > slots and sum(sorted(needs)[-slots:]) <= 100.0:
        assert most >= slots
