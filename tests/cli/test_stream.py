"""The command ``stream``: files of a mesh that was never whole, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError, ResourceError
from nmc_mesh.io.label_images import write_labels
from tests.cli.refusal import refused

FILES = ["p.h5", "p.xdmf", "p_facets.h5", "p_facets.xdmf"]
DRAWN = ["stream", "nmc-radial", "--seed", "3", "--diameter", "1.2", "--slab-cells", "1e4"]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside one of particles."""
    particles = tmp_path / "particles"
    particles.mkdir()
    model = nmc_mesh.load_model("nmc-radial")
    nmc_mesh.write_particle(particles / "whole.h5", model.sample(3, diameter=1.2))
    shell = nmc_mesh.StarShape.ball(0.6)
    cut = model.sample(3, shell=shell, surface="shell")
    nmc_mesh.write_particle(particles / "cut.h5", cut)
    voxels = nmc_mesh.LabelImage(np.eye(3, dtype=np.int64)[None], 1.0)
    write_labels(particles / "voxels.h5", voxels)
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_a_model_and_its_stored_particle_give_the_same_mesh(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*DRAWN, "-o", "p.xdmf"]) == 0
    told = capsys.readouterr().out
    mesh = nmc_mesh.read("p.xdmf")
    assert f"{len(mesh.cells):,}" in told
    assert f"{len(mesh.facets):,} on boundaries" in told
    drawn = contents(folder)
    assert sorted(drawn) == FILES
    stored = [*["stream", "../particles/whole.h5", "--slab-cells", "1e4", "-o", "p.xdmf", "-q"]]
    assert run(stored) == 0
    again = contents(folder)
    assert sorted(again) == FILES
    assert all(again[name] == drawn[name] for name in FILES if name != "p.h5")
    assert (mesh.cells == nmc_mesh.read("p.xdmf").cells).all()


REFUSED = {
    "shell": ("../particles/cut.h5 -o p.xdmf", InputError, "it ends at its shell"),
    "other format": ("nmc-radial -o p.msh", InputError, "unknown extension of 'p.msh'"),
    "no model": ("nmc-radiall -o p.xdmf", InputError, "perhaps you meant 'nmc-radial'"),
    "voxels": ("../particles/voxels.h5 -o p.xdmf", FileError, "holds no particle"),
    "no file": ("absent.h5 -o p.xdmf", FileError, "there is no such file"),
    "seed of a file": ("../particles/whole.h5 --seed 2 -o p.xdmf", InputError, "leave --seed"),
    "no folder": ("nmc-radial -o no/p.xdmf", FileError, "mkdir -p 'no'"),
    "size": ("../particles/whole.h5 --size -1 -o p.xdmf", InputError, "positive number of um"),
    "slab": ("../particles/whole.h5 --slab-cells 0 -o p.xdmf", InputError, "cells in work"),
    "memory": (
        "../particles/whole.h5 --size 0.0001 --slab-cells 1e99 -o p.xdmf", ResourceError,
        "a larger size (--size)",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_what_cannot_be_streamed_is_refused(
    name: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line, error, remedy = REFUSED[name]
    refused(["stream", *line.split()], folder, error.exit_code, remedy, capsys)


def test_a_particle_is_not_overwritten_by_its_mesh(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder.parent / "particles" / "whole.h5").rename(folder / "p.h5")
    before = contents(folder)
    assert run(["stream", "p.h5", "-o", "p.xdmf"]) == InputError.exit_code
    assert "'p.h5' is the input" in capsys.readouterr().err
    assert contents(folder) == before
