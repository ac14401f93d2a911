"""The graded lattice: balanced, conforming, of good cells, small where it has to be."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import Particle, load_model
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.cleave import NO_ANCHORS, cleave_lattice
from nmc_mesh.mesher.components import cell_volumes
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.mesher.gradation import octree_for
from nmc_mesh.mesher.lattice import Lattice, cubic_over
from nmc_mesh.mesher.octree import Octree, graded_lattice, octree_over
from nmc_mesh.mesher.sizes import read_sizes
from nmc_mesh.progress import silent
from nmc_mesh.typing import Bools, Floats

SEED = 1 + int(np.random.default_rng().integers(1 << 30))
"""Fresh in every run."""


@pytest.fixture(scope="module")
def particle() -> Particle:
    return load_model("nmc-radial").sample(SEED, 1.2)


def random_tree(seed: int, depth: int) -> Octree:
    """An octree that is split about some random points, at random depths."""
    rng = np.random.default_rng(seed)
    points, reach = rng.uniform(0, 1, (4, 3)), 0.05 * 2 ** rng.uniform(-3, 0, 4)

    def large(centres: Floats, edge: float) -> Bools:
        far = np.linalg.norm(centres[:, None] - points, axis=2) - reach
        return np.asarray((far < edge).any(axis=1))

    return octree_over(np.zeros(3), np.ones(3), 0.05, depth, large)


@pytest.mark.parametrize("number", range(5))
def test_an_octree_is_balanced_and_fills_its_box(number: int) -> None:
    tree = random_tree(SEED + number, 1 + number % 4)
    filled = sum(len(level.key) * 8**k for k, level in enumerate(tree.levels))
    assert filled == tree.shape.prod()
    # The leaf that holds each of the smallest cells: neighbours differ by a factor of 2 at most.
    cells = np.stack(np.unravel_index(np.arange(tree.shape.prod()), tree.shape), axis=-1)
    edges = tree.edges_at(tree.lower + tree.a * (cells + 0.5)).reshape(tree.shape)
    for axis in range(3):
        lines = np.moveaxis(edges, axis, 0)
        assert np.allclose(abs(np.log2(lines[1:] / lines[:-1])), 0.0, atol=1.0 + 1e-9)


def lattice_of(particle: Particle, **asked: float) -> tuple[Octree, Lattice]:
    size = particle.grain_size / 10
    sizes = read_sizes(size, None, asked["growth"], particle.n_grains, *particle.bounds())
    tree = octree_for(particle, sizes)
    return tree, graded_lattice(tree, exact_field(particle, tree.lower, tree.upper, size))


def test_a_graded_lattice_conforms_and_its_cells_are_good(particle: Particle) -> None:
    tree, grid = lattice_of(particle, growth=0.5)
    assert sum(len(level.key) > 0 for level in tree.levels) > 1
    points, cells = np.ascontiguousarray(grid.places[:, :3]), np.ascontiguousarray(grid.tets[:, :4])
    volume = cell_volumes(points, cells) / (tree.a**3 / 12)
    assert volume.min() == pytest.approx(1.0)
    # Every face belongs to two cells, but those on the rim, where cells far outside are left out.
    across = neighbours(cells, len(points))
    faces = cells[:, [[1, 2, 3], [2, 3, 0], [3, 0, 1], [0, 1, 2]]]
    rim = points[faces[across < 0]].mean(axis=1)
    own = particle.tessellation.labels(rim)
    assert not np.isin(own, particle.kept).any()
    corners = points[cells]
    sides = corners[:, [1, 2, 3, 2, 3, 3]] - corners[:, [0, 0, 0, 1, 1, 2]]
    spread = np.linalg.norm(sides, axis=2)
    assert (spread.max(axis=1) / spread.min(axis=1)).max() <= 2.0 + 1e-9


def test_cleaving_a_graded_lattice_gives_the_exact_volumes(particle: Particle) -> None:
    tree, grid = lattice_of(particle, growth=0.5)
    field = exact_field(particle, tree.lower, tree.upper, tree.a)
    soup = cleave_lattice(field, grid, NO_ANCHORS, silent)
    volumes = cell_volumes(soup.points, soup.cells)
    assert volumes.min() > 0
    lower, upper = particle.bounds()  # nothing is repaired: fragments count here and there
    even = cleave_lattice(field, cubic_over(lower, upper, tree.a), NO_ANCHORS, silent)
    wanted = cell_volumes(even.points, even.cells)[even.labels > 0].sum()
    assert volumes[soup.labels > 0].sum() == pytest.approx(wanted, rel=1e-3)
