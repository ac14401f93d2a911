"""libMesh, which MOOSE reads meshes by: every grain, boundary and name of .e and .msh."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.hosts.common import areas_of, volumes_of, written_for

pytestmark = pytest.mark.host
SOURCE = Path(__file__).with_name("read_libmesh.cc")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    config = shutil.which("libmesh-config")
    if config is None:
        pytest.skip("libMesh is missing; no package of Debian 12 or of pip brings it: build it")
    made = tmp_path_factory.mktemp("libmesh") / "read_libmesh"
    before, after = (
        subprocess.check_output([config, *words], text=True).split()
        for words in (["--cppflags", "--cxxflags", "--include"], ["--ldflags", "--libs"])
    )
    build = ["g++", *before, "-O0", str(SOURCE), "-o", str(made), *after]
    done = subprocess.run(build, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return made


def told(program: Path, mesh: Path) -> tuple[dict[str, float], dict[str, float], dict[int, int]]:
    """Volumes of blocks and areas of side sets by name, nodes of node sets by number."""
    done = subprocess.run([program, mesh], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    numbers: dict[str, dict[int, float]] = {"cell": {}, "side": {}, "nodes": {}}
    names: dict[tuple[str, int], str] = {}
    for line in done.stdout.splitlines():
        kind, *words = line.split()
        if kind == "name":
            names[words[0], int(words[1])] = words[2]
        else:
            numbers[kind][int(words[0])] = float(words[1])
    volumes, areas = (
        {names[kind, number]: value for number, value in numbers[kind].items()}
        for kind in ("cell", "side")
    )
    return volumes, areas, {number: int(value) for number, value in numbers["nodes"].items()}


def test_our_exodus(program: Path, tmp_path: Path, particle_mesh: TetMesh) -> None:
    """As --for moose writes it: blocks, one-sided side sets, node sets of lines and points."""
    volumes, areas, nodes = told(program, written_for("moose", particle_mesh, tmp_path))
    assert volumes == pytest.approx(volumes_of(particle_mesh), rel=1e-10)
    assert areas == pytest.approx(areas_of(particle_mesh), rel=1e-10)
    lines, points = (
        next(group.id for group in groups(particle_mesh) if group.dim == dim) for dim in (1, 0)
    )
    assert nodes[lines] == len(np.unique(particle_mesh.edges))
    assert nodes[points] == len(particle_mesh.quadruple_points)


@pytest.mark.parametrize("version", ["4.1", "2.2"])
def test_our_msh(program: Path, tmp_path: Path, particle_mesh: TetMesh, version: str) -> None:
    """A facet gives the sides of both its cells the set: between grains it counts twice."""
    write(tmp_path / "particle.msh", particle_mesh, version=version)
    volumes, areas, _ = told(program, tmp_path / "particle.msh")
    assert volumes == pytest.approx(volumes_of(particle_mesh), rel=1e-10)
    outer = "outer_surface"
    twice = {name: area * (1 + (name != outer)) for name, area in areas_of(particle_mesh).items()}
    assert areas == pytest.approx(twice, rel=1e-10)


def test_a_box_that_is_too_small_is_refused(
    program: Path, tmp_path: Path, particle_mesh: TetMesh
) -> None:
    """The rule that `tests/io/test_entities.py` holds every .msh to is libMesh's own."""
    path = tmp_path / "particle.msh"
    write(path, particle_mesh)
    text = path.read_text()
    last = text.split("\n$EndEntities")[0].splitlines()[-1]  # a volume: tag, box, groups, faces
    tag, *ends, more = last.split(maxsplit=7)
    path.write_text(text.replace(last, " ".join([tag, *ends[:3], *ends[:3], more])))
    done = subprocess.run([program, path], capture_output=True, text=True)
    assert done.returncode != 0
    assert "bounding box" in (done.stdout + done.stderr).lower()
