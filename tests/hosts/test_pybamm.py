"""PyBaMM reads our .msh 2.2 as a mesh of its own and solves on it."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.hosts.common import areas_of, volumes_of, written_for

SCRIPT = Path(__file__).with_name("pybamm_diffusion.py")


def test_a_particle(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """With D = 1 and u = x outside, u = x is the solution in every node."""
    if importlib.util.find_spec("pybamm") is None:
        pytest.skip("PyBaMM is missing; pip install pybamm")
    path = written_for("pybamm", particle_mesh, tmp_path)
    named = groups(particle_mesh, "grain", "none")
    (outer,) = (group.id for group in named if group.dim == 2)
    grains = {str(group.id): group.name for group in named if group.dim == 3}
    done = subprocess.run(
        [sys.executable, SCRIPT, path, str(outer), *grains],
        capture_output=True, text=True, timeout=300, cwd=tmp_path,
        env={**os.environ, "PYBAMM_DISABLE_TELEMETRY": "true"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split() for line in done.stdout.splitlines()]
    cells = {grains[row[1]]: float(row[2]) for row in rows if row[:1] == ["cell"]}
    assert cells == pytest.approx(volumes_of(particle_mesh), rel=1e-10)
    (error,) = (float(row[1]) for row in rows if row[:1] == ["error"])
    assert error < 1e-10
    (area,) = (float(row[1]) for row in rows if row[:1] == ["area"])
    assert area == pytest.approx(areas_of(particle_mesh)["outer_surface"], rel=1e-10)
