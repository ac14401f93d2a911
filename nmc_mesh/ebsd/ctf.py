"""Oxford .ctf: Phase X Y Bands Error Euler1 Euler2 Euler3 MAD BC BS, in degrees."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.phase import OXFORD, Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.text import lines_of, numbers, phase_numbers
from nmc_mesh.errors import FileError

_COLUMNS = ("Phase", "X", "Y", "Euler1", "Euler2", "Euler3")


def read_ctf(path: Path) -> EbsdScan:
    """Read a .ctf file, with points or commas in its numbers; rows may be missing."""
    lines = lines_of(path)
    start = next((n for n, line in enumerate(lines) if _is_title(line)), None)
    if start is None:
        raise FileError(
            f"{path}: no line with the columns {' '.join(_COLUMNS)}; export the map as .ctf"
        )
    names = lines[start].split()
    body = [line.replace(",", ".") for line in lines[start + 1 :]]
    table = numbers(path, body, start + 2, (len(names),))
    column = {name: table[:, n] for n, name in enumerate(names)}
    angles = np.radians(np.stack([column[name] for name in _COLUMNS[3:]], axis=1))
    confidence = column.get("MAD", np.full(len(table), np.nan))
    phase = phase_numbers(path, column["Phase"])
    rows = Rows(column["X"], column["Y"], angles, phase, confidence)
    return assemble(path, rows, _phases(path, lines[:start]), _header(path, lines[:start]))


def oxford_phase(path: Path, name: str, laue: int, lattice: list[float]) -> Phase:
    """Return a phase from Oxford's number of its Laue group and a, b, c, angles in degrees."""
    if laue not in OXFORD:
        raise FileError(f"{path}: Laue group {laue} of phase '{name}' is unknown; use 1 to 11")
    if len(lattice) != 6:
        raise FileError(f"{path}: phase '{name}' needs six lattice constants, not {len(lattice)}")
    a, b, c, *angles = lattice
    alpha, beta, gamma = np.radians(angles).tolist()
    return Phase(name, OXFORD[laue], (a, b, c, alpha, beta, gamma), "a*")


def _is_title(line: str) -> bool:
    return set(_COLUMNS) <= set(line.split())


def _phases(path: Path, head: list[str]) -> dict[int, Phase]:
    for place, line in enumerate(head):
        words = line.split("\t")
        if words[0] != "Phases":
            continue
        try:
            given = head[place + 1 : place + 1 + int(words[1])]
            return {n: _phase(path, line) for n, line in enumerate(given, start=1)}
        except (ValueError, IndexError) as error:
            raise FileError(
                f"{path}, line {place + 1}: the phases cannot be read; each needs lattice, angles, "
                "name and Laue group with tabs between"
            ) from error
    raise FileError(f"{path}: the header names no phase; export the map with its header")


def _phase(path: Path, line: str) -> Phase:
    lengths, angles, name, laue = line.replace(",", ".").split("\t")[:4]
    lattice = [float(word) for part in (lengths, angles) for word in part.split(";")]
    return oxford_phase(path, name, int(laue), lattice)


def _header(path: Path, head: list[str]) -> Header:
    found = {words[0]: words[1] for words in (line.split("\t") for line in head) if words[1:]}
    try:
        shape = (int(found["XCells"]), int(found["YCells"]))
        step = (float(found["XStep"].replace(",", ".")), float(found["YStep"].replace(",", ".")))
    except (KeyError, ValueError):
        return Header(may_miss_rows=True)
    return Header(shape, step, False, may_miss_rows=True)
