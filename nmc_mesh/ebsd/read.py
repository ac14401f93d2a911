"""One door to all formats of orientation maps."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from nmc_mesh.ebsd.ang import read_ang
from nmc_mesh.ebsd.cpr import read_cpr
from nmc_mesh.ebsd.ctf import read_ctf
from nmc_mesh.ebsd.edax import read_edax
from nmc_mesh.ebsd.oina import read_oina
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError, InputError

READERS: dict[str, Callable[[Path], EbsdScan]] = {
    ".ang": read_ang,
    ".ctf": read_ctf,
    ".cpr": read_cpr,
    ".crc": read_cpr,
    ".h5": read_edax,
    ".oh5": read_edax,
    ".h5oina": read_oina,
}


def read_scan(path: str | os.PathLike[str]) -> EbsdScan:
    """Read an orientation map; the extension names the format.

    Parameters
    ----------
    path
        .ang, .h5 or .oh5 (EDAX); .ctf, .cpr with .crc, or .h5oina (Oxford).

    Raises
    ------
    InputError
        If the extension is unknown, or the points make no map.
    FileError
        If the file is missing, empty or damaged; the message names the line.

    Warns
    -----
    UserWarning
        If the header contradicts the coordinates.

    Examples
    --------
    >>> lines = ["# Phase 1", "# MaterialName NMC", "# Symmetry 32",
    ...          "# LatticeConstants 2.87 2.87 14.2 90 90 120", "# GRID: SqrGrid",
    ...          "# XSTEP: 0.5", "# YSTEP: 0.5", "# NCOLS_ODD: 2", "# NCOLS_EVEN: 2", "# NROWS: 2",
    ...          "0 0 0 0.0 0.0 100 0.9 0", "0 0 0 0.5 0.0 100 0.9 0",
    ...          "1 0 0 0.0 0.5 100 0.9 0", "1 0 0 0.5 0.5 100 0.9 0"]
    >>> np.savetxt("map.ang", lines, fmt="%s")
    >>> scan = nmc_mesh.read_scan("map.ang")
    >>> scan.angles[..., 0].tolist()  # phi1 of the points (x, y), radians
    [[0.0, 1.0], [0.0, 1.0]]
    """
    file = Path(path)
    reader = READERS.get(file.suffix.lower())
    if reader is None:
        raise InputError(
            f"unknown extension '{file.suffix}' of the map {file}; use {', '.join(READERS)}"
        )
    if not file.is_file():
        raise FileError(f"cannot read {file}: there is no such file; check the name")
    return reader(file)
