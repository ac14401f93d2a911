"""Oxford .h5oina (HDF5): a group per acquisition with EBSD/Data and EBSD/Header; radians, um."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.ctf import oxford_phase
from nmc_mesh.ebsd.first_map import first_map
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError
from nmc_mesh.stored import Stored
from nmc_mesh.typing import Floats


def read_oina(path: Path) -> EbsdScan:
    """Read the first EBSD map of a .h5oina file.

    Where the file has no coordinates, points stand in rows of the header's width. The confidence is
    the mean angular deviation in degrees, as in Oxford's other formats.

    Warns
    -----
    UserWarning
        If the file holds more maps, which are left out.
    """
    warning = "acquisition {0} is read, left out: {1}; export them one by one"
    with first_map(path, "export the map with its orientations", warning) as group:
        return _scan(path, group)


def _scan(path: Path, group: Stored) -> EbsdScan:
    data, head = group.group("Data"), group.group("Header")
    shape = head.count("X Cells"), head.count("Y Cells")
    if min(shape) < 1:
        raise head.wrong("X Cells", f"and Y Cells make a map of {shape[0]} x {shape[1]} points")
    step = head.number("X Step"), head.number("Y Step")
    listed = head.group("Phases")
    phases = {listed.numbered(key): _phase(path, listed.group(key)) for key in listed}
    angles: Floats = data.sparse("Euler", ("points", 3)).astype(np.float64)
    phase = data.array("Phase", kind="whole").ravel().astype(np.int32)
    index = np.arange(len(angles))
    x: Floats = np.multiply(step[0], index % shape[0], dtype=np.float64)
    y: Floats = np.multiply(step[1], index // shape[0], dtype=np.float64)
    if "X" in data and "Y" in data:
        x, y = (data.sparse(name).astype(np.float64).ravel() for name in "XY")
    if not len(x) == len(y) == len(phase) == len(angles):
        raise FileError(
            f"{path}: {len(angles)} orientations, {len(phase)} phases, {len(x)} places; "
            "export the map again"
        )
    phase[~np.isfinite(angles).all(axis=1)] = 0  # outside the acquired area
    there = np.isfinite(x) & np.isfinite(y)
    deviation = np.full(len(angles), np.nan)
    if "Mean Angular Deviation" in data:
        radians = data.sparse("Mean Angular Deviation").astype(np.float64).ravel()
        if len(radians) != len(angles):
            raise data.wrong("Mean Angular Deviation", f"holds {len(radians)} values")
        deviation = np.degrees(radians)
    angles[phase == 0] = 0.0
    rows = Rows(x[there], y[there], angles[there], phase[there], deviation[there])
    return assemble(path, rows, phases, Header(shape, step, False, may_miss_rows=True))


def _phase(path: Path, part: Stored) -> Phase:
    lengths, angles = (part.array(f"Lattice {name}") for name in ("Dimensions", "Angles"))
    if lengths.size != 3 or angles.size != 3:
        raise part.wrong("Lattice Dimensions", "and Lattice Angles need three numbers each")
    cell = [*lengths.ravel().tolist(), *np.degrees(angles.ravel()).tolist()]
    laue, space = (part.label(key) if key in part else "" for key in ("Laue Group", "Space Group"))
    return oxford_phase(path, part.word("Phase Name"), laue, cell, space)
