"""What the tables of TOML files share: checked numbers, and one line for whatever does not fit."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from nmc_mesh.errors import FileError, InputError

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Finite = Annotated[float, Field(allow_inf_nan=False)]


_SHOWN = 80
_KINDS = {
    "a model of particles": (("shell", "grains", "texture"), "--model or --base"),
    "a material": (("stiffness", "diffusivity", "lattice", "cohesive"), "--material"),
    "a plan of a data set": (("particles",), "nmc-mesh dataset"),
}
"""Kinds of our TOML files: what one holds that no other does, and what takes it."""


class Table(BaseModel):
    """A table whose names are all known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def plain_toml(text: str, source: str, kind: str) -> dict[str, Any]:
    """Return the values of a TOML text; ``source`` names it in messages.

    Parameters
    ----------
    text, source
        The text, and the file that it stands in.
    kind
        What is wanted: "a model of particles", "a material" or "a plan of a data set".

    Raises
    ------
    FileError
        If the text is no TOML, nested too deep, or has a number of thousands of digits.
    InputError
        If it is a file of another kind.
    """
    values = _values(text, source)
    for other, (names, owner) in _KINDS.items():
        theirs = not values.keys().isdisjoint(names)
        if theirs and values.keys().isdisjoint(_KINDS[kind][0]):
            raise InputError(f"{source} is {other} (it belongs to {owner}), not {kind}")
    return values


def _values(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (RecursionError, SystemError, MemoryError):  # whichever a deep nesting meets first
        raise FileError(f"{source} is not a TOML file of ours: it is nested too deep") from None
    except ValueError as error:
        raise FileError(f"{source} is not a TOML file: {error}") from None


def first_problem(error: ValidationError, tables: Iterable[type[Table]]) -> str:
    """Say in one line what does not fit, an unknown name first, with the nearest known one.

    Parameters
    ----------
    error
        What pydantic found.
    tables
        Where names may come from.
    """
    problems: list[Any] = sorted(error.errors(), key=lambda p: p["type"] != "extra_forbidden")
    problem = problems[0]
    entry = ".".join(str(part) for part in problem["loc"])
    more = f" (and {error.error_count() - 1} more)" if error.error_count() > 1 else ""
    if problem["type"] == "extra_forbidden":
        names = sorted({name for table in tables for name in table.model_fields})
        guess = get_close_matches(str(problem["loc"][-1]), names, n=1)
        hint = f", perhaps you meant '{guess[0]}'" if guess else ""
        return f"unknown name '{entry}'{hint}{more}"
    if problem["type"] == "missing":
        return f"'{entry}' is missing{more}"
    return f"'{entry}': {problem['msg']}, not {_shown(problem['input'])}{more}"


def _shown(value: object) -> str:
    """What came, in no more than a line."""
    try:
        text = repr(value)
    except ValueError:  # a number of thousands of digits
        return "a number that long"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
