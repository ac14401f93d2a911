"""The workflow of fits: one model file that grows, and ``fit``, which does the whole."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.posterior import Stage, posterior
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.cli import texture_maps
from nmc_mesh.cli.main import run
from nmc_mesh.cli.model_file import command_line, contents_of
from nmc_mesh.crystal.texture import FibreTexture
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.particle.model import load_model, load_table
from nmc_mesh.particle.parts import origins
from nmc_mesh.typing import Ints
from nmc_mesh.validation import grains_intervals
from tests.cli.refusal import refused
from tests.cli.test_texture import write_section

pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
INPUT, FILE = InputError.exit_code, FileError.exit_code
MAPS = [f"../data/{seed}.ang" for seed in range(2)]
GRAINS = load_model("nmc-equiaxed").grains
LAW = ["--method", "law", "--no-intervals", "-q"]


def balls() -> Ints:
    """Two dozen bodies of about 9 voxels across, no two alike."""
    rng, labels = np.random.default_rng(1), np.zeros((36, 48, 24), dtype=np.uint8)
    place = np.stack(np.indices(labels.shape), axis=-1)
    for k in range(24):
        middle = 6 + 12 * np.array([k % 3, k // 3 % 4, k // 12])
        axes = rng.uniform(3.8, 5.2, 3)
        labels[(((place - middle) / axes) ** 2).sum(axis=-1) < 1] = k + 1
    return labels


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("fit") / "data"
    home.mkdir()
    np.save(home / "ct.npy", balls())
    for seed in range(2):
        write_section(home / f"{seed}.ang", Path("nmc-radial"), seed)
    return home


@pytest.fixture
def folder(data: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
           ) -> Path:  # fmt: skip
    """A working folder beside that of the data."""
    number = sum(1 for _ in data.parent.iterdir())
    place = data.parent / f"work{number}"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calibrations are tested elsewhere: this one knows the truth; intervals come of few draws."""
    found = Calibration(GRAINS, facts={"method": "law"})
    monkeypatch.setattr(LawCalibrator, "__call__", lambda *_: found)
    monkeypatch.setattr(texture_maps, "_PILOT", 300)
    few = partial(posterior, stages=(Stage(90, np.inf), Stage(60, 2.0)))
    monkeypatch.setattr(grains_intervals, "posterior", few)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Run a command as if it had been typed."""

    def type_(*arguments: str) -> int:
        monkeypatch.setattr(sys, "argv", ["nmc-mesh", *arguments])
        return run(arguments)

    return type_


def test_three_commands_make_one_model(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The README's block, in an order of its own."""
    assert run(["fit-texture", *MAPS, "--frame", "map", "-q", "-o", "mine.toml"]) == 0
    texture = load_model("mine.toml").texture
    assert run(["sections", *MAPS, "-q", "-o", "sections.h5"]) == 0
    assert run(["fit-grains", "sections.h5", *LAW, "--no-figure", "-o", "mine.toml"]) == 0
    assert run(["fit-shell", "../data/ct.npy", "--voxel", "0.2", "-q", "-o", "mine.toml"]) == 0
    assert capsys.readouterr().err == ""
    model = load_model("mine.toml")
    assert isinstance(texture, FibreTexture)
    assert (model.texture, model.grains) == (texture, GRAINS)
    assert origins(load_table("mine.toml")) == {
        "shell": "fitted to ct.npy",
        "grains": "fitted to sections.h5",
        "texture": "fitted to 0.ang, 1.ang",
    }
    sizes = [shape.equivalent_diameter for shape in model.shell.sample_many(
        100, np.random.default_rng(0)).shapes()]  # fmt: skip
    assert np.median(sizes) == pytest.approx(1.8, abs=0.2)


def test_fit_does_the_whole_and_goes_on(folder: Path, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    command = ["fit", "--ct", "../data/ct.npy", "--voxel", "0.2", "--ebsd", *MAPS]
    command += ["--frame", "map", "--method", "law", "-o", "mine.toml"]
    assert typed(*command, "-q") == 0
    first = Path("mine.toml").read_bytes()
    table = load_table("mine.toml")
    assert set(origins(table).values()) == {
        "fitted to ct.npy", "fitted to mine_sections.h5", "fitted to 0.ang, 1.ang",
    }  # fmt: skip
    assert "(0.ang, 1.ang)" in table.provenance["grains"]
    names = {"mine.toml", "mine.json", "mine.png", "mine_sections.h5"}
    assert {file.name for file in folder.iterdir()} == names
    capsys.readouterr()
    assert typed(*command) == 0
    told = capsys.readouterr().err
    for part in ("shell", "grains", "texture"):
        assert f"mine.toml: the {part} of this command is there; --fresh fits it again" in told
    assert Path("mine.toml").read_bytes() == first
    assert typed(*command, "--threads", "1", "--fresh", "-q") == 0
    assert Path("mine.toml").read_bytes() == first
    # A part that is missing is fitted, the others are not.
    text = first.decode().replace("texture.inputs", "texture.was")
    Path("mine.toml").write_text(text)
    capsys.readouterr()
    assert typed(*command) == 0
    told = capsys.readouterr().err
    assert "the grains of this command is there" in told
    assert "the texture of this command" not in told
    assert Path("mine.toml").read_bytes() == first


def test_fit_fits_what_there_are_data_for(folder: Path, typed, capsys) -> None:  # type: ignore[no-untyped-def]
    shell = ["fit", "--ct", "../data/ct.npy", "--voxel", "0.2", "--base", "nmc-equiaxed", "-q"]
    assert typed(*shell, "-o", "mine.toml") == 0
    assert origins(load_table("mine.toml"))["grains"] == "nmc-equiaxed"
    maps = ["fit", "--ebsd", *MAPS, *LAW, "--heights", "0,0.4", "--frame", "map"]
    assert typed(*maps, "-o", "mine.toml") == 0
    assert "the texture is not fitted to 1.ang: not through the centre" in capsys.readouterr().err
    assert origins(load_table("mine.toml")) == {
        "shell": "fitted to ct.npy",
        "grains": "fitted to mine_sections.h5",
        "texture": "fitted to 0.ang",
    }


CT = "--ct ../data/ct.npy --voxel 0.2"
REFUSED = {
    "nothing": ("-o m.toml", INPUT, "give --ct, --ebsd or both"),
    "one map": ("--ebsd ../data/0.ang -o m.toml", INPUT, "one map alone gives a texture"),
    "no map": (f"{CT} --ebsd ../data/0.ang ../data/ct.npy -o m.toml", INPUT, "to --ct"),
    "missing CT": ("--ct none.tif -o m.toml", FILE, "there is no file 'none.tif'; check"),
    "missing map": (f"{CT} --ebsd a.ang b.ang -o m.toml", FILE, "there is no file 'a.ang'; check"),
    "heights": (f"--ebsd {' '.join(MAPS)} --heights 0 -o m.toml", INPUT, "1 numbers for 2 maps"),
    "unknown base": (f"{CT} --base nmc-radia -o m.toml", INPUT, "perhaps you meant 'nmc-radial'"),
    "steps of a law": (f"--ebsd {' '.join(MAPS)} --method law --steps 9 -o m.toml", INPUT,
                       "belong to gan and swd"),
    "seed": (f"{CT} --seed -1 -o m.toml", INPUT, "0 or more"),
    "output": (f"{CT} -o m.msh", INPUT, "use .toml"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_fit_refuses_before_it_works(
    folder: Path, case: str, capsys: pytest.CaptureFixture[str]
) -> None:
    text, code, remedy = REFUSED[case]
    refused(["fit", *text.split()], folder, code, remedy, capsys)


def test_what_changes_no_result_is_no_part_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    line = ["nmc-mesh", "fit", "--threads", "2", "-q", "--ct", "/a/b.tif", "--threads=3", "--fresh"]
    monkeypatch.setattr(sys, "argv", line)
    assert command_line() == "nmc-mesh fit --ct b.tif"


def test_the_contents_of_data_beside_a_header_count(tmp_path: Path) -> None:
    head, data = tmp_path / "map.cpr", tmp_path / "map.crc"
    head.write_text("[General]\n")
    data.write_bytes(b"1")
    before = contents_of([head])
    data.write_bytes(b"2")
    assert contents_of([head]) != before
    assert before.startswith("map.cpr sha256:")
