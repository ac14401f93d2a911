"""Numbers to text, fast: millions of rows of whole numbers or of coordinates."""

from __future__ import annotations

from typing import BinaryIO

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import AnyArray, Floats, Longs

_ROWS = 1 << 16


def write_whole(file: BinaryIO, rows: AnyArray) -> None:
    """Write whole numbers, one row per line, blanks between; shape (n, k)."""
    for start, stop in chunks(len(rows), _ROWS):
        chunk = np.ascontiguousarray(rows[start:stop], dtype=np.int64)
        buffer = np.empty(21 * chunk.size, np.uint8)
        size = _digits(chunk, buffer)
        file.write(buffer[:size].data)


def write_places(file: BinaryIO, points: Floats) -> None:
    """Write coordinates, one point per line, in the fewest digits that give the same number."""
    line = " ".join(["{!r}"] * points.shape[1]) + "\n"
    for start, stop in chunks(len(points), _ROWS):
        values = points[start:stop].ravel().tolist()
        file.write((line * (stop - start)).format(*values).encode())


@kernel
def _digits(rows: Longs, buffer: AnyArray) -> int:
    """Write decimal digits into the buffer; returns how many bytes."""
    place = 0
    for i in range(rows.shape[0]):
        for k in range(rows.shape[1]):
            value = rows[i, k]
            if value < 0:
                buffer[place] = 45
                place += 1
                value = -value
            size = 1
            rest = value // 10
            while rest > 0:
                rest //= 10
                size += 1
            for digit in range(size):
                buffer[place + size - 1 - digit] = 48 + value % 10
                value //= 10
            place += size
            buffer[place] = 32
            place += 1
        buffer[place - 1] = 10
    return place
