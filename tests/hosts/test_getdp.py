"""GetDP (Debian's) reads our .msh 2.2 and solves on it: volumes, every boundary, an energy."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.hosts.common import areas_of, volumes_of, written_for

PROBLEM = Path(__file__).with_name("laplace.pro")


@pytest.mark.host
def test_a_particle(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """With D = 1 and u = x outside, u = x is the solution and its energy the volume."""
    if shutil.which("getdp") is None:
        pytest.skip("GetDP is missing; apt-get install getdp")
    path = written_for("getdp", particle_mesh, tmp_path)
    tags = {group.name: group.id for group in groups(particle_mesh) if group.dim > 1}
    cells = [group.id for group in groups(particle_mesh) if group.dim == 3]
    facets = [group.id for group in groups(particle_mesh) if group.dim == 2]
    lists = {"Cells": cells, "Facets": facets, "Outer": [tags["outer_surface"]]}
    lists |= {f"Region{tag}": [tag] for tag in tags.values()}
    named = [f"{name} = Region[{{{', '.join(map(str, ids))}}}];" for name, ids in lists.items()]
    prints = ['Print[energy[Cells], OnGlobal, Format Table, File "energy"];']
    prints += [
        f'Print[size[Region{tag}], OnGlobal, Format Table, File "size{tag}"];'
        for tag in tags.values()
    ]
    (tmp_path / "groups.pro").write_text(f"Group {{ {' '.join(named)} }}\n")
    (tmp_path / "sizes.pro").write_text(
        f"PostOperation sizes UsingPost integrals {{ {' '.join(prints)} }}\n"
    )
    (tmp_path / "laplace.pro").write_text(PROBLEM.read_text())
    command = ["getdp", "laplace.pro", "-msh", path.name, "-solve", "laplace", "-pos", "sizes"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr

    def value(name: str) -> float:
        return float((tmp_path / name).read_text().split()[-1])

    volumes, areas = volumes_of(particle_mesh), areas_of(particle_mesh)
    found = {name: value(f"size{tag}") for name, tag in tags.items()}
    assert found == pytest.approx(volumes | areas, rel=1e-9)
    assert value("energy") == pytest.approx(sum(volumes.values()), rel=1e-9)
