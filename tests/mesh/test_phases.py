"""Meshes of several phases: walls of voids stay known without cells, whatever is done to a mesh."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.io import FORMATS, read, write
from nmc_mesh.mesh.first_order import first_order
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.phases import solids, without_voids
from nmc_mesh.mesh.surfaces import interfaces
from nmc_mesh.mesh.tables import boundary_table, grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.meshes import voronoi

PHASES = Phases({"pore": [2, 5], "crack": [7], "electrolyte": [11, 12]})
TABLE = {"phases": PHASES.plain()}
READABLE = [suffix for suffix, form in FORMATS.items() if form.read]


def whole(seed: int = 0) -> TetMesh:
    return replace(voronoi(12, 5, seed), info=TABLE)


def holed(seed: int = 0) -> TetMesh:
    mesh = whole(seed)
    cells, labels = np.array(mesh.cells), np.array(mesh.labels)
    return without_voids(np.array(mesh.points), cells, labels, PHASES, TABLE)


def named(mesh: TetMesh, **layout: Any) -> dict[str, int]:
    return {group.name: len(group.entities) for group in groups(mesh, **layout)}


@pytest.mark.parametrize("seed", range(4))
def test_a_void_without_cells_keeps_its_wall(seed: int) -> None:
    full, mesh = whole(seed), holed(seed)
    validate(mesh, whole=False)
    void = PHASES.mask("void", np.arange(13))
    sides = np.sort(full.facet_grains, axis=1)
    walls = void[sides].sum(axis=1) == 1
    walls &= sides[:, 0] > 0
    assert mesh.walls.sum() == walls.sum() > 0
    assert not void[mesh.labels].any()
    assert void[mesh.facet_grains[mesh.walls, 1]].all()
    assert (mesh.facet_cells[mesh.walls, 0] >= 0).all()
    assert mesh.outer.sum() == (full.outer & ~void[full.facet_grains[:, 0]]).sum()
    assert (mesh.outer | mesh.walls | mesh.inner).all()


@pytest.mark.parametrize("seed", range(4))
def test_walls_turn_into_their_void_and_close_it_with_its_opening(seed: int) -> None:
    """The volume inside walls and opening is that of the cells that were there."""
    surface, full = interfaces(holed(seed)), whole(seed)
    volumes = interfaces(full).volumes()
    closed = [n for n in (2, 5, 7) if not (full.facet_grains == [n, 0]).all(axis=1).any()]
    for label in closed:
        assert surface.volumes()[label] == pytest.approx(volumes[label], abs=1e-12)
    corners = surface.points[surface.triangles]
    turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros((13, 3))
    for side, sign in ((0, 1.0), (1, -1.0)):
        np.add.at(total, surface.grains[:, side], sign * turned)
    solid = PHASES.mask("solid", np.arange(13)) | PHASES.mask("fluid", np.arange(13))
    np.testing.assert_allclose(total[solid], 0.0, atol=1e-12)


@pytest.mark.parametrize("suffix", READABLE)
@pytest.mark.parametrize("mesh", [whole(), holed()], ids=["cells", "walls"])
@pytest.mark.parametrize("blocks", ["grain", "color", "single"])
def test_a_format_keeps_phases_and_walls(
    tmp_path: Path, suffix: str, mesh: TetMesh, blocks: Any
) -> None:
    write(tmp_path / f"a{suffix}", mesh, blocks=blocks)
    again = read(tmp_path / f"a{suffix}")
    assert again.phases == PHASES
    for part in ("labels", "facets", "facet_grains", "facet_cells", "edges", "quadruple_points"):
        np.testing.assert_array_equal(getattr(again, part), getattr(mesh, part))


@pytest.mark.parametrize(("first", "second"), list(permutations(READABLE, 2))[::5])
def test_a_conversion_keeps_them(tmp_path: Path, first: str, second: str) -> None:
    write(tmp_path / f"a{first}", holed())
    write(tmp_path / f"b{second}", read(tmp_path / f"a{first}"))
    np.testing.assert_array_equal(read(tmp_path / f"b{second}").facet_grains, holed().facet_grains)


def test_groups_are_named_by_phases_and_hold_every_cell_and_facet_once() -> None:
    for mesh in (whole(), holed()):
        for blocks in ("grain", "color", "single"):
            found = groups(mesh, blocks, "pairs")
            assert len({group.id for group in found}) == len(found)
            for dim, count in ((3, len(mesh.cells)), (2, len(mesh.facets))):
                every = np.concatenate([g.entities for g in found if g.dim == dim])
                np.testing.assert_array_equal(np.sort(every), np.arange(count))
    cells = {group.name for group in groups(whole(), "grain") if group.dim == 3}
    assert {"grain_00001", "pore_00002", "pore_00005", "crack", "electrolyte_00011"} <= cells
    assert "grain_00002" not in cells
    few = named(whole(), blocks="single", boundaries="one")
    assert {"particle", "pore", "crack", "electrolyte", "grain_boundary", "pore_surface"} <= set(
        few
    )
    assert "domain_boundary" in few
    assert "particle_electrolyte" in few
    assert few["electrolyte"] == np.isin(whole().labels, [11, 12]).sum()
    plain = named(replace(whole(), info={}), blocks="grain")
    assert not {"pore_surface", "domain_boundary"} & set(plain)


def test_without_boundaries_only_facets_with_one_cell_have_groups() -> None:
    found = named(holed(), boundaries="none")
    surfaces = {"outer_surface", "domain_boundary", "pore_surface", "crack_surface"}
    assert surfaces <= set(found)
    assert not {"particle_electrolyte", "grain_boundary"} & set(found)


def test_second_order_and_back_keep_walls() -> None:
    mesh = holed()
    curved = second_order(mesh)
    validate(curved, whole=False)
    np.testing.assert_array_equal(curved.facet_grains, mesh.facet_grains)
    np.testing.assert_array_equal(first_order(curved).facet_grains, mesh.facet_grains)
    straight, bent = grain_table(mesh), grain_table(curved)
    np.testing.assert_allclose(bent["volume"], straight["volume"], rtol=1e-12)


def test_solids_are_the_same_whether_voids_had_cells() -> None:
    for seed in range(4):
        one, other = solids(whole(seed)), solids(holed(seed))
        for part in ("points", "cells", "facets", "facet_grains", "edges", "quadruple_points"):
            np.testing.assert_array_equal(getattr(one, part), getattr(other, part))
        validate(one, whole=False)
        assert set(one.grains) == set(one.labels.tolist())
        assert solids(one) is one
        fluid = PHASES.mask("fluid", np.arange(13))
        mesh = whole(seed)
        meeting = fluid[mesh.facet_grains].sum(axis=1) == 1
        meeting &= PHASES.mask("solid", mesh.facet_grains).any(axis=1)
        bare = (mesh.outer & PHASES.mask("solid", mesh.facet_grains[:, 0])).sum()
        assert one.outer.sum() == meeting.sum() + bare


def test_tables_of_grains_hold_grains_alone() -> None:
    mesh = whole()
    table = grain_table(mesh)
    assert table["id"].tolist() == [1, 3, 4, 6, 8, 9, 10]
    plain = grain_table(replace(mesh, info={}))
    rows = table["id"] - 1
    np.testing.assert_array_equal(table["volume"], plain["volume"][rows])
    np.testing.assert_array_equal(table["axis_lengths"], plain["axis_lengths"][rows])
    pairs = boundary_table(mesh)
    assert np.isin(pairs["lower"], table["id"]).all()
    assert np.isin(pairs["higher"], table["id"]).all()
    areas = phase_table(mesh)["area"]
    walls = areas["pore_surface"] + areas["crack_surface"]
    assert table["void_area"].sum() == pytest.approx(walls)
    assert table["outer_area"].sum() == pytest.approx(
        areas["outer_surface"] + areas["particle_electrolyte"]
    )
    np.testing.assert_allclose(table["void_area"], grain_table(holed())["void_area"])
    volumes = phase_table(mesh)["volume"]
    assert sum(volumes.values()) == pytest.approx(8.0)


def test_walls_that_do_not_fit_the_cells_are_refused(tmp_path: Path) -> None:
    mesh = holed()
    wrong = np.array(mesh.facet_grains)
    wrong[np.flatnonzero(mesh.walls)[0], 0] = 12
    with pytest.raises(MeshError, match="other grains"):
        validate(replace(mesh, facet_grains=wrong), whole=False)
    from nmc_mesh.mesh.tagging import tagged, wall_runs

    with pytest.raises(InputError, match="leave 'walls' out"):
        tagged(mesh.points, mesh.cells[:9], mesh.labels[:9], {**TABLE, **wall_runs(mesh)})
    with pytest.raises(InputError, match="runs"):
        tagged(mesh.points, mesh.cells, mesh.labels, {"walls": [[1, -5]]})


def test_only_solids_are_split() -> None:
    with pytest.raises(InputError, match="solids"):
        split_boundaries(whole())
    body = solids(whole())
    split = split_boundaries(body)
    between = PHASES.mask("solid", body.facet_grains).all(axis=1)
    assert len(split.wedges) <= between.sum()
    np.testing.assert_array_equal(np.unique(np.isin(split.wedge_grains, body.grains)), [True])


def image(seed: int, voids: bool = True) -> LabelImage:
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, 9, (8, 3))
    places = np.stack(np.indices((9, 9, 9)), axis=-1).reshape(-1, 3) + 0.5
    nearest = ((places[:, None] - seeds) ** 2).sum(axis=2).argmin(axis=1) + 1
    phases = Phases({"pore": [2, 3]} if voids else {"electrolyte": [2]})
    labels = nearest.reshape(9, 9, 9)
    labels[0, 0] = 0
    return LabelImage(labels, 0.1, phases=phases)


@pytest.mark.parametrize("seed", range(3))
def test_voxels_know_walls_as_tetrahedra_do(seed: int) -> None:
    source = image(seed)
    mesh, full = voxel_mesh(source), voxel_mesh(source, keep_voids=True)
    void = source.phases.mask("void", np.arange(9))
    assert len(full.cells) - len(mesh.cells) == np.isin(source.labels, [2, 3]).sum()
    sides = full.facet_grains
    wanted = (void[sides].sum(axis=1) == 1) & (sides > 0).all(axis=1)
    assert mesh.walls.sum() == wanted.sum()
    corners = mesh.points[mesh.facets]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inside = mesh.points[mesh.cells[mesh.facet_cells[:, 0]]].mean(axis=1)
    assert (((corners.mean(axis=1) - inside) * normal).sum(axis=1) > 0).all()
    ends = mesh.edges.ravel()
    assert ends.min() >= 0
    assert mesh.quadruple_points.min() >= 0
    used = np.zeros(len(mesh.points), dtype=bool)
    used[mesh.cells] = True
    assert used.all()


def test_an_image_is_meshed_without_its_voids() -> None:
    source = image(1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mesh = tetrahedralize(source, size=0.15)
        full = tetrahedralize(source, size=0.15, keep_voids=True)
    validate(mesh, whole=False)
    assert not np.isin(mesh.labels, [2, 3]).any()
    assert np.isin(full.labels, [2, 3]).any()
    held = full.labels[~np.isin(full.labels, [2, 3])]
    np.testing.assert_array_equal(held, mesh.labels)
    with pytest.raises(InputError, match="--keep-voids"):
        tetrahedralize(LabelImage(np.ones((3, 3, 3), int), 0.1, phases=Phases({"pore": [1]})))
