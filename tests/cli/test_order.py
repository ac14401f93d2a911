"""Second order and accuracy from the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.io import read_tables, write_particle
from nmc_mesh.mesh.tables import grain_table

SMALL = ["--diameter", "1.2", "--seed", "5"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_second_order_is_written_to_every_format(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = ["p.msh", "p.vtu", "p.xdmf", "p.e", "p.inp"]
    assert run(["generate", *SMALL, "--order", "2", "-o", *files]) == 0
    out = capsys.readouterr().out
    assert "ten nodes per cell" in out
    assert "edge lengths" in out
    assert run(["generate", *SMALL, "-q", "-o", "flat.msh"]) == 0
    flat = nmc_mesh.read("flat.msh")
    volumes = read_tables(folder / "p.json")["grains"]["volume"]
    for name in files:
        mesh = nmc_mesh.read(name)
        assert mesh.order == 2
        assert np.array_equal(mesh.cells[:, :4], flat.cells)
        np.testing.assert_allclose(grain_table(mesh)["volume"], volumes, rtol=1e-12)
    assert np.abs(volumes / grain_table(flat)["volume"] - 1).max() > 1e-4
    assert run(["check", "p.msh"]) == 0


def test_second_order_meshes_of_an_image_have_straight_edges(folder: Path) -> None:
    labels = np.zeros((12, 12, 12), dtype=np.uint8)
    labels[2:10, 2:10, 2:10] = 1
    np.save("labels.npy", labels)
    arguments = ["mesh", "labels.npy", "--spacing", "1", "-q", "--order"]
    assert run([*arguments, "1", "-o", "flat.vtu"]) == 0
    assert run([*arguments, "2", "-o", "ten.vtu"]) == 0
    flat, ten = nmc_mesh.read("flat.vtu"), nmc_mesh.read("ten.vtu")
    assert ten.cells.shape == (len(flat.cells), 10)
    np.testing.assert_allclose(grain_table(ten)["volume"], grain_table(flat)["volume"])


def test_check_tells_how_near_a_mesh_comes_to_its_particle(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    particle, mesh = nmc_mesh.generate("nmc-radial", 5, diameter=1.2)
    write_particle("p.h5", particle)
    nmc_mesh.write("p.msh", mesh)
    assert run(["check", "p.msh", "--particle", "p.h5"]) == 0
    out = capsys.readouterr().out
    assert "edge lengths of the boundaries" in " ".join(out.replace("│", " ").split())
    assert "volume error" in out
    other, _ = nmc_mesh.generate("nmc-radial", 6, diameter=0.9)
    write_particle("other.h5", other)
    assert run(["check", "p.msh", "--particle", "other.h5"]) == 3
    assert "name the particle that was meshed" in capsys.readouterr().err
