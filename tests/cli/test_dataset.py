"""The command ``dataset``: plans, costs, data sets, verification, shards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from nmc_mesh.cli.dataset_report import state_line
from nmc_mesh.cli.main import run
from nmc_mesh.dataset import engine
from nmc_mesh.dataset.settings import State
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.parallel import set_threads
from tests.cli.refusal import refused
from tests.dataset.plans import VOXELS, plan_text, written_plan

HERE = ["--processes", "1"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(engine, "probes", lambda *_: [])
    yield tmp_path
    set_threads(None)


def test_from_the_sample_to_the_costs(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "--init", "plan.toml"]) == 0
    assert "nmc-mesh dataset plan.toml --dry-run" in capsys.readouterr().out
    assert run(["dataset", "--init", "plan.toml"]) == FileError.exit_code
    assert "there already" in capsys.readouterr().err
    assert run(["dataset", "plan.toml", "--dry-run", "--processes", "4"]) == 0
    out = capsys.readouterr().out
    for word in ("20 particles", "per particle", "4 processes", "memory", "disk", "one core"):
        assert word in out


def test_the_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dataset", "--schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Plan"


def test_make_verify_rebuild_and_pack(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written_plan(folder, plan_text(VOXELS, number=3))
    assert run(["dataset", "plan.toml", "-o", "d", *HERE]) == 0
    out, err = capsys.readouterr()
    assert "3 of 3" in out
    assert "per second" in out or "per minute" in out
    assert err == ""
    assert run(["dataset", "make", "plan.toml", "-o", "d", *HERE]) == 0
    assert "nothing: all was there" in capsys.readouterr().out
    assert run(["dataset", "verify", "d"]) == 0
    assert "3 checked, 0 wrong" in capsys.readouterr().out
    assert run(["dataset", "verify", "d", "--rebuild", "2"]) == 0
    assert "the same" in capsys.readouterr().out
    assert run(["dataset", "pack", "d", "--per-shard", "2"]) == 0
    assert "2 shards" in capsys.readouterr().out
    (folder / "d" / "items" / "00000" / "0000001.h5").unlink()
    assert run(["dataset", "verify", "d", "--forget"]) == 1
    out = capsys.readouterr().out
    assert "not sound" in out
    assert "next run" in out
    assert run(["dataset", "plan.toml", "-o", "d", "-q", *HERE]) == 0
    assert capsys.readouterr().out == ""
    assert run(["dataset", "verify", "d", "-q", "--hashes"]) == 0


def test_failed_particles_change_the_exit_code(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written_plan(folder, plan_text(VOXELS.replace("0.1", "9.0"), number=2))
    assert run(["dataset", "plan.toml", "-o", "d", *HERE]) == 1
    out = capsys.readouterr().out
    assert "2; try again with --retry-failed" in out
    assert "no grain has a voxel" in out


def test_refusals(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plan = written_plan(folder / "plans", plan_text(number=1))
    empty = folder / "empty"
    empty.mkdir()
    there = ["dataset", str(plan)]
    refused(["dataset", "plans/none.toml", "-o", "d"], empty, 4, "nmc-mesh dataset --init", capsys)
    refused(there, empty, 2, "-o DIR", capsys)
    refused(["dataset", "-o", "d"], empty, 2, "a plan is missing", capsys)
    bad = [*there, "-o", "d", "--processes", "0"]
    refused(bad, empty, InputError.exit_code, "at least 1, not 0", capsys)
    refused(["dataset", "verify", "none"], empty, 4, "holds no data set", capsys)
    refused(["dataset", "pack", "none"], empty, 4, "holds no data set", capsys)
    (folder / "full").mkdir()
    (folder / "full" / "letter.txt").touch()
    refused([*there, "-o", "full"], empty, 3, "choose a new folder", capsys)


def test_progress_has_rate_and_time_left() -> None:
    state = State("make", 30, 2, 1000, 10.0, 300.0, 3.0)
    assert state_line(state) == "make: 30 of 1,000 particles, 3 per second, 5 min left, 2 failed"
    early = State("prepare", 0, 0, 1000)
    assert state_line(early, short=True) == ""
    slow = State("make", 1, 0, 9, 100.0, 86400 * 5, 0.01)
    assert state_line(slow, short=True) == "0.6 per minute, 5.0 days left"
