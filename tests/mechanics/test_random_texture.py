"""Crystals at random: the closed form, meshes on both sides of it, and the shipped numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.tensors import turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.homogenize import effective
from nmc_mesh.mechanics.random_texture import random_diffusivity
from nmc_mesh.typing import Floats
from tests.meshes import voronoi


def test_limits_are_known_and_it_solves_its_equation() -> None:
    assert random_diffusivity(0.3, 0.3) == pytest.approx(0.3)
    assert random_diffusivity(0.3, 0.0) == pytest.approx(0.15)
    along, across = np.array([1.0, 0.2, 5.0]), np.array([0.01, 0.4, 4.0])
    e = random_diffusivity(along, across)
    left = 2 * (along - e) / (along + 2 * e) + (across - e) / (across + 2 * e)
    np.testing.assert_allclose(left, 0.0, atol=1e-14)
    with pytest.raises(InputError, match="positive"):
        random_diffusivity(0.0, 0.1)


@pytest.mark.parametrize("seed", range(3))
def test_it_lies_between_both_loads_on_a_polycrystal(seed: int) -> None:
    mesh = voronoi(60, 16)
    turns = np.roll(Rotation.random(61, rng=seed).as_quat(), 1, axis=1)
    tensors = turned_tensors(np.diag([1.0, 1.0, 0.2]), turns)
    found = effective(mesh, tensors)
    low, high = (np.trace(way) / 3 for way in (found.flux, found.gradient))
    assert low < random_diffusivity(1.0, 0.2) < high


def oregan(x: Floats) -> Floats:
    """Whole particles of NMC811, um^2/s: the fit in doi 10.1016/j.electacta.2022.140700."""
    power = -13.96 - 0.9231 * np.exp(-((x - 0.3216) ** 2) / 0.002534)
    power -= 0.4066 * np.exp(-((x - 0.4532) ** 2) / 0.003926)
    power -= 0.993 * np.exp(-((x - 0.8098) ** 2) / 0.09924)
    return np.asarray(2.7e12 * 10**power)


def colclasure(x: Floats) -> Floats:
    """Whole particles of NMC532, um^2/s, as read from doi 10.1016/j.electacta.2020.135854."""
    known = [0.00587, 0.00517, 0.00467, 0.00448, 0.00368, 0.00311, 0.00331, 0.0005]
    return np.interp(x, [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95], known)


@pytest.mark.parametrize(("name", "whole"), [("nmc811", oregan), ("nmc532", colclasure)])
def test_shipped_crystals_at_random_are_the_particles_of_their_source(
    name: str, whole: Callable[[Floats], Floats]
) -> None:
    material = load_material(name)
    x = np.asarray(material.numbers["diffusivity.x"])
    found = random_diffusivity(*material.diffusivity(x).T)
    np.testing.assert_allclose(found, whole(x), rtol=1e-3)
    between = np.linspace(x[0], x[-1], 200)
    near = random_diffusivity(*material.diffusivity(between).T)
    np.testing.assert_allclose(near, whole(between), rtol=0.1)
