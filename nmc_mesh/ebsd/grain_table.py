"""Tables of grains in text files: centroid, area, semi-axes and angle of every grain."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nmc_mesh.arrays import frozen, one_line
from nmc_mesh.ebsd.text import lines_of, numbers
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import Floats

GRAIN_TABLES = (".txt", ".csv")
COLUMNS = ("x", "y", "area", "a", "b", "angle")
_ALSO = {"x_1": "x", "x_2": "y", "areas": "area", "theta": "angle"}


@dataclass(frozen=True, eq=False)
class GrainTable:
    """Moments of the grains of a section.

    ``centroids`` (n, 2) and ``semi_axes`` (n, 2), a >= b, in um; ``areas`` (n,) in um^2;
    ``angles`` (n,) in radians of the first semi-axis, from x towards y.
    """

    centroids: Floats
    areas: Floats
    semi_axes: Floats
    angles: Floats

    __repr__ = one_line

    def __post_init__(self) -> None:
        for array in (self.centroids, self.areas, self.semi_axes, self.angles):
            frozen(array)

    def __len__(self) -> int:
        return len(self.areas)


def read_grain_table(
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    *,
    degrees: bool = False,
) -> GrainTable:
    """Read a table of grains with blanks or commas between its columns.

    Parameters
    ----------
    path
        File ending in .txt or .csv, lengths in um; lines that begin with # are comments.
    columns
        Names of the columns: x, y, area, a, b, angle in any order, others are not looked at.
        Default: the words of the last comment before the numbers (X_1, X_2, areas, theta are known
        too).
    degrees
        Angles are degrees.

    Raises
    ------
    FileError
        If the file is missing, empty, or no table; the message names the line.
    InputError
        If a column is not named, a length is not positive, or angles cannot be radians.
    """
    file = Path(path)
    lines = lines_of(file)
    head = [line for line in lines if line.lstrip().startswith("#")]
    body = ["" if line.lstrip().startswith("#") else line.replace(",", " ") for line in lines]
    given = columns if columns is not None else _named(head)
    names = [_ALSO.get(name.strip().lower(), name.strip().lower()) for name in given]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        raise InputError(
            f"{file}: no column is named {', '.join(missing)}; name all columns in their order, "
            "such as columns id,x,y,area,a,b,angle (--columns)"
        )
    widths = (len(names),) if columns is None else tuple(range(len(names), len(names) + 20))
    table = numbers(file, body, 1, widths)
    x, y, area, a, b, angle = (table[:, names.index(name)] for name in COLUMNS)
    if degrees:
        angle = np.radians(angle)
    _check(file, np.stack([area, a, b]), np.stack([x, y, angle]), degrees)
    return GrainTable(np.stack([x, y], axis=1), area, np.stack([a, b], axis=1), angle)


def _named(head: list[str]) -> list[str]:
    return head[-1].lstrip("# \t").replace(",", " ").split() if head else []


def _check(path: Path, lengths: Floats, others: Floats, degrees: bool) -> None:
    if not (np.isfinite(lengths).all() and np.isfinite(others).all()):
        raise FileError(f"{path}: a number is missing or not finite; leave that grain out")
    if lengths.min() <= 0:
        row = int(np.argwhere(lengths.min(axis=0) <= 0)[0, 0]) + 1
        raise InputError(f"{path}: grain {row} has no positive area or semi-axis; leave it out")
    if np.abs(others[2]).max() > 2 * np.pi + 1e-3:
        unit = "are not even degrees" if degrees else "cannot be radians; say --degrees"
        limit = np.degrees(np.abs(others[2]).max()) if degrees else np.abs(others[2]).max()
        raise InputError(f"{path}: angles up to {limit:.4g} {unit} (degrees)")
