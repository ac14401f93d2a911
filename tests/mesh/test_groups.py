"""Groups: every cell in one, every facet in at most one, ids unique and in range."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.mesh.coloring import proper_coloring
from nmc_mesh.mesh.groups import Blocks, Boundaries, boundary_pairs, groups
from tests.meshes import cube, tet_mesh_from_cells, voronoi

MESH = voronoi(9, 5)


@pytest.mark.parametrize("blocks", ["auto", "grain", "color", "single"])
@pytest.mark.parametrize("boundaries", ["auto", "pairs", "one", "none"])
def test_groups_part_the_mesh(blocks: Blocks, boundaries: Boundaries) -> None:
    found = groups(MESH, blocks, boundaries)
    ids, names = [group.id for group in found], [group.name for group in found]
    assert min(ids) >= 1
    assert len(set(ids)) == len(ids)
    assert len(set(names)) == len(names)
    cells = np.concatenate([group.entities for group in found if group.dim == 3])
    assert np.array_equal(np.sort(cells), np.arange(len(MESH.cells)))
    facets = np.concatenate([group.entities for group in found if group.dim == 2])
    assert len(np.unique(facets)) == len(facets)
    assert (len(facets) == len(MESH.facets)) == (boundaries != "none")


def test_members_are_what_the_name_says() -> None:
    for group in groups(MESH):
        if group.dim == 3:
            assert group.name == f"grain_{group.id:05d}"
            assert (MESH.labels[group.entities] == group.id).all()
        elif group.name == "outer_surface":
            assert (MESH.facet_grains[group.entities, 1] == 0).all()
        elif group.dim == 2:
            lower, higher = group.name.removeprefix("grain_").split("_grain_")
            sides = np.unique(MESH.facet_grains[group.entities], axis=0).tolist()
            assert sides == [[int(lower), int(higher)]]


def test_one_grain_has_no_boundary_group() -> None:
    assert [group.name for group in groups(cube(1))] == ["grain_00001", "outer_surface"]


def test_a_lost_label_leaves_a_gap() -> None:
    mesh = cube(2)
    mesh = tet_mesh_from_cells(mesh.points, mesh.cells, np.where(mesh.labels == 2, 5, 2))
    assert [group.id for group in groups(mesh) if group.dim == 3] == [2, 5]


def test_grains_of_one_color_do_not_touch() -> None:
    mesh = voronoi(60, 8)
    color = np.zeros(61, dtype=int)
    blocks = [group for group in groups(mesh, "color", "one") if group.dim == 3]
    for group in blocks:
        assert group.name == f"color_{group.id:02d}"
        color[np.unique(mesh.labels[group.entities])] = group.id
    pairs, _ = boundary_pairs(mesh)
    assert (color[pairs[:, 0]] != color[pairs[:, 1]]).all()
    # Cells of 60 grains in a cube touch some ten others: four colours cannot do, sixty are no use.
    assert 4 < len(blocks) < 14


def test_a_ring_of_odd_length_needs_three_colors() -> None:
    ring = np.array([(k, (k + 1) % 7) for k in range(7)])
    colors = proper_coloring(ring, 8)
    assert (colors[ring[:, 0]] != colors[ring[:, 1]]).all()
    assert colors.max() == 2
    assert colors[7] == 0


def test_a_layout_that_does_not_fit_names_one_that_does() -> None:
    with pytest.raises(InputError, match=r"holds 20; use boundaries='one'"):
        groups(MESH, "grain", "pairs", largest_id=20)
    with pytest.raises(InputError, match=r"holds 10; use blocks='single'"):
        groups(MESH, "grain", "one", largest_id=10)
    fitting = groups(MESH, largest_id=20)
    assert {group.name for group in fitting if group.dim == 2} == {
        "outer_surface",
        "grain_boundary",
    }
    assert max(group.id for group in groups(MESH, largest_id=10)) <= 10


def test_unknown_layouts_are_refused() -> None:
    with pytest.raises(InputError, match="blocks must be"):
        groups(MESH, "grains")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="boundaries must be"):
        groups(MESH, "grain", "all")  # type: ignore[arg-type]
