"""The command that opens cracks: files, report, refusals."""

from __future__ import annotations

from pathlib import Path

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
