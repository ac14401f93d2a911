"""EDAX .ang: phi1 Phi phi2 x y IQ CI phase, and more columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.phase import EDAX, Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.text import lines_of, numbers, phase_numbers
from nmc_mesh.errors import FileError
from nmc_mesh.typing import Floats, Ints

WIDTHS = (8, 10, 14)
_NOT_INDEXED = 4 * np.pi


def read_ang(path: Path) -> EbsdScan:
    """Read an .ang file of 8, 10 or 14 columns, square or hexagonal, rows in any order."""
    lines = lines_of(path)
    head = [line[1:].strip() for line in lines if line.startswith("#")]
    body = [line if not line.startswith("#") else "" for line in lines]
    table = numbers(path, body, 1, WIDTHS)
    phases = _phases(path, head)
    angles, confidence = table[:, :3], table[:, 6]
    phase = edax_phases(phase_numbers(path, table[:, 7]), angles, confidence, phases)
    rows = Rows(table[:, 3], table[:, 4], angles, phase, confidence)
    return assemble(path, rows, phases, _header(path, head))


def edax_phases(phase: Ints, angles: Floats, confidence: Floats, phases: dict[int, Phase]) -> Ints:
    """Return phase numbers with 0 where a point is not indexed.

    EDAX writes phase 0 all over where there is one phase only, and marks a point without solution
    by a confidence index of -1 or angles of 4 pi.
    """
    only = next(iter(phases)) if len(phases) == 1 else 0
    numbers = np.where(phase == 0, only, phase).astype(np.int32)
    missing = (confidence < 0) | (np.abs(angles - _NOT_INDEXED) < 1e-3).any(axis=1)
    numbers[missing] = 0
    return numbers


def edax_symmetry(path: Path, number: int) -> str:
    """Return the Laue group of EDAX's number."""
    if number not in EDAX:
        known = ", ".join(map(str, EDAX))
        raise FileError(f"{path}: symmetry {number} is unknown; use one of {known}")
    return EDAX[number]


def _phases(path: Path, head: list[str]) -> dict[int, Phase]:
    blocks: dict[int, dict[str, str]] = {}
    block: dict[str, str] = {}
    for line in head:
        key, _, value = line.replace("\t", " ").partition(" ")
        if key == "Phase" and value.strip().isdigit():
            block = blocks.setdefault(int(value), {})
        elif key in ("MaterialName", "Symmetry", "LatticeConstants"):
            block[key] = value.strip()
    if not blocks:
        raise FileError(f"{path}: the header names no phase; export the map with its header")
    return {key: _phase(path, key, block) for key, block in blocks.items()}


def _phase(path: Path, key: int, block: dict[str, str]) -> Phase:
    try:
        symmetry = int(block["Symmetry"])
        a, b, c, *angles = map(float, block["LatticeConstants"].split())
        alpha, beta, gamma = np.radians(angles).tolist()
    except (KeyError, ValueError) as error:
        raise FileError(
            f"{path}: phase {key} needs a line 'Symmetry' and six 'LatticeConstants'; "
            "export the map with its header"
        ) from error
    name = block.get("MaterialName", f"phase {key}")
    return Phase(name, edax_symmetry(path, symmetry), (a, b, c, alpha, beta, gamma))


def _header(path: Path, head: list[str]) -> Header:
    found = dict(line.split(":", 1) for line in head if ":" in line)
    try:
        shape = step = None
        if "NCOLS_ODD" in found and "NROWS" in found:
            columns = [int(found[key]) for key in ("NCOLS_ODD", "NCOLS_EVEN") if key in found]
            shape = (max(columns), int(found["NROWS"]))
        if "XSTEP" in found and "YSTEP" in found:
            step = (float(found["XSTEP"]), float(found["YSTEP"]))
    except ValueError as error:
        raise FileError(f"{path}: a number in the header is none ({error}); correct it") from error
    hexagonal = "hex" in found["GRID"].lower() if "GRID" in found else None
    return Header(shape, step, hexagonal)
