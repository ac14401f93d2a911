"""fit-grains tells of intervals in space, the model file keeps them, info shows them."""

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
from nmc_mesh.cli.grains_report import choice_lines
from nmc_mesh.cli.main import run
from nmc_mesh.particle.model import load_table
from nmc_mesh.sections.files import write_sections
from nmc_mesh.validation import grains_compare, grains_intervals
from nmc_mesh.validation.grains_intervals import Interval, Intervals
from nmc_mesh.validation.grains_samples import FIGURES
from tests.calibration.cuts import TRUTH, cut_sections

MODEL = dict.fromkeys(FIGURES, 1.0)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("intervals") / "sections.h5"
    facts = {"radial": True, "preference": 0.3}
    cuts = cut_sections(TRUTH, [0.0] * 2)
    write_sections(path, [replace(c, name=f"{k}.ang", facts=facts) for k, c in enumerate(cuts)])
    return path


def told(low: float, narrower: dict[str, float]) -> Intervals:
    return Intervals(dict.fromkeys(FIGURES, Interval(low, 1.1, 1.4)), {}, 1.25, narrower, {})


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    found = Calibration(TRUTH, {"step": np.ones(1)}, {"method": "law"})
    monkeypatch.setattr(LawCalibrator, "__call__", lambda *_: found)
    monkeypatch.setattr(grains_intervals, "model_figures", lambda *_: MODEL)
    monkeypatch.setattr(grains_compare, "fit_tests", lambda *_: [])


def fitted(source: Path, output: Path, result: Intervals, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(grains_intervals, "intervals", lambda *_, **__: result)
    command = ["fit-grains", str(source), "--method", "law", "--no-figure", "-o", str(output)]
    assert run(command) == 0


def test_intervals_are_printed_kept_and_shown(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = tmp_path / "mine.toml"
    shares = {**dict.fromkeys(FIGURES, 0.95), "flatness": 0.6}
    fitted(source, output, told(0.9, shares), monkeypatch)
    out, err = capsys.readouterr()
    assert "what the sections say about grains in space" in out
    assert "-40 %" in out
    line = "a section half the radius off the centre would make narrower: flatness by 40 %"
    assert line in " ".join(err.split())
    assert "outside of what the sections leave open" not in err
    table = load_table(output)
    assert table.grains.intervals["volume"] == (0.9, 1.1, 1.4)  # type: ignore[attr-defined]
    assert load_model(output).grains == TRUTH
    assert "misfit 1.25" in table.provenance["grains.intervals"]
    facts = json.loads(output.with_suffix(".json").read_text())
    assert facts["intervals"]["figures"]["flatness"] == [0.9, 1.1, 1.4]
    assert facts["model"]["volume"] == 1.0
    assert run(["info", str(output)]) == 0
    assert "1.1, 90 % between 0.9 and 1.4" in capsys.readouterr().out


def test_a_figure_of_the_model_that_sections_do_not_hold_is_warned_of(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fitted(source, tmp_path / "mine.toml", told(1.05, {}), monkeypatch)
    err = " ".join(capsys.readouterr().err.split())
    assert (
        "volume_cv of the model is 1, outside of what the sections leave open, 1.05 to 1.4" in err
    )
    assert "a section half the radius off" not in err


def test_another_fit_drops_old_intervals(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "mine.toml"
    fitted(source, output, told(0.9, {}), monkeypatch)
    command = ["fit-grains", str(source), "--method", "law", "--no-figure", "--no-intervals", "-q"]
    assert run([*command, "-o", str(output)]) == 0
    table = load_table(output)
    assert table.grains.intervals is None  # type: ignore[attr-defined]
    assert "grains.intervals" not in table.provenance


@pytest.mark.parametrize(("chosen", "words"), [("mixture", "grains of two sizes, which gained")])
def test_a_mixture_is_told_with_its_evidence(chosen: str, words: str) -> None:
    facts: dict[str, Any] = {
        "gain": 9.0,
        "expected": -5.0,
        "scatter": 3.0,
        "promised": 8.0,
        "chosen": chosen,
        "wider": {"power": 8.0, "upper_power": 2.0},
    }
    assert choice_lines({"sizes": facts})["sizes"].startswith(f"{words} +9.0 over one power")
    kept = choice_lines({"sizes": {**facts, "chosen": "poisson"}})["sizes"]
    assert kept.startswith("no mixture of sizes: it gained")
