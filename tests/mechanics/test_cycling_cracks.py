"""Cycles of cracked particles, and of particles whose boundaries open on the way."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.cracks.law import CrackLaw
from nmc_mesh.cracks.opening import crack
from nmc_mesh.crystal.library import load_material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_equilibrium import CohesiveBody
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw, unbreakable
from nmc_mesh.mechanics.cycling import Cycled, cycle
from nmc_mesh.mechanics.linear import triangle_areas
from nmc_mesh.mechanics.opening import Opening
from nmc_mesh.mechanics.protocol import Stage, cycles
from nmc_mesh.mechanics.reacting_body import whole
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.meshes import voronoi

NMC = load_material("nmc811")
LOW, HIGH = NMC.content_range
WEAK = TractionSeparationLaw(80.0, 0.04, 80.0, 1e6)


def turned(mesh: TetMesh) -> TetMesh:
    count = int(mesh.labels.max())
    turns = np.roll(Rotation.random(count, rng=0).as_quat(), 1, axis=1)
    return replace(mesh, info={"orientations": turns})


@pytest.fixture(scope="module")
def mesh() -> TetMesh:
    return turned(voronoi(12, 6))


@pytest.fixture(scope="module")
def coarse() -> TetMesh:
    return turned(voronoi(6, 3))


def conserved(done: Cycled, *rates: float) -> None:
    """What the currents of the stages take is missing, to 1e-10."""
    h = done.history
    for stage, rate in enumerate(rates, 1):
        rows = np.flatnonzero(h["stage"] == stage)
        time, mean = h["time_s"][rows], h["mean_x"][rows]
        exact = mean[0] - rate * (HIGH - LOW) * (time - time[0]) / 3600
        np.testing.assert_allclose(mean, exact, rtol=0, atol=1e-10)
        assert len(rows) > 2


def flooded(mesh: TetMesh) -> float:
    """Area of the sides of cracks that one reaches from the surface, edge by edge."""
    places = [tuple(place) for place in mesh.points.tolist()]  # both sides stand at the same

    def edges(triangle: list[int]) -> list[frozenset[Any]]:
        return [frozenset(map(places.__getitem__, pair)) for pair in combinations(triangle, 2)]

    wet = {edge for triangle in mesh.facets[mesh.outer].tolist() for edge in edges(triangle)}
    dry, area = mesh.facets[mesh.cracked].tolist(), 0.0
    while front := [triangle for triangle in dry if not wet.isdisjoint(edges(triangle))]:
        area += float(triangle_areas(mesh.points, np.array(front)).sum())
        wet.update(edge for triangle in front for edge in edges(triangle))
        dry = [triangle for triangle in dry if triangle not in front]
    return area


def test_electrolyte_enters_cracks_as_far_as_the_surface_reaches(mesh: TetMesh) -> None:
    """Nothing of isolated cracks reacts, nothing of dry ones, and all of connected ones."""
    shares = []
    for surface, share, seed in (("isolated", 0.05, 3), *(("connected", 0.3, n) for n in range(8))):
        cracked = crack(mesh, CrackLaw(share, surface=surface), seed)
        wet, dry = (whole(cracked, way) for way in (True, False))
        more = triangle_areas(wet.points, wet.triangles).sum()
        more -= triangle_areas(dry.points, dry.triangles).sum()
        assert more == pytest.approx(flooded(cracked), abs=1e-12)
        assert len(dry.triangles) == mesh.outer.sum()
        area = triangle_areas(cracked.points, cracked.facets[cracked.cracked]).sum()
        shares.append(more / area)
    assert shares[0] == 0
    np.testing.assert_allclose(shares[1:], 1.0, rtol=1e-12)


def test_a_cracked_particle_is_cycled(mesh: TetMesh) -> None:
    """Wet cracks ease the charge, dry ones hinder it; lithium is conserved."""
    stages = [Stage(2.0, seconds=300.0, step=30.0)]
    cracked = crack(mesh, CrackLaw(0.3, surface="connected"), 3)
    plain = cycle(mesh, NMC, stages)
    wet, dry = (cycle(cracked, NMC, stages, electrolyte=way) for way in (True, False))
    for done in (plain, wet, dry):
        conserved(done, 2.0)
    ends = [done.history["potential_V"][-1] for done in (wet, plain, dry)]
    assert ends[0] < ends[1] - 1e-3
    assert ends[1] < ends[2]
    assert wet.content.shape == (2, len(cracked.points))


@pytest.fixture(scope="module")
def opened(coarse: TetMesh) -> tuple[Cycled, Cycled]:
    """A charge and a discharge with weak boundaries, and the same with ones that hold."""
    split = split_boundaries(coarse)
    split = replace(split, mesh=replace(split.mesh, info=coarse.info))
    stages = [replace(stage, step=100.0) for stage in cycles(2.0, 3.6, 4.2)]
    strong = TractionSeparationLaw(1e4, 1e3, 1e4, 1e6)
    weak, firm = (cycle(split, NMC, stages, stress=way is WEAK, law=way) for way in (WEAK, strong))
    return weak, firm


def test_boundaries_open_and_stay_open(opened: tuple[Cycled, Cycled]) -> None:
    weak, firm = opened
    share = weak.history["open_share"]
    assert share[0] == 0
    assert (np.diff(share) >= 0).all()
    assert 0.05 < share[-1] < 1.0
    assert (firm.history["open_share"] == 0).all()


def test_lithium_is_conserved_while_boundaries_open(opened: tuple[Cycled, Cycled]) -> None:
    for done in opened:
        conserved(done, 2.0, -2.0)
        assert done.content.shape[0] == 3


def test_open_boundaries_release_stress(opened: tuple[Cycled, Cycled], coarse: TetMesh) -> None:
    """Stress of a particle that breaks stays below that of one that cannot, at the same content."""
    weak = opened[0].history
    stages = [replace(stage, step=100.0) for stage in cycles(2.0, 3.6, 4.2)]
    intact = cycle(coarse, NMC, stages, stress=True).history
    worst = [h["mises_stress_99_MPa"].max() for h in (weak, intact)]
    assert 0 < worst[0] < 0.8 * worst[1]


def test_boundaries_that_hold_change_nothing(
    opened: tuple[Cycled, Cycled], coarse: TetMesh
) -> None:
    stages = [replace(stage, step=100.0) for stage in cycles(2.0, 3.6, 4.2)]
    plain, firm = cycle(coarse, NMC, stages).history, opened[1].history
    for name in ("potential_V", "mean_x", "least_x"):
        np.testing.assert_allclose(firm[name], plain[name], atol=1e-8)


def split_of(mesh: TetMesh) -> CohesiveMesh:
    split = split_boundaries(mesh)
    return replace(split, mesh=replace(split.mesh, info=mesh.info))


@pytest.mark.parametrize("brittle", [(80.0, 0.004), (300.0, 0.05)])
def test_brittle_boundaries_find_their_equilibrium(
    coarse: TetMesh, brittle: tuple[float, float]
) -> None:
    """Where Newton's tangents lead nowhere, as boundaries soften: swollen in four steps."""
    split = split_of(coarse)
    law = TractionSeparationLaw(brittle[0], brittle[1], brittle[0], 1e6)
    none = np.zeros(len(split.wedges), dtype=np.bool_)
    opening = Opening(split, NMC, law, HIGH, none)
    firm = Opening(split, NMC, TractionSeparationLaw(1e4, 1e3, 1e4, 1e6), HIGH, none)
    for x in (0.7, 0.5, 0.4, 0.3):
        content = x + 0.05 * np.sin(3 * split.mesh.points.sum(axis=1))
        opening.follow(content)
        firm.follow(content)
    worst, intact = (np.linalg.norm(part.stress, axis=1).max() for part in (opening, firm))
    assert 0 < worst < 0.8 * intact


def test_damage_goes_slower_where_nothing_else_settles(
    coarse: TetMesh, monkeypatch: pytest.MonkeyPatch
) -> None:
    split, solve, shares = split_of(coarse), CohesiveBody.solve, list[float]()
    limit = 0.05

    def reluctant(self: CohesiveBody, *given: Any, relaxation: float, **words: Any) -> Any:
        shares.append(relaxation)
        if relaxation > limit:
            raise InputError("no equilibrium")
        return solve(self, *given, relaxation=relaxation, **words)

    monkeypatch.setattr(CohesiveBody, "solve", reluctant)
    none = np.zeros(len(split.wedges), dtype=np.bool_)
    opening = Opening(split, NMC, WEAK, HIGH, none)
    opening.follow(np.full(len(split.mesh.points), 0.5))
    assert np.abs(opening.stress).max() > 0
    assert len(shares) < 60
    limit = 0.0
    with pytest.raises(InputError, match="take shorter steps, a lower rate"):
        opening.follow(np.full(len(split.mesh.points), 0.4))


def test_what_cannot_open_is_refused(mesh: TetMesh) -> None:
    split = split_boundaries(mesh)
    split = replace(split, mesh=replace(split.mesh, info=mesh.info))
    stages = [Stage(1.0, seconds=10.0)]
    with pytest.raises(InputError, match="split_boundaries"):
        cycle(mesh, NMC, stages, law=WEAK)
    with pytest.raises(InputError, match="a strength"):
        cycle(split, NMC, stages, law=unbreakable())
    with pytest.raises(InputError, match="wants the law"):
        cycle(split, NMC, stages, stress=True)
