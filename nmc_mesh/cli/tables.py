"""Tables of commands: what came out, the seconds per stage, the files; the models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from rich.filesize import decimal
from rich.table import Table

Rows = Iterable[tuple[str, str]]


def ending(
    title: str, facts: Sequence[Rows], seconds: Mapping[str, float], files: Sequence[Path]
) -> Table:
    """Return a table of facts (in sections), of the wall time of stages and of files.

    ``files`` were written or read; the table tells their sizes.
    """
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    times = [(stage, f"{time:.2f} s") for stage, time in seconds.items()]
    sizes = [(path.name, decimal(path.stat().st_size)) for path in files]
    for part in (*facts, times, sizes):
        for name, value in part:
            table.add_row(name, value)
        table.add_section()
    return table


def model_table(models: Mapping[str, str]) -> Table:
    """Return the shipped models and what they are."""
    table = Table(box=None, padding=(0, 2))
    table.add_column("model", style="cyan", no_wrap=True)
    table.add_column("what")
    for name, summary in models.items():
        table.add_row(name, summary)
    return table
