"""Grain boundaries that conduct: exact slabs, a decaying mode, conservation, a peer's assembly."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.sparse.linalg import eigsh
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics import chemo, diffusion
from nmc_mesh.mechanics.boundaries import boundary_matrix, inner_facets
from nmc_mesh.mechanics.homogenize import (
    Effective,
    crystal_diffusivities,
    effective,
    effective_diffusivity,
    uptake,
)
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.typing import Floats
from tests.meshes import cube, voronoi

NMC = load_material("nmc811")
CONDUCTS = replace(
    NMC, numbers={**NMC.numbers, "boundary.diffusivity": 5.0, "boundary.width": 0.001}
)


def polycrystal() -> TetMesh:
    turns = np.roll(Rotation.random(20, rng=0).as_quat(), 1, axis=1)
    return replace(voronoi(20, 6), info={"orientations": turns})


def grains(d: float, mesh: TetMesh) -> Floats:
    return np.tile(d * np.eye(3), (int(mesh.labels.max()) + 1, 1, 1))


def test_a_slab_adds_its_conductance_over_its_spacing() -> None:
    """Two grains of 1 um each: D + kappa / W along the boundary, W = 2 um, and D across it."""
    mesh = cube(2)
    d, kappa = 0.3, 0.17
    found = effective(mesh, grains(d, mesh), boundary=kappa)
    expected = np.diag([d, d + kappa / 2, d + kappa / 2])
    np.testing.assert_allclose(found.gradient, expected, atol=1e-8)
    np.testing.assert_allclose(found.voigt, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.reuss, d * np.eye(3), rtol=1e-12)
    assert found.flux[0, 0] == pytest.approx(d, rel=1e-8)
    # Lithium has to reach the boundary first when it enters everywhere alike.
    assert d < found.flux[1, 1] < expected[1, 1]


def test_it_is_that_of_a_layer_with_a_width() -> None:
    """Sixteen layers of cells, the two in the middle conducting more: the slab of Fisher."""
    mesh = cube(2, 16)
    width, fast, d = 0.25, 8.0, 0.5
    layer = np.abs(mesh.points[mesh.cells].mean(axis=1)[:, 0]) < width / 2
    thick = np.where(layer[:, None, None], fast * np.eye(3), d * np.eye(3))
    matrix = diffusion.conduction_matrix(mesh.points, mesh.cells, thick)
    y = mesh.points[:, 1]
    thin = grains(d, mesh)[1:][mesh.labels - 1]
    slab = diffusion.conduction_matrix(mesh.points, mesh.cells, thin)
    slab = slab + boundary_matrix(mesh.points, inner_facets(mesh), width * (fast - d))
    assert y @ (slab @ y) == pytest.approx(y @ (matrix @ y), rel=1e-12)


def decay(n: int, d: float, kappa: float) -> float:
    """Slowest rate that the sheet changes, of a cube of n^3 cubes cut by x = 0, in 1/s."""
    mesh = cube(2, n)
    stiff = diffusion.conduction_matrix(mesh.points, mesh.cells, grains(d, mesh)[mesh.labels])
    stiff = stiff + boundary_matrix(mesh.points, inner_facets(mesh), kappa)
    mass = diffusion.mass_matrix(mesh.points, mesh.cells)
    values = np.sort(eigsh(stiff, 4, mass, sigma=-0.1, return_eigenvectors=False))
    assert values[0] == pytest.approx(0.0, abs=1e-9)
    return float(values[2])


def test_a_mode_along_the_boundary_decays_as_it_should() -> None:
    """cos(k y) cos(q (1 - |x|)) exp(-t D (k^2 + q^2)) with k = pi/2, q tan q = kappa k^2 / 2 D.

    That is balance on the sheet, kappa d2x/dy2 + [D dx/dn] = 0; the rate's error falls as size^2.
    """
    d, kappa, k = 0.5, 0.8, np.pi / 2
    q = brentq(lambda q: q * np.tan(q) - kappa * k**2 / (2 * d), 1e-6, np.pi / 2 - 1e-6)
    exact = d * (k**2 + q**2)
    errors = np.array([abs(decay(n, d, kappa) - exact) for n in (4, 8, 12)])
    rate = np.polyfit(np.log([1 / 4, 1 / 8, 1 / 12]), np.log(errors), 1)[0]
    assert rate > 1.8
    assert errors[-1] < 0.02 * exact
    assert abs(decay(8, d, 0.0) - exact) > 5 * errors[1]


def test_lithium_is_conserved_and_more_even() -> None:
    mesh = polycrystal()
    found = {}
    for material, boundaries in ((NMC, False), (CONDUCTS, True)):
        charge = chemo.galvanostatic(mesh, material, share=0.3, steps=5, boundaries=boundaries)
        weights = diffusion.mass_matrix(mesh.points, mesh.cells).sum(axis=0)
        low, high = material.content_range
        mean = charge.content @ weights / weights.sum()
        exact = high - 0.3 * (high - low) * np.linspace(0, 1, 6)
        np.testing.assert_allclose(mean, exact, rtol=1e-10)
        found[boundaries] = np.ptp(charge.content[-1])
    assert found[True] < 0.8 * found[False]


def test_diffusivity_that_depends_on_content_keeps_boundaries() -> None:
    mesh = polycrystal()
    d = chemo.grain_diffusivity(mesh, NMC, 0.9)
    times = np.linspace(0, 50.0, 4)
    one = diffusion.charge(mesh, d, 0.9, -1e-4, times, 0.005)
    asked = diffusion.charge(mesh, lambda x: d[mesh.labels - 1], 0.9, -1e-4, times, 0.005)
    np.testing.assert_allclose(asked, one, rtol=1e-12)


def ordered(found: Effective) -> float:
    sequence = (found.voigt, found.gradient, found.flux, found.reuss)
    return min(float(np.linalg.eigvalsh(more - less)[0]) for more, less in pairwise(sequence))


def test_effective_properties_stay_between_bounds_and_grow() -> None:
    mesh = polycrystal()
    plain = effective_diffusivity(mesh, CONDUCTS)
    along = effective_diffusivity(mesh, CONDUCTS, boundaries=True)
    assert ordered(along) > 1e-6
    for way in ("voigt", "gradient", "flux"):
        assert np.linalg.eigvalsh(getattr(along, way) - getattr(plain, way))[0] > 1e-5
    np.testing.assert_array_equal(along.reuss, plain.reuss)
    tensors = crystal_diffusivities(mesh, NMC, 0.5)
    values = [uptake(mesh, tensors, boundary=kappa) for kappa in (0.0, 0.005, 0.05)]
    assert values[0] == uptake(mesh, tensors)
    assert values[0].value < values[1].value < values[2].value
    for found in values:
        assert found.lower < found.value < found.upper
    lag = [diffusion.lag_diffusivity(mesh, tensors[1:], kappa) for kappa in (0.0, 0.005)]
    assert lag[1] > 1.2 * lag[0]


def test_second_order_counts_with_its_corners() -> None:
    mesh = polycrystal()
    one = effective_diffusivity(mesh, CONDUCTS, boundaries=True)
    two = effective_diffusivity(second_order(mesh), CONDUCTS, boundaries=True)
    np.testing.assert_allclose(two.gradient, one.gradient, rtol=1e-6, atol=1e-9)


def test_scikit_fem_assembles_the_same_matrix() -> None:
    skfem = pytest.importorskip("skfem", reason="pip install scikit-fem")
    mesh = voronoi(8, 4)
    theirs = skfem.MeshTet(mesh.points.T, mesh.cells.T.astype(np.int64))
    facets = {tuple(sorted(row)): k for k, row in enumerate(theirs.facets.T.tolist())}
    inner = np.array([facets[tuple(sorted(row))] for row in inner_facets(mesh).tolist()])
    basis = skfem.InteriorFacetBasis(theirs, skfem.ElementTetP1(), facets=inner, intorder=0)

    @skfem.BilinearForm  # type: ignore[untyped-decorator]
    def surface(u: Floats, v: Floats, w: Floats) -> Floats:
        g, h, n = u.grad, v.grad, w.n  # type: ignore[attr-defined]
        along = (g * h).sum(axis=0) - (g * n).sum(axis=0) * (h * n).sum(axis=0)
        return np.asarray(0.7 * along)

    ours = boundary_matrix(mesh.points, inner_facets(mesh), 0.7)
    np.testing.assert_allclose(ours.toarray(), surface.assemble(basis).toarray(), atol=1e-13)


def test_a_material_without_the_numbers_is_refused() -> None:
    mesh = polycrystal()
    missing: list[tuple[Material, str]] = [
        (NMC, r"nmc811 has no 'boundary\.diffusivity'"),
        (
            replace(NMC, numbers={**NMC.numbers, "boundary.diffusivity": 1.0}),
            r"nmc811 has no 'boundary\.width'",
        ),
    ]
    for material, message in missing:
        with pytest.raises(InputError, match=message):
            chemo.galvanostatic(mesh, material, boundaries=True)
        with pytest.raises(InputError, match=message):
            effective_diffusivity(mesh, material, boundaries=True)
    assert CONDUCTS.boundary_conductance == pytest.approx(0.005)
