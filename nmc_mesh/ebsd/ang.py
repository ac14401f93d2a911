"""EDAX .ang: phi1 Phi phi2 x y IQ CI phase, and more columns."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.assemble import Header, Rows, assemble
from nmc_mesh.ebsd.phase import EDAX, Phase, laue_of_name
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.text import lines_of, numbers, phase_numbers
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.typing import Floats, Ints

WIDTHS = range(7, 1000)
_NOT_INDEXED = 4 * np.pi


def read_ang(path: Path) -> EbsdScan:
    """Read an .ang file, square or hexagonal, rows in any order.

    The first eight columns are always the same; signals, fits, EDS counts and PRIAS values that
    may follow are not looked at. The eighth, the phase, may be missing if there is one only.
    """
    lines = lines_of(path)
    head = [line.strip()[1:].strip() for line in lines if line.lstrip().startswith("#")]
    body = [line.partition("#")[0] for line in lines]
    table = numbers(path, body, 1, WIDTHS)
    phases = _phases(path, head)
    if table.shape[1] == 7 and len(phases) > 1:
        raise FileError(
            f"{path}: 7 columns tell no phase, and the header has {len(phases)}; export the map "
            "with its phases"
        )
    angles, confidence = table[:, :3], table[:, 6]
    given = np.zeros(len(table)) if table.shape[1] == 7 else table[:, 7]
    phase, phases = edax_phases(path, phase_numbers(path, given), angles, confidence, phases)
    rows = Rows(table[:, 3], table[:, 4], angles, phase, confidence)
    return assemble(path, rows, phases, _header(path, head))


def edax_phases(
    path: Path, phase: Ints, angles: Floats, confidence: Floats, phases: dict[int, Phase]
) -> tuple[Ints, dict[int, Phase]]:
    """Return phases numbered from 1 on, of points (0 where one is not indexed) and of the header.

    A point without solution has a confidence index of -1, angles of 4 pi or the phase -1. Header
    and points may each count from 0 or from 1, and a map of one phase may say 0 all over: the
    header's numbers are tried as they are, then moved by one. The phase 0 is that of points
    without solution only if the header has none of that number and the points use its last one.

    Warns
    -----
    UserWarning
        If points that have a solution are of no phase, or if they count otherwise than the header.
    """
    missing = (confidence < 0) | (np.abs(angles - _NOT_INDEXED) < 1e-3).any(axis=1) | (phase == -1)
    solved = ~missing & ((confidence > 0) | (phase > 0))
    keys = sorted(phases)
    used = set(np.unique(phase[solved]).tolist())
    single = len(keys) == 1 and used <= {0, keys[0]}
    move = 0 if single else _move(used, set(keys), bool((phase == -1).any()))
    numbers = np.full_like(phase, keys[0]) if single else phase + np.int32(move)
    strays = ~missing & (numbers == 0) & (0 not in phases)
    unknown = sorted(set(np.unique(numbers[~missing & ~strays]).tolist()) - set(keys))
    if unknown:
        raise InputError(
            f"{path}: phase {unknown[0] - move} is not in the header, which has "
            f"{', '.join(map(str, keys))}; add it there"
        )
    if (strays & solved).any():
        warning = (
            f"{(strays & solved).sum()} points have a solution but phase 0, which the header does "
            "not name; they are not indexed"
        )
    elif move:
        name = phases[keys[0]].name
        warning = (
            f"phase {keys[0] - move} of the points is {name}, which is {keys[0]} in the header"
        )
    else:
        warning = ""
    if warning:
        warnings.warn(f"{path}: {warning}", UserWarning, stacklevel=4)
    missing |= strays
    first = 1 - keys[0] if keys[0] < 1 else 0
    numbered = np.where(missing, 0, numbers + first).astype(np.int32)
    return numbered, {key + first: kind for key, kind in phases.items()}


def _move(used: set[int], keys: set[int], marked: bool) -> int:
    """Return what to add to the points' phases; ``marked`` if -1 is that of missing solutions."""
    if 0 not in keys and used and max(used) < max(keys) and (0 in used or marked):
        return 1 if {number + 1 for number in used} <= keys else 0
    if not used <= keys and {number - 1 for number in used} <= keys:
        return -1
    return 0


def edax_symmetry(path: Path, text: str) -> str:
    """Return the Laue group of EDAX's number, of a point group's number or of its name."""
    group = laue_of_name(text)
    if group is None:
        known = ", ".join(map(str, EDAX))
        raise FileError(
            f"{path}: symmetry {text.strip()[:20]} is unknown; use one of {known}, or the name of "
            "a point group"
        )
    return group


def _phases(path: Path, head: list[str]) -> dict[int, Phase]:
    blocks: dict[int, dict[str, str]] = {}
    block: dict[str, str] = {}
    for line in head:
        key, _, value = line.replace("\t", " ").partition(" ")
        if key == "Phase" and value.strip().isdecimal():
            block = blocks.setdefault(int(value), {})
        elif key in ("MaterialName", "Symmetry", "LatticeConstants"):
            block[key] = value.strip()
    if not blocks:
        raise FileError(f"{path}: the header names no phase; export the map with its header")
    return {key: _phase(path, key, block) for key, block in blocks.items()}


def _phase(path: Path, key: int, block: dict[str, str]) -> Phase:
    try:
        symmetry = block["Symmetry"]
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
    entries = dict(line.split(":", 1) for line in head if ":" in line)
    try:
        shape = step = None
        if "NCOLS_ODD" in entries and "NROWS" in entries:
            columns = [int(entries[key]) for key in ("NCOLS_ODD", "NCOLS_EVEN") if key in entries]
            shape = (max(columns), int(entries["NROWS"]))
        if "XSTEP" in entries and "YSTEP" in entries:
            step = (float(entries["XSTEP"]), float(entries["YSTEP"]))
    except ValueError as error:
        raise FileError(f"{path}: a number in the header is none ({error}); correct it") from error
    hexagonal = "hex" in entries["GRID"].lower() if "GRID" in entries else None
    return Header(shape, step, hexagonal)
