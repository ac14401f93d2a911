"""Arrays of frozen values, and numbers for what is left when some is dropped."""

from __future__ import annotations

from typing import TypeVar

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

_Array = TypeVar("_Array", bound=AnyArray)


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
        told = " ".join(str(error).split())[:120]
        raise InputError(f"{what} are no array of numbers ({told}); pass a numpy array") from None


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


_PART = 1 << 16


def named(items: Ints, count: int) -> Bools:
    """Say which of ``count`` rows are named by some index."""
    found, flat = np.zeros(count, dtype=np.bool_), items.ravel()
    for start in range(0, len(flat), _PART):  # numpy makes 64 bits of each index it is given
        found[flat[start : start + _PART]] = True
    return found


def numbering(kept: Bools) -> Ints:
    """Give every row that is kept its place among those that are; others get any number."""
    number: Ints = np.cumsum(kept, dtype=np.int32) - np.int32(1)
    return number


def without_unused(points: Floats, cells: Ints) -> tuple[Floats, Ints]:
    """Drop the points that no cell names, and number the rest anew in their order."""
    used = named(cells, len(points))
    return points[used], numbering(used)[cells]
