"""Maps written as .ang, which every program of the field reads."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from nmc_mesh.ebsd.phase import EDAX, Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.files import written

_NO_SOLUTION = (4 * np.pi, 4 * np.pi, 4 * np.pi)


def write_ang(path: str | os.PathLike[str], scan: EbsdScan) -> None:
    """Write a map on a square grid as EDAX's .ang: phi1 Phi phi2 x y IQ CI phase.

    Angles have five decimals, lengths six. Points without orientation get angles of 4 pi, a
    confidence index of -1 and the phase 0.

    Parameters
    ----------
    path
        File to write.
    scan
        The map. Where it knows no confidence, indexed points get 1.

    Raises
    ------
    InputError
        If the grid is hexagonal.
    FileError
        If the file cannot be written.
    """
    if scan.hexagonal:
        raise InputError(f"{scan.name}: only maps on a square grid are written")
    nx, ny = scan.phase.shape
    head = [line for k, phase in enumerate(scan.phases, start=1) for line in _phase(k, phase)]
    head += [
        "GRID: SqrGrid",
        f"XSTEP: {scan.step[0]:.9g}",
        f"YSTEP: {scan.step[1]:.9g}",
        f"NCOLS_ODD: {nx}",
        f"NCOLS_EVEN: {nx}",
        f"NROWS: {ny}",
    ]
    there = scan.indexed.T.ravel()
    angles = np.where(there[:, None], scan.angles.transpose(1, 0, 2).reshape(-1, 3), _NO_SOLUTION)
    sure = scan.confidence.T.ravel()
    sure = np.where(there, np.where(np.isnan(sure), 1.0, sure), -1.0)
    places = scan.points().transpose(1, 0, 2).reshape(-1, 2)
    table = np.column_stack([angles, places, there, sure, scan.phase.T.ravel()])
    target = Path(path)
    with written(target) as beside, beside.name(target).open("w", encoding="ascii") as file:
        file.writelines(f"# {line}\n" for line in head)
        np.savetxt(file, table, ["%.5f"] * 3 + ["%.6f"] * 2 + ["%.0f", "%.3f", "%d"])


def _phase(number: int, phase: Phase) -> list[str]:
    symmetry = {laue: key for key, laue in EDAX.items()}[phase.laue]
    lengths, angles = phase.lattice[:3], np.degrees(phase.lattice[3:])
    return [
        f"Phase {number}",
        f"MaterialName {phase.name}",
        f"Symmetry {symmetry}",
        "LatticeConstants " + " ".join(f"{value:.4f}" for value in (*lengths, *angles)),
    ]
