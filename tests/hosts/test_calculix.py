"""CalculiX (Debian's) reads our .inp: what pulls is held, and crystals stand as they are turned."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.io import write
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray
from tests.meshes import voronoi

pytestmark = pytest.mark.host
CCX = shutil.which("ccx") or "ccx"

# Stiff in the crystal's x and y, soft along c (GPa): engineering constants, G12 = E / 2 (1 + nu).
E_PLANE, E_C, NU, G_C = 200.0, 120.0, 0.25, 50.0
MATERIAL = f"""*MATERIAL, NAME=NMC
*ELASTIC, TYPE=ENGINEERING CONSTANTS
{E_PLANE}, {E_PLANE}, {E_C}, {NU}, {NU}, {NU}, {E_PLANE / 2 / (1 + NU)}, {G_C}
{G_C}
"""


@pytest.fixture(scope="module", autouse=True)
def calculix() -> None:
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX is missing; apt-get install calculix-ccx")


def with_turns(mesh: TetMesh, turns: Rotation) -> TetMesh:
    return replace(mesh, info={"orientations": turns.as_quat()[:, [3, 0, 1, 2]]})


def solve(folder: Path, mesh: TetMesh, sets: str, step: str) -> str:
    """What CalculiX prints of a linear step on the written mesh."""
    write(folder / "particle.inp", mesh, material="NMC")
    head = f"*INCLUDE, INPUT=particle.inp\n{MATERIAL}{sets}*STEP\n*STATIC, SOLVER=SPOOLES\n"
    (folder / "job.inp").write_text(f"{head}{step}*END STEP\n")
    done = subprocess.run(
        [CCX, "-i", "job"], cwd=folder, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:]
    assert "*WARNING" not in done.stdout, done.stdout
    return (folder / "job.dat").read_text()


def node_set(name: str, nodes: Iterable[int]) -> str:
    return f"*NSET, NSET={name}\n" + "".join(f"{node + 1}\n" for node in nodes)


def test_a_particle_under_tension(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """The ends pull with equal and opposite forces, less than a bar of the stiffest grains."""
    mesh = with_turns(
        particle_mesh, Rotation.random(particle_mesh.labels.max(), rng=np.random.default_rng(1))
    )
    z = mesh.points[:, 2]
    outer = np.unique(mesh.facets[mesh.outer])
    low, high = np.quantile(z[outer], [0.1, 0.9])
    bottom, top = outer[z[outer] < low], outer[z[outer] > high]
    sets = node_set("bottom", bottom) + node_set("top", top)
    pull = 0.01 * (high - low)
    step = f"*BOUNDARY\nbottom, 1, 3\ntop, 1, 2\ntop, 3, 3, {pull}\n"
    step += "".join(f"*NODE PRINT, NSET={name}, TOTALS=ONLY\nRF\n" for name in ("bottom", "top"))
    found = solve(tmp_path, mesh, sets, step)
    forces = np.array(
        [
            [float(word) for word in line.split()]
            for line in re.findall(r"^ total force .*\n\n(.*)$", found, re.MULTILINE)
        ]
    )
    assert forces.shape == (2, 3)
    np.testing.assert_allclose(forces.sum(axis=0), 0.0, atol=1e-5 * forces[1, 2])
    middle = np.ptp(mesh.points[:, 0]) * np.ptp(mesh.points[:, 1])
    assert 0 < forces[1, 2] < E_PLANE * 0.01 * middle


def stiffness() -> AnyArray:
    """Compliance of the crystal inverted: components 11, 22, 33, 12, 13, 23."""
    s = np.diag([1 / E_PLANE, 1 / E_PLANE, 1 / E_C, 0.0, 0.0, 0.0])
    s[0, 1:3] = -NU / E_PLANE
    s[1, 2] = -NU / E_PLANE
    s += np.triu(s, 1).T
    s[3:, 3:] = np.diag([(1 + NU) / E_PLANE, 0.5 / G_C, 0.5 / G_C])
    return np.linalg.inv(s)


def test_crystals_stand_as_they_are_turned(tmp_path: Path) -> None:
    """One crystal in many grains under u = e x: sigma = R C(R^T e R) R^T, in every cell."""
    turn = Rotation.from_euler("ZXZ", (0.4, 1.0, -0.3))
    mesh = voronoi(12, 4)
    mesh = with_turns(mesh, Rotation.concatenate([turn] * int(mesh.labels.max())))
    strain = 1e-3 * np.array([[1.0, 0.2, -0.3], [0.2, -0.5, 0.4], [-0.3, 0.4, 0.7]])
    outer = np.unique(mesh.facets[mesh.outer])
    moved = mesh.points @ strain
    lines = [
        f"{node + 1}, {k + 1}, {k + 1}, {moved[node, k]:.12e}\n" for node in outer for k in range(3)
    ]
    sets = "*ELSET, ELSET=all, GENERATE\n" + f"1, {len(mesh.cells)}\n"
    step = f"*BOUNDARY\n{''.join(lines)}*EL PRINT, ELSET=all, GLOBAL=YES\nS\n"
    lines = solve(tmp_path, mesh, sets, step).splitlines()[3:]
    found = np.array([[float(word) for word in line.split()[2:8]] for line in lines])
    assert len(found) == len(mesh.cells)
    r = turn.as_matrix()
    rows, columns = [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]
    local = stiffness() @ (r.T @ strain @ r)[rows, columns]
    tensor = np.empty((3, 3))
    tensor[rows, columns] = tensor[columns, rows] = local
    expected = (r @ tensor @ r.T)[rows, columns]
    np.testing.assert_allclose(found, np.broadcast_to(expected, found.shape), rtol=1e-5)
