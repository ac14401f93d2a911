"""Particles that end at their shell, from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.io import write_particle
from nmc_mesh.mesh.tables import grain_table

SMALL = ["--diameter", "1.0", "--seed", "5"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_generate_clips_at_the_shell(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["generate", "--model", "nmc-radial", *SMALL, "--surface", "shell"]
    assert run([*arguments, "-o", "p.msh", "p.png"]) == 0
    assert "edge lengths" in capsys.readouterr().out
    mesh = nmc_mesh.read("p.msh")
    particle = nmc_mesh.load_model("nmc-radial").sample(5, 1.0, surface="shell")
    assert abs(grain_table(mesh)["volume"].sum() / particle.shell.volume - 1) < 0.01
    write_particle("p.h5", particle)
    assert run(["check", "p.msh", "--particle", "p.h5"]) == 0
    assert (folder / "p.png").stat().st_size > 1000


def test_surface_and_voxels_do_too(folder: Path) -> None:
    model = ["nmc-radial", *SMALL]
    particle = nmc_mesh.load_model("nmc-radial").sample(5, 1.0, surface="shell")
    write_particle("p.h5", particle)
    assert run(["surface", *model, "--surface", "shell", "-q", "-o", "drawn.vtp"]) == 0
    assert run(["surface", "p.h5", "-q", "-o", "stored.vtp"]) == 0
    assert Path("drawn.vtp").read_bytes() == Path("stored.vtp").read_bytes()
    assert run(["voxels", *model, "--surface", "shell", "-q", "-o", "drawn.vtu"]) == 0
    assert run(["voxels", "p.h5", "-q", "-o", "stored.vtu"]) == 0
    assert Path("drawn.vtu").read_bytes() == Path("stored.vtu").read_bytes()


def test_only_models_are_asked(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_particle("p.h5", nmc_mesh.load_model("nmc-radial").sample(5, 1.0))
    np.save("labels.npy", np.ones((4, 4, 4), dtype=np.uint8))
    for command in ("surface", "voxels"):
        out = "out.vtp" if command == "surface" else "out.vtu"
        for source in (["p.h5"], ["labels.npy", "--spacing", "1"]):
            assert run([command, *source, "--surface", "shell", "-q", "-o", out]) == 3
            assert "--surface" in capsys.readouterr().err
            assert not Path(out).exists()
