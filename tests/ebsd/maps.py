"""Small maps and the files that hold them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nmc_mesh.ebsd import EbsdScan, Phase
from nmc_mesh.typing import AnyArray, Floats

NICKEL = Phase("Nickel", "m-3m", (3.52, 3.52, 3.52, *np.radians([90, 90, 90]).tolist()))
NMC = Phase("NMC", "-3m", (2.875, 2.875, 14.248, *np.radians([90, 90, 120]).tolist()))

ANG_HEAD = """# Phase 1
# MaterialName  Nickel
# Formula  Ni
# Symmetry              43
# LatticeConstants      3.520 3.520 3.520  90.000  90.000  90.000
# GRID: {grid}
# XSTEP: {dx}
# YSTEP: {dy}
# NCOLS_ODD: {nx}
# NCOLS_EVEN: {nx}
# NROWS: {ny}
"""


def scan(
    angles: AnyArray, step: float = 0.5, phase: Phase = NICKEL, shift: float = 0.0
) -> EbsdScan:
    """A map whose points are all indexed, with Bunge's angles (nx, ny, 3)."""
    shape = np.shape(angles)[:2]
    dy = step * np.sqrt(0.75) if shift else step
    return EbsdScan(
        np.asarray(angles), np.ones(shape, np.int32), np.ones(shape), (phase,),
        np.array([step, dy]), np.zeros(2), shift,
    )  # fmt: skip


def columns(shape: tuple[int, int] = (6, 5), hexagonal: bool = False, seed: int = 0) -> Floats:
    """Rows phi1 Phi phi2 x y IQ CI phase SEM fit of a map in the order of an .ang file."""
    nx, ny = shape
    j, i = np.divmod(np.arange(nx * ny), nx)
    angles = np.random.default_rng(seed).uniform(0, [6, 3, 6], (nx * ny, 3))
    x = 0.5 * i + (0.25 * (j % 2) if hexagonal else 0)
    y = j * (0.5 * np.sqrt(0.75) if hexagonal else 0.5)
    fixed = np.broadcast_to([100.0, 0.8, 0.0, 1.0, 0.5], (nx * ny, 5))
    return np.column_stack([angles, x, y, fixed])


def write_ang(path: Path, rows: Floats, head: str = ANG_HEAD, **claims: object) -> Path:
    """Write rows below a header that tells the truth unless claims say otherwise."""
    truth: dict[str, object] = {"grid": "SqrGrid", "dx": 0.5, "dy": 0.5, "nx": 6, "ny": 5}
    lines = [" ".join(f"{value:.5f}" for value in row) for row in rows]
    path.write_text(head.format(**truth | claims) + "\n".join(lines) + "\n")
    return path
