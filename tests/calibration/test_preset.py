"""The shipped calibrated model, and the example that makes it."""

from __future__ import annotations

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from nmc_mesh import load_model
from nmc_mesh.calibration.recipes import DEFAULT
from nmc_mesh.grains.network import NetworkMarkLaw
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model
from nmc_mesh.validation.grains import grain_shapes
from tests.scripts import load_script


def example() -> ModuleType:
    return load_script("examples/calibrate_preset.py")


def test_the_calibrated_model_is_the_reference_in_space() -> None:
    """2,000 grains each, nothing of which the calibration saw: means within the issue's bounds."""
    names = ("nmc-calibrated", "nmc-radial")
    models = [load_model(name).grains for name in names]
    assert isinstance(models[0].marks, NetworkMarkLaw)
    ours, truth = (grain_shapes(one, 3.4, 4000, np.random.default_rng(5), 5) for one in models)
    assert ours.volumes.mean() == pytest.approx(truth.volumes.mean(), rel=0.04)
    assert ours.elongations.mean() == pytest.approx(truth.elongations.mean(), rel=0.03)
    assert ours.flatnesses.mean() == pytest.approx(truth.flatnesses.mean(), rel=0.05)
    assert ours.angles.mean() == pytest.approx(truth.angles.mean(), rel=0.1)
    assert ours.angles.mean() < 0.8  # without preference it is 1


def test_its_particles_have_as_many_grains() -> None:
    counts = [load_model(name).sample(3, diameter=4.0).n_grains
              for name in ("nmc-calibrated", "nmc-radial")]  # fmt: skip
    assert 400 < counts[0] < 600
    assert counts[0] == pytest.approx(counts[1], rel=0.12)


@pytest.mark.usefixtures("few_windows")
def test_the_example_makes_a_model_that_says_where_it_comes_from() -> None:
    pytest.importorskip("torch", reason="install nmc-mesh[calibrate] to run this test")
    quick = replace(DEFAULT, steps=2, start=1, simulated=4, real=4, rounds=1)
    table = example().calibrate(quick, 2.2, 2, 60)
    assert parse_model(format_model(table), "text") == table
    shipped = load_model("nmc-calibrated").provenance
    assert table.name == "nmc-calibrated"
    assert set(table.provenance) == set(shipped)
    for key in ("grains.command", "shell.laws"):
        assert table.provenance[key] == shipped[key]
    assert "no openly licensed EBSD" in shipped["grains"]
