"""What the engine is told and what it tells: how to work, how far it is, what came out."""

from __future__ import annotations

from dataclasses import dataclass

from nmc_mesh.arrays import one_line

STOP = "stop"
"""Stage of a run that was interrupted, until it has ended."""


@dataclass(frozen=True)
class State:
    """How far the work is.

    Parameters
    ----------
    stage
        "prepare", "make", "write", or `STOP` when the run was interrupted.
    done, failed, total
        Particles: made, recorded as failed, and all of the plan.
    seconds, left
        Since the work began, and expected to its end (NaN: not known yet).
    rate
        Particles per second of this run.
    """

    stage: str
    done: int
    failed: int
    total: int
    seconds: float = 0.0
    left: float = float("nan")
    rate: float = 0.0


@dataclass(frozen=True)
class Summary:
    """What came out of a run.

    Parameters
    ----------
    done, failed, total
        Particles of the data set now.
    made
        Particles made by this run.
    seconds, cpu
        Wall time of making them, and seconds of cores spent in it.
    bytes
        Of all files of the data set.
    digest
        SHA-256 over the hashes of all files: equal data sets have equal digests.
    errors
        Error of the first failed particles, by number.
    """

    done: int
    failed: int
    total: int
    made: int
    seconds: float
    cpu: float
    bytes: int
    digest: str
    errors: dict[int, str]

    __repr__ = one_line


@dataclass(frozen=True)
class Settings:
    """How to work; the data set does not depend on it.

    Parameters
    ----------
    processes
        Processes on this machine; 1: this one itself; default: one per core.
    scheduler
        Address of a Dask scheduler whose workers do the work.
    memory
        Bytes given out per machine; default: 0.8 of what is free.
    retry_failed
        Try particles again that failed before.
    mixed
        Allow versions that differ between client, workers and earlier runs.
    """

    processes: int | None = None
    scheduler: str | None = None
    memory: float | None = None
    retry_failed: bool = False
    mixed: bool = False
