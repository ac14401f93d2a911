"""Lithium and stress in porous particles: nothing passes a wall, limits that are known are met."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import isotropic_stiffness
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.mechanics.diffusion import charge, surface_lag, surface_load
from nmc_mesh.mechanics.homogenize import (
    effective,
    effective_diffusivity,
    effective_stiffness,
)
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mesh.phases import solids, without_voids
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats
from tests.meshes import ball, voronoi

HOLE = 0.5  # radius of the hole, of a ball of radius 1


def hollow(n: int, phase: str = "pore") -> TetMesh:
    """Build a ball with a hole in its middle; every shell of cells is one of a sphere."""
    full = ball(n)
    farthest = np.linalg.norm(full.points, axis=1)[full.cells].max(axis=1)
    labels = np.where(farthest < HOLE + 1e-9, 2, 1).astype(np.int32)
    phases = Phases({phase: [2]})
    info = {"phases": phases.plain(), "orientations": np.array([[1.0, 0, 0, 0]])}
    return without_voids(full.points, np.array(full.cells), labels, phases, info)


def rates(errors: list[float]) -> Floats:
    return np.log2(np.abs(errors[:-1]) / np.abs(errors[1:]))


def test_a_hollow_ball_conducts_as_maxwell_says() -> None:
    """Hashin's coated sphere: D / D0 = 2 (1 - f) / (2 + f), under either load."""
    f = HOLE**3
    exact = 2 * (1 - f) / (2 + f)
    errors = []
    for n in (8, 16):
        found = effective(hollow(n), np.tile(np.eye(3), (2, 1, 1)))
        assert found.flux[0, 0] <= found.gradient[0, 0] <= found.voigt[0, 0]
        assert not found.reuss.any()
        errors.append(found.gradient[0, 0] - exact)
        assert found.flux[0, 0] == pytest.approx(found.gradient[0, 0], rel=0.01)
    assert (rates(errors) > 1.5).all()
    assert errors[-1] < 0.007 * exact


def test_a_hollow_ball_is_as_stiff_as_its_coated_sphere() -> None:
    """K / K0 = (1 - f) / (1 + 3 K0 f / (4 G0)) (Hashin 1962, doi 10.1115/1.3636446)."""
    f, young, poisson = HOLE**3, 100.0, 0.3
    bulk, shear = young / 3 / (1 - 2 * poisson), young / 2 / (1 + poisson)
    exact = bulk * (1 - f) / (1 + 0.75 * f * bulk / shear)
    stiff = np.tile(isotropic_stiffness(young, poisson), (2, 1, 1))
    errors = [effective(hollow(n), stiff).flux[:3, :3].sum() / 9 - exact for n in (4, 8)]
    assert rates(errors)[0] > 1.3
    assert errors[-1] < 0.06 * exact


def test_no_lithium_passes_the_wall_of_a_void() -> None:
    """A hollow ball of radii a < b lags as x = q (r^2 / 2 + a^3 / r) / 3 has it."""
    a, b = HOLE, 1.0
    q = 3 * b**2 / (b**3 - a**3)

    def profile(r: float) -> float:
        return q / 3 * (r**2 / 2 + a**3 / r)

    mean = q / (b**3 - a**3) * ((b**5 - a**5) / 10 + a**3 * (b**2 - a**2) / 2)
    exact = profile(b) - mean
    errors = [surface_lag(hollow(n), np.eye(3)[None]) - exact for n in (4, 8, 16)]
    assert (rates(errors) > 1.5).all()
    assert abs(errors[-1]) < 0.012 * exact


@pytest.mark.parametrize("seed", range(3))
def test_lithium_is_conserved_where_there_are_voids(seed: int) -> None:
    full = voronoi(12, 5, seed)
    phases = Phases({"pore": [3, 8]})
    info = {"phases": phases.plain()}
    mesh = without_voids(full.points, np.array(full.cells), np.array(full.labels), phases, info)
    rng = np.random.default_rng(seed)
    tensors = np.eye(3) * rng.uniform(0.1, 2.0, (12, 1, 1))
    found = charge(mesh, tensors, 0.9, -0.01, np.linspace(0, 3.0, 7))
    volumes = gradients(mesh.points, mesh.cells)[0]
    held = (volumes * found[:, mesh.cells].mean(axis=2)).sum(axis=1)
    entered = -0.01 * surface_load(mesh.points, mesh.facets[mesh.outer]).sum() * 0.5
    np.testing.assert_allclose(np.diff(held), entered, rtol=1e-10)


def coated(n: int) -> TetMesh:
    """Build a ball whose outer part, from half of its radius on, is a coating."""
    full = ball(n)
    farthest = np.linalg.norm(full.points, axis=1)[full.cells].max(axis=1)
    labels = np.where(farthest < HOLE + 1e-9, 1, 2).astype(np.int32)
    info = {"phases": {"coating": [[2, 2]]}, "orientations": np.array([[1.0, 0, 0, 0]])}
    return tagged(full.points, np.array(full.cells), labels, info)


def test_a_coated_ball_is_hashins_coated_sphere() -> None:
    """Core 1 and coating 2: doi 10.1115/1.3636446 for the bulk modulus, Maxwell for D."""
    f, alumina = HOLE**3, load_material("alumina")
    core = Material("core", "isotropic", {**alumina.numbers, "diffusivity.along": 1e-4,
                    "diffusivity.across": 1e-4, "stiffness.C11": 96_650.0,
                    "stiffness.C33": 96_650.0, "stiffness.C12": 30_521.0,
                    "stiffness.C13": 30_521.0, "stiffness.C44": 33_064.5})  # fmt: skip
    one, two = 1e-4, 3e-6
    exact = two * (one + 2 * two + 2 * f * (one - two)) / (one + 2 * two - f * (one - two))
    inner, outer = (np.array([193_300.0, 61_042.0]) * part for part in (0.5, 1.0))
    bulk = [(c11 + 2 * c12) / 3 for c11, c12 in (inner, outer)]
    over = (bulk[0] - bulk[1]) / (bulk[1] + 4 / 3 * 66_129.0)
    stiff = bulk[1] + f * (bulk[0] - bulk[1]) / (1 + (1 - f) * over)
    errors = []
    for n in (6, 12):
        mesh = coated(n)
        conducts = effective_diffusivity(mesh, core, phases={"coating": alumina})
        assert conducts.reuss[0, 0] < conducts.flux[0, 0] <= conducts.gradient[0, 0] * (1 + 1e-6)
        errors.append(conducts.gradient[0, 0] / exact - 1)
    assert rates(errors)[0] > 1.3
    assert abs(errors[-1]) < 0.03
    bears = effective_stiffness(coated(8), core, phases={"coating": alumina})
    assert bears.flux[:3, :3].sum() / 9 == pytest.approx(stiff, rel=0.01)


def test_a_coating_is_given_an_isotropic_material() -> None:
    mesh, material = coated(4), load_material("nmc811")
    with pytest.raises(InputError, match="coating-material"):
        effective_stiffness(mesh, material)
    with pytest.raises(InputError, match="take one such as alumina"):
        effective_stiffness(mesh, material, phases={"coating": material})
    with pytest.raises(InputError, match="not to pore"):
        effective_stiffness(mesh, material, phases={"pore": material})


def test_solvers_refuse_what_they_have_no_equations_for() -> None:
    material = load_material("nmc811")
    turns = np.tile([1.0, 0, 0, 0], (12, 1))
    for phase, remedy in (("electrolyte", r"nmc_mesh.solids"), ("coating", "no material")):
        info = {"phases": {phase: [[12, 12]]}, "orientations": turns}
        mesh = replace(voronoi(12, 5), info=info)
        with pytest.raises(InputError, match=remedy):
            effective_diffusivity(mesh, material)
        with pytest.raises(InputError, match=remedy):
            surface_lag(mesh, np.tile(np.eye(3), (12, 1, 1)))
    bath = replace(voronoi(12, 5), info={"phases": {"electrolyte": [[12, 12]]}})
    assert surface_lag(solids(bath), np.tile(np.eye(3), (12, 1, 1))) > 0
