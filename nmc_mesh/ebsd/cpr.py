"""Oxford .cpr (a header of keys) with .crc (a record of bytes per point)."""

from __future__ import annotations

import math
from configparser import ConfigParser, Error
from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.ctf import oxford_phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.text import lines_of
from nmc_mesh.errors import FileError

# Number of a field -> its name and kind; other numbers of 12 and more are floats (EDX windows).
_FIELDS = {
    1: ("X", "<f4"), 2: ("Y", "<f4"), 3: ("Euler1", "<f4"), 4: ("Euler2", "<f4"),
    5: ("Euler3", "<f4"), 6: ("MAD", "<f4"), 7: ("BC", "u1"), 8: ("BS", "u1"),
    9: ("unknown", "u1"), 10: ("Bands", "u1"), 11: ("Error", "u1"),
}  # fmt: skip


_LONGEST = 1 << 20


def read_cpr(path: Path) -> EbsdScan:
    """Read a pair of .cpr and .crc; either may be named."""
    header, data = (_sibling(path, ending) for ending in (".cpr", ".crc"))
    keys = ConfigParser(strict=False, interpolation=None)
    try:
        keys.read_string("\n".join(lines_of(header)))
        job = keys["Job"]
        shape = (int(job["xCells"]), int(job["yCells"]))
        step = (float(job["GridDistX"]), float(job["GridDistY"]))
        fields = [
            int(keys["Fields"][f"Field{n}"]) for n in range(1, 1 + int(keys["Fields"]["Count"]))
        ]
        phases = {
            n: oxford_phase(
                header, part["StructureName"], part.get("LaueGroup", ""),
                [float(part[key]) for key in ("a", "b", "c", "alpha", "beta", "gamma")],
                part.get("SpaceGroup", ""),
            )
            for n in range(1, 1 + int(keys["Phases"]["Count"]))
            for part in [keys[f"Phase{n}"]]
        }  # fmt: skip
    except (Error, KeyError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise FileError(f"{header}: the header lacks {reason}; export the map again") from error
    if not all(0 < extent <= _LONGEST for extent in shape):
        raise FileError(f"{header}: xCells and yCells are no sizes of a map; export it again")
    if not all(0 < width < math.inf for width in step):
        raise FileError(f"{header}: GridDistX and GridDistY are no steps of a map; export it again")
    if doubled := [n for n in fields if fields.count(n) > 1]:
        raise FileError(f"{header}: field {doubled[0]} is there twice; export the map again")
    return assemble(path, _rows(data, fields, shape, step), phases, Header(shape, step, False))


def _sibling(path: Path, ending: str) -> Path:
    for file in (path.with_suffix(ending), path.with_suffix(ending.upper())):
        if file.is_file():
            return file
    raise FileError(f"there is no {path.with_suffix(ending)}; a map is a .cpr and a .crc together")


def _rows(path: Path, fields: list[int], shape: tuple[int, int], step: tuple[float, float]) -> Rows:
    kinds = [("Phase", "u1"), *(_FIELDS.get(n, (f"field{n}", "<f4")) for n in fields)]
    record = np.dtype(kinds)
    count = shape[0] * shape[1]
    content = path.read_bytes()
    if len(content) != count * record.itemsize:
        raise FileError(
            f"{path} has {len(content)} bytes, {shape[0]} x {shape[1]} points of "
            f"{record.itemsize} bytes need {count * record.itemsize}; export the map again"
        )
    missing = {"Euler1", "Euler2", "Euler3"} - set(record.names or ())
    if missing:
        raise FileError(f"{path} holds no {sorted(missing)[0]}; export the map with orientations")
    points = np.frombuffer(content, record)
    if {"X", "Y"} <= set(record.names or ()):
        x, y = points["X"], points["Y"]
    else:
        index = np.arange(count)
        x, y = step[0] * (index % shape[0]), step[1] * (index // shape[0])
    angles = np.stack([points[f"Euler{n}"] for n in (1, 2, 3)], axis=1)
    confidence = points["MAD"] if "MAD" in (record.names or ()) else np.full(count, np.nan)
    x, y, angles, confidence = (np.asarray(a, np.float64) for a in (x, y, angles, confidence))
    return Rows(x, y, angles, points["Phase"].astype(np.int32), confidence)
