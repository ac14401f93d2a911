"""Second-order statistics of sections: what is known of lattices, Voronoi sections and rims."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.sections.second_order import second_order
from nmc_mesh.sections.section import Section


def voronoi(seeds: np.ndarray, side: int) -> Section:
    """Cells of seeds (pixels) on a square, all known."""
    from scipy.spatial import KDTree

    index = np.stack(np.meshgrid(np.arange(side), np.arange(side), indexing="ij"), axis=-1)
    labels = KDTree(seeds).query(index.reshape(-1, 2))[1].reshape(side, side)
    _, numbers = np.unique(labels, return_inverse=True)
    image = LabelImage(numbers.reshape(labels.shape) + 1, 0.1)
    return Section(image, np.ones(labels.shape, bool), np.full(2, 0.05 * side))


def lattice(side: int, edge: float, turned: bool = True) -> np.ndarray:
    """Sites of a triangular or a square lattice."""
    height = edge * np.sqrt(0.75) if turned else edge
    rows = [
        [(column + 0.5 * (row % 2) * turned) * edge, row * height]
        for row in range(int(side / height) + 3)
        for column in range(-1, int(side / edge) + 3)
    ]
    return np.array(rows) + [0.3, 0.4]


def test_a_triangular_lattice_has_the_largest_distances_all_alike() -> None:
    """2 / 3^(1/4) times the root of a cell is the distance of its neighbours."""
    result = second_order(voronoi(lattice(320, 20.0), 320))
    random = np.random.default_rng(0).uniform(-20, 340, (332, 2))
    irregular = second_order(voronoi(random, 320))
    assert result.neighbor_distance == pytest.approx(2 * np.sqrt(2 / np.sqrt(3)), rel=0.05)
    assert result.neighbor_distance > irregular.neighbor_distance + 0.4
    assert result.neighbor_cv < 0.5 * irregular.neighbor_cv


def test_planes_have_two_triple_points_per_grain() -> None:
    random = np.random.default_rng(1).uniform(0, 400, (500, 2))
    assert second_order(voronoi(random, 400)).triple_points == pytest.approx(2.0, rel=0.15)


def test_boundaries_of_a_square_lattice_come_back_after_an_edge() -> None:
    section = voronoi(lattice(320, 16.0, turned=False), 320)
    result = second_order(section)
    assert result.boundaries_middle > 1.1
    assert result.boundaries_middle > result.boundaries_near
    assert result.boundaries_middle > result.boundaries_far


def test_the_size_of_the_grains_does_not_matter() -> None:
    seeds = np.random.default_rng(2).uniform(-0.1, 1.1, (700, 2))
    small, large = (second_order(voronoi(seeds * side, side)) for side in (300, 600))
    np.testing.assert_allclose(small, large, rtol=0.06)


def test_too_few_grains_are_refused() -> None:
    with pytest.raises(InputError, match="shows 0 grains"):
        second_order(voronoi(np.array([[10.0, 10.0], [30.0, 30.0]]), 40))
