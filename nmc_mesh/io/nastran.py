"""NASTRAN's bulk data .bdf (Nastran, COMSOL, Ansys, Abaqus, HyperMesh): nodes, solids, shells.

A group of cells is a property of ``CTETRA`` (or ``CHEXA``), a group of facets one of ``CTRIA3``,
``CTRIA6`` or ``CQUAD4`` on the nodes of the cells, from which importers make boundaries; the number
of a property is the id of the group, and a comment names it as HyperMesh does (``$HMNAME PROP``).
Property and material cards are left to the host. Coordinates stand in the 16 columns of a large
field: within 10 um to 5e-14 um. Lines and points have no element. The comments after ``ENDDATA``,
where hosts stop, keep the ids of all groups, the bits that coordinates have lost, the grain of
every cell and what else the mesh knows, see ``notes``.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_lines, noted_lines, number_lines, numbered_lines
from nmc_mesh.io.numbering import ids_of, places_among
from nmc_mesh.mesh.groups import Group, label_of_name
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

LARGEST = 10**8 - 1
"""Largest number of a node, an element or a property in the 8 columns of a field."""

HEAD = b"$ nmc_mesh particle, um\n"
_SIGN, _BITS, _GRAINS, _NOTE, _END = "$ ", "bits", "grains", "$= ", b"$ end\n"
_CELLS = {4: "CTETRA", 10: "CTETRA", 8: "CHEXA"}
_FACETS = {3: "CTRIA3", 6: "CTRIA6", 4: "CQUAD4"}
_OTHER_CELLS = ("CHEXA", "CPENTA", "CPYRAM", "CPYRA")
_LINES = 1 << 16
_FIELD, _LARGE_FIELD, _LINE = 8, 16, 64


def write_nastran(path: Path, mesh: TetMesh | HexMesh, groups: list[Group]) -> None:
    """Write nodes, solids, shells and the names of both.

    Raises
    ------
    InputError
        If there are more nodes or elements than the format can number.
    FileError
        If the file cannot be written.
    """
    wall = ids_of(len(mesh.facets), [group for group in groups if group.dim == 2])
    block = ids_of(len(mesh.cells), [group for group in groups if group.dim == 3])
    shells, count = mesh.facets[wall > 0], len(mesh.cells)
    if max(len(mesh.points), count + len(shells)) > LARGEST:
        raise InputError(f"a .bdf file numbers up to {LARGEST:,} nodes and elements; write .e")
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(HEAD + b"CEND\nBEGIN BULK\n")
        for group in groups:
            if group.dim > 1:
                file.write(f'$HMNAME PROP        {group.id:>12}"{group.name}"\n'.encode())
        lost = _nodes(file, mesh.points)
        _elements(file, _CELLS[mesh.cells.shape[1]], 1, block, mesh.cells)
        _elements(file, _FACETS[mesh.facets.shape[1]], count + 1, wall[wall > 0], shells)
        file.write(b"ENDDATA\n")
        for group in groups:
            file.write(f"{_SIGN}{group.dim} {group.id} {group.name}\n".encode())
        file.writelines(number_lines(_BITS, lost, _SIGN))
        file.writelines(number_lines(_GRAINS, mesh.labels, _SIGN))
        file.write(note_lines(mesh, _NOTE) + _END)


def _nodes(file: BinaryIO, points: Floats) -> Longs:
    """Write nodes in large fields; return how many floats every coordinate is from what stands."""
    lost = np.empty(points.shape, dtype=np.int64)
    for start, stop in chunks(len(points), _LINES):
        words = [_number(x) for x in points[start:stop].ravel().tolist()]
        kept = np.array([float(word) for word in words]).reshape(-1, 3)
        lost[start:stop] = points[start:stop].view(np.int64) - kept.view(np.int64)
        rows = zip(range(start + 1, stop + 1), words[::3], words[1::3], words[2::3], strict=True)
        lines = (f"GRID*   {k:>16}{'':16}{x:>16}{y:>16}\n*       {z:>16}\n" for k, x, y, z in rows)
        file.write("".join(lines).encode())
    return lost


def _number(x: float) -> str:
    """Write a number with a point in the columns of a large field, in as many digits as fit."""
    text, size = repr(x), abs(x)
    if len(text) <= _LARGE_FIELD and "e" not in text:
        return text
    sign = "-" if x < 0 else ""
    if 1e-3 <= size < 1e12:
        whole = len(str(int(size))) if size >= 1 else 0
        text = f"{size:.{_LARGE_FIELD - 1 - whole - len(sign)}f}"
        # What is rounded up to one more digit ends with a nought too many.
        return (sign + (text if whole else text.removeprefix("0")))[:_LARGE_FIELD]
    words = (re.sub(r"E\+?(-?)0*(?=\d)", r"E\1", f"{x:.{digits}E}") for digits in range(12, 0, -1))
    return next(word for word in words if len(word) <= _LARGE_FIELD)


def _elements(file: BinaryIO, card: str, first: int, properties: Ints, nodes: Ints) -> None:
    """Write cards of small fields: six nodes on the first line, the others on a second."""
    width = nodes.shape[1]
    line = f"{card:8}%8d%8d" + min(width, 6) * "%8d" + "\n"
    if width > 6:
        line += "+       " + (width - 6) * "%8d" + "\n"
    rows = np.column_stack([np.arange(first, first + len(nodes)), properties, nodes + 1])
    for start, stop in chunks(len(rows), _LINES):
        file.write("".join(line % tuple(row) for row in rows[start:stop].tolist()).encode())


def read_nastran(path: Path) -> TetMesh:
    """Read tetrahedra, straight or of second order, in small, large or free fields.

    Labels are those in our comments, else those that names of properties like ``grain_00001``
    tell, else the numbers of the properties.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it holds other cells than tetrahedra, or none, or nodes in coordinates of their own.
    """
    data = contents(path)
    if data.startswith(HEAD) and not data.endswith(_END):
        raise damaged(path, "its last line is missing")
    grains = numbered_lines(data, _GRAINS, _SIGN)
    try:
        info = noted_lines(data, _NOTE, path.name)
        tags, points, nodes, properties = _bulk(data.decode("utf-8", errors="replace"), path)
        order = np.argsort(tags, kind="stable")
        cells = places_among(tags[order], nodes)
        lost = numbered_lines(data, _BITS, _SIGN)
        if lost is not None:
            points = (points.view(np.int64) + lost.reshape(points.shape)).view(np.float64)
    except InputError:
        raise
    except ValueError as error:
        raise damaged(path, error) from error
    if grains is None:
        named = re.findall(rb'^\$HMNAME PROP +(\d+) *"(\w+)"', data, re.MULTILINE)
        told = {int(number): label_of_name(name.decode()) for number, name in named}
        values, back = np.unique(properties, return_inverse=True)
        grains = np.array([told.get(value) or value for value in values.tolist()])[back]
    return tagged(points[order], cells, grains, info)


def _bulk(text: str, path: Path) -> tuple[Longs, AnyArray, Longs, Longs]:
    """Numbers and places of nodes; nodes and property of every tetrahedron."""
    tags, points, cells, properties = array("q"), array("d"), array("q"), array("q")
    widths = set()
    for card, fields in _cards(text):
        if card == "GRID":
            if fields[1] not in ("", "0"):
                raise InputError(
                    f"{path} has nodes in coordinates of their own ({fields[1]}); write all in "
                    "the basic ones"
                )
            tags.append(int(fields[0]))
            points.extend(_real(field) for field in fields[2:5])
        elif card == "CTETRA":
            properties.append(int(fields[1] or fields[0]))
            cell = [int(field) for field in fields[2:12] if field]
            cells.extend(cell)
            widths.add(len(cell))
        elif card in _OTHER_CELLS:
            raise InputError(f"{path} holds other cells than tetrahedra ({card})")
    if not properties:
        raise InputError(f"{path} holds no tetrahedra; write the mesh of a solid")
    if widths not in ({4}, {10}):
        raise InputError(f"{path} holds tetrahedra that have not all 4 nodes, or all 10")
    places, nodes = np.array(points).reshape(-1, 3), np.array(cells).reshape(len(properties), -1)
    return np.array(tags), places, nodes, np.array(properties)


def _cards(text: str) -> Iterator[tuple[str, list[str]]]:
    """Name and fields of every card, its continuations joined."""
    card, fields = "", list[str]()
    for line in re.split(r"(?im)^ *BEGIN +BULK.*$", text, maxsplit=1)[-1].splitlines():
        plain = line.partition("$")[0].rstrip().expandtabs(_FIELD)
        if not plain:
            continue
        head, more = _fields(plain)
        if head[:1] in ("", "+", "*"):
            fields += more
            continue
        yield card, fields
        card, fields = head.rstrip("* "), more
        if card == "ENDDATA":
            return
    yield card, fields


def _fields(line: str) -> tuple[str, list[str]]:
    """The first field of a line, and its eight small or four large ones."""
    head = line.split(",")[0] if "," in line else line[:_FIELD]
    size = _LARGE_FIELD if "*" in head else _FIELD
    count = _LINE // size
    if "," in line:
        words = line.split(",")[1 : count + 1]
        words += [""] * (count - len(words))
    else:
        words = [line[k : k + size] for k in range(_FIELD, _FIELD + _LINE, size)]
    return head.strip().upper(), [word.strip() for word in words]


def _real(field: str) -> float:
    """A number as the format has it: ``7.``, ``.7E1``, ``7.0D+0``, ``.7+1``; nothing is 0."""
    try:
        return float(field or 0)
    except ValueError:
        return float(re.sub(r"(?<=[\d.])(?=[+-])", "E", field.upper().replace("D", "E")))
