"""MFEM's text format .mesh (MFEM, GLVis, PyMFEM): elements, boundary elements, attributes.

The attribute of an element is the id of its group, that of a boundary element, on the outer surface
and between grains, the id of its group of facets. Version 1.3 (MFEM 4.7 and later) names them in
attribute sets; in version 1.0 names stand in comments at the top. Curved cells are a discontinuous
grid function (``L2_T1_3D_P2``), as MFEM's own converters write them. The comments after the end,
which MFEM does not read, keep the grain of every cell, what else the mesh knows (see ``notes``)
and, of curved cells, how their nodes are numbered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_lines, noted_lines, number_lines, numbered_lines
from nmc_mesh.io.numbering import ids_of
from nmc_mesh.io.text import lines_of_places, write_whole
from nmc_mesh.mesh.groups import Group, label_of_name
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints

VERSIONS = ("1.0", "1.3")
_TRIANGLE, _SQUARE, _TETRAHEDRON, _CUBE = 2, 3, 4, 5
_SHAPES = {
    4: (_TETRAHEDRON, _TRIANGLE, 3),
    10: (_TETRAHEDRON, _TRIANGLE, 3),
    8: (_CUBE, _SQUARE, 4),
}
_LEXICAL = np.array([0, 4, 1, 6, 5, 2, 7, 8, 9, 3])
"""Our nodes of a curved tetrahedron (VTK) in the order of MFEM's grid function."""

_SIGN, _GRAINS, _NODES = "# ", "grains", "cells"
_NOTE, _END = "#= ", b"# end\n"


def write_mfem(
    path: Path, mesh: TetMesh | HexMesh, groups: list[Group], version: str = "1.0"
) -> None:
    """Write elements and boundary elements with their attributes.

    Raises
    ------
    InputError
        If the version is another than "1.0" or "1.3".
    FileError
        If the file cannot be written.
    """
    if version not in VERSIONS:
        raise InputError(f"the version of a .mesh file is '1.0' or '1.3', not '{version}'")
    width = mesh.cells.shape[1]
    shape, side, corners = _SHAPES[width]
    cells, facets = mesh.cells[:, : 4 if width == 10 else width], mesh.facets[:, :corners]
    curved = width == 10
    used, renamed = _corners(cells, len(mesh.points)) if curved else (None, None)
    if renamed is not None:
        cells, facets = renamed[cells], renamed[facets]
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(f"MFEM mesh v{version}\n\n".encode())
        for group in groups:
            file.write(f"# {group.dim} {group.id} {group.name}\n".encode())
        file.write(b"\ndimension\n3\n\n")
        blocks = [group for group in groups if group.dim == 3]
        _elements(file, "elements", cells, ids_of(len(cells), blocks), shape)
        _sets(file, "attribute_sets", blocks, version)
        walls = [group for group in groups if group.dim == 2]
        ids = ids_of(len(facets), walls)
        _elements(file, "boundary", facets[ids > 0], ids[ids > 0], side)
        _sets(file, "bdr_attribute_sets", walls, version)
        if used is None:
            file.write(f"vertices\n{len(mesh.points)}\n3\n".encode())
            _places(file, mesh.points)
        else:
            file.write(f"vertices\n{len(used)}\n\nnodes\nFiniteElementSpace\n".encode())
            file.write(b"FiniteElementCollection: L2_T1_3D_P2\nVDim: 3\nOrdering: 1\n\n")
            _places(file, mesh.points[mesh.cells[:, _LEXICAL].reshape(-1)])
        file.write(b"\nmfem_mesh_end\n" if version == "1.3" else b"\n")
        file.writelines(number_lines(_GRAINS, mesh.labels, _SIGN))
        if curved:
            file.writelines(number_lines(_NODES, mesh.cells, _SIGN))
        file.write(note_lines(mesh, _NOTE) + _END)


def _corners(cells: Ints, count: int) -> tuple[Ints, Ints]:
    """Vertices that are corners, ascending, and the new number of every vertex."""
    used = np.unique(cells).astype(np.int32)
    renamed = np.zeros(count, dtype=np.int32)
    renamed[used] = np.arange(len(used), dtype=np.int32)
    return used, renamed


def _elements(file: BinaryIO, name: str, nodes: Ints, ids: Ints, shape: int) -> None:
    file.write(f"{name}\n{len(nodes)}\n".encode())
    if len(nodes):
        write_whole(file, np.column_stack([ids, np.full_like(ids, shape), nodes]))
    file.write(b"\n")


def _sets(file: BinaryIO, name: str, groups: list[Group], version: str) -> None:
    if version != "1.0":
        file.write(f"{name}\n{len(groups)}\n".encode())
        file.writelines(f'"{group.name}" 1 {group.id}\n'.encode() for group in groups)
        file.write(b"\n")


def _places(file: BinaryIO, points: Floats) -> None:
    file.writelines(line.encode() for line in lines_of_places(points))


def read_mfem(path: Path) -> TetMesh:
    """Read tetrahedra, straight or as a grid function ``L2_T1_3D_P2``.

    Labels are those in the comments, else those that names like ``grain_00001`` tell, else the
    attributes.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it holds no tetrahedra.
    """
    data = contents(path)
    if not data.startswith(b"MFEM mesh v1."):
        raise InputError(f"{path} is no mesh of MFEM; its first line should be: MFEM mesh v1.0")
    grains = numbered_lines(data, _GRAINS, _SIGN)
    if grains is not None and not data.endswith(_END):
        raise damaged(path, "its last line is missing")
    try:
        head = data.split(b"\n# grains\n")[0] + b"\n"
        names = {
            int(tag): name.decode()
            for tag, name in re.findall(rb"^# 3 (\d+) (\S+)$", head, re.MULTILINE)
        }
        parts = dict(_parts(re.sub(rb"^#.*\n", b"", head, flags=re.MULTILINE)))
        table = parts["elements"]
        if len(table) < 1 or (table[1::6] != _TETRAHEDRON).any() or len(table) % 6:
            raise InputError(f"{path} holds other cells than tetrahedra, or none")
        table = table.reshape(-1, 6).astype(np.int64)
        cells, attributes = table[:, 2:], table[:, 0]
        labels = _labels(names, attributes) if grains is None else grains
        if "nodes" in parts:
            nodes = parts["nodes"].reshape(-1, 10, 3)
            numbers = numbered_lines(data, _NODES, _SIGN)
            if numbers is None:
                raise ValueError("the numbers of its nodes are missing")
            cells = numbers.reshape(-1, 10)
            if cells.min() < 0 or cells.max() >= 10 * len(nodes):
                raise ValueError("a cell names a node that is not there")
            points = np.empty((int(cells.max()) + 1, 3))
            points[cells[:, _LEXICAL].reshape(-1)] = nodes.reshape(-1, 3)
        else:
            points = parts["vertices"].reshape(-1, 3)
        info = noted_lines(data, _NOTE, path.name)
    except InputError:
        raise
    except (KeyError, ValueError, IndexError) as error:
        raise damaged(path, error) from error
    if cells.min() < 0 or cells.max() >= len(points):
        raise damaged(path, "a cell names a vertex that is not there")
    return tagged(points, cells, labels, info)


_KEYS = (
    b"dimension", b"elements", b"attribute_sets", b"boundary", b"bdr_attribute_sets", b"vertices",
    b"nodes", b"mfem_mesh_end",
)  # fmt: skip


def _parts(text: bytes) -> Iterator[tuple[str, AnyArray]]:
    """Numbers of every section, without its count; nodes without their four lines of words."""
    place = rb"^(" + b"|".join(_KEYS) + rb")[ \t\r]*$"
    found = [*re.finditer(place, text, re.MULTILINE)]
    ends = [match.start() for match in found[1:]] + [len(text)]
    for match, (start, stop) in zip(found, pairwise([0, *ends]), strict=True):
        del start
        body, name = text[match.end() : stop], match[1].decode()
        if name == "nodes":
            yield name, np.array(body.split(b"Ordering: 1")[1].split(), dtype=np.float64)
        elif name in ("elements", "boundary", "vertices"):
            words = np.array(body.split(), dtype=np.float64)
            count, values = int(words[0]), words[1:]
            if name == "vertices":
                values = values[1:]
                if len(values) not in (0, 3 * count):
                    raise ValueError(f"{len(values)} coordinates of {count} vertices")
            elif count and (len(values) % count or len(values) // count not in (5, 6, 10)):
                raise ValueError(f"{len(values)} numbers of {count} {name}")
            yield name, values


def _labels(names: dict[int, str], attributes: AnyArray) -> AnyArray:
    grains = {tag: label_of_name(name) or tag for tag, name in names.items()}
    values, back = np.unique(attributes, return_inverse=True)
    return np.array([grains.get(int(tag), int(tag)) for tag in values])[back]
