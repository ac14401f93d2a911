"""Programs of others that several tests run: gmsh in a process of its own, CalculiX in a pull."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.io import write

STIFF, SOFT, PULL = 200.0, 0.5, 1e-3  # of grains and wedges, MPa; of the end, um


def said_by_gmsh(code: str, path: Path) -> str:
    """Return what a program prints that imports gmsh and opens a file."""
    probe = [sys.executable, "-c", "import gmsh"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        pytest.skip("gmsh cannot be loaded; pip install 'nmc-mesh[gmsh]'")
    done = subprocess.run(
        [sys.executable, "-c", code, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def in_series(gap: float) -> float:
    """Force on two grains of 1 x 2 x 2 um in series with wedges: A u / (L / E + h / E_w)."""
    return 4.0 * PULL / (2.0 / STIFF + gap / SOFT)


def pulled(
    folder: Path, split: CohesiveMesh, change: Callable[[str], str] = lambda deck: deck
) -> float:
    """Return the force in CalculiX on a split mesh, one end held and one moved along x.

    CalculiX has no cohesive elements: wedges have to be as thick as the gap, and are solids.
    ``change`` gets the deck when they are.
    """
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX is missing; apt-get install calculix-ccx")
    write(folder / "split.inp", split, material="NMC", seam="SEAM")
    text = (folder / "split.inp").read_text().replace("COH3D6", "C3D6")
    text = re.sub(
        r"\*COHESIVE SECTION, ELSET=cohesive, MATERIAL=SEAM, RESPONSE=TRACTION SEPARATION",
        "*SOLID SECTION, ELSET=cohesive, MATERIAL=SEAM",
        text,
    )
    x = split.mesh.points[:, 0]
    sets = "".join(
        f"*NSET, NSET={name}\n" + "".join(f"{node + 1}\n" for node in np.flatnonzero(x == at))
        for name, at in (("left", x.min()), ("right", x.max()))
    )
    materials = f"*MATERIAL, NAME=NMC\n*ELASTIC\n{STIFF}, 0\n*MATERIAL, NAME=SEAM\n*ELASTIC\n"
    step = "*STEP\n*STATIC, SOLVER=SPOOLES\n*BOUNDARY\nnodes, 2, 3\nleft, 1, 1\n"
    step += f"right, 1, 1, {PULL}\n*NODE PRINT, NSET=right, TOTALS=ONLY\nRF\n*END STEP\n"
    (folder / "job.inp").write_text(f"{change(text)}{materials}{SOFT}, 0\n{sets}{step}")
    done = subprocess.run(
        ["ccx", "-i", "job"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    printed = (folder / "job.dat").read_text()
    (force,) = re.findall(r"^ total force .*\n\n *(\S+)", printed, re.MULTILINE)
    return float(force)
