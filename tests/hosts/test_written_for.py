"""Files for hosts that no package brings, read by what is there in their place.

Of Elmer that is Netgen's own export of the same mesh (and Elmer where it is installed), of COMSOL a
reader that goes by the descriptive comments, as other programs read what COMSOL writes; of MOOSE it
is VTK (and the exodus library, see test_exodus).
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.io import read, write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.typing import AnyArray
from tests.hosts.common import areas_of, volumes_of, written_for


def exodus_parts(folder: Any, read: Any) -> dict[str, AnyArray]:
    """Corners of cells or sides of every part, (k, n, 3), by name; VTK has single precision."""
    found = {}
    for place in range(folder.GetNumberOfBlocks()):
        grid = folder.GetBlock(place)
        points = read(grid.GetPoints().GetData()).astype(np.float64)
        cells = read(grid.GetCells().GetConnectivityArray()).reshape(grid.GetNumberOfCells(), -1)
        name = folder.GetMetaData(place).Get(folder.NAME())
        found[name.removeprefix("Unnamed ")] = points[cells]
    return found


def test_vtk_finds_sizes_in_the_file_for_moose(tmp_path: Path, particle_mesh: TetMesh) -> None:
    pytest.importorskip("vtkmodules", reason="pip install 'nmc-mesh[viz]'")
    from vtkmodules.util.numpy_support import vtk_to_numpy
    from vtkmodules.vtkIOExodus import vtkExodusIIReader

    reader = vtkExodusIIReader()
    reader.SetFileName(str(written_for("moose", particle_mesh, tmp_path)))
    reader.UpdateInformation()
    for number in range(reader.GetNumberOfSideSetArrays()):
        reader.SetSideSetArrayStatus(reader.GetSideSetArrayName(number), 1)
    reader.Update()
    blocks = exodus_parts(reader.GetOutput().GetBlock(0), vtk_to_numpy)
    sides = exodus_parts(reader.GetOutput().GetBlock(4), vtk_to_numpy)
    volumes = {
        name: np.linalg.det(cells[:, 1:] - cells[:, :1]).sum() / 6 for name, cells in blocks.items()
    }
    assert volumes == pytest.approx(volumes_of(particle_mesh), rel=1e-4)
    areas = {
        name: np.linalg.norm(np.cross(s[:, 1] - s[:, 0], s[:, 2] - s[:, 0]), axis=1).sum() / 2
        for name, s in sides.items()
    }
    assert areas == pytest.approx(areas_of(particle_mesh), rel=1e-4)


NETGEN = """
import sys
from netgen.meshing import Mesh
mesh = Mesh(3)
mesh.Load(sys.argv[1])
mesh.Export(sys.argv[2], "Elmer Format")
"""


def rows_of(path: Path) -> AnyArray:
    return np.array([line.split() for line in path.read_text().splitlines()], dtype=float)


def test_netgen_writes_the_same_mesh_for_elmer(tmp_path: Path, particle_mesh: TetMesh) -> None:
    pytest.importorskip("ngsolve", reason="pip install ngsolve", exc_type=ImportError)
    header = written_for("elmer", particle_mesh, tmp_path)
    write(tmp_path / "a.vol", particle_mesh)
    other = tmp_path / "netgen"
    other.mkdir()
    command = [sys.executable, "-c", NETGEN, tmp_path / "a.vol", other]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, timeout=300)
    kinds = header.read_text().splitlines()
    assert kinds == (other / header.name).read_text().splitlines()
    nodes = rows_of(tmp_path / "mesh.nodes")
    np.testing.assert_allclose(nodes, rows_of(other / "mesh.nodes"), atol=1e-5)
    cells, theirs = rows_of(tmp_path / "mesh.elements"), rows_of(other / "mesh.elements")
    np.testing.assert_array_equal(cells[:, :3], theirs[:, :3])
    np.testing.assert_array_equal(np.sort(cells[:, 3:]), np.sort(theirs[:, 3:]))
    sides, theirs = rows_of(tmp_path / "mesh.boundary"), rows_of(other / "mesh.boundary")
    np.testing.assert_array_equal(sides[:, [0, 4]], theirs[:, [0, 4]])
    parent = theirs[:, 2:4].max(axis=1)  # Netgen tells one, of facets between grains too
    assert (sides[:, 2:4] == parent[:, None]).any(axis=1).all()
    np.testing.assert_array_equal(np.sort(sides[:, 5:]), np.sort(theirs[:, 5:]))


def test_elmer_finds_sizes_by_name(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """Bodies and boundaries as Elmer's .sif calls them, from the files alone."""
    written_for("elmer", particle_mesh, tmp_path)
    text = (tmp_path / "mesh.names").read_text()
    names = {int(tag): name for name, tag in re.findall(r"^\$ (\w+) = (\d+)$", text, re.M)}
    points = rows_of(tmp_path / "mesh.nodes")[:, 2:]
    cells = rows_of(tmp_path / "mesh.elements").astype(int)
    sides = rows_of(tmp_path / "mesh.boundary").astype(int)
    volumes = signed_volumes(points, cells[:, 3:7] - 1)
    assert sums(cells[:, 1], volumes, names) == pytest.approx(volumes_of(particle_mesh), rel=1e-10)
    areas = triangle_areas(points, sides[:, 5:8] - 1)
    assert sums(sides[:, 1], areas, names) == pytest.approx(areas_of(particle_mesh), rel=1e-10)
    outer = [tag for tag, name in names.items() if name == "outer_surface"]
    assert ((sides[:, 3] == 0) == np.isin(sides[:, 1], outer)).all()


@pytest.mark.host
def test_elmergrid_reads_and_writes_it_again(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """Where Elmer is installed: its own program finds all nodes, cells, sides and names."""
    if shutil.which("ElmerGrid") is None:
        pytest.skip("Elmer is missing; no package of Debian 12 or of pip brings it: build it")
    (tmp_path / "particle").mkdir()
    written_for("elmer", particle_mesh, tmp_path / "particle")
    command = ["ElmerGrid", "2", "2", "particle", "-out", "again"]
    subprocess.run(command, cwd=tmp_path, check=True, stdout=subprocess.DEVNULL, timeout=300)
    ours, theirs = tmp_path / "particle", tmp_path / "again"
    for name in ("mesh.nodes", "mesh.elements", "mesh.boundary"):
        one, two = rows_of(ours / name), rows_of(theirs / name)
        if name == "mesh.boundary":
            one[:, 5:], two[:, 5:] = np.sort(one[:, 5:]), np.sort(two[:, 5:])
        np.testing.assert_allclose(two, one, atol=1e-10)
    pattern = r"^\$ (\w+) = (\d+)$"
    names = [
        dict(re.findall(pattern, (folder / "mesh.names").read_text(), re.M))
        for folder in (ours, theirs)
    ]
    assert names[0] == names[1]
    assert names[0].keys() == volumes_of(particle_mesh).keys() | areas_of(particle_mesh).keys()


def signed_volumes(points: AnyArray, cells: AnyArray) -> AnyArray:
    corners = points[cells]
    return np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6


def triangle_areas(points: AnyArray, triangles: AnyArray) -> AnyArray:
    a, b, c = (points[triangles[:, k]] for k in range(3))
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


def sums(ids: AnyArray, sizes: AnyArray, names: dict[int, str]) -> dict[str, float]:
    return {names[tag]: sizes[ids == tag].sum() for tag in np.unique(ids).tolist()}


def after(lines: list[str], comment: str) -> list[int]:
    return [place for place, line in enumerate(lines) if line.endswith(f"# {comment}")]


def comsol_parts(path: Path) -> tuple[AnyArray, dict[str, tuple[AnyArray, AnyArray]]]:
    """Vertices, and for every kind of element its vertices and entities."""
    lines = path.read_text().splitlines()
    (count,) = after(lines, "number of mesh vertices")
    start = lines.index("# Mesh vertex coordinates") + 1
    points = lines[start : start + int(lines[count].split()[0])]
    parts = {}
    for place, end in pairwise([*after(lines, "type name"), len(lines)]):
        own = lines[place:end]
        number = int(own[after(own, "number of elements")[0]].split()[0])
        nodes = own.index("# Elements") + 1
        entities = own.index("# Geometric entity indices") + 1
        parts[own[0].split()[1]] = (
            np.array([line.split() for line in own[nodes : nodes + number]], dtype=int),
            np.array(own[entities : entities + number], dtype=int),
        )
    return np.array([line.split() for line in points], dtype=float), parts


def comsol_selections(path: Path) -> dict[str, tuple[int, list[int]]]:
    """Dimension and entities of every selection, by its label."""
    found = {}
    for part in path.read_text().split("9 Selection # class\n")[1:]:
        lines = part.splitlines()
        number = int(lines[4].split()[0])
        label = lines[1].split(" # ")[0].split(" ", 1)[1]
        found[label] = (int(lines[3].split()[0]), [int(line) for line in lines[6 : 6 + number]])
        assert int(lines[1].split()[0]) == len(label)
    return found


def test_comsol_finds_sizes_by_selection(tmp_path: Path, particle_mesh: TetMesh) -> None:
    path = written_for("comsol", particle_mesh, tmp_path)
    points, parts = comsol_parts(path)
    selections = comsol_selections(path)
    (cells, domain), (sides, boundary) = parts["tet"], parts["tri"]
    volumes = signed_volumes(points, cells)
    areas = triangle_areas(points, sides)
    found = {
        name: (volumes[np.isin(domain, own)] if dim == 3 else areas[np.isin(boundary, own)]).sum()
        for name, (dim, own) in selections.items()
    }
    expected = volumes_of(particle_mesh) | areas_of(particle_mesh)
    assert found == pytest.approx(expected, rel=1e-10)
    # COMSOL's rules: domains from 1, boundaries from 0, each between the same two domains.
    assert np.array_equal(np.unique(domain), np.arange(1, domain.max() + 1))
    assert np.array_equal(np.unique(boundary), np.arange(boundary.max() + 1))
    facet = {
        tuple(row): number for number, row in enumerate(np.sort(particle_mesh.facets).tolist())
    }
    for entity in range(boundary.max() + 1):
        rows = np.sort(sides[boundary == entity]).tolist()
        owners = particle_mesh.facet_grains[[facet[tuple(row)] for row in rows]]
        assert len(np.unique(owners, axis=0)) == 1


def test_comsol_takes_a_layout_without_pairs(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """Every facet between two domains is there whatever the groups are."""
    write(tmp_path / "a.mphtxt", particle_mesh, boundaries="none")
    _, parts = comsol_parts(tmp_path / "a.mphtxt")
    assert len(parts["tri"][0]) == len(particle_mesh.facets)
    assert [
        name for name, (dim, _) in comsol_selections(tmp_path / "a.mphtxt").items() if dim == 2
    ] == ["outer_surface"]
    single = groups(particle_mesh, "single", "one")
    write(tmp_path / "b.mphtxt", particle_mesh, blocks="single", boundaries="one")
    assert comsol_selections(tmp_path / "b.mphtxt").keys() == {g.name for g in single if g.dim > 1}
    assert np.array_equal(read(tmp_path / "b.mphtxt").labels, particle_mesh.labels)


def test_curved_cells_of_comsol(tmp_path: Path, particle_mesh: TetMesh) -> None:
    """Middles come in the order of the edges 01 02 12 03 13 23."""
    write(tmp_path / "a.mphtxt", second_order(particle_mesh))
    points, parts = comsol_parts(tmp_path / "a.mphtxt")
    for kind, corners in (("tet2", 4), ("tri2", 3)):
        nodes = points[parts[kind][0]]
        edges = [(a, b) for b in range(corners) for a in range(b)]
        edges.sort(key=lambda edge: (edge[1] > 2, edge[1], edge[0]))
        for middle, (a, b) in enumerate(edges, corners):
            half = (nodes[:, a] + nodes[:, b]) / 2
            np.testing.assert_allclose(nodes[:, middle], half, atol=1e-12)


def test_a_mesh_that_comsol_wrote(tmp_path: Path) -> None:
    """Without comments of ours, other kinds of elements between, vertices counted from 1."""
    path = tmp_path / "a.mphtxt"
    path.write_text(
        "# Created by COMSOL Multiphysics.\n\n0 1\n1\n5 mesh1\n1\n3 obj\n\n0 0 1\n4 Mesh\n4\n3\n"
        "5 # number of mesh vertices\n1\n0 0 0\n1 0 0\n0 1 0\n0 0 1\n1 1 1\n\n2\n"
        "3 vtx\n1\n1\n1\n1\n0\n\n3 tet\n4\n2\n1 2 3 4\n2 5 3 4\n2\n2\n1\n"
    )
    mesh = read(path)
    assert mesh.labels.tolist() == [2, 1]
    assert mesh.cells.tolist() == [[0, 1, 2, 3], [1, 4, 2, 3]]
