"""Two or more threads over chunks of work whose borders do not depend on the number of threads."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Thread

from nmc_mesh.errors import InputError

_threads: int | None = None


def set_threads(count: int | None) -> None:
    """Use ``count`` threads from now on; ``None`` means all cores this process may use.

    Parameters
    ----------
    count
        1 or more; None for all.

    Raises
    ------
    InputError
        If ``count`` is less than one.

    Examples
    --------
    >>> nmc_mesh.set_threads(1)
    >>> nmc_mesh.set_threads(None)  # all cores again
    >>> nmc_mesh.set_threads(0)
    Traceback (most recent call last):
    ...
    nmc_mesh.errors.InputError: ...
    """
    global _threads
    if count is not None and not (isinstance(count, int) and count >= 1):
        raise InputError(f"the number of threads must be at least 1, not {count!r}")
    _threads = count


def get_threads() -> int:
    """Return the number of threads in use."""
    return _threads if _threads is not None else _cores()


def _cores() -> int:
    """Cores that this process may use; where the system does not tell, those of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def chunks(total: int, size: int) -> list[tuple[int, int]]:
    """Split ``range(total)`` into half-open pieces of ``size``."""
    return [(start, min(start + size, total)) for start in range(0, total, size)]


def for_chunks(total: int, size: int, work: Callable[[int, int], object]) -> None:
    """Call ``work(start, stop)`` for every chunk of ``range(total)``, on all threads.

    ``work`` must release the interpreter lock (a kernel does) and write to places of its own, so
    the result is the same for any number of threads.
    """
    pieces = chunks(total, size)
    count = min(get_threads(), len(pieces))
    if count <= 1:
        for start, stop in pieces:
            work(start, stop)
        return
    left = iter(pieces)  # threads share it: the interpreter gives each piece once
    errors: list[BaseException] = []

    def some() -> None:
        try:
            for start, stop in left:
                work(start, stop)
        except BaseException as error:  # told by the caller; nobody begins another piece
            errors.append(error)
            for _ in left:
                pass

    others = [Thread(target=some) for _ in range(count - 1)]
    for thread in others:
        thread.start()
    some()
    for thread in others:
        thread.join()
    if errors:
        raise errors[0]
