"""Pieces of work on several threads: each is done once, and an error is raised by the caller."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from nmc_mesh.parallel import for_chunks, set_threads


@pytest.fixture(autouse=True, params=[1, 2, 5])
def _threads(request: pytest.FixtureRequest) -> Iterator[None]:
    set_threads(request.param)
    yield
    set_threads(None)


@pytest.mark.parametrize("total", [0, 1, 4, 999])
def test_every_place_is_worked_on_once(total: int) -> None:
    times = np.zeros(total, dtype=np.int64)

    def work(start: int, stop: int) -> None:
        times[start:stop] += 1

    for_chunks(total, 4, work)
    assert (times == 1).all()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
@pytest.mark.parametrize("bad", [0, 500, 999])
def test_an_error_is_raised_and_no_further_piece_begun(
    error: type[BaseException], bad: int
) -> None:
    begun = []

    def work(start: int, stop: int) -> None:
        begun.append(start)
        if start == bad:
            raise error("of the work")

    with pytest.raises(error, match="of the work"):
        for_chunks(1000, 1, work)
    assert bad in begun
    assert len(begun) == len(set(begun))
    count = len(begun)
    for_chunks(3, 1, lambda start, stop: None)
    assert len(begun) == count  # nobody works on
