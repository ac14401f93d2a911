"""Progress of long work: a stage calls it with its name and the share that is done.

The log of this package, ``logging.getLogger("nmc_mesh")``, tells at the level INFO when stages
begin and end; like that of any library it is silent until somebody listens::

    import logging
    logging.basicConfig(level=logging.INFO)
"""

from __future__ import annotations

import logging
import time
from typing import Protocol

LOG = logging.getLogger("nmc_mesh")
"""Tells of stages and of what they made."""

LOG.addHandler(logging.NullHandler())


class Progress(Protocol):
    """What a long stage reports to; the command line draws it, a notebook may ignore it."""

    def __call__(self, stage: str, done: float) -> None:
        """Report that the share ``done`` in [0, 1] of ``stage`` is finished."""


def silent(stage: str, done: float) -> None:
    """Report to nobody but the log: the default everywhere."""
    if (done <= 0 or done >= 1) and LOG.isEnabledFor(logging.INFO):
        LOG.info("%s: %s", stage, "begins" if done <= 0 else "done")


class Stopwatch:
    """A progress that adds up the wall time of every stage and passes each report on.

    The time between two reports belongs to the stage of the later one, unless that one only
    announces its start.
    """

    def __init__(self, progress: Progress = silent) -> None:
        self.seconds: dict[str, float] = {}
        self._progress = progress
        self._last = time.perf_counter()
        self._stage: str | None = None

    def __call__(self, stage: str, done: float) -> None:
        """Take the time and pass the report on."""
        now = time.perf_counter()
        owner = self._stage if done <= 0 else stage
        if owner is not None:
            self.seconds[owner] = self.seconds.get(owner, 0.0) + now - self._last
        self._last, self._stage = now, stage
        self._progress(stage, done)
