"""Bad input to the real commands: one line that names the remedy, a code, and no file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from tests.cli.refusal import refused

INPUT, FILE, USAGE = InputError.exit_code, FileError.exit_code, 2


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside one of bad label images."""
    images = tmp_path / "images"
    images.mkdir()
    ball = np.linalg.norm(np.indices((12, 12, 12)) - 5.5, axis=0) < 4
    np.save(images / "ball.npy", ball.astype(np.uint8))
    np.save(images / "ones.npy", np.ones((8, 8, 8), np.uint8))
    np.save(images / "zeros.npy", np.zeros((8, 8, 8), np.uint8))
    np.save(images / "grey.npy", np.linspace(0, 1, 512).reshape(8, 8, 8))
    np.save(images / "flat.npy", np.arange(64).reshape(8, 8))
    np.save(images / "negative.npy", -np.ones((8, 8, 8), np.int8))
    tifffile.imwrite(images / "cut.tif", ball.astype(np.uint8), photometric="minisblack")
    whole = (images / "cut.tif").read_bytes()
    (images / "cut.tif").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


GENERATE = {
    "unknown model": ("--model nmc-radiall -o p.msh", INPUT, "perhaps you meant 'nmc-radial'"),
    "negative size": ("--size -0.1 -o p.msh", INPUT, "size must be a positive number of um"),
    "zero size": ("--size 0 -o p.msh", INPUT, "size must be a positive number of um"),
    "size nan": ("--size nan -o p.msh", INPUT, "size must be a positive number of um"),
    "size in words": ("--size fine -o p.msh", USAGE, "see nmc-mesh generate --help"),
    "negative seed": ("--seed -1 -o p.msh", INPUT, "whole number of 0 or more"),
    "zero diameter": ("--diameter 0 -o p.msh", INPUT, "positive number of um"),
    "tiny diameter": ("--diameter 0.01 -o p.msh", INPUT, "larger diameter"),
    "no threads": ("--threads 0 -o p.msh", INPUT, "must be at least 1"),
    "unknown extension": ("-o p.stl", INPUT, "use one of .msh"),
    "unknown second extension": ("-o p.msh p.foo", INPUT, "unknown extension of 'p.foo'"),
    "missing folder": ("-o no/such/p.msh", FILE, "mkdir -p 'no/such'"),
    "unwritable folder": ("-o /proc/p.msh", FILE, "cannot write to the folder '/proc'"),
    "file for a folder": ("-o /dev/null/p.msh", FILE, "no folder '/dev/null'"),
    "same file twice": ("-o p.msh -o p.msh", INPUT, "written twice"),
    "no output": ("--seed 1", USAGE, "Missing option '-o'"),
    "unknown option": ("--sise 1 -o p.msh", USAGE, "Did you mean"),
    "unknown layout": ("--blocks pairs -o p.msh", USAGE, "'grain'"),
}

MESH = {
    "one label": ("ones.npy --spacing 0.1 -o p.msh", INPUT, "two labels"),
    "only outside": ("zeros.npy --spacing 0.1 -o p.msh", INPUT, "two labels"),
    "grey values": ("grey.npy --spacing 0.1 -o p.msh", INPUT, "segment the grey image first"),
    "two dimensions": ("flat.npy --spacing 0.1 -o p.msh", INPUT, "three axes"),
    "negative labels": ("negative.npy --spacing 0.1 -o p.msh", INPUT, "must not be negative"),
    "truncated": ("cut.tif --spacing 0.1 -o p.msh", FILE, "truncated or damaged"),
    "missing image": ("none.tif --spacing 0.1 -o p.msh", FILE, "check the name"),
    "unknown image": ("ball.bmp --spacing 0.1 -o p.msh", INPUT, "unknown extension '.bmp'"),
    "no spacing": ("ball.npy -o p.msh", INPUT, "size of a voxel in um; give it"),
    "zero spacing": ("ball.npy --spacing 0 -o p.msh", INPUT, "spacing must be positive"),
    "spacing in words": ("ball.npy --spacing small -o p.msh", INPUT, "numbers with commas"),
    "two spacings": ("ball.npy --spacing 0.1,0.2 -o p.msh", INPUT, "one number or 3"),
    "negative size": ("ball.npy --spacing 0.1 --size -1 -o p.msh", INPUT, "size must be a"),
    "keep what is not there": ("ball.npy --spacing 0.1 --keep 7 -o p.msh", INPUT, "labels 0, 1"),
    "keep in words": ("ball.npy --spacing 0.1 --keep pore -o p.msh", INPUT, "numbers with commas"),
    "dataset of npy": ("ball.npy --spacing 0.1 --dataset a -o p.msh", INPUT, "only HDF5"),
    "unknown extension": ("ball.npy --spacing 0.1 -o p", INPUT, "use one of .msh"),
    "unwritable folder": ("ball.npy --spacing 0.1 -o /proc/p.msh", FILE, "choose another one"),
}


@pytest.mark.parametrize("case", GENERATE)
def test_generate_refuses(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = GENERATE[case]
    refused(["generate", *arguments.split()], folder, code, remedy, capsys)


@pytest.mark.parametrize("case", MESH)
def test_mesh_refuses(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = MESH[case]
    name, *rest = arguments.split()
    refused(["mesh", f"../images/{name}", *rest], folder, code, remedy, capsys)


def test_mesh_never_overwrites_its_input(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import h5py

    with h5py.File("labels.h5", "w") as file:
        file["labels"] = np.load("../images/ball.npy")
    before = Path("labels.h5").read_bytes()
    assert run(["mesh", "labels.h5", "--spacing", "0.1", "-o", "labels.xdmf"]) == INPUT
    assert "labels.h5" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["labels.h5"]
    assert Path("labels.h5").read_bytes() == before


@pytest.mark.parametrize(
    ("name", "code", "remedy"),
    [
        ("none.msh", FILE, "check the name"),
        ("mesh.stl", INPUT, "use one of .msh"),
        ("text.msh", INPUT, "convert it with"),
        ("text.vtu", FILE, "truncated or damaged"),
        ("text.xdmf", FILE, "truncated or damaged"),
    ],
)
def test_check_refuses(
    folder: Path, name: str, code: int, remedy: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in ("msh", "vtu", "xdmf"):
        (folder.parent / f"text.{kind}").write_text("not a mesh")
    refused(["check", f"../{name}"], folder, code, remedy, capsys)


def test_demo_refuses_a_place_it_cannot_make(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(["demo", "/dev/null/demo"], folder, FILE, "cannot make the folder", capsys)


def test_a_defect_is_one_line_too_unless_debugging(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> dict[str, str]:
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("nmc_mesh.particle.model.list_models", broken)
    refused(["models"], folder, 70, "--debug", capsys)
    assert run(["models", "--debug"]) == 70
    assert "Traceback" in capsys.readouterr().err
