"""Numbers to text, fast: millions of lines of whole numbers or of coordinates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import Floats, Ints, Longs

_LINES = 1 << 16


def write_whole(file: BinaryIO, rows: Ints, separator: str = " ") -> None:
    """Write whole numbers, a row per line, one character between; shape (n, k)."""
    starts = np.arange(0, rows.size + 1, rows.shape[1], dtype=np.int64)
    _write_lines(file, rows.reshape(-1), starts, separator)


def write_blocks(file: BinaryIO, heads: Ints, starts: Longs, rows: Ints) -> None:
    """Write rows in blocks, each after a line of its own.

    Before ``rows[starts[k] : starts[k + 1]]`` comes ``heads[k]``; shapes (b, h), (b + 1,), (n, k).
    """
    (count, wide), (total, width) = heads.shape, rows.shape
    block = np.repeat(np.arange(count), np.diff(starts))
    head_place = wide * np.arange(count) + width * starts[:-1]
    row_place = wide * (block + 1) + width * np.arange(total)
    begins = np.empty(count + total + 1, dtype=np.int64)
    begins[np.arange(count) + starts[:-1]] = head_place
    begins[block + 1 + np.arange(total)] = row_place
    begins[-1] = heads.size + rows.size
    values = np.empty(begins[-1], dtype=np.int32)
    values[head_place[:, None] + np.arange(wide)] = heads
    values[row_place[:, None] + np.arange(width)] = rows
    _write_lines(file, values, begins)


def lines_of_places(
    points: Floats, separator: str = " ", number: Callable[[float], str] = repr
) -> Iterator[str]:
    """Format each point, by default in the fewest digits that give the same; shape (n, 3)."""
    for start, stop in chunks(len(points), _LINES):
        for place in points[start:stop].tolist():
            yield separator.join(map(number, place)) + "\n"


def _write_lines(file: BinaryIO, values: Ints, starts: Longs, separator: str = " ") -> None:
    for first, last in chunks(len(starts) - 1, _LINES):
        part = np.ascontiguousarray(values[starts[first] : starts[last]], dtype=np.int32)
        buffer = np.empty(12 * part.size, np.uint8)
        begins = starts[first : last + 1] - starts[first]
        size = core.write_lines(part, begins, ord(separator), buffer)
        file.write(buffer[:size].data)
