"""DOLFINx, Debian's or NMC_MESH_DOLFINX's, reads .msh and XDMF and conserves what it solves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tables import grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.pores import Pores
from tests.dolfinx_host import launched, there
from tests.meshes import voronoi

pytestmark = pytest.mark.host
SCRIPT = Path(__file__).with_name("dolfinx_diffusion.py")
PHASES = Path(__file__).with_name("dolfinx_phases.py")


def solve(mesh: TetMesh, folder: Path) -> list[dict[str, Any]]:
    """Report of each way in: .msh through gmshio, the XDMF pair."""
    for suffix in ("msh", "xdmf", "json"):
        write(folder / f"particle.{suffix}", mesh)
    done = launched(SCRIPT, folder)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@pytest.fixture(scope="module")
def dolfinx() -> None:
    if not there() or launched("-c", "import gmsh").returncode != 0:
        pytest.skip("DOLFINx is missing; apt-get install python3-dolfinx python3-gmsh gcc")


def check(mesh: TetMesh, report: dict[str, Any]) -> None:
    """Every tag is there, volumes are the table's, and what flows in flows out."""
    table = grain_table(mesh)
    volumes = {int(tag): volume for tag, volume in report["volumes"].items()}
    assert list(volumes) == table["id"].tolist()
    np.testing.assert_allclose(list(volumes.values()), table["volume"], rtol=1e-10)
    assert report["cells"] == len(mesh.cells)
    assert report["facet_tags"] == [group.id for group in groups(mesh) if group.dim == 2]
    assert report["tagged_facets"] == len(mesh.facets)
    assert report["outer_area"] == pytest.approx(table["outer_area"].sum(), rel=1e-10)
    assert report["outer_area"] == pytest.approx(report["whole_area"], rel=1e-12)
    for case in ("uniform", "grains"):
        assert report[case]["out"] > 0
        assert report[case]["in"] == pytest.approx(report[case]["out"], rel=1e-8)


def test_a_cube_of_grains(dolfinx: None, tmp_path: Path) -> None:
    """With D = 1 the flux through a cube of edge 2 um is 4 um^2 * 1: u = x is the solution."""
    mesh = voronoi(12, 5)
    reports = solve(mesh, tmp_path)
    assert [report["way"] for report in reports] == ["msh", "xdmf"]
    for report in reports:
        check(mesh, report)
        assert report["uniform"]["in"] == pytest.approx(4.0, rel=1e-10)
    first, second = (report["grains"]["in"] for report in reports)
    assert first == pytest.approx(second, rel=1e-10)
    assert first > 4.1


def test_a_particle(dolfinx: None, tmp_path: Path, particle_mesh: TetMesh) -> None:
    for report in solve(particle_mesh, tmp_path):
        check(particle_mesh, report)


@pytest.fixture(scope="module")
def porous() -> TetMesh:
    """A porous, coated particle."""
    whole = load_model("nmc-equiaxed").sample(1, shell=StarShape.ball(0.5))
    law = Pores(0.08, places={"grain": 1.0, "triple": 1.0})
    particle = law.put_into(whole, np.random.default_rng(1)).coated(0.15)
    return tetrahedralize(particle, 0.15)


def test_nothing_passes_a_void_and_lithium_is_conserved(
    dolfinx: None, tmp_path: Path, porous: TetMesh
) -> None:
    """Only what flows through the outer surface, that of the coating, is missing, to 1e-10."""
    for suffix in ("msh", "json"):
        write(tmp_path / f"particle.{suffix}", porous)
    done = launched(PHASES, tmp_path)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    areas = report["areas"]
    table = phase_table(porous)["area"]
    for name in ("outer_surface", "pore_surface", "particle_coating"):
        assert table[name] > 0
    for name in ("outer_surface", "pore_surface"):
        assert areas[name] == pytest.approx(table[name], rel=1e-10)
    assert areas["outer_surface"] + areas["pore_surface"] == pytest.approx(report["border"])
    entered = -0.01 * 0.2 * areas["outer_surface"]
    np.testing.assert_allclose(np.diff(report["held"]), entered, rtol=1e-10)
    assert report["spread"] > 0.001
    assert abs(report["wall"]) < 0.05 * abs(report["outer"])
