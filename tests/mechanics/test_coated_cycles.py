"""Coatings and films with boundaries that open, and with stress that moves lithium."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.mechanics.chemo import stressed
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw
from nmc_mesh.mechanics.constants import FARADAY
from nmc_mesh.mechanics.cycling import cycle
from nmc_mesh.mechanics.kinetics import ChargeTransfer
from nmc_mesh.mechanics.linear import gradients, triangle_areas
from nmc_mesh.mechanics.phased import PhasedMaterial, phased
from nmc_mesh.mechanics.protocol import Stage
from nmc_mesh.mechanics.reacting_body import parted
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.mechanics.test_cycling import ISOTROPIC, turned, whole_ball
from tests.mechanics.test_cycling_cracks import conserved
from tests.mechanics.test_phased import CRYSTAL, changed, isotropic
from tests.mechanics.test_phases import HOLE, coated
from tests.meshes import voronoi

NMC, ALUMINA = load_material("nmc811"), load_material("alumina")
LOW, HIGH = NMC.content_range
BRITTLE = TractionSeparationLaw(20.0, 0.001, 20.0, 1e6)
THIN = isotropic(ALUMINA, 1e-3)


@pytest.fixture(scope="module")
def particle() -> TetMesh:
    """A cube of four grains, in whose outer layer of cells all is coating."""
    bare = voronoi(4, 5, 1)
    outside = np.abs(bare.points[bare.cells].mean(axis=1)).max(axis=1) > 0.6
    labels = np.where(outside, 5, bare.labels).astype(np.int32)
    turns = turned(bare).info["orientations"]
    info = {"phases": {"coating": [[5, 5]]}, "orientations": turns}
    return tagged(bare.points, np.array(bare.cells), labels, info)


@pytest.fixture(scope="module")
def split(particle: TetMesh) -> CohesiveMesh:
    return split_boundaries(particle)


def layered(mesh: TetMesh, material: Material = NMC, coating: Material = THIN) -> PhasedMaterial:
    return phased(mesh, material, {"coating": coating})


def test_boundaries_under_a_coating_that_hold_change_nothing(
    particle: TetMesh, split: CohesiveMesh
) -> None:
    stages = [Stage(2.0, seconds=120.0, step=60.0)]
    stuff = layered(particle)
    whole = cycle(particle, stuff, stages).history
    firm = TractionSeparationLaw(1e6, 1e6, 1e6)
    held = cycle(split, layered(split.mesh), stages, law=firm).history
    for name in ("potential_V", "mean_x", "surface_x", "least_x"):
        np.testing.assert_allclose(held[name], whole[name], atol=1e-9)


@pytest.mark.parametrize("maximum", [None, 20_000.0])
def test_lithium_is_conserved_while_boundaries_open_under_a_coating(
    split: CohesiveMesh, maximum: float | None
) -> None:
    """No electrolyte comes to them: a whole coating closes the particle off."""
    film = THIN if maximum is None else changed(THIN, concentration_maximum=maximum)
    stages = [Stage(4.0, seconds=500.0, step=125.0), Stage(0.0, seconds=60.0, step=30.0)]
    done = cycle(split, layered(split.mesh, coating=film), stages, law=BRITTLE, stress=True)
    assert 0.05 < done.history["open_share"][-1] < 1.0
    assert done.history["mises_stress_99_MPa"].max() > 10
    if maximum is None:  # else the coating's own lithium belongs to the mean, but not to C-rates
        conserved(done, 4.0, 0.0)
    else:
        rows = np.flatnonzero(done.history["stage"] == 2)
        rest = done.history["mean_x"][rows]
        np.testing.assert_allclose(rest, rest[0], rtol=0, atol=1e-10)
    every = np.ones(len(split.wedges), dtype=np.bool_)
    body = parted(split, every, True, ("coating",))
    assert len(body.triangles) == split.mesh.outer.sum()


@pytest.mark.parametrize("maximum", [None, 20_000.0])
def test_a_lattice_that_stays_under_a_coating_leaves_stress_without_effect(
    maximum: float | None,
) -> None:
    still = changed(CRYSTAL, lattice_a=(2.82,) * 7, lattice_c=(14.2,) * 7)
    film = THIN if maximum is None else changed(THIN, concentration_maximum=maximum)
    mesh = coated(4)
    stages = [Stage(4.0, seconds=120.0, step=30.0), Stage(0.0, seconds=30.0, step=15.0)]
    both, one = (
        cycle(mesh, layered(mesh, still, film), stages, two_way=way).history
        for way in (True, False)
    )
    for name in ("potential_V", "mean_x", "surface_x", "least_x"):
        np.testing.assert_allclose(both[name], one[name], atol=1e-7)


def test_a_core_that_its_coating_presses_on_is_at_another_potential() -> None:
    """At rest V = U(x) + tr(sigma) (dε/dx) / (F c_max), the pressure Lame's of two spheres."""
    rise, x = 0.01, np.linspace(0.0, 1.0, 5)
    young, poisson = 200e3, 0.25
    lattice = tuple((1.0 + rise * x).tolist())
    bulk = young / 3 / (1 - 2 * poisson)
    stiff = {"C11": bulk + 4 / 3 * 80e3, "C33": bulk + 4 / 3 * 80e3, "C12": bulk - 2 / 3 * 80e3,
             "C13": bulk - 2 / 3 * 80e3, "C14": 0.0, "C44": 80e3}  # fmt: skip
    core = changed(
        isotropic(CRYSTAL, 0.5), lattice_x=tuple(x.tolist()), lattice_a=lattice,
        lattice_c=lattice, **{f"stiffness_{name}": value for name, value in stiff.items()},
    )  # fmt: skip
    mesh = coated(8)
    stuff = layered(mesh, core, isotropic(ALUMINA, 0.5))
    stages = [Stage(6.0, seconds=120.0, step=40.0), Stage(0.0, seconds=60.0, step=30.0)]
    history = cycle(mesh, stuff, stages, two_way=True).history
    conserved_mean = HIGH - 6.0 * (HIGH - LOW) * 120 / 3600
    assert history["mean_x"][-1] == pytest.approx(conserved_mean, abs=1e-10)
    mean = float(history["mean_x"][-1])
    shift = float(history["potential_V"][-1] - ChargeTransfer.of(core).open_circuit(mean))
    per_pull = rise / (1 + rise * HIGH) / (1e-6 * FARADAY * NMC.maximum_concentration)  # V per MPa
    # On these cells: stress at that content, uniform.
    found = stressed(mesh, stuff, np.full(len(mesh.points), mean), HIGH)
    volumes, own = gradients(mesh.points, mesh.cells)[0], mesh.labels == 1
    trace = np.average(found.stress[own, :3].sum(axis=1), weights=volumes[own])
    assert shift == pytest.approx(trace * per_pull, rel=0.02)
    # And in balls: u = A r inside, A r + B / r^2 in the layer.
    strain = (1 + rise * mean) / (1 + rise * HIGH) - 1
    c11, c12 = (ALUMINA.stiffness[0, k] for k in (0, 1))
    bulk2, shear2 = (c11 + 2 * c12) / 3, (c11 - c12) / 2
    matrix = [
        [HOLE, -HOLE, -1 / HOLE**2], [3 * bulk, -3 * bulk2, 4 * shear2 / HOLE**3],
        [0, 3 * bulk2, -4 * shear2],
    ]  # fmt: skip
    inner = np.linalg.solve(np.array(matrix), [0.0, 3 * bulk * strain, 0.0])[0]
    assert abs(shift) > 1e-3
    assert shift == pytest.approx(9 * bulk * (inner - strain) * per_pull, rel=0.2)


def test_a_coated_polycrystal_cycles_under_stress(particle: TetMesh) -> None:
    stages = [Stage(2.0, seconds=60.0, step=60.0)]
    done = cycle(particle, layered(particle), stages, two_way=True, stress=True)
    conserved(done, 2.0)
    assert done.history["mises_stress_99_MPa"].max() > 10


def test_a_film_costs_the_same_where_stress_moves_lithium() -> None:
    """Facets alike: the same contents at the same current, and V higher by R i."""
    mesh, _ = whole_ball(0.5)
    resistance, lattice = 2e-3, NMC.numbers["lattice.a"]
    alike = replace(ISOTROPIC, numbers={**ISOTROPIC.numbers, "lattice.c": lattice})
    filmed = replace(alike, numbers={**alike.numbers, "kinetics.film": resistance})
    rate = 2.0
    stage = Stage(rate, seconds=40.0, step=40.0)
    bare, under = (cycle(mesh, stuff, [stage], 0.6, two_way=True).history
                   for stuff in (alike, filmed))  # fmt: skip
    area = float(triangle_areas(mesh.points, mesh.facets[mesh.outer]).sum())
    current = rate * (HIGH - LOW) / 3600 * float(gradients(mesh.points, mesh.cells)[0].sum()) / area
    amperes = current * 1e-6 * FARADAY * NMC.maximum_concentration
    costs = under["potential_V"][1:] - bare["potential_V"][1:]
    np.testing.assert_allclose(costs, resistance * amperes, rtol=3e-3)
    np.testing.assert_allclose(under["surface_x"], bare["surface_x"], atol=1e-5)


def test_a_film_covers_the_sides_of_boundaries_that_open() -> None:
    """Of the same opened body it costs R i of the facets there are, which share the current."""
    split = split_boundaries(turned(voronoi(6, 3)))
    filmed = changed(NMC, kinetics_film=4e-3)
    stages = [Stage(4.0, seconds=500.0, step=125.0)]
    bare, under = (cycle(split, stuff, stages, law=BRITTLE) for stuff in (NMC, filmed))
    conserved(under, 4.0)
    shares = under.history["open_share"]
    assert shares[-1] > 0.2
    np.testing.assert_allclose(shares, bare.history["open_share"], atol=0.05)
    costs = under.history["potential_V"] - bare.history["potential_V"]
    first = int(np.flatnonzero(shares > 0)[0])
    assert (costs[1:] > 0).all()
    assert costs[-1] < 0.8 * costs[first]
