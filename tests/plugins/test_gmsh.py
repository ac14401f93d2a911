"""The plugin for gmsh, without a window: parameters in, discrete entities with names out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import nmc_mesh

PLUGIN = Path(__file__).parents[2] / "plugins" / "gmsh" / "nmc_particle.py"


def test_parameters_choose_the_particle(tmp_path: Path) -> None:
    probe = [sys.executable, "-c", "import gmsh"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        pytest.skip("gmsh cannot be loaded; pip install 'nmc-mesh[gmsh]'")
    numbers = {"2Seed": 1, "3Size": 0.15, "4Diameter": 1.6}
    options = ["-setstring", "NMC particle/1Model", "nmc-equiaxed"]
    for name, value in numbers.items():
        options += ["-setnumber", f"NMC particle/{name}", str(value)]
    path = tmp_path / "particle.msh"
    done = subprocess.run(
        [sys.executable, PLUGIN, "-nopopup", *options, path],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(nmc_mesh.__file__).parents[1])},
    )
    assert done.returncode == 0, done.stderr
    with pytest.warns(UserWarning, match="is coarse"):
        particle, mesh = nmc_mesh.generate("nmc-equiaxed", 1, 0.15, diameter=1.6)
    back = nmc_mesh.read(path)
    assert len(back.cells) == len(mesh.cells)
    assert len(back.grains) == particle.n_grains
    names = re.findall(r'^\d \d+ "(\w+)"$', path.read_bytes().decode("latin-1"), re.MULTILINE)
    assert {"grain_00001", "outer_surface", "triple_lines"} <= set(names)
