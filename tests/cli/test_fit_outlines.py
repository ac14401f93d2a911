"""The commands around outlines: a model from images of sections, its proof, and refusals."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray
from tests.cli.refusal import refused, troubles

SIDE = 48


def ellipses(count: int) -> AnyArray:
    """Mask of ellipses, one to a cell of 48 x 48 pixels, off the centres of their bodies."""
    rng = np.random.default_rng(0)
    x, y = np.meshgrid(np.arange(SIDE) - 23.6, np.arange(SIDE) - 23.3, indexing="ij")
    cells = []
    for _ in range(count):
        turn, size = 2 * np.pi * rng.random(), 20 * np.sqrt(1 - rng.random() ** 2)
        u, v = np.cos(turn) * x + np.sin(turn) * y, np.cos(turn) * y - np.sin(turn) * x
        cells.append((u * 1.1) ** 2 + (v / 1.1) ** 2 < size**2)
    return np.block([[cells[12 * k + j] for j in range(12)] for k in range(count // 12)])


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    images = tmp_path / "images"
    images.mkdir()
    mask = ellipses(144)
    np.save(images / "mask.npy", mask.astype(np.uint8))
    np.save(images / "few.npy", mask[:150, :150].astype(np.uint8))
    np.save(images / "deep.npy", np.zeros((5, 5, 5), np.uint8))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def test_outlines_become_the_shell_of_a_model(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["fit-outlines", "../images/mask.npy", "--pixel", "0.1", "--shells", "500"]
    assert run([*command, "-o", "mine.toml"]) == 0
    out = capsys.readouterr().out
    assert "diameters by number" in out
    table = tomllib.loads(Path("mine.toml").read_text(encoding="utf-8"))
    assert "mask.npy" in table["provenance"]["shell.laws"]
    assert table["provenance"]["shell.command"].startswith("nmc-mesh fit-outlines mask.npy")
    shell = nmc_mesh.load_model("mine.toml").shell
    assert isinstance(shell, nmc_mesh.ShellModel)
    assert shell.degree == 9
    drawn = shell.sample_many(300, np.random.default_rng(0)).shapes()
    diameters = [shape.equivalent_diameter for shape in drawn]
    assert np.mean(diameters) == pytest.approx(4.0, rel=0.15)  # all bodies are 40 pixels across


CASES = {
    "too few": ("fit-outlines I/few.npy --pixel 1 -o m.toml", "needs 100; add images"),
    "no pixel": ("fit-outlines I/mask.npy -o m.toml", "size of a voxel in um; give it"),
    "a volume": ("fit-outlines I/deep.npy --pixel 1 -o m.toml", "two axes"),
    "no model": ("fit-outlines I/mask.npy --pixel 1 -o m.json", "use .toml"),
    "negative seed": ("fit-outlines I/mask.npy --pixel 1 --seed -1 -o m.toml", "0 or more"),
    "no figure": ("validate outlines -o m.png", "use .json"),
    "no such model": ("validate outlines --model nmc111-c -o m.json", "perhaps you meant"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_is_refused(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, remedy = CASES[case]
    arguments = text.replace("I/", "../images/").split()
    refused(arguments, folder, InputError.exit_code, remedy, capsys)


def test_a_trial_writes_what_came_back(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("ball.toml").write_text(small_model(), encoding="utf-8")
    command = ["validate", "outlines", "--model", "ball.toml", "--outlines", "150", "--seeds", "1"]
    assert run([*command, "-o", "trials.json"]) == 0
    out, err = capsys.readouterr()
    assert troubles(err) == ""
    assert "spheres mean" in out
    facts = json.loads(Path("trials.json").read_text(encoding="utf-8"))
    (trial,) = facts["trials"]
    assert abs(trial["errors"]["diameter_mean"]) < 0.1
    assert len(trial["root_power_um"]) == 1


def small_model() -> str:
    """Shells of degree 2; grains and the rest of a shipped model."""
    from nmc_mesh.particle.model import load_table
    from nmc_mesh.particle.writer import format_model, with_shell
    from nmc_mesh.shell import Normal

    laws = (Normal(14.0, 3.0), Normal(0.0, 0.01), Normal(0.0, 0.5))
    table = load_table("nmc-equiaxed")
    return format_model(with_shell(table, "ball", "", nmc_mesh.ShellModel(laws), {}))
