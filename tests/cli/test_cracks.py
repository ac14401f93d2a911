"""The command that opens cracks: files, report, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.cracks.law import CrackLaw
from nmc_mesh.cracks.opening import crack
from nmc_mesh.io import read, write
from tests.cli.refusal import refused
from tests.meshes import cube, voronoi

MESH = voronoi(12, 5)


@pytest.fixture
def particle(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    write(tmp_path / "in" / "particle.msh", MESH)
    return tmp_path / "in" / "particle.msh"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def test_files_hold_the_cracks_that_the_law_draws(
    particle: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(out / name) for name in ("cracked.msh", "cracked.xdmf", "cracked.e")]
    arguments = ["cracks", str(particle), "--share", "0.2", "--law", "long", "--radial", "3"]
    assert run([*arguments, "--seed", "4", "-o", *files]) == 0
    mesh = crack(MESH, CrackLaw.named("long", 0.2, radial=3.0), 4)
    for name in files:
        assert read(name).cells.tobytes() == mesh.cells.tobytes()
    text = capsys.readouterr().out
    assert f"{len(mesh.points)}" in text
    assert "% of the boundaries" in text
    assert run(["check", "-q", files[0]]) == 0


def test_what_cannot_be_is_refused(
    particle: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def fails(*more: str, code: int = 3, remedy: str) -> None:
        refused(
            ["cracks", str(particle), "-o", str(out / "c.msh"), *more], out, code, remedy, capsys
        )

    fails("--share", "1.2", remedy="such as 0.1")
    fails("--share", "0.1", "--law", "radiall", remedy="use one of random")
    fails("--share", "0.1", "--crack-size", "0", remedy="one boundary or more")
    fails("--share", "0.95", remedy="ask for less")
    fails("--share", "0.1", "--seed", "-1", remedy="0 or more")
    write(particle, cube(1))
    fails("--share", "0.1", remedy="labels of their grains")


def test_a_law_found_in_images_cracks_a_mesh(
    particle: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    x, y = (np.indices((121, 121)) - 60) * 0.02
    labels = 1 * (np.hypot(x, y) < 1.0)
    labels[(np.abs(y) < 0.03) & (np.abs(x) > 0.3) & (np.abs(x) < 0.7)] = 2
    image, law = out.parent / "in" / "cut.npy", out / "found.json"
    np.save(image, labels)
    arguments = ["fit-cracks", str(image), "--voxel", "0.02", "--model", "nmc-equiaxed"]
    assert run([*arguments, "--particles", "1", "-o", str(law)]) == 0
    assert "share of boundaries" in capsys.readouterr().out
    found = json.loads(law.read_text())
    assert found["law"]["radial"] > 0  # both cracks hold the radius
    assert 0.03 < found["width"] < 0.08
    assert run(["cracks", "-q", str(particle), "--law", str(law), "-o", str(out / "c.msh")]) == 0
    cracked = read(out / "c.msh").info["cracks"]
    assert cracked["radial"] == found["law"]["radial"]
    assert cracked["reached"] == pytest.approx(found["law"]["share"], rel=0.15)  # by large facets


def test_images_that_tell_nothing_are_refused(
    particle: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    np.save(particle.parent / "cut.npy", np.pad(np.ones((30, 30), dtype=int), 2))
    cut, law = str(particle.parent / "cut.npy"), str(out / "found.json")
    arguments = ["fit-cracks", cut, "--voxel", "0.05", "--particles", "1", "-o", law]
    refused(arguments, out, 3, "no crack", capsys)
    refused(["cracks", str(particle), "-o", str(out / "c.msh")], out, 3, "--share 0.1", capsys)
    (particle.parent / "no.json").write_text("{}")
    no_law = ["cracks", str(particle), "--law", str(particle.parent / "no.json")]
    refused([*no_law, "-o", str(out / "c.msh")], out, 3, "fit-cracks", capsys)
