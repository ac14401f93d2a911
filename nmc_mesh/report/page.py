"""A report as a value, and as one page of HTML: pictures, tables and the viewer are inside it.

A report on paper (.pdf) shows the same parts, see `nmc_mesh.report.paper`.
"""

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
from nmc_mesh.files import written
from nmc_mesh.typing import AnyArray

REPORTS = (".html", ".pdf")
"""Endings of reports."""

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

    ``turning`` is a whole page of its own that is shown in a frame, ``instead`` are the pictures by
    caption that stand for it on paper.
    """

    title: str
    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    tables: Mapping[str, SortTable] = field(default_factory=dict)
    commands: Sequence[str] = ()
    turning: str = ""
    instead: Mapping[str, bytes] = field(default_factory=dict)

    __repr__ = one_line

    @property
    def stills(self) -> dict[str, bytes]:
        """Pictures by caption, with those that stand for what turns."""
        return {**self.instead, **self.pictures}

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
    """Write a report, whole or not at all, and return its bytes.

    Parameters
    ----------
    path
        File to write: .html, one page that needs no network, or .pdf, for paper.
    page
        What it shows.

    Raises
    ------
    InputError
        If the ending is another.
    FileError
        If it cannot be written.
    MissingExtraError
        If jinja2, for .html, or fpdf2, for .pdf, is not installed.
    """
    from nmc_mesh.report.paper import on_paper

    file = Path(path)
    check_ending(file)
    data = render(page).encode() if file.suffix.lower() == ".html" else on_paper(page)
    with written(file) as beside:
        beside.name(file).write_bytes(data)
    return len(data)


def check_ending(path: Path) -> None:
    """Raise InputError if a report has an ending that is none of `REPORTS`."""
    if path.suffix.lower() not in REPORTS:
        raise InputError(f"a report is a page, .html, or a .pdf, not '{path}'; name it so")


def _text(item: Any) -> str:
    if isinstance(item, float | np.floating):
        if np.isnan(item):
            return ""
        return f"{item:.4g}"
    return str(item)
