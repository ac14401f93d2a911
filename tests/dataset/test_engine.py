"""The engine in this process: what it makes, records, refuses, and how it goes on."""

from __future__ import annotations

import json
import os
import shutil
from collections import namedtuple
from pathlib import Path
from typing import Any

import pytest

from nmc_mesh.dataset import engine, worker
from nmc_mesh.dataset.design import Item
from nmc_mesh.dataset.engine import make_dataset
from nmc_mesh.dataset.loader import DataSet
from nmc_mesh.dataset.manifest import FAILED, Manifest
from nmc_mesh.dataset.recipe import Recipe
from nmc_mesh.dataset.settings import Settings, State, Summary
from nmc_mesh.errors import FileError, InputError, MeshError, ResourceError
from tests.dataset.plans import VOXELS, recipe_of

ALONE = Settings(processes=1)


@pytest.fixture(autouse=True)
def _no_calibration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here depends on how long things take."""
    monkeypatch.setattr(engine, "probes", lambda *_: [])


def failing(monkeypatch: pytest.MonkeyPatch, errors: dict[int, Exception]) -> None:
    real = worker.make

    def make(recipe: Recipe, item: Item, folder: Path) -> dict[str, Any]:
        if item.k in errors:
            raise errors[item.k]
        return real(recipe, item, folder)

    monkeypatch.setattr(worker, "make", make)


def test_a_data_set_is_made_and_a_second_call_finds_nothing_to_do(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    heard: list[State] = []
    found = make_dataset(recipe, tmp_path / "d", ALONE, heard.append)
    assert (found.done, found.failed, found.made) == (4, 0, 4)
    assert [heard[0].stage, heard[-1].stage] == ["prepare", "write"]
    assert heard[-1].done == heard[-1].total == 4
    assert heard[-2].rate > 0
    assert heard[-2].left == pytest.approx(0.0, abs=1e-9)
    stamps = {path: path.stat().st_mtime_ns for path in (tmp_path / "d" / "items").rglob("*.h5")}
    again = make_dataset(recipe, tmp_path / "d", ALONE)
    assert (again.made, again.digest, again.bytes) == (0, found.digest, found.bytes)
    assert {path: path.stat().st_mtime_ns for path in stamps} == stamps
    assert len(DataSet(tmp_path / "d")) == 4


def test_a_data_set_grows_when_its_plan_wants_more(tmp_path: Path) -> None:
    make_dataset(recipe_of(tmp_path, number=2), tmp_path / "d", ALONE)
    grown = make_dataset(recipe_of(tmp_path, number=4), tmp_path / "d", ALONE)
    assert (grown.done, grown.made) == (4, 2)
    whole = make_dataset(recipe_of(tmp_path, number=4), tmp_path / "whole", ALONE)
    assert grown.digest == whole.digest
    with pytest.raises(InputError, match=r"plan\.number: 4 -> 3"):
        make_dataset(recipe_of(tmp_path, number=3), tmp_path / "d", ALONE)


def test_the_folder_of_another_plan_is_refused_with_the_difference(tmp_path: Path) -> None:
    make_dataset(recipe_of(tmp_path, number=1), tmp_path / "d", ALONE)
    with pytest.raises(InputError, match=r"another plan \(plan.seed: 1 -> 2\)"):
        make_dataset(recipe_of(tmp_path, number=1, seed=2), tmp_path / "d", ALONE)
    with pytest.raises(InputError, match=r"plan.voxels.*not there ->"):
        make_dataset(recipe_of(tmp_path, VOXELS, number=1), tmp_path / "d", ALONE)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").touch()
    with pytest.raises(InputError, match=r"other things \(thesis.txt\)"):
        make_dataset(recipe_of(tmp_path), tmp_path / "other", ALONE)


def test_one_that_fails_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    with monkeypatch.context() as patch:
        failing(patch, {1: MeshError("too thin"), 2: ZeroDivisionError("oh")})
        found = make_dataset(recipe, tmp_path / "d", ALONE)
    assert (found.done, found.failed) == (2, 2)
    assert found.errors == {1: "MeshError: too thin", 2: "ZeroDivisionError: oh"}
    record = Manifest(tmp_path / "d", 4).record(2)
    assert "raise errors" in record["where"]
    with monkeypatch.context() as patch:
        failing(patch, {0: AssertionError(), 1: AssertionError()})
        same = make_dataset(recipe, tmp_path / "d", ALONE)
    assert (same.made, same.failed) == (0, 2)
    with pytest.raises(InputError, match="has not been made"):
        _ = DataSet(tmp_path / "d")[1]
    retried = make_dataset(recipe, tmp_path / "d", Settings(processes=1, retry_failed=True))
    assert (retried.done, retried.failed, retried.made) == (4, 0, 2)
    assert retried.digest == make_dataset(recipe, tmp_path / "whole", ALONE).digest


def test_files_that_are_gone_are_made_again(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    first = make_dataset(recipe, tmp_path / "d", ALONE)
    items = tmp_path / "d" / "items" / "00000"
    (items / "0000001.h5").unlink()
    os.truncate(items / "0000003.h5", 100)
    again = make_dataset(recipe, tmp_path / "d", ALONE)
    assert (again.made, again.digest) == (2, first.digest)


def test_half_written_files_of_a_killed_run_are_swept(tmp_path: Path) -> None:
    recipe = recipe_of(tmp_path, number=1)
    make_dataset(recipe, tmp_path / "d", ALONE)
    for name in (".partial-abc", ".calibrate-abc"):
        left = tmp_path / "d" / name
        left.mkdir()
        (left / "0000000.h5").write_bytes(b"half")
    make_dataset(recipe, tmp_path / "d", ALONE)
    assert sorted(path.name for path in (tmp_path / "d").iterdir()) == sorted(
        [".lock", "README.md", "croissant.json", "items", "manifest.jsonl", "particles.csv",
         "plan.json"]
    )  # fmt: skip


def test_a_full_disk_stops_the_work_and_a_second_call_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(tmp_path, VOXELS)
    with monkeypatch.context() as patch:
        failing(patch, {2: OSError(28, "No space left on device")})
        with pytest.raises(FileError, match="No space left"):
            make_dataset(recipe, tmp_path / "d", ALONE)
    manifest = Manifest(tmp_path / "d", 4)
    assert len(manifest.numbers(FAILED)) == 0
    whole = make_dataset(recipe, tmp_path / "whole", ALONE)
    assert make_dataset(recipe, tmp_path / "d", ALONE).digest == whole.digest


def test_a_disk_too_small_is_refused_before_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**6, 10**6 - 500, 500))
    with pytest.raises(ResourceError, match=r"needs about .* GB more, 5e-07 GB are free"):
        make_dataset(recipe_of(tmp_path), tmp_path / "d", ALONE)
    assert not (tmp_path / "d" / "items").exists()


def test_a_particle_too_large_for_the_memory_is_recorded(tmp_path: Path) -> None:
    settings = Settings(processes=1, memory=1e6)
    found = make_dataset(recipe_of(tmp_path, number=2), tmp_path / "d", settings)
    assert (found.done, found.failed) == (0, 2)
    assert "ResourceError: needs about" in found.errors[0]
    assert "--memory" in found.errors[0]


def test_only_one_works_on_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = recipe_of(tmp_path, number=1)
    messages = []

    def meddle(state: State) -> None:
        if state.stage == "prepare":
            with pytest.raises(FileError) as caught:
                make_dataset(recipe, tmp_path / "d", ALONE)
            messages.append(str(caught.value))

    make_dataset(recipe, tmp_path / "d", ALONE, meddle)
    assert messages == [f"another nmc-mesh dataset is working on '{tmp_path / 'd'}'; "
                        "wait for it, or stop it"]  # fmt: skip


def test_other_versions_do_not_add_to_a_data_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = recipe_of(tmp_path, number=2)
    with monkeypatch.context() as patch:
        failing(patch, {1: MeshError("no")})
        make_dataset(recipe, tmp_path / "d", ALONE)
    real = engine.environment()
    monkeypatch.setattr(engine, "environment", lambda: {**real, "numpy": "9.9"})
    retry = Settings(processes=1, retry_failed=True)
    with pytest.raises(InputError, match=r"numpy .* -> 9.9.*--mixed"):
        make_dataset(recipe, tmp_path / "d", retry)
    mixed = Settings(processes=1, retry_failed=True, mixed=True)
    assert make_dataset(recipe, tmp_path / "d", mixed).done == 2


def test_no_processes_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at least 1, not 0"):
        make_dataset(recipe_of(tmp_path), tmp_path / "d", Settings(processes=0))


def test_cards_tell_where_it_comes_from(tmp_path: Path) -> None:
    card = '[card]\nlicence = "CC-BY-4.0"\ncreator = "A. Author"\n'
    recipe = recipe_of(tmp_path, VOXELS, card)
    found: Summary = make_dataset(recipe, tmp_path / "d", ALONE)
    text = (tmp_path / "d" / "README.md").read_text(encoding="utf-8")
    for word in ("CC-BY-4.0", "A. Author", "10.1038/s43246-024-00728-5", "ours", found.digest):
        assert word in text
    croissant = json.loads((tmp_path / "d" / "croissant.json").read_text(encoding="utf-8"))
    assert croissant["@type"] == "sc:Dataset"
    assert croissant["license"] == "CC-BY-4.0"
    rows = (tmp_path / "d" / "particles.csv").read_text(encoding="utf-8").splitlines()
    assert len(rows) == 5
    fields = [field["name"] for field in croissant["recordSet"][0]["field"]]
    assert fields == rows[0].split(",")
    assert all(
        field["source"]["extract"]["column"] == field["name"]
        for field in croissant["recordSet"][0]["field"]
    )
