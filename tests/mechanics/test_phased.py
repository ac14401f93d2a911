"""Coatings that lithium passes: balls with known answers, lithium conserved, stress of a misfit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import isotropic_stiffness
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mechanics.chemo import galvanostatic, stressed
from nmc_mesh.mechanics.cycling import cycle
from nmc_mesh.mechanics.diffusion import charge
from nmc_mesh.mechanics.kinetics import ChargeTransfer
from nmc_mesh.mechanics.linear import gradients, triangle_areas
from nmc_mesh.mechanics.phased import phased
from nmc_mesh.mechanics.protocol import Stage, cycles
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.typing import Floats
from tests.mechanics.test_phases import HOLE, coated

NMC, ALUMINA = load_material("nmc811"), load_material("alumina")
LOW, HIGH = NMC.content_range
CORE, LAYER = 0.05, 1e-3  # um^2/s
_STIFF = ("C11", "C12", "C13", "C14", "C33", "C44")


def changed(material: Material, **numbers: object) -> Material:
    """A material with other numbers: ``diffusivity_along`` is ``diffusivity.along``."""
    named = {name.replace("_", ".", 1): value for name, value in numbers.items()}
    return replace(material, numbers={**material.numbers, **named})


def isotropic(material: Material, diffusivity: float) -> Material:
    known = {k: v for k, v in material.numbers.items() if k != "diffusivity.x"}
    same = {"diffusivity_along": diffusivity, "diffusivity_across": diffusivity}
    return changed(replace(material, numbers=known), **same)


CRYSTAL = isotropic(changed(NMC, kinetics_basal=NMC.numbers["kinetics.edge"]), CORE)
ROUND = changed(
    CRYSTAL,
    **{f"stiffness_{name}": ALUMINA.numbers[f"stiffness.{name}"] for name in _STIFF},
)
FILM = isotropic(ALUMINA, LAYER)


def held(mesh: TetMesh, storage: Floats, content: Floats) -> Floats:
    """Lithium in a mesh, um^3, of contents of shape (s, n)."""
    volumes = storage * gradients(mesh.points, mesh.cells)[0]
    return np.asarray((volumes * content[:, mesh.cells].mean(axis=2)).sum(axis=1))


def steps_ahead(rate: float) -> float:
    """How far x at the outside of the coated ball is below its core's mean, at a steady charge."""
    through = rate * (HIGH - LOW) / 3600 * HOLE**3 / 3  # um^3/s, per steradian
    return through / HOLE**2 * HOLE / (5 * CORE) + through / LAYER * (1 / HOLE - 1)


def test_a_coated_ball_charges_as_its_radial_solution() -> None:
    """A constant current: a / (5 D) of the core and 1/a - 1/b of the coating."""
    errors = []
    for n in (4, 8, 16):
        mesh = coated(n)
        done = galvanostatic(mesh, phased(mesh, CRYSTAL, {"coating": FILM}), 2.0, 0.3, 12)
        outer = done.content[-1][np.unique(mesh.facets[mesh.outer])].mean()
        mean = HIGH - 0.3 * (HIGH - LOW)
        errors.append((mean - outer) / steps_ahead(2.0) - 1)
    assert np.log2(np.abs(errors[0] / errors[1])) > 1.5
    assert np.log2(np.abs(errors[1] / errors[2])) > 1.5
    assert abs(errors[-1]) < 0.03


@pytest.mark.parametrize("maximum", [None, 20_000.0])
def test_lithium_is_conserved_with_and_without_storage(maximum: float | None) -> None:
    mesh = coated(5)
    film = FILM if maximum is None else changed(FILM, concentration_maximum=maximum)
    stuff = phased(mesh, CRYSTAL, {"coating": film})
    share = 0.0 if maximum is None else maximum / NMC.maximum_concentration
    assert set(stuff.storage) == {1.0, share}
    done = galvanostatic(mesh, stuff, 1.0, 0.4, 7)
    lithium = held(mesh, stuff.storage, done.content)
    area = triangle_areas(mesh.points, mesh.facets[mesh.outer]).sum()
    entered = done.flux * area * done.times
    np.testing.assert_allclose(lithium - lithium[0], entered, rtol=1e-10, atol=1e-10)
    core = gradients(mesh.points, mesh.cells)[0][mesh.labels == 1].sum()
    assert done.flux * area * done.times[-1] == pytest.approx(-0.4 * (HIGH - LOW) * core)


def test_a_coating_of_the_same_stuff_changes_nothing() -> None:
    mesh = coated(5)
    whole = replace(mesh, labels=np.ones_like(mesh.labels), info={**mesh.info, "phases": {}})
    same = phased(mesh, ROUND, {"coating": ROUND})
    np.testing.assert_array_equal(same.storage, 1.0)
    times = np.linspace(0, 300, 6)
    found = charge(mesh, same.diffusion_tensor, HIGH, -1e-4, times, storage=same.storage)
    plain = charge(whole, CORE * np.eye(3)[None], HIGH, -1e-4, times)
    np.testing.assert_allclose(found, plain, atol=1e-12)
    once, again = (galvanostatic(whole, stuff, 1.0, 0.3, 5).content
                   for stuff in (ROUND, phased(whole, ROUND, {})))  # fmt: skip
    np.testing.assert_allclose(again, once, atol=1e-12)


def test_a_coated_ball_cycles_as_its_radial_solution() -> None:
    law, stage = ChargeTransfer.of(CRYSTAL), Stage(6.0, seconds=60.0, step=6.0)
    mesh = coated(8)
    done = cycle(mesh, phased(mesh, CRYSTAL, {"coating": FILM}), [stage])
    mean = HIGH - 6.0 * (HIGH - LOW) / 60
    assert done.history["mean_x"][-1] == pytest.approx(mean, abs=1e-10)
    outside = mean - steps_ahead(6.0)
    leaves = 6.0 * (HIGH - LOW) / 3600 * HOLE**3 / 3
    exact = law.potential_for(np.array([outside]), np.ones(1), np.array([law.edge]), leaves, 3.8)
    assert done.history["surface_x"][-1] == pytest.approx(outside, rel=0.01)
    assert done.history["potential_V"][-1] == pytest.approx(exact, abs=5e-3)
    bare = law.potential_for(np.array([mean]), np.ones(1), np.array([law.edge]), leaves, 3.8)
    assert exact - bare > 0.02  # what the coating costs is four times what is allowed for


def test_a_misfit_core_presses_on_its_coating() -> None:
    """Lame's spheres: u = A r inside, A r + B / r^2 in the layer; hoop and radial stress."""
    young, poisson, strain = 200e3, 0.25, -0.01
    stiff = isotropic_stiffness(young, poisson)
    core = changed(
        CRYSTAL, lattice_x=(0.0, 1.0), lattice_a=(1.0 + strain, 1.0), lattice_c=(1.0 + strain, 1.0),
        **{f"stiffness_{name}": stiff[int(name[1]) - 1, int(name[2]) - 1] for name in _STIFF},
    )  # fmt: skip
    bulk = young / 3 / (1 - 2 * poisson)
    c11, c12 = (ALUMINA.stiffness[0, k] for k in (0, 1))
    bulk2, shear2 = (c11 + 2 * c12) / 3, (c11 - c12) / 2
    # (A1, A2, B2): u and sigma_r continuous at r = a, sigma_r = 0 at r = 1.
    a = HOLE
    matrix = [
        [a, -a, -1 / a**2], [3 * bulk, -3 * bulk2, 4 * shear2 / a**3],
        [0, 3 * bulk2, -4 * shear2],
    ]  # fmt: skip
    inner = np.linalg.solve(np.array(matrix), [0.0, 3 * bulk * strain, 0.0])[0]
    exact = 3 * bulk * (inner - strain)
    errors = []
    for n in (6, 12):
        mesh = coated(n)
        stuff = phased(mesh, core, {"coating": ALUMINA})
        found = stressed(mesh, stuff, np.zeros(len(mesh.points)), 1.0)
        volumes, own = gradients(mesh.points, mesh.cells)[0], mesh.labels == 1
        pressure = np.average(found.stress[own, :3].mean(axis=1), weights=volumes[own])
        errors.append(pressure / exact - 1)
    assert np.log2(errors[0] / errors[1]) > 0.8
    assert abs(errors[1]) < 0.2


def test_a_coated_polycrystal_is_charged_and_rests() -> None:
    model = load_model("nmc-radial")
    mesh = tetrahedralize(model.sample(3, shell=StarShape.ball(0.6)).coated(0.16), size=0.2)
    stuff = phased(mesh, NMC, {"coating": isotropic(ALUMINA, 1e-4)})
    stages = [Stage(2.0, seconds=120.0, step=40.0), Stage(0.0, seconds=60.0, step=30.0)]
    history = cycle(mesh, stuff, stages, stress=True).history
    taken = np.minimum(history["time_s"], 120.0) / 1800 * (HIGH - LOW)
    np.testing.assert_allclose(history["mean_x"], HIGH - taken, rtol=0, atol=1e-10)
    ends = [np.flatnonzero(history["stage"] == k)[-1] for k in (1, 2)]
    assert np.diff(history["potential_V"][ends])[0] < -0.01  # the coating's part is gone at once
    assert history["mises_stress_99_MPa"][ends[0]] > 10


def test_what_has_no_material_is_refused() -> None:
    mesh = coated(4)
    with pytest.raises(InputError, match="coating has no material"):
        galvanostatic(mesh, NMC)
    with pytest.raises(InputError, match="coating has no material"):
        cycle(mesh, NMC, cycles(1.0, 3.6, 4.2))
    with pytest.raises(InputError, match="take one such as alumina"):
        phased(mesh, NMC, {"coating": NMC})
    with pytest.raises(InputError, match="not to pore"):
        phased(mesh, NMC, {"pore": ALUMINA})
