"""A report on paper: the parts of a page as a PDF, stills in place of what turns."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from io import BytesIO
from typing import Any

from nmc_mesh.errors import MissingExtraError
from nmc_mesh.plot.draw import require_matplotlib, typeface
from nmc_mesh.report.page import Page, Part, SortTable

MOST_ROWS = 40
"""Rows of a table that paper shows: the first ones; the page of HTML holds more."""

_GREY, _BLACK, _BLUE, _PALE = (110, 110, 110), (34, 34, 34), (42, 106, 138), (200, 200, 200)
_TEXT, _SMALL, _LINE = 10, 8, 5  # points, points, mm
_NAMES_SHARE, _PICTURE_SHARE = 0.35, 0.6  # of the width of the paper between its margins


def require_paper() -> None:
    """Raise `MissingExtraError` if a package that writes a PDF is not installed."""
    require_matplotlib()
    if find_spec("fpdf") is None:
        raise MissingExtraError("fpdf2", "a report as .pdf", "report")


def on_paper(page: Page) -> bytes:
    """Return a page as a PDF: A4, a bookmark per part, letters of every script that reports use.

    Parameters
    ----------
    page
        What is shown.

    Raises
    ------
    MissingExtraError
        If fpdf2 or matplotlib, whose letters it uses, is not installed.
    """
    require_paper()
    document = _opened(page.title)
    _write(document, page.title, _TEXT + 6, style="B")
    _write(document, page.subject, _TEXT, _GREY)
    for part in page.parts:
        _add_part(document, part)
    document.ln(_LINE)
    _write(document, f"Made by nmc_mesh {page.version}. Lengths are micrometres.", _SMALL, _GREY)
    return bytes(document.output())


def _opened(title: str) -> Any:
    """An empty document with its letters, numbers of pages at the foot."""
    from fpdf import FPDF

    class Paper(FPDF):
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("DejaVu", size=_SMALL)
            self.set_text_color(*_GREY)
            self.cell(0, _LINE, f"{self.page_no()} / {{nb}}", align="R")

    document = Paper(format="A4")
    for style, name in (("", "DejaVuSans.ttf"), ("B", "DejaVuSans-Bold.ttf")):
        document.add_font("DejaVu", style, typeface(name))
    document.add_font("DejaVuMono", "", typeface("DejaVuSansMono.ttf"))
    document.set_title(title)
    document.set_auto_page_break(True, margin=18)
    document.add_page()
    return document


def _write(
    document: Any, text: str, points: int, color: tuple[int, int, int] = _BLACK, style: str = "",
    font: str = "DejaVu",
) -> None:  # fmt: skip
    """Write a paragraph; the next one starts below it."""
    document.set_font(font, style, points)
    document.set_text_color(*color)
    document.multi_cell(0, 0.5 * points, text, new_x="LMARGIN", new_y="NEXT", align="L")


def _add_part(document: Any, part: Part) -> None:
    document.ln(_LINE)
    first = next(iter(part.stills.values()), None)
    if document.will_page_break(4 * _LINE + (0 if first is None else _height(document, first))):
        document.add_page()
    document.start_section(part.title)
    _write(document, part.title, _TEXT + 3, style="B")
    if part.text:
        _write(document, part.text, _TEXT)
    for words, image in part.stills.items():
        document.ln(2)
        _add_picture(document, image, words)
    if part.facts:
        document.ln(2)
        _add_facts(document, part.facts)
    for title, table in part.tables.items():
        document.ln(2)
        _write(document, title, _TEXT, style="B")
        _add_table(document, table)
    if part.commands:
        document.ln(2)
        _write(document, "\n".join(part.commands), _SMALL, font="DejaVuMono")


def _add_picture(document: Any, image: bytes, words: str) -> None:
    """Put a picture and its caption on one page."""
    height = _height(document, image)
    if document.will_page_break(height + 2 * _LINE):
        document.add_page()
    document.image(BytesIO(image), h=height, alt_text=words)
    _write(document, words, _SMALL, _GREY)


def _height(document: Any, image: bytes) -> float:
    """Height of a picture in mm: wide ones take all the width."""
    from PIL import Image

    across, down = Image.open(BytesIO(image)).size
    width = _PICTURE_SHARE * document.epw if across < 1.5 * down else document.epw
    return float(min(width * down / across, 0.75 * document.eph))


def _add_facts(document: Any, facts: Mapping[str, str]) -> None:
    document.set_font("DejaVu", "", _SMALL)
    document.set_text_color(*_BLACK)
    shares = (_NAMES_SHARE, 1 - _NAMES_SHARE)
    with document.table(
        borders_layout="NONE", first_row_as_headings=False, col_widths=shares, align="L",
        line_height=_LINE - 1, text_align="L",
    ) as rows:  # fmt: skip
        for name, value in facts.items():
            row = rows.row()
            document.set_text_color(*_BLUE)
            row.cell(name)
            document.set_text_color(*_BLACK)
            row.cell(value)


def _add_table(document: Any, table: SortTable) -> None:
    from fpdf.fonts import FontFace

    document.set_font("DejaVu", "", _SMALL - 1)
    document.set_text_color(*_BLACK)
    document.set_draw_color(*_PALE)
    with document.table(
        borders_layout="HORIZONTAL_LINES", line_height=_LINE - 1, text_align="R", padding=0.5,
        headings_style=FontFace(emphasis="BOLD"),
    ) as rows:  # fmt: skip
        rows.row([name.replace("_", " ") for name in table.columns])
        for texts in table.rows[:MOST_ROWS]:
            rows.row(texts)
    left_out = table.left_out + max(0, len(table.rows) - MOST_ROWS)
    if left_out:
        _write(document, f"{left_out} more rows are not shown.", _SMALL, _GREY)
