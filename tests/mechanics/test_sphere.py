"""A ball under a constant flux: its series are right, finite elements converge to them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad
from skfem.quadrature import get_quadrature
from skfem.refdom import RefTet

from nmc_mesh.crystal.tensors import isotropic_stiffness
from nmc_mesh.mechanics import diffusion, elasticity, sphere
from nmc_mesh.mechanics.linear import gradients, triangle_areas
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.typing import AnyArray
from tests.particles import ball

TAU, POISSON = 0.1, 0.3
SIZES = (0.4, 0.24, 0.14)
IDENTITY = np.eye(3)[None]


@pytest.fixture(scope="module")
def meshes() -> list[TetMesh]:
    return [tetrahedralize(ball(), size) for size in SIZES]


@pytest.mark.parametrize("tau", [0.02, 0.1, 0.5])
def test_the_series_solve_diffusion(tau: float) -> None:
    """dc/dtau = (rho^2 c')' / rho^2, c' = 1 on the surface, means and stresses are integrals."""
    h = 1e-4
    rho = np.array([0.2, 0.5, 0.9])
    inner, here, outer = (sphere.concentration(rho + d, tau) for d in (-h, 0.0, h))
    right = (outer - 2 * here + inner) / h**2 + (outer - inner) / (h * rho)
    left = (sphere.concentration(rho, tau + h) - sphere.concentration(rho, tau - h)) / (2 * h)
    np.testing.assert_allclose(left, right, rtol=1e-4, atol=1e-6)
    edge = sphere.concentration(np.array([1 - 2 * h, 1 - h, 1.0]), tau)
    assert (3 * edge[2] - 4 * edge[1] + edge[0]) / (2 * h) == pytest.approx(1.0, abs=1e-5)
    for end in (0.3, 1.0):
        mean, _ = quad(lambda r: 3 * r**2 * sphere.concentration(np.array([r]), tau)[0], 0, end)
        found = sphere.mean_concentration(np.array([end]), tau)[0]
        assert found == pytest.approx(mean / end**3, rel=1e-8)
    assert sphere.mean_concentration(np.array([1.0]), tau)[0] == pytest.approx(3 * tau, rel=1e-12)


def test_stresses_are_in_balance() -> None:
    """In a ball d sigma_r / d rho + 2 (sigma_r - sigma_h) / rho = 0, and no sigma_r outside."""
    rho, h = np.array([0.1, 0.4, 0.8]), 1e-4
    radial, hoop = sphere.stress(rho, TAU, POISSON)
    slope = (sphere.stress(rho + h, TAU, POISSON)[0] - sphere.stress(rho - h, TAU, POISSON)[0]) / (
        2 * h
    )
    np.testing.assert_allclose(slope, -2 * (radial - hoop) / rho, rtol=1e-5)
    assert sphere.stress(np.array([1.0]), TAU, POISSON)[0][0] == pytest.approx(0.0, abs=1e-12)
    centre = sphere.stress(np.array([0.0]), TAU, POISSON)
    assert centre[0][0] == pytest.approx(centre[1][0], rel=1e-4)
    # Lithium flows in: the surface swells and is pressed, the core is pulled.
    assert centre[0][0] > 0 > sphere.stress(np.array([1.0]), TAU, POISSON)[1][0]


def errors(mesh: TetMesh) -> AnyArray:
    """L2 errors of content, radial and hoop stress, over the norms of these."""
    content = diffusion.charge(mesh, IDENTITY, 0.0, 1.0, np.linspace(0.0, TAU, 21))[-1]
    stiff = np.broadcast_to(isotropic_stiffness(1.0, POISSON), (len(mesh.cells), 6, 6))
    own = content[mesh.cells].mean(axis=1)[:, None] * np.array([1.0, 1, 1, 0, 0, 0])
    matrix = elasticity.stiffness_matrix(mesh.points, mesh.cells, stiff)
    load = elasticity.swelling_load(mesh.points, mesh.cells, stiff, own)
    moved = elasticity.relaxed(mesh.points, matrix)(load)
    strain = elasticity.strains(mesh.points, mesh.cells, moved)
    sigma = elasticity.tensors(elasticity.stresses(stiff, strain, own))

    place, weight = get_quadrature(RefTet, 4)
    shapes = np.vstack([1 - place.sum(axis=0), place]).T
    weights = 6 * gradients(mesh.points, mesh.cells)[0][:, None] * weight
    x = np.einsum("qi,mij->mqj", shapes, mesh.points[mesh.cells])
    radius = np.linalg.norm(x, axis=2)
    normal = x / radius[:, :, None]
    radial = np.einsum("mqi,mij,mqj->mq", normal, sigma, normal)
    hoop = (np.trace(sigma, axis1=1, axis2=2)[:, None] - radial) / 2
    found = (np.einsum("qi,mi->mq", shapes, content[mesh.cells]), radial, hoop)
    exact = (sphere.concentration(radius, TAU), *sphere.stress(radius, TAU, POISSON))
    return np.array(
        [
            np.sqrt((weights * (a - b) ** 2).sum() / (weights * b**2).sum())
            for a, b in zip(found, exact, strict=True)
        ]
    )


def test_content_and_stress_converge_at_their_rates(meshes: list[TetMesh]) -> None:
    """Linear elements: content as size^2, stress as size."""
    found = np.array([errors(mesh) for mesh in meshes])
    rates = np.polyfit(np.log(SIZES), np.log(found), 1)[0]
    assert rates[0] == pytest.approx(2.0, abs=0.15)
    assert rates[1:] == pytest.approx([1.0, 1.0], abs=0.15)
    assert (found[-1] < [0.02, 0.1, 0.13]).all()


def test_lithium_is_conserved(meshes: list[TetMesh]) -> None:
    """What the flux brings in is there, at every time, to 1e-10, whatever the steps."""
    mesh = meshes[0]
    times = np.cumsum([0.0, 0.01, 0.01, 0.03, 0.2])
    found = diffusion.charge(mesh, 0.3 * IDENTITY, 0.9, -0.5, times)
    total = found @ diffusion.mass_matrix(mesh.points, mesh.cells).sum(axis=0)
    area = triangle_areas(mesh.points, mesh.facets).sum()
    volume = gradients(mesh.points, mesh.cells)[0].sum()
    np.testing.assert_allclose(total, 0.9 * volume - 0.5 * area * times, rtol=1e-10)


def test_time_steps_converge_at_order_two(meshes: list[TetMesh]) -> None:
    exact = diffusion.charge(meshes[0], IDENTITY, 0.0, 1.0, np.linspace(0, TAU, 161))[-1]
    steps = np.array([5, 10, 20])
    found = [
        np.abs(
            diffusion.charge(meshes[0], IDENTITY, 0.0, 1.0, np.linspace(0, TAU, n + 1))[-1] - exact
        )
        for n in steps
    ]
    rate = np.polyfit(np.log(1 / steps), np.log(np.mean(found, axis=1)), 1)[0]
    assert rate == pytest.approx(2.0, abs=0.3)


def test_the_surface_of_a_ball_runs_ahead_by_a_fifth_of_its_radius(meshes: list[TetMesh]) -> None:
    """It converges to a / (5 D); D itself is the effective one of a homogeneous ball."""
    lags = np.array([diffusion.surface_lag(mesh, 2.0 * IDENTITY) for mesh in meshes])
    far = np.abs(lags - 0.1)
    assert np.polyfit(np.log(SIZES), np.log(far), 1)[0] == pytest.approx(2.0, abs=0.3)
    assert far[-1] < 0.001
    assert diffusion.lag_diffusivity(meshes[0], 2.0 * IDENTITY) == pytest.approx(2.0)
