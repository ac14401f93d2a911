"""Ways to damage a file; a number makes the same damage every time."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

_WORDS = (b"nan", b"-1", b"0", b"1e400", b"9" * 30, b"9" * 5000, b"[]", b"\xff\xfe", b"", b"x")
_KINDS: tuple[Any, ...] = (
    np.complex64, np.int8, np.uint64, np.float16, bool, "S4", h5py.string_dtype(),
    h5py.vlen_dtype(np.int32), np.dtype([("a", "i4"), ("b", "f4")]),
)  # fmt: skip
_ATTRIBUTES: tuple[Any, ...] = (
    "word", "{", 7, -1, 2**31, np.nan, np.zeros(5), h5py.Empty("f8"), b"\xff", np.array([], "f8"),
)  # fmt: skip


def damaged(path: Path, target: Path, number: int) -> str:
    """Write a damaged copy of a file, and say what was done to it."""
    rng = random.Random(f"{path.name}/{number}")
    if h5py.is_hdf5(path) and rng.random() < 0.85:
        target.write_bytes(path.read_bytes())
        with h5py.File(target, "r+") as file:
            return _changed(file, rng)
    way = rng.choice(_BYTES)
    target.write_bytes(way(path.read_bytes(), rng))
    return way.__name__


def _changed(file: h5py.File, rng: random.Random) -> str:
    way = rng.choice(_PARTS)
    names: list[str] = []
    file.visit(names.append)
    name = rng.choice(sorted(names))
    kept = dict(file[name].attrs)
    if way is not _attribute:
        data = file[name][()] if isinstance(file[name], h5py.Dataset) else np.zeros(3)
        del file[name]
        way(file, name, data, rng)
        if name in file and file.get(name, getlink=True).__class__ is h5py.HardLink:
            file[name].attrs.update(kept)
    else:
        way(file, rng.choice([name, "/"]), None, rng)
    return f"{way.__name__} {name}"


def _drop(file: h5py.File, name: str, data: Any, rng: random.Random) -> None: ...


def _group(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    file.create_group(name)


def _number(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    file[name] = [1.0]


def _type(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    file.create_dataset(name, np.shape(data), dtype=rng.choice(_KINDS))


def _rank(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    file[name] = rng.choice([np.asarray(data)[None], np.asarray(data).ravel()])


def _length(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    row = np.atleast_1d(data)
    file[name] = rng.choice([row[:-1], row[:0], np.concatenate([row, row])])


def _empty(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    file[name] = h5py.Empty("f8")


def _values(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    array = np.array(data)
    if array.dtype.kind in "iu":
        array[...] = rng.choice([0, 100, np.iinfo(array.dtype).max, np.iinfo(array.dtype).min])
    elif array.dtype.kind == "f" and array.size:
        array.flat[rng.randrange(array.size)] = rng.choice([np.nan, np.inf, -1e38, 0.0])
    file[name] = array


def _claim(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    tail = np.shape(data)[1:]
    rows = 2 ** rng.choice([26, 33, 40])
    file.create_dataset(name, (rows, *tail), np.float64, chunks=(1024, *tail))


def _link(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    file[name] = rng.choice([
        h5py.SoftLink(f"/{name}"), h5py.SoftLink("/nowhere"),
        h5py.ExternalLink("other.h5", f"/{name}"),
        h5py.ExternalLink(Path(file.filename).name, f"/{name}"),
    ])  # fmt: skip


def _attribute(file: h5py.File, name: str, data: Any, rng: random.Random) -> None:
    keys = sorted(file[name].attrs)
    if keys and rng.random() < 0.3:
        del file[name].attrs[rng.choice(keys)]
    elif keys:
        file[name].attrs[rng.choice(keys)] = rng.choice(_ATTRIBUTES)


_PARTS: tuple[Callable[[h5py.File, str, Any, random.Random], None], ...] = (
    _drop, _group, _number, _type, _rank, _length, _empty, _values, _claim, _link, _attribute,
)  # fmt: skip


def cut(data: bytes, rng: random.Random) -> bytes:
    """Cut the end off."""
    return data[: rng.randrange(len(data))]


def flipped(data: bytes, rng: random.Random) -> bytes:
    """Change a few bytes, the first ones rather than the last."""
    many = bytearray(data)
    for _ in range(rng.choice([1, 8])):
        many[rng.randrange(rng.choice([min(len(many), 512), len(many)]))] ^= rng.randrange(1, 256)
    return bytes(many)


def number(data: bytes, rng: random.Random) -> bytes:
    """Put something else in place of a word of a line."""
    lines = data.split(b"\n")
    k = rng.randrange(len(lines))
    words = lines[k].split(b" ")
    words[rng.randrange(len(words))] = rng.choice(_WORDS)
    lines[k] = b" ".join(words)
    return b"\n".join(lines)


def value(data: bytes, rng: random.Random) -> bytes:
    """Put another value behind an equals sign."""
    lines = data.split(b"\n")
    able = [k for k, line in enumerate(lines) if b"=" in line]
    if able:
        k = rng.choice(able)
        lines[k] = lines[k].split(b"=")[0] + b"= " + rng.choice(_WORDS)
    return b"\n".join(lines)


def line(data: bytes, rng: random.Random) -> bytes:
    """Double, drop or exchange lines."""
    lines = data.split(b"\n")
    k, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[k : k + 1] = rng.choice([[], [lines[k]] * 2, [lines[other]]])
    return b"\n".join(lines)


def nested(data: bytes, rng: random.Random) -> bytes:
    """Nest deeper than a parser can follow."""
    return b"x = " + b"[" * 100_000 + b"\n" + data


_BYTES = (cut, flipped, number, number, value, value, line, nested)
