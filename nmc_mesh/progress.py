"""Progress of long work: a stage calls it with its name and the share that is done."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """What a long stage reports to; the command line draws it, a notebook may ignore it."""

    def __call__(self, stage: str, done: float) -> None:
        """Report that the share ``done`` in [0, 1] of ``stage`` is finished."""


def silent(stage: str, done: float) -> None:
    """Report to nobody: the default everywhere."""
