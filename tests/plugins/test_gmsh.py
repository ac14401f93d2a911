"""The plugin for gmsh, without a window: parameters in, discrete entities with names out."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import nmc_mesh

PLUGIN = Path(__file__).parents[2] / "plugins" / "gmsh" / "nmc_particle.py"


@pytest.fixture(scope="module", autouse=True)
def gmsh() -> None:
    probe = [sys.executable, "-c", "import gmsh"]
    if subprocess.run(probe, capture_output=True).returncode != 0:
        pytest.skip("gmsh cannot be loaded; pip install 'nmc-mesh[gmsh]'")


def ran(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, PLUGIN, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(Path(nmc_mesh.__file__).parents[1])},
    )


def test_parameters_choose_the_particle(tmp_path: Path) -> None:
    numbers = {"2Seed": 1, "3Size": 0.15, "4Diameter": 1.6}
    options = ["-setstring", "NMC particle/1Model", "nmc-equiaxed"]
    for name, value in numbers.items():
        options += ["-setnumber", f"NMC particle/{name}", str(value)]
    path = tmp_path / "particle.msh"
    done = ran("-nopopup", *options, path)
    assert done.returncode == 0, done.stderr
    with pytest.warns(UserWarning, match="is coarse"):
        particle, mesh = nmc_mesh.generate("nmc-equiaxed", 1, 0.15, diameter=1.6)
    back = nmc_mesh.read(path)
    assert len(back.cells) == len(mesh.cells)
    assert len(back.grains) == particle.n_grains
    names = re.findall(r'^\d \d+ "(\w+)"$', path.read_bytes().decode("latin-1"), re.MULTILINE)
    assert {"grain_00001", "outer_surface", "triple_lines"} <= set(names)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "-nopopup wants a file to write, at the end"),
        (["-setnumber", "NMC particle/2Seed", "7"], "wants a file"),
        (["-setstring", "NMC particle/1Model"], "wants a file"),
        (["particle.xyz"], "gmsh writes no particle.xyz; use one of .msh"),
        (["nowhere/particle.msh"], "there is no folder nowhere"),
        (["-setstring", "NMC particle/1Model", "none", "p.msh"], "none"),
    ],
)
def test_a_wrong_command_gets_words(arguments: list[str], words: str) -> None:
    """One line without a traceback, before anything is drawn."""
    done = ran("-nopopup", *arguments)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ")
    assert words in last
    assert "Traceback" not in done.stderr
    assert not Path("p.msh").exists()
