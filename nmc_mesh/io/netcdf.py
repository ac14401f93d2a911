"""Classic netCDF files (64-bit offset) whose large arrays are filled in parts, array by array.

The library at hand holds every array in memory until it writes them. The format is the one of
https://docs.unidata.ucar.edu/nug/current/file_format_specifications.html: a header with the names
and lengths of dimensions, attributes and variables, each with the byte at which it begins, then the
variables, big-endian. Records (a dimension that grows) are left out.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray

MOST_BYTES = 2**32 - 4
"""Of one variable."""
_DIMENSIONS, _VARIABLES, _ATTRIBUTES = 10, 11, 12
_TYPES = {"S1": 2, "i4": 4, "f4": 5, "f8": 6}

Attributes = Mapping[str, Any]


class Variable(NamedTuple):
    """An array of a file in the making."""

    dims: tuple[str, ...]
    kind: str
    """``S1``, ``i4``, ``f4`` or ``f8``."""
    attributes: Attributes
    values: AnyArray | None
    """What is small; None: filled later."""


class NetcdfLayout:
    """What a file holds, collected before it is written."""

    def __init__(self, attributes: Attributes) -> None:
        self._attributes = attributes
        self._dims: dict[str, int] = {}
        self._variables: dict[str, Variable] = {}

    def dimension(self, name: str, length: int) -> None:
        """Add a dimension, or name one that is there again."""
        if self._dims.setdefault(name, length) != length:
            raise ValueError(f"dimension {name} is {self._dims[name]} and {length}")

    def put(self, name: str, values: AnyArray, /, *dims: str, **attributes: Any) -> None:
        """Add an array, and its dimensions where they are new."""
        kind = "S1" if values.dtype.kind == "S" else values.dtype.str[1:]
        self.later(name, kind, values.shape, *dims, **attributes)
        self._variables[name] = self._variables[name]._replace(values=values)

    def later(
        self, name: str, kind: str, shape: tuple[int, ...], /, *dims: str, **attributes: Any
    ) -> None:
        """Add an array that is filled when the file is there.

        Raises
        ------
        InputError
            If it is larger than the format holds.
        """
        for dim, length in zip(dims, shape, strict=True):
            self.dimension(dim, length)
        if int(np.prod(shape, dtype=np.int64)) * np.dtype(kind).itemsize > MOST_BYTES:
            raise InputError(
                f"the array {name} of this mesh would be larger than 4 GiB, the most that Exodus "
                "II holds here; take more blocks (blocks='grain', --blocks grain), or write .xdmf"
            )
        self._variables[name] = Variable(dims, kind, attributes, None)

    def write(self, path: Path) -> dict[str, int]:
        """Write the header and what is small; return at which byte each array begins."""
        begins, end = self._places()
        with path.open("wb") as file:
            file.write(self._header(begins))
            for name, variable in self._variables.items():
                if variable.values is not None:
                    file.seek(begins[name])
                    file.write(big(variable.values, variable.kind))
            file.truncate(end)
        return begins

    def _places(self) -> tuple[dict[str, int], int]:
        end = len(self._header(dict.fromkeys(self._variables, 0)))
        begins = {}
        for name, variable in self._variables.items():
            begins[name] = end
            end += self._bytes(variable)
        return begins, end

    def _bytes(self, variable: Variable) -> int:
        """Size of a variable, filled up to four bytes."""
        size = np.dtype(variable.kind).itemsize
        for dim in variable.dims:
            size *= self._dims[dim]
        return -(-size // 4) * 4

    def _header(self, begins: Mapping[str, int]) -> bytes:
        number = {dim: place for place, dim in enumerate(self._dims)}
        dims = [_name(dim) + struct.pack(">i", length) for dim, length in self._dims.items()]
        variables = [
            _name(name)
            + struct.pack(f">{len(v.dims) + 1}i", len(v.dims), *(number[dim] for dim in v.dims))
            + _attributes(v.attributes)
            + struct.pack(">iIq", _TYPES[v.kind], self._bytes(v), begins[name])
            for name, v in self._variables.items()
        ]
        return (
            b"CDF\x02\0\0\0\0"
            + _list(_DIMENSIONS, dims)
            + _attributes(self._attributes)
            + _list(_VARIABLES, variables)
        )


def big(values: AnyArray, kind: str) -> bytes:
    """Bytes of an array as they stand in the file."""
    return np.ascontiguousarray(values, dtype=f">{kind}" if kind != "S1" else kind).tobytes()


def fill_at(file: BinaryIO, begin: int, kind: str, parts: Iterable[AnyArray]) -> None:
    """Write an array from a byte on, some rows at a time."""
    file.seek(begin)
    for part in parts:
        file.write(big(part, kind))


def _list(tag: int, parts: list[bytes]) -> bytes:
    return struct.pack(">ii", tag if parts else 0, len(parts)) + b"".join(parts)


def _name(name: str) -> bytes:
    return struct.pack(">i", len(name)) + _filled(name.encode("ascii"))


def _filled(text: bytes) -> bytes:
    return text + b"\0" * (-len(text) % 4)


def _attributes(attributes: Attributes) -> bytes:
    parts = []
    for name, value in attributes.items():
        array = np.array([value.encode()] if isinstance(value, str) else [value])
        kind = "S1" if isinstance(value, str) else array.dtype.str[1:]
        length = len(value) if isinstance(value, str) else 1
        text = array.tobytes() if kind == "S1" else big(array, kind)
        parts.append(_name(name) + struct.pack(">ii", _TYPES[kind], length) + _filled(text))
    return _list(_ATTRIBUTES, parts)
