"""A report as a value, and as one page of HTML: pictures, tables and the viewer are inside it."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.files import write_text
from nmc_mesh.typing import AnyArray

LARGEST = 5_000_000
"""Bytes that a page should stay below."""

MOST_ROWS = 2000
"""Rows of a table that a page holds: the first ones."""


@dataclass(frozen=True)
class SortTable:
    """Columns by title, all of one length; a click on a title sorts the rows."""

    columns: Mapping[str, AnyArray]

    __repr__ = one_line

    @property
    def rows(self) -> list[list[str]]:
        """Texts of the first rows."""
        texts = [[_text(item) for item in values[:MOST_ROWS]] for values in self.columns.values()]
        return [list(row) for row in zip(*texts, strict=True)]

    @property
    def left_out(self) -> int:
        """How many rows are not shown."""
        return max(0, len(next(iter(self.columns.values()), ())) - MOST_ROWS)


@dataclass(frozen=True)
class Part:
    """A part of a page: what it says, facts by name, pictures (.png) by caption, tables by title.

    ``turning`` is a whole page of its own that is shown in a frame.
    """

    title: str
    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    tables: Mapping[str, SortTable] = field(default_factory=dict)
    commands: Sequence[str] = ()
    turning: str = ""

    __repr__ = one_line

    @property
    def frame(self) -> str:
        """The page of ``turning`` as the value of an attribute."""
        return escape(self.turning, quote=True)

    @property
    def images(self) -> dict[str, str]:
        """Pictures by caption, in base64."""
        return {words: b64encode(data).decode() for words, data in self.pictures.items()}


@dataclass(frozen=True)
class Page:
    """A report: its title, what it is of, and its parts in order."""

    title: str
    subject: str
    parts: Sequence[Part]
    version: str = ""

    __repr__ = one_line


def render(page: Page) -> str:
    """Return the page as HTML.

    Raises
    ------
    MissingExtraError
        If jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, StrictUndefined
    except ImportError as error:
        raise MissingExtraError("jinja2", "a report", "report") from error
    source = (resources.files("nmc_mesh") / "report" / "page.html").read_text(encoding="utf-8")
    maker = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return maker.from_string(source).render(page=page)


def write_report(path: str | os.PathLike[str], page: Page) -> int:
    """Write a page, whole or not at all, and return its bytes.

    Parameters
    ----------
    path
        File to write, .html.
    page
        What it shows.

    Raises
    ------
    InputError
        If the ending is not .html.
    FileError
        If it cannot be written.
    MissingExtraError
        If jinja2 is not installed.
    """
    file = Path(path)
    check_ending(file)
    text = render(page)
    write_text(file, text)
    return len(text.encode())


def check_ending(path: Path) -> None:
    """Raise InputError if a report has another ending than .html."""
    if path.suffix.lower() != ".html":
        raise InputError(f"a report is one page, .html, not '{path}'; name it so")


def _text(item: Any) -> str:
    if isinstance(item, float | np.floating):
        if np.isnan(item):
            return ""
        return f"{item:.4g}"
    return str(item)
