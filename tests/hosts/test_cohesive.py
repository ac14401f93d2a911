"""Hosts read our wedges: the exodus library, VTK, and CalculiX after they got a thickness."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.groups import split_groups, wedge_table
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.io import read, write
from nmc_mesh.mesh.tables import boundary_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from tests.hosts.programs import in_series, pulled
from tests.meshes import cube, voronoi

SOURCE = Path(__file__).with_name("read_wedges.c")
MESH = voronoi(12, 5)
SPLIT = split_boundaries(MESH)
SECOND = split_boundaries(second_order(MESH))


@pytest.mark.host
@pytest.mark.parametrize("split", [SPLIT, SECOND], ids=["WEDGE", "WEDGE15"])
def test_the_exodus_library_reads_the_wedges(tmp_path: Path, split: CohesiveMesh) -> None:
    """Blocks of wedges, by name, whose area vectors are those of the table of boundaries."""
    program = tmp_path / "read_wedges"
    build = ["gcc", "-o", program, SOURCE, "-lexoIIv2c", "-lm"]
    if shutil.which("gcc") is None or subprocess.run(build, capture_output=True).returncode:
        pytest.skip("the exodus library is missing; apt-get install gcc libc6-dev libexodusii-dev")
    write(tmp_path / "split.e", split)
    done = subprocess.run(
        [program, tmp_path / "split.e"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    _, wedges = split_groups(split)
    assert [(int(row[0]), row[1], int(row[2])) for row in rows] == [
        (group.id, group.name, len(group.entities)) for group in wedges
    ]
    numbers = np.array([[float(word) for word in row[3:]] for row in rows])
    table = boundary_table(MESH)
    np.testing.assert_allclose(numbers[:, 0], table["lower"], rtol=1e-12)
    np.testing.assert_allclose(numbers[:, 1], table["higher"], rtol=1e-12)
    vectors = (table["area"] * table["flatness"])[:, None] * table["normal"]
    np.testing.assert_allclose(numbers[:, 2:5], vectors, atol=1e-12)
    assert (numbers[:, 5] < 1e-15).all()


def test_vtk_reads_the_wedges_of_exodus(tmp_path: Path) -> None:
    pytest.importorskip("vtkmodules", reason="pip install 'nmc-mesh[viz]'")
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOExodus import vtkExodusIIReader

    write(tmp_path / "split.e", SPLIT, boundaries="one")
    reader = vtkExodusIIReader()
    reader.SetFileName(str(tmp_path / "split.e"))
    reader.UpdateInformation()
    for k in range(reader.GetNumberOfElementResultArrays()):
        reader.SetElementResultArrayStatus(reader.GetElementResultArrayName(k), 1)
    reader.Update()
    blocks = reader.GetOutput().GetBlock(0)
    assert blocks.GetNumberOfBlocks() == len(MESH.grains) + 1
    seams = blocks.GetBlock(len(MESH.grains))
    assert {seams.GetCellType(k) for k in range(seams.GetNumberOfCells())} == {13}
    data = seams.GetCellData()
    sides = [vtk_to_numpy(data.GetArray(f"{side}_grain")) for side in ("lower", "higher")]
    np.testing.assert_array_equal(np.stack(sides, axis=1), SPLIT.wedge_grains)


def test_vtk_reads_the_wedges_of_vtu(tmp_path: Path) -> None:
    """Pulled apart by 0.1 um along their normals, wedges have their area times 0.1 as volume."""
    pyvista = pytest.importorskip("pyvista", reason="pip install 'nmc-mesh[viz]'")
    write(tmp_path / "split.vtu", SPLIT)
    grid = pyvista.read(tmp_path / "split.vtu")
    seams = grid.celltypes == pyvista.CellType.WEDGE
    assert seams.sum() == len(SPLIT.wedges)
    assert np.array_equal(grid.cell_data["grain_id"][~seams], MESH.labels)
    assert (grid.cell_data["grain_id"][seams] == 0).all()
    sides = np.stack([grid.cell_data[f"{side}_grain"] for side in ("lower", "higher")], axis=1)
    assert np.array_equal(sides[seams], SPLIT.wedge_grains)
    assert (sides[~seams] == 0).all()
    _, wedges = split_groups(SPLIT)
    names = bytes(grid.field_data["group_names"]).decode().splitlines()
    named = dict(zip(names, grid.field_data["group_ids"].tolist(), strict=True))
    physical = grid.cell_data["group_id"][seams]
    for group in wedges:
        assert (physical[group.entities] == group.id).all()
        assert named[group.name] == group.id
    volumes = grid.compute_cell_sizes()["Volume"]
    assert volumes[~seams].sum() == pytest.approx(8.0, rel=1e-12)
    np.testing.assert_allclose(volumes[seams], 0.0, atol=1e-15)

    two = opened(split_boundaries(cube(2)), 0.1)
    cells = {pyvista.CellType.WEDGE: two.wedges}
    sizes = pyvista.UnstructuredGrid(cells, two.mesh.points).compute_cell_sizes()["Volume"]
    assert np.abs(sizes).sum() == pytest.approx(4.0 * 0.1, rel=1e-12)


def opened(split: CohesiveMesh, gap: float) -> CohesiveMesh:
    """Move the nodes of grain 2 along x."""
    points = split.mesh.points.copy()
    points[np.unique(split.mesh.cells[split.mesh.labels == 2]), 0] += gap
    mesh = split.mesh
    moved = TetMesh(points, *(getattr(mesh, name) for name in PARTS))
    return CohesiveMesh(moved, split.wedges, split.wedge_facets, split.origin)


PARTS = ("cells", "labels", "facets", "facet_grains", "facet_cells", "edges", "quadruple_points")


@pytest.mark.host
def test_calculix_pulls_two_grains_through_wedges(tmp_path: Path) -> None:
    """In series, F / A = u / (L / E + h / E_w): wedges of thickness h carry what the grains do.

    Nodes of COH3D6 stand in the order of C3D6, which they are read as; turned over they would have
    a negative volume, which CalculiX refuses.
    """
    split = opened(split_boundaries(cube(2)), 0.01)
    assert pulled(tmp_path, split) == pytest.approx(in_series(0.01), rel=1e-5)


def test_abaqus_has_sets_and_surfaces_on_both_sides(tmp_path: Path) -> None:
    write(tmp_path / "split.inp", SPLIT, seam="SEAM")
    text = (tmp_path / "split.inp").read_text()
    table = wedge_table(SPLIT)
    blocks = re.findall(r"\*ELEMENT, TYPE=COH3D6, ELSET=cohesive_(\d+)_(\d+)\n([^*]+)", text)
    assert [(int(a), int(b)) for a, b, _ in blocks] == list(
        zip(table["lower"], table["higher"], strict=True)
    )
    rows = np.array([line.split(",") for *_, body in blocks for line in body.split()], dtype=int)
    count = len(SPLIT.mesh.cells)
    assert np.array_equal(np.sort(rows[:, 0]), count + 1 + np.arange(len(SPLIT.wedges)))
    assert np.array_equal(rows[:, 1:] - 1, SPLIT.wedges[rows[:, 0] - count - 1])
    surfaces = re.findall(r"\*SURFACE, NAME=grain_(\d+)_grain_(\d+), TYPE=ELEMENT\n([^*]+)", text)
    sizes = {(int(a), int(b)): body.count("\n") for a, b, body in surfaces}
    for low, high, size in zip(table["lower"], table["higher"], table["wedges"], strict=True):
        assert sizes[low, high] == sizes[high, low] == size
    assert "*COHESIVE SECTION, ELSET=cohesive, MATERIAL=SEAM" in text


@pytest.mark.parametrize("suffix", [".e", ".inp", ".vtu", ".msh"])
def test_a_split_mesh_is_not_read_as_one_that_is_whole(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"split{suffix}", SPLIT)
    with pytest.raises(InputError, match="read the mesh it was made from"):
        read(tmp_path / f"split{suffix}")


def test_formats_without_wedges_say_so(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match=r"no place for wedges; use one of \.msh, \.vtu, \.e, \.inp"
    ):
        write(tmp_path / "split.xdmf", SPLIT)
    with pytest.raises(InputError, match="open its boundaries first"):
        write(tmp_path / "whole.inp", MESH, seam="SEAM")
    assert list(tmp_path.iterdir()) == []
