"""Hosts take wedges of second order as we mean them: VTK by its shapes, CalculiX in a pull."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.nodes import linear_wedges, whole_wedges
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.io import read, write
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.typing import AnyArray
from tests.hosts.programs import in_series, pulled, said_by_gmsh
from tests.meshes import cube, voronoi

GAP = 0.01
INSIDE = [(0.2, 0.2, 0.1), (0.6, 0.3, 0.8), (0.1, 0.8, 0.5), (1 / 3, 1 / 3, 0.9)]


def two_grains(order: int = 2) -> CohesiveMesh:
    """Two grains of 1 x 2 x 2 um, a gap between them."""
    split = split_boundaries(second_order(cube(2)) if order == 2 else cube(2))
    points = split.mesh.points.copy()
    points[np.unique(split.mesh.cells[split.mesh.labels == 2]), 0] += GAP
    return replace(split, mesh=replace(split.mesh, points=points))


def determinants(nodes: AnyArray) -> list[float]:
    """Return det J of a wedge of fifteen nodes, shape (15, 3), by VTK's shape functions."""
    vtk: Any = pytest.importorskip("vtkmodules.vtkCommonDataModel", reason="pip install vtk")
    wedge = vtk.vtkQuadraticWedge()
    found = []
    for place in INSIDE:
        slopes = [0.0] * 45
        wedge.InterpolateDerivs(place, slopes)
        found.append(float(np.linalg.det(np.reshape(slopes, (3, 15)) @ nodes)))
    return found


def test_vtk_reads_wedges_of_both_files(tmp_path: Path) -> None:
    """Node order is right if det J is twice the area times the gap everywhere inside."""
    pyvista = pytest.importorskip("pyvista", reason="pip install 'nmc-mesh[viz]'")
    from vtkmodules.vtkIOExodus import vtkExodusIIReader

    split = two_grains()
    write(tmp_path / "split.vtu", split)
    write(tmp_path / "split.e", split, boundaries="one")
    reader = vtkExodusIIReader()
    reader.SetFileName(str(tmp_path / "split.e"))
    reader.Update()
    blocks = reader.GetOutput().GetBlock(0)
    for grid in (pyvista.read(tmp_path / "split.vtu"), pyvista.wrap(blocks.GetBlock(2))):
        wedges = grid.cells_dict[pyvista.CellType.QUADRATIC_WEDGE]
        assert len(wedges) == len(split.wedges)
        for nodes in wedges:
            places = np.asarray(grid.points, dtype=np.float64)[nodes]
            assert determinants(places) == pytest.approx([2 * 4.0 / 32 * GAP] * 4, rel=1e-4)


GMSH = """
import sys, gmsh
gmsh.initialize()
gmsh.option.setNumber("General.Terminal", 0)
gmsh.open(sys.argv[1])
names = {tag: gmsh.model.getPhysicalName(dim, tag) for dim, tag in gmsh.model.getPhysicalGroups(3)}
volumes = {}
for dim, entity in gmsh.model.getEntities(3):
    (tag,) = gmsh.model.getPhysicalGroupsForEntity(dim, entity)
    for kind in gmsh.model.mesh.getElementTypes(dim, entity):
        points, weights = gmsh.model.mesh.getIntegrationPoints(kind, "Gauss4")
        _, dets, _ = gmsh.model.mesh.getJacobians(kind, points, entity)
        assert max(dets) < 1.01 * min(dets) or "grain" in names[tag], "twisted"
        assert min(dets) > 0, "inverted"
        total = float((dets.reshape(-1, len(weights)) @ weights).sum())
        volumes[names[tag]] = volumes.get(names[tag], 0.0) + total
print(volumes)
"""


@pytest.mark.parametrize("version", ["4.1", "2.2"])
@pytest.mark.parametrize("binary", [False, True])
def test_gmsh_reads_the_prisms(tmp_path: Path, version: str, binary: bool) -> None:
    """Wedges across a gap have their area times the gap as volume, and det J is even in each."""
    for split in (two_grains(), two_grains(1)):
        write(tmp_path / "split.msh", split, version=version, binary=binary)
        volumes = ast.literal_eval(said_by_gmsh(GMSH, tmp_path / "split.msh"))
        assert volumes == pytest.approx(
            {"grain_00001": 4.0, "grain_00002": 4.0, "cohesive_00001_00002": 4.0 * GAP}, rel=1e-9
        )


def test_vtk_has_the_tags_of_the_wedges(tmp_path: Path) -> None:
    pyvista = pytest.importorskip("pyvista", reason="pip install 'nmc-mesh[viz]'")
    split = split_boundaries(second_order(voronoi(12, 4)))
    write(tmp_path / "split.vtu", split)
    found = pyvista.read(tmp_path / "split.vtu")
    whole, wedges = whole_wedges(split)
    kinds = found.cells_dict
    assert np.array_equal(kinds[pyvista.CellType.QUADRATIC_TETRA], split.mesh.cells)
    assert np.array_equal(kinds[pyvista.CellType.QUADRATIC_WEDGE], wedges)
    assert np.array_equal(found.points, whole.points)
    seams = found.celltypes == pyvista.CellType.QUADRATIC_WEDGE
    sides = [found.cell_data[f"{side}_grain"][seams] for side in ("lower", "higher")]
    assert np.array_equal(np.stack(sides, axis=1), split.wedge_grains)


@pytest.mark.parametrize("suffix", [".e", ".inp", ".vtu", ".msh"])
def test_a_split_mesh_is_not_read_as_one_that_is_whole(tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"split{suffix}", two_grains())
    with pytest.raises(InputError, match="read the mesh it was made from"):
        read(tmp_path / f"split{suffix}")


def test_abaqus_has_four_linear_wedges_for_each(tmp_path: Path) -> None:
    split = split_boundaries(second_order(voronoi(12, 4)))
    write(tmp_path / "split.inp", split)
    text = (tmp_path / "split.inp").read_text()
    blocks = re.findall(r"\*ELEMENT, TYPE=COH3D6, ELSET=cohesive_(\d+)_(\d+)\n([^*]+)", text)
    first = len(split.mesh.cells) + 1
    fourths = linear_wedges(split)
    numbers = []
    for low, high, body in blocks:
        rows = np.array([line.split(",") for line in body.split()], dtype=int)
        which = rows[:, 0] - first
        assert np.array_equal(rows[:, 1:] - 1, fourths[which])
        assert (split.wedge_grains[which // 4] == [int(low), int(high)]).all()
        numbers.append(which)
    assert np.array_equal(np.sort(np.concatenate(numbers)), np.arange(len(fourths)))
    sides = re.findall(r"\*SURFACE, NAME=grain_\d+_grain_\d+, TYPE=ELEMENT\n([^*]+)", text)
    assert sum(body.count("\n") for body in sides) == 2 * len(split.wedges)


@pytest.mark.host
@pytest.mark.parametrize(("kind", "near"), [("C3D6", 0.02), ("C3D15", 1e-5)])
def test_calculix_pulls_two_grains_through_wedges(tmp_path: Path, kind: str, near: float) -> None:
    """In series, F / A = u / (L / E + h / E_w), with wedges of thickness h.

    CalculiX has no cohesive elements: the gap is real, and wedges are solids. Those of fifteen
    nodes, in Abaqus' order, which is VTK's, bear a uniform stress exactly. Four of six nodes do so
    nearly: between the nodes they interpolate in another way than the grains.
    """
    split = two_grains()
    deck = partial(with_fifteen, split=split) if kind == "C3D15" else str
    assert pulled(tmp_path, split, deck) == pytest.approx(in_series(GAP), rel=near)


def with_fifteen(text: str, split: CohesiveMesh) -> str:
    """Put wedges of fifteen nodes in the place of those of six."""
    whole, wedges = whole_wedges(split)
    count = len(split.mesh.points)
    nodes = "".join(
        f"{count + k}, {', '.join(map(repr, place.tolist()))}\n"
        for k, place in enumerate(whole.points[count:], 1)
    )
    first = len(split.mesh.cells) + 1
    rows = "".join(
        f"{first + k}, {', '.join(map(str, row[:10]))},\n{', '.join(map(str, row[10:]))}\n"
        for k, row in enumerate((wedges + 1).tolist())
    )
    element = r"(\*ELEMENT, TYPE=C3D)6(, ELSET=cohesive\S*\n)[^*]+"
    text = re.sub(element, lambda found: f"{found[1]}15{found[2]}{rows}", text)
    return text.replace("*ELEMENT", f"*NODE, NSET=nodes\n{nodes}*ELEMENT", 1)
