"""What a mesh knows beside its cells survives every way from format to format."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.cli.main import run
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import FileError
from nmc_mesh.io import FORMATS, Format, read, write
from nmc_mesh.io import formats as table
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.meshes import voronoi

READABLE = [suffix for suffix, form in FORMATS.items() if form.read]
TURNS = np.roll(Rotation.random(12, rng=4).as_quat(canonical=True), 1, axis=1)
INFO: dict[str, Any] = {
    "orientations": TURNS,
    "size": 0.1,
    "provenance": {"model": "nmc-radial", "seed": 7, "by": 'Ä $End\n# "** info' + 60 * " x"},
    "lost_grains": [3, 4],
}
MESH = replace(voronoi(12, 5), info=INFO)


def check(found: TetMesh, file: str) -> None:
    known = dict(found.info)
    assert known.pop("file") == file
    np.testing.assert_array_equal(known.pop("orientations"), TURNS)
    assert known == {name: value for name, value in INFO.items() if name != "orientations"}
    np.testing.assert_array_equal(found.labels, MESH.labels)


WAYS = [(suffix, {}) for suffix in READABLE] + [
    (".msh", {"binary": True}),
    (".msh", {"version": "2.2"}),
    (".msh", {"version": "2.2", "binary": True}),
    (".mesh", {"version": "1.3"}),
]


@pytest.mark.parametrize(("suffix", "options"), WAYS)
def test_a_format_keeps_it(tmp_path: Path, suffix: str, options: dict[str, Any]) -> None:
    write(tmp_path / f"a{suffix}", MESH, **options)
    check(read(tmp_path / f"a{suffix}"), f"a{suffix}")


@pytest.mark.parametrize(("first", "second"), list(permutations(READABLE, 2)))
def test_every_conversion_keeps_it(
    tmp_path: Path, first: str, second: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / f"a{first}", MESH)
    assert run(["convert", "-q", str(tmp_path / f"a{first}"), str(tmp_path / f"b{second}")]) == 0
    assert capsys.readouterr().err == ""
    check(read(tmp_path / f"b{second}"), f"b{second}")


def test_tables_beside_tell_what_the_file_does_not(tmp_path: Path) -> None:
    """A .msh that knows nothing, as other programs write it, with the tables of its particle."""
    write(tmp_path / "a.json", MESH)
    write(tmp_path / "a.msh", replace(MESH, info={}))
    names = [str(tmp_path / name) for name in ("a.msh", "b.e", "b.vtu", "b.json")]
    assert run(["convert", "-q", *names]) == 0
    check(read(tmp_path / "b.e"), "b.e")
    check(read(tmp_path / "b.vtu"), "b.vtu")
    told = json.loads((tmp_path / "b.json").read_text())["info"]
    np.testing.assert_array_equal(told["orientations"], TURNS)
    assert told["provenance"] == INFO["provenance"]


def test_tables_of_another_mesh_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = voronoi(4, 3)
    write(tmp_path / "a.json", replace(few, info={"orientations": TURNS[:4]}))
    write(tmp_path / "a.msh", replace(MESH, info={}))
    assert run(["convert", "-q", str(tmp_path / "a.msh"), str(tmp_path / "b.e")]) == 0
    error = capsys.readouterr().err
    assert error.startswith("warning: crystals are left out: ")
    assert "belong to another mesh" in error
    assert "orientations" not in read(tmp_path / "b.e").info


def test_a_split_mesh_keeps_it(tmp_path: Path) -> None:
    for suffix in (suffix for suffix, form in FORMATS.items() if form.wedges):
        write(tmp_path / f"split{suffix}", split_boundaries(MESH))
        assert b"nmc-radial" in (tmp_path / f"split{suffix}").read_bytes() or suffix == ".vtu"


def test_what_a_format_cannot_hold_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counts(path: Path, mesh: TetMesh, groups: list[Any]) -> None:
        path.write_text(f"{len(mesh.cells)} {len(groups)}\n")

    foreign = {**FORMATS, ".counts": Format("counts", counts, None)}
    monkeypatch.setattr(table, "FORMATS", foreign)
    with pytest.warns(UserWarning, match=r"no place .*: lost_grains, orientations, .* \(a.json\)"):
        write(tmp_path / "a.counts", MESH)
    write(tmp_path / "a.counts", replace(MESH, info={"file": "b.msh"}))


@pytest.mark.parametrize("text", ["[1]", "{", '{"orientations":[[1,2]]}', '{"orientations":"x"}'])
def test_a_damaged_note_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.msh"
    write(path, replace(MESH, info={}))
    with path.open("a") as file:
        file.write(f"$Comments\ninfo {text}\n$EndComments\n")
    with pytest.raises(FileError, match="truncated or damaged"):
        read(path)
