"""The compiled library: opened once, each function checked and called by what ``core.h`` says."""

from __future__ import annotations

import ctypes
import os
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh._core.border import Border, Function, Part, read_border
from nmc_mesh.errors import ResourceError

HEADER = Path(__file__).with_name("core.h")
NAME = {"win32": "nmc_core.dll", "darwin": "libnmc_core.dylib"}.get(sys.platform, "libnmc_core.so")
OK, NO_MEMORY = 0, 1

_SCALARS: dict[str, Any] = {
    "double": ctypes.c_double,
    "float": ctypes.c_float,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "int32_t": ctypes.c_int32,
    "bool": ctypes.c_bool,
}
_DTYPES = {
    code: np.dtype(name)
    for code, name in {
        "f64": "f8", "f32": "f4", "i64": "i8", "u64": "u8", "i32": "i4", "i16": "i2", "u16": "u2",
        "i8": "i1", "u8": "u1", "b8": "?",
    }.items()
}  # fmt: skip

Lengths = dict[str, int]


@cache
def library() -> ctypes.CDLL:
    """Open the library, once; ``$NMC_MESH_CORE`` names another build of it (debug, sanitizers).

    Raises
    ------
    ImportError
        If it is missing, or was built from another header.
    """
    path = Path(os.environ.get("NMC_MESH_CORE") or HEADER.with_name(NAME))
    if not path.exists():
        raise ImportError(f"the compiled core {path} is missing; build it with: pip install -e .")
    opened = ctypes.CDLL(str(path))
    built = ctypes.c_uint32.in_dll(opened, "nmc_header").value
    if built != zlib.crc32(HEADER.read_bytes()):
        raise ImportError(
            f"the compiled core {path} was built from another core.h; build it anew with: "
            "pip install -e ."
        )
    return opened


def sources_id() -> str:
    """Which sources the library was built from: 16 digits that stand for all that decides bits."""
    return f"{ctypes.c_uint64.in_dll(library(), 'nmc_sources').value:016x}"


@cache
def border() -> Border:
    """What the header declares."""
    return read_border(HEADER.read_text(encoding="utf-8"))


def function(name: str) -> Callable[..., Any]:
    """Return a function of the core that takes arrays and numbers and returns its results.

    The function raises TypeError or ValueError for an argument that does not fit its declaration
    (a defect of the caller, not of the user) and ResourceError if memory ran out.
    """
    declared = border().functions[name]
    address = getattr(library(), f"nmc_{name}")
    address.restype = ctypes.c_int
    takers = [_taker(part) for part in declared.parts]
    given = [part.kind not in ("result", "own") for part in declared.parts]
    expected = sum(given)
    address.argtypes = [
        _SCALARS[part.type] if part.kind == "scalar" else ctypes.c_void_p for part in declared.parts
    ]

    def call(*arguments: Any) -> Any:
        if len(arguments) != expected:
            raise TypeError(f"core.{name} takes {expected} arguments, not {len(arguments)}")
        lengths: Lengths = {}
        rest = iter(arguments)
        taken = [
            take(next(rest) if is_given else None, lengths)
            for take, is_given in zip(takers, given, strict=True)
        ]
        status = address(
            *[
                value if isinstance(value, int | float) else ctypes.addressof(value)
                for value in taken
            ]
        )
        if status == NO_MEMORY:
            raise ResourceError("the memory of this machine does not suffice for this work")
        if status != OK:
            raise ValueError(f"core.{name} cannot take these shapes or such a field")
        return _results(declared, taken)

    call.__name__, call.__doc__ = name, declared.doc
    return call


def _results(declared: Function, taken: list[Any]) -> Any:
    results = [
        value.value if part.kind == "result" else _owned(part, value)
        for part, value in zip(declared.parts, taken, strict=True)
        if part.kind in ("result", "own")
    ]
    return None if not results else results[0] if len(results) == 1 else tuple(results)


def _taker(part: Part) -> Callable[[Any, Lengths], Any]:
    """Return what turns an argument into what ctypes hands over, and checks it."""
    if part.kind == "scalar":
        convert: Callable[[Any], Any] = {"double": float, "float": float, "bool": bool}.get(
            part.type, int
        )
        return lambda value, _: convert(value)
    if part.kind == "result":
        scalar = _SCALARS[part.type]
        return lambda _, __: scalar()
    raw = _struct(part.type) if part.kind == "struct" else _array(part.rank)
    if part.kind == "own":
        return lambda _, __: raw()
    fill = _array_filler(part) if part.kind == "array" else _struct_filler(part.type)

    def take(value: Any, lengths: Lengths) -> Any:
        made = raw()
        fill(made, value, lengths)
        return made

    return take


@cache
def _array(rank: int) -> type[ctypes.Structure]:
    fields = [("data", ctypes.c_void_p), ("shape", ctypes.c_int64 * rank)]
    return type(f"array_{rank}", (ctypes.Structure,), {"_fields_": fields})


@cache
def _struct(name: str) -> type[ctypes.Structure]:
    fields = []
    for part in border().structs[name]:
        if part.kind == "scalar":
            fields.append((part.name, _SCALARS[part.type]))
        else:
            fields.append((part.name, _struct(part.type) if part.rank == 0 else _array(part.rank)))
    return type(name, (ctypes.Structure,), {"_fields_": fields})


@cache
def _struct_filler(name: str) -> Callable[[Any, Any, Lengths], None]:
    """Return what copies the fields of a named tuple; lengths mean the same within it alone."""
    parts = border().structs[name]
    fillers = [
        _array_filler(part)
        if part.kind == "array"
        else (_struct_filler(part.type) if part.kind == "struct" else None)
        for part in parts
    ]

    def fill(made: Any, value: Any, _: Lengths) -> None:
        lengths: Lengths = {}
        for part, filler in zip(parts, fillers, strict=True):
            field = getattr(value, part.name)
            if filler is None:
                setattr(made, part.name, field)
            else:
                filler(getattr(made, part.name), field, lengths)

    return fill


def _array_filler(part: Part) -> Callable[[Any, Any, Lengths], None]:
    dtype, rank, written = _DTYPES[part.type], part.rank, part.written
    axes = [(axis, *_length(text)) for axis, text in enumerate(part.shape) if text]

    def fill(made: Any, value: Any, lengths: Lengths) -> None:
        flags = value.flags
        other = value.dtype is not dtype and value.dtype != dtype  # mostly the same object
        if other or value.ndim != rank or not flags.c_contiguous:
            raise TypeError(
                f"{part.name} must be a C-ordered array of {dtype} with {rank} axes, not "
                f"{value.dtype} {value.shape}"
            )
        if written and not flags.writeable:
            raise TypeError(f"{part.name} is written to, but read-only")
        shape = value.shape
        for axis, factor, letter, plus in axes:
            if letter:
                bound, left = divmod(shape[axis] - plus, factor)
                if left or lengths.setdefault(letter, bound) != bound:
                    raise ValueError(
                        f"{part.name} has the shape {shape}, which does not fit "
                        f"{list(part.shape)} with {lengths}"
                    )
            elif shape[axis] != plus:
                raise ValueError(f"{part.name} must have {plus} entries on axis {axis}: {shape}")
        made.data = value.__array_interface__["data"][0]
        made.shape[:] = shape

    return fill


def _length(text: str) -> tuple[int, str, int]:
    """Split "2n+1" into its factor, its letter and what is added; a bare number has no letter."""
    head, _, plus = text.partition("+")
    letter = head.lstrip("0123456789")
    if not letter:
        return 1, "", int(head)
    return int(head.removesuffix(letter) or 1), letter, int(plus or 0)


class _Memory:
    """Memory of the core that an array of Python's stands on; freed with the last such array."""

    def __init__(self, address: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        self.address = address
        self.__array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": dtype.str,
            "data": (address, False),
        }

    def __del__(self) -> None:
        library().nmc_free(ctypes.c_uint64(self.address))


def _owned(part: Part, made: Any) -> Any:
    shape, dtype = tuple(made.shape), _DTYPES[part.type]
    if not made.data:
        return np.empty(shape, dtype)
    memory = _Memory(made.data, shape, dtype)
    return np.asarray(memory) if all(shape) else np.empty(shape, dtype)
