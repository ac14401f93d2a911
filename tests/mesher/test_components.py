"""Pieces of labels: which are fragments, and where they go."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import cell_volumes, face_areas, whole_grains
from nmc_mesh.typing import Bools, Floats, Ints


def random_soup(seed: int, names: int) -> Soup:
    """A Delaunay mesh of random points whose labels, 0 and below among them, are random."""
    rng = np.random.default_rng(seed)
    points = rng.random((300, 3))
    cells = Delaunay(points).simplices.astype(np.int32)
    turned = cell_volumes(points, cells) < 0
    cells[turned] = cells[turned][:, [1, 0, 2, 3]]
    return Soup(points, cells, rng.integers(-1, names, len(cells)).astype(np.int32))


def pieces(labels: Ints, across: Ints, alike: bool) -> Ints:
    """Number of the piece of every cell, by scipy."""
    cell, face = np.nonzero(across >= 0)
    other = across[cell, face]
    kept = (labels[cell] > 0) & (labels[other] > 0)
    kept &= alike | (labels[cell] == labels[other])
    links = coo_matrix((kept[kept], (cell[kept], other[kept])), shape=(len(labels),) * 2)
    found: Ints = connected_components(links, directed=False)[1]
    return found


def fragments(labels: Ints, across: Ints, volumes: Floats, alike: bool) -> Bools:
    """Cells whose piece is not the largest of its label, or the first of those as large."""
    piece, found = pieces(labels, across, alike), np.zeros(len(labels), dtype=np.bool_)
    for name in [1] if alike else range(1, int(labels.max()) + 1):
        of_name = labels > 0 if alike else labels == name
        sizes = {p: volumes[piece == p].sum() for p in dict.fromkeys(piece[of_name].tolist())}
        if sizes:
            largest = max(sizes, key=sizes.__getitem__)  # the first of equal ones
            found |= of_name & (piece != largest)
    return found


@pytest.mark.parametrize("alike", [False, True])
@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_all_pieces_of_a_label_but_its_largest_are_fragments(
    seed: int, equal: bool, alike: bool
) -> None:
    soup = random_soup(seed, 2 if alike else 5)
    across = neighbours(soup.cells, len(soup.points))
    # As large as each other, whoever is beside whom: all of them the same tetrahedron.
    sized = np.tile(soup.cells[:1], (len(soup.cells), 1)) if equal else soup.cells
    volumes = cell_volumes(soup.points, sized)
    parent = np.arange(len(soup.cells), dtype=np.int32)
    core.unite_cells(soup.labels, across, alike, parent)
    before, fragment = parent.copy(), np.empty(len(parent), dtype=np.bool_)
    core.mark_fragments(soup.points, sized, soup.labels, alike, parent, fragment)
    wanted = fragments(soup.labels, across, volumes, alike)
    assert wanted.any()
    np.testing.assert_array_equal(fragment, wanted)
    np.testing.assert_array_equal(parent, before)


def test_where_no_label_is_above_0_there_are_no_fragments() -> None:
    soup = random_soup(0, 1)
    fragment = np.ones(len(soup.cells), dtype=np.bool_)
    parent = np.arange(len(soup.cells), dtype=np.int32)
    core.mark_fragments(*soup, False, parent, fragment)
    assert not fragment.any()


@pytest.mark.parametrize("inner", [False, True])
def test_afterwards_every_label_is_in_one_piece_and_what_moved_is_counted(inner: bool) -> None:
    soup = random_soup(7, 4)
    across = neighbours(soup.cells, len(soup.points))
    whole, repairs = whole_grains(soup, inner)
    for name in np.unique(whole.labels[whole.labels > 0]):
        piece = pieces(whole.labels, across, alike=False)[whole.labels == name]
        assert len(np.unique(piece)) == 1
    kept = whole.labels > 0
    assert len(np.unique(pieces(whole.labels, across, alike=True)[kept])) == 1
    assert repairs.fragments > 0
    assert repairs.fragment_volume > 0


def test_a_fragment_goes_to_the_label_with_which_it_has_most_surface() -> None:
    """Cells 0 and 3 are of label 1; the smaller, 0, has a large face to 2, a small one to 3."""
    points = np.array(
        [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0.1], [0, 0, -1], [-1, 0, 0], [1, 1, -9]],
        dtype=np.float64,
    )
    cells = np.array([[0, 1, 2, 3], [0, 2, 1, 4], [0, 3, 2, 5], [1, 2, 4, 6]], dtype=np.int32)
    turned = cell_volumes(points, cells) < 0
    cells[turned] = cells[turned][:, [1, 0, 2, 3]]
    labels = np.array([1, 2, 3, 1], dtype=np.int32)
    areas = face_areas(points, cells)
    across = neighbours(cells, len(points))
    assert areas[0][across[0] == 1] > areas[0][across[0] == 2] > 0
    whole, repairs = whole_grains(Soup(points, cells, labels))
    assert whole.labels.tolist() == [2, 2, 3, 1]
    assert repairs.fragments == 1
    assert repairs.fragment_volume == pytest.approx(0.1 / 6)
