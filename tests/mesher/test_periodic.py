"""Periodic meshes: what lies a period apart is one, to the last bit, wherever the seam is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.grains.seeds import PerturbedLattice
from nmc_mesh.mesh.periodic import periodic_pairs, seam_facets
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.periodic import tetrahedralize_periodic
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.periodic import PeriodicCell
from nmc_mesh.particle.periodic_draw import periodic_cell
from nmc_mesh.typing import AnyArray, Floats
from tests.particles import release_seeds


def drawn(seed: int, grains: int = 9, stretch: float = 0.4) -> PeriodicCell:
    """Anisotropic grains in a box of three different edges."""
    rng = np.random.default_rng(seed)
    period = rng.uniform(1.5, 1.9, 3)
    frames = np.linalg.qr(rng.normal(size=(grains, 3, 3)))[0]
    diagonals = np.exp(stretch * rng.normal(size=(grains, 3)))
    matrices = np.einsum("nij,nj,nkj->nik", frames, diagonals, frames)
    seeds = rng.uniform(0, 1, (grains, 3)) * period
    both = 0.5 * (matrices + matrices.transpose(0, 2, 1))
    return PeriodicCell(GBPD(seeds, both, rng.uniform(0, 0.02, grains)), period)


def volumes(mesh: TetMesh, grains: int) -> Floats:
    return np.bincount(mesh.labels, quality(mesh).volume, grains + 1)[1:]


def assert_tiles(mesh: TetMesh, cell: PeriodicCell) -> None:
    """Pairs are exact, no node is left out, every facet of the seam has a partner."""
    master, slave, shift = periodic_pairs(mesh)
    np.testing.assert_array_equal(mesh.points[slave], mesh.points[master] + shift * cell.period)
    np.testing.assert_array_equal(mesh.points[slave] - mesh.points[master], shift * cell.period)
    assert not np.isin(master, slave).any()
    on_seam = np.unique(mesh.facets[mesh.outer])
    np.testing.assert_array_equal(np.union1d(master, slave), on_seam)
    assert abs(quality(mesh).volume.sum() / cell.volume - 1) < 1e-12
    pairs = seam_facets(mesh)
    assert 2 * len(pairs) == mesh.outer.sum()
    assert len(np.unique(pairs)) == pairs.size


def voxel_volumes(cell: PeriodicCell, count: int = 40) -> Floats:
    axes = [(np.arange(count) + 0.5) / count * length for length in cell.period]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    shares = np.bincount(cell.labels(places), minlength=cell.n_grains + 1)[1:] / count**3
    return shares * cell.volume


@pytest.mark.filterwarnings("ignore:.*are lost")
def test_fifty_random_cells_tile_space_and_are_as_good_as_whole_particles() -> None:
    worst, low = [], []
    for seed in release_seeds(50):
        cell = drawn(seed)
        mesh = tetrahedralize_periodic(cell)
        assert_tiles(mesh, cell)
        angles = np.degrees(quality(mesh).smallest_angle)
        worst.append(angles.min())
        low.append(np.percentile(angles, 1))
    assert min(worst) > 14.0
    assert np.median(worst) > 22.0
    assert min(low) > 25.0


def test_grains_have_the_volumes_that_exact_labels_give() -> None:
    cell = drawn(1, 20, stretch=0.2)
    size = cell.grain_size / 6
    mesh = tetrahedralize_periodic(cell, size)
    off = np.abs(volumes(mesh, 20) - voxel_volumes(cell))
    assert off.max() < 0.04 * cell.grain_size**3
    assert np.sqrt((off**2).mean()) < 0.012 * cell.grain_size**3


def test_grains_are_whole_where_the_seam_follows_them() -> None:
    cell = drawn(5)
    whole, boxed = (tetrahedralize_periodic(cell, seam=seam) for seam in ("grains", "box"))
    assert_tiles(whole, cell)
    validate(whole, whole=True)
    assert len(validate(boxed, whole=False).split_grains) > 0
    np.testing.assert_allclose(volumes(whole, 9), volumes(boxed, 9), rtol=1e-12)
    # Cells lie within the box but for what sticks out of its faces, less than a cell.
    reach = 1.5 * boxed.info["size"]
    assert (boxed.points > -reach).all()
    assert (boxed.points < cell.period + reach).all()


def test_a_single_grain_fills_its_period_and_has_no_boundary() -> None:
    cell = PeriodicCell(GBPD([[0.2, 0.3, 5.4]], [np.diag([1.0, 2.0, 1.5])], [0.0]), [1.0, 1.1, 0.9])
    mesh = tetrahedralize_periodic(cell, 0.1)
    assert_tiles(mesh, cell)
    assert mesh.outer.all()


def test_labels_are_those_of_all_images_far_around() -> None:
    cell = drawn(7, 5)
    places = np.random.default_rng(0).uniform(-5, 5, (2000, 3))
    steps = np.arange(-3, 4)
    moves = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    inside = places - np.floor(places / cell.period) * cell.period
    costs = np.full((len(places), 5), np.inf)
    for move in moves:
        costs = np.minimum(
            costs,
            cell.tessellation.costs((inside - move * cell.period)[:, None], np.arange(5)),
        )
    np.testing.assert_array_equal(cell.labels(places), costs.argmin(axis=1) + 1)


def test_the_same_bytes_on_any_number_of_threads() -> None:
    meshes = []
    for threads in (1, 3):
        set_threads(threads)
        meshes.append(tetrahedralize_periodic(drawn(9)))
    set_threads(None)
    for name in ("points", "cells", "labels"):
        assert getattr(meshes[0], name).tobytes() == getattr(meshes[1], name).tobytes()


def test_drawn_cells_have_as_many_grains_as_asked_for_and_scale() -> None:
    small, large = (
        periodic_cell("nmc-radial", 4, grains=20, period=period) for period in (1.0, 4.0)
    )
    assert small.n_grains == large.n_grains == 20
    np.testing.assert_allclose(4 * small.tessellation.seeds, large.tessellation.seeds, rtol=1e-9)
    at = np.random.default_rng(0).uniform(0, 1, (500, 3))
    np.testing.assert_array_equal(small.labels(at), large.labels(4 * at))
    intensity = nmc_mesh.load_model("nmc-radial").grains.intensity  # type: ignore[attr-defined]
    counts = [periodic_cell("nmc-radial", seed, period=1.2).n_grains for seed in range(40)]
    mean = intensity * 1.2**3
    assert abs(np.mean(counts) - mean) < 4 * np.sqrt(mean / len(counts))


@pytest.mark.parametrize(
    ("size", "seam", "words"),
    [(0.5, "box", "at most 0."), (-1, "box", "positive"), (None, "planes", "'box' or 'grains'")],
)
def test_what_cannot_be_meshed_is_refused(size: float | None, seam: AnyArray, words: str) -> None:
    with pytest.raises(InputError, match=words):
        tetrahedralize_periodic(drawn(1), size, seam=seam)


def test_grains_longer_than_periods_are_refused() -> None:
    thin = GBPD([[0, 0, 0], [0.5, 0.5, 0.5]], [np.diag([1e-3, 1.0, 1.0])] * 2, [0, 0])
    with pytest.raises(InputError, match="longer period"):
        PeriodicCell(thin, 1.0)


def test_what_a_period_cannot_have_is_not_left_out_in_silence() -> None:
    model = nmc_mesh.load_model("nmc-equiaxed")
    regular = replace(model, grains=replace(model.grains, seeds=PerturbedLattice(0.3)))
    with pytest.raises(InputError, match="PerturbedLattice; leave 'seeds'"):
        periodic_cell(regular, grains=20)
    with pytest.raises(InputError, match="has pores; leave"):
        periodic_cell(replace(model, pores=nmc_mesh.Pores(0.05)), grains=20)


def test_points_that_were_moved_have_no_pairs() -> None:
    mesh = tetrahedralize_periodic(drawn(3))
    with pytest.raises(InputError, match="moved or rounded"):
        periodic_pairs(replace(mesh, points=mesh.points * 1.1))
