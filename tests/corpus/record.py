"""What is written down of an array, and how two arrays are compared."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.corpus.case import Arrays

FROZEN = Path(__file__).with_name("frozen.json")


@dataclass(frozen=True)
class Record:
    """Digest of dtype, shape and bytes; and how large the numbers are: least, most, sum of |x|."""

    sha256: str
    dtype: str
    shape: tuple[int, ...]
    stats: tuple[float, ...]


Records = dict[str, dict[str, Record]]
"""Records of every array of every case."""


def record(array: NDArray[Any]) -> Record:
    """Describe an array; every NaN counts as the same."""
    whole = np.ascontiguousarray(array)
    if whole.dtype.kind == "f" and np.isnan(whole).any():
        whole = np.where(np.isnan(whole), np.array(np.nan, whole.dtype), whole)
    head = f"{whole.dtype.str}{array.shape}".encode()
    digest = hashlib.sha256(head + whole.tobytes()).hexdigest()
    return Record(digest, whole.dtype.str, tuple(array.shape), _stats(whole))


def _stats(array: NDArray[Any]) -> tuple[float, ...]:
    if array.dtype.kind not in "fiub":
        return ()
    numbers = array.astype(np.float64)
    numbers = numbers[np.isfinite(numbers)]
    if numbers.size == 0:
        return ()
    found = numbers.min(), numbers.max(), np.abs(numbers).sum()
    return tuple(float(f"{number:.12g}") for number in found)


def read_records(path: Path = FROZEN) -> Records:
    """Read what is frozen; nothing if there is no file."""
    if not path.exists():
        return {}
    plain = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: {
            key: Record(digest, dtype, tuple(shape), tuple(stats))
            for key, (digest, dtype, shape, stats) in arrays.items()
        }
        for name, arrays in plain.items()
    }


def write_records(records: Records, path: Path = FROZEN) -> None:
    """Write records, an array per line, so that a change shows where it is."""
    blocks = []
    for name in sorted(records):
        lines = [
            f"    {json.dumps(key)}: {json.dumps([r.sha256, r.dtype, r.shape, r.stats])}"
            for key, r in records[name].items()
        ]
        blocks.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n  }")
    path.write_text("{\n" + ",\n".join(blocks) + "\n}\n", encoding="utf-8")


def differences(found: Arrays, wanted: dict[str, Record]) -> list[str]:
    """Say how arrays differ from what is frozen, the first one first; nothing where they do not."""
    told = [f"{key}: not there" for key in wanted if key not in found]
    for key, array in found.items():
        if key not in wanted:
            told.append(f"{key}: not frozen")
            continue
        now, then = record(array), wanted[key]
        if now != then and now.sha256 != then.sha256:
            told.append(f"{key}: {_contrast(now, then)}")
    return told


def alike(found: Arrays, wanted: dict[str, Record], share: float = 1e-9) -> bool:
    """Whether all arrays have the frozen shapes, and sizes to within a share of the largest."""
    if found.keys() != wanted.keys():
        return False
    for key, array in found.items():
        now, then = record(array), wanted[key]
        if (now.dtype, now.shape, len(now.stats)) != (then.dtype, then.shape, len(then.stats)):
            return False
        size = max((abs(number) for number in then.stats), default=0.0)
        if any(abs(a - b) > share * size for a, b in zip(now.stats, then.stats, strict=True)):
            return False
    return True


def _contrast(now: Record, then: Record) -> str:
    if (now.dtype, now.shape) != (then.dtype, then.shape):
        return f"{now.dtype} {now.shape} instead of {then.dtype} {then.shape}"
    names = ("least", "most", "sum of |x|")
    parts = [
        f"{name} {b:.17g} {a - b:+.3g}"
        for name, a, b in zip(names, now.stats, then.stats, strict=False)
        if a != b
    ]
    return "other bytes, " + (", ".join(parts) if parts else "of the same least, most and sum")


def compared(found: NDArray[Any], saved: NDArray[Any]) -> str:
    """Say how far an array is from a saved one; empty if not at all."""
    if (found.dtype, found.shape) != (saved.dtype, saved.shape):
        return f"{found.dtype} {found.shape} instead of {saved.dtype} {saved.shape}"
    if record(found).sha256 == record(saved).sha256:
        return ""
    one, two = found.ravel(), saved.ravel()
    other = one != two
    if found.dtype.kind == "f":
        other = (one.view(f"i{found.dtype.itemsize}") != two.view(f"i{found.dtype.itemsize}")) & ~(
            np.isnan(one) & np.isnan(two)
        )
    place = np.unravel_index(int(other.argmax()), found.shape)
    told = f"{int(other.sum())} of {other.size} differ, first at {tuple(int(n) for n in place)}"
    first = int(other.argmax())
    told += f": {one[first]!r} instead of {two[first]!r}"
    if found.dtype.kind == "f":
        told += f"; at most {ulps(one, two)} ulps, {_farthest(one, two):.3g} absolute"
    return told


def ulps(one: NDArray[Any], two: NDArray[Any]) -> int:
    """Largest number of steps from one float to the next, between two arrays' finite entries."""
    both = np.isfinite(one) & np.isfinite(two)
    if not both.any():
        return 0
    first, second = _rank(one[both]), _rank(two[both])
    low, high = np.minimum(first, second), np.maximum(first, second)
    return int((high.astype(np.uint64) - low.astype(np.uint64)).max())


def _rank(values: NDArray[Any]) -> NDArray[np.int64]:
    """Place of every float in the order of all floats; of zero it is 0."""
    bits = values.view(f"i{values.dtype.itemsize}").astype(np.int64)
    least = np.int64(-(2 ** (8 * values.dtype.itemsize - 1)))
    return np.where(bits < 0, least - bits, bits)


def _farthest(one: NDArray[Any], two: NDArray[Any]) -> float:
    both = np.isfinite(one) & np.isfinite(two)
    return float(np.abs(one[both] - two[both]).max()) if both.any() else np.inf
