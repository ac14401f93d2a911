"""A particle reduced to a few modes answers as the whole does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.chemo import grain_diffusivity
from nmc_mesh.mechanics.diffusion import charge, mass_matrix, surface_lag, surface_load
from nmc_mesh.mechanics.reduced import Reduced, reduced
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.meshes import voronoi
from tests.particles import ball

NMC = load_material("nmc811")


@pytest.fixture(scope="module")
def mesh() -> TetMesh:
    turns = np.roll(Rotation.random(12, rng=0).as_quat(), 1, axis=1)
    return replace(voronoi(12, 6), info={"orientations": turns})


@pytest.fixture(scope="module")
def small(mesh: TetMesh) -> Reduced:
    return reduced(mesh, NMC, 10)


def test_the_steady_lag_is_that_of_the_whole(mesh: TetMesh, small: Reduced) -> None:
    for x in (0.3, 0.6, 0.9):
        whole = surface_lag(mesh, grain_diffusivity(mesh, NMC, x))
        lag = small.lag(*NMC.diffusivity(x))
        assert lag == pytest.approx(whole * small.volume / small.area, rel=1e-8)
    assert small.error < 1e-6


def test_modes_have_no_mean_and_are_orthonormal(mesh: TetMesh, small: Reduced) -> None:
    mass = mass_matrix(mesh.points, mesh.cells)
    np.testing.assert_allclose(small.basis.T @ (mass @ small.basis), np.eye(10), atol=1e-9)
    np.testing.assert_allclose(mass.sum(axis=0) @ small.basis, 0.0, atol=1e-9)


def test_the_whole_field_follows_a_current(mesh: TetMesh, small: Reduced) -> None:
    """Exact in time, from modes: content at every node against small steps of the whole."""
    rate, times = 1e-3, np.linspace(0, 100, 2001)
    flux = rate * small.volume / small.area
    content = charge(mesh, grain_diffusivity(mesh, NMC, 0.5), 0.3, flux, times)
    along, across = NMC.diffusivity(0.5)
    slow, turn = np.linalg.eigh(along * small.along + across * small.across)
    for k in (200, 2000):
        z = turn @ ((turn.T @ small.gain) * (1 - np.exp(-times[k] * slow)) / slow)
        field = 0.3 + rate * (times[k] + small.volume * small.basis @ z)
        scale = np.ptp(content[k])
        np.testing.assert_allclose(field, content[k], atol=2e-3 * scale)
        area = surface_load(mesh.points, mesh.facets[mesh.outer])
        surface = [float(x @ area / area.sum()) for x in (field, content[k])]
        assert surface[0] == pytest.approx(surface[1], abs=2e-4 * scale)


def test_a_ball_lags_as_the_formula_says() -> None:
    """R^2 / (15 D), which meshes come to as size^2."""
    even = replace(
        NMC, numbers={**NMC.numbers, "diffusivity.across": NMC.numbers["diffusivity.along"]}
    )
    misses = []
    for size in (0.4, 0.2):
        mesh = replace(tetrahedralize(ball(), size), info={"orientations": [[1.0, 0, 0, 0]]})
        part = reduced(mesh, even, 6)
        radius = 3 * part.volume / part.area
        misses.append(abs(15 * part.lag(0.004, 0.004) * 0.004 / radius**2 - 1))
    assert misses[0] < 0.05
    assert misses[1] < misses[0] / 2.5


def test_ratios_that_change_take_more_vectors(mesh: TetMesh) -> None:
    """D across the layers of its own course over x: the modes serve every ratio."""
    across = np.geomspace(1e-3, 1e-4, len(np.asarray(NMC.numbers["diffusivity.x"])))
    odd = replace(NMC, numbers={**NMC.numbers, "diffusivity.across": tuple(across.tolist())})
    part = reduced(mesh, odd, 15)
    for x in (0.25, 0.5, 0.9):
        whole = surface_lag(mesh, grain_diffusivity(mesh, odd, x))
        lag = part.lag(*odd.diffusivity(x))
        assert lag == pytest.approx(whole * part.volume / part.area, rel=1e-4)


def test_modes_that_are_not_there_are_refused(mesh: TetMesh) -> None:
    for modes in (0, len(mesh.points)):
        with pytest.raises(InputError, match="modes from 1"):
            reduced(mesh, NMC, modes)
    with pytest.raises(InputError, match="no orientations"):
        reduced(replace(mesh, info={}), NMC)
