"""The commands at work: what they write, print and return."""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import commands, run
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.parallel import set_threads
from tests.cli.refusal import troubles
from tests.meshes import cube, voronoi

SMALL = ["--diameter", "1.2", "--seed", "5"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    set_threads(None)


def ball_of_two_halves() -> Any:
    place = np.indices((20, 20, 20)) - 9.5
    return np.where(np.linalg.norm(place, axis=0) < 8, 1 + (place[2] > 0), 0).astype(np.uint8)


def test_generate_writes_what_is_asked_and_the_tables(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["generate", *SMALL, "-o", "p.msh", "p.vtu", "p.xdmf", "p.png"]) == 0
    out, err = capsys.readouterr()
    assert troubles(err) == ""
    names = {path.name for path in folder.iterdir()}
    assert {"p.msh", "p.vtu", "p.xdmf", "p.png", "p.json", "p_tables.h5"} < names
    assert all(name in out for name in names)
    mesh = nmc_mesh.read("p.vtu")
    assert f"{len(mesh.cells):,}" in out
    assert json.loads((folder / "p.json").read_text())["counts"]["cells"] == len(mesh.cells)


def test_a_picture_has_the_format_of_its_ending(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib", reason="install nmc-mesh[viz] to run this test")
    names = {"p.jpg", "q.JPEG", "r.png"}
    assert run(["generate", *SMALL, "--no-tables", "-q", "-o", "p.vtu", *sorted(names)]) == 0
    assert run(["convert", "p.vtu", "again.jpg", "again.msh", "--set", "version=2.2", "-q"]) == 0
    np.save("labels.npy", ball_of_two_halves())
    assert run(["mesh", "labels.npy", "--spacing", "0.1", "-q", "-o", "m.jpg"]) == 0
    for path in folder.iterdir():
        if path.suffix.lower() in (".jpg", ".jpeg"):
            assert path.read_bytes()[:3] == b"\xff\xd8\xff"
    assert (folder / "r.png").read_bytes()[1:4] == b"PNG"
    assert names < {path.name for path in folder.iterdir()}
    assert run(["convert", "p.vtu", "p.bmp"]) == InputError.exit_code
    assert ".png, .jpg, .jpeg, .gif, .mp4" in capsys.readouterr().err.replace("\n", " ")


def test_generate_gives_the_same_bytes_on_any_number_of_threads(folder: Path) -> None:
    for threads in ("1", "3"):
        name = f"{threads}.msh"
        assert run(["generate", *SMALL, "-q", "--no-tables", "--threads", threads, "-o", name]) == 0
    first, second = (hashlib.sha256((folder / f"{n}.msh").read_bytes()) for n in (1, 3))
    assert first.digest() == second.digest()
    assert {path.name for path in folder.iterdir()} == {"1.msh", "3.msh"}


def test_quiet_prints_nothing_but_a_coarse_size_is_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["generate", *SMALL, "-q", "--size", "0.2", "-o", "p.msh"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("warning: a size of 0.2 um is coarse")
    assert "rule of thumb: at most 0.1 um" in err
    assert err.count("\n") == 1


def test_a_particle_has_as_many_grains_as_wished(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["generate", "--grains", "60", "-q", "--no-tables", "-o", "p.vtu"]) == 0
    assert len(nmc_mesh.read("p.vtu").grains) == 60
    both = ["generate", "--grains", "60", "--diameter", "3", "-o", "q.vtu"]
    assert run(both) == 3
    assert "a diameter or a number of grains, not both" in capsys.readouterr().err


def test_lost_grains_are_told_though_quiet_and_most_of_them_are_no_mesh(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = np.ones((16, 16, 16), dtype=np.uint8)
    labels[4, 4, 4] = 7
    np.save("speck.npy", labels)
    assert run(["mesh", "speck.npy", "--spacing", "0.1", "-q", "-o", "speck.msh"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("warning: 1 labels of 1 to 7 voxels went to their neighbours (")
    assert "(7); keep them with --small keep" in err
    assert run(["generate", *SMALL, "-q", "--size", "10", "-o", "p.msh"]) == MeshError.exit_code
    err = capsys.readouterr().err
    assert re.search(r"error: \d+ of \d+ grains are lost, .*; take a size of at most 0.11 um", err)
    assert not list(folder.glob("p*"))


def test_mesh_takes_labels_and_keeps_their_volumes(folder: Path) -> None:
    labels = ball_of_two_halves()
    np.save("halves.npy", labels)
    assert run(["mesh", "halves.npy", "--spacing", "0.1", "-q", "-o", "halves.msh"]) == 0
    mesh = nmc_mesh.read("halves.msh")
    assert mesh.grains.tolist() == [1, 2]
    corners = mesh.points[mesh.cells]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    for label in (1, 2):
        voxels = (labels == label).sum() * 0.1**3
        assert volumes[mesh.labels == label].sum() == pytest.approx(voxels, rel=0.05)


@pytest.mark.parametrize(("keep", "volumes"), [("2", {2: 1.07}), ("0,2", {2: 1.07, 3: 8.0 - 2.14})])
def test_mesh_keeps_the_labels_it_is_told(keep: str, volumes: dict[int, float]) -> None:
    np.save("halves.npy", ball_of_two_halves())
    command = ["mesh", "halves.npy", "--spacing", "0.1", "--keep", keep, "-q", "-o", "k.vtu"]
    assert run(command) == 0
    mesh = nmc_mesh.read("k.vtu")
    table = nmc_mesh.io.read_tables(Path("k.json"))["grains"]
    assert mesh.grains.tolist() == list(volumes)
    np.testing.assert_allclose(table["volume"], list(volumes.values()), rtol=0.05)


def test_check_tells_a_sound_mesh(capsys: pytest.CaptureFixture[str]) -> None:
    nmc_mesh.write("sound.msh", cube(8, 4))
    assert run(["check", "--whole", "sound.msh"]) == 0
    out = capsys.readouterr().out
    assert "sound.msh is sound" in out
    assert f"{6 * 4**3:,}" in out
    assert "8 µm³" in out
    assert run(["check", "-q", "sound.msh"]) == 0
    assert capsys.readouterr().out == ""


def test_check_names_grains_in_pieces(capsys: pytest.CaptureFixture[str]) -> None:
    mesh = voronoi(8, 4)
    labels = mesh.labels.copy()
    labels[[0, -1]] = 9
    nmc_mesh.write("split.msh", nmc_mesh.mesh.tagging.tagged(mesh.points, mesh.cells, labels))
    assert run(["check", "split.msh"]) == 0
    assert "9" in next(line for line in capsys.readouterr().out.splitlines() if "pieces" in line)
    assert run(["check", "--whole", "split.msh"]) == MeshError.exit_code
    assert "more than one piece: 9" in capsys.readouterr().err


def test_check_refuses_a_turned_cell(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nmc_mesh.write("turned.msh", cube(2, 1), version="2.2")
    lines = (folder / "turned.msh").read_text().splitlines()
    cell = next(i for i, line in enumerate(lines) if len(line.split()) == 9)
    *head, last_but_one, last = lines[cell].split()
    lines[cell] = " ".join([*head, last, last_but_one])
    (folder / "turned.msh").write_text("\n".join(lines) + "\n")
    assert run(["check", "turned.msh"]) == MeshError.exit_code
    assert "no positive volume" in capsys.readouterr().err


def test_models_lists_every_model(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["models"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in nmc_mesh.list_models())
    assert run(["models", "-q"]) == 0
    assert capsys.readouterr().out.split() == list(nmc_mesh.list_models())


@pytest.mark.parametrize("name", ["", *commands.commands])
def test_help_teaches_by_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*name.split(), "--help"]) == 0
    assert f"\n  nmc-mesh {name}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"nmc-mesh {nmc_mesh.__version__}\n"


@pytest.fixture
def listening() -> Iterator[None]:
    """Let SIGINT interrupt, as at a terminal; a shell's background job ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("listening")
@pytest.mark.parametrize("writer", ["msh.lines_of_places", "sidecar.boundary_table"])
def test_an_interrupt_leaves_no_half_written_file(
    folder: Path,
    writer: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    np.save("halves.npy", ball_of_two_halves())

    def interrupt(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(f"nmc_mesh.io.{writer}", interrupt)
    command = ["mesh", "halves.npy", "--spacing", "0.1", "-o", "a.msh"]
    assert run(command) == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: interrupted")
    assert {path.name for path in folder.iterdir()} == {"halves.npy"}  # all of a set, or none
