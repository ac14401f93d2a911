"""Oxford .ctf: Phase X Y Bands Error Euler1 Euler2 Euler3 MAD BC BS, in degrees."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.phase import OXFORD, Phase, laue_of_space_group
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.text import lines_of, numbers, phase_numbers
from nmc_mesh.errors import FileError
from nmc_mesh.typing import Floats

_COLUMNS = ("Phase", "X", "Y", "Euler1", "Euler2", "Euler3")
_SLACK = 2e-3


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
    angles = _in_radians(path, np.stack([column[name] for name in _COLUMNS[3:]], axis=1))
    confidence = column.get("MAD", np.full(len(table), np.nan))
    phase = phase_numbers(path, column["Phase"])
    rows = Rows(column["X"], column["Y"], angles, phase, confidence)
    return assemble(path, rows, _phases(path, lines[:start]), _header(path, lines[:start]))


def oxford_phase(
    path: Path, name: str, laue: str, lattice: list[float], space_group: str = ""
) -> Phase:
    """Return a phase from Oxford's number of its Laue group and a, b, c, angles in degrees.

    Where that number is missing or 0, the number of the space group tells the Laue group.
    """
    group = OXFORD.get(_whole(laue)) or (
        laue_of_space_group(_whole(space_group)) if _whole(laue) == 0 else None
    )
    if group is None:
        group_name = laue.strip() or "(none)"
        raise FileError(
            f"{path}: Laue group {group_name} of phase '{name}' is unknown; use 1 to 11"
        )
    if len(lattice) != 6:
        raise FileError(f"{path}: phase '{name}' needs six lattice constants, not {len(lattice)}")
    a, b, c, *angles = lattice
    alpha, beta, gamma = np.radians(angles).tolist()
    return Phase(name, group, (a, b, c, alpha, beta, gamma), "a*")


def _whole(text: str) -> int:
    """Return the whole number that a text is; 0 if there is none, -1 if it is none."""
    word = text.strip()
    return int(word) if word.isdecimal() and len(word) < 9 else -1 if word else 0


def _in_radians(path: Path, angles: Floats) -> Floats:
    """Return angles in radians, which are degrees unless they spread over all radians and no more.

    The deviation of phi1 or phi2 that makes them radians would be 17 degrees at least, but all of
    them below 6.3 degrees are one crystal that hardly turns.
    """
    known = angles[np.isfinite(angles).all(axis=1) & (angles != 0).any(axis=1)]
    small = len(known) > 0 and known.min() >= -_SLACK and known.max() <= 2 * np.pi + _SLACK
    if small and known[:, 1].max() <= np.pi + _SLACK and known[:, [0, 2]].std(axis=0).max() > 0.3:
        warnings.warn(
            f"{path}: Euler angles up to {known.max():.2f} are taken for radians, though this "
            "format has degrees; if they are degrees, export the map in another format",
            UserWarning,
            stacklevel=4,
        )
        return angles
    return np.radians(angles)


def _is_title(line: str) -> bool:
    return set(_COLUMNS) <= set(line.split())


def _phases(path: Path, head: list[str]) -> dict[int, Phase]:
    for number, line in enumerate(head):
        words = line.split("\t")
        if words[0] != "Phases":
            continue
        try:
            given = head[number + 1 : number + 1 + int(words[1])]
            return {n: _phase(path, line) for n, line in enumerate(given, start=1)}
        except (ValueError, IndexError) as error:
            raise FileError(
                f"{path}, line {number + 1}: the phases cannot be read; each needs lattice, "
                "angles, name and Laue group with tabs between"
            ) from error
    raise FileError(f"{path}: the header names no phase; export the map with its header")


def _phase(path: Path, line: str) -> Phase:
    lengths, angles, name, laue, *more = line.replace(",", ".").split("\t")
    lattice = [float(word) for part in (lengths, angles) for word in part.split(";")]
    return oxford_phase(path, name, laue, lattice, more[0] if more else "")


def _header(path: Path, head: list[str]) -> Header:
    entries = {words[0]: words[1] for words in (line.split("\t") for line in head) if words[1:]}
    try:
        shape = (int(entries["XCells"]), int(entries["YCells"]))
        step = (
            float(entries["XStep"].replace(",", ".")),
            float(entries["YStep"].replace(",", ".")),
        )
    except (KeyError, ValueError):
        return Header(may_miss_rows=True)
    return Header(shape, step, False, may_miss_rows=True)
