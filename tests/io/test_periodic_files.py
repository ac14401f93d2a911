"""Pairs of nodes of a periodic mesh in files: exact in every format, linked in .msh 4.1."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from scipy.io import netcdf_file

import nmc_mesh
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.io.sidecar import read_tables
from nmc_mesh.mesh.periodic import periodic_pairs, seam_facets
from nmc_mesh.mesh.tet_mesh import TetMesh

SLANTED = np.array([[1.0, 0.1, 0.0], [0.4, 0.9, 0.0], [0.2, 0.3, 1.1]])


@pytest.fixture(scope="module", params=[None, SLANTED], ids=["cube", "slanted"])
def mesh(request: pytest.FixtureRequest) -> TetMesh:
    cell = nmc_mesh.periodic_cell("nmc-radial", 1, grains=8, period=request.param)
    return nmc_mesh.tetrahedralize_periodic(cell, 0.1)


@pytest.mark.parametrize("ending", ["msh", "e", "vtu", "xdmf", "inp", "mesh", "med", "bdf"])
def test_pairs_come_back_from_files(tmp_path: Path, mesh: TetMesh, ending: str) -> None:
    path = tmp_path / f"rve.{ending}"
    nmc_mesh.write(path, mesh)
    back = nmc_mesh.read(path)
    assert back.info["seam"] == "box"
    master, slave, shift = periodic_pairs(back)
    assert len(slave) == len(periodic_pairs(mesh).slave)
    apart = back.points[slave] - back.points[master]
    digits = 1e-12 if ending == "inp" else 0.0  # the others keep every bit
    moves = Periods(mesh.info["period"]).moves(shift)
    np.testing.assert_allclose(apart, moves, rtol=0, atol=digits)


def test_tables_list_the_pairs(tmp_path: Path, mesh: TetMesh) -> None:
    nmc_mesh.write(tmp_path / "rve.json", mesh)
    table = read_tables(tmp_path / "rve.json")["periodic"]
    for name, values in periodic_pairs(mesh)._asdict().items():
        np.testing.assert_array_equal(table[name], values)


@pytest.mark.parametrize("binary", [False, True])
def test_meshio_reads_the_links(tmp_path: Path, mesh: TetMesh, binary: bool) -> None:
    import meshio

    path = tmp_path / "rve.msh"
    nmc_mesh.write(path, mesh, binary=binary)
    on_seam = np.empty(0, dtype=np.int32)
    for dim, _, affine, nodes in meshio.read(path).gmsh_periodic:
        assert dim == 2
        move = np.array(affine).reshape(4, 4)[:3, 3]
        # meshio leaves them as the file numbers them, less 1: as the mesh does.
        slave, master = nodes.T
        np.testing.assert_array_equal(mesh.points[slave], mesh.points[master] + move)
        on_seam = np.union1d(on_seam, nodes)
    np.testing.assert_array_equal(on_seam, np.unique(mesh.facets[mesh.outer]))


def test_what_is_beside_nothing_is_linked_to_nothing(tmp_path: Path) -> None:
    import meshio

    labels = np.ones((10, 10, 10), dtype=int)
    labels[3:7, 3:7, 8:] = labels[3:7, 3:7, :3] = 0
    mesh = nmc_mesh.tetrahedralize_periodic(nmc_mesh.LabelImage(labels, 0.1))
    path = tmp_path / "hollow.msh"
    nmc_mesh.write(path, mesh)
    back = meshio.read(path)
    on_seam = np.unique(np.concatenate([link[3] for link in back.gmsh_periodic]))
    np.testing.assert_array_equal(on_seam, np.unique(mesh.facets[seam_facets(mesh).ravel()]))
    outer = back.cell_sets_dict["outer_surface"]["triangle"]
    assert len(outer) == mesh.outer.sum() > 2 * len(seam_facets(mesh))
    assert len(nmc_mesh.read(path).facets) == len(mesh.facets)


def test_exodus_and_abaqus_have_paired_sets_of_nodes(tmp_path: Path, mesh: TetMesh) -> None:
    for ending in ("e", "inp"):
        nmc_mesh.write(tmp_path / f"rve.{ending}", mesh)
    with netcdf_file(str(tmp_path / "rve.e"), "r", mmap=False) as file:
        names = [b"".join(row).rstrip(b"\0").decode() for row in file.variables["ns_names"][:]]
        ids = file.variables["ns_prop1"][:].tolist()
        sets = {name: file.variables[f"node_ns{k}"][:].tolist() for k, name in enumerate(names, 1)}
    assert len(set(ids)) == len(ids)
    text = (tmp_path / "rve.inp").read_text()
    parts = re.findall(r"\*NSET, NSET=(period\w+), UNSORTED\n([\d, \n]+)", text)
    ordered = {name: [int(node) for node in re.findall(r"\d+", body)] for name, body in parts}
    assert ordered == {name: nodes for name, nodes in sets.items() if name.startswith("period")}
    periods, count = Periods(mesh.info["period"]), 0
    for name, nodes in ordered.items():
        if name.endswith("_slave"):
            words = name.removeprefix("period_").removesuffix("_slave").split("_")
            shift = np.array([int(word.replace("m", "-")) for word in words])
            masters = np.array(ordered[name.replace("_slave", "_master")])
            apart = mesh.points[np.array(nodes) - 1] - mesh.points[masters - 1]
            np.testing.assert_array_equal(apart, np.tile(periods.moves(shift), (len(nodes), 1)))
            count += len(nodes)
    assert count == len(periodic_pairs(mesh).slave)


def test_split_meshes_have_no_pairs(tmp_path: Path, mesh: TetMesh) -> None:
    split = nmc_mesh.split_boundaries(mesh)
    assert "period" not in split.mesh.info
    nmc_mesh.write(tmp_path / "split.e", split)
    with netcdf_file(str(tmp_path / "split.e"), "r", mmap=False) as file:
        names = b"".join(file.variables["ns_names"][:].ravel())
    assert b"period" not in names
