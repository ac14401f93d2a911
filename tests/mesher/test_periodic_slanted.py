"""Periods of any three vectors: as exact and as good as boxes, and the same stuff."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.mechanics.homogenize_periodic import effective_periodic
from nmc_mesh.mesh.periodic import periodic_pairs, seam_facets
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.periodic import tetrahedralize_periodic
from nmc_mesh.particle.periodic import PeriodicCell
from nmc_mesh.particle.periodic_draw import periodic_cell
from nmc_mesh.typing import Floats
from tests.particles import release_seeds


def turn(rng: np.random.Generator) -> Floats:
    """A rotation."""
    frame = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    return frame * np.sign(np.linalg.det(frame))


def vectors(rng: np.random.Generator) -> Floats:
    """Edges 1.5 to 3, sheared by up to a half of the edge they lean along, turned anyhow."""
    edges = np.diag(1.5 * 2.0 ** rng.uniform(0, 1, 3))
    edges[1, 0], edges[2, 0] = rng.uniform(-0.5, 0.5, 2) * edges[0, 0]
    edges[2, 1] = rng.uniform(-0.5, 0.5) * edges[1, 1]
    return edges @ turn(rng)


def drawn(seed: int, grains: int = 8, stretch: float = 0.4) -> PeriodicCell:
    rng = np.random.default_rng(seed)
    rows = vectors(rng)
    frames = np.linalg.qr(rng.normal(size=(grains, 3, 3)))[0]
    diagonals = np.exp(stretch * rng.normal(size=(grains, 3)))
    matrices = np.einsum("nij,nj,nkj->nik", frames, diagonals, frames)
    both = 0.5 * (matrices + matrices.transpose(0, 2, 1))
    seeds = rng.uniform(0, 1, (grains, 3)) @ rows
    return PeriodicCell(GBPD(seeds, both, rng.uniform(0, 0.02, grains)), rows)


def voronoi(seeds: Floats, rows: Floats) -> PeriodicCell:
    return PeriodicCell(GBPD(seeds, [np.eye(3)] * len(seeds), np.zeros(len(seeds))), rows)


def tensors(grains: int, seed: int = 0) -> Floats:
    """Conductivities of grains, positive definite; that of label 0 is nothing."""
    roots = np.random.default_rng(seed).normal(size=(grains, 3, 3))
    own = 0.3 * np.eye(3) + np.einsum("nij,nkj->nik", roots, roots)
    return np.concatenate([0 * own[:1], own])


def assert_tiles(mesh: TetMesh, cell: PeriodicCell) -> None:
    master, slave, shift = periodic_pairs(mesh)
    moves = cell.periods.moves(shift)
    np.testing.assert_array_equal(mesh.points[slave] - mesh.points[master], moves)
    np.testing.assert_array_equal(mesh.points[slave], mesh.points[master] + moves)
    np.testing.assert_array_equal(np.union1d(master, slave), np.unique(mesh.facets[mesh.outer]))
    assert 2 * len(seam_facets(mesh)) == mesh.outer.sum()
    assert abs(quality(mesh).volume.sum() / cell.volume - 1) < 1e-12


@pytest.mark.filterwarnings("ignore:.*are lost")
def test_random_cells_tile_space_and_are_as_good_as_boxes() -> None:
    worst = []
    for seed in release_seeds(30):
        cell = drawn(seed)
        mesh = tetrahedralize_periodic(cell)
        assert_tiles(mesh, cell)
        worst.append(np.degrees(quality(mesh).smallest_angle).min())
    assert min(worst) > 14.0
    assert np.median(worst) > 22.0


def test_cells_of_the_mesh_lie_in_the_grains_that_they_name() -> None:
    cell = drawn(1, 10, stretch=0.2)
    mesh = tetrahedralize_periodic(cell, cell.grain_size / 6)
    middle = mesh.points[mesh.cells].mean(axis=1)
    volume = quality(mesh).volume
    wrong = cell.labels(middle) != mesh.labels
    assert volume[wrong].sum() < 0.005 * cell.volume
    share = cell.periods.fractions(middle)
    assert (share > -1e-9).all()
    assert (share < 1 + 1e-9).all()


def test_labels_are_those_of_all_images_far_around() -> None:
    cell = drawn(7, 5)
    places = np.random.default_rng(0).uniform(-5, 5, (1000, 3))
    steps = np.arange(-3, 4)
    turns = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    inside = places - cell.tiling.moves(np.floor(cell.tiling.fractions(places)))
    costs = np.full((len(places), 5), np.inf)
    for move in cell.tiling.moves(turns):
        costs = np.minimum(costs, cell.tessellation.costs((inside - move)[:, None], np.arange(5)))
    np.testing.assert_array_equal(cell.labels(places), costs.argmin(axis=1) + 1)


def test_grains_are_whole_where_the_seam_follows_them() -> None:
    cell = drawn(5)
    whole, boxed = (tetrahedralize_periodic(cell, seam=seam) for seam in ("grains", "box"))
    assert_tiles(whole, cell)
    validate(whole, whole=True)
    local = tensors(8)
    one, two = effective_periodic(whole, local), effective_periodic(boxed, local)
    np.testing.assert_allclose(one, two, atol=1e-8 * one.max())


def test_other_vectors_of_a_box_give_the_same_stuff() -> None:
    seeds = np.random.default_rng(2).uniform(0, 1.5, (8, 3))
    box, sheared = (
        voronoi(seeds, rows)
        for rows in (1.5 * np.eye(3), 1.5 * np.array([[1, 0, 0], [1, 1, 0], [-2, 1, 1]]))
    )
    places = np.random.default_rng(0).uniform(-9, 9, (1000, 3))
    np.testing.assert_array_equal(box.labels(places), sheared.labels(places))
    meshes = tetrahedralize_periodic(box), tetrahedralize_periodic(sheared)
    assert_tiles(meshes[1], sheared)
    assert np.ptp(meshes[1].points, axis=0).max() > 1.5 * np.ptp(meshes[0].points, axis=0).max()
    one, two = (effective_periodic(mesh, tensors(8)) for mesh in meshes)
    np.testing.assert_allclose(one, two, atol=0.01 * one.max())


def test_a_hexagonal_tiling_is_the_same_in_a_box_of_two_of_its_cells() -> None:
    rows = 1.5 * np.array([[1, 0, 0], [0.5, np.sqrt(3) / 2, 0], [0, 0, 1]])
    seeds = np.random.default_rng(5).uniform(0, 1, (6, 3)) @ rows
    one = voronoi(seeds, rows)
    two = voronoi(np.concatenate([seeds, seeds + rows[1]]), 1.5 * np.array([1, np.sqrt(3), 1]))
    assert not one.tiling.is_box
    local = tensors(6)
    alike = np.concatenate([local, local[1:]])
    slanted, boxed = tetrahedralize_periodic(one, 0.15), tetrahedralize_periodic(two, 0.15)
    single, double = effective_periodic(slanted, local), effective_periodic(boxed, alike)
    np.testing.assert_allclose(single, double, atol=0.015 * single.max())


def test_what_is_turned_has_a_turned_tensor() -> None:
    rng = np.random.default_rng(3)
    seeds, local, frame = rng.uniform(0, 1.5, (8, 3)), tensors(8), turn(rng)
    straight = tetrahedralize_periodic(voronoi(seeds, 1.5 * np.eye(3)))
    turned = tetrahedralize_periodic(voronoi(seeds @ frame.T, 1.5 * frame.T))
    one = frame @ effective_periodic(straight, local) @ frame.T
    two = effective_periodic(turned, frame @ local @ frame.T)
    np.testing.assert_allclose(one, two, atol=0.015 * one.max())


def test_drawn_cells_have_the_period_that_is_asked_for() -> None:
    rows = np.array([[2.0, 0, 0], [1.0, 1.7, 0], [0, 0.3, 2.1]])
    cell = periodic_cell("nmc-equiaxed", 4, grains=12, period=rows)
    np.testing.assert_allclose(cell.period, rows, rtol=1e-11)
    assert cell.n_grains == 12
    half = periodic_cell("nmc-equiaxed", 4, grains=12, period=rows / 2)
    at = np.random.default_rng(0).uniform(0, 1, (500, 3))
    np.testing.assert_array_equal(half.labels(at), cell.labels(2 * at))
    counts = [periodic_cell("nmc-radial", seed, period=0.6 * rows).n_grains for seed in range(40)]
    intensity = periodic_cell("nmc-radial", 0, grains=1000)
    mean = 1000 / intensity.volume * 0.6**3 * abs(np.linalg.det(rows))
    assert abs(np.mean(counts) - mean) < 4 * np.sqrt(mean / len(counts))


def test_what_is_too_flat_or_moved_is_refused() -> None:
    with pytest.raises(InputError, match="nearly in a plane"):
        voronoi(np.zeros((1, 3)), np.array([[1, 0, 0], [1, 1e-7, 0], [0, 0, 1]]))
    with pytest.raises(InputError, match="longer period"):
        voronoi(np.zeros((1, 3)), np.array([[1, 0, 0], [0.02, 0.02, 0], [0, 0, 1]]))
    mesh = tetrahedralize_periodic(drawn(3))
    with pytest.raises(InputError, match="moved or rounded"):
        periodic_pairs(replace(mesh, points=mesh.points * 1.1))
    with pytest.raises(InputError, match="a period of"):
        tetrahedralize_periodic(drawn(3), 0.5)
