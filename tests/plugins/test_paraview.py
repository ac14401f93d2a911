"""The plugin for ParaView, in Debian's pvpython without a screen: source, slice, picture, table."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.io import write
from nmc_mesh.mesh.tables import boundary_table
from tests.meshes import voronoi

pytestmark = pytest.mark.host
FOLDER = Path(__file__).parents[2] / "plugins" / "paraview"
PLUGIN = FOLDER / "nmc_mesh_paraview" / "plugins" / "nmc_mesh_paraview.py"
SCRIPT = Path(__file__).with_name("paraview_particle.py")
SCREEN = "-screen 0 640x480x24 -noreset"  # a reset when a client leaves would race with the next


def command(folder: Path) -> Path:
    """Make a command nmc-mesh that runs this package, installed or not."""
    path = folder / "nmc-mesh"
    package = Path(nmc_mesh.__file__).parents[1]
    path.write_text(
        f"#!/bin/sh\nunset PYTHONHOME\nexport PYTHONPATH={package}\n"
        f'exec {sys.executable} -c "from nmc_mesh.cli import main; main()" "$@"\n'
    )
    path.chmod(0o755)
    return path


def test_a_particle_is_drawn_cut_and_shown(tmp_path: Path) -> None:
    if shutil.which("pvpython") is None or shutil.which("xvfb-run") is None:
        pytest.skip("apt-get install paraview python3-paraview xvfb xauth libgl1-mesa-dri")
    mesh = voronoi(9, 4)
    write(tmp_path / "particle.json", mesh)
    pvpython = ["xvfb-run", "-a", "-s", SCREEN, "pvpython", "--force-offscreen-rendering", SCRIPT]
    arguments = [PLUGIN, command(tmp_path), tmp_path / "particle.json", tmp_path / "cut.png"]
    done = subprocess.run([*pvpython, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert found["grains"] > 20
    # The cells of a grain all know its volume: together they know each volume once.
    volumes = np.unique(found["volumes"])
    assert len(volumes) == found["grains"]
    # A ball of the particle's volume, cut through its middle.
    radius = np.cbrt(0.75 * volumes.sum() / np.pi)
    assert found["area"] == pytest.approx(np.pi * radius**2, rel=0.25)
    assert found["columns"][:3] == ["lower", "higher", "area"]
    assert found["higher"] == boundary_table(mesh)["higher"].tolist()
    assert (tmp_path / "cut.png").stat().st_size > 1000
