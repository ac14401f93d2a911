"""fit-grains says what of its model is not to be trusted, and the model file keeps it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh import load_model
from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.cli.main import run
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.grains.seeds import PerturbedLattice
from nmc_mesh.sections.files import write_sections
from tests.calibration.cuts import TRUTH, cut_sections

REGULAR = replace(TRUTH, seeds=PerturbedLattice(0.15))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("regular") / "sections.h5"
    facts = {"radial": True, "preference": 0.3}
    cuts = cut_sections(REGULAR, [0.0] * 6)
    write_sections(path, [replace(c, name=f"{k}.ang", facts=facts) for k, c in enumerate(cuts)])
    return path


def fitted(
    source: Path, model: Path, grains: GrainModel, facts: dict[str, Any], patch: pytest.MonkeyPatch
) -> None:
    """Run the command with a calibrator that finds this."""
    found = Calibration(grains, {"step": np.ones(1)}, {"method": "law", **facts})
    patch.setattr(LawCalibrator, "__call__", lambda *_: found)
    command = ["fit-grains", str(source), "--method", "law", "--no-figure", "--no-intervals"]
    command += ["-o", str(model)]
    assert run(command) == 0


def test_what_does_not_fit_is_warned_of_and_kept(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    facts = {"on_bounds": ["bend = 0.4, the lowest that is searched"]}
    fitted(source, tmp_path / "wrong.toml", TRUTH, facts, monkeypatch)
    out, err = capsys.readouterr()
    assert "neighbor_distance of the sections" in err
    assert "centres of grains lie more regularly than the model's" in " ".join(err.split())
    assert "bend = 0.4, the lowest that is searched" in err
    assert "what no calibration looks at" in out
    said = load_model(tmp_path / "wrong.toml").provenance
    assert "neighbor_distance +" in said["grains.fit"]
    tests = json.loads((tmp_path / "wrong.json").read_text())["comparison"]["fit"]
    assert min(test["p"] for test in tests) < 1e-3


def test_a_model_that_fits_is_not_warned_of(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seeds = {
        "laws": ["poisson", "lattice"],
        "gain": 200.0,
        "expected": -150.0,
        "scatter": 20.0,
        "promised": 180.0,
        "chosen": "lattice",
        "wider": {"displacement": 0.15},
    }
    fitted(source, tmp_path / "right.toml", REGULAR, {"seeds": seeds}, monkeypatch)
    err = " ".join(capsys.readouterr().err.split())
    assert "warning" not in err
    assert "seeds of a perturbed lattice, which gained +200.0 over those of Poisson" in err
    made = load_model(tmp_path / "right.toml")
    assert made.grains.seeds == PerturbedLattice(0.15)
    assert "held-out sections" in made.provenance["grains.seeds"]
