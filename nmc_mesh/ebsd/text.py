"""Tables of numbers in text files, with errors that name file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.errors import FileError
from nmc_mesh.typing import Floats, Ints

Widths = tuple[int, ...] | range


def lines_of(path: Path) -> list[str]:
    """Return the lines of a text file that is there and not empty, without a byte order mark."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(f"cannot read {path}: {error.strerror}; check the name") from error
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    lines = content.decode("utf-16" if wide else "utf-8-sig", errors="replace").splitlines()
    if not any(line.strip() for line in lines):
        raise FileError(f"{path} is empty; export the map again")
    return lines


def numbers(path: Path, lines: list[str], first: int, widths: Widths) -> Floats:
    """Return the table in ``lines``, of which the first is line ``first`` of the file.

    Parameters
    ----------
    path
        The file, for messages.
    lines
        Numbers with blanks between; empty lines are left out.
    first
        1-based number of the first line.
    widths
        How many columns there may be; a range, as many as it starts with or more.
    """
    filled = [line for line in lines if line.strip()]
    if not filled:
        raise FileError(f"{path} has a header but no points; export the map again")
    try:
        table = np.loadtxt(filled, dtype=np.float64, ndmin=2, comments=None)
    except ValueError:
        raise _bad_line(path, lines, first, widths) from None
    if table.shape[1] not in widths:
        raise _bad_line(path, lines, first, widths)
    return table


def phase_numbers(path: Path, column: Floats) -> Ints:
    """Return a column of phases as whole numbers."""
    whole = np.isfinite(column) & (column == np.rint(column)) & (np.abs(column) < 1e6)
    if not whole.all():
        raise FileError(
            f"{path}: {column[~whole][0]:g} is no number of a phase; export the map again"
        )
    return column.astype(np.int32)


def _bad_line(path: Path, lines: list[str], first: int, widths: Widths) -> FileError:
    wanted = (
        f"{widths.start} or more" if isinstance(widths, range) else " or ".join(map(str, widths))
    )
    usual = 0
    for number, line in enumerate(lines, start=first):
        words = line.split()
        if not words:
            continue
        usual = usual or len(words)
        for word in words:
            try:
                float(word)
            except ValueError:
                return FileError(
                    f"{path}, line {number}: '{word[:20]}' is not a number; export the map again"
                )
        if len(words) not in widths or len(words) != usual:
            expected = wanted if len(words) == usual else str(usual)
            return FileError(
                f"{path}, line {number}: {len(words)} columns, expected {expected} in all lines; "
                "export the map again"
            )
    return FileError(f"{path}: the table cannot be read; export the map again")
