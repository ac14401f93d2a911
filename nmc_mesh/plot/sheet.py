"""A sheet of axes that is drawn on and then written whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import written
from nmc_mesh.plot.draw import require_matplotlib

FIGURES = (".png", ".svg", ".pdf")
_DOTS_PER_INCH = 100


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
                with written(self._place) as files:
                    name = files.name(self._place)
                    form = self._place.suffix.lower()[1:]
                    self._figure.savefig(name, format=form, dpi=_DOTS_PER_INCH)
        finally:
            self._context.__exit__(kind, error, trace)
