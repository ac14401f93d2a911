"""Crystals of the grains of an image: from a table that is named, or beside the image."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh import LabelImage
from nmc_mesh.cli.main import run
from nmc_mesh.crystal.orientation import from_bunge
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io import read
from nmc_mesh.io.label_images import write_labels
from tests.cli.refusal import refused

LABELS = np.ones((6, 6, 6), dtype=np.int64)
LABELS[3:], LABELS[:, 3:] = 4, 9
ANGLES = {1: (10.0, 20.0, 30.0), 4: (350.0, 90.0, 0.0), 9: (0.0, 0.0, 0.0)}
TURNS = {grain: from_bunge(np.radians(angles)) for grain, angles in ANGLES.items()}
IMAGE, TABLE = "../inputs/labels.nrrd", "../inputs/grains.csv"
MESH = ["mesh", IMAGE, "-o", "mesh.e", "-q"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside an image."""
    for name in ("inputs", "empty"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    write_labels(IMAGE, LabelImage(LABELS, 0.5))
    return tmp_path / "empty"


def rows(names: str, table: Mapping[int, tuple[float, ...]]) -> None:
    lines = [names, *(",".join(map(str, (grain, *row))) for grain, row in table.items())]
    Path(TABLE).write_text("\n".join(lines) + "\n")


def check_turns(path: str) -> None:
    turns = read(path).info["orientations"]
    for grain, turn in TURNS.items():
        np.testing.assert_allclose(turns[grain - 1], turn, atol=1e-12)


def test_angles_and_quaternions_of_a_table_are_those_of_the_mesh(folder: Path) -> None:
    rows("id, phi1, Phi, phi2", ANGLES)
    assert run([*MESH, "--orientations", TABLE]) == 0
    check_turns("mesh.e")
    lines = [",".join(map(str, (*t[1:].tolist(), t[0], k, 2))) for k, t in TURNS.items()]
    Path(TABLE).write_text("\n".join(["qx,qy,qz,qw,id,phase", *lines]))
    assert run([*MESH, "--orientations", TABLE]) == 0
    check_turns("mesh.e")


def test_the_table_beside_an_image_is_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    turns = np.zeros((9, 4))
    turns[:, 0] = 1.0
    for grain, turn in TURNS.items():
        turns[grain - 1] = turn
    write_labels(IMAGE, LabelImage(LABELS, 0.5), {"orientations": turns})
    assert run(MESH) == 0
    check_turns("mesh.e")
    assert run(["homogenize", "mesh.e", "--material", "nmc811", "--only", "diffusivity", "-q"]) == 0
    # Label 0, which is kept, is not in the table: that is told, and the mesh made all the same.
    holes = LABELS.copy()
    holes[:2, :2] = 0
    write_labels(IMAGE, LabelImage(holes, 0.5), {"orientations": turns})
    capsys.readouterr()
    assert run([*MESH, "--keep", "0,1,4,9"]) == 0
    assert "crystals are left out" in capsys.readouterr().err
    assert "orientations" not in read("mesh.e").info


REFUSED = {
    "lacks a grain": ("id,phi1,Phi,phi2\n1,0,0,0\n4,0,0,0\n", InputError, "such as 9"),
    "twice": ("id,phi1,Phi,phi2\n1,0,0,0\n1,0,0,0\n", InputError, "grain 1 twice"),
    "no names": ("1,0,0,0\n4,0,0,0\n", InputError, "name its columns"),
    "no unit": ("id,qw,qx,qy,qz\n1,2,0,0,0\n", InputError, "no unit quaternion"),
    "not finite": ("id,phi1,Phi,phi2\n1,nan,0,0\n", InputError, "no unit quaternion"),
    "no number": ("id,phi1,Phi,phi2\n1,a,0,0\n", FileError, "grains.csv"),
    "short row": ("id,phi1,Phi,phi2\n1,0\n", FileError, "grains.csv"),
    "half a grain": ("id,phi1,Phi,phi2\n1.5,0,0,0\n", InputError, "no whole number"),
    "empty": ("", InputError, "name its columns"),
}


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_table_that_does_not_fit_is_refused_in_a_line(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text, error, remedy = REFUSED[name]
    Path(TABLE).write_text(text)
    refused([*MESH, "--orientations", TABLE], folder, error.exit_code, remedy, capsys)


def test_another_kind_of_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("../inputs/grains.txt").write_text("1 0 0 0")
    named = [*MESH, "--orientations", "../inputs/grains.txt"]
    refused(named, folder, InputError.exit_code, "a .csv or a .json", capsys)
    named[-1] = "../inputs/labels_grains.json"
    refused(named, folder, InputError.exit_code, "holds no orientations", capsys)
