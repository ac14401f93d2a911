"""What callers hand in, checked at the door: of the right kind, or an error that says which."""

from __future__ import annotations

import math
from numbers import Real

from nmc_mesh.errors import InputError


def taken(value: object, kinds: type | tuple[type, ...], verb: str, remedy: str = "") -> None:
    """Refuse what is of another kind.

    Parameters
    ----------
    value
        What was handed in.
    kinds
        Classes that will do.
    verb
        What takes it, such as "picture".
    remedy
        How to make the right one.

    Raises
    ------
    InputError
        If the value is an instance of none of them.
    """
    if isinstance(value, kinds):
        return
    names = [kind.__name__ for kind in (kinds if isinstance(kinds, tuple) else (kinds,))]
    wanted = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    hint = f"; {remedy}" if remedy else ""
    raise InputError(f"{verb} takes {_with_article(wanted)}, not {_kind(value)}{hint}")


def positive(value: object, what: str, unit: str = " of um") -> float:
    """Return a number that has to be positive and finite.

    Raises
    ------
    InputError
        If it is none.
    """
    plain = value.item() if getattr(value, "shape", None) == () else value  # type: ignore[attr-defined]
    if isinstance(plain, Real) and not isinstance(plain, bool):
        number = float(plain)
        if math.isfinite(number) and number > 0:
            return number
    shown = repr(value) if isinstance(value, str) else value
    raise InputError(f"{what} must be a positive number{unit}, not {shown}")


def _kind(value: object) -> str:
    """Say what something is: an array, a text, or its class."""
    if isinstance(value, str):
        return f"the text {value[:60]!r}"
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        return f"an array of shape {shape}"
    return _with_article(type(value).__name__)


def _with_article(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOUaeiou' else 'a'} {name}"
