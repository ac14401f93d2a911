"""What commands say: results on standard output; progress, warnings and errors on the other."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.progress import TimeRemainingColumn as Remaining
from rich.table import Table
from rich.text import Text

from nmc_mesh.cli.tables import whole

if TYPE_CHECKING:
    from nmc_mesh.progress import Stopwatch

_STYLES = {"error": "bold red", "warning": "bold yellow"}


class _Screen(Console):
    """A console on which tables lose nothing, however narrow it is."""

    def print(self, *objects: Any, **how: Any) -> None:
        kept = [whole(part, self) if isinstance(part, Table) else part for part in objects]
        super().print(*kept, **how)


def console() -> Console:
    """Where results go; text is printed as it is: "[a]" in a file's name is no markup."""
    return _Screen(highlight=False, markup=False, emoji=False)


def say(line: str | Text) -> None:
    """Print a line on standard error."""
    Console(stderr=True, highlight=False, markup=False, emoji=False).print(line, soft_wrap=True)


def complain(kind: str, message: object) -> None:
    """Print one line, ``kind: message``, on standard error."""
    line = Text(f"{kind}: ", style=_STYLES[kind])
    line.append(" ".join(str(message).split()), style="default")
    say(line)


class Lines(logging.Handler):
    """The log as lines on standard error: time of day, and what there is to tell."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record."""
        moment = time.strftime("%H:%M:%S", time.localtime(record.created))
        say(f"{moment} {' '.join(record.getMessage().split())}")


@contextmanager
def watched(quiet: bool) -> Iterator[Stopwatch]:
    """Take the time of all stages; draw a bar for each, with the time that remains.

    Without a terminal a line tells of each stage once it is done.
    """
    from nmc_mesh.progress import LOG, Stopwatch

    if LOG.isEnabledFor(logging.INFO):  # then lines tell of stages, and bars would disturb them
        begun: set[str] = set()

        def log(stage: str, done: float) -> None:
            if stage not in begun:
                begun.add(stage)
                LOG.info("%s: begins", stage)
            if done >= 1:
                LOG.info("%s: done, %.2f s so far", stage, watch.seconds.get(stage, 0.0))

        watch = Stopwatch(log)
        yield watch
        return
    screen = Console(stderr=True)
    if not quiet and not screen.is_terminal:
        stages: set[str] = set()

        def tell(stage: str, done: float) -> None:
            if done >= 1 and stage not in stages:
                stages.add(stage)
                say(f"{stage}: {watch.seconds[stage]:.1f} s")

        watch = Stopwatch(tell)
        yield watch
        return
    columns = (
        TextColumn("{task.description:<14}"), BarColumn(), TaskProgressColumn(), Elapsed(),
        TextColumn("left"), Remaining(compact=True),
    )  # fmt: skip
    with Progress(*columns, console=screen, transient=True, disable=quiet) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=done)

        yield Stopwatch(show)
