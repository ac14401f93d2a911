"""A sheet of axes that is drawn on and then written whole."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from textwrap import wrap
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import written
from nmc_mesh.plot.draw import require_matplotlib

FIGURES = (".png", ".svg", ".pdf")
_DOTS_PER_INCH = 100
_SHORTEST = 8  # letters of a line that is not broken further


def fit_titles(figure: Any, axes: Iterable[Any]) -> None:
    """Break titles that are wider than their axes, so that nothing is cut off or overlaps.

    A break makes the axes lower, never narrower; so one pass is enough.
    """
    figure.draw_without_rendering()
    for axis in axes:
        lines = axis.title.get_text().split("\n")
        room = axis.get_window_extent().width
        broken = [part for line in lines for part in _broken(axis.title, line, room)]
        axis.title.set_text("\n".join(broken))


def _broken(title: Any, line: str, room: float) -> list[str]:
    """Break a line into parts that are no wider than ``room`` pixels in the font of a title."""
    parts = [line]
    for letters in range(len(line), _SHORTEST, -1):
        title.set_text("\n".join(parts))
        if title.get_window_extent().width <= room:
            break
        parts = wrap(line, letters - 1)
    return parts


class Sheet:
    """A figure whose axes are drawn on in a ``with`` block and that is written at its end.

    Parameters
    ----------
    path
        File to write, .png, .svg or .pdf; replaced only when the new one is complete.
    rows, columns
        Number of axes; the block gets them row by row.
    size
        Width and height in inches.

    Raises
    ------
    InputError
        If the extension is another.
    MissingExtraError
        If matplotlib is not installed.
    FileError
        If the file cannot be written.
    """

    def __init__(
        self, path: str | os.PathLike[str], rows: int, columns: int, size: tuple[float, float]
    ) -> None:
        self._place = Path(path)
        if self._place.suffix.lower() not in FIGURES:
            raise InputError(f"unknown extension of '{path}'; use {' or '.join(FIGURES)}")
        require_matplotlib()
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        self._context = rc_context({"font.size": 8, "svg.hashsalt": "nmc_mesh", "axes.grid": False})
        self._context.__enter__()
        self._figure = Figure(figsize=size, layout="constrained")
        self._axes = list(np.ravel(self._figure.subplots(rows, columns)))

    def __enter__(self) -> list[Any]:
        return self._axes

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        try:
            if kind is None:
                fit_titles(self._figure, self._axes)
                with written(self._place) as files:
                    name = files.name(self._place)
                    form = self._place.suffix.lower()[1:]
                    self._figure.savefig(name, format=form, dpi=_DOTS_PER_INCH)
        finally:
            self._context.__exit__(kind, error, trace)
