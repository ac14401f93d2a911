"""What ``core.h`` declares, read from its text: functions, structs, shapes, descriptions.

The header keeps to a small dialect, which it explains itself; anything else in it is refused here,
so that the header stays the single source of the border.
"""

from __future__ import annotations

import re
from typing import NamedTuple

SCALARS = ("double", "float", "int64_t", "uint64_t", "int32_t", "bool")
STRUCT = "nmc_"
_ARRAY = re.compile(r"(own_)?([fiub]\d+)_(\d)")
_SHAPE = re.compile(r"/\*\s*((?:\[[^\]]*\])+)\s*\*/")
_PART = re.compile(r"(const )?(\w+) (\*?)(\w+)((?:\[[^\]]*\])*)")
_FUNCTION = re.compile(r"(?:/\*((?:[^*]|\*(?!/))*)\*/\s*)?NMC_API int nmc_(\w+)\(([^)]*)\);", re.S)
_TYPEDEF = re.compile(r"typedef struct \{([^}]*)\} (nmc_\w+);", re.S)


class Part(NamedTuple):
    """A parameter of a function or a field of a struct.

    ``kind`` is "scalar", "result" (a number that comes out), "array", "own" (an array that the core
    makes) or "struct"; ``type`` is the C name of a number's type, the code of an array's ("f64") or
    the name of the struct; ``written`` tells of arrays whether the core changes them; ``shape`` has
    one text per axis, "" where the header says nothing.
    """

    name: str
    kind: str
    type: str
    rank: int
    written: bool
    shape: tuple[str, ...]


class Function(NamedTuple):
    """A function of the border: its parameters in order and the comment above it."""

    parts: tuple[Part, ...]
    doc: str


class Border(NamedTuple):
    """Functions by name (without ``nmc_``) and structs by name (with it)."""

    functions: dict[str, Function]
    structs: dict[str, tuple[Part, ...]]


def read_border(text: str) -> Border:
    """Read the text of the header.

    Raises
    ------
    ValueError
        If a declaration is outside the dialect.
    """
    text = text.replace("\r\n", "\n").split('extern "C" {', 1)[1]
    structs = {
        name: tuple(_part(line, field=True) for line in _fields(body))
        for body, name in _TYPEDEF.findall(text)
    }
    functions = {
        name: Function(tuple(_part(line, field=False) for line in _parameters(body)), _prose(doc))
        for doc, name, body in _FUNCTION.findall(text)
    }
    return Border(functions, structs)


def _fields(body: str) -> list[str]:
    """Split a struct's body at semicolons; a shape's comment stands behind its semicolon."""
    moved = re.sub(r";\s*(/\*\s*(?:\[[^\]]*\])+\s*\*/)", r" \1;", body)
    return [line for line in map(_plain, moved.split(";")) if line]


def _parameters(body: str) -> list[str]:
    return [line for line in map(_plain, body.split(",")) if line and line != "void"]


def _plain(line: str) -> str:
    """Put a shape directly behind the name, and leave out other comments and line breaks."""
    line = _SHAPE.sub(lambda match: match[1].replace(" ", ""), line)
    line = re.sub(r"/\*.*?\*/", "", line, flags=re.S)
    return re.sub(r"\s+(?=\[)", "", " ".join(line.split()))


def _part(line: str, field: bool) -> Part:
    match = _PART.fullmatch(line)
    if match is None:
        raise ValueError(f"core.h: '{line}' is not a declaration of its dialect")
    const, type_, star, name, shape = match.groups()
    axes = tuple(re.findall(r"\[([^\]]*)\]", shape))
    if array := _ARRAY.fullmatch(type_):
        own, code, rank = array[1] is not None, array[2], int(array[3])
        axes = axes or ("",) * rank
        if len(axes) != rank or (not field and not star):
            raise ValueError(f"core.h: '{line}' is not an array of {rank} axes")
        return Part(name, "own" if own else "array", code, rank, not const, axes)
    if type_.startswith(STRUCT):
        return Part(name, "struct", type_, 0, not const, ())
    if type_ not in SCALARS:
        raise ValueError(f"core.h: the type of '{line}' is not one of its dialect")
    return Part(name, "result" if star else "scalar", type_, 0, bool(star), ())


def _prose(comment: str) -> str:
    lines = (line.strip().removeprefix("*").strip() for line in comment.split("\n"))
    return " ".join(line for line in lines if line)
