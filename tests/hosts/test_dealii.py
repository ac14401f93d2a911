"""deal.II's GridIn reads .msh without groups between grains: volumes and areas are the table's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh

pytestmark = pytest.mark.host
SOURCE = Path(__file__).with_name("read_dealii.cc")
FOLDERS = (
    "/usr/include/deal.II",
    "/usr/include/trilinos",
    "/usr/lib/x86_64-linux-gnu/openmpi/include",
)
LIBRARIES = (
    "deal.ii", "mpi", "mpi_cxx", "tbb", "trilinos_teuchoscomm", "trilinos_teuchosparameterlist",
    "trilinos_teuchoscore",
)  # fmt: skip


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("dealii") / "read_dealii"
    build = ["g++", "-std=c++17", "-O0", str(SOURCE), "-o", str(made)]
    build += [f"-I{folder}" for folder in FOLDERS] + [f"-l{name}" for name in LIBRARIES]
    if not Path(FOLDERS[0]).is_dir():
        pytest.skip("deal.II is missing; apt-get install libdeal.ii-dev g++")
    done = subprocess.run([*build, "-Wl,--copy-dt-needed-entries"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return made


def told(program: Path, mesh: Path) -> dict[str, dict[tuple[int, ...], float]]:
    done = subprocess.run([program, mesh], capture_output=True, text=True, check=True)
    found: dict[str, dict[tuple[int, ...], float]] = {"cell": {}, "outer": {}, "inner": {}}
    for line in done.stdout.splitlines():
        kind, *ids, value = line.split()
        found[kind][tuple(map(int, ids))] = float(value)
    return found


@pytest.mark.parametrize("version", ["4.1", "2.2"])
def test_a_particle(program: Path, tmp_path: Path, particle_mesh: TetMesh, version: str) -> None:
    path = tmp_path / "particle.msh"
    write(path, particle_mesh, version=version, boundaries="none")
    found = told(program, path)
    grains, pairs = grain_table(particle_mesh), boundary_table(particle_mesh)
    volumes = dict(zip(((int(grain),) for grain in grains["id"]), grains["volume"], strict=True))
    assert found["cell"] == pytest.approx(volumes, rel=1e-10)
    (outer,) = (group.id for group in groups(particle_mesh, "grain", "none") if group.dim == 2)
    assert found["outer"] == pytest.approx({(outer,): grains["outer_area"].sum()}, rel=1e-10)
    ids = zip(pairs["lower"].tolist(), pairs["higher"].tolist(), strict=True)
    assert found["inner"] == pytest.approx(dict(zip(ids, pairs["area"], strict=True)), rel=1e-10)


def test_groups_between_grains_are_refused(
    program: Path, tmp_path: Path, particle_mesh: TetMesh
) -> None:
    """Why there is a layout without them: deal.II allows ids on the boundary of the domain only."""
    write(tmp_path / "particle.msh", particle_mesh, boundaries="one")
    done = subprocess.run([program, tmp_path / "particle.msh"], capture_output=True, text=True)
    assert done.returncode != 0
    assert "id for an internal face" in done.stderr


def test_voxels(program: Path, tmp_path: Path) -> None:
    image = LabelImage([[[1, 1], [2, 2]], [[1, 3], [2, 3]]], 0.5)
    write(tmp_path / "voxels.msh", voxel_mesh(image), boundaries="none")
    found = told(program, tmp_path / "voxels.msh")
    assert found["cell"] == pytest.approx({(1,): 0.375, (2,): 0.375, (3,): 0.25})
    assert sum(found["outer"].values()) == pytest.approx(6.0)
