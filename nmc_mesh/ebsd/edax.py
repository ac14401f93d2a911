"""EDAX OIM HDF5: a group per scan with EBSD/Data and EBSD/Header."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.ang import edax_phases, edax_symmetry
from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.first_map import first_map
from nmc_mesh.ebsd.phase import Phase, laue_of_space_group
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError
from nmc_mesh.stored import Stored

_LATTICE = ("a", "b", "c", "alpha", "beta", "gamma")
_COLUMNS = ("X Position", "Y Position", "Phi1", "Phi", "Phi2", "CI", "Phase")
_PHASES = 1000
_BRUKER = {"X BEAM", "X SAMPLE", "PHI"}  # datasets that only ESPRIT names so
_NO_PLACE = -1e6  # um; OIM marks grid points without data by -1111111


def read_edax(path: Path) -> EbsdScan:
    """Read the first scan of an EDAX .h5 or .oh5 file.

    Warns
    -----
    UserWarning
        If the file holds more scans, which are left out.
    """
    warning = "'{0}' is read, left out: {1}; split the file to read them"
    with first_map(path, "is it an EDAX file?", warning) as group:
        return _scan(path, group)


def _scan(path: Path, group: Stored) -> EbsdScan:
    data, head = group.group("Data"), group.group("Header")
    if "X Position" not in data and _BRUKER & set(data):
        raise FileError(
            f"{path} is a map of Bruker's ESPRIT, which is not read here; export it as .ctf or .ang"
        )
    listed = head.group("Phase")
    phases = {listed.numbered(key): _phase(path, listed.group(key)) for key in listed}
    columns = {name: data.array(name, ("points",)).astype(np.float64) for name in _COLUMNS}
    if len({len(column) for column in columns.values()}) > 1:
        raise data.wrong("", "has columns of different lengths")
    there = columns["X Position"] > _NO_PLACE
    x, y, *turns, confidence, phase = (column[there] for column in columns.values())
    angles = np.stack(turns, axis=1)
    if (phase != np.clip(np.rint(phase), -_PHASES, _PHASES)).any():
        raise data.wrong("Phase", "holds other than small whole numbers")
    numbers, phases = edax_phases(path, phase.astype(np.int32), angles, confidence, phases)
    shape = (head.count("nColumns"), head.count("nRows"))
    step = (head.number("Step X"), head.number("Step Y"))
    hexagonal = "hex" in head.word("Grid Type").lower()
    rows = Rows(x, y, angles, numbers, confidence)
    return assemble(path, rows, phases, Header(shape, step, hexagonal))


def _phase(path: Path, part: Stored) -> Phase:
    a, b, c, *angles = (part.number(f"Lattice Constant {key}") for key in _LATTICE)
    alpha, beta, gamma = np.radians(angles).tolist()
    return Phase(part.word("MaterialName"), _laue(path, part), (a, b, c, alpha, beta, gamma))


def _laue(path: Path, part: Stored) -> str:
    """Laue group from the symmetry, which OIM 8.6 calls LGsymID, or from the space group."""
    for name in ("Symmetry", "LGsymID"):
        if name in part:
            return edax_symmetry(path, part.label(name))
    group = laue_of_space_group(part.count("SpaceGroupNumber"))
    if group is None:
        raise FileError(f"{path}: the space group of a phase is unknown; use 1 to 230")
    return group
