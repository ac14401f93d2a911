"""Commands around the shell: what they find on balls they are given, and what they refuse."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import numpy as np
import pytest
import tifffile

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError, MissingExtraError
from nmc_mesh.extensions import DEFAULT_MODEL
from nmc_mesh.io.images import read_labels
from nmc_mesh.shell import Normal, ShellModel, Student
from nmc_mesh.typing import AnyArray
from tests.cli.refusal import refused, troubles

pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")

INPUT, FILE, EXTRA, USAGE = (
    InputError.exit_code, FileError.exit_code, MissingExtraError.exit_code, 2,
)  # fmt: skip
SIDE = 16


def potatoes(count: int) -> AnyArray:
    """Particles of a known law, mean radius 5.5 voxels, each in a cell of 16^3; labels 1 ... n."""
    laws = (Normal(19.5, 1.0), *[Student(6.0, 0.3)] * 3)
    shapes = ShellModel(laws).sample_many(count, np.random.default_rng(0)).shapes()
    axis = np.arange(SIDE) - 0.5 * (SIDE - 1)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    parts = [
        np.where(shape.contains(points), k + 1, 0).reshape((SIDE,) * 3)
        for k, shape in enumerate(shapes)
    ]
    rows = [np.concatenate(parts[k : k + 4]) for k in range(0, count, 4)]
    return np.concatenate(rows, axis=1).astype(np.uint8)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside one of volumes."""
    place = tmp_path / "volumes"
    place.mkdir()
    labels = potatoes(12)
    noise = np.random.default_rng(1).normal(0, 8, labels.shape)
    grey = np.clip(np.where(labels > 0, 160, 80) + noise, 0, 255).astype(np.uint8)
    broken = grey.astype(np.float32)
    broken[3, 3, 3] = np.nan
    cut = labels[5:11, 5:11, 5:11] > 0
    cut[0, 0, 0] = False
    volumes = {
        "labels": labels,
        "grey": grey,
        "inverted": 255 - grey,
        "binary": (labels > 0).astype(np.uint8),
        "phases": np.where(labels > 0, 1, 2 * (noise > 20)).astype(np.uint8),
        "constant": np.full((9, 9, 9), 7, np.uint8),
        "nan": broken,
        "float": grey / 255.0,
        "flat": grey[:, :, 8],
        "cut": cut.astype(np.uint8),
        "one": (labels == 1).astype(np.uint8),
    }
    for name, volume in volumes.items():
        np.save(place / f"{name}.npy", volume)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


@pytest.mark.parametrize(
    "given",
    [
        "grey", "float", "binary", "labels", "inverted --dark", "phases --phase 1",
        "labels --kind binary --phase 1,2,3,4,5,6,7,8,9,10,11,12",
    ],
)  # fmt: skip
def test_segment_finds_the_particles_whatever_the_volume_is(
    folder: Path, given: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *options = given.split()
    path = f"../volumes/{name}.npy"
    assert run(["segment", path, "--voxel", "0.4", *options, "-o", "found.tif"]) == 0
    out, err = capsys.readouterr()
    assert troubles(err) == ""
    assert "too small" in out
    found = read_labels("found.tif", 0.4).labels
    truth = np.load("../volumes/labels.npy")
    assert found.max() == 12
    # Otsu's threshold of the filtered grey values makes particles of 11 voxels larger by a tenth.
    assert ((found > 0) & (truth > 0)).sum() > 0.9 * max((truth > 0).sum(), (found > 0).sum())
    assert all(len(np.unique(found[(truth == k) & (found > 0)])) == 1 for k in range(1, 13))


def test_every_threshold_is_an_option(folder: Path) -> None:
    command = ["segment", "../volumes/labels.npy", "--voxel", "1", "-q", "-o", "found.npy"]
    sizes = np.bincount(np.load("../volumes/labels.npy").ravel())[1:]
    assert run([*command, "--min-volume", str(int(np.median(sizes)))]) == 0
    assert np.load("found.npy").max() == (sizes >= np.median(sizes)).sum() == 6
    assert run([*command, "--min-sphericity", "1.05", "--min-volume", "1"]) == INPUT
    assert np.load("found.npy").max() == 6


def test_a_fitted_model_makes_particles(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["fit-shell", "../volumes/labels.npy", "--voxel", "0.1", "--bootstrap", "3"]
    assert run([*command, "-o", "mine.toml"]) == 0
    out = capsys.readouterr().out
    assert "12 particles, 0 refused" in out
    assert "student" in out
    table = tomllib.loads(Path("mine.toml").read_text(encoding="utf-8"))
    assert "labels.npy" in table["provenance"]["shell.laws"]
    assert "particles: 12" in table["provenance"]["shell.quality"]
    assert Path("mine.toml").stat().st_mode & 0o444 == 0o444
    model = nmc_mesh.load_model("mine.toml")
    shells = model.shell.sample_many(200, np.random.default_rng(0)).shapes()
    diameters = [shell.equivalent_diameter for shell in shells]
    assert np.median(diameters) == pytest.approx(1.1, rel=0.05)  # 11 voxels
    assert model.grains.grain_size == nmc_mesh.load_model(DEFAULT_MODEL).grains.grain_size


def test_a_measured_particle_is_the_shell(folder: Path) -> None:
    shell = ["--shell", "../volumes/labels.npy#3", "--voxel", "0.2"]
    assert run(["generate", *shell, "-q", "--size", "0.15", "-o", "p.vtu"]) == 0
    mesh = nmc_mesh.read("p.vtu")
    corners = mesh.points[mesh.cells]
    volume = np.linalg.det(corners[:, 1:] - corners[:, :1]).sum() / 6
    voxels = (np.load("../volumes/labels.npy") == 3).sum() * 0.2**3
    assert volume == pytest.approx(voxels, rel=0.15)  # whole grains, 85 of them


def test_validate_writes_a_figure_and_numbers(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
    command = ["validate", "shell", "../volumes/labels.npy", "--voxel", "0.1", "--shells", "40"]
    assert run([*command, "-o", "shell.png"]) == 0
    assert "sphericity" in capsys.readouterr().out
    assert (folder / "shell.png").stat().st_size > 20_000
    facts = json.loads(Path("shell.json").read_text(encoding="utf-8"))
    assert (facts["measured"], facts["simulated"]) == (12, 40)
    assert set(facts["descriptors"]) == {"d_max", "compactness", "aspect_ratio", "sphericity"}
    assert len(facts["edcc_of_a00_by_degree"]) == 9
    assert run([*command, "-q", "--model", "nmc111-ct", "-o", "other.json"]) == 0
    other = json.loads(Path("other.json").read_text(encoding="utf-8"))
    assert other["descriptors"]["d_max"]["ks"] > 0.9  # ten times as large
    assert run([*command, "-q", "--model", "nmc111-ct-joint", "-o", "joint.png"]) == 0
    joint = json.loads(Path("joint.json").read_text(encoding="utf-8"))
    assert [round(each["weight"], 1) for each in joint["classes"]] == [0.2, 0.8]


def test_the_joint_law_needs_more_particles_than_twelve(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("fit-shell", "fit --ct", "validate shell"):
        name = "shell.json" if command == "validate shell" else "mine.toml"
        volume = ["../volumes/labels.npy", "--voxel", "0.1", "--law", "joint", "-q", "-o", name]
        assert run([*command.split(), *volume]) == INPUT
        assert "needs 60 particles or more, there are 12" in troubles(capsys.readouterr().err)
    assert list(folder.iterdir()) == []


SEGMENT = {
    "constant": ("constant.npy --voxel 1", INPUT, "constant (7), it shows no particle; check"),
    "inverted": ("inverted.npy --voxel 1", INPUT, "--dark"),
    "inverted too": ("grey.npy --dark --voxel 1", INPUT, "no --dark"),
    "nan": ("nan.npy --voxel 1", INPUT, "replace them first"),
    "2D": ("flat.npy --voxel 1", INPUT, "give the whole stack of slices"),
    "long voxels": ("grey.npy --voxel 0.1,0.1,0.2", INPUT, "resample the volume to 0.1 um"),
    "at the border": ("cut.npy --voxel 1 --no-contrast-check", INPUT, "--keep-border"),
    "float as labels": ("float.npy --kind labels --voxel 1", INPUT, "segment the grey image first"),
    "grey as binary": ("grey.npy --kind binary --voxel 1", INPUT, "--phase"),
    "phases": ("phases.npy --voxel 1", INPUT, "0, 1, 2: name those that are particles"),
    "no such phase": ("phases.npy --phase 9 --voxel 1", INPUT, "holds values from 0 to 2"),
    "all dropped": ("grey.npy --voxel 1 --min-volume 99999", INPUT, "lower min_volume"),
    "zero voxel": ("grey.npy --voxel 0", INPUT, "positive number of um"),
    "negative sigma": ("grey.npy --voxel 1 --sigma -1", INPUT, "sigma must be"),
    "no voxel": ("grey.npy", INPUT, "size of a voxel in um; give it"),
    "no file": ("none.tif --voxel 1", FILE, "check the name"),
}


@pytest.mark.parametrize("case", SEGMENT)
def test_segment_refuses(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, code, remedy = SEGMENT[case]
    arguments = ["segment", *f"../volumes/{text} -o found.tif".split()]
    refused(arguments, folder, code, remedy, capsys)


OTHERS = {
    "one particle": ("fit-shell V/one.npy --voxel 1 -o m.toml", INPUT, "--shell"),
    "no model file": ("fit-shell V/one.npy --voxel 1 -o m.json", INPUT, "use .toml"),
    "negative seed": ("fit-shell V/grey.npy --voxel 1 --seed -1 -o m.toml", INPUT, "0 or more"),
    "unknown base": ("fit-shell V/grey.npy --voxel 1 --base nmc-radia -o m.toml", INPUT,
                       "perhaps you meant 'nmc-radial'"),
    "labels to a mesh": ("segment V/grey.npy --voxel 1 -o p.msh", INPUT, "use .tif"),
    "no folder": ("segment V/grey.npy --voxel 1 -o no/p.tif", FILE, "mkdir -p 'no'"),
    "unknown figure": ("validate shell V/labels.npy --voxel 1 -o a.txt", INPUT, "use .png"),
    "one shell": ("validate shell V/labels.npy --voxel 1 --shells 1 -o a.json", INPUT, "2 shells"),
    "no label": ("generate --shell V/labels.npy --voxel 1 -o p.msh", INPUT, "labels.tif#12"),
    "label 0": ("generate --shell V/labels.npy#0 --voxel 1 -o p.msh", INPUT, "labels.tif#12"),
    "no such label": ("generate --shell V/labels.npy#99 --voxel 1 -o p.msh", INPUT, "label 99"),
    "no voxel": ("generate --shell V/labels.npy#1 -o p.msh", INPUT, "--spacing, --voxel"),
    "grey shell": ("generate --shell V/grey.npy#80 --voxel 1 -o p.msh", INPUT, "nmc-mesh segment"),
    "not one piece": ("generate --shell V/binary.npy#1 --voxel 1 -o p.msh", INPUT, "segment"),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHERS)
def test_the_others_refuse(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    text, code, remedy = OTHERS[case]
    refused(text.replace("V/", "../volumes/").split(), folder, code, remedy, capsys)


def test_the_input_is_never_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tifffile.imwrite("ct.tif", np.load("../volumes/grey.npy"), photometric="minisblack")
    before = Path("ct.tif").read_bytes()
    assert run(["segment", "ct.tif", "--voxel", "1", "-o", "ct.tif"]) == INPUT
    assert "is the input" in capsys.readouterr().err
    assert Path("ct.tif").read_bytes() == before


def test_a_figure_without_matplotlib_is_refused_before_the_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("nmc_mesh.plot.draw.find_spec", lambda name: None)
    command = ["validate", "shell", "../volumes/none.npy", "--voxel", "1", "-o", "a.png"]
    refused(command, folder, EXTRA, "matplotlib", capsys)
