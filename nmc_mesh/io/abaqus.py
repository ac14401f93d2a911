"""Abaqus .inp (Abaqus, CalculiX): a flat mesh to ``*INCLUDE`` in an input file.

Whatever the layout, every grain has an element set ``grain_00001`` (labels of other phases one by
the name of their phase) and, if the mesh knows
orientations, an ``*ORIENTATION`` by the name ``orientation_00001``: the crystal's x axis, then its
y axis. Other blocks are element sets of grains; every group of facets is an element-based
``*SURFACE`` on the cells of the lower grain; node sets hold all ``nodes``, those of the
``outer_surface``, ``triple_lines`` and ``quadruple_points``, and those of a periodic mesh that are
a period apart, in order (see ``periodic_sets``). With ``material="NAME"`` every grain
gets its ``*SOLID SECTION``. Wedges of a split mesh are elements ``COH3D6`` in sets
``cohesive_00001_00002``, all of them in ``cohesive``, nodes 1 to 3 on the lower grain's side; the
surface of the other side is named with the higher grain first, and with ``seam="NAME"`` every set
gets its ``*COHESIVE SECTION``. Between tetrahedra of second order four of them stand for a wedge,
as Abaqus has none of second order: the sides meet in every node, but interpolate differently
between. Numbers follow the mesh, from 1; coordinates keep the 20 characters that hosts read.
Comments at the end keep what the mesh knows beside its cells, see ``notes``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nmc_mesh.cohesive.groups import Wedges
from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.io.abaqus_sets import lines_of, surface, write_seams
from nmc_mesh.io.notes import note_lines, noted_lines
from nmc_mesh.io.numbering import places_among
from nmc_mesh.io.periodic_sets import periodic_sets
from nmc_mesh.io.text import lines_of_places, write_whole
from nmc_mesh.mesh.crystals import orientations_of
from nmc_mesh.mesh.groups import Group, grain_name, label_name, label_of_name
from nmc_mesh.mesh.groups import groups as groups_of
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints

HEAD = "** nmc_mesh particle, um; ends with a line of its own"
END = "** nmc_mesh end"
NOTE = "** info "
_WIDEST = 20
_TETRA = re.compile(r"D?C3D(4|10)[A-Z]*")


def write_abaqus(
    path: Path,
    mesh: TetMesh,
    groups: list[Group],
    material: str | None = None,
    seam: str | None = None,
    wedges: Wedges | None = None,
) -> None:
    """Write nodes, elements, sets, surfaces and orientations.

    Raises
    ------
    InputError
        If the name of the material is not one that Abaqus takes.
    FileError
        If the file cannot be written.
    """
    for name in (material, seam):
        if name is not None and not re.fullmatch(r"[A-Za-z][\w-]{0,79}", name):
            raise InputError(
                f"a material is named by a letter, then letters, digits, - or _, not {name!r}"
            )
    if seam is not None and wedges is None:
        raise InputError("a seam needs a split mesh; open its boundaries first")
    grains = [group for group in groups_of(mesh, "grain", "none") if group.dim == 3]
    turned = mesh.info.get("orientations") is not None
    with written(path) as beside, beside.name(path).open("wb") as file:
        _write_mesh(file, mesh, grains)
        named = {group.name for group in grains}
        for group in groups:
            if group.dim < 3 or group.name not in named:
                file.write("".join(_set(mesh, group)).encode())
        outer = mesh.facets[mesh.outer]
        file.write("".join(_node_set("outer_surface", outer)).encode())
        for pairs in periodic_sets(mesh) if wedges is None else []:
            file.write("".join(_ordered_set(*pairs)).encode())
        labels = mesh.grains
        file.write("".join(_orientations(mesh, labels)).encode())
        if material is not None:
            file.write("".join(_section(grain, material, turned) for grain in labels).encode())
        if wedges is not None:
            write_seams(file, *wedges, seam)
        file.write(note_lines(mesh, NOTE) + f"{END}\n".encode())


def _write_mesh(file: BinaryIO, mesh: TetMesh, grains: list[Group]) -> None:
    file.write(f"{HEAD}\n*NODE, NSET=nodes\n".encode())
    places = lines_of_places(mesh.points, ", ", _number)
    for node, line in enumerate(places, 1):
        file.write(f"{node}, {line}".encode())
    for group in grains:
        width = mesh.cells.shape[1]
        file.write(f"*ELEMENT, TYPE=C3D{width}, ELSET={group.name}\n".encode())
        rows = np.column_stack([group.entities, mesh.cells[group.entities]]) + 1
        write_whole(file, rows.astype(np.int32), ",")


def _number(x: float) -> str:
    """Format a coordinate in the 20 characters that hosts read of it."""
    text = repr(x)
    if len(text) <= _WIDEST:
        return text
    return f"{x:.17f}" if abs(x) < 1 else f"{x:.12e}"


def _set(mesh: TetMesh, group: Group) -> Iterator[str]:
    """Lines of a group; those of labels stand with their elements already."""
    if group.dim == 3:
        yield f"*ELSET, ELSET={group.name}\n"
        held = np.unique(mesh.labels[group.entities]).tolist()
        yield from lines_of(label_name(label, mesh.phases) for label in held)
    elif group.dim == 2:
        cells = mesh.facet_cells[group.entities, 0]
        yield from surface(group.name, mesh, cells, mesh.facets[group.entities])
    elif group.dim < 2:
        part = mesh.edges if group.dim == 1 else mesh.quadruple_points
        yield from _node_set(group.name, part[group.entities])


def _node_set(name: str, nodes: AnyArray) -> Iterator[str]:
    yield f"*NSET, NSET={name}\n"
    yield from lines_of(map(str, (np.unique(nodes) + 1).tolist()))


def _ordered_set(name: str, nodes: Ints) -> Iterator[str]:
    """A set whose nodes stay in order, so that an ``*EQUATION`` of two sets pairs them."""
    yield f"*NSET, NSET={name}, UNSORTED\n"
    yield from lines_of(map(str, (nodes + 1).tolist()))


def _orientation(grain: int) -> str:
    return f"orientation_{grain:05d}"


def _orientations(mesh: TetMesh, grains: AnyArray) -> Iterator[str]:
    turns = orientations_of(mesh, grains)
    if turns is None:
        return
    for grain, axes in zip(grains.tolist(), crystal_axes(turns), strict=True):
        first = ", ".join(_number(x) for x in axes[:, :2].T.ravel().tolist())
        yield f"*ORIENTATION, NAME={_orientation(grain)}, SYSTEM=RECTANGULAR\n{first}\n"


def _section(grain: int, material: str, turned: bool) -> str:
    turn = f", ORIENTATION={_orientation(grain)}" if turned else ""
    return f"*SOLID SECTION, ELSET={grain_name(grain)}, MATERIAL={material}{turn}\n"


def read_abaqus(path: Path) -> TetMesh:
    """Read a flat mesh of tetrahedra; the labels are those of sets named ``grain_00001``.

    Elements of other sets are labelled by the order of their ``*ELEMENT`` blocks.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it holds other cells than tetrahedra, or none.
    """
    text = contents(path).decode("utf-8", errors="replace")
    if text.startswith(HEAD) and not text.rstrip().endswith(END):
        raise damaged(path, "its last line is missing")
    numbers, cells, labels = [], [], []
    nodes = np.empty((0, 4))
    try:
        info = noted_lines(text.encode(), NOTE, path.name)
        phases = Phases.of_plain(info.get("phases"))
        for keyword, options, body in _blocks(text):
            if keyword == "NODE":
                nodes = np.vstack([nodes, _table(body, 4)])
            elif keyword == "ELEMENT":
                found = _TETRA.fullmatch(options.get("TYPE", "").upper())
                if options.get("TYPE", "").upper() == "COH3D6":
                    raise InputError(
                        f"{path} holds wedges: it is split; read the mesh it was made from"
                    )
                if found is None:
                    raise InputError(f"{path} holds other cells than tetrahedra (C3D4, C3D10)")
                rows = _table(body, 1 + int(found[1])).astype(np.int64)
                numbers.append(rows[:, 0])
                cells.append(rows[:, 1:])
                grain = label_of_name(options.get("ELSET", "").lower(), phases)
                labels.append(np.full(len(rows), grain or len(cells)))
        if not cells:
            raise InputError(f"{path} holds no tetrahedra; write the elements of a solid mesh")
        rank = np.argsort(np.concatenate(numbers), kind="stable")
        order = np.argsort(nodes[:, 0], kind="stable")
        places = places_among(nodes[order, 0].astype(np.int64), np.concatenate(cells)[rank])
    except InputError:
        raise
    except ValueError as error:
        raise damaged(path, error) from error
    return tagged(nodes[order, 1:], places, np.concatenate(labels)[rank], info)


def _blocks(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    """Keyword, its options by name, and the data lines, of every keyword line."""
    plain = re.sub(r"^\*\*.*\n?", "", text, flags=re.MULTILINE)
    for part in re.split(r"^\*", plain, flags=re.MULTILINE)[1:]:
        line, _, body = part.partition("\n")
        keyword, *options = (word.strip() for word in line.split(","))
        pairs = (option.partition("=") for option in options)
        yield keyword.upper(), {key.strip().upper(): value.strip() for key, _, value in pairs}, body


def _table(body: str, width: int) -> AnyArray:
    return np.array(body.replace(",", " ").split(), dtype=np.float64).reshape(-1, width)
