"""Greyscale and palette .png pictures as whole numbers: labels, not colours."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import contents, damaged
from nmc_mesh.typing import AnyArray

_MAGIC = b"\x89PNG\r\n\x1a\n"
_GREY, _PALETTE = 0, 3


def read_png(path: Path) -> AnyArray:
    """Return grey values or palette numbers, rows first (y, x), as uint8 or uint16.

    Raises
    ------
    FileError
        If the file cannot be read, is truncated or damaged, or is no PNG.
    InputError
        If it is a colour picture, or stored in passes (Adam7).
    """
    data = contents(path)
    if not data.startswith(_MAGIC):
        raise damaged(path, "it does not start like a PNG")
    head, body = b"", []
    place, ended = len(_MAGIC), False
    while place + 12 <= len(data) and not ended:
        size = struct.unpack_from(">I", data, place)[0]
        kind, chunk = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        check = data[place + 8 + size : place + 12 + size]
        if len(check) < 4 or zlib.crc32(kind + chunk) != struct.unpack(">I", check)[0]:
            raise damaged(path, f"its part {kind!r} is not as it was written")
        head = chunk if kind == b"IHDR" else head
        if kind == b"IDAT":
            body.append(chunk)
        ended = kind == b"IEND"
        place += 12 + size
    if not ended or len(head) != 13:
        raise damaged(path, "its end is missing")
    return _picture(path, head, b"".join(body))


def _picture(path: Path, head: bytes, body: bytes) -> AnyArray:
    width, height, depth, color, _, _, passes = struct.unpack(">IIBBBBB", head)
    if color not in (_GREY, _PALETTE):
        raise InputError(f"{path} is a colour picture; save labels as one channel, 8 or 16 bits")
    if passes:
        raise InputError(f"{path} is stored in passes (interlaced); save it without")
    row = -(-width * depth // 8)
    try:
        raw = np.frombuffer(zlib.decompress(body), np.uint8).reshape(height, row + 1)
    except (zlib.error, ValueError) as error:
        raise damaged(path, error) from error
    lines = np.zeros((height, row), dtype=np.uint8)
    if not core.unfilter_png(raw, max(1, depth // 8), lines):
        raise FileError(f"{path} uses an unknown filter; save it again")
    if depth == 16:
        return lines.view(">u2").astype(np.uint16)
    if depth < 8:
        bits = np.unpackbits(lines, axis=1)[:, : width * depth].reshape(height, width, depth)
        return (bits @ (1 << np.arange(depth)[::-1])).astype(np.uint8)
    return lines
