"""EDAX OIM HDF5: a group per scan with EBSD/Data and EBSD/Header."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.ebsd.ang import edax_phases, edax_symmetry
from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.first_map import first_map
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.scan import EbsdScan

_LATTICE = ("a", "b", "c", "alpha", "beta", "gamma")
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
    phases = {int(key): _phase(path, part) for key, part in head["Phase"].items()}
    columns = {
        name: np.asarray(data[name], dtype=np.float64)
        for name in ("X Position", "Y Position", "Phi1", "Phi", "Phi2", "CI", "Phase")
    }
    there = columns["X Position"] > _NO_PLACE
    x, y, *turns, confidence, phase = (column[there] for column in columns.values())
    angles = np.stack(turns, axis=1)
    numbers = edax_phases(phase.astype(np.int32), angles, confidence, phases)
    shape = (int(head["nColumns"][0]), int(head["nRows"][0]))
    step = (float(head["Step X"][0]), float(head["Step Y"][0]))
    hexagonal = "hex" in _word(head["Grid Type"]).lower()
    rows = Rows(x, y, angles, numbers, confidence)
    return assemble(path, rows, phases, Header(shape, step, hexagonal))


def _phase(path: Path, part: Any) -> Phase:
    a, b, c, *angles = (float(part[f"Lattice Constant {key}"][0]) for key in _LATTICE)
    alpha, beta, gamma = np.radians(angles).tolist()
    laue = edax_symmetry(path, int(part["Symmetry"][0]))
    return Phase(_word(part["MaterialName"]), laue, (a, b, c, alpha, beta, gamma))


def _word(dataset: Any) -> str:
    value = dataset[0]
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
