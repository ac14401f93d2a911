"""One contract for all formats: what is written comes back, whole or not at all."""

from __future__ import annotations

import errno
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import meshio
import numpy as np
import pytest
from scipy.io import netcdf_file

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io import FORMATS, read, read_tables, write
from nmc_mesh.mesh.groups import Blocks, Boundaries, groups
from nmc_mesh.mesh.tables import boundary_table, facet_table, grain_table
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from tests.meshes import cube, lattice, tet_mesh_from_cells, voronoi, with_middles

PARTS = [
    "points",
    "cells",
    "labels",
    "facets",
    "facet_grains",
    "facet_cells",
    "edges",
    "quadruple_points",
]
WAYS: list[tuple[str, dict[str, Any]]] = [
    (".msh", {}),
    (".msh", {"binary": True}),
    (".msh", {"version": "2.2"}),
    (".msh", {"version": "2.2", "binary": True}),
    (".vtu", {}),
    (".xdmf", {}),
    (".e", {}),
    (".inp", {"material": "NMC"}),
    (".mesh", {}),
    (".mesh", {"version": "1.3"}),
    (".vol", {}),
    (".med", {}),
    (".mphtxt", {}),
    (".bdf", {}),
    (".header", {}),
]
LAYOUTS = [("grain", "pairs"), ("single", "one"), ("grain", "none"), ("color", "one")]


def thousands() -> TetMesh:
    """2,197 grains: cubes of eight lattice cubes each."""
    points, cells = lattice(26, 26.0)
    place = np.floor((points[cells].mean(axis=1) + 13) / 2).astype(int)
    return tet_mesh_from_cells(points, cells, 1 + place @ [169, 13, 1])


THOUSANDS = thousands()
MESHES = {"cube": cube(8), "voronoi": voronoi(20, 6), "second order": with_middles(voronoi(5, 3))}


def names_in_abaqus(path: Path) -> dict[str, tuple[int, int]]:
    """Sets and surfaces, which have no numbers; those of grains count if there are no others."""
    text = path.read_text()
    grains = re.findall(r"^\*ELEMENT, TYPE=\w+, ELSET=(\w+)$", text, re.MULTILINE)
    blocks = re.findall(r"^\*ELSET, ELSET=(\w+)$", text, re.MULTILINE)
    surfaces = re.findall(r"^\*SURFACE, NAME=(\w+), TYPE=ELEMENT$", text, re.MULTILINE)
    nodes = re.findall(r"^\*NSET, NSET=(triple_lines|quadruple_points)$", text, re.MULTILINE)
    found = dict.fromkeys(blocks or grains, (3, 0)) | dict.fromkeys(surfaces, (2, 0))
    return found | {name: (int(name == "triple_lines"), 0) for name in nodes}


def names_in(path: Path) -> dict[str, tuple[int, int]]:
    """Groups as the file names them: name -> (dimension, id)."""
    if path.suffix == ".msh":
        found = re.findall(rb'^(\d) (\d+) "(\w+)"$', path.read_bytes(), re.MULTILINE)
        return {name.decode(): (int(dim), int(tag)) for dim, tag, name in found}
    if path.suffix == ".inp":
        return names_in_abaqus(path)
    if path.suffix in (".mesh", ".vol", ".mphtxt", ".bdf"):
        found = re.findall(rb"^[#$] (\d) (\d+) (\w+)$", path.read_bytes(), re.MULTILINE)
        return {name.decode(): (int(dim), int(tag)) for dim, tag, name in found}
    if path.suffix == ".header":
        text = path.with_suffix(".names").read_text()
        named = text.split("! ----- names for boundaries -----\n")
        pairs = [re.findall(r"^\$ (\w+) = (\d+)$", part, re.MULTILINE) for part in named]
        rows = [
            (dim, tag, name) for dim, part in ((3, pairs[0]), (2, pairs[1])) for name, tag in part
        ]
        rows += re.findall(r"^! (\d) (\d+) (\w+)$", text, re.MULTILINE)
        return {name: (int(dim), int(tag)) for dim, tag, name in rows}
    if path.suffix == ".vtu":
        fields = meshio.vtu.read(path).field_data
        names = fields["group_names"].tobytes().decode().splitlines()
        return {name: (3, int(tag)) for name, tag in zip(names, fields["group_ids"], strict=True)}
    if path.suffix == ".e":
        found = {}
        with netcdf_file(path, "r", mmap=False) as file:
            for kind, dim in (("eb", 3), ("ss", 2), ("ns", -1)):
                if f"{kind}_prop1" in file.variables:
                    names = [
                        b"".join(row).rstrip(b"\0") for row in file.variables[f"{kind}_names"][:]
                    ]
                    ids = file.variables[f"{kind}_prop1"][:].tolist()
                    found |= {
                        name.decode(): (dim, tag) for name, tag in zip(names, ids, strict=True)
                    }
        node_sets = {"triple_lines": 1, "quadruple_points": 0}
        return {name: (node_sets.get(name, dim), tag) for name, (dim, tag) in found.items()}
    store, place = (
        (path, "nmc_mesh/groups") if path.suffix == ".med" else (path.with_suffix(".h5"), "groups")
    )
    with h5py.File(store) as file:
        part = file[place]
        names = [name.decode() for name in part["name"]]
        return dict(zip(names, zip(part["dim"], part["id"], strict=True), strict=True))


def write_read(
    path: Path, mesh: TetMesh, blocks: Blocks, boundaries: Boundaries, options: dict[str, Any]
) -> None:
    before = {name: getattr(mesh, name).tobytes() for name in PARTS}
    write(path, mesh, blocks=blocks, boundaries=boundaries, **options)
    assert all(getattr(mesh, name).tobytes() == data for name, data in before.items())
    back = read(path)
    for name in PARTS:
        if (path.suffix, name) == (".inp", "points"):
            np.testing.assert_allclose(back.points, mesh.points, rtol=0, atol=1e-17)
        else:
            assert np.array_equal(getattr(back, name), getattr(mesh, name)), name
    expected = {
        group.name: (group.dim, group.id if path.suffix != ".inp" else 0)
        for group in groups(mesh, blocks, boundaries)
        if path.suffix != ".vtu" or group.dim == 3
    }
    assert names_in(path) == expected
    assert not list(path.parent.glob(".*"))


@pytest.mark.parametrize(("suffix", "options"), WAYS)
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("mesh", MESHES.values(), ids=MESHES.keys())
def test_what_is_written_comes_back(
    tmp_path: Path,
    mesh: TetMesh,
    layout: tuple[Blocks, Boundaries],
    suffix: str,
    options: dict[str, Any],
) -> None:
    if suffix == ".vol" and mesh.order == 2:
        with pytest.raises(InputError, match=r"straight tetrahedra; .* first order"):
            write(tmp_path / "particle.vol", mesh)
        assert not list(tmp_path.iterdir())
        return
    write_read(tmp_path / f"particle{suffix}", mesh, *layout, options)


@pytest.mark.parametrize(("suffix", "options"), WAYS)
def test_thousands_of_grains_come_back(
    tmp_path: Path, suffix: str, options: dict[str, Any]
) -> None:
    boundaries: Boundaries = "one" if suffix == ".med" else "pairs"  # HDF5 takes 1 ms per family
    write_read(tmp_path / f"particle{suffix}", THOUSANDS, "grain", boundaries, options)


def test_gaps_in_the_labels_stay(tmp_path: Path) -> None:
    mesh = cube(2)
    mesh = tagged(mesh.points, mesh.cells, np.where(mesh.labels == 2, 20_000, 3))
    for suffix, options in WAYS:
        write_read(tmp_path / f"particle{suffix}", mesh, "grain", "pairs", options)
        assert np.array_equal(read(tmp_path / f"particle{suffix}").grains, [3, 20_000])


def test_orientations_come_back(tmp_path: Path) -> None:
    turns = np.random.default_rng(3).normal(size=(20, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    mesh = replace(voronoi(20, 6), info={"orientations": turns})
    write(tmp_path / "particle.e", mesh)
    assert np.array_equal(read(tmp_path / "particle.e").info["orientations"], turns)
    write(tmp_path / "particle.vtu", mesh)
    axes = meshio.vtu.read(tmp_path / "particle.vtu").cell_data_dict["c_axis"]["tetra"]
    assert np.array_equal(axes, grain_table(mesh)["c_axis"][mesh.labels - 1])


def test_tables_come_back(tmp_path: Path) -> None:
    mesh = replace(voronoi(20, 6), info={"seed": np.int64(7), "at": tmp_path})
    write(tmp_path / "particle.json", mesh)
    back = read_tables(tmp_path / "particle.json")
    made = {
        "grains": grain_table(mesh),
        "boundaries": boundary_table(mesh),
        "facets": facet_table(mesh),
    }
    assert back.keys() == made.keys()
    for name, table in made.items():
        assert back[name].keys() == table.keys()
        assert all(np.array_equal(back[name][column], table[column]) for column in table)
    document = json.loads((tmp_path / "particle.json").read_text())
    assert document["info"] == {"seed": 7, "at": str(tmp_path)}
    assert document["grains"]["volume"] == made["grains"]["volume"].tolist()
    assert document["conventions"]["length"] == "um"
    # The cells are Kuhn tetrahedra, whose dihedral angles are 45, 60 and 90 degrees.
    assert document["quality"]["smallest_dihedral_angle"] == pytest.approx(np.pi / 4, rel=1e-9)
    assert document["quality"]["largest_dihedral_angle"] == pytest.approx(np.pi / 2, rel=1e-9)
    assert document["quality"]["volume"] == pytest.approx(8.0, rel=1e-12)
    assert sum(group["size"] for group in document["groups"] if group["dim"] == 3) == len(
        mesh.cells
    )


@pytest.mark.parametrize(("suffix", "options"), WAYS)
def test_a_truncated_file_is_refused_in_one_line(
    tmp_path: Path, suffix: str, options: dict[str, Any]
) -> None:
    path = tmp_path / f"particle{suffix}"
    write(path, cube(2), **options)
    for victim in sorted(tmp_path.iterdir()):
        if victim.stem.endswith("_facets"):  # which nobody reads
            continue
        whole = victim.read_bytes()
        victim.write_bytes(whole[: int(0.7 * len(whole))])
        with pytest.raises(FileError, match=r"truncated or damaged .* write it again") as caught:
            read(path)
        assert "\n" not in str(caught.value)
        victim.write_bytes(whole)


@pytest.mark.parametrize("suffix", FORMATS)
def test_places_that_cannot_be_written_are_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(FileError, match="does not exist; create it"):
        write(tmp_path / "missing" / f"particle{suffix}", cube(1, n=1))
    with pytest.raises(FileError, match="choose a folder you may write to"):
        write(Path("/proc") / f"particle{suffix}", cube(1, n=1))
    (tmp_path / f"taken{suffix}").mkdir()
    with pytest.raises(FileError, match="is a folder; choose another name"):
        write(tmp_path / f"taken{suffix}", cube(1, n=1))
    assert [place.name for place in tmp_path.iterdir()] == [f"taken{suffix}"]


@pytest.mark.parametrize(
    ("suffix", "verb"), [(".msh", "msh.write_blocks"), (".xdmf", "xdmf.grid_text")]
)
def test_a_full_disk_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str, verb: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(f"nmc_mesh.io.{verb}", full)
    with pytest.raises(FileError, match="No space left on device; choose a folder"):
        write(tmp_path / f"particle{suffix}", cube(1, n=1))
    assert not list(tmp_path.iterdir())


DISK = """
import resource, signal, sys
from pathlib import Path
from nmc_mesh.errors import FileError
from nmc_mesh.io import write
from tests.meshes import voronoi
mesh, folder = voronoi(20, 6), Path(sys.argv[1])
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))
for suffix in sys.argv[2:]:
    try:
        write(folder / f"particle{suffix}", mesh)
    except FileError as error:
        print(suffix, error)
"""


def test_files_that_grow_too_large_leave_nothing_behind(tmp_path: Path) -> None:
    """The system itself stops every writer in the middle of its file."""
    command = [sys.executable, "-c", DISK, str(tmp_path), *FORMATS]
    root = str(Path(__file__).parents[2])
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": root}
    )
    told = done.stdout.splitlines()
    assert [line.split()[0] for line in told] == list(FORMATS), done.stderr
    assert all("cannot write" in line and "choose a folder" in line for line in told)
    assert not list(tmp_path.iterdir())


def test_extensions_and_options_are_checked(tmp_path: Path) -> None:
    mesh = cube(1, n=1)
    with pytest.raises(InputError, match=r"unknown extension '.mshh' .* perhaps you meant .msh"):
        write(tmp_path / "particle.mshh", mesh)
    with pytest.raises(InputError, match="unknown extension ''"):
        read(tmp_path / "particle")
    with pytest.raises(InputError, match="has no option binary; it has: none"):
        write(tmp_path / "particle.vtu", mesh, binary=True)
    with pytest.raises(InputError, match=r"'1.0' or '1.3', not '1.2'"):
        write(tmp_path / "particle.mesh", mesh, version="1.2")
    with pytest.raises(InputError, match=r"'4.1' or '2.2', not '4.0'"):
        write(tmp_path / "particle.msh", mesh, version="4.0")
    with pytest.raises(InputError, match="named by a letter"):
        write(tmp_path / "particle.inp", mesh, material="4 NMC")
    with pytest.raises(InputError, match="name the mesh itself"):
        read(tmp_path / "particle.json")
    with pytest.raises(FileError, match="check the name"):
        read(tmp_path / "nothing.msh")
    assert not list(tmp_path.iterdir())


def test_coordinates_keep_to_the_columns_of_abaqus(tmp_path: Path) -> None:
    """Hosts read 20 characters of a number: what is longer loses its exponent."""
    mesh = cube(1, n=1)
    shift = np.array([1.2345678901234567e-5, 0.0012345678901234567, 123.45678901234567])
    mesh = replace(mesh, points=mesh.points * 1e-5 + shift)
    write(tmp_path / "particle.inp", mesh)
    lines = (tmp_path / "particle.inp").read_text().split("*ELEMENT")[0].splitlines()[2:]
    assert len(lines) == 8
    assert max(len(word.strip()) for line in lines for word in line.split(",")) <= 20
    np.testing.assert_allclose(read(tmp_path / "particle.inp").points, mesh.points, atol=1e-17)


def test_an_abaqus_file_of_other_make_is_read(tmp_path: Path) -> None:
    path = tmp_path / "other.inp"
    nodes = "*Heading\n made elsewhere\n*Node\n 10, 0., 0., 0.\n 20, 1., 0., 0.\n 30, 0., 1., 0.\n"
    nodes += " 40, 0., 0., 1.\n 50, 1., 1., 1.\n"
    sets = "*Element, type=C3D4, elset=A\n 2, 20, 50, 30, 40\n** next\n*Element, type=C3D4\n"
    path.write_text(nodes + sets + " 1, 10, 20, 30, 40\n*Step\n")
    mesh = read(path)
    assert mesh.labels.tolist() == [2, 1]
    assert mesh.cells.tolist() == [[0, 1, 2, 3], [1, 4, 2, 3]]
    path.write_text(nodes + "*Element, type=C3D8\n")
    with pytest.raises(InputError, match="other cells than tetrahedra"):
        read(path)
    path.write_text(nodes + "*Element, type=C3D4\n 1, 10, 20, 30, 60\n")
    with pytest.raises(FileError, match="a node that is not there"):
        read(path)
    path.write_text(nodes)
    with pytest.raises(InputError, match="holds no tetrahedra"):
        read(path)


NODES = """$ made elsewhere
SOL 101
CEND
BEGIN BULK
$HMNAME PROP                   7"grain_00009"
GRID,10,,0.,0.,0.
GRID          20              1.
GRID*                 30                             .0             .1+1
*                    0.0
GRID*,40,,0.,-.0
*,10.D-1
GRID          50       0    1.E0      1.    10-1
PSOLID         7       1
CTRIA3         9       1      10      20      30
CTETRA         2       7      20      50      30      40
"""


def test_a_nastran_file_of_other_make_is_read(tmp_path: Path) -> None:
    """Small, large and free fields; numbers without an E; a property with a name, one without."""
    path = tmp_path / "other.bdf"
    path.write_text(NODES + "ctetra,4,3,10,20,30,40\nENDDATA\nGRID,60,,0.,0.,x\n")
    mesh = read(path)
    assert mesh.labels.tolist() == [9, 3]
    assert mesh.cells.tolist() == [[1, 4, 2, 3], [0, 1, 2, 3]]
    corners = [[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]
    np.testing.assert_array_equal(mesh.points, corners)
    for more, error, words in (
        ("CHEXA,4,3,10,20,30,40,50,10,+\n+,20,30\n", InputError, r"than tetrahedra \(CHEXA\)"),
        ("CTETRA,4,3,10,20,30,40,50\n", InputError, "not all 4 nodes, or all 10"),
        ("GRID,60,5,0.,0.,0.\n", InputError, r"coordinates of their own \(5\)"),
        ("CTETRA,4,3,10,20,30,60\n", FileError, "a node that is not there"),
        ("GRID,60,,0.,0.,zero\n", FileError, "truncated or damaged"),
    ):
        path.write_text(NODES + more)
        with pytest.raises(error, match=words):
            read(path)
    path.write_text(NODES.partition("CTETRA")[0])
    with pytest.raises(InputError, match="holds no tetrahedra"):
        read(path)


def test_coordinates_keep_to_the_columns_of_nastran(tmp_path: Path) -> None:
    """Sixteen columns with a point in them; what is lost there comes back all the same."""
    mesh = cube(1, n=1)
    rng = np.random.default_rng(5)
    for size, atol in ((1e-200, 1e-208), (1e-3, 1e-14), (1.0, 1e-13), (9.0, 1e-13), (1e9, 1e-4)):
        moved = replace(mesh, points=size * (mesh.points + rng.uniform(-0.1, 0.1, (8, 3))))
        write(tmp_path / "particle.bdf", moved)
        lines = (tmp_path / "particle.bdf").read_text().partition("ENDDATA")[0].splitlines()
        first = [line for line in lines if line.startswith("GRID*")]
        second = [line for line in lines if line.startswith("* ")]
        assert len(first) == len(second) == 8
        rows = [(one[40:56], one[56:], two[8:]) for one, two in zip(first, second, strict=True)]
        assert all(len(word) == 16 and "." in word for row in rows for word in row)
        stands = np.array([[float(word) for word in row] for row in rows])
        np.testing.assert_allclose(stands, moved.points, rtol=0, atol=atol)
        assert np.array_equal(read(tmp_path / "particle.bdf").points, moved.points)


def test_files_without_labelled_cells_are_refused(tmp_path: Path) -> None:
    mesh = cube(1, n=1)
    (tmp_path / "other.msh").write_text("$MeshFormat\n4 0 8\n$EndMeshFormat\n")
    with pytest.raises(InputError, match="convert it with: gmsh"):
        read(tmp_path / "other.msh")
    for name, kind, nodes in (("surface", "triangle", mesh.facets), ("bare", "tetra", mesh.cells)):
        meshio.write(tmp_path / f"{name}.vtu", meshio.Mesh(mesh.points, [(kind, nodes)]))
        meshio.write(tmp_path / f"{name}.xdmf", meshio.Mesh(mesh.points, [(kind, nodes)]))
    with pytest.raises(InputError, match="no tetrahedra"):
        read(tmp_path / "surface.vtu")
    for suffix in (".vtu", ".xdmf"):
        with pytest.raises(InputError, match="'grain_id'; add"):
            read(tmp_path / f"bare{suffix}")
    write(tmp_path / "particle.xdmf", mesh)
    with pytest.raises(InputError, match="name the file of the cells"):
        read(tmp_path / "particle_facets.xdmf")
