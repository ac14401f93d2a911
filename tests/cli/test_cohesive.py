"""The command that opens boundaries: files, report, refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.io import netcdf_file

from nmc_mesh.cli.main import run
from nmc_mesh.cohesive.groups import wedge_table
from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.io import write
from nmc_mesh.mesher.second_order import second_order
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


def test_it_writes_every_format(
    particle: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["split.e", "split.inp", "split.vtu"]
    assert run(["cohesive", str(particle), "-o", *(str(out / name) for name in names)]) == 0
    assert sorted(path.name for path in out.iterdir()) == names
    split = split_boundaries(MESH)
    text = capsys.readouterr().out
    assert f"{len(split.wedges)}" in text
    assert f"{len(MESH.points)}, now {len(split.mesh.points)}" in text
    assert f"and {len(wedge_table(split)['lower']) - 12} more" in text


def test_one_pair(particle: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    low, high = MESH.facet_grains[MESH.inner][0].tolist()
    arguments = ["cohesive", "-q", str(particle), "-o", str(out / "split.e")]
    assert run([*arguments, "--boundaries", f"{high}-{low}", "--seams", "one"]) == 0
    assert capsys.readouterr().out == ""
    with netcdf_file(str(out / "split.e"), "r", mmap=False) as file:
        last = max(int(name[7:]) for name in file.variables if name.startswith("connect"))
        assert file.variables[f"connect{last}"].elem_type == b"WEDGE"
        wedges = len(file.variables[f"connect{last}"][:])
    assert wedges == (MESH.facet_grains == [low, high]).all(axis=1).sum()


def test_second_order(tmp_path: Path, out: Path) -> None:
    write(tmp_path / "curved.msh", second_order(MESH))
    assert run(["cohesive", "-q", str(tmp_path / "curved.msh"), "-o", str(out / "split.e")]) == 0
    with netcdf_file(str(out / "split.e"), "r", mmap=False) as file:
        last = max(int(name[7:]) for name in file.variables if name.startswith("connect"))
        kinds = {file.variables[f"connect{k}"].elem_type for k in (1, last)}
    assert kinds == {b"TETRA10", b"WEDGE15"}


@pytest.mark.parametrize(
    ("extra", "code", "remedy"),
    [
        (["--boundaries", "1-99"], 3, "grains 1 and 99 have no common boundary"),
        (["--boundaries", "most"], 3, "or 'angle:15-180deg'"),
        (["--boundaries", "angle:15-180deg"], 3, "holds no orientations"),
        (["--boundaries", f"{10**20}-1"], 3, "beyond 2,147,483,647"),
        (["--seams", "none"], 2, "--help"),
    ],
)
def test_refusals(
    extra: list[str],
    code: int,
    remedy: str,
    particle: Path,
    out: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    refused(["cohesive", str(particle), "-o", f"{out}/s.e", *extra], out, code, remedy, capsys)


def test_refused_files(particle: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for places, code, remedy in (
        (["s.xdmf"], 3, ".msh or .vtu or .e or .inp"),
        (["s.e", "s.e"], 3, "written twice"),
        (["no/s.e"], 4, "mkdir"),
    ):
        files = [f"{out}/{place}" for place in places]
        refused(["cohesive", str(particle), "-o", *files], out, code, remedy, capsys)


def test_meshes_that_cannot_be_split(
    tmp_path: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "one.msh", cube(1))
    split = split_boundaries(cube(2)).mesh
    write(tmp_path / "split.msh", split)
    write(tmp_path / "split.e", split_boundaries(cube(2)))
    for name, remedy in (
        ("one.msh", "labels of their grains"),
        ("split.msh", "split the mesh it was made from"),
        ("split.e", "read the mesh it was made from"),
    ):
        refused(["cohesive", f"{tmp_path}/{name}", "-o", f"{out}/s.e"], out, 3, remedy, capsys)
    assert np.array_equal(split.labels, cube(2).labels)


def test_boundaries_by_angle(tmp_path: Path, out: Path) -> None:
    """Exodus keeps orientations: two crystals 20 degrees apart open above 15 and not above 25."""
    half = np.radians(10.0)
    turns = np.array([[1.0, 0, 0, 0], [np.cos(half), 0, 0, np.sin(half)]])
    write(tmp_path / "two.e", replace(cube(2), info={"orientations": turns}))
    line = ["cohesive", "-q", str(tmp_path / "two.e"), "-o", str(out / "split.vtu")]
    assert run([*line, "--boundaries", "angle:15-180deg"]) == 0
    assert (out / "split.vtu").is_file()
    assert run([*line, "--boundaries", "angle:25-180deg"]) == 3
    write(tmp_path / "two.msh", cube(2))
    write(tmp_path / "two.json", replace(cube(2), info={"orientations": turns}))
    line = ["cohesive", "-q", str(tmp_path / "two.msh"), "-o", str(out / "beside.vtu")]
    assert run([*line, "--boundaries", "angle:15-180deg"]) == 0
