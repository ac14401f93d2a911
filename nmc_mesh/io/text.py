"""Numbers to text, fast: millions of lines of whole numbers or of coordinates."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import BinaryIO

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

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
        size = _digits(part, starts[first : last + 1] - starts[first], ord(separator), buffer)
        file.write(buffer[:size].data)


@kernel
def _digits(values: Ints, starts: Longs, separator: int, buffer: AnyArray) -> int:
    """Write each line's numbers, none negative, into the buffer; returns how many bytes."""
    place = 0
    for line in range(starts.size - 1):
        for i in range(starts[line], starts[line + 1]):
            value = values[i]
            size = 1
            rest = value // 10
            while rest > 0:
                rest //= 10
                size += 1
            for digit in range(size):
                buffer[place + size - 1 - digit] = 48 + value % 10
                value //= 10
            place += size
            buffer[place] = separator
            place += 1
        buffer[place - 1] = 10
    return place
