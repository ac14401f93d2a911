"""The commands ``materials`` and ``homogenize``."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh.cli.main import run
from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io import write
from nmc_mesh.mesh.phases import solids
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.cli.refusal import refused
from tests.meshes import ball, voronoi

INPUT, FILE = InputError.exit_code, FileError.exit_code


def mesh() -> TetMesh:
    turns = np.roll(Rotation.random(8, rng=0).as_quat(), 1, axis=1)
    return replace(voronoi(8, 4), info={"orientations": turns})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder beside one of meshes and materials."""
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    write(inputs / "particle.e", mesh())
    write(inputs / "plain.vtu", replace(mesh(), info={}))
    layer = {"phases": {"coating": [[8, 8]]}, "orientations": mesh().info["orientations"][:7]}
    write(inputs / "coated.e", replace(mesh(), info=layer))
    (inputs / "bare.toml").write_text('name = "bare"\nsummary = ""\n[provenance]\n')
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path / "empty")
    return tmp_path / "empty"


def test_materials_are_listed_and_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["materials", "-q"]) == 0
    assert capsys.readouterr().out.split() == ["alumina", "nmc111", "nmc532", "nmc811"]
    assert run(["materials"]) == 0
    assert "LiNi0.8Mn0.1Co0.1O2" in capsys.readouterr().out
    assert run(["materials", "nmc811"]) == 0
    told = capsys.readouterr().out
    assert "10.1021/acs.jpcc.6b12885" in " ".join(told.split())
    assert "missing" in told
    assert list(folder.iterdir()) == []


def test_a_copy_of_a_material_is_a_material(folder: Path) -> None:
    assert run(["materials", "nmc811", "-q", "-o", "mine.toml"]) == 0
    assert Path("mine.toml").read_text() == material_text("nmc811")
    assert run(["materials", "nmc532", "-q", "-o", "mine.toml"]) == INPUT  # it may be edited by now
    assert Path("mine.toml").read_text() == material_text("nmc811")
    assert run(["materials", "mine.toml", "-q", "-o", "again.toml"]) == 0
    assert load_material("again.toml") == load_material("nmc811")


def test_effective_properties_are_told_and_written(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = ["homogenize", "../inputs/particle.e", "--material", "nmc811"]
    assert run([*line, "--content", "0.3", "-o", "effective.json"]) == 0
    told = capsys.readouterr().out
    for word in ("Voigt", "Reuss", "gradient", "flux", "uptake", "Poisson", "x = 0.3"):
        assert word in told
    found = json.loads(Path("effective.json").read_text())
    voigt, reuss = (np.array(found["diffusivity"][way]) for way in ("voigt", "reuss"))
    assert np.trace(voigt) == pytest.approx(2 * 0.008369 + 0.00008369)
    assert np.linalg.eigvalsh(voigt - reuss)[0] > 0
    assert found["uptake"]["lower"] < found["uptake"]["value"] < found["uptake"]["upper"]
    assert np.shape(found["stiffness"]["gradient"]) == (6, 6)
    assert run([*line, "--only", "stiffness", "-q", "-o", "stiff.json"]) == 0
    assert "diffusivity" not in json.loads(Path("stiff.json").read_text())


def test_a_coating_has_a_material_of_its_own(folder: Path) -> None:
    line = ["homogenize", "../inputs/coated.e", "--material", "nmc811", "--only", "diffusivity"]
    assert run([*line, "--coating-material", "alumina", "-q", "-o", "coated.json"]) == 0
    found = json.loads(Path("coated.json").read_text())["diffusivity"]
    corners = mesh().points[mesh().cells]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1])
    share = volumes[mesh().labels == 8].sum() / volumes.sum()
    grains = 2 * 0.01425 + 0.0001425  # along, along, across at x = 0.5
    trace = (1 - share) * grains + share * 3 * 3e-6
    assert np.trace(found["voigt"]) == pytest.approx(trace)
    assert np.trace(found["reuss"]) < np.trace(found["flux"])


def test_the_lower_bound_of_what_has_voids_is_0_without_a_warning(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    full = ball(4)
    inner = np.linalg.norm(full.points, axis=1)[full.cells].max(axis=1) < 0.51
    info = {"phases": {"pore": [[2, 2]]}, "orientations": mesh().info["orientations"][:1]}
    labels = np.where(inner, 2, 1).astype(np.int32)
    write("porous.e", solids(tagged(full.points, np.array(full.cells), labels, info)))
    line = ["homogenize", "porous.e", "--material", "nmc811", "--only", "stiffness"]
    assert run(line) == 0
    told = capsys.readouterr()
    assert "nan" not in told.out
    assert "warning" not in told.err


def test_boundaries_are_told_beside(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = material_text("nmc811") + '"boundary" = "ours: a guess"\n'
    table = "[boundary]\ndiffusivity = 5.0\nwidth = 0.001\n\n[provenance]"
    Path("../inputs/mine.toml").write_text(text.replace("[provenance]", table))
    line = ["homogenize", "../inputs/particle.e", "--only", "diffusivity", "--along-boundaries"]
    assert run([*line, "--material", "../inputs/mine.toml", "-o", "effective.json"]) == 0
    assert " ".join(capsys.readouterr().out.split()).count("along boundaries too") == 1
    found = json.loads(Path("effective.json").read_text())
    for name in ("gradient", "flux", "voigt"):
        plain, along = (found[f"diffusivity{end}"][name] for end in ("", "_with_boundaries"))
        assert np.trace(along) > np.trace(plain)
    assert found["uptake_with_boundaries"]["value"] > 1.1 * found["uptake"]["value"]


HOMOGENIZE = {
    "no content": ("../inputs/particle.e --material nmc811 --content 2", INPUT, "lies in [0, 1]"),
    "not a content": ("../inputs/particle.e --material nmc811 --content nan", INPUT, "in [0, 1]"),
    "no number for boundaries": (
        "../inputs/particle.e --material nmc811 --along-boundaries", INPUT,
        "no 'boundary.diffusivity'",
    ),
    "stiffness of boundaries": (
        "../inputs/particle.e --material nmc811 --along-boundaries --only stiffness", INPUT,
        "take --only diffusivity",
    ),
    "a coating of nothing": (
        "../inputs/coated.e --material nmc811", INPUT, "--coating-material alumina",
    ),
    "a coating with axes": (
        "../inputs/coated.e --material nmc811 --coating-material nmc811", INPUT, "isotropic",
    ),
    "no mesh": ("none.e --material nmc811", FILE, "check the name"),
    "no crystals": ("../inputs/plain.vtu --material nmc811", INPUT, "no orientations"),
    "unknown material": ("../inputs/particle.e --material nmc81", INPUT, "perhaps you meant"),
    "missing number": ("../inputs/particle.e --material nmc111", INPUT, "'diffusivity.along'"),
    "bare material": ("../inputs/particle.e --material ../inputs/bare.toml --only stiffness",
                      INPUT, "'stiffness.C11'"),
    "content": ("../inputs/particle.e --material nmc532 --content 0.1", INPUT, "known for x from"),
    "unknown output": ("../inputs/particle.e --material nmc811 -o a.txt", INPUT, "use .json"),
    "no material": ("../inputs/particle.e", 2, "Missing option '--material'"),
}  # fmt: skip

MATERIALS = {
    "copy of nothing": ("-o mine.toml", INPUT, "name the material to copy"),
    "unknown": ("steel", INPUT, "there is no material 'steel'"),
    "missing file": ("steel.toml", FILE, "cannot read the material file"),
    "wrong ending": ("nmc811 -o mine.txt", INPUT, "use .toml"),
}


@pytest.mark.parametrize("case", HOMOGENIZE)
def test_homogenize_refuses(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = HOMOGENIZE[case]
    refused(["homogenize", *arguments.split()], folder, code, remedy, capsys)


@pytest.mark.parametrize("case", MATERIALS)
def test_materials_refuses(folder: Path, case: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments, code, remedy = MATERIALS[case]
    refused(["materials", *arguments.split()], folder, code, remedy, capsys)
