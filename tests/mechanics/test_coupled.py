"""Stress that moves lithium: Zhang's ball, Larche's and Cahn's equilibrium, conservation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.spatial.transform import Rotation

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_tensors, voigt_strain
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics import chemo
from nmc_mesh.mechanics.constants import GAS
from nmc_mesh.mechanics.coupled import charge_under_stress, coupled
from nmc_mesh.mechanics.linear import gradients, triangle_areas
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.typing import AnyArray, Floats
from tests.meshes import voronoi
from tests.particles import ball

NMC811 = load_material("nmc811")
YOUNG, POISSON, BETA, START, END = 140e3, 0.25, 0.025, 0.9, 50.0
TEMPERATURE, FLUX = 298.15, -3e-3


def isotropic() -> Material:
    """D = 0.01 um^2/s, strains BETA (x - START) / (1 + BETA START) in every direction."""
    lame = YOUNG * POISSON / ((1 + POISSON) * (1 - 2 * POISSON))
    shear = YOUNG / (2 * (1 + POISSON))
    stiff = {"C11": lame + 2 * shear, "C12": lame, "C13": lame, "C14": 0.0, "C33": lame + 2 * shear}
    numbers = {
        "concentration.maximum": 49_340.0,
        "concentration.range": (0.2, START),
        "lattice.x": (0.0, 1.0),
        "lattice.a": (1.0, 1.0 + BETA),
        "lattice.c": (1.0, 1.0 + BETA),
        "diffusivity.along": 0.01,
        "diffusivity.across": 0.01,
        "stiffness.C44": shear,
        **{f"stiffness.{name}": value for name, value in stiff.items()},
    }
    return Material("isotropic", "", numbers)


def with_crystals(mesh: TetMesh, seed: int = 0) -> TetMesh:
    turns = np.roll(Rotation.random(int(mesh.labels.max()), rng=seed).as_quat(), 1, axis=1)
    return replace(mesh, info={**mesh.info, "orientations": turns})


def pull_of(start: float) -> float:
    """A = 2 Omega^2 E c_max / (9 (1 - nu) R T), strains of Omega c / 3 against x at the start."""
    beta = BETA / (1 + BETA * start)
    return 2 * YOUNG * beta**2 / ((1 - POISSON) * 1e-6 * GAS * TEMPERATURE * 49_340.0)


def zhang(flux: float, pull: float, radius: Floats) -> Floats:
    """Content of a ball of 1 um by finite volumes: dx/dt = div(D (1 + A x) grad x), A is pull."""
    edges = np.linspace(0.0, 1.0, 301)
    middles = 0.5 * (edges[1:] + edges[:-1])
    volumes = np.diff(edges**3) / 3

    def rate(_: float, x: AnyArray) -> AnyArray:
        mean = 0.5 * (x[1:] + x[:-1])
        inner = 0.01 * (1 + pull * mean) * np.diff(x) / np.diff(middles)
        return np.diff(np.concatenate([[0.0], edges[1:-1] ** 2 * inner, [flux]])) / volumes

    start = np.full(300, START)
    found = solve_ivp(rate, (0, END), start, "LSODA", rtol=1e-8, atol=1e-10, lband=1, uband=1)
    return np.asarray(np.interp(radius, middles, found.y[:, -1]))


def in_ball(size: float, steps: int) -> tuple[Floats, Floats, Floats]:
    """Content of cells, that of Zhang's equation there, and that without stress."""
    mesh = with_crystals(tetrahedralize(ball(), size))
    times = np.linspace(0, END, steps + 1)
    # As much lithium as leaves the ball leaves its mesh, whose surface is a little too small.
    volume = gradients(mesh.points, mesh.cells)[0].sum()
    area = triangle_areas(mesh.points, mesh.facets).sum()
    same = FLUX * 3 * volume / area
    found = coupled(mesh, isotropic(), START, same, times, factor=1.0, temperature=TEMPERATURE)
    pull = pull_of(START)
    assert 1.0 < pull < 3.0
    radius = np.linalg.norm(mesh.points[mesh.cells].mean(axis=1), axis=1)
    return found.content[-1], zhang(FLUX, pull, radius), zhang(FLUX, 0.0, radius)


def test_a_ball_follows_zhangs_equation() -> None:
    """Tension draws lithium in: content is more even, by just what the equation says.

    Zhang, Shyy and Sastry 2007, doi 10.1149/1.2759840.
    """
    errors = []
    sizes = (0.28, 0.2)
    for size in sizes:
        found, exact, plain = in_ball(size, 3)
        errors.append(np.linalg.norm(found - exact) / np.linalg.norm(exact - exact.mean()))
        effect = np.linalg.norm(plain - exact) / np.linalg.norm(exact - exact.mean())
        assert effect > 10 * errors[-1]
    assert np.log(errors[0] / errors[1]) / np.log(sizes[0] / sizes[1]) > 1.7
    assert errors[1] < 0.04


def polycrystal() -> TetMesh:
    return with_crystals(voronoi(8, 4))


def test_steps_are_of_second_order() -> None:
    """Halved steps leave a quarter of the error, where D does not change with x."""
    mesh = with_crystals(voronoi(4, 3))
    runs = [
        coupled(mesh, isotropic(), START, -1e-3, np.linspace(0, 40.0, count + 1), 1.0).activity
        for count in (4, 8, 32)
    ]
    errors = [float(np.linalg.norm(run - runs[-1])) for run in runs[:-1]]
    assert errors[0] > 3.2 * errors[1]


def test_lithium_is_conserved_and_rests_without_a_flux() -> None:
    mesh = polycrystal()
    rest = coupled(mesh, NMC811, 0.7, 0.0, np.array([0.0, 1e3]), factor=4.0)
    np.testing.assert_allclose(rest.content, 0.7, rtol=1e-10)
    drawn = coupled(mesh, NMC811, 0.9, -2e-4, np.linspace(0, 300.0, 6), factor=4.0)
    volumes, _ = gradients(mesh.points, mesh.cells)
    lost = 0.9 * volumes.sum() - drawn.content @ volumes
    np.testing.assert_allclose(lost, 2e-4 * 24.0 * drawn.times, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(drawn.mean, drawn.content @ volumes / volumes.sum(), rtol=1e-12)


def test_slow_charge_is_in_equilibrium_with_its_stress() -> None:
    """Larche and Cahn: over a long time y is even, and ln x differs by that of w alone.

    w is taken anew from the stress here, not from the solution.
    """
    mesh = polycrystal()
    found = coupled(mesh, NMC811, 0.9, -1e-9, np.linspace(0, 1e8, 7), factor=4.0)
    assert np.ptp(found.activity) < 1e-3
    assert np.ptp(found.content[-1]) > 0.01
    x = found.content[-1]
    rise = NMC811.chemical_strain(x + 1e-4, 0.9) - NMC811.chemical_strain(x - 1e-4, 0.9)
    local = (rise / 2e-4)[:, [0, 0, 1], None] * np.eye(3)
    slope = voigt_strain(turned_tensors(local, chemo.crystal_turns(mesh)))
    energy = 1e-6 * GAS * TEMPERATURE * NMC811.maximum_concentration
    w = np.einsum("mi,mi->m", found.stress, slope) / (4.0 * energy)
    assert np.ptp(w) > 0.01
    np.testing.assert_allclose(np.log(x) - w, np.log(found.activity.mean()), atol=2e-3)


def test_a_great_factor_leaves_stress_without_effect() -> None:
    mesh = polycrystal()
    free = charge_under_stress(mesh, NMC811, factor=1e12, share=0.2, steps=5)
    plain = chemo.galvanostatic(mesh, NMC811, share=0.2, steps=5).content[-1]
    near = plain[mesh.cells].mean(axis=1)
    np.testing.assert_allclose(free.content[-1], near, atol=1e-8)
    own = chemo.stressed(mesh, NMC811, plain, NMC811.content_range[1]).stress
    assert np.abs(free.stress - own).max() < 1e-5 * np.abs(own).max()


def test_turning_everything_turns_the_stress() -> None:
    mesh = polycrystal()
    turn = Rotation.from_euler("ZXZ", (0.4, 1.0, -0.3))
    own = Rotation.from_quat(np.roll(mesh.info["orientations"], -1, axis=1))
    turned = tagged(
        turn.apply(mesh.points.copy()), mesh.cells, mesh.labels,
        {"orientations": np.roll((turn * own).as_quat(), 1, axis=1)},
    )  # fmt: skip
    one, two = (
        charge_under_stress(body, NMC811, factor=4.0, share=0.2, steps=5) for body in (mesh, turned)
    )
    np.testing.assert_allclose(two.content, one.content, atol=1e-6)


def test_boundaries_conduct_too() -> None:
    mesh = polycrystal()
    numbers = {**NMC811.numbers, "boundary.diffusivity": 5.0, "boundary.width": 0.001}
    material = replace(NMC811, numbers=numbers)
    fast, slow = (
        charge_under_stress(mesh, material, 4.0, share=0.2, steps=5, boundaries=way)
        for way in (True, False)
    )
    assert np.ptp(fast.activity) < 0.8 * np.ptp(slow.activity)
    np.testing.assert_allclose(fast.mean, slow.mean, rtol=1e-10)


def test_what_does_not_fit_is_refused() -> None:
    mesh = polycrystal()
    with pytest.raises(InputError, match="factor and temperature are positive"):
        charge_under_stress(mesh, NMC811, factor=0.0)
    with pytest.raises(InputError, match=r"nmc532 has no 'concentration\.range'"):
        charge_under_stress(mesh, load_material("nmc532"), factor=1.0)
    with pytest.raises(InputError, match="mesh of first order"):
        charge_under_stress(second_order(mesh), NMC811, factor=1.0)
    with pytest.raises(InputError, match=r"no 'boundary\.diffusivity'"):
        charge_under_stress(mesh, NMC811, factor=1.0, boundaries=True)
    with pytest.raises(InputError, match="have no orientations"):
        charge_under_stress(voronoi(8, 4), NMC811, factor=1.0)
