"""Parts of meshes are meshes; frames hold the tables."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh import LabelImage, Phases, certify, tetrahedralize, validate
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.tables import boundary_table, grain_table
from tests.meshes import cube, voronoi, with_middles


@pytest.mark.parametrize("order", [1, 2])
def test_parts_add_up_to_the_whole(order: int) -> None:
    mesh = voronoi(12, 5) if order == 1 else with_middles(voronoi(12, 5))
    rest = mesh.grains[mesh.grains != 7]
    first, second = mesh.grain(7), mesh.select(rest)
    validate(first, whole=False)
    validate(second, whole=False)
    assert (first.order, set(first.labels)) == (order, {7})
    assert len(first.cells) + len(second.cells) == len(mesh.cells)
    whole = grain_table(mesh)
    parts = [grain_table(part)["volume"].sum() for part in (first, second)]
    assert parts[0] == pytest.approx(whole["volume"][mesh.grains == 7][0])
    assert sum(parts) == pytest.approx(whole["volume"].sum())
    inside = (mesh.facet_grains == 7).any(axis=1)
    assert len(first.facets) == inside.sum()


def test_a_part_keeps_crystals_and_phases_but_no_certificate() -> None:
    mesh = cube(8, 2)
    turns = np.tile([1.0, 0, 0, 0], (8, 1))
    proof = certify(mesh).facts()
    info = {"orientations": turns, "phases": {"pore": [[8, 8]]}, "certificate": proof}
    part = replace(mesh, info=info).select([3, 8])
    assert part.grains.tolist() == [3]
    assert part.phases == Phases({"pore": [8]})
    assert set(part.info) == {"orientations", "phases"}


def test_walls_of_pores_stay_walls() -> None:
    labels = np.ones((5, 5, 6), dtype=int)
    labels[..., 4:] = 2
    labels[1:4, 1:4, 1:3] = 3
    image = LabelImage(labels, spacing=0.4, phases=Phases({"pore": [3]}))
    mesh = tetrahedralize(image, size=0.3)
    holed, whole = mesh.grain(1), mesh.grain(2)
    assert holed.walls.sum() == mesh.walls.sum() > 0
    assert not whole.walls.any()


def test_grains_that_are_not_there_are_refused() -> None:
    with pytest.raises(InputError, match="has no grain 9; it has 8 labels"):
        cube(8, 2).grain(9)
    with pytest.raises(InputError, match="a grain at least"):
        cube(8, 2).select([])
    with pytest.raises(InputError, match="whole numbers"):
        cube(8, 2).select([1.5])


def test_frames_hold_the_tables_a_column_per_component() -> None:
    pytest.importorskip("pandas", reason="pip install 'nmc-mesh[frames]'")
    mesh = replace(voronoi(12, 5), info={"orientations": np.tile([1.0, 0, 0, 0], (12, 1))})
    grains, boundaries = mesh.grain_frame(), mesh.boundary_frame()
    table = grain_table(mesh)
    assert grains.index.tolist() == table["id"].tolist()
    np.testing.assert_array_equal(grains["centroid_y"], table["centroid"][:, 1])
    np.testing.assert_array_equal(grains["axes_2_z"], table["axes"][:, 1, 2])
    np.testing.assert_array_equal(grains["bunge_Phi"], table["bunge"][:, 1])
    assert {"orientation_w", "c_axis_x", "axis_lengths_3"} <= set(grains.columns)
    assert boundaries["area"].sum() == pytest.approx(boundary_table(mesh)["area"].sum())
    lower, higher = boundaries.index[0]
    assert [lower, higher] in mesh.facet_grains.tolist()
