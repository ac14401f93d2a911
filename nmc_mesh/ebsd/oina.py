"""Oxford .h5oina (HDF5): a group per acquisition with EBSD/Data and EBSD/Header; radians, um."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.ctf import oxford_phase
from nmc_mesh.ebsd.first_map import first_map
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import FileError
from nmc_mesh.typing import AnyArray, Floats


def read_oina(path: Path) -> EbsdScan:
    """Read the first EBSD map of a .h5oina file.

    Where the file has no coordinates, points stand in rows of the header's width. The confidence is
    the mean angular deviation in degrees, as in Oxford's other formats.

    Warns
    -----
    UserWarning
        If the file holds more maps, which are left out.
    """
    told = "acquisition {0} is read, left out: {1}; export them one by one"
    with first_map(path, "export the map with its orientations", told) as group:
        return _scan(path, group)


def _scan(path: Path, group: Any) -> EbsdScan:
    data, head = group["Data"], group["Header"]
    shape = int(_first(head["X Cells"])), int(_first(head["Y Cells"]))
    step = float(_first(head["X Step"])), float(_first(head["Y Step"]))
    phases = {int(key): _phase(path, part) for key, part in head["Phases"].items()}
    angles: Floats = np.array(data["Euler"], dtype=np.float64).reshape(-1, 3)
    phase = np.asarray(data["Phase"]).ravel().astype(np.int32)
    place = np.arange(len(angles))
    x: Floats = np.multiply(step[0], place % shape[0], dtype=np.float64)
    y: Floats = np.multiply(step[1], place // shape[0], dtype=np.float64)
    if "X" in data and "Y" in data:
        x, y = (np.array(data[name], dtype=np.float64).ravel() for name in "XY")
    if not len(x) == len(y) == len(phase) == len(angles):
        raise FileError(
            f"{path}: {len(angles)} orientations, {len(phase)} phases, {len(x)} places; "
            "export the map again"
        )
    phase[~np.isfinite(angles).all(axis=1)] = 0  # outside the acquired area
    there = np.isfinite(x) & np.isfinite(y)
    deviation = np.full(len(angles), np.nan)
    if "Mean Angular Deviation" in data:
        deviation = np.degrees(np.asarray(data["Mean Angular Deviation"], np.float64).ravel())
    angles[phase == 0] = 0.0
    rows = Rows(x[there], y[there], angles[there], phase[there], deviation[there])
    return assemble(path, rows, phases, Header(shape, step, False, may_miss_rows=True))


def _phase(path: Path, part: Any) -> Phase:
    lengths = np.asarray(part["Lattice Dimensions"], np.float64).ravel().tolist()
    angles = np.degrees(np.asarray(part["Lattice Angles"], np.float64).ravel()).tolist()
    name = _first(part["Phase Name"])
    text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
    laue, space = (
        str(_first(part[key])) if key in part else "" for key in ("Laue Group", "Space Group")
    )
    return oxford_phase(path, text, laue, [*lengths, *angles], space)


def _first(dataset: Any) -> Any:
    value: AnyArray = np.asarray(dataset[()]).ravel()
    return value[0]
