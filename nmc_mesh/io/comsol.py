"""COMSOL's text format .mphtxt: domains, boundaries and the names of both as selections.

The format is that of COMSOL's Programming Reference Manual ("The COMSOL File Formats"): one object
``Mesh`` (version 4, which COMSOL 5.6 and later read), then one ``Selection`` per named group. A
group of cells is a domain, numbered from 1. A boundary of COMSOL parts the same two domains
everywhere, so facets of a group are a boundary, numbered from 0, for every pair of domains they
part; its selection has them all. Lines and points are left to COMSOL, which finds them. What stands
in comments at the end keeps the grain of every cell, the ids of all groups and what else the mesh
knows, see ``notes``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_lines, noted_lines, number_lines, numbered_lines
from nmc_mesh.io.text import lines_of_places, write_whole
from nmc_mesh.mesh.groups import Group, label_of_name
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints

HEAD = b"# nmc_mesh particle, um\n"
_TETRA = {4: ("tet", np.arange(4)), 10: ("tet2", np.array([0, 1, 2, 3, 4, 6, 5, 7, 8, 9]))}
"""Name of a cell, and its nodes in COMSOL's order: middles of 01, 02, 12, 03, 13, 23."""
_TRIANGLE = {3: ("tri", np.arange(3)), 6: ("tri2", np.array([0, 1, 2, 3, 5, 4]))}
_SIGN, _GRAINS, _NOTE, _END = "# ", "grains", "#= ", b"# end\n"
_MESH = "mesh1"


def write_comsol(path: Path, mesh: TetMesh, groups: list[Group]) -> None:
    """Write the mesh and its selections.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    domain, domains = _domains(mesh, groups)
    boundary, boundaries = _boundaries(mesh, groups, domain)
    selections = [(3, name, [number]) for name, number in domains]
    selections += [(2, name, numbers) for name, numbers in boundaries]
    cell, cell_order = _TETRA[mesh.cells.shape[1]]
    side, side_order = _TRIANGLE[mesh.facets.shape[1]]
    tags = [_MESH, *(f"{_MESH}_sel{number}" for number in range(1, len(selections) + 1))]
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(HEAD + b"# Major & minor version\n0 1\n")
        for title, words in (("tags", tags), ("types", ["obj"] * len(tags))):
            lines = "".join(f"{_word(word)}\n" for word in words)
            file.write(f"{len(words)} # number of {title}\n{lines}".encode())
        file.write(
            b"\n# --------- Object 0 ----------\n\n0 0 1\n4 Mesh # class\n4 # version\n3 # sdim\n"
        )
        file.write(f"{len(mesh.points)} # number of mesh vertices\n".encode())
        file.write(b"0 # lowest mesh vertex index\n\n# Mesh vertex coordinates\n")
        file.writelines(line.encode() for line in lines_of_places(mesh.points))
        file.write(b"\n2 # number of element types\n")
        _elements(file, 0, side, mesh.facets[:, side_order], boundary)
        _elements(file, 1, cell, mesh.cells[:, cell_order], domain)
        for number, (dim, name, entities) in enumerate(selections, 1):
            file.write(f"\n# --------- Object {number} ----------\n\n0 0 1\n".encode())
            file.write(
                f"{_word('Selection')} # class\n0 # Version\n{_word(name)} # Label\n".encode()
            )
            file.write(f"{_word(_MESH)} # Geometry/mesh tag\n{dim} # Dimension\n".encode())
            file.write(f"{len(entities)} # Number of entities\n# Entities\n".encode())
            file.writelines(f"{entity}\n".encode() for entity in entities)
        file.write(b"\n")
        for group in groups:
            file.write(f"{_SIGN}{group.dim} {group.id} {group.name}\n".encode())
        file.writelines(number_lines(_GRAINS, mesh.labels, _SIGN))
        file.write(note_lines(mesh, _NOTE) + _END)


def _word(text: str) -> str:
    """A text as the format has it: its length, a blank, the text."""
    return f"{len(text.encode())} {text}"


def _domains(mesh: TetMesh, groups: list[Group]) -> tuple[Ints, list[tuple[str, int]]]:
    """Domain of every cell, and the names of the domains."""
    domain = np.zeros(len(mesh.cells), dtype=np.int32)
    named: list[tuple[str, int]] = []
    for group in groups:
        if group.dim == 3:
            named.append((group.name, len(named) + 1))
            domain[group.entities] = named[-1][1]
    return domain, named


def _boundaries(
    mesh: TetMesh, groups: list[Group], domain: Ints
) -> tuple[Ints, list[tuple[str, list[int]]]]:
    """Boundary of every facet, and the boundaries of every named group.

    All facets are there, those of no group too: COMSOL wants a boundary between two domains.
    """
    walls = [group for group in groups if group.dim == 2]
    own = np.zeros(len(mesh.facets), dtype=np.int64)
    for number, group in enumerate(walls, 1):
        own[group.entities] = number
    cells = mesh.facet_cells
    sides = np.sort(np.where(cells >= 0, domain[np.maximum(cells, 0)], 0), axis=1)
    rows = np.column_stack([own, sides])
    _, first, boundary = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    owners = own[first]
    named = [
        (group.name, np.flatnonzero(owners == number).tolist())
        for number, group in enumerate(walls, 1)
    ]
    return boundary.reshape(-1).astype(np.int32), named


def _elements(file: BinaryIO, place: int, name: str, nodes: Ints, entities: Ints) -> None:
    file.write(f"\n# Type #{place}\n\n{_word(name)} # type name\n\n".encode())
    file.write(f"{nodes.shape[1]} # number of vertices per element\n".encode())
    file.write(f"{len(nodes)} # number of elements\n# Elements\n".encode())
    write_whole(file, nodes)
    file.write(f"\n{len(nodes)} # number of geometric entity indices\n".encode())
    file.write(b"# Geometric entity indices\n")
    write_whole(file, entities[:, None])


def read_comsol(path: Path) -> TetMesh:
    """Read tetrahedra, straight or of second order.

    Labels are those in our comments, else those that selections of one domain named like
    ``grain_00001`` tell, else the numbers of the domains.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it holds no tetrahedra, or a mesh of another version than 4.
    """
    data = contents(path)
    if data.startswith(HEAD) and not data.endswith(_END):
        raise damaged(path, "its last line is missing")
    grains = numbered_lines(data, _GRAINS, _SIGN)
    try:
        points, cells, domains, names = _objects(_Words(re.sub(rb"#[^\n]*", b"", data)), path)
        info = noted_lines(data, _NOTE, path.name)
    except InputError:
        raise
    except ValueError as error:
        raise damaged(path, error) from error
    if cells.min() < 0 or cells.max() >= len(points):
        raise damaged(path, "a cell names a vertex that is not there")
    if grains is None:
        values, back = np.unique(domains, return_inverse=True)
        grains = np.array([names.get(domain, domain) for domain in values.tolist()])[back]
    return tagged(points, cells, grains, info)


class _Words:
    """What a file holds, word by word."""

    def __init__(self, data: bytes) -> None:
        self._words, self._next = data.split(), 0

    def take(self, count: int) -> list[bytes]:
        words = self._words[self._next : self._next + count]
        if count < 0 or len(words) < count:
            raise ValueError("it ends too early")
        self._next += count
        return words

    def whole(self, count: int) -> AnyArray:
        return np.array(self.take(count), dtype=np.float64).astype(np.int64)

    def number(self) -> int:
        return int(self.take(1)[0])

    def text(self) -> str:
        """A text after its length; blanks in it part it into words."""
        length = self.number()
        text = self.take(1)[0] if length > 0 else b""
        while len(text) < length:
            text += b" " + self.take(1)[0]
        return text.decode()

    @property
    def left(self) -> bool:
        return self._next < len(self._words)


def _objects(words: _Words, path: Path) -> tuple[AnyArray, AnyArray, AnyArray, dict[int, int]]:
    """Points, cells, domain of every cell; and the grain that a selection says a domain is."""
    words.take(2)
    for _ in range(2):  # tags and types
        for _ in range(words.number()):
            words.text()
    mesh = None
    names: dict[int, int] = {}
    while words.left:
        words.take(3)
        kind = words.text()
        if kind == "Mesh" and mesh is None:
            mesh = _mesh(words, path)
        elif kind == "Selection":
            words.take(1)
            name, _ = words.text(), words.text()
            dim, entities = words.number(), words.whole(words.number()).tolist()
            grain = label_of_name(name)
            if dim == 3 and grain is not None and len(entities) == 1:
                names[entities[0]] = grain
        else:
            break
    if mesh is None:
        raise InputError(f"{path} holds no mesh; export the mesh, not the geometry")
    return *mesh, names


def _mesh(words: _Words, path: Path) -> tuple[AnyArray, AnyArray, AnyArray]:
    version, dim, count, lowest = words.whole(4).tolist()
    if (version, dim) != (4, 3):
        raise InputError(
            f"{path} holds a mesh of version {version} in {dim} dimensions; export one of a solid "
            "by COMSOL 5.6, as version 4"
        )
    points = np.array(words.take(3 * count), dtype=np.float64).reshape(-1, 3)
    cells = domains = None
    for _ in range(words.number()):
        name, width, number = words.text(), words.number(), words.number()
        nodes = words.whole(width * number).reshape(number, width)
        entities = words.whole(words.number())
        if name.removesuffix("2") in ("prism", "pyr", "hex"):
            raise InputError(f"{path} holds other cells than tetrahedra ({name})")
        for own, order in _TETRA.values():
            if name == own and width == len(order) and len(entities) == number:
                cells, domains = nodes[:, np.argsort(order)] - lowest, entities
    if cells is None or domains is None or not len(cells):
        raise InputError(f"{path} holds no tetrahedra; write the mesh of a solid")
    return points, cells, domains
