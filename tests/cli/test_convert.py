"""The commands ``convert`` and ``info``."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.io import netcdf_file

from nmc_mesh import read, write, write_particle
from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.geometry import GBPD, LabelImage, StarShape
from nmc_mesh.io.label_images import write_labels
from nmc_mesh.particle.particle import Particle
from tests.meshes import voronoi

MESH = voronoi(6, 4)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write("particle.msh", MESH)
    return tmp_path


@pytest.mark.parametrize("suffix", [".msh", ".vtu", ".xdmf", ".e", ".inp", ".mesh"])
def test_every_format_becomes_every_other(folder: Path, suffix: str) -> None:
    assert run(["convert", "-q", "particle.msh", f"one{suffix}"]) == 0
    assert run(["convert", "-q", f"one{suffix}", "two.vtu", "two.msh"]) == 0
    for name in ("two.vtu", "two.msh"):
        back = read(name)
        np.testing.assert_array_equal(back.labels, MESH.labels)
        np.testing.assert_array_equal(back.cells, MESH.cells)
        np.testing.assert_array_equal(back.points, MESH.points)


def test_layout_order_and_options_can_be_chosen(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = "convert particle.msh a.e b.msh --blocks single --boundaries none --order 2"
    assert run([*command.split(), "--set", "version=2.2", "--set", "binary=yes"]) == 0
    assert "tetrahedra" in capsys.readouterr().out
    with netcdf_file("a.e", "r", mmap=False) as file:
        assert len(file.variables["eb_prop1"][:]) == 1
        assert len(file.variables["ss_prop1"][:]) == 1
    assert Path("b.msh").read_bytes().startswith(b"$MeshFormat\n2.2 1 8\n")
    curved = read("b.msh")
    assert curved.order == 2
    assert run(["convert", "-q", "a.e", "flat.vtu", "--order", "1"]) == 0
    flat = read("flat.vtu")
    assert flat.order == 1
    np.testing.assert_array_equal(flat.labels, MESH.labels)
    np.testing.assert_allclose(flat.points[flat.cells], MESH.points[MESH.cells], atol=1e-15)


def particle() -> Particle:
    """The middle cube of 27 and its six neighbours."""
    axis = np.arange(-2.0, 3.0)
    seeds = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    kept = np.flatnonzero(np.abs(seeds).sum(axis=1) <= 1)
    diagram = GBPD(seeds, np.tile(np.eye(3), (125, 1, 1)), np.zeros(125))
    return Particle(StarShape.ball(1.2), diagram, kept, None, {"model": "by hand"})


def test_a_stored_particle_is_meshed(folder: Path) -> None:
    write_particle("particle.h5", particle())
    assert run(["convert", "-q", "particle.h5", "made.msh", "--size", "0.3"]) == 0
    made = read("made.msh")
    assert list(made.grains) == list(range(1, 8))


REFUSED = {
    "no output": ("particle.msh", 2, "Missing argument"),
    "missing": ("none.msh a.e", FileError.exit_code, "check the name"),
    "itself": ("particle.msh particle.msh", InputError.exit_code, "is the input"),
    "unknown": ("particle.msh a.foo", InputError.exit_code, "unknown extension"),
    "twice": ("particle.msh a.e a.e", InputError.exit_code, "written twice"),
    "no folder": ("particle.msh no/a.e", FileError.exit_code, "mkdir -p"),
    "option": ("particle.msh a.e --set version=2", InputError.exit_code, "an option version"),
    "no value": ("particle.msh a.msh --set binary", InputError.exit_code, "NAME=VALUE"),
    "size": ("particle.msh a.e --size 0.1", InputError.exit_code, "a mesh already"),
    "order": ("particle.msh a.e --order 3", 2, "--order"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = REFUSED[case]
    before = sorted(folder.iterdir())
    assert run(["convert", *arguments.split()]) == code
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert remedy in error
    assert sorted(folder.iterdir()) == before


def test_info_tells_what_a_file_holds(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    write_particle("particle.h5", particle())
    write("tables.json", MESH)
    disc = np.zeros((30, 30), dtype=int)
    disc[5:15, 5:25], disc[15:25, 5:25] = 1, 2
    np.save("labels.npy", disc)
    write_labels("labels.tif", LabelImage(np.ones((3, 4, 5)), 1.0))
    command = "sections -q labels.npy --spacing 0.1 --no-fit -o sections.h5"
    assert run(command.split()) == 0
    preset = Path(__file__).parents[2] / "nmc_mesh" / "presets" / "nmc-radial.toml"
    told = {
        "particle.msh": ("mesh, gmsh", "384 tetrahedra of 4 nodes", "6: 1 to 6"),
        "particle.h5": ("stored particle", "7 of 125 cells", "by hand"),
        "tables.json": ("tables of a mesh", "6 rows: ", "facets"),
        "sections.h5": ("sections", "2 grains on 30 x 30 pixels of 0.1 µm"),
        "labels.tif": ("image", "3 x 4 x 5 (x, y, z), uint8", "1 to 1"),
        str(preset): ("model", "nmc-radial", "l = 0 ... 9"),
    }
    for name, words in told.items():
        assert run(["info", name]) == 0
        out = capsys.readouterr().out
        for word in words:
            assert word in out, (name, word)
        assert run(["info", "-q", name]) == 0
        assert capsys.readouterr().out.strip() == words[0]


@pytest.mark.realdata
def test_info_tells_of_a_map(
    measured: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    for name in ("sdss_ferrite_austenite.ang", "EdaxAngOnly.h5"):
        assert run(["info", str(measured / "ebsd" / name)]) == 0
        out = capsys.readouterr().out
        assert "map of orientations" in out
        assert "1.5 and 1.5 µm" in out


def test_info_of_what_cannot_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.foo").write_text("foo")
    Path("a.h5").write_text("foo")
    told = {
        "none.msh": (FileError.exit_code, "check the name"),
        "a.foo": (InputError.exit_code, "use one of .msh"),
        "a.h5": (FileError.exit_code, "truncated or damaged"),
    }
    for name, (code, remedy) in told.items():
        assert run(["info", name]) == code
        assert remedy in capsys.readouterr().err
