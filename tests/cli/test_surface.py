"""The command ``surface``: from a mesh, a stored particle or a model to surfaces."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.io import write_particle
from tests.cli.refusal import refused, troubles
from tests.meshes import cube


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def triangles_in(path: Path) -> int:
    return int(np.frombuffer(path.read_bytes(), "<u4", 1, 80)[0])


def test_surfaces_of_a_mesh(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mesh = cube(8)
    nmc_mesh.write("p.msh", mesh)
    assert run(["surface", "p.msh", "-o", "p.vtp", "p.stl", "p.ply", "--per-grain", "grains"]) == 0
    out, err = capsys.readouterr()
    assert troubles(err) == ""
    assert "8, each closed" in out
    assert "8 µm³" in out
    assert "8 files" in out
    assert triangles_in(folder / "p.stl") == len(mesh.facets)
    names = [file.name for file in sorted((folder / "grains").iterdir())]
    assert names == [f"grain_{grain:05d}.stl" for grain in range(1, 9)]


def test_parts_of_a_surface(folder: Path) -> None:
    mesh = cube(8)
    nmc_mesh.write("p.msh", mesh)
    for part in ("outer", "boundaries"):
        assert run(["surface", "p.msh", "-q", "-o", f"{part}.stl", "--part", part]) == 0
    outer = int(mesh.outer.sum())
    assert triangles_in(folder / "outer.stl") == outer
    assert triangles_in(folder / "boundaries.stl") == len(mesh.facets) - outer


def test_a_model_and_a_stored_particle_give_the_same_surface(folder: Path) -> None:
    chosen = ["--size", "0.15", "-q", "-o"]
    assert run(["surface", "nmc-radial", "--seed", "5", "--diameter", "1.2", *chosen, "a.ply"]) == 0
    write_particle("p.h5", nmc_mesh.load_model("nmc-radial").sample(5, 1.2))
    assert run(["surface", "p.h5", *chosen, "b.ply"]) == 0
    first, second = ((folder / name).read_bytes() for name in ("a.ply", "b.ply"))
    assert first.split(b"end_header")[1] == second.split(b"end_header")[1]


def test_a_label_image_gives_a_surface_that_keeps_its_volumes(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = np.indices((20, 20, 20)) - 9.5
    labels = np.where(np.linalg.norm(place, axis=0) < 8, 1 + (place[2] > 0), 0)
    np.save("labels.npy", labels.astype(np.uint8))
    assert run(["surface", "labels.npy", "--spacing", "0.5", "-o", "halves.stl"]) == 0
    out = capsys.readouterr().out
    assert "2, each closed" in out
    written = float(re.findall(r"volume +│ ([0-9.]+) µm³", out)[0])
    assert written == pytest.approx((labels > 0).sum() / 8, rel=0.01)


def test_what_cannot_be_done_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, remedy in (
        (["nmc-radial"], "name a file with -o or a folder with --per-grain"),
        (["nmc-radial", "-o", "p.msh"], "use .vtp or .ply or .stl"),
        (["nmc-radial", "-o", "p.stl", "p.stl"], "every file needs its own name"),
        (["p.msh", "-o", "p.stl", "--size", "0.1"], "leave --size and --diameter out"),
        (["p.h5", "-o", "p.stl", "--diameter", "1"], "leave --diameter out"),
        (["p.npy", "-o", "p.stl", "--spacing", "1", "--diameter", "1"], "leave --diameter out"),
        (["nmc-radial", "-o", "p.stl", "--size", "-1"], "must be a positive number"),
    ):
        refused(["surface", *arguments], folder, 3, remedy, capsys)
