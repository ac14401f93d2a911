"""Hexahedra in files, read back by other programs: cells, sides, sets and names."""

from __future__ import annotations

import re
from pathlib import Path

import h5py
import meshio
import numpy as np
import pytest
from scipy.io import netcdf_file

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import read, write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.typing import AnyArray

# Corners of every side as the manuals give them, counted from 1.
EXODUS = [(1, 2, 6, 5), (2, 3, 7, 6), (3, 4, 8, 7), (1, 5, 8, 4), (1, 4, 3, 2), (5, 6, 7, 8)]
ABAQUS = [(1, 2, 3, 4), (5, 8, 7, 6), (1, 5, 6, 2), (2, 6, 7, 3), (3, 7, 8, 4), (4, 8, 5, 1)]


@pytest.fixture(scope="module")
def mesh() -> HexMesh:
    labels = np.random.default_rng(1).integers(0, 4, (5, 4, 3))
    return voxel_mesh(LabelImage(labels, 0.5), {"orientations": np.tile([1.0, 0, 0, 0], (3, 1))})


def facets_of(mesh: HexMesh, name: str) -> AnyArray:
    [group] = [group for group in groups(mesh) if group.name == name]
    return np.sort(mesh.facets[group.entities], axis=1)


def rows(facets: AnyArray) -> set[tuple[int, ...]]:
    return {tuple(row) for row in np.sort(facets, axis=1).tolist()}


@pytest.mark.parametrize(
    "options", [{}, {"binary": True}, {"version": "2.2"}, {"version": "2.2", "binary": True}]
)
def test_gmsh_files(tmp_path: Path, mesh: HexMesh, options: dict[str, object]) -> None:
    path = tmp_path / "voxels.msh"
    write(path, mesh, **options)
    back = meshio.read(path)
    order = back.cell_data_dict["gmsh:geometrical"]["hexahedron"]
    np.testing.assert_array_equal(np.sort(order), np.sort(mesh.labels))
    corners = back.points[back.cells_dict["hexahedron"]]
    expected = mesh.points[mesh.cells[np.argsort(mesh.labels, kind="stable")]]
    np.testing.assert_array_equal(corners[np.argsort(order, kind="stable")], expected)
    assert len(back.cells_dict["quad"]) == len(mesh.facets)
    assert {"grain_00001", "outer_surface", "grain_00001_grain_00002"} <= back.field_data.keys()
    with pytest.raises(InputError, match="holds no tetrahedra"):
        read(path)


def test_vtu_files(tmp_path: Path, mesh: HexMesh) -> None:
    write(tmp_path / "voxels.vtu", mesh)
    back = meshio.vtu.read(tmp_path / "voxels.vtu")
    np.testing.assert_array_equal(back.cells_dict["hexahedron"], mesh.cells)
    np.testing.assert_array_equal(back.cell_data_dict["grain_id"]["hexahedron"], mesh.labels)
    pyvista = pytest.importorskip("pyvista")
    sized = pyvista.read(tmp_path / "voxels.vtu").compute_cell_sizes()
    np.testing.assert_allclose(sized.cell_data["Volume"], 0.125)


def test_xdmf_files(tmp_path: Path, mesh: HexMesh) -> None:
    write(tmp_path / "voxels.xdmf", mesh)
    back = meshio.read(tmp_path / "voxels.xdmf")
    np.testing.assert_array_equal(back.cells_dict["hexahedron"], mesh.cells)
    assert 'TopologyType="Quadrilateral"' in (tmp_path / "voxels_facets.xdmf").read_text()
    with h5py.File(tmp_path / "voxels_facets.h5") as file:
        np.testing.assert_array_equal(file["facets"], mesh.facets)
    with pytest.raises(InputError, match="no tetrahedra"):
        read(tmp_path / "voxels.xdmf")


def test_exodus_files(tmp_path: Path, mesh: HexMesh) -> None:
    write(tmp_path / "voxels.e", mesh)
    with netcdf_file(tmp_path / "voxels.e", "r", mmap=False) as file:
        var = {name: variable[:] for name, variable in file.variables.items()}
        assert file.variables["connect1"].elem_type == b"HEX8"
    cells = np.concatenate([var[f"connect{k}"] for k in (1, 2, 3)]) - 1
    np.testing.assert_array_equal(cells[np.argsort(var["elem_num_map"])], mesh.cells)
    names = [b"".join(row).rstrip(b"\0").decode() for row in var["ss_names"]]
    for k, name in enumerate(names, 1):
        sides = np.array(EXODUS)[var[f"side_ss{k}"] - 1] - 1
        found = np.take_along_axis(cells[var[f"elem_ss{k}"] - 1], sides, axis=1)
        assert rows(found) == rows(facets_of(mesh, name))
    with pytest.raises(InputError, match="other cells than tetrahedra"):
        read(tmp_path / "voxels.e")


def test_abaqus_files(tmp_path: Path, mesh: HexMesh) -> None:
    write(tmp_path / "voxels.inp", mesh, material="NMC")
    text = (tmp_path / "voxels.inp").read_text()
    assert text.count("*ELEMENT, TYPE=C3D8, ELSET=grain_") == 3
    assert text.count("*SOLID SECTION") == 3
    cells = np.array(mesh.cells)
    for name, body in re.findall(r"\*SURFACE, NAME=(\w+), TYPE=ELEMENT\n([^*]*)", text):
        pairs = np.array([line.split(", S") for line in body.split("\n") if line], dtype=int)
        sides = np.array(ABAQUS)[pairs[:, 1] - 1] - 1
        found = np.take_along_axis(cells[pairs[:, 0] - 1], sides, axis=1)
        assert rows(found) == rows(facets_of(mesh, name))
    with pytest.raises(InputError, match="other cells than tetrahedra"):
        read(tmp_path / "voxels.inp")


def test_tables_are_those_of_tetrahedra(tmp_path: Path, mesh: HexMesh) -> None:
    with pytest.raises(InputError, match="of tetrahedra only"):
        write(tmp_path / "voxels.json", mesh)
