"""Periodic homogenization: exact for layers, between the bounds, blind to where the seam is."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mechanics.homogenize import effective
from nmc_mesh.mechanics.homogenize_periodic import effective_periodic
from nmc_mesh.mesher.periodic import tetrahedralize_periodic
from nmc_mesh.particle.periodic import PeriodicCell
from nmc_mesh.particle.periodic_draw import periodic_cell
from nmc_mesh.typing import Floats
from tests.mesher.test_periodic_images import tiles
from tests.meshes import cube

NMC = load_material("nmc811")


def tensors(grains: int, kind: str) -> Floats:
    turns = np.roll(Rotation.random(grains, rng=1).as_quat(), 1, axis=1)
    if kind == "diffusion":
        own = turned_tensors(NMC.diffusion_tensor(0.4), turns)
    else:
        own = turned_stiffness(NMC.stiffness, turns)
    return np.concatenate([0 * own[:1], own])


@pytest.mark.parametrize("kind", ["diffusion", "elasticity"])
def test_it_lies_between_the_bounds_and_does_not_see_the_seam(kind: str) -> None:
    cell = periodic_cell("nmc-equiaxed", 2, grains=10)
    local = tensors(10, kind)
    whole, boxed = (tetrahedralize_periodic(cell, seam=seam) for seam in ("grains", "box"))
    one, two = effective_periodic(whole, local), effective_periodic(boxed, local)
    np.testing.assert_allclose(one, two, atol=1e-8 * one.max())
    for mesh in (whole, boxed) if kind == "diffusion" else (boxed,):
        bounds = effective(mesh, local)
        order = [bounds.reuss, bounds.flux, one, bounds.gradient, bounds.voigt]
        for low, high in itertools.pairwise(order):
            assert np.linalg.eigvalsh(high - low).min() > -1e-6 * one.max()


def test_a_cell_that_is_moved_has_the_same_effect_to_the_meshes_error() -> None:
    cell = periodic_cell("nmc-equiaxed", 2, grains=10)
    seeds = cell.tessellation.seeds + cell.period / 3
    moved = PeriodicCell(
        GBPD(seeds, cell.tessellation.matrices, cell.tessellation.offsets), cell.period
    )
    local = tensors(10, "diffusion")
    one, two = (effective_periodic(tetrahedralize_periodic(c), local) for c in (cell, moved))
    np.testing.assert_allclose(one, two, atol=0.02 * one.max())


def test_layers_conduct_in_series_along_and_in_parallel_across() -> None:
    pair = GBPD([[0.5, 1, 1], [1.5, 1, 1]], [np.eye(3)] * 2, [0, 0])
    mesh = tetrahedralize_periodic(PeriodicCell(pair, 2.0), 0.25)
    local = np.array([0.0, 1.0, 3.0])[:, None, None] * np.eye(3)
    np.testing.assert_allclose(effective_periodic(mesh, local), np.diag([1.5, 2, 2]), atol=0.01)
    # Two planes of area 4 um^2 in 8 um^3, one of them on the seam or near it.
    more = effective_periodic(mesh, local, boundary=0.5) - effective_periodic(mesh, local)
    np.testing.assert_allclose(more.diagonal(), [0.0, 0.5, 0.5], atol=0.02)


def test_layers_of_an_image_are_exact_and_nothing_counts_as_nothing() -> None:
    layers = np.array([1, 2, 2, 1, 0, 0, 1, 1])[:, None, None] * np.ones((1, 6, 6), int)
    local = np.array([0.0, 1.0, 3.0])[:, None, None] * np.eye(3)
    porous = tetrahedralize_periodic(LabelImage(layers, [0.25, 0.3, 0.2]))
    np.testing.assert_allclose(
        effective_periodic(porous, local), np.diag([0, 1.25, 1.25]), atol=4e-3
    )
    dense = tetrahedralize_periodic(LabelImage(np.where(layers == 2, 2, 1), [0.25, 0.3, 0.2]))
    # 8 / (6 / 1 + 2 / 3) and (6 + 6) / 8
    np.testing.assert_allclose(
        effective_periodic(dense, local), np.diag([1.2, 1.5, 1.5]), atol=2e-3
    )


@pytest.mark.parametrize("porous", [False, True])
def test_an_image_that_is_rolled_has_the_same_effect_to_the_meshes_error(porous: bool) -> None:
    labels = tiles(16, 8, np.random.default_rng(3)) - porous
    local = tensors(8, "diffusion")
    one, two = (
        effective_periodic(
            tetrahedralize_periodic(LabelImage(np.roll(labels, moves, (0, 1, 2)), 0.1)), local
        )
        for moves in ((0, 0, 0), (5, 11, 7))
    )
    np.testing.assert_allclose(one, two, atol=0.015 * one.max())


def test_an_image_lies_between_the_bounds_of_its_cell() -> None:
    mesh = tetrahedralize_periodic(LabelImage(tiles(12, 8, np.random.default_rng(4)), 0.1))
    local = tensors(8, "diffusion")
    bounds, own = effective(mesh, local), effective_periodic(mesh, local)
    order = [bounds.reuss, bounds.flux, own, bounds.gradient, bounds.voigt]
    for low, high in itertools.pairwise(order):
        assert np.linalg.eigvalsh(high - low).min() > -1e-6 * own.max()


def test_a_mesh_without_a_period_is_refused() -> None:
    with pytest.raises(InputError, match="no period"):
        effective_periodic(cube(), np.ones((9, 1, 1)) * np.eye(3))
