"""EDAX OIM HDF5: a group per scan with EBSD/Data and EBSD/Header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.ebsd.ang import edax_phases, edax_symmetry
from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.first_map import first_map
from nmc_mesh.ebsd.phase import Phase, laue_of_space_group
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError

_LATTICE = ("a", "b", "c", "alpha", "beta", "gamma")
_BRUKER = {"X BEAM", "X SAMPLE", "PHI"}  # datasets that only ESPRIT names so
_NO_PLACE = -1e6  # um; OIM marks grid points without data by -1111111


def read_edax(path: Path) -> EbsdScan:
    """Read the first scan of an EDAX .h5 or .oh5 file.

    Warns
    -----
    UserWarning
        If the file holds more scans, which are left out.
    """
    told = "'{0}' is read, left out: {1}; split the file to read them"
    with first_map(path, "is it an EDAX file?", told) as group:
        return _scan(path, group)


def _scan(path: Path, group: Any) -> EbsdScan:
    data, head = group["Data"], group["Header"]
    if "X Position" not in data and _BRUKER & set(data):
        raise FileError(
            f"{path} is a map of Bruker's ESPRIT, which is not read here; export it as .ctf or .ang"
        )
    phases = {int(key): _phase(path, part) for key, part in head["Phase"].items()}
    columns = {
        name: np.asarray(data[name], dtype=np.float64)
        for name in ("X Position", "Y Position", "Phi1", "Phi", "Phi2", "CI", "Phase")
    }
    there = columns["X Position"] > _NO_PLACE
    x, y, *turns, confidence, phase = (column[there] for column in columns.values())
    angles = np.stack(turns, axis=1)
    numbers, phases = edax_phases(path, phase.astype(np.int32), angles, confidence, phases)
    shape = (int(head["nColumns"][0]), int(head["nRows"][0]))
    step = (float(head["Step X"][0]), float(head["Step Y"][0]))
    hexagonal = "hex" in _word(head["Grid Type"]).lower()
    rows = Rows(x, y, angles, numbers, confidence)
    return assemble(path, rows, phases, Header(shape, step, hexagonal))


def _phase(path: Path, part: Any) -> Phase:
    a, b, c, *angles = (float(part[f"Lattice Constant {key}"][0]) for key in _LATTICE)
    alpha, beta, gamma = np.radians(angles).tolist()
    return Phase(_word(part["MaterialName"]), _laue(path, part), (a, b, c, alpha, beta, gamma))


def _laue(path: Path, part: Any) -> str:
    """Laue group from the symmetry, which OIM 8.6 calls LGsymID, or from the space group."""
    for name in ("Symmetry", "LGsymID"):
        if name in part:
            return edax_symmetry(path, _word(part[name]))
    group = laue_of_space_group(int(part["SpaceGroupNumber"][0]))
    if group is None:
        raise FileError(f"{path}: the space group of a phase is unknown; use 1 to 230")
    return group


def _word(dataset: Any) -> str:
    value = dataset[0]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
