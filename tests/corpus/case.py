"""What a case of the corpus is: a name, a function that gives arrays, and what they depend on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache, partial
from typing import Any, Literal, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]
Depends = Literal["arithmetic", "machine", "sampling"]
"""What the bytes of a case follow from.

"arithmetic": + - * / sqrt and comparisons of numbers that were made by the same: the bytes are the
same on every processor. "machine": elementary functions or linear algebra too, whose last bits
differ from one processor or library to the next. "sampling": likewise, in the laws that draw
shells, grains and crystals, which are about to change their last bits.
"""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True)
class Case:
    """A frozen result: ``make()`` gives its arrays; ``short`` ones are part of the test suite."""

    name: str
    make: Callable[[], Arrays]
    depends: Depends
    short: bool


CASES: dict[str, Case] = {}
"""All cases by name, filled where they are defined."""

_KEPT: list[Any] = []


def case(
    name: str, depends: Depends = "arithmetic", short: bool = True, **given: Any
) -> Callable[[F], F]:
    """Enter a function, called with what is ``given``, as a case; it gives anything to `flat`."""

    def enter(function: F) -> F:
        assert name not in CASES, f"two cases are named {name}"
        CASES[name] = Case(name, lambda: flat(partial(function, **given)()), depends, short)
        return function

    return enter


def series(
    name: str, count: int, short: int, depends: Depends = "arithmetic", **given: Any
) -> Callable[[F], F]:
    """Enter a function of ``number`` as the cases name-00, name-01, ...; the first are short."""

    def enter(function: F) -> F:
        for number in range(count):
            case(f"{name}-{number:02d}", depends, number < short, number=number, **given)(function)
        return function

    return enter


def kept(function: F) -> F:
    """Keep what a function returned, for the cases that start from the same thing."""
    cached = lru_cache(maxsize=None)(function)
    _KEPT.append(cached)
    return cast(F, cached)


def forget() -> None:
    """Drop all that was kept, so that it is made anew."""
    for cached in _KEPT:
        cached.cache_clear()


def flat(value: Any, name: str = "") -> Arrays:
    """Return the arrays that a value is made of, named by the way to them."""
    if value is None:
        return {}
    if isinstance(value, np.ndarray):
        return {name or "array": value}
    if isinstance(value, bytes):
        return {name or "bytes": np.frombuffer(value, dtype=np.uint8)}
    if isinstance(value, str):
        return flat(value.encode(), name)
    if isinstance(value, bool | int | float | np.generic):
        return {name or "number": np.asarray(value)}
    found: Arrays = {}
    for key, part in _parts(value):
        found.update(flat(part, f"{name}.{key}" if name else str(key)))
    return found


def _parts(value: Any) -> list[tuple[Any, Any]]:
    if isinstance(value, Mapping):
        return list(value.items())
    if hasattr(value, "_asdict"):
        return list(value._asdict().items())
    if is_dataclass(value):
        return [(field.name, getattr(value, field.name)) for field in fields(value)]
    if isinstance(value, tuple | list):
        return list(enumerate(value))
    raise TypeError(f"a case cannot freeze {type(value).__name__}")
