"""Forces cross the wedges: patch tests, pulling, sliding and peeling with known answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.tensors import isotropic_stiffness
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics import cohesive_equilibrium
from nmc_mesh.mechanics.cohesive_equilibrium import CohesiveBody, CohesiveState
from nmc_mesh.mechanics.cohesive_zone import (
    DamageHistory,
    TractionSeparationLaw,
    cohesive_response,
    cohesive_zone_of,
    law_of,
    unbreakable,
)
from nmc_mesh.mechanics.elasticity import strains
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.typing import AnyArray
from tests.meshes import cube, voronoi

YOUNG, LENGTH, AREA = 1000.0, 2.0, 4.0
LAW = TractionSeparationLaw(strength=10.0, energy=2.0, shear_strength=8.0, stiffness=100.0)


def body(
    split: CohesiveMesh, law: TractionSeparationLaw, young: float = YOUNG, poisson: float = 0.0
) -> CohesiveBody:
    stiff = isotropic_stiffness(young, poisson)
    return CohesiveBody(split, np.broadcast_to(stiff, (len(split.mesh.cells), 6, 6)), law)


def ends(split: CohesiveMesh) -> tuple[AnyArray, AnyArray]:
    x = split.mesh.points[:, 0]
    return np.flatnonzero(x == x.min()), np.flatnonzero(x == x.max())


def driven(
    split: CohesiveMesh, grains: CohesiveBody, axis: int, steps: list[float]
) -> list[tuple[float, CohesiveState]]:
    """Hold the left end, move the right one along an axis; its force after every step."""
    left, right = ends(split)
    fixed = np.concatenate([(3 * end[:, None] + np.arange(3)).ravel() for end in (left, right)])
    found = []
    state = None
    for step in steps:
        values = np.zeros((len(left) + len(right), 3))
        values[len(left) :, axis] = step
        state = grains.solve(fixed=fixed, values=values.ravel(), start=state)
        found.append((float(state.force[right, axis].sum()), state))
    return found


def test_two_grains_pulled_apart_follow_the_law() -> None:
    """In series, u = sigma L / E + d(sigma): stiff, then soft, then broken; with the work G A."""
    split = split_boundaries(cube(2, 2))
    pulled = np.linspace(0.0, 0.45, 46)
    found = driven(split, body(split, LAW), 0, pulled.tolist())
    forces = np.array([force for force, _ in found])
    rising = pulled / (LENGTH / YOUNG + 1 / LAW.stiffness)
    rest = LAW.strength / (LAW.last - LAW.first)
    falling = (LAW.last - pulled) * rest / (1 - rest * LENGTH / YOUNG)
    exact = AREA * np.clip(np.minimum(rising, falling), 0.0, None)
    np.testing.assert_allclose(forces, exact, atol=1e-4 * AREA * LAW.strength)
    assert np.trapezoid(forces, pulled) == pytest.approx(LAW.energy * AREA, rel=1e-2)
    np.testing.assert_allclose(found[20][1].traction[:, 1:], 0.0, atol=1e-6)


def test_sliding_breaks_at_the_shear_strength() -> None:
    split = split_boundaries(cube(2, 2))
    law = replace(LAW, stiffness=1000.0)
    grains = body(split, law, young=1e6)
    moved = np.linspace(0.0, 0.55, 56)
    forces = np.array([force for force, _ in driven(split, grains, 1, moved.tolist())])
    assert forces.max() == pytest.approx(AREA * law.shear_strength, rel=0.05)
    assert forces.max() <= AREA * law.shear_strength * (1 + 1e-9)
    assert np.trapezoid(forces, moved) == pytest.approx(law.energy * AREA, rel=0.03)
    assert forces[-1] == pytest.approx(0.0, abs=2e-3)


def test_damage_stays_and_closed_boundaries_press() -> None:
    """Opened half way and let go, the boundary is softer by (1 - D); closed it is as stiff."""
    split = split_boundaries(cube(2, 2))
    forces = [f for f, _ in driven(split, body(split, LAW, young=1e6), 0, [0.25, 0.1, 0.0, -0.01])]
    lost = LAW.damage(np.array([0.25]))[0]
    assert forces[0] == pytest.approx(AREA * (1 - lost) * LAW.stiffness * 0.25, rel=1e-3)
    assert forces[1] == pytest.approx(AREA * (1 - lost) * LAW.stiffness * 0.1, rel=1e-3)
    assert forces[2] == pytest.approx(0.0, abs=1e-6)
    assert forces[3] == pytest.approx(-AREA * LAW.stiffness * 0.01, rel=1e-3)


@pytest.mark.parametrize("cells", [4, 8])
def test_a_peel_follows_its_integral(cells: int) -> None:
    """Stiff grains hinged at y = -1: the moment is the integral of t(theta (y + 1)) (y + 1)."""
    split = split_boundaries(cube(2, cells))
    grains = body(split, LAW, young=1e6)
    left, right = ends(split)
    fixed = np.concatenate([(3 * end[:, None] + np.arange(3)).ravel() for end in (left, right)])
    arm = split.mesh.points[:, 1] + 1.0
    across = split.mesh.points[:, 0]
    state = None
    for theta in np.linspace(0.02, 0.18, 9):
        values = np.zeros((len(left) + len(right), 3))
        values[len(left) :, 0] = theta * arm[right]
        values[len(left) :, 1] = -theta * across[right]
        state = grains.solve(fixed=fixed, values=values.ravel(), start=state)
    y = np.linspace(0.0, 2.0, 20_001)
    apart = theta * y
    traction = LAW.stiffness * (1 - LAW.damage(apart)) * apart
    exact = 2.0 * np.trapezoid(traction * y, y)
    force = state.force[right] if state is not None else np.zeros((1, 3))
    moment = force[:, 0] @ arm[right] - force[:, 1] @ across[right]
    assert moment == pytest.approx(exact, rel=0.35 / cells)


def test_a_uniform_stress_passes_a_plane_of_wedges() -> None:
    """A field u = e x with the jump sigma n / K on the plane x = 0 is a solution, exactly."""
    split = split_boundaries(cube(2, 4))
    law = unbreakable(500.0)
    strain = 1e-2 * np.array([[1.0, 0.3, -0.2], [0.3, -0.5, 0.4], [-0.2, 0.4, 0.7]])
    shear = YOUNG / (2 * 1.25)
    sigma = 2 * shear * strain + YOUNG * 0.25 / (1.25 * 0.5) * np.trace(strain) * np.eye(3)
    exact = split.mesh.points @ strain
    upper = np.unique(split.mesh.cells[split.mesh.labels == 2])
    exact[upper] += sigma[0] / law.stiffness
    outer = np.unique(split.mesh.facets[split.mesh.outer])
    both = np.union1d(outer, outer_copies(split, outer))
    fixed = (3 * both[:, None] + np.arange(3)).ravel()
    grains = body(split, law, poisson=0.25)
    found = grains.solve(fixed=fixed, values=exact[both].ravel())
    np.testing.assert_allclose(found.displacement, exact, atol=1e-9)
    np.testing.assert_allclose(
        found.traction, np.broadcast_to(sigma[0], found.traction.shape), rtol=1e-6
    )


def outer_copies(split: CohesiveMesh, nodes: AnyArray) -> AnyArray:
    """All copies of nodes."""
    return np.flatnonzero(np.isin(split.origin, split.origin[nodes]))


def test_stiff_wedges_hold_many_grains_as_if_they_were_one() -> None:
    """Twelve grains on staircase boundaries, pulled: what opens falls as 1 / K."""
    mesh = voronoi(12, 4)
    split = split_boundaries(mesh)
    strain = 1e-2 * np.array([[1.0, 0.3, -0.2], [0.3, -0.5, 0.4], [-0.2, 0.4, 0.7]])
    outer = np.flatnonzero((np.abs(split.mesh.points) == 1.0).any(axis=1))
    fixed = (3 * outer[:, None] + np.arange(3)).ravel()
    values = (split.mesh.points @ strain)[outer].ravel()
    far = []
    for stiffness in (1e5, 1e6, 1e7):
        grains = body(split, unbreakable(stiffness), poisson=0.25)
        found = grains.solve(fixed=fixed, values=values)
        bent = strains(split.mesh.points, split.mesh.cells, found.displacement)
        far.append(np.abs(bent - bent.mean(axis=0)).max())
    assert far[0] < 0.1 * 1e-2
    np.testing.assert_allclose(np.array(far[:-1]) / far[1:], 10.0, rtol=0.2)


def test_forces_across_wedges_are_in_balance() -> None:
    """Without supports, under equal and opposite pulls, each half of a body carries the pull."""
    split = split_boundaries(cube(2, 4))
    left, right = ends(split)
    load = np.zeros((len(split.mesh.points), 3))
    for end, sign in ((left, -1), (right, 1)):
        # Loads that a uniform traction makes: areas of the triangles around every node.
        on_end = split.mesh.facets[np.isin(split.mesh.facets, end).all(axis=1)]
        np.add.at(load[:, 0], on_end.ravel(), sign * AREA / len(on_end) / 3)
    found = body(split, unbreakable(1e3)).solve(load=load.ravel())
    zone = cohesive_zone_of(split)
    pull = (zone.areas[:, None] * found.traction).sum(axis=0)
    np.testing.assert_allclose(pull, [AREA, 0, 0], atol=1e-6)
    np.testing.assert_allclose(found.traction[:, 0], 1.0, rtol=1e-6)


@pytest.mark.parametrize("relaxation", [1.0, 0.3])
def test_the_tangent_is_the_derivative(relaxation: float) -> None:
    rng = np.random.default_rng(0)
    zone = cohesive_zone_of(split_boundaries(voronoi(6, 2)))
    jump = 0.2 * rng.normal(size=zone.normals.shape)
    worst = 0.3 * rng.uniform(size=len(jump))
    past = DamageHistory(worst, LAW.damage(worst))
    here = cohesive_response(LAW, zone, jump, past, relaxation)
    for axis in range(3):
        step = np.zeros(3)
        step[axis] = 1e-7
        ahead = cohesive_response(LAW, zone, jump + step, past, relaxation).traction
        behind = cohesive_response(LAW, zone, jump - step, past, relaxation).traction
        np.testing.assert_allclose(here.tangent[:, :, axis], (ahead - behind) / 2e-7, atol=2e-4)
    assert (here.worst >= worst).all()


def test_laws_of_materials() -> None:
    law = law_of(load_material("nmc811"))
    assert (law.strength, law.energy, law.shear_strength) == (745.0, 0.53, 745.0)
    with pytest.raises(InputError, match=r"nmc111 has no 'cohesive\.energy'"):
        law_of(load_material("nmc111"))
    other = load_material("nmc811")
    other = replace(other, numbers={**other.numbers, "cohesive.shear_energy": 1.0})
    with pytest.raises(InputError, match="another energy in shear"):
        law_of(other)


def test_laws_that_cannot_be() -> None:
    with pytest.raises(InputError, match="are positive"):
        TractionSeparationLaw(0.0, 1.0, 1.0)
    with pytest.raises(InputError, match="breaks before it yields; take a stiffness above"):
        TractionSeparationLaw(10.0, 0.1, 10.0, stiffness=100.0)


def test_too_large_a_step_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    split = split_boundaries(cube(2, 2))
    monkeypatch.setattr(cohesive_equilibrium, "_MOST", {True: 2, False: 2})
    with pytest.raises(InputError, match="no equilibrium after 2 iterations; take smaller steps"):
        driven(split, body(split, LAW), 0, [0.3])


def test_a_free_body_under_a_net_force_is_refused() -> None:
    split = split_boundaries(cube(2, 2))
    load = np.zeros((len(split.mesh.points), 3))
    load[0, 0] = 1.0
    with pytest.raises(InputError, match="not in balance; hold the body"):
        body(split, LAW).solve(load.ravel())


def test_an_empty_split_mesh_is_not_a_body() -> None:
    mesh = cube(2, 2)
    whole = CohesiveMesh(
        tagged(mesh.points, mesh.cells, mesh.labels),
        np.zeros((0, 6)),  # type: ignore[arg-type]
        np.zeros(0),  # type: ignore[arg-type]
        np.arange(len(mesh.points)),  # type: ignore[arg-type]
    )
    found = body(whole, LAW)
    assert len(found.zone.areas) == 0
