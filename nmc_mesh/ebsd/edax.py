"""EDAX OIM HDF5: a group per scan with EBSD/Data and EBSD/Header."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.ebsd.ang import edax_phases, edax_symmetry
from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError

_LATTICE = ("a", "b", "c", "alpha", "beta", "gamma")
_NO_PLACE = -1e6  # um; OIM marks grid points without data by -1111111


def read_edax(path: Path) -> EbsdScan:
    """Read the first scan of an EDAX .h5 or .oh5 file.

    Warns
    -----
    UserWarning
        If the file holds more scans, which are left out.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            scans = [name for name, item in file.items() if "EBSD" in getattr(item, "keys", set)()]
            if not scans:
                raise FileError(f"{path} holds no group with 'EBSD'; is it an EDAX file?")
            if scans[1:]:
                left = ", ".join(scans[1:])
                warnings.warn(
                    f"{path}: '{scans[0]}' is read, left out: {left}; split the file to read them",
                    UserWarning,
                    stacklevel=2,
                )
            return _scan(path, file[scans[0]]["EBSD"])
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise FileError(
            f"cannot read {path} ({reason}); check the name, export it again"
        ) from error
    except KeyError as error:
        raise FileError(f"{path} lacks a dataset: {error.args[0]}; export the map again") from error


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
