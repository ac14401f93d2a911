"""Our files as other programs see them: gmsh itself, meshio, VTK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import meshio
import numpy as np
import pytest

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import read, write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesher.second_order import second_order
from tests.meshes import voronoi

MESH = voronoi(20, 6)
WAYS = [("4.1", False), ("4.1", True), ("2.2", False), ("2.2", True)]


@pytest.fixture
def gmsh() -> Iterator[Any]:
    try:
        import gmsh
    except (ImportError, OSError) as error:
        libraries = "libgl1 libglu1-mesa libgomp1 libxcursor1 libxft2 libxinerama1 libxrender1"
        pytest.skip(f"gmsh cannot be loaded ({error}); apt-get install {libraries}")
    gmsh.initialize(readConfigFiles=False, interruptible=False)
    gmsh.option.setNumber("General.Terminal", 0)
    yield gmsh
    gmsh.finalize()


@pytest.mark.parametrize(("version", "binary"), WAYS)
def test_gmsh_opens_it_without_a_warning(
    gmsh: Any, tmp_path: Path, version: str, binary: bool
) -> None:
    path = tmp_path / "particle.msh"
    write(path, replace(MESH, info={"note": "grains\n" * 100}), version=version, binary=binary)
    gmsh.logger.start()
    gmsh.open(str(path))
    lines = gmsh.logger.get()
    gmsh.logger.stop()
    assert lines
    assert all(line.startswith("Info") for line in lines)
    found = groups(MESH)
    assert len(gmsh.model.getPhysicalGroups()) == len(found)
    for group in found:
        assert gmsh.model.getPhysicalName(group.dim, group.id) == group.name
        entities = gmsh.model.getEntitiesForPhysicalGroup(group.dim, group.id)
        assert len(entities) == (len(group.entities) if group.dim == 0 else 1)
        sizes = [len(gmsh.model.mesh.getElements(group.dim, e)[1][0]) for e in entities]
        assert sum(sizes) == len(group.entities)
        if group.dim == 3:
            places = MESH.points[MESH.cells[group.entities]].reshape(-1, 3)
            (entity,) = entities
            box = np.array(gmsh.model.getBoundingBox(3, entity)).reshape(2, 3)
            np.testing.assert_allclose(box, [places.min(axis=0), places.max(axis=0)], atol=1e-6)
    tags, places, _ = gmsh.model.mesh.getNodes()
    assert np.array_equal(np.sort(tags), np.arange(1, len(MESH.points) + 1))
    assert np.array_equal(places.reshape(-1, 3)[np.argsort(tags)], MESH.points)


def test_gmsh_finds_the_nodes_of_each_entity(gmsh: Any, tmp_path: Path) -> None:
    """Nodes are listed under the entity of lowest dimension that holds them."""
    write(tmp_path / "particle.msh", MESH)
    gmsh.open(str(tmp_path / "particle.msh"))
    sizes = dict.fromkeys(range(4), 0)
    for dim, entity in gmsh.model.getEntities():
        sizes[dim] += len(gmsh.model.mesh.getNodes(dim, entity)[0])
    on_lines, on_facets = np.unique(MESH.edges), np.unique(MESH.facets)
    assert sizes[0] == len(MESH.quadruple_points)
    assert sizes[1] == len(np.setdiff1d(on_lines, MESH.quadruple_points))
    assert sizes[2] == len(np.setdiff1d(on_facets, on_lines))
    assert sum(sizes.values()) == len(MESH.points)


@pytest.mark.parametrize(("version", "binary"), WAYS)
def test_a_mesh_made_by_gmsh_is_read(gmsh: Any, tmp_path: Path, version: str, binary: bool) -> None:
    """Two boxes that share a face of area 2; one is named as a grain, one is not."""
    first = gmsh.model.occ.addBox(0, 0, 0, 1, 1, 2)
    second = gmsh.model.occ.addBox(1, 0, 0, 3, 1, 2)
    gmsh.model.occ.fragment([(3, first)], [(3, second)])
    gmsh.model.occ.synchronize()
    gmsh.model.addPhysicalGroup(3, [first], 5, "grain_00009")
    gmsh.model.addPhysicalGroup(3, [second], 6, "rest")
    gmsh.option.setNumber("Mesh.MshFileVersion", float(version))
    gmsh.option.setNumber("Mesh.Binary", int(binary))
    gmsh.option.setNumber("Mesh.MeshSizeMin", 0.5)
    gmsh.model.mesh.generate(3)
    path = tmp_path / "boxes.msh"
    gmsh.write(str(path))
    mesh = read(path)
    table = grain_table(mesh)
    assert table["id"].tolist() == [second, 9]
    np.testing.assert_allclose(table["volume"], [6.0, 2.0], rtol=1e-12)
    np.testing.assert_allclose(boundary_table(mesh)["area"], [2.0], rtol=1e-12)


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf"])
def test_meshio_reads_cells_and_tags(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"particle{suffix}"
    write(path, replace(MESH, info={"note": "grains\n" * 100}))
    mesh = meshio.read(path)
    places = mesh.points[mesh.cells_dict["tetra"]]
    tag = {".msh": "gmsh:physical", ".vtu": "group_id", ".xdmf": "cell_tags"}[suffix]
    volumes = np.linalg.det(places[:, 1:] - places[:, :1]) / 6
    sums = np.bincount(mesh.cell_data_dict[tag]["tetra"], volumes)
    np.testing.assert_allclose(sums[1:], grain_table(MESH)["volume"], rtol=1e-12)


@pytest.mark.parametrize("curved", [False, True])
def test_meshio_reads_exodus(tmp_path: Path, curved: bool) -> None:
    """It knows the element types TETRA, TETRA10 and WEDGE, and no TETRA4 and WEDGE6."""
    pytest.importorskip("netCDF4", reason="pip install netCDF4, by which meshio reads Exodus")
    mesh = second_order(MESH) if curved else MESH
    write(tmp_path / "particle.e", replace(mesh, info={"note": "grains\n" * 100}))
    found = meshio.read(tmp_path / "particle.e")
    kind = "tetra10" if curved else "tetra"
    assert {block.type for block in found.cells} == {kind}
    assert np.array_equal(found.points, mesh.points)
    parts = {}
    for block, grains in zip(found.cells, found.cell_data["grain_id"], strict=True):
        assert len(np.unique(grains)) == 1
        parts[int(grains[0])] = block.data
    assert sorted(parts) == mesh.grains.tolist()
    for grain, cells in parts.items():
        assert np.array_equal(cells, mesh.cells[mesh.labels == grain])


@pytest.mark.parametrize("curved", [False, True])
def test_meshio_reads_nastran(tmp_path: Path, curved: bool) -> None:
    """Solids and shells have the numbers of their groups."""
    mesh = second_order(MESH) if curved else MESH
    write(tmp_path / "particle.bdf", replace(mesh, info={"note": "grains\n" * 100}))
    found = meshio.read(tmp_path / "particle.bdf")
    np.testing.assert_allclose(found.points, mesh.points, rtol=0, atol=5e-14)
    kinds = ("tetra10", "triangle6") if curved else ("tetra", "triangle")
    assert tuple(block.type for block in found.cells) == kinds
    solids, shells = found.cell_data["nastran:ref"]
    assert np.array_equal(found.cells[0].data, mesh.cells)
    assert np.array_equal(solids, mesh.labels)
    walls = [group for group in groups(mesh) if group.dim == 2]
    assert sum(len(group.entities) for group in walls) == len(shells)
    for group in walls:
        own = found.cells[1].data[shells == group.id]
        assert np.array_equal(own, mesh.facets[group.entities])


def test_meshio_reads_voxels_of_nastran(tmp_path: Path) -> None:
    labels = np.arange(1, 13).reshape(2, 3, 2)
    mesh = voxel_mesh(LabelImage(labels, 0.5))
    write(tmp_path / "voxels.bdf", mesh)
    found = meshio.read(tmp_path / "voxels.bdf")
    assert np.array_equal(found.cells_dict["hexahedron"], mesh.cells)
    assert np.array_equal(found.cell_data_dict["nastran:ref"]["hexahedron"], mesh.labels)
    assert len(found.cells_dict["quad"]) == len(mesh.facets)


@pytest.mark.parametrize("curved", [False, True])
def test_gmsh_reads_nastran(gmsh: Any, tmp_path: Path, curved: bool) -> None:
    """Every solid is an entity by the number of its grain; curved cells have the same volume."""
    mesh = second_order(MESH) if curved else MESH
    write(tmp_path / "particle.bdf", mesh)
    gmsh.logger.start()
    gmsh.open(str(tmp_path / "particle.bdf"))
    lines = gmsh.logger.get()
    gmsh.logger.stop()
    assert all(line.startswith("Info") for line in lines)
    assert [tag for _, tag in gmsh.model.getEntities(3)] == mesh.grains.tolist()
    kind = gmsh.model.mesh.getElementType("tetrahedron", 2 if curved else 1)
    local, weights = gmsh.model.mesh.getIntegrationPoints(kind, "Gauss4")
    for grain, volume in zip(mesh.grains.tolist(), grain_table(mesh)["volume"], strict=True):
        _, sizes, _ = gmsh.model.mesh.getJacobians(kind, local, grain)
        found = np.sum(sizes.reshape(-1, len(weights)) @ weights)
        np.testing.assert_allclose(found, volume, rtol=1e-11)  # its own weights have 12 digits
    for group in groups(mesh):
        if group.dim == 2:
            assert len(gmsh.model.mesh.getElements(2, group.id)[1][0]) == len(group.entities)


def test_meshio_reads_split_exodus(tmp_path: Path) -> None:
    pytest.importorskip("netCDF4", reason="pip install netCDF4, by which meshio reads Exodus")
    split = split_boundaries(MESH)
    write(tmp_path / "split.e", split)
    found = meshio.read(tmp_path / "split.e")
    assert {block.type for block in found.cells} == {"tetra", "wedge"}
    wedges = sum(len(block.data) for block in found.cells if block.type == "wedge")
    assert wedges == len(split.wedges)


def test_meshio_reads_the_facets_of_xdmf(tmp_path: Path) -> None:
    write(tmp_path / "particle.xdmf", MESH)
    mesh = meshio.read(tmp_path / "particle_facets.xdmf")
    assert np.array_equal(mesh.cells_dict["triangle"], MESH.facets)
    assert np.array_equal(mesh.cell_data_dict["facet_grains"]["triangle"], MESH.facet_grains)
    outer = next(group for group in groups(MESH) if group.name == "outer_surface")
    tags = mesh.cell_data_dict["facet_tags"]["triangle"]
    assert np.array_equal(np.flatnonzero(tags == outer.id), outer.entities)


def test_vtk_reads_the_compressed_file(tmp_path: Path) -> None:
    pyvista = pytest.importorskip("pyvista", reason="pip install 'nmc-mesh[viz]'")
    write(tmp_path / "particle.vtu", MESH)
    grid = pyvista.read(tmp_path / "particle.vtu")
    assert np.array_equal(grid.cells_dict[10], MESH.cells)
    assert np.array_equal(grid.points, MESH.points)
    assert np.array_equal(grid.cell_data["grain_id"], MESH.labels)
    names = bytes(grid.field_data["group_names"]).decode().splitlines()
    assert names == [f"grain_{grain:05d}" for grain in MESH.grains]
    assert grid.field_data["group_ids"].tolist() == MESH.grains.tolist()
