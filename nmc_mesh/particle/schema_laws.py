"""The tables of model files that are chosen by the name of their law, ours and those of others.

``[shell]``, ``[grains]`` and ``[grains.marks]`` each say ``law = "..."``; the registries here know
the class of the table by that name, see `extensions`. A package adds a law with a class of its own
that checks the numbers of the file and makes the law, which may be the table itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import ValidatorFunctionWrapHandler, WrapValidator

from nmc_mesh.crystal.tables import Table
from nmc_mesh.errors import InputError
from nmc_mesh.extensions import Registry
from nmc_mesh.grains.marks import MarkLaw
from nmc_mesh.grains.model import TessellationLaw
from nmc_mesh.shell.model import ShellLaw


class LawTable(Table):
    """A table that is chosen by its ``law``; a class of one law has a ``Literal`` there."""

    law: str


class ShellLawTable(LawTable, ABC):
    """``[shell]`` of a model file."""

    @abstractmethod
    def model(self) -> ShellLaw:
        """Return the law that draws shells, in um."""


class TessellationTable(LawTable, ABC):
    """``[grains]`` of a model file."""

    @abstractmethod
    def model(self) -> TessellationLaw:
        """Return the law that draws tessellations, in um."""


class MarkLawTable(LawTable, ABC):
    """``[grains.marks]`` of a model file."""

    @abstractmethod
    def mark_law(self, pixel: float) -> MarkLaw:
        """Return the law in um; ``pixel`` is the file's unit of length in um."""


LawTables = TypeVar("LawTables", bound=LawTable)


def law_tables(
    group: str, base: type, own: Mapping[str, type[LawTables]]
) -> Registry[type[LawTables]]:
    """Return the registry of the tables of one kind: ``own``, and what packages add to a group."""

    def problem(value: Any) -> str:
        if isinstance(value, type) and issubclass(value, base):
            lacking = ", ".join(sorted(getattr(value, "__abstractmethods__", ())))
            return f"it has no method {lacking}" if lacking else ""
        return f"it is not a class derived from {base.__module__}.{base.__name__}"

    return Registry(group, own, problem)


def chosen_by_law(tables: Registry[type[LawTables]], default: str | None = None) -> WrapValidator:
    """Make pydantic check a table by the class that its ``law`` names.

    Parameters
    ----------
    tables
        Class by name.
    default
        The law of a table that names none.
    """

    def check(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        name = value.get("law", default) if isinstance(value, dict) else None
        if not isinstance(name, str):
            return handler(value)  # a table that is built already, or what is none: say so
        try:
            chosen: Callable[[Any], Any] = tables.find(name).model_validate
        except InputError as error:
            raise ValueError(str(error)) from None
        return chosen(value)

    return WrapValidator(check)
