"""Charge transfer and cycles: conservation, equilibrium, a ball in one dimension, Tafel."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.optimize import brentq
from scipy.spatial.transform import Rotation

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.constants import FARADAY, GAS
from nmc_mesh.mechanics.cycling import Cycled, cycle
from nmc_mesh.mechanics.kinetics import ChargeTransfer
from nmc_mesh.mechanics.linear import triangle_areas
from nmc_mesh.mechanics.protocol import Stage, cycles
from nmc_mesh.mechanics.reacting_body import parted, whole
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.typing import Floats
from tests.meshes import cube, voronoi
from tests.particles import ball

NMC = load_material("nmc811")
LOW, HIGH = NMC.content_range
THERMAL = GAS * 298.15 / FARADAY


def turned(mesh: TetMesh, seed: int = 0) -> TetMesh:
    count = int(mesh.labels.max())
    turns = np.roll(Rotation.random(count, rng=seed).as_quat(), 1, axis=1)
    return replace(mesh, info={"orientations": turns})


def changed(**numbers: float) -> Material:
    return replace(
        NMC, numbers={**NMC.numbers, **{k.replace("_", "."): v for k, v in numbers.items()}}
    )


ISOTROPIC = replace(
    NMC,
    numbers={
        **NMC.numbers,
        "diffusivity.across": NMC.numbers["diffusivity.along"],
        "kinetics.basal": NMC.numbers["kinetics.edge"],
    },
)


@pytest.fixture(scope="module")
def cycled() -> Cycled:
    stages = cycles(2.0, 3.6, 4.25, rest=300.0, hold=0.2)
    stages = [replace(stage, step=3 * stage.longest_step) for stage in stages]
    return cycle(turned(voronoi(12, 4)), NMC, stages, stress=True)


def test_lithium_is_conserved(cycled: Cycled) -> None:
    """What the current takes is what is missing, through currents, holds and rests."""
    h = cycled.history
    for stage in np.unique(h["stage"][1:]):
        rows = h["stage"] == stage
        rate, time, mean = (h[name][rows] for name in ("rate_per_h", "time_s", "mean_x"))
        if np.ptp(rate) < 1e-9:
            exact = mean[0] - rate[0] * (HIGH - LOW) * (time - time[0]) / 3600
            np.testing.assert_allclose(mean, exact, rtol=0, atol=1e-10)
    assert np.abs(h["rate_per_h"][h["stage"] == 3]).max() < 1e-9


def test_stages_end_where_they_should(cycled: Cycled) -> None:
    h = cycled.history
    last = {k: np.flatnonzero(h["stage"] == k)[-1] for k in range(1, 6)}
    assert h["potential_V"][last[1]] == pytest.approx(4.25, abs=2e-5)
    assert h["rate_per_h"][last[2]] == pytest.approx(0.2, abs=2e-5)
    assert h["time_s"][last[3]] - h["time_s"][last[2]] == pytest.approx(300.0)
    assert h["potential_V"][last[4]] == pytest.approx(3.6, abs=2e-5)
    np.testing.assert_array_equal(cycled.ends[1:], [h["time_s"][last[k]] for k in range(1, 6)])
    # A rest ends near equilibrium; stress relaxes with the differences of content.
    spread = h["largest_x"] - h["least_x"]
    assert spread[last[5]] < 0.1 * spread[last[4]]
    assert h["mises_stress_99_MPa"][0] < 1e-3
    assert h["mises_stress_99_MPa"][last[1]] > h["mises_stress_50_MPa"][last[1]] > 100


def test_a_small_current_follows_the_open_circuit_curve() -> None:
    law = ChargeTransfer.of(NMC)
    far = []
    for rate in (1e-2, 1e-3):
        h = cycle(turned(voronoi(6, 3)), NMC, [Stage(rate, until=4.3, step=36 / rate)]).history
        far.append(np.abs(h["potential_V"] - law.open_circuit(h["mean_x"]))[1:].max())
    assert far[1] < 2e-4
    assert far[0] / far[1] == pytest.approx(10.0, rel=0.1)


def radial(radius: float, stage: Stage, times: Floats, shells: int = 80) -> tuple[Floats, Floats]:
    """Mean content, and that at the surface, of a ball in one dimension: finite volumes."""
    law = ChargeTransfer.of(ISOTROPIC)
    faces = np.linspace(0, radius, shells + 1)
    volumes = np.diff(faces**3) / 3
    middles = 0.5 * (faces[1:] + faces[:-1])
    gap = radius - middles[-1]

    def diffusivity(x: Floats) -> Floats:
        return ISOTROPIC.diffusivity(np.clip(x, LOW, HIGH))[..., 0]

    def surface(x: Floats) -> tuple[float, float]:
        """Content at the surface and what leaves there, where diffusion brings what reacts."""
        if stage.hold is None:
            leaves = stage.rate * (HIGH - LOW) / 3600 * radius / 3
            return float(x[-1] - leaves * gap / diffusivity(x[-1])), leaves

        def short(trial: float) -> float:
            leaves = law.current(np.array([trial]), stage.hold, np.array([law.edge]))[0][0]
            return float(leaves - diffusivity(x[-1]) * (x[-1] - trial) / gap)

        there = float(brentq(short, 0.01, 0.99, xtol=1e-10))
        return there, float(diffusivity(x[-1]) * (x[-1] - there) / gap)

    def change(_: float, x: Floats) -> Floats:
        flux = np.zeros(shells + 1)
        between = 0.5 * (diffusivity(x[1:]) + diffusivity(x[:-1]))
        flux[1:-1] = -between * np.diff(x) / np.diff(middles) * faces[1:-1] ** 2
        flux[-1] = surface(x)[1] * radius**2
        return -np.diff(flux) / volumes

    start = np.full(shells, HIGH)
    found = solve_ivp(
        change, (0, times[-1]), start, "BDF", times, rtol=1e-6, atol=1e-8,
        jac_sparsity=np.abs(np.subtract.outer(np.arange(shells), np.arange(shells))) < 2,
    )  # fmt: skip
    mean = volumes @ found.y / volumes.sum()
    return mean, np.array([surface(x)[0] for x in found.y.T])


def whole_ball(size: float) -> tuple[TetMesh, float]:
    mesh = turned(tetrahedralize(ball(), size))
    volume = np.linalg.det(np.diff(mesh.points[mesh.cells], axis=1)).sum() / 6
    return mesh, float(np.cbrt(0.75 * volume / np.pi))


def test_a_ball_follows_its_radial_solution() -> None:
    """At a current, potentials; at a held potential, the lithium that has left."""
    law, times = ChargeTransfer.of(ISOTROPIC), np.linspace(0, 60, 13)
    at, hold = Stage(6.0, seconds=60.0, step=3.0), Stage(hold=3.75, seconds=60.0, step=3.0)
    far = []
    for size in (0.4, 0.28):
        mesh, radius = whole_ball(size)
        h = cycle(mesh, ISOTROPIC, [hold]).history
        mean = np.interp(times[2:], h["time_s"], h["mean_x"])
        left = (HIGH - mean) / (HIGH - radial(radius, hold, times)[0][2:])
        far.append(np.abs(left - 1).max())
    assert far[1] < min(0.03, far[0])
    h = cycle(mesh, ISOTROPIC, [at]).history
    potential = np.interp(times[2:], h["time_s"], h["potential_V"])
    _, there = radial(radius, at, times)
    leaves = at.rate * (HIGH - LOW) / 3600 * radius / 3
    expected = [
        law.potential_for(np.array([x]), np.ones(1), np.array([law.edge]), leaves, 3.8)
        for x in there[2:]
    ]
    area = triangle_areas(mesh.points, mesh.facets[mesh.outer]).sum()
    assert area == pytest.approx(4 * np.pi * radius**2, rel=0.03)
    assert np.abs(potential - expected).max() < 4e-3  # V


def test_tafel_slopes_are_those_of_the_transfer_coefficient() -> None:
    """Far from equilibrium V changes by R T / (a F) per e-fold of a charge; 1 - a the other way."""
    mesh, a = turned(voronoi(6, 3)), 0.57
    for sign, slope in ((1, THERMAL / a), (-1, -THERMAL / (1 - a))):
        first = []
        for rate in (2e4, 2e4 * np.e):
            stage = Stage(sign * rate, seconds=1e-9, step=1e-9)
            first.append(cycle(mesh, NMC, [stage], start=0.6).history["potential_V"][1])
        assert np.diff(first)[0] == pytest.approx(slope, rel=1e-3)


def test_symmetric_kinetics_have_symmetric_overpotentials() -> None:
    mesh, material = turned(voronoi(6, 3)), changed(kinetics_transfer=0.5)
    ends = [
        cycle(mesh, material, [Stage(rate, seconds=1e-9)], start=0.6).history["potential_V"][1]
        for rate in (5.0, -5.0)
    ]
    rest = float(ChargeTransfer.of(material).open_circuit(0.6))
    assert ends[0] - rest == pytest.approx(rest - ends[1], rel=1e-6)
    assert ends[0] - rest > 1e-3


def test_a_film_on_a_ball_costs_current_times_resistance() -> None:
    """Facets alike: the same contents at the same current, and V higher by R i."""
    mesh, _ = whole_ball(0.4)
    resistance = 2e-3  # ohm m^2
    filmed = replace(ISOTROPIC, numbers={**ISOTROPIC.numbers, "kinetics.film": resistance})
    area = float(triangle_areas(mesh.points, mesh.facets[mesh.outer]).sum())
    volume = float(grain_table(mesh)["volume"].sum())
    for rate in (2.0, -2.0):
        stage = Stage(rate=rate, seconds=200.0, step=100.0)
        bare, under = (cycle(mesh, stuff, [stage], 0.6).history for stuff in (ISOTROPIC, filmed))
        current = rate * (HIGH - LOW) / 3600 * volume / area  # um/s
        amperes = current * 1e-6 * FARADAY * NMC.maximum_concentration
        rows = slice(1, None)
        costs = under["potential_V"][rows] - bare["potential_V"][rows]
        # x at nodes of a ball is alike to a percent, and so are currents.
        np.testing.assert_allclose(costs, resistance * amperes, rtol=2e-3)
        np.testing.assert_allclose(under["surface_x"], bare["surface_x"], atol=1e-5)


def test_a_film_evens_currents_out_and_its_slopes_are_derivatives() -> None:
    """Of facets unlike the faster loses more; against a root sought otherwise."""
    bare = ChargeTransfer.of(NMC)
    law = replace(bare, film=40.0)
    exchange, x = np.array([0.0, 2e-4, 1e-2]), np.array([0.4, 0.5, 0.6])

    def off(i: float, potential: float, k: int) -> float:
        """What a facet gives at V - R i, less i."""
        under = potential - law.film * i
        return float(bare.current(x[k : k + 1], under, exchange[k : k + 1])[0][0]) - i

    for potential in (3.5, 3.9, 4.4):
        leaves, over_x, over_v = law.current(x, potential, exchange)
        roots = [brentq(off, -0.1, 0.1, (potential, k), xtol=1e-15) for k in range(3)]
        np.testing.assert_allclose(leaves, roots, atol=1e-12)
        h = 1e-6
        ahead, behind = (law.current(x, potential + d, exchange)[0] for d in (h, -h))
        np.testing.assert_allclose((ahead - behind) / (2 * h), over_v, rtol=1e-5, atol=1e-9)
        ahead, behind = (law.current(x + d, potential, exchange)[0] for d in (h, -h))
        np.testing.assert_allclose((ahead - behind) / (2 * h), over_x, rtol=1e-4, atol=1e-9)
        assert np.ptp(leaves[1:]) < np.ptp(bare.current(x, potential, exchange)[0][1:])
    with pytest.raises(InputError, match="film is 0 or more"):
        replace(law, film=-1.0)


def test_basal_planes_are_idle_and_random_facets_give_the_mean_of_the_source() -> None:
    law = ChargeTransfer.of(NMC)
    c = np.array([[0.0, 0.0, 1.0]] * 3)
    found = law.exchange(np.array([[0, 0, 1.0], [1.0, 0, 0], [0.6, 0, -0.8]]), c) / law.edge
    np.testing.assert_allclose(found, [0.0, 1.0, 0.6], atol=1e-12)
    normals = np.random.default_rng(0).normal(size=(100_000, 3))
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    mean = law.exchange(normals, np.broadcast_to(c[:1], normals.shape)).mean()
    amperes = mean * FARADAY * NMC.maximum_concentration * 1e-6
    assert amperes == pytest.approx(5.028, rel=0.01)


def test_slopes_of_the_current_are_its_derivatives() -> None:
    law, x, step = ChargeTransfer.of(NMC), np.linspace(0.15, 0.97, 40), 1e-6
    i0 = np.full(40, law.edge)
    _, over_x, over_v = law.current(x, 3.9, i0)
    ahead, behind = (law.current(x + s, 3.9, i0)[0] for s in (step, -step))
    np.testing.assert_allclose(over_x, (ahead - behind) / (2 * step), rtol=2e-3)
    ahead, behind = (law.current(x, 3.9 + s, i0)[0] for s in (step, -step))
    np.testing.assert_allclose(over_v, (ahead - behind) / (2 * step), rtol=1e-5)


def test_turning_particle_and_crystals_changes_nothing() -> None:
    mesh = turned(voronoi(6, 3))
    turn = Rotation.from_euler("ZXZ", (0.4, 1.0, -0.3))
    q = Rotation.from_quat(np.asarray(mesh.info["orientations"])[:, [1, 2, 3, 0]])
    info = {"orientations": (turn * q).as_quat()[:, [3, 0, 1, 2]]}
    other = tagged(turn.apply(mesh.points.copy()), mesh.cells, mesh.labels, info)
    stages = [Stage(1.0, seconds=300.0)]
    first, second = (cycle(body, NMC, stages).history for body in (mesh, other))
    np.testing.assert_allclose(first["potential_V"], second["potential_V"], atol=1e-9)


def test_boundaries_that_are_closed_are_none_and_open_ones_are_surface() -> None:
    mesh = turned(cube(2, 4))
    split = split_boundaries(mesh)
    split = replace(split, mesh=replace(split.mesh, info=mesh.info))
    stages, count = [Stage(1.0, seconds=300.0)], len(split.wedges)
    plain = cycle(mesh, NMC, stages)
    closed = cycle(split, NMC, stages, opened=np.zeros(count, dtype=bool))
    columns = ("potential_V", "mean_x", "least_x")
    for name in columns:
        np.testing.assert_allclose(closed.history[name], plain.history[name], atol=1e-10)
    np.testing.assert_allclose(closed.content, plain.content[:, split.origin], atol=1e-9)
    every = np.ones(count, dtype=bool)
    wet, dry = parted(split, every), parted(split, every, electrolyte=False)
    areas = [triangle_areas(body.points, body.triangles).sum() for body in (whole(mesh), wet, dry)]
    plane = triangle_areas(mesh.points, mesh.facets[mesh.inner, :3]).sum()
    np.testing.assert_allclose(np.subtract(areas, areas[0]), [0, 2 * plane, 0], atol=1e-12)
    assert len(dry.points) == len(split.mesh.points) > len(mesh.points)
    opened, blocked = (
        cycle(split, NMC, stages, opened=every, electrolyte=way).history for way in (True, False)
    )
    end = opened["mean_x"][0] - (HIGH - LOW) * 300 / 3600
    for history in (opened, blocked):
        assert history["mean_x"][-1] == pytest.approx(end, abs=1e-10)
    # More surface needs less overpotential; a wall within is no help.
    assert opened["potential_V"][-1] < plain.history["potential_V"][-1]
    assert blocked["potential_V"][-1] >= plain.history["potential_V"][-1] - 1e-6


def test_electrolyte_enters_only_what_hangs_together_with_the_surface() -> None:
    split = split_boundaries(turned(voronoi(12, 6)))
    outer = np.unique(split.origin[split.mesh.facets[split.mesh.outer]])
    inside = ~np.isin(split.origin[split.wedges[:, :3]], outer).any(axis=1)
    assert 0 < inside.sum() < len(inside)
    enclosed = parted(split, inside)
    assert len(enclosed.triangles) == split.mesh.outer.sum()
    every = parted(split, np.ones(len(inside), dtype=bool))
    assert len(every.triangles) == split.mesh.outer.sum() + 2 * len(inside)


def test_a_history_is_a_table(cycled: Cycled, tmp_path: Path) -> None:
    cycled.history.write(tmp_path / "cycle.csv")
    with (tmp_path / "cycle.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(cycled.history["time_s"])
    assert list(rows[0]) == list(cycled.history.columns)
    read = [float(row["potential_V"]) for row in rows]
    np.testing.assert_allclose(read, cycled.history["potential_V"], rtol=1e-9)
    with pytest.raises(InputError, match=r"name it \.csv"):
        cycled.history.write(tmp_path / "cycle.txt")
    with pytest.raises(InputError, match="no column 'volts'"):
        cycled.history["volts"]


REFUSED = {
    "no end": (lambda: Stage(1.0), "needs an end"),
    "rest to a potential": (lambda: Stage(until=4.0), "a rest ends by 'seconds'"),
    "hold to a potential": (lambda: Stage(hold=4.0, until=4.1), "ends by 'until_rate'"),
    "negative time": (lambda: Stage(1.0, seconds=-1.0), "are positive"),
    "not a number": (lambda: Stage(float("nan"), seconds=1.0), "finite"),
    "upside down": (lambda: cycles(1.0, 4.3, 3.0), "lower < upper"),
    "nothing to do": (lambda: cycle(turned(cube(1, 2)), NMC, []), "there are no stages"),
    "empty crystals": (
        lambda: cycle(turned(cube(1, 2)), NMC, [Stage(1.0, seconds=7200.0)]), "take a lower rate",
    ),
    "no kinetics": (
        lambda: cycle(turned(cube(1, 2)), load_material("nmc532"), [Stage(1.0, seconds=1.0)]),
        r"nmc532 has no 'kinetics\.edge'",
    ),
    "not split": (
        lambda: cycle(turned(cube(2, 2)), NMC, cycles(1, 3, 4), opened=np.ones(2, dtype=bool)),
        "split_boundaries",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused(case: str) -> None:
    act, remedy = REFUSED[case]
    with pytest.raises(InputError, match=remedy):
        act()
