"""What commands say: results on standard output; progress, warnings and errors on the other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed
from rich.text import Text

if TYPE_CHECKING:
    from nmc_mesh.pipeline import Stopwatch

_STYLES = {"error": "bold red", "warning": "bold yellow"}


def console() -> Console:
    """Where results go; text is printed as it is: "[a]" in a file's name is no markup."""
    return Console(highlight=False, markup=False, emoji=False)


def say(line: str | Text) -> None:
    """Print a line on standard error."""
    Console(stderr=True, highlight=False, markup=False, emoji=False).print(line, soft_wrap=True)


def complain(kind: str, message: object) -> None:
    """Print one line, ``kind: message``, on standard error."""
    line = Text(f"{kind}: ", style=_STYLES[kind])
    line.append(" ".join(str(message).split()), style="default")
    say(line)


@contextmanager
def watched(quiet: bool) -> Iterator[Stopwatch]:
    """Take the time of all stages and, on a terminal, draw a bar for each."""
    from nmc_mesh.pipeline import Stopwatch

    screen = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<14}"), BarColumn(), TaskProgressColumn(), Elapsed(),
    )  # fmt: skip
    hidden = quiet or not screen.is_terminal
    with Progress(*columns, console=screen, transient=True, disable=hidden) as bars:
        tasks: dict[str, TaskID] = {}

        def show(stage: str, done: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=done)

        yield Stopwatch(show)
