"""Cycles in which stress moves lithium: limits, Zhang's ball, conservation, a whole charge."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.crystal.library import load_material
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics import chemo
from nmc_mesh.mechanics.constants import FARADAY, GAS
from nmc_mesh.mechanics.coupled import coupled
from nmc_mesh.mechanics.coupled_run import CoupledRun
from nmc_mesh.mechanics.cycling import cycle
from nmc_mesh.mechanics.linear import gradients, triangle_areas
from nmc_mesh.mechanics.protocol import Stage, cycles
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from tests.mechanics.test_coupled import FLUX, START, TEMPERATURE, isotropic, with_crystals
from tests.mechanics.test_cycling import turned
from tests.mechanics.test_phases import coated
from tests.meshes import cube, voronoi
from tests.particles import ball

NMC = load_material("nmc811")
LOW, HIGH = NMC.content_range


def test_a_lattice_that_stays_leaves_stress_without_effect() -> None:
    still = replace(
        NMC, numbers={**NMC.numbers, "lattice.a": (2.82,) * 7, "lattice.c": (14.2,) * 7}
    )
    mesh = turned(voronoi(6, 4))
    stages = [Stage(4.0, seconds=120.0, step=30.0), Stage(0.0, seconds=30.0, step=15.0)]
    both, one = (cycle(mesh, still, stages, two_way=way).history for way in (True, False))
    # One takes D grad x, the other D (U'(u) / U'(x)) grad u: the same where x is u.
    for name in ("potential_V", "mean_x", "surface_x", "least_x"):
        np.testing.assert_allclose(both[name], one[name], atol=1e-7)


def ideal() -> Material:
    """The ball of Zhang's equation: U = -(R T / F) ln x, a large overpotential at every facet."""
    x = np.exp(np.linspace(np.log(0.02), 0.0, 400))
    volts = -GAS * TEMPERATURE / FARADAY * np.log(x)
    numbers = {
        **isotropic().numbers,
        "potential.x": tuple(x.tolist()),
        "potential.open_circuit": tuple(volts.tolist()),
        "kinetics.edge": 1e-6,
        "kinetics.basal": 1e-6,
        "kinetics.transfer": 0.5,
    }
    return Material("ideal", "", numbers)


def test_a_ball_follows_zhangs_equation() -> None:
    """As `coupled` does, which is held against the equation itself; there the factor is 1."""
    mesh = with_crystals(tetrahedralize(ball(), 0.5))
    volume = gradients(mesh.points, mesh.cells)[0].sum()
    area = triangle_areas(mesh.points, mesh.facets[mesh.outer]).sum()
    rate = -FLUX * area / volume * 3600 / (START - 0.2)
    run = CoupledRun(mesh, ideal(), TEMPERATURE, None, True, False)
    begin = run.begin(np.full(len(mesh.points), START), 0.0)
    per_rate = (START - 0.2) * volume / 3600
    stage = Stage(rate, seconds=30.0, step=5.0)
    now = run.stage(stage, begin, 0.0, per_rate, lambda _time, state, _rate: state)[1]
    expected = coupled(mesh, isotropic(), START, FLUX, np.linspace(0, 30.0, 11), factor=1.0)
    assert now.under is not None
    found, spread = now.under.corners.mean(axis=1), np.ptp(expected.content[-1])
    assert np.abs(found - expected.content[-1]).max() < 0.02 * spread
    near = np.abs(now.under.stress - expected.stress).max()
    assert near < 0.02 * np.abs(expected.stress).max()
    free = cycle(mesh, ideal(), [stage]).content[-1][mesh.cells].mean(axis=1)
    assert np.abs(free - expected.content[-1]).max() > 0.2 * spread


def test_a_whole_charge_of_nmc811_settles_and_conserves_lithium() -> None:
    mesh = turned(voronoi(12, 3, 1), 1)
    stages = [Stage(0.5, until=4.35, step=600.0), Stage(0.0, seconds=300.0, step=300.0)]
    done = cycle(mesh, NMC, stages, stress=True, two_way=True)
    history = done.history
    end = np.flatnonzero(history["stage"] == 1)[-1]
    assert history["mean_x"][end] < 0.26
    taken = 0.5 / 3600 * (HIGH - LOW) * np.minimum(history["time_s"], history["time_s"][end])
    np.testing.assert_allclose(history["mean_x"], HIGH - taken, rtol=0, atol=1e-10)
    assert history["mises_stress_99_MPa"].max() > 1000
    plain = cycle(mesh, NMC, stages, stress=True).history
    spread, alone = (np.ptp([h["least_x"][end // 2], h["largest_x"][end // 2]])
                     for h in (history, plain))  # fmt: skip
    assert spread > 1.5 * alone


def test_what_it_is_not_made_for_is_refused() -> None:
    mesh = coated(4)
    with pytest.raises(InputError, match="leave two_way out"):
        cycle(split_boundaries(cube(2)), NMC, cycles(1.0, 3.6, 4.2), two_way=True)
    with pytest.raises(InputError, match="no material"):
        chemo.galvanostatic(mesh, NMC)
