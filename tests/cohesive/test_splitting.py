"""Splitting: fans, not grains, decide how many copies a node gets; volume and tags stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from nmc_mesh.cohesive.choice import chosen_facets, parsed
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.groups import split_groups, wedge_groups, wedge_table
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.edges import PAIRS
from nmc_mesh.mesh.groups import boundary_pairs, groups
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Bools
from tests.cohesive.threads import splits_the_same_on_any_number_of_threads
from tests.meshes import cube, lattice, tet_mesh_from_cells, voronoi


def fans(mesh: TetMesh, opened: Bools) -> AnyArray:
    """Copies of every node by brute force: components of its places in cells joined by faces."""
    shut = {tuple(sorted(facet)) for facet in mesh.facets[opened, :3].tolist()}
    faces: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for cell, nodes in enumerate(mesh.cells.tolist()):
        for k in range(4):
            face = tuple(sorted(nodes[:k] + nodes[k + 1 : 4]))
            faces.setdefault(face, []).append((cell, k))
    place = {
        (c, v): i for i, (c, v) in enumerate((c, v) for c, r in enumerate(mesh.cells) for v in r)
    }
    joined = []
    for face, sides in faces.items():
        if len(sides) == 2 and face not in shut:
            (one, corner), (two, _) = sides
            off = [4 + e for e, pair in enumerate(PAIRS.tolist()) if corner in pair]
            nodes = np.delete(mesh.cells[one], [corner, *off[: mesh.cells.shape[1] - 4]])
            joined += [(place[one, v], place[two, v]) for v in nodes]
    rows, columns = np.array(joined).T if joined else np.empty((2, 0), dtype=int)
    graph = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(place),) * 2)
    _, name = connected_components(graph, directed=False)
    found = np.unique(np.stack([mesh.cells.ravel(), name], axis=1), axis=0)[:, 0]
    count = np.bincount(found, minlength=len(mesh.points))
    touched = np.zeros(len(mesh.points), dtype=bool)
    touched[mesh.facets[opened]] = True
    if np.array_equal(opened, mesh.inner):
        touched |= shared(mesh)
    return np.where(touched, count, 1)


def shared(mesh: TetMesh) -> Bools:
    """Nodes that two grains or more have."""
    pairs = np.stack([mesh.cells.ravel(), np.repeat(mesh.labels, mesh.cells.shape[1])], axis=1)
    return np.bincount(np.unique(pairs, axis=0)[:, 0], minlength=len(mesh.points)) > 1


def check(mesh: TetMesh, split: CohesiveMesh) -> None:
    """What must hold of every split mesh."""
    assert np.array_equal(split.mesh.points, mesh.points[split.origin])
    assert np.array_equal(split.origin[split.mesh.cells], mesh.cells)
    assert np.array_equal(split.origin[split.mesh.facets], mesh.facets)
    assert np.array_equal(split.origin[: len(mesh.points)], np.arange(len(mesh.points)))
    assert len(np.unique(split.mesh.cells)) == len(split.mesh.points)
    opened = np.zeros(len(mesh.facets), dtype=bool)
    opened[split.wedge_facets] = True
    assert np.array_equal(np.bincount(split.origin), fans(mesh, opened))
    assert (split.lower != split.higher).any(axis=1).all()
    lower, higher = split.mesh.facet_cells[split.wedge_facets].T
    for cells, side in ((lower, split.lower), (higher, split.higher)):
        assert (side[:, :, None] == split.mesh.cells[cells][:, None, :]).any(axis=2).all()
    p = split.mesh.points
    a, b, c = (p[split.wedges[:, k]] for k in range(3))
    towards = p[split.mesh.cells[higher]].mean(axis=1) - a
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), towards) > 0).all()
    before, after = grain_table(mesh), grain_table(split.mesh)
    for name in ("id", "volume", "centroid", "outer_area", "neighbours"):
        assert np.array_equal(before[name], after[name])
    names = [(group.dim, group.id, group.name) for group in groups(mesh)]
    assert [(group.dim, group.id, group.name) for group in groups(split.mesh)] == names


def test_two_grains_part_on_a_plane() -> None:
    """A plane of 5 x 5 nodes is doubled, all of it: it ends on the outer surface."""
    mesh = cube(2)
    split = split_boundaries(mesh)
    check(mesh, split)
    assert len(split.mesh.points) == len(mesh.points) + 25
    assert len(split.wedges) == 32
    assert wedge_table(split)["area"] == pytest.approx([4.0])
    assert np.array_equal(split.wedge_grains, np.tile([1, 2], (32, 1)))


def test_eight_octants_meet_in_eight_copies() -> None:
    mesh = cube(8)
    split = split_boundaries(mesh)
    check(mesh, split)
    count = np.bincount(split.origin)
    assert count.max() == 8
    assert count[np.linalg.norm(mesh.points, axis=1) == 0] == [8]
    assert len(split.mesh.points) == 8 * 27


def test_the_front_of_a_crack_keeps_its_nodes() -> None:
    """Of two boundaries in one plane one opens: on their common line nodes stay single."""
    mesh = cube(8)
    split = split_boundaries(mesh, [(1, 2)])
    check(mesh, split)
    count = np.bincount(split.origin)
    x, y, z = mesh.points.T
    assert (count[(x == 0) & (y < 0) & (z < 0)] == 2).all()
    assert (count[(y == 0) | (z == 0)] == 1).all()


def test_a_triple_line_has_as_many_copies_as_fans() -> None:
    """Four wedges of grains around the z axis: opening 0 to 4 of the boundaries between them."""
    points, cells = lattice(4)
    x, y, _ = points[cells].mean(axis=1).T
    mesh = tet_mesh_from_cells(points, cells, 1 + (x > 0) + 2 * (y > 0))
    axis = np.flatnonzero((mesh.points[:, :2] == 0).all(axis=1))
    around = [(1, 2), (2, 4), (3, 4), (1, 3)]
    for opened, copies in ((1, 1), (2, 2), (3, 3), (4, 4)):
        split = split_boundaries(mesh, around[:opened])
        check(mesh, split)
        assert (np.bincount(split.origin)[axis] == copies).all()


def test_pinched_edges_part_by_fans_not_by_grains() -> None:
    """Two grains like a chessboard of 2 x 2 columns: two grains, four fans on the middle line."""
    points, cells = lattice(4)
    x, y, _ = points[cells].mean(axis=1).T
    mesh = tet_mesh_from_cells(points, cells, 1 + ((x > 0) ^ (y > 0)))
    split = split_boundaries(mesh)
    check(mesh, split)
    middle = (mesh.points[:, :2] == 0).all(axis=1)
    assert (np.bincount(split.origin)[middle] == 4).all()


def test_pinched_columns_that_meet_elsewhere_share_nodes() -> None:
    """Joined below, the columns of one grain are one fan at the lowest node of the line only."""
    points, cells = lattice(4)
    x, y, z = points[cells].mean(axis=1).T
    labels = np.where(z < 0, 1, 1 + ((x > 0) ^ (y > 0)))
    mesh = tet_mesh_from_cells(points, cells, labels)
    split = split_boundaries(mesh)
    check(mesh, split)
    count = np.bincount(split.origin)
    line = (mesh.points[:, :2] == 0).all(axis=1)
    z = mesh.points[:, 2]
    assert (count[line & (z > 0)] == 4).all()
    assert (count[line & (z == 0)] == 3).all()
    assert (count[z < 0] == 1).all()


@given(st.integers(2, 14), st.integers(0, 50), st.integers(0, 2**14 - 1))
def test_any_choice_of_boundaries(grains: int, seed: int, bits: int) -> None:
    mesh = voronoi(grains, 3, seed)
    pairs, _ = boundary_pairs(mesh)
    chosen = pairs[[bool(bits >> (k % 14) & 1) for k in range(len(pairs))]]
    if not len(chosen):
        return
    opened = chosen_facets(mesh, chosen)
    if fans(mesh, opened).max() == 1:
        with pytest.raises(InputError, match="cannot open"):
            split_boundaries(mesh, chosen)
        return
    split = split_boundaries(mesh, chosen[:, ::-1])
    check(mesh, split)
    table = wedge_table(split)
    opened[split.wedge_facets] = False
    pairs = np.stack([table["lower"], table["higher"]], axis=1)
    found = np.unique(np.concatenate([pairs, mesh.facet_grains[opened]]), axis=0)
    assert np.array_equal(found, chosen)


def test_the_table_of_wedges_is_that_of_boundaries() -> None:
    mesh = voronoi(12, 5)
    wedges, boundaries = wedge_table(split_boundaries(mesh)), boundary_table(mesh)
    assert np.array_equal(wedges["wedges"], boundaries["facets"])
    np.testing.assert_allclose(wedges["area"], boundaries["area"], rtol=1e-12)


def test_triple_lines_and_quadruple_points_hold_all_copies() -> None:
    mesh = voronoi(12, 5)
    split = split_boundaries(mesh)
    lines, points = split.mesh.edges, split.mesh.quadruple_points
    assert {tuple(sorted(edge)) for edge in split.origin[lines].tolist()} == {
        tuple(sorted(edge)) for edge in mesh.edges.tolist()
    }
    assert np.array_equal(np.unique(split.origin[points]), np.sort(mesh.quadruple_points))
    assert len(points) == np.bincount(split.origin)[mesh.quadruple_points].sum()
    ends = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]
    cells = np.sort(split.mesh.cells, axis=1)
    known = {tuple(row) for i, j in ends for row in cells[:, [i, j]].tolist()}
    assert {tuple(row) for row in lines.tolist()} <= known


def test_groups_of_wedges() -> None:
    split = split_boundaries(voronoi(12, 5))
    table = wedge_table(split)
    found = wedge_groups(split, "pairs", 100)
    assert [group.id for group in found] == list(range(100, 100 + len(table["lower"])))
    assert [len(group.entities) for group in found] == table["wedges"].tolist()
    assert found[0].name == f"cohesive_{table['lower'][0]:05d}_{table['higher'][0]:05d}"
    for group, low, high in zip(found, table["lower"], table["higher"], strict=True):
        assert (split.wedge_grains[group.entities] == [low, high]).all()
    (one,) = wedge_groups(split, "one", 7)
    assert (one.name, one.id, len(one.entities)) == ("cohesive", 7, len(split.wedges))


def test_ids_of_wedges_follow_those_of_the_mesh() -> None:
    split = split_boundaries(voronoi(12, 5))
    found, wedges = split_groups(split)
    ids = [group.id for group in found + wedges]
    assert len(set(ids)) == len(ids)
    assert min(group.id for group in wedges) == 1 + max(group.id for group in found)
    assert [group.name for group in split_groups(split, boundaries="one")[1]] == ["cohesive"]
    room = wedges[-1].id
    assert split_groups(split, largest_id=room)[1][-1].id == room
    assert [group.name for group in split_groups(split, largest_id=room - 1)[1]] == ["cohesive"]
    with pytest.raises(InputError, match="boundaries='one'"):
        split_groups(split, boundaries="pairs", largest_id=room - 1)


def test_any_number_of_threads_gives_the_same() -> None:
    mesh = voronoi(40, 24)
    splits_the_same_on_any_number_of_threads(mesh)


def test_texts_of_choices() -> None:
    assert parsed(" all") == "all"
    assert parsed("angle:15-180deg") == pytest.approx((np.pi / 12, np.pi))
    assert np.array_equal(parsed("12-15, 4-3"), [[12, 15], [4, 3]])


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("some", "boundaries are 'all', pairs"),
        ("1-2,3", "boundaries are 'all', pairs"),
        ("angle:1.2.3-4deg", "a number that is none"),
        ("angle:40-20deg", "an empty range"),
        ("1-99", "grains 1 and 99 have no common boundary"),
        ("angle:15-180deg", "no orientations"),
        ([[1.0, 2.0]], "expected whole numbers"),
        ([], "expected whole numbers"),
        ([[1, 2, 3]], "expected whole numbers"),
    ],
)
def test_bad_choices(choice: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        split_boundaries(cube(2), choice)


def test_boundaries_by_disorientation() -> None:
    """Grains turned about c, by these angles modulo the 120 degrees of the three-fold axis."""
    angles = np.radians([0.0, 30.0, 120.0, 10.0, 0.0, 40.0, 0.0, 240.0])
    half = np.stack([np.cos(angles / 2), 0 * angles, 0 * angles, np.sin(angles / 2)], axis=1)
    mesh = replace(cube(8), info={"orientations": half})
    split = split_boundaries(mesh, "angle:15-60deg")
    check(mesh, split)
    table = wedge_table(split)
    found = list(zip(table["lower"].tolist(), table["higher"].tolist(), strict=True))
    assert found == [(1, 2), (2, 4), (5, 6), (6, 8)]
    with pytest.raises(InputError, match="no boundary has a disorientation of 70 to 90 degrees"):
        split_boundaries(mesh, "angle:70-90deg")
    with pytest.raises(InputError, match=r"orientations have shape \(7, 4\), expected \(8, 4\)"):
        split_boundaries(replace(mesh, info={"orientations": half[:7]}), "angle:15-60deg")


def test_no_boundary_is_chosen_twice_by_the_order_of_its_grains() -> None:
    mesh = cube(2)
    assert chosen_facets(mesh, [(2, 1), (1, 2)]).sum() == 32


def test_meshes_that_cannot_be_split() -> None:
    split = split_boundaries(cube(2))
    again = (split, split.mesh, tagged(split.mesh.points, split.mesh.cells, split.mesh.labels))
    for mesh in again:
        with pytest.raises(InputError, match="split already"):
            split_boundaries(mesh)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="no boundaries between grains"):
        split_boundaries(cube(1))


def test_hexahedra_are_refused() -> None:
    image = LabelImage(np.array([[[1]], [[2]]], dtype=np.int32), 1.0)
    with pytest.raises(InputError, match="mesh the labels with tetrahedra"):
        split_boundaries(voxel_mesh(image))  # type: ignore[arg-type]


def test_values_are_checked() -> None:
    split = split_boundaries(cube(2))
    with pytest.raises(InputError, match="wedges has shape"):
        replace(split, wedges=split.wedges[:, :5])
    with pytest.raises(InputError, match="copies of the same vertices"):
        replace(split, wedges=split.wedges[:, [0, 1, 2, 4, 3, 5]])
    with pytest.raises(InputError, match="the facet that it opens"):
        replace(split, wedges=split.wedges[:, [3, 4, 5, 0, 1, 2]])
    assert not split.wedges.flags.writeable
    assert split.nodes_before == len(cube(2).points)
