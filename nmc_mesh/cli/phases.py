"""Options that say what labels are made of: of an image, or of a mesh of another program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nmc_mesh.cli.options import Command, adding

if TYPE_CHECKING:
    from nmc_mesh.geometry.phases import Phases
    from nmc_mesh.typing import Ints

_OPTIONS = (
    click.option(
        "--phase", "named", multiple=True, metavar="LABELS=NAME",
        help="What labels are made of that are no grains: 7=pore, 8,12-20=electrolyte.  "
        "[default: what the file says]",
    ),
    click.option(
        "--phases", "table", type=click.Path(path_type=Path), metavar="TABLE.txt",
        help="The same from a file: a line per label, or run of labels, and its phase.",
    ),
)  # fmt: skip


def phase_options(command: Command) -> Command:
    """Add what labels are made of."""
    return adding(_OPTIONS, command)


def phases_of(named: tuple[str, ...], table: Path | None, labels: Ints) -> Phases | None:
    """Return the phases that the options name; None where there are none.

    Parameters
    ----------
    named, table
        What the options say.
    labels
        Labels that there are, ascending.

    Raises
    ------
    InputError
        If a line does not fit, or names a phase or a label that there is not.
    FileError
        If the table cannot be read.
    """
    from nmc_mesh.errors import InputError
    from nmc_mesh.geometry.phases import Phases

    if not named and table is None:
        return None
    known: dict[str, list[int]] = {}
    for text, source in [*_lines(table), *((part, "--phase") for part in named)]:
        own, sign, name = text.partition("=")
        if not sign or not own.strip() or not name.strip():
            raise InputError(f"{source}: labels and a phase, such as 8,12-20=pore, not '{text}'")
        for part in own.split(","):
            first, last = _run(part, source)
            there = labels[(labels >= first) & (labels <= last)]
            if not len(there):
                raise InputError(
                    f"{source}: there is no label {part.strip()} to be {name.strip()}; labels go "
                    f"from {labels[0]} to {labels[-1]}"
                )
            known.setdefault(name.strip(), []).extend(there.tolist())
    return Phases(known)


def _lines(table: Path | None) -> Iterator[tuple[str, str]]:
    """Lines of a table as ``LABELS=NAME``, and where they stand."""
    from nmc_mesh.errors import FileError

    if table is None:
        return
    try:
        text = table.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileError(f"cannot read the table of phases {table}: {error}") from None
    for number, line in enumerate(text.splitlines(), start=1):
        bare = line.partition("#")[0].strip()
        if bare:
            *own, name = bare.replace("=", " ").replace(",", " ").split()
            yield f"{','.join(own)}={name}", f"line {number} of {table}"


def _run(text: str, source: str) -> tuple[int, int]:
    """First and last label of ``12-20`` or ``7``."""
    from nmc_mesh.errors import InputError

    first, _, last = text.strip().partition("-")
    try:
        run = int(first), int(last or first)
    except ValueError:
        run = 0, -1
    if not 1 <= run[0] <= run[1]:
        raise InputError(f"{source}: labels of 1 or more, such as 7 or 12-20, not '{text.strip()}'")
    return run
