"""Tables: that a command ends with, and that show all of themselves on a narrow screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.filesize import decimal
from rich.measure import Measurement
from rich.table import Column, Table
from rich.text import Text

if TYPE_CHECKING:
    from nmc_mesh.mesh.tagged_mesh import TaggedMesh
    from nmc_mesh.particle.particle import Particle

Rows = Iterable[tuple[str, str]]
_ENDLESS = 1 << 20


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


def summary_table(what: str, known: Mapping[str, str]) -> Table:
    """Return names, such as of models, and what each is."""
    table = Table(box=None, padding=(0, 2))
    table.add_column(what, style="cyan", no_wrap=True)
    table.add_column("what")
    for name, summary in known.items():
        table.add_row(name, summary)
    return table


def distance_table(
    distances: Mapping[str, Mapping[str, float]],
    average: str,
    title: str,
    seconds: Mapping[str, float],
) -> Table:
    """Return how far measured and simulated descriptors lie apart; average: mean or median."""
    table = Table(
        title=title,
        title_justify="left",
        caption=f"{average}s; distances of the distributions: KS the largest, W the mean one\n"
        + ", ".join(f"{stage} {time:.1f} s" for stage, time in seconds.items()),
        caption_justify="left",
    )
    table.add_column("descriptor", style="cyan")
    for name in ("measured", "model", "KS", "KS noise", "W / σ"):
        table.add_column(name, justify="right")
    for name, figures in distances.items():
        means = (f"measured_{average}", f"simulated_{average}")
        keys = (*means, "ks", "ks_noise", "wasserstein")
        table.add_row(name, *(f"{figures[key]:.3f}" for key in keys))
    return table


def whole(table: Table, console: Console) -> Table:
    """Return a table that shows every cell on this screen.

    One that is too wide for it breaks lines between words, in every column; if its words are too
    wide even so, each row becomes a block of lines, ``heading  cell``. rich itself cuts words.
    """
    _, right, _, left = table.padding
    count = len(table.columns)
    lines = 0 if table.box is None else count + 1
    room = console.width - lines - count * (left + right)
    sizes = [_letters(column, console) for column in table.columns]
    if sum(size.maximum for size in sizes) <= room:
        return table
    pairs = zip(table.columns, sizes, strict=True)
    unbroken = [
        size.with_minimum(size.maximum) if column.no_wrap else size for column, size in pairs
    ]
    for wanted in (unbroken, sizes):
        if sum(size.minimum for size in wanted) <= room:
            widths = _shared(wanted, room)
            break
    else:
        if table.show_header and count > 2:
            return whole(_blocks(table), console)
        # Names and values: words are broken.
        first = min(sizes[0].maximum, max(room // 3, room - sizes[-1].maximum))
        widths = [first, *[(room - first) // max(1, count - 1)] * (count - 1)]
    for column, width in zip(table.columns, widths, strict=True):
        column.no_wrap, column.overflow, column.width = False, "fold", width
    return table


def _shared(sizes: Sequence[Measurement], room: int) -> list[int]:
    """Give every column what its longest word takes, and what is left to those that lack most."""
    widths = [size.minimum for size in sizes]
    for _ in range(room - sum(widths)):
        lack = [size.maximum - width for size, width in zip(sizes, widths, strict=True)]
        widths[lack.index(max(lack))] += 1
    return widths


def _letters(column: Column, console: Console) -> Measurement:
    """Letters of the longest word and of the longest line of a column."""
    options = console.options.update(max_width=_ENDLESS)
    sizes = [Measurement.get(console, options, cell) for cell in (column.header, *column.cells)]
    longest = max(size.maximum for size in sizes)
    # Words of a column with a least width may be broken.
    return Measurement(column.min_width or max(size.minimum for size in sizes), longest)


def _blocks(table: Table) -> Table:
    """Return a table with a line for each cell, and a section for each row."""
    tall = Table(
        title=table.title,
        title_justify=table.title_justify,
        caption=table.caption,
        caption_justify=table.caption_justify,
        show_header=False,
    )
    tall.add_column(style="cyan", overflow="fold")
    tall.add_column(overflow="fold")
    names = [_heading(column.header) for column in table.columns]
    for row in zip(*(column.cells for column in table.columns), strict=True):
        for name, cell in zip(names, row, strict=True):
            tall.add_row(name, cell)
        tall.add_section()
    return tall


def _heading(cell: RenderableType) -> str:
    """A heading on one line; a word that was parted is whole again."""
    text = cell.plain if isinstance(cell, Text) else str(cell)
    return text.replace("-\n", "").replace("\n", " ")


def owner_facts(source: TaggedMesh | Particle) -> Iterator[tuple[str, str]]:
    """Numbers of particles, and of grains that lamellae divide, where there are such."""
    if source.particles:
        yield "particles", f"{source.particles.count:,}"
    if source.parents:
        yield "twinned grains", f"{source.parents.count:,}"
