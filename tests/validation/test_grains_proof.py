"""Judging calibrations: the same architecture has no error, another one has, drift is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.calibration import Calibration
from nmc_mesh.cli import validate_grains
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.grains.marks import RadialMarkLaw
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.files import write_sections
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains_compare import compare_grains
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_proof import Architecture, examine, judged, summaries
from nmc_mesh.validation.grains_trials import TrialFile, TrialPlan
from nmc_mesh.validation.grains_truths import HARDER, PIXEL, PROVEN, TRUTHS, truths
from tests.cli.refusal import refused

RADIUS = 3.0
TRUTH = TRUTHS["strong"]


@pytest.fixture(scope="module")
def known() -> Architecture:
    return examine(TRUTH.model, RADIUS, PIXEL, 2, 1)


def equiaxed() -> GrainModel:
    law = RadialMarkLaw((3.0, 3.0, 3.0), 0.0, (0.0, 0.0), (1.0, 10.0), (0.0, 1.0))
    return GrainModel(0.8 * TRUTH.model.intensity, law, 1.0)


def test_the_same_architecture_has_no_error(known: Architecture) -> None:
    found = judged(examine(TRUTH.model, RADIUS, PIXEL, 2, 2), known)
    assert np.abs([found["errors"][name] for name in ("volume", "elongation")]).max() < 0.03
    assert max(found["ks_2d"].values()) < 0.06
    assert max(found["ks_3d"].values()) < 0.05


def test_another_one_is_told_in_space_and_on_sections(known: Architecture) -> None:
    found = judged(examine(equiaxed(), RADIUS, PIXEL, 1, 2), known)
    assert found["errors"]["volume"] == pytest.approx(1 / 0.8 - 1, abs=0.06)
    assert found["errors"]["elongation"] < -0.2
    assert found["errors"]["radial_angle"] > 1
    assert found["ks_2d"]["orientation"] > 0.3


def test_the_mean_volume_hardly_depends_on_the_number_of_seeds() -> None:
    """1 / (mu share of seeds that have a grain) up to what happens at the ball's surface."""
    volumes = [examine(TRUTH.model, 2.0, PIXEL, 1, k).figures["volume"] for k in range(4)]
    direct = [examine(TRUTH.model, 2.0, PIXEL, 1, k).shapes.volumes.mean() for k in range(4)]
    assert np.std(volumes) < np.std(direct)
    assert np.mean(volumes) == pytest.approx(1 / TRUTH.model.intensity, rel=0.03)


def trial(seed: int, volume: float, planar: float) -> dict[str, Any]:
    errors = dict.fromkeys(("elongation", "flatness", "radial_angle", "neighbours"), 0.0)
    return {
        "truth": "weak", "method": "gan", "seed": seed, "cpu_seconds": 10.0,
        "errors": {"volume": volume, "volume_cv": 0.0, **errors}, "ks_2d": {"area": planar},
    }  # fmt: skip


def test_drift_is_told_from_the_spread_over_seeds() -> None:
    (steady,) = summaries([trial(k, 0.01, 0.02) for k in range(3)])
    assert steady.warnings == []
    (close,) = summaries([trial(k, 0.07, 0.02) for k in range(3)])
    loose = {"volume": 0.04, "ks_2d": 0.04}
    (further,) = summaries([trial(k, 0.07, 0.02) for k in range(3)], loose)
    assert (len(close.warnings), len(further.warnings)) == (1, 0)
    (drifting,) = summaries([trial(k, (k - 1) * 0.2, 0.02) for k in range(3)])
    assert drifting.mean["volume"] == pytest.approx(0.0)
    assert drifting.spread["volume"] == pytest.approx(0.2)
    assert "volume varies by 20 % from seed to seed (sections look right)" in drifting.warnings[0]
    (wrong,) = summaries([trial(k, 0.3, 0.3) for k in range(3)])
    assert wrong.warnings == ["volume is +30 % off in space (sections differ)"]


def test_truths_by_name() -> None:
    assert [truth.name for truth in truths("all")] == list(PROVEN)
    assert [truth.name for truth in truths("harder")] == list(HARDER)
    assert truths("flat")[0].model.intensity == pytest.approx(0.0018 / 0.05**3)
    with pytest.raises(InputError, match="choose all, harder, weak, strong"):
        truths("week")


def planes(height: float = 0.0) -> list[Section]:
    return draw_cuts(TRUTH.model, RADIUS, [height] * 2, PIXEL, 3)


def test_measured_sections_agree_with_their_own_model_only() -> None:
    own = compare_grains(planes(), TRUTH.model, np.random.default_rng(0)).distances()
    other = compare_grains(planes(), equiaxed(), np.random.default_rng(0)).distances()
    for name, found in own.items():
        assert found["ks"] < 2 * found["ks_noise"]
        assert found["ks"] < other[name]["ks"]
    with pytest.raises(InputError, match="one simulated ball"):
        compare_grains([], TRUTH.model, np.random.default_rng(0))


class Oracle:
    """A calibrator that knows the truth, and counts how often it is asked."""

    asked = 0

    def __call__(
        self, sections: list[Section], seed: int, progress: Progress = silent
    ) -> Calibration:
        Oracle.asked += 1
        assert all(section.over_center == 0 for section in sections)
        return Calibration(TRUTH.model)


def test_the_proof_on_the_command_line_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
    monkeypatch.setattr(validate_grains, "calibrator", lambda method: Oracle())
    small = TRUTH._replace(radius=2.0)
    monkeypatch.setattr("nmc_mesh.validation.grains_truths.TRUTHS", {"strong": small})
    arguments = ["validate", "grains", "--truth", "strong", "--sections", "2", "--balls", "1"]
    place = str(tmp_path / "proof.png")
    Oracle.asked = 0
    assert run([*arguments, "--seeds", "1", "-o", place]) == 0
    assert run([*arguments, "--seeds", "2", "-o", place]) == 0
    assert Oracle.asked == 2
    assert "hidden truth" in capsys.readouterr().out
    facts = json.loads((tmp_path / "proof.json").read_text(encoding="utf-8"))
    assert [trial["seed"] for trial in facts["trials"]] == [0, 1]
    assert abs(facts["summaries"][0]["mean"]["elongation"]) < 0.08
    assert (tmp_path / "proof.png").read_bytes()[:4] == b"\x89PNG"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"proof.png", "proof.json", "proof.jsonl"}


def test_a_trial_is_taken_over_if_all_it_depends_on_is_the_same(tmp_path: Path) -> None:
    key = TrialPlan(("law",), (0, 1), (0.0, 0.3), True, 4).key("weak", "law", 0)
    path = tmp_path / "proof.jsonl"
    kept = TrialFile(path)
    kept.add({**key, "grains": 5})
    kept.add({**key, "grains": 6})
    with path.open("a", encoding="utf-8") as file:
        file.write('{"truth": "weak", "meth')  # the run was stopped here
    again = TrialFile(path)
    assert again.find(key) == {**key, "grains": 6}
    assert again.find({**key, "heights": [0.0, 0.6]}) is None
    assert TrialFile(path, fresh=True).find(key) is None


def test_a_model_beside_sections_on_the_command_line(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
    cuts = draw_cuts(TRUTH.model, 2.0, [0.0, 0.0], PIXEL, 3)
    write_sections(tmp_path / "s.h5", cuts)
    place = str(tmp_path / "grains.png")
    sections = str(tmp_path / "s.h5")
    arguments = ["validate", "grains", "nmc-radial", sections, "--balls", "1", "-q", "-o", place]
    assert run(arguments) == 0
    facts = json.loads((tmp_path / "grains.json").read_text(encoding="utf-8"))
    assert set(facts["descriptors"]) == {"area", "elongation", "orientation", "chord"}
    assert facts["simulated_sections"] == 6


@pytest.mark.parametrize(
    ("arguments", "code", "remedy"),
    [
        ([], InputError.exit_code, "give a model and a file of sections, or --truth"),
        (["--truth", "week"], InputError.exit_code, "choose all, harder, weak"),
        (["--truth", "weak", "--heights", "2"], InputError.exit_code, "from 0 to 0.95"),
        (["--truth", "weak", "--seed", "-1"], InputError.exit_code, "0 or more"),
        (["--truth", "weak", "--recipe", "paper"], InputError.exit_code, "add --method gan"),
        (["nmc-radial", "none.h5"], FileError.exit_code, "no such file"),
    ],
)
def test_refusals(
    arguments: list[str],
    code: int,
    remedy: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    place = str(tmp_path / "out.json")
    refused(["validate", "grains", *arguments, "-o", place], tmp_path, code, remedy, capsys)
