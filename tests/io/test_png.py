"""Label pictures: every depth and filter comes in as another program wrote it."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh import read_labels
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import AnyArray

pil = pytest.importorskip("PIL.Image")


def picture(depth: int = 8) -> AnyArray:
    rng = np.random.default_rng(depth)
    smooth = np.add.outer(np.arange(40), np.arange(33)) // 9
    return ((smooth + rng.integers(0, 3, smooth.shape)) * (257 if depth == 16 else 1)).astype(
        np.uint16 if depth == 16 else np.uint8
    )


def part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def by_hand(rows: AnyArray, filters: AnyArray, width: int, depth: int, color: int = 0) -> bytes:
    """A picture of filtered rows."""
    head = struct.pack(">IIBBBBB", width, len(rows), depth, color, 0, 0, 0)
    body = zlib.compress(np.column_stack([filters, rows]).astype(np.uint8).tobytes())
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", body) + part(b"IEND", b"")


@pytest.mark.parametrize("depth", [8, 16])
def test_what_another_program_wrote(tmp_path: Path, depth: int) -> None:
    pil.fromarray(picture(depth)).save(tmp_path / "labels.png")
    found = read_labels(tmp_path / "labels.png", 0.1)
    np.testing.assert_array_equal(found.labels, picture(depth).T)


@pytest.mark.parametrize("kind", range(5))
def test_every_filter_is_undone(tmp_path: Path, kind: int) -> None:
    """Rows are filtered here with the definitions of the standard, and read back by another too."""
    truth = picture().astype(int)
    left = np.pad(truth, ((0, 0), (1, 0)))[:, :-1]
    above = np.pad(truth, ((1, 0), (0, 0)))[:-1]
    corner = np.pad(truth, ((1, 0), (1, 0)))[:-1, :-1]
    ways = np.stack([left, above, corner])
    off = np.abs(ways - (left + above - corner)).argmin(axis=0)  # the first of equals wins
    guess = [0 * truth, left, above, (left + above) // 2, np.choose(off, ways)][kind]
    data = by_hand((truth - guess) % 256, np.full(len(truth), kind), truth.shape[1], 8)
    (tmp_path / "labels.png").write_bytes(data)
    np.testing.assert_array_equal(np.asarray(pil.open(tmp_path / "labels.png")), truth)
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.png", 0.1).labels, truth.T)


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_small_numbers_may_share_a_byte(tmp_path: Path, depth: int) -> None:
    truth = np.random.default_rng(0).integers(0, 1 << depth, (5, 13))
    bits = (truth[:, :, None] >> np.arange(depth)[::-1]) & 1
    rows = np.packbits(bits.reshape(5, -1), axis=1)
    (tmp_path / "labels.png").write_bytes(by_hand(rows, np.zeros(5), 13, depth))
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.png", 0.1).labels, truth.T)


def test_palette_numbers_are_labels(tmp_path: Path) -> None:
    image = pil.fromarray(picture(), mode="L").convert("P")
    image.putpalette(np.random.default_rng(1).integers(0, 256, 768).tolist())
    image.save(tmp_path / "labels.png")
    np.testing.assert_array_equal(read_labels(tmp_path / "labels.png", 0.1).labels, picture().T)


def test_bad_pictures_are_told(tmp_path: Path) -> None:
    path = tmp_path / "labels.png"
    pil.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path)
    with pytest.raises(InputError, match="a colour picture; save labels as one channel"):
        read_labels(path, 0.1)
    pil.fromarray(picture()).save(path)
    whole = path.read_bytes()
    for cut in (0, 7, 40, len(whole) // 2, len(whole) - 6):
        path.write_bytes(whole[:cut])
        with pytest.raises(FileError, match="truncated or damaged"):
            read_labels(path, 0.1)
    path.write_bytes(whole[:60] + bytes([whole[60] ^ 1]) + whole[61:])
    with pytest.raises(FileError, match="truncated or damaged"):
        read_labels(path, 0.1)
    path.write_bytes(by_hand(picture(), np.full(40, 9), 33, 8))
    with pytest.raises(FileError, match="unknown filter"):
        read_labels(path, 0.1)
