"""The plugin for MOOSE: tensors, angles and balances of what it writes, and its checker.

MOOSE itself is not there to run the input.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from scipy.io import netcdf_file
from scipy.spatial.transform import Rotation

from nmc_mesh.io import read, write
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray
from tests.meshes import tet_mesh_from_cells, voronoi
from tests.scripts import load_script


@pytest.fixture(scope="module")
def moose() -> ModuleType:
    return load_script("plugins/moose/nmc_mesh_moose.py")


@pytest.fixture(scope="module")
def turns() -> Rotation:
    return Rotation.random(12, rng=np.random.default_rng(2))


@pytest.fixture(scope="module")
def mesh(turns: Rotation) -> TetMesh:
    """Twelve turned grains, of which one got lost: a gap in the blocks."""
    whole = voronoi(12, 5)
    kept = whole.labels != 7
    mesh = tet_mesh_from_cells(whole.points, whole.cells[kept], whole.labels[kept])
    return replace(mesh, info={"orientations": turns.as_quat()[:, [3, 0, 1, 2]]})


def blocks(text: str) -> dict[str, dict[str, str]]:
    """Innermost blocks by name."""
    plain = re.sub(r"#.*", "", text)
    found = re.findall(r"^ *\[(\w+)\]\n((?: *\w+ = .*\n)*) *\[\]$", plain, re.MULTILINE)
    return {
        name: dict(line.strip().split(" = ", 1) for line in body.splitlines())
        for name, body in found
    }


def tensor(text: str) -> AnyArray:
    values = np.array([float(word) for word in text.strip("'").split()])
    if len(values) == 9:
        return values.reshape(3, 3)
    a, b, c, d, e, f = values
    return np.array([[a, f, e], [f, b, d], [e, d, c]])


def test_every_grain_has_its_own_tensors(
    tmp_path: Path, moose: ModuleType, mesh: TetMesh, turns: Rotation
) -> None:
    deck, exodus, angles = moose.write_moose(tmp_path, mesh)
    found = blocks(deck.read_text())
    names = [f"{grain:05d}" for grain in mesh.grains]
    assert [name[-5:] for name in found if name.startswith("lithiation_")] == names
    rows = np.loadtxt(angles, delimiter=",")
    assert rows.shape == (12, 3)
    for grain in mesh.grains:
        turn = turns[int(grain) - 1]
        r = turn.as_matrix()
        for kind, key, values in (
            ("lithiation", "eigen_base", moose.Material().strain),
            ("diffusivity", "tensor", moose.Material().diffusivity),
        ):
            part = found[f"{kind}_{grain:05d}"]
            assert part["block"] == f"grain_{grain:05d}"
            expected = r @ np.diag([values[0], *values]) @ r.T
            np.testing.assert_allclose(tensor(part[key]), expected, atol=1e-15)
        back = Rotation.from_euler("ZXZ", rows[grain - 1], degrees=True)
        np.testing.assert_allclose(back.as_matrix(), r, atol=1e-12)
    assert np.array_equal(read(exodus).labels, mesh.labels)


def test_the_input_is_whole_and_balanced(tmp_path: Path, moose: ModuleType, mesh: TetMesh) -> None:
    """Blocks close; flux * area = rate * volume; three pins hold every rigid motion but no more."""
    deck, *_ = moose.write_moose(tmp_path, mesh)
    text = deck.read_text()
    plain = re.sub(r"#.*", "", text)
    assert "@" not in text
    assert len(re.findall(r"\[[\w/]+\]", plain)) == plain.count("[]")
    facets = mesh.points[mesh.facets[mesh.outer]]
    sides = np.cross(facets[:, 1] - facets[:, 0], facets[:, 2] - facets[:, 0])
    area = float(re.search(r"^area = (\S+)", text, re.MULTILINE)[1])
    assert area == pytest.approx(0.5 * np.linalg.norm(sides, axis=1).sum(), rel=1e-12)
    assert "flux = ${fparse rate * volume / area}" in text
    found = blocks(text)
    motions = []
    for name, part in found.items():
        if name.startswith("hold_"):
            axis = "xyz".index(part["variable"][-1])
            x = np.array(found[part["boundary"]]["coord"].strip("'").split(), dtype=float)
            assert (np.linalg.norm(mesh.points - x, axis=1) == 0).any()
            motions.append([*np.eye(3)[axis], *np.cross(np.eye(3), x)[:, axis]])
    assert len(motions) == 6
    assert np.linalg.cond(motions) < 1e3


def test_without_orientations_the_means_stand(tmp_path: Path, moose: ModuleType) -> None:
    """Voigt's means of an isotropic crystal are its own moduli."""
    lame, mu = 70.0, 40.0
    same = (lame + 2 * mu, lame, lame, lame + 2 * mu, mu)
    material = moose.Material((3.0, 3.0), (0.01, 0.01), same)
    with pytest.warns(UserWarning, match="knows no orientations: all grains get the same"):
        deck, _ = moose.write_moose(tmp_path, voronoi(5, 3), material=material)
    found = blocks(deck.read_text())
    assert float(found["stiffness"]["bulk_modulus"]) == pytest.approx(lame + 2 * mu / 3)
    assert float(found["stiffness"]["shear_modulus"]) == pytest.approx(mu)
    assert float(found["diffusivity"]["prop_values"]) == pytest.approx(3.0)
    np.testing.assert_allclose(tensor(found["lithiation"]["eigen_base"]), 0.01 * np.eye(3))
    assert moose.check_input(deck) == []


def test_the_checker_names_what_does_not_fit(
    tmp_path: Path, moose: ModuleType, mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    deck, exodus, angles = moose.write_moose(tmp_path, mesh)
    assert moose.check_input(deck) == []
    assert moose.main(["check", str(deck)]) == 0
    text = deck.read_text()
    deck.write_text(
        text.replace("block = grain_00003", "block = grain_00007")
        .replace("boundary = outer_surface", "boundary = 'outer_surface outside'", 1)
        .replace("nblock = 12", "nblock = 11")
    )
    angles.write_text(angles.read_text().split("\n", 1)[1])
    problems = moose.check_input(deck)
    assert "boundary outside is not in particle.e" in problems
    assert problems.count("block grain_00007 is not in particle.e") == 2
    assert any("has 11 rows, but the mesh has blocks up to 12" in line for line in problems)
    assert any("nblock is 11" in line for line in problems)
    assert len(problems) == 5
    assert moose.main(["check", str(deck)]) == 1
    exodus.write_bytes(b"no mesh")
    assert "cannot read the mesh particle.e" in moose.check_input(deck)[0]
    assert "particle_orientations" in capsys.readouterr().out


def test_the_cohesive_input_opens_the_boundaries(
    tmp_path: Path, moose: ModuleType, mesh: TetMesh
) -> None:
    deck, exodus, _ = moose.write_moose(tmp_path, mesh, seam=moose.Seam(stiffness=500.0))
    text = deck.read_text()
    found = blocks(text)
    assert found["opened"]["type"] == "BreakMeshByBlockGenerator"
    assert found["pin_a"]["input"] == "opened"
    assert found["passage"]["boundary"] == "interface"
    assert float(found["seams"]["penalty_stiffness"]) == 500.0
    assert text.count("boundary = interface") == 3
    plain = re.sub(r"#.*", "", text)
    assert len(re.findall(r"\[[\w/]+\]", plain)) == plain.count("[]")
    assert moose.check_input(deck) == []
    with netcdf_file(exodus, "r", mmap=False) as file:
        names = {b"".join(row).rstrip(b"\0").decode() for row in file.variables["ss_names"][:]}
    assert names == {"outer_surface"}


def test_the_checker_knows_interfaces(tmp_path: Path, moose: ModuleType, mesh: TetMesh) -> None:
    deck, exodus, _ = moose.write_moose(tmp_path, mesh, seam=moose.Seam())
    text = deck.read_text()
    split = text.replace("split_interface = false", "split_interface = true")
    deck.write_text(split.replace("boundary = interface", "boundary = grain_00001_grain_00002"))
    assert moose.check_input(deck) == []
    deck.write_text(split)
    assert moose.check_input(deck).count("boundary interface is not in particle.e") == 3
    deck.write_text(text)
    write(exodus, mesh, blocks="grain", boundaries="pairs")
    (problem,) = moose.check_input(deck)
    assert "which BreakMeshByBlockGenerator makes itself" in problem
    assert "--boundaries none" in problem


def test_rows_of_the_orientations_are_those_of_the_blocks(
    tmp_path: Path, moose: ModuleType, mesh: TetMesh
) -> None:
    """PropertyReadFile looks up row k for block k: ids of the file, not their places in it."""
    _, exodus, angles = moose.write_moose(tmp_path, mesh)
    rows = np.loadtxt(angles, delimiter=",")
    with netcdf_file(exodus, "r", mmap=False) as file:
        ids = file.variables["eb_prop1"][:].tolist()
        names = [b"".join(row).rstrip(b"\0").decode() for row in file.variables["eb_names"][:]]
        wide = [file.variables["name_elem_var"][k] for k in range(file.dimensions["num_elem_var"])]
        words = [b"".join(row).rstrip(b"\0").decode() for row in wide]
        found = [
            [
                float(
                    file.variables[f"vals_elem_var{1 + words.index(f'bunge_{k}')}eb{place}"][0, 0]
                )
                for k in (1, 2, 3)
            ]
            for place in range(1, 1 + len(ids))
        ]
    assert ids == sorted(ids)
    assert names == [f"grain_{k:05d}" for k in ids]
    np.testing.assert_allclose(np.degrees(found), rows[np.array(ids) - 1], atol=1e-9)


def test_the_command_writes_from_a_mesh_file(
    tmp_path: Path, moose: ModuleType, mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "small.e", mesh)
    assert moose.main(["write", str(tmp_path / "small.e"), str(tmp_path / "run")]) == 0
    files = sorted(file.name for file in (tmp_path / "run").iterdir())
    assert files == ["small.e", "small.i", "small_orientations.csv"]
    assert moose.main(["write", str(tmp_path / "small.e"), str(tmp_path), "--cohesive"]) == 0
    assert "BreakMeshByBlockGenerator" in (tmp_path / "small.i").read_text()
    assert moose.main(["write", str(tmp_path / "none.msh"), str(tmp_path / "run")]) == 1
    assert moose.main(["solve"]) == 2
    assert "check the name" in capsys.readouterr().err


def test_what_became_of_the_crystals_is_said(
    tmp_path: Path, moose: ModuleType, mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mesh with its tables beside keeps its crystals; one without any is named."""
    write(tmp_path / "bare.msh", replace(mesh, info={}))
    command = ["write", str(tmp_path / "bare.msh"), str(tmp_path / "run")]
    assert moose.main(command) == 0
    assert capsys.readouterr().err.startswith("warning: the mesh knows no orientations")
    write(tmp_path / "bare.json", mesh)
    assert moose.main(command) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "run" / "bare_orientations.csv").is_file()
