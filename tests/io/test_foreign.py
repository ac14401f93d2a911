"""Meshes in memory go to meshio and scikit-fem with their tags, and come back as they were."""

from __future__ import annotations

from dataclasses import replace

import meshio
import numpy as np
import pytest

from nmc_mesh import LabelImage, Phases, TetMesh, tetrahedralize, voxel_mesh
from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.mesh.tables import grain_table
from tests.meshes import cube, voronoi, with_middles


def same(first: TetMesh, second: TetMesh) -> None:
    for name in ("points", "cells", "labels", "facets", "facet_grains", "edges"):
        np.testing.assert_array_equal(getattr(first, name), getattr(second, name))


@pytest.mark.parametrize("order", [1, 2])
def test_a_mesh_comes_back_from_meshio(order: int) -> None:
    mesh = voronoi(12, 4)
    turns = np.tile([1.0, 0, 0, 0], (12, 1))
    mesh = replace(mesh, info={"orientations": turns, "made": "by hand"})
    mesh = mesh if order == 1 else with_middles(mesh)
    back = TetMesh.from_meshio(mesh.to_meshio())
    same(mesh, back)
    assert back.info["made"] == "by hand"
    np.testing.assert_array_equal(back.info["orientations"], turns)


def test_walls_of_pores_come_back_too() -> None:
    labels = np.ones((5, 5, 5), dtype=int)
    labels[1:4, 1:4, 1:4] = 2
    image = LabelImage(labels, spacing=0.4, phases=Phases({"pore": [2]}))
    mesh = tetrahedralize(image, size=0.3)
    assert mesh.walls.any()
    same(mesh, TetMesh.from_meshio(mesh.to_meshio()))
    assert "pore_surface" in mesh.to_meshio().cell_sets


def test_sets_hold_what_their_names_say() -> None:
    mesh = cube(8, 4)
    foreign = mesh.to_meshio("grain", "pairs")
    facets = foreign.cell_sets["grain_00001_grain_00002"][1]
    assert np.unique(mesh.facet_grains[facets], axis=0).tolist() == [[1, 2]]
    assert (mesh.labels[foreign.cell_sets["grain_00003"][0]] == 3).all()
    boxes = voxel_mesh(LabelImage([[[1]], [[2]]], spacing=0.5)).to_meshio()
    assert [block.type for block in boxes.cells] == ["hexahedron", "quad"]


@pytest.mark.parametrize("kind", ["tetra", "tetra10"])
def test_cells_that_stand_on_their_head_are_turned(kind: str) -> None:
    mesh = cube(2, 2) if kind == "tetra" else with_middles(cube(2, 2))
    swapped = [1, 0, 2, 3] if kind == "tetra" else [1, 0, 2, 3, 4, 6, 5, 8, 7, 9]
    cells = mesh.cells[:, swapped]
    back = TetMesh.from_meshio(
        meshio.Mesh(mesh.points, [(kind, cells)], cell_data={"grain_id": [mesh.labels]})
    )
    same(mesh, back)


def test_labels_come_from_arrays_by_name_from_sets_or_are_one_grain() -> None:
    mesh = cube(2, 2)
    low, high = np.flatnonzero(mesh.labels == 1), np.flatnonzero(mesh.labels == 2)
    cells = [("tetra", mesh.cells)]
    plain = meshio.Mesh(mesh.points, cells)
    assert set(TetMesh.from_meshio(plain).labels) == {1}
    same(mesh, TetMesh.from_meshio(plain, mesh.labels))
    named = meshio.Mesh(mesh.points, cells, cell_data={"mine": [mesh.labels]})
    same(mesh, TetMesh.from_meshio(named, "mine"))
    sets = {"a": [low], "b": [high]}
    same(mesh, TetMesh.from_meshio(meshio.Mesh(mesh.points, cells, cell_sets=sets)))


def test_what_cannot_be_tagged_is_refused_in_words() -> None:
    mesh = cube(2, 2)
    flat = meshio.Mesh(mesh.points, [("triangle", mesh.facets)])
    half = {"a": [np.arange(5)]}
    with pytest.raises(InputError, match=r"needs tetrahedra.* holds triangle"):
        TetMesh.from_meshio(flat)
    with pytest.raises(InputError, match=r"43 tetrahedra are in no set"):
        TetMesh.from_meshio(meshio.Mesh(mesh.points, [("tetra", mesh.cells)], cell_sets=half))
    with pytest.raises(InputError, match=r"no array 'mine'; there are 'grain_id'"):
        TetMesh.from_meshio(mesh.to_meshio(), "mine")
    with pytest.raises(InputError, match=r"takes a meshio\.Mesh, not str"):
        TetMesh.from_meshio("particle.msh")


@pytest.mark.parametrize("order", [1, 2])
def test_scikit_fem_gets_grains_and_surfaces(order: int) -> None:
    skfem = pytest.importorskip("skfem", reason="pip install 'nmc-mesh[fem]'")
    mesh = cube(8, 2) if order == 1 else with_middles(cube(8, 2))
    solver = mesh.to_skfem()
    element = skfem.ElementTetP1() if order == 1 else skfem.ElementTetP2()
    volume = skfem.LinearForm(lambda v, _: v)
    table = dict(zip(grain_table(mesh)["id"].tolist(), grain_table(mesh)["volume"], strict=True))
    for label, expected in table.items():
        basis = skfem.Basis(solver, element, elements=f"grain_{label:05d}")
        assert volume.assemble(basis).sum() == pytest.approx(expected)
    for name, area in (("outer_surface", 24.0), ("grain_boundary", 12.0)):
        basis = skfem.FacetBasis(solver, element, facets=name)
        assert volume.assemble(basis).sum() == pytest.approx(area)


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "skfem.io.meshio", None)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match="scikit-fem"):
        cube(1, 1).to_skfem()
    with pytest.raises(MissingExtraError, match="needs the package 'pandas'; install it with"):
        cube(1, 1).grain_frame()
