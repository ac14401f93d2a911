"""Phases named on the command line: of images, and of meshes of other programs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io import read, write
from nmc_mesh.mesh.tables import phase_table
from nmc_mesh.mesh.validate import validate
from tests.cli.refusal import refused
from tests.meshes import voronoi

INPUT, FILE = InputError.exit_code, FileError.exit_code


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside an image of four columns, and another's mesh."""
    (tmp_path / "inputs").mkdir()
    (tmp_path / "empty").mkdir()
    columns = np.kron([[1, 2], [3, 4]], np.ones((6, 6), int))
    np.save(tmp_path / "inputs" / "labels.npy", np.repeat(columns[..., None], 6, axis=2))
    write(tmp_path / "inputs" / "theirs.msh", voronoi(6, 5))
    (tmp_path / "inputs" / "phases.txt").write_text(
        "# labels  phase\n2 pore\n\n3-4, electrolyte\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


@pytest.mark.parametrize("ending", ["msh", "e", "vtu", "xdmf"])
def test_an_image_has_phases_that_files_keep(folder: Path, ending: str) -> None:
    line = ["mesh", "../inputs/labels.npy", "--spacing", "0.5", "-q", "-o", f"m.{ending}"]
    assert run([*line, "--phase", "2=pore", "--phase", "3,4-4=electrolyte"]) == 0
    mesh = read(f"m.{ending}")
    validate(mesh)
    assert mesh.phases.plain() == {"pore": [[2, 2]], "electrolyte": [[3, 4]]}
    assert mesh.labels_there.tolist() == [1, 3, 4]
    area = phase_table(mesh)["area"]
    assert area["pore_surface"] == pytest.approx(9.0, rel=0.02)
    assert area["particle_electrolyte"] == pytest.approx(9.0, rel=0.02)


def test_a_table_says_the_same(folder: Path) -> None:
    line = ["mesh", "../inputs/labels.npy", "--spacing", "0.5", "-q"]
    assert run([*line, "--phase", "2=pore", "--phase", "3-4=electrolyte", "-o", "a.msh"]) == 0
    assert run([*line, "--phases", "../inputs/phases.txt", "-o", "b.msh"]) == 0
    assert Path("a.msh").read_bytes() == Path("b.msh").read_bytes()


def test_a_mesh_of_others_gets_phases(folder: Path) -> None:
    theirs = read("../inputs/theirs.msh")
    line = ["convert", "../inputs/theirs.msh", "--phase", "2,5=pore", "-q"]
    assert run([*line, "ours.e"]) == 0
    assert run([*line, "--keep-voids", "full.e"]) == 0
    ours, full = read("ours.e"), read("full.e")
    validate(ours)
    assert set(theirs.labels_there) - set(ours.labels_there) == {2, 5}
    np.testing.assert_array_equal(full.labels_there, theirs.labels_there)
    both = np.isin(theirs.facet_grains, (2, 5)).any(axis=1) & (theirs.facet_grains[:, 1] > 0)
    both &= ~np.isin(theirs.facet_grains, (2, 5)).all(axis=1)
    assert ours.walls.sum() == both.sum()
    volumes = [phase_table(mesh)["volume"]["grain"] for mesh in (ours, full)]
    assert volumes[0] == pytest.approx(volumes[1])


REFUSED = {
    "no phase": (["--phase", "2=void"], INPUT, "void"),
    "no label there": (["--phase", "9=pore"], INPUT, "labels go from"),
    "no labels": (["--phase", "=pore"], INPUT, "8,12-20=pore"),
    "no numbers": (["--phase", "two=pore"], INPUT, "labels of 1 or more"),
    "twice": (["--phase", "2=pore", "--phase", "1-3=binder"], INPUT, "2"),
    "all gone": (["--phase", "1-4=pore"], INPUT, "--keep-voids"),
    "no table": (["--phases", "none.txt"], FILE, "table of phases"),
}


@pytest.mark.parametrize(("options", "code", "remedy"), REFUSED.values(), ids=REFUSED)
def test_bad_phases_are_refused_in_a_line(
    options: list[str],
    code: int,
    remedy: str,
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    line = ["mesh", "../inputs/labels.npy", "--spacing", "0.5", *options, "-o", "m.msh"]
    refused(line, folder, code, remedy, capsys)
