"""Arrays of frozen values, and numbers for what is left when some is dropped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from math import prod
from typing import Any, TypeVar, cast

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

MOST_ROWS = 1 << 24
"""Of a table of all labels up to the largest (ours): beyond, callers name the labels they mean."""
_FEW = 4  # numbers in a row that are written out
_PART, _LINE = 60, 240  # letters of a part, of the whole
_Array = TypeVar("_Array", bound=AnyArray)
_Row = TypeVar("_Row", bound=tuple[Any, ...])


def given(values: object, what: str, dtype: type | None = None) -> AnyArray:
    """Return what a caller hands in as an array; ``what`` names it in messages.

    Raises
    ------
    InputError
        If it cannot be one, or some of it is masked: a mask would be lost.
    """
    if isinstance(values, np.ma.MaskedArray):
        if np.ma.getmaskarray(values).any():
            raise InputError(f"{what} are masked in part; fill them first, such as with .filled(0)")
        values = values.data
    try:
        return np.asarray(values, dtype=dtype)
    except (TypeError, ValueError, RuntimeError) as error:
        reason = " ".join(str(error).split())[:120]
        raise InputError(f"{what} are no array of numbers ({reason}); pass a numpy array") from None


def frozen(array: _Array) -> _Array:
    """Make an array read-only and return it."""
    array.flags.writeable = False
    return array


def keep(value: object, **arrays: AnyArray) -> None:
    """Put arrays into the fields of a frozen value, read-only."""
    for name, array in arrays.items():
        object.__setattr__(value, name, frozen(array))


def own(value: object, name: str, dtype: type, *shapes: tuple[int, ...]) -> None:
    """Make an array of a frozen value read-only, of a type and one of the shapes; -1: any length.

    Raises
    ------
    InputError
        If the shape is another.
    """
    array: AnyArray = np.ascontiguousarray(getattr(value, name), dtype=dtype).view()
    filled = [
        tuple(m if n < 0 else n for n, m in zip(s, array.shape, strict=False)) for s in shapes
    ]
    if array.shape not in filled:
        wanted = str(shapes[0]).replace("-1", "n")
        raise InputError(
            f"{type(value).__name__}.{name} has shape {array.shape}, expected {wanted}"
        )
    keep(value, **{name: array})


def named(items: Ints, count: int) -> Bools:
    """Say which of ``count`` rows are named by some index."""
    flags = np.zeros(count, dtype=np.bool_)
    core.mark_named(np.ascontiguousarray(items, dtype=np.int32).reshape(-1), flags)
    return flags


def compact(rows: _Array, kept: Bools) -> _Array:
    """Move the rows that are kept to the front, in their order, and return these.

    In place: the rest of ``rows`` is overwritten, and its memory stays with what is returned.
    """
    words = rows.reshape(len(rows), prod(rows.shape[1:])).view(np.int32)
    return cast(_Array, rows[: core.compact(words, kept)])


def numbering(kept: Bools) -> Ints:
    """Give every row that is kept its place among those that are; others get any number."""
    number: Ints = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    return number


def occurring(labels: Ints) -> tuple[Ints, Ints]:
    """Labels that occur, ascending, and the place of every label among them.

    Memory and time go with how many labels there are, not with how large they are.

    Parameters
    ----------
    labels
        Numbers of 0 or more, shape (m,).

    Returns
    -------
    there, rows
        Shapes (n,) and (m,): ``there[rows]`` are the labels.
    """
    if labels.max(initial=0) > len(labels):  # a table of all numbers would be too long
        there, rows = np.unique(labels, return_inverse=True)
        return there.astype(np.int32), rows.ravel().astype(np.int32)
    occurs = np.bincount(labels) > 0
    return np.flatnonzero(occurs).astype(np.int32), numbering(occurs)[labels]


def places_in(known: Ints, values: Ints) -> Ints:
    """Place of every value among ascending known ones, any shape; -1 where it is not known."""
    if not len(known):
        return np.full(values.shape, -1, dtype=np.int32)
    places = np.minimum(np.searchsorted(known, values), len(known) - 1)
    return np.where(known[places] == values, places, -1).astype(np.int32)


def by_label(known: Ints, values: AnyArray, labels: AnyArray | None, remedy: str) -> Floats:
    """Values of some labels, 0 where they are not known; of all labels from 0 to the largest.

    Parameters
    ----------
    known, values
        Labels, ascending, and their values, shape (n,).
    labels
        Those asked for, of any shape; None for a table of all up to the largest one.
    remedy
        What the message tells to do where that table would be too long.

    Raises
    ------
    InputError
        If that table would have more than 2^24 rows.
    """
    if labels is None:
        last = int(known.max(initial=0))
        if last >= MOST_ROWS:
            raise InputError(f"labels go up to {last:,}, too many for a table of all; {remedy}")
        table = np.zeros(last + 1)
        table[known] = values
        return table
    places = places_in(known, np.asarray(labels))
    return np.where(places < 0, 0.0, values[places])


def of_runs(runs: Sequence[tuple[int, int, int]], labels: AnyArray) -> Ints:
    """Value of the run that holds a label, of the labels' shape; 0 where none does.

    Parameters
    ----------
    runs
        First label, last label and value of every run, ascending.
    labels
        Of any shape.
    """
    labels = np.asarray(labels)
    if not runs:
        return np.zeros(labels.shape, dtype=np.int32)
    first, last, value = np.array(runs, dtype=np.int32).T
    run = np.searchsorted(first, labels, side="right") - 1  # -1: before all
    return np.where((run >= 0) & (labels <= last[run]), value[run], 0).astype(np.int32)


def without_unused(points: Floats, cells: Ints) -> tuple[Floats, Ints]:
    """Drop the points that no cell names, and number the rest anew in their order."""
    used = named(cells, len(points))
    if used.all():
        return points, cells
    renumbered = np.array(cells, dtype=np.int32, order="C")
    core.renumber(numbering(used), renumbered.reshape(-1))
    return points[used], renumbered


def one_line(value: Any) -> str:
    """Text of a frozen value for ``__repr__``, however large it is: arrays by shape and type.

    Numbers and short rows are written out, long ones counted. Values that know better words for
    what they hold, and units, have a text of their own.
    """
    names = getattr(value, "_fields", None) or [part.name for part in fields(value)]
    parts = ((name, getattr(value, name)) for name in names)
    shown = ", ".join(f"{name}={_short(part)}" for name, part in parts if part is not None)
    return _cut(f"{type(value).__name__}({shown})", _LINE)


def in_one_line(row: type[_Row]) -> type[_Row]:
    """Give a named tuple the text of `one_line`: its body can assign nothing but fields.

    Parameters
    ----------
    row
        The class.
    """
    setattr(row, "__repr__", one_line)  # noqa: B010
    return row


def _short(part: object) -> str:
    if isinstance(part, np.ndarray):
        if part.ndim == 1 and part.size <= _FEW:
            return f"[{', '.join(_short(number) for number in part.tolist())}]"
        return f"<{' x '.join(f'{n:,}' for n in part.shape)} {part.dtype}>"
    if isinstance(part, float | np.floating):
        return f"{part:.5g}"
    if isinstance(part, list | tuple) and not hasattr(part, "_fields"):
        if len(part) > _FEW or any(isinstance(item, np.ndarray) for item in part):
            return f"<{len(part):,} items>"
        inner = ", ".join(map(_short, part))
        return f"[{inner}]" if isinstance(part, list) else f"({inner})"
    if isinstance(part, Mapping):
        return f"<{len(part):,} entries>"
    return _cut(" ".join(repr(part).split()), _PART)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 4]} ..."
