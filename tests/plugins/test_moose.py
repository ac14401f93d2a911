"""The plugin for MOOSE: tensors, angles and balances of what it writes, checker, parameters.

MOOSE itself is not there to run the inputs: their objects and parameters are held against lists
that were read in its sources (``moose_parameters.json``, which names file and commit of each).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import netcdf_file
from scipy.spatial.transform import Rotation

from nmc_mesh import LabelImage, load_material, load_model, voxelize, write_labels, write_particle
from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.errors import InputError
from nmc_mesh.io import read, write
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray
from tests.meshes import tet_mesh_from_cells, voronoi

PLUGIN = Path(__file__).parents[2] / "plugins" / "moose"
sys.path.insert(0, str(PLUGIN))
import nmc_mesh_moose as moose  # noqa: E402

LISTS = json.loads(Path(__file__).with_name("moose_parameters.json").read_text(encoding="utf-8"))
NMC = load_material("nmc811")
VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
Tree = dict[str, Any]


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


def tree(text: str) -> Tree:
    """Read HIT: blocks become dictionaries, options texts; stray lines and open blocks fail."""
    top: Tree = {}
    stack = [top]
    for number, full in enumerate(text.splitlines(), 1):
        line = re.sub(r"(^|\s)#.*", "", full).strip()
        if line == "[]":
            stack.pop()
        elif match := re.fullmatch(r"\[([\w/]+)\]", line):
            assert match[1] not in stack[-1], f"line {number} opens {match[1]} a second time"
            stack[-1][match[1]] = {}
            stack.append(stack[-1][match[1]])
        elif match := re.fullmatch(r"(\w+) = ('[^']*'|\$\{[^}]*\}|[^\s']+)", line):
            assert match[1] not in stack[-1], f"line {number} sets {match[1]} a second time"
            stack[-1][match[1]] = match[2].strip("'")
        else:
            assert not line, f"line {number} is no HIT: {full}"
        assert stack, f"line {number} closes what is not open"
    assert len(stack) == 1, "a block is not closed"
    return top


def objects(part: Tree, path: str = "") -> Iterator[tuple[str, Tree]]:
    """Every block with its path."""
    for name, value in part.items():
        if isinstance(value, dict):
            own = f"{path}/{name}".lstrip("/")
            yield own, value
            yield from objects(value, own)


def allowed(entry: Tree) -> tuple[set[str], set[str]]:
    """Names that a class knows, its own and those of its bases; those that it wants."""
    every = [entry, *(LISTS["bases"][base] for base in entry["bases"])]
    names = {name for part in every for name in part["parameters"]}
    return names, {name for part in every for name in part["required"]}


def action(path: str) -> Tree | None:
    """The list of a block without a type."""
    starred = f"{path.rpartition('/')[0]}/*"
    return LISTS["actions"].get(path) or LISTS["actions"].get(starred)


def check_parameters(text: str) -> int:
    """Hold every block against MOOSE's lists; return how many have a type."""
    deck = tree(text)
    shared, count = set(deck.get("GlobalParams", {})), 0
    for path, part in objects(deck):
        options = {name for name, value in part.items() if not isinstance(value, dict)}
        if "type" in options:
            count += 1
            entry = LISTS["objects"][part["type"]]
        elif options or action(path):
            if path == "GlobalParams":
                continue
            entry = action(path)
            assert entry is not None, f"{path} is no block of MOOSE's that is known"
        else:
            continue
        names, wanted = allowed(entry)
        assert options - {"type"} <= names, f"{path}: {sorted(options - names)}"
        assert wanted <= options | shared, f"{path} lacks {sorted(wanted - options)}"
    return count


@pytest.mark.parametrize("cohesive", [False, True], ids=["closed", "cohesive"])
@pytest.mark.parametrize("deck", moose.DECKS)
@pytest.mark.parametrize("oriented", [True, False], ids=["turned", "isotropic"])
def test_objects_and_parameters_are_those_of_the_lists(
    tmp_path: Path, mesh: TetMesh, deck: Any, cohesive: bool, oriented: bool
) -> None:
    """Checked against MOOSE's lists of parameters; not run."""
    if not oriented:
        mesh = replace(mesh, info={})
        with pytest.warns(UserWarning, match="knows no orientations"):
            files = moose.write_moose(tmp_path, mesh, deck=deck, cohesive=cohesive)
    else:
        files = moose.write_moose(tmp_path, mesh, deck=deck, cohesive=cohesive)
    assert check_parameters(files[0].read_text()) >= 10
    assert moose.check_input(files[0]) == []


def test_the_lists_find_a_wrong_name() -> None:
    good = "[BCs]\n  [a]\n    type = NeumannBC\n    variable = c\n    boundary = b\n  []\n[]\n"
    assert check_parameters(good) == 1
    for wrong in (good.replace("boundary", "side"), good.replace("    variable = c\n", "")):
        with pytest.raises(AssertionError, match="BCs/a"):
            check_parameters(wrong)
    with pytest.raises(KeyError):
        check_parameters(good.replace("NeumannBC", "NewmanBC"))
    with pytest.raises(AssertionError, match="not closed"):
        tree(good[:-3])


def test_the_size_of_an_input_does_not_grow_with_its_grains(tmp_path: Path, mesh: TetMesh) -> None:
    """One material for all grains: the same blocks for 11 grains and for one."""
    many, *_ = moose.write_moose(tmp_path, mesh)
    cells = mesh.labels == 1
    single = tet_mesh_from_cells(mesh.points, mesh.cells[cells], mesh.labels[cells])
    single = replace(single, info={"orientations": mesh.info["orientations"][:1]})
    few, *_ = moose.write_moose(tmp_path, single, "single")
    assert many.read_text().count("type =") == few.read_text().count("type =")


def values(deck: Tree, row: AnyArray, x: float) -> dict[str, float]:
    """Properties of an element with this row of the table, at a content."""
    names: dict[str, float] = {"c": x}
    for name, part in deck["AuxKernels"].items():
        function = deck["Functions"][part["function"]]
        names[name] = row[int(function["column_number"])]
    for part in deck["Materials"].values():
        if part["type"] == "PiecewiseLinearInterpolationMaterial":
            table = [np.array(part[key].split(), dtype=float) for key in ("x", "y")]
            names[part["property"]] = float(np.interp(x, *table))
        elif part["type"] == "DerivativeParsedMaterial":
            wanted = part["coupled_variables"].split()
            wanted += [word.removesuffix("(c)") for word in part["material_property_names"].split()]
            own = {name: names[name] for name in wanted}
            names[part["property_name"]] = eval(part["expression"], {}, own)
    return names


def composed(deck: Tree, name: str, names: dict[str, float]) -> AnyArray:
    """The tensor that a composite material makes."""
    materials, part = deck["Materials"], deck["Materials"][name]
    total = np.zeros((3, 3))
    for tensor, weight in zip(part["tensors"].split(), part["weights"].split(), strict=True):
        base = materials[tensor]
        unit = np.array(base.get("tensor", base.get("tensor_values")).split(), dtype=float)
        if len(unit) == 6:  # 11 22 33 23 13 12
            a, b, c, d, e, f = unit
            unit = np.array([a, f, e, f, b, d, e, d, c])
        total += names[weight] * unit.reshape(3, 3)
    return total


def test_every_grain_has_its_own_tensors(tmp_path: Path, mesh: TetMesh, turns: Rotation) -> None:
    """D and the chemical strain from the table's rows are R T R^T, at any content."""
    path, exodus, table = moose.write_moose(tmp_path, mesh)
    deck, rows = tree(path.read_text()), np.loadtxt(table, delimiter=",")
    assert rows.shape == (12, 9)
    start = float(deck["c_start"].split()[0])
    for grain in mesh.grains:
        r = turns[int(grain) - 1].as_matrix()
        back = Rotation.from_euler("ZXZ", rows[grain - 1, :3], degrees=True)
        np.testing.assert_allclose(back.as_matrix(), r, atol=1e-12)
        for x in (0.3, 0.62, 0.942):
            names = values(deck, rows[grain - 1], x)
            spread = r @ NMC.diffusion_tensor(x) @ r.T
            np.testing.assert_allclose(composed(deck, "diffusivity", names), spread, rtol=1e-9)
            strain = r @ NMC.strain_tensor(x, start) @ r.T
            np.testing.assert_allclose(composed(deck, "lithiation", names), strain, atol=1e-10)
    assert np.array_equal(read(exodus).labels, mesh.labels)
    numbers = np.array(deck["Materials"]["stiffness"]["C_ijkl"].split(), dtype=float)
    np.testing.assert_array_equal(numbers, NMC.stiffness[np.triu_indices(6)])
    assert moose.check_input(path) == []


def test_the_input_is_balanced(tmp_path: Path, mesh: TetMesh) -> None:
    """Flux * area = rate * volume; three pins hold every rigid motion but no more."""
    path, *_ = moose.write_moose(tmp_path, mesh, load=moose.Load(rate=0.25))
    deck = tree(path.read_text())
    facets = mesh.points[mesh.facets[mesh.outer]]
    sides = np.cross(facets[:, 1] - facets[:, 0], facets[:, 2] - facets[:, 0])
    assert float(deck["area"]) == pytest.approx(
        0.5 * np.linalg.norm(sides, axis=1).sum(), rel=1e-12
    )
    low, high = NMC.content_range
    assert float(deck["rate"]) * float(deck["end_time"]) == pytest.approx(low - high)
    assert deck["flux"] == "${fparse rate * volume / area}"
    motions = []
    for name, part in deck["BCs"].items():
        if name.startswith("hold_"):
            axis = "xyz".index(part["variable"][-1])
            x = np.array(deck["Mesh"][part["boundary"]]["coord"].split(), dtype=float)
            assert (np.linalg.norm(mesh.points - x, axis=1) == 0).any()
            motions.append([*np.eye(3)[axis], *np.cross(np.eye(3), x)[:, axis]])
    assert len(motions) == 6
    assert np.linalg.cond(motions) < 1e3


def test_without_orientations_the_means_stand(tmp_path: Path, mesh: TetMesh) -> None:
    with pytest.warns(UserWarning, match="knows no orientations: all grains get the same"):
        path, _ = moose.write_moose(tmp_path, replace(mesh, info={}))
    deck = tree(path.read_text())
    deck["AuxKernels"] = {}
    along, across = NMC.diffusivity(0.5)
    mean = (2 * along + across) / 3 * np.eye(3)
    names = values(deck, np.zeros(9), 0.5)
    np.testing.assert_allclose(composed(deck, "diffusivity", names), mean, rtol=1e-9)
    # Of C_ijkl delta_ij delta_kl, whatever the frame.
    bulk = float(deck["Materials"]["stiffness"]["bulk_modulus"])
    assert bulk == pytest.approx(NMC.stiffness[:3, :3].sum() / 9)


def test_the_surface_is_moved_by_the_strain(tmp_path: Path, mesh: TetMesh) -> None:
    strain = np.array([[1e-3, 2e-4, -1e-4], [2e-4, 5e-4, 3e-4], [-1e-4, 3e-4, -2e-4]])
    load = moose.Load(strain=strain)
    path, *_ = moose.write_moose(tmp_path, mesh, deck="stress", load=load)
    deck = tree(path.read_text())
    place = np.array([0.3, -1.2, 0.7])
    own = {**dict(zip("xyz", place.tolist(), strict=True)), "t": 1.0}
    moved = [eval(deck["BCs"][f"moved_{axis}"]["function"], {}, own) for axis in "xyz"]
    np.testing.assert_allclose(moved, strain @ place, atol=1e-15)


def test_the_checker_names_what_does_not_fit(
    tmp_path: Path, mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    deck, exodus, table = moose.write_moose(tmp_path, mesh)
    assert moose.main(["check", str(deck)]) == 0
    text = deck.read_text()
    deck.write_text(
        text.replace("type = TimeDerivative", "type = TimeDerivative\n    block = grain_00007")
        .replace("boundary = outer_surface", "boundary = 'outer_surface outside'", 1)
        .replace("nblock = 12", "nblock = 11")
    )
    table.write_text(table.read_text().split("\n", 1)[1])
    problems = moose.check_input(deck)
    assert "boundary outside is not in particle.e" in problems
    assert "block grain_00007 is not in particle.e" in problems
    assert any("has 11 rows, but the mesh has blocks up to 12" in line for line in problems)
    assert any("nblock is 11" in line for line in problems)
    assert len(problems) == 4
    assert moose.main(["check", str(deck)]) == 1
    exodus.write_bytes(b"no mesh")
    assert "cannot read the mesh particle.e" in moose.check_input(deck)[0]
    assert "particle_crystals" in capsys.readouterr().out


def test_the_cohesive_input_opens_the_boundaries(tmp_path: Path, mesh: TetMesh) -> None:
    path, exodus, _ = moose.write_moose(tmp_path, mesh, cohesive=True)
    deck = tree(path.read_text())
    assert deck["Mesh"]["opened"]["type"] == "BreakMeshByBlockGenerator"
    assert deck["Mesh"]["pin_a"]["input"] == "opened"
    assert deck["InterfaceKernels"]["passage"]["boundary"] == "interface"
    assert float(deck["Materials"]["seams"]["normal_strength"]) == NMC.number("cohesive.strength")
    with netcdf_file(exodus, "r", mmap=False) as file:
        names = {b"".join(row).rstrip(b"\0").decode() for row in file.variables["ss_names"][:]}
    assert names == {"outer_surface"}


def test_the_checker_knows_interfaces(tmp_path: Path, mesh: TetMesh) -> None:
    deck, exodus, _ = moose.write_moose(tmp_path, mesh, cohesive=True)
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


def test_rows_of_the_table_are_those_of_the_blocks(tmp_path: Path, mesh: TetMesh) -> None:
    """PropertyReadFile looks up row k for block k: ids of the file, not their places in it."""
    _, exodus, table = moose.write_moose(tmp_path, mesh)
    rows = np.loadtxt(table, delimiter=",")
    with netcdf_file(exodus, "r", mmap=False) as file:
        ids = file.variables["eb_prop1"][:].tolist()
        names = [b"".join(row).rstrip(b"\0").decode() for row in file.variables["eb_names"][:]]
        wide = [file.variables["name_elem_var"][k] for k in range(file.dimensions["num_elem_var"])]
        words = [b"".join(row).rstrip(b"\0").decode() for row in wide]
        angles = [
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
    np.testing.assert_allclose(np.degrees(angles), rows[np.array(ids) - 1, :3], atol=1e-9)


def test_voxels_are_read_as_moose_reads_them(tmp_path: Path) -> None:
    """Its own rules, from EBSDMeshGenerator.C and EBSDReader.C: the header, the place of a row."""
    labels = np.arange(4 * 3 * 2).reshape(4, 3, 2) % 5
    image = LabelImage(labels, spacing=[0.1, 0.2, 0.3])
    turns = np.roll(Rotation.random(4, rng=1).as_quat(), 1, axis=1)
    deck, place = moose.write_voxels(tmp_path, image, orientations=turns)
    assert check_parameters(deck.read_text()) >= 8
    assert moose.check_input(deck) == []
    steps, counts, least, data = {}, {}, {}, {}
    for line in place.read_text().splitlines():
        if line.startswith("#"):
            for name, row in (("_step", steps), ("_dim", counts), ("_min", least)):
                if name in line.lower():
                    row[line[2].lower()] = float(line.split()[2])
            continue
        words = [float(word) for word in line.split()]
        index = [int((words[3 + k] - least[a]) / steps[a]) for k, a in enumerate("xyz")]
        assert all(0 <= i < counts[a] for i, a in zip(index, "xyz", strict=True))
        data[tuple(index)] = words
    assert len(data) == labels.size
    for index, words in data.items():
        label = labels[index]
        assert words[6] == (label or 5)
        assert words[7] == (1 if label else 2)
        angles = Rotation.from_euler("ZXZ", words[:3]).as_matrix()
        own = crystal_axes(turns[label - 1 : label])[0] if label else np.eye(3)
        np.testing.assert_allclose(angles, own, atol=1e-7)
    with place.open("a") as file:
        file.write("0 0 0 0 0 0 1 1 32\n")
    assert "has 25 voxels, its header tells 24" in moose.check_input(deck)[0]
    with pytest.raises(InputError, match="three dimensions"):
        moose.write_voxels(tmp_path, LabelImage(labels[:, :, 0], spacing=0.1))


def test_the_command_writes(
    tmp_path: Path, mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "small.e", mesh)
    source, run = str(tmp_path / "small.e"), tmp_path / "run"
    assert moose.main(["write", source, str(run)]) == 0
    assert sorted(file.name for file in run.iterdir()) == [
        "small.e", "small.i", "small_crystals.csv",
    ]  # fmt: skip
    line = ["--deck", "stress", "--cohesive", "--strain", "0,0,0.01,0,0,0"]
    assert moose.main(["write", source, str(tmp_path), *line]) == 0
    assert "BreakMeshByBlockGenerator" in (tmp_path / "small.i").read_text()
    assert moose.main(["write", source, str(run), "--deck", "stress", "--strain", "1"]) == 1
    assert moose.main(["write", source, str(run), "--material", "nmc118"]) == 1
    assert moose.main(["write", str(tmp_path / "none.msh"), str(run)]) == 1
    assert moose.main(["solve"]) == 2
    told = capsys.readouterr().err
    assert "six" in told
    assert "perhaps you meant" in told
    assert "check the name" in told


def test_the_command_writes_voxels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    particle = load_model("nmc-equiaxed").sample(2, diameter=1.2)
    write_particle(tmp_path / "particle.h5", particle)
    write_labels(tmp_path / "labels.tif", voxelize(particle, 0.2))
    run = str(tmp_path / "run")
    assert moose.main(["voxels", str(tmp_path / "particle.h5"), run, "--spacing", "0.2"]) == 0
    assert moose.main(["voxels", str(tmp_path / "labels.tif"), run]) == 0
    rows = [
        [line.split() for line in (tmp_path / "run" / name).read_text().splitlines()]
        for name in ("particle.txt", "labels.txt")
    ]
    assert [row[6] for row in rows[0][10:]] == [row[6] for row in rows[1][10:]]
    assert moose.main(["voxels", str(tmp_path / "particle.h5"), run]) == 1
    assert "--spacing" in capsys.readouterr().err


def test_what_became_of_the_crystals_is_said(
    tmp_path: Path, mesh: TetMesh, capsys: pytest.CaptureFixture[str]
) -> None:
    """A mesh with its tables beside keeps its crystals; one without any is named."""
    write(tmp_path / "bare.msh", replace(mesh, info={}))
    command = ["write", str(tmp_path / "bare.msh"), str(tmp_path / "run")]
    assert moose.main(command) == 0
    assert capsys.readouterr().err.startswith("warning: the mesh knows no orientations")
    write(tmp_path / "bare.json", mesh)
    assert moose.main(command) == 0
    assert capsys.readouterr().err == ""
    assert (tmp_path / "run" / "bare_crystals.csv").is_file()
