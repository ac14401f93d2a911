"""From the rows of a file to a map, whatever the file's header claims."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.raster import Claims, Raster, raster
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import Floats, Ints


class Rows(NamedTuple):
    """One row per point: um, radians; phase 0 where nothing was indexed."""

    x: Floats
    y: Floats
    angles: Floats
    phase: Ints
    confidence: Floats


class Header(NamedTuple):
    """What a file says about its grid; ``None`` where it says nothing."""

    shape: tuple[int, int] | None = None
    step: tuple[float, float] | None = None
    hexagonal: bool | None = None
    may_miss_rows: bool = False


def assemble(path: Path, rows: Rows, phases: Mapping[int, Phase], header: Header) -> EbsdScan:
    """Return the map of all rows, placed by their coordinates; a header that disagrees is told.

    Parameters
    ----------
    path
        The file, for messages.
    rows
        Its points.
    phases
        Phase of every number that ``rows.phase`` may hold.
    header
        Its claims.

    Warns
    -----
    UserWarning
        If coordinates and header contradict each other: coordinates are trusted.
    """
    if len(rows.x) == 0:
        raise FileError(f"{path} has a header but no points; export the map again")
    try:
        claims = Claims(header.shape, header.step, header.hexagonal is False)
        grid = raster(rows.x, rows.y, claims)
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    _compare(path, grid, header)
    pixels = (grid.column, grid.row)
    angles = np.zeros((*grid.shape, 3))
    phase = np.zeros(grid.shape, dtype=np.int32)
    confidence = np.full(grid.shape, np.nan)
    angles[pixels] = rows.angles
    phase[pixels] = _numbered(path, rows.phase, phases)
    confidence[pixels] = rows.confidence
    known = tuple(phases[key] for key in sorted(phases))
    step, origin = np.array(grid.step), np.array(grid.origin)
    return EbsdScan(angles, phase, confidence, known, step, origin, grid.shift, str(path))


def _numbered(path: Path, given: Ints, phases: Mapping[int, Phase]) -> Ints:
    """Return phases numbered 1 ... p in the order of the file's own numbers."""
    keys = np.array(sorted(phases))
    unknown = sorted(set(np.unique(given).tolist()) - {-1, 0, *keys.tolist()})
    if unknown:
        raise InputError(
            f"{path}: phase {unknown[0]} is not in the header, which has "
            f"{', '.join(map(str, keys)) or 'none'}; add it there"
        )
    numbers = np.zeros(len(given), dtype=np.int32)
    there = given > 0
    numbers[there] = 1 + np.searchsorted(keys, given[there])
    return numbers


def _compare(path: Path, grid: Raster, header: Header) -> None:
    claims = []
    if header.hexagonal is not None and header.hexagonal != (grid.shift != 0):
        claims.append(f"a {'hexagonal' if header.hexagonal else 'square'} grid")
    if header.step is not None and not np.allclose(header.step, grid.step, rtol=2e-3):
        claims.append(f"steps of {header.step[0]:g} and {header.step[1]:g} um")
    if header.shape is not None and header.shape != grid.shape:
        within = all(a <= b for a, b in zip(grid.shape, header.shape, strict=True))
        if not (header.may_miss_rows and within):
            claims.append(f"{header.shape[0]} x {header.shape[1]} points")
    if claims:
        kind = "hexagonal" if grid.shift else "square"
        warnings.warn(
            f"{path}: the header claims {', '.join(claims)}, but the coordinates make a {kind} "
            f"grid of {grid.shape[0]} x {grid.shape[1]} points {grid.step[0]:.4g} and "
            f"{grid.step[1]:.4g} um apart; the coordinates are used",
            UserWarning,
            stacklevel=3,
        )
