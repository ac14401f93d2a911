"""Hosts take second-order cells and hexahedra as we mean them: volumes, patch tests, node order."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import meshio
import numpy as np
import pytest

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import write
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from tests.hosts.programs import said_by_gmsh
from tests.hosts.test_calculix import solve, stiffness

STRAIN = 1e-3 * np.array([[1.0, 0.2, -0.3], [0.2, -0.5, 0.4], [-0.3, 0.4, 0.7]])


@pytest.fixture(scope="module")
def curved() -> TetMesh:
    particle = load_model("nmc-equiaxed").sample(1, diameter=1.0)
    mesh = second_order(tetrahedralize(particle, 0.15), particle)
    assert mesh.info["second_order"]["curved"] > 100
    return replace(mesh, info={"size": 0.15})  # no orientations: one crystal in all grains


@pytest.fixture(scope="module")
def voxels() -> HexMesh:
    labels = np.random.default_rng(1).integers(1, 4, (4, 4, 4))
    return voxel_mesh(LabelImage(labels, 0.5))


def test_scikit_fem_integrates_the_volumes_of_curved_grains(
    tmp_path: Path, curved: TetMesh
) -> None:
    skfem = pytest.importorskip("skfem", reason="pip install scikit-fem")
    write(tmp_path / "curved.vtu", curved)
    raw = meshio.vtu.read(tmp_path / "curved.vtu")
    mesh = skfem.MeshTet2(raw.points.T, raw.cells_dict["tetra10"].T)
    basis = skfem.Basis(mesh, skfem.ElementTetP0(), intorder=4)
    cells = skfem.LinearForm(lambda v, _: v).assemble(basis)
    labels = raw.cell_data_dict["grain_id"]["tetra10"]
    found = np.bincount(labels, cells)[curved.grains]
    np.testing.assert_allclose(found, grain_table(curved)["volume"], rtol=1e-10)


GMSH = """
import sys, gmsh
gmsh.initialize()
gmsh.option.setNumber("General.Terminal", 0)
gmsh.open(sys.argv[1])
total = 0.0
for dim, tag in gmsh.model.getEntities(3):
    for kind in gmsh.model.mesh.getElementTypes(dim, tag):
        points, weights = gmsh.model.mesh.getIntegrationPoints(kind, "Gauss4")
        _, dets, _ = gmsh.model.mesh.getJacobians(kind, points, tag)
        assert min(dets) > 0, "inverted"
        total += (dets.reshape(-1, len(weights)) @ weights).sum()
print(repr(float(total)))
"""


def test_gmsh_integrates_the_same_volume(tmp_path: Path, curved: TetMesh, voxels: HexMesh) -> None:
    for mesh, volume in ((curved, grain_table(curved)["volume"].sum()), (voxels, 8.0)):
        write(tmp_path / "mesh.msh", mesh)
        printed = said_by_gmsh(GMSH, tmp_path / "mesh.msh")
        assert float(printed) == pytest.approx(volume, rel=1e-10)


@pytest.mark.host
@pytest.mark.parametrize("kind", ["curved", "voxels"])
def test_calculix_passes_the_patch_test(
    tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    """One crystal in all grains under u = e x on the surface: the same stress everywhere."""
    if shutil.which("ccx") is None:
        pytest.skip("CalculiX is missing; apt-get install calculix-ccx")
    mesh = request.getfixturevalue(kind)
    outer = np.unique(mesh.facets[mesh.outer])
    moved = mesh.points @ STRAIN
    lines = [
        f"{node + 1}, {k + 1}, {k + 1}, {moved[node, k]:.12e}\n" for node in outer for k in range(3)
    ]
    sets = f"*ELSET, ELSET=all, GENERATE\n1, {len(mesh.cells)}\n"
    step = f"*BOUNDARY\n{''.join(lines)}*EL PRINT, ELSET=all\nS\n"
    printed = solve(tmp_path, mesh, sets, step).splitlines()[3:]
    found = np.array([[float(word) for word in line.split()[2:8]] for line in printed])
    assert len(found) == {"curved": 4, "voxels": 8}[kind] * len(mesh.cells)
    expected = stiffness() @ STRAIN[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    # CalculiX's four points integrate to the second degree; curved cells ask for the third.
    off = np.abs(found - expected).max(axis=1) / np.abs(expected).max()
    assert np.quantile(off, 0.999) < 2e-3
    assert off.max() < 0.01
