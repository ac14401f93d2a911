"""The deck for code_aster: keywords of its catalogue, tensors of crystals, groups of the mesh."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from nmc_mesh import load_material
from nmc_mesh.cli.main import run
from nmc_mesh.crystal.tensors import turned_stiffness
from nmc_mesh.io import write
from nmc_mesh.io.deck_abaqus import strain_tensor
from nmc_mesh.io.deck_aster import write_aster_deck
from nmc_mesh.mesh.groups import grain_name
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray

KEYWORDS = json.loads(Path(__file__).with_name("aster_keywords.json").read_text(encoding="utf-8"))
STRAIN = (1e-3, -4e-4, 2e-4, 3e-4, -1e-4, 5e-4)


@pytest.fixture(scope="module")
def turned(particle_mesh: TetMesh) -> TetMesh:
    turns = Rotation.random(int(particle_mesh.labels.max()), rng=np.random.default_rng(5))
    return replace(particle_mesh, info={"orientations": np.roll(turns.as_quat(), 1, axis=1)})


@pytest.fixture(scope="module")
def folder(turned: TetMesh, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place: Path = tmp_path_factory.mktemp("aster")
    write(place / "particle.e", turned)
    words = ["deck", "aster", "-q", str(place / "particle.e"), "--material", "nmc811"]
    load = ["--strain", ",".join(map(str, STRAIN))]
    assert run([*words, "-o", str(place / "case.comm"), *load]) == 0
    return place


def commands(path: Path) -> dict[str, dict[str, Any]]:
    """Run the file, which is Python, with commands that hold their keywords against the list."""
    calls: dict[str, dict[str, Any]] = {}

    def recorded(name: str) -> Any:
        def call(**words: Any) -> str:
            known = KEYWORDS[name]
            for word, value in words.items():
                assert word in known, f"{name} has no {word}"
                factors = value if isinstance(value, tuple) else (value,)
                for factor in factors:
                    if isinstance(factor, dict):
                        assert set(factor) <= set(known[word] or ()), f"{name}, {word}: {factor}"
            calls.setdefault(name, {}).update(words)
            calls[f"{name} {sum(key.startswith(name) for key in calls)}"] = words
            return name

        return call

    names = {name: recorded(name) for name in KEYWORDS if name != "note"}
    exec(path.read_text(), {**names, "_F": dict})
    return calls


def of_crystal(numbers: dict[str, float]) -> AnyArray:
    """C in Voigt's order from the constants of ELAS_ISTR, as code_aster makes it."""
    e1, e3, nu12, nu13 = (numbers[key] for key in ("E_L", "E_N", "NU_LT", "NU_LN"))
    nu31, c1 = nu13 * e3 / e1, e1 / (1 + nu12)
    delta = 1 - nu12 - 2 * nu13 * nu31
    stiff = np.zeros((6, 6))
    stiff[0, 0] = stiff[1, 1] = c1 * (1 - nu13 * nu31) / delta
    stiff[0, 1] = stiff[1, 0] = c1 * ((1 - nu13 * nu31) / delta - 1)
    stiff[:2, 2] = stiff[2, :2] = e3 * nu13 / delta
    stiff[2, 2] = e3 * (1 - nu12) / delta
    stiff[3, 3] = stiff[4, 4] = numbers["G_LN"]
    stiff[5, 5] = c1 / 2
    return stiff


def to_crystal(angles: tuple[float, float, float]) -> AnyArray:
    """Rows are the crystal's axes in the particle, by nautical angles as code_aster turns them."""
    a, b, c = np.radians(angles)
    first = np.array([[np.cos(a), np.sin(a), 0], [-np.sin(a), np.cos(a), 0], [0, 0, 1]])
    second = np.array([[np.cos(b), 0, -np.sin(b)], [0, 1, 0], [np.sin(b), 0, np.cos(b)]])
    third = np.array([[1, 0, 0], [0, np.cos(c), np.sin(c)], [0, -np.sin(c), np.cos(c)]])
    return np.asarray(third @ second @ first)


def test_keywords_are_those_of_the_catalogue(folder: Path) -> None:
    calls = commands(folder / "case.comm")
    assert set(KEYWORDS) - {"note"} <= set(calls)
    assert calls["MECA_STATIQUE"]["CARA_ELEM"] == "AFFE_CARA_ELEM"
    for axis, row in enumerate(strain_tensor(STRAIN), 1):
        call = calls["FORMULE" if axis == 1 else f"FORMULE {axis}"]
        value = calls[f"FORMULE {axis}"]["VALE"]
        assert call["NOM_PARA"] == ("X", "Y", "Z")
        found = eval(value, dict(zip("XYZ", (0.7, -0.2, 0.4), strict=True)))
        assert found == pytest.approx(row @ [0.7, -0.2, 0.4])


def test_what_is_left_out_is_said(tmp_path: Path, turned: TetMesh) -> None:
    with pytest.warns(UserWarning, match="C14 = -8700 MPa is left out"):
        write_aster_deck(tmp_path / "a.comm", turned, load_material("nmc811"), np.eye(3))


def test_grains_have_the_stiffness_of_their_crystals(folder: Path, turned: TetMesh) -> None:
    calls = commands(folder / "case.comm")
    material = load_material("nmc811")
    plain = replace(material, numbers={**material.numbers, "stiffness.C14": 0.0})
    stiff = of_crystal(calls["DEFI_MATERIAU"]["ELAS_ISTR"])
    np.testing.assert_allclose(stiff, plain.stiffness, atol=1e-8 * stiff.max())
    rows = calls["AFFE_CARA_ELEM"]["MASSIF"]
    assert [row["GROUP_MA"] for row in rows] == [grain_name(g) for g in turned.grains.tolist()]
    turns = np.asarray(turned.info["orientations"])[turned.grains - 1]
    quaternions = [
        np.roll(Rotation.from_matrix(to_crystal(row["ANGL_REP"]).T).as_quat(), 1) for row in rows
    ]
    ours, theirs = (turned_stiffness(plain.stiffness, q) for q in (turns, np.array(quaternions)))
    np.testing.assert_allclose(theirs, ours, atol=1e-8 * stiff.max())


def test_files_and_groups_are_there(folder: Path) -> None:
    rows = [line.split() for line in (folder / "case.export").read_text().splitlines()]
    read = {row[2]: int(row[4]) for row in rows if row[0] == "F" and row[3] == "D"}
    assert read == {"case.comm": 1, "case.med": 20}
    assert all((folder / name).is_file() for name in read)
    medcoupling = pytest.importorskip(
        "medcoupling", reason="pip install medcoupling", exc_type=ImportError
    )
    mesh = medcoupling.MEDFileUMesh(str(folder / "case.med"))
    assert mesh.getName() == "mesh"  # the name of the concept, under which it is looked for
    groups = commands(folder / "case.comm")["AFFE_MODELE"]["AFFE"]["GROUP_MA"]
    assert set(groups) <= set(mesh.getGroupsNames())
