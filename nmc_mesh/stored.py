"""The one way to read HDF5: every dataset is checked against what is expected before it is read.

A file comes from anywhere. What is asked for must be there, in this file, a dataset of the right
type, rank and size, no larger than the file can hold, and finite; else a `FileError` names the
file, the part and what is wrong. Links to other files are refused: what they lead to is not part of
the file, and may be anything.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import numpy as np

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import AnyArray

Kind = Literal["number", "whole", "flag", "text", "any"]
Shape = tuple[int | str, ...]
"""Lengths of the axes; a word stands for any length."""

_NEEDED: Any = object()
_KINDS = {
    "number": ("iufb", "numbers"),
    "whole": ("iufb", "whole numbers"),
    "flag": ("iub", "flags"),
    "text": ("SOU", "text"),
    "any": ("iufbSOU", "numbers or text"),
}
_SMALL = 1 << 16
_PACKED = 1100
"""Deflate packs a byte into no less than 1 / 1032."""
_LINKS = 20
_LEAST, _MOST = -(2**31), 2**31 - 1


@contextmanager
def opened(path: Path, remedy: str = "write it again") -> Iterator[Stored]:
    """Open an HDF5 file for reading.

    Errors of the library, and of values that are made of what was read, name the file.

    Raises
    ------
    FileError
        If there is no such file, or it is none or damaged.
    """
    import h5py

    if not path.is_file():
        raise FileError(f"cannot read {path}: there is no such file; check the name")
    try:
        with h5py.File(path, "r") as file:
            yield Stored(file, path, remedy)
    except InputError as error:
        if str(path) in str(error):
            raise
        raise FileError(f"{path} is truncated or damaged: {error}") from error
    except (KeyError, IndexError) as error:
        raise FileError(f"{path} lacks a part: {_line(error)}; {remedy}") from error
    except PermissionError as error:
        raise FileError(f"cannot read {path}: {error.strerror or error}") from error
    except (OSError, RuntimeError, ValueError, TypeError, RecursionError) as error:
        raise FileError(
            f"cannot read {path}: it is truncated or damaged ({_line(error)}); {remedy}"
        ) from error


class Stored:
    """A group of an open file.

    Parameters
    ----------
    group
        Group of h5py.
    path
        Of the file, for messages.
    remedy
        What to do about a damaged file, for messages.
    """

    def __init__(self, group: Any, path: Path, remedy: str = "write it again") -> None:
        self.path, self._group, self._remedy = path, group, remedy

    def __contains__(self, name: str) -> bool:
        return name in self._group

    def __iter__(self) -> Iterator[str]:
        """Names of the members."""
        return iter(self._group)

    @property
    def raw(self) -> Any:
        """Group of h5py; what is read through it is not checked."""
        return self._group

    def wrong(self, name: str, detail: str) -> FileError:
        """Error about a part of the file."""
        where = f"{self._group.name.rstrip('/')}/{name}".strip("/")
        return FileError(
            f"{self.path} is truncated or damaged: {where or 'the file'} {detail}; {self._remedy}"
        )

    def group(self, name: str) -> Stored:
        """Return a group inside this one."""
        member = self._member(name)
        if not hasattr(member, "keys"):
            raise self.wrong(name, "is no group")
        return Stored(member, self.path, self._remedy)

    def is_group(self, name: str) -> bool:
        """Whether there is a group of this name, in this file."""
        return name in self._group and hasattr(self._member(name), "keys")

    def array(self, name: str, shape: Shape | None = None, kind: Kind = "number") -> AnyArray:
        """Return a dataset.

        Parameters
        ----------
        name
            Of the dataset, or its path inside this group.
        shape
            What it must be; any, if not given.
        kind
            "number" finite, "whole" a whole number of 32 bits, "flag" true or false, "text", or
            "any" of numbers and text.

        Raises
        ------
        FileError
            If it is not there or not as expected.
        """
        values = self._read(name, shape, kind)
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise self.wrong(name, "holds numbers that are not finite")
        return self._as(name, values, kind)

    def sparse(self, name: str, shape: Shape | None = None) -> AnyArray:
        """Return a dataset of numbers some of which may be unknown (NaN)."""
        values = self._read(name, shape, "number")
        if values.dtype.kind == "f" and np.isinf(values).any():
            raise self.wrong(name, "holds infinite numbers")
        return values

    def numbered(self, name: str) -> int:
        """Return the whole number that the name of a member is."""
        if not (name.isascii() and name.isdigit() and len(name) < 10):
            raise self.wrong(name, "is no number where one is expected")
        return int(name)

    def number(self, name: str) -> float:
        """Return the one number of a dataset, finite."""
        return float(self._one(name, "number"))

    def count(self, name: str) -> int:
        """Return the one whole number of a dataset."""
        return int(self._one(name, "whole"))

    def label(self, name: str) -> str:
        """Return the one text or whole number of a dataset, as text."""
        value = self._one(name, "any")
        return f"{value:g}" if isinstance(value, np.floating) else str(value)

    def word(self, name: str) -> str:
        """Return the one text of a dataset."""
        return str(self._one(name, "text"))

    def attribute(
        self,
        key: str,
        shape: Shape = (),
        kind: Kind = "number",
        default: Any = _NEEDED,
        of: str | None = None,
        unknown: bool = False,
    ) -> Any:
        """Return an attribute of this group, or of the member ``of``: array, number or text.

        It is finite, or NaN where it may be ``unknown``.

        Raises
        ------
        FileError
            If it is missing without a default, or of another type or shape.
        """
        owner = self._group if of is None else self._member(of)
        name = f"{of or ''}@{key}"
        if key not in owner.attrs:
            if default is _NEEDED:
                raise self.wrong(name, "is missing")
            return default
        space = owner.attrs.get_id(key)
        if math.prod(space.shape or ()) * space.dtype.itemsize > _SMALL << 4:
            raise self.wrong(name, "is too large")
        values = np.asarray(owner.attrs[key])
        self._check(name, space.shape, values.dtype, shape, kind)
        bad = np.isinf if unknown else _not_finite
        if values.dtype.kind == "f" and bad(values).any():
            raise self.wrong(name, "is not finite")
        values = self._as(name, values, kind)
        return values.item() if shape == () else values

    def attributes(self) -> dict[str, Any]:
        """Return all attributes, each one number (or NaN), flag or text."""
        return {key: self.attribute(key, kind="any", unknown=True) for key in self._group.attrs}

    def knows(self, key: str) -> bool:
        """Whether there is an attribute of this name."""
        return key in self._group.attrs

    def plain(self, key: str) -> dict[str, Any]:
        """Return an attribute of JSON that holds a table of plain values."""
        text = self.attribute(key, kind="text")
        try:
            value = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise self.wrong(f"@{key}", f"is no JSON ({_line(error)})") from None
        if not isinstance(value, dict):
            raise self.wrong(f"@{key}", "is no table of plain values")
        return value

    def _one(self, name: str, kind: Kind) -> Any:
        values = self.array(name, kind=kind).ravel()
        if len(values) != 1:
            raise self.wrong(name, f"holds {len(values)} values where one is expected")
        return values[0]

    def _read(self, name: str, shape: Shape | None, kind: Kind) -> AnyArray:
        data = self._member(name)
        if not hasattr(data, "dtype") or hasattr(data, "keys"):
            raise self.wrong(name, "is a group where a dataset is expected")
        self._check(name, data.shape, data.dtype, shape, kind)
        if data.external or data.is_virtual:
            raise self.wrong(name, "keeps its numbers in other files")
        claimed, held = data.size * data.dtype.itemsize, data.id.get_storage_size()
        if claimed > _SMALL and claimed > _PACKED * held:
            raise self.wrong(name, f"claims {data.size:,} values, the file holds {held:,} bytes")
        return np.asarray(data[()])

    def _check(
        self, name: str, actual: tuple[int, ...] | None, dtype: Any, shape: Shape | None, kind: Kind
    ) -> None:
        kinds, kind_name = _KINDS[kind]
        if actual is None:
            raise self.wrong(name, "is empty")
        if dtype.kind not in kinds or (dtype.kind == "O" and not _is_text(dtype)):
            raise self.wrong(name, f"holds {dtype} where {kind_name} are expected")
        if shape is not None and (
            len(actual) != len(shape)
            or any(
                isinstance(want, int) and have != want
                for have, want in zip(actual, shape, strict=True)
            )
        ):
            wanted = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
            raise self.wrong(name, f"has shape {actual}, expected is {wanted}")

    def _as(self, name: str, values: AnyArray, kind: Kind) -> AnyArray:
        if kind == "flag":
            if values.dtype.kind != "b" and values.size and not np.isin(values, (0, 1)).all():
                raise self.wrong(name, "holds other numbers than 0 and 1")
            return values.astype(np.bool_)
        if values.dtype.kind in "SOU":
            words = [_text(value) for value in values.ravel()]
            return np.array(words, dtype=object).reshape(values.shape)
        if kind == "whole" and values.size:
            if values.dtype.kind == "f" and (values != np.round(values)).any():
                raise self.wrong(name, "holds numbers that are not whole")
            if values.min() < _LEAST or values.max() > _MOST:
                raise self.wrong(name, "holds whole numbers of more than 32 bits")
            return values if values.dtype.kind in "iu" else values.astype(np.int64)
        return values

    def _member(self, name: str) -> Any:
        """Follow a path step by step inside this file."""
        return self._follow(self._group, name, _LINKS, name)

    def _follow(self, start: Any, name: str, left: int, asked: str) -> Any:
        import h5py

        here = start.file["/"] if name.startswith("/") else start
        for step in [part for part in name.split("/") if part not in ("", ".")]:
            link = here.get(step, getlink=True) if hasattr(here, "keys") else None
            if link is None:
                raise self.wrong(asked, "is missing")
            if isinstance(link, h5py.ExternalLink):
                raise self.wrong(asked, f"is a link to another file, {link.filename}")
            if isinstance(link, h5py.SoftLink):
                if left == 0:
                    raise self.wrong(asked, "is a link that leads nowhere")
                here = self._follow(here, link.path, left - 1, asked)
            else:
                here = here[step]
        return here


def _not_finite(values: AnyArray) -> AnyArray:
    return ~np.isfinite(values)


def _is_text(dtype: Any) -> bool:
    import h5py

    return h5py.check_string_dtype(dtype) is not None or dtype.metadata is None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _line(error: object) -> str:
    return " ".join(str(error).split())[:200]
