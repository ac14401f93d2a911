"""gmsh's .msh, versions 4.1 and 2.2, ASCII and binary: the reader.

The label of a cell is N if its physical group is called ``grain_N``, else the number of its volume
entity. What stands in comments of ours comes back as the info of the mesh. Facets, triple lines and
quadruple points are found anew from the labels.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError, NmcMeshError
from nmc_mesh.files import contents, damaged
from nmc_mesh.io.msh import NOTE, TETRA10, TYPES
from nmc_mesh.io.notes import noted_lines
from nmc_mesh.mesh.groups import label_of_name
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

_SIZES = {kind: nodes for (_, nodes), kind in TYPES.items()}
_TETRA = (TYPES[3, 4], TYPES[3, 10])
_WEDGES = (TYPES[3, 6], TYPES[3, 15])


class _Cells(NamedTuple):
    """Tetrahedra as they stand in the file; ``physical`` is 0 where a cell has none."""

    tags: Longs
    entities: Longs
    physical: Longs
    nodes: Longs


class _Scanner:
    """Takes numbers off a section, one field after the other."""

    def __init__(self, data: bytes, binary: bool) -> None:
        self.binary = binary
        self.data: Any = data if binary else np.fromstring(data.decode("ascii"), sep=" ")
        self.place = 0

    def ints(self, count: int) -> Longs:
        """Take 32-bit numbers."""
        return self._take(count, np.int32).astype(np.int64)

    def longs(self, count: int) -> Longs:
        """Take 64-bit numbers."""
        return self._take(count, np.int64).astype(np.int64)

    def floats(self, count: int) -> Floats:
        """Take coordinates."""
        return self._take(count, np.float64).astype(np.float64)

    def _take(self, count: int, dtype: type) -> AnyArray:
        size = int(count) * (np.dtype(dtype).itemsize if self.binary else 1)
        part = self.data[self.place : self.place + size]
        if size < 0 or len(part) < size:
            raise ValueError("a section ends too early")
        self.place += size
        return np.frombuffer(part, dtype) if self.binary else part


def read_msh(path: Path) -> TetMesh:
    """Read a tetrahedral mesh with its labels.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it is of another version, or holds no tetrahedra.
    """
    data = contents(path)
    head = re.match(rb"\s*\$MeshFormat\s+(\S+)\s+([01])\s+8\s*\n", data)
    if head is None or head[1] not in (b"4.1", b"2.2"):
        raise InputError(
            f"{path} is not a .msh file of version 4.1 or 2.2; convert it with: "
            "gmsh IN.msh -save -format msh41 -o OUT.msh"
        )
    try:
        names = _names(_section(data, "PhysicalNames", b""))
        read = _read41 if head[1] == b"4.1" else _read22
        tags, points, cells = read(data, head[2] == b"1")
        if not cells.nodes.size:
            raise InputError(f"{path} holds no tetrahedra; mesh the volume first")
        info = noted_lines(_section(data, "Comments", b""), NOTE, path.name)
        order = np.argsort(tags, kind="stable")
        nodes = _places(tags[order], cells.nodes)
    except NmcMeshError:
        raise
    except (ValueError, IndexError, KeyError) as error:
        raise damaged(path, error) from error
    if nodes.shape[1] == 10:
        nodes = nodes[:, TETRA10]
    rank = np.argsort(cells.tags, kind="stable")
    return tagged(points[order], nodes[rank], _labels(cells, names)[rank], info)


def _section(data: bytes, name: str, default: bytes | None = None) -> bytes:
    start = data.find(f"${name}\n".encode())
    if start < 0:
        if default is None:
            raise ValueError(f"the section ${name} is missing")
        return default
    end = data.find(f"$End{name}".encode(), start)
    if end < 0:
        raise ValueError(f"the section ${name} has no end")
    return data[start + len(name) + 2 : end]


def _names(section: bytes) -> dict[int, str]:
    """Names of the groups of cells by physical tag."""
    found = re.findall(r'^\s*3\s+(\d+)\s+"(.*)"', section.decode(), re.MULTILINE)
    return {int(tag): name for tag, name in found}


def _labels(cells: _Cells, names: dict[int, str]) -> Ints:
    tags, row = np.unique(cells.physical, return_inverse=True)
    named = np.array([label_of_name(names.get(tag, "")) or 0 for tag in tags.tolist()])[row.ravel()]
    return np.where(named > 0, named, cells.entities).astype(np.int32)


def _places(tags: Longs, nodes: Longs) -> Ints:
    """Place of every node among the sorted tags."""
    if not tags.size or (np.diff(tags) == 0).any():
        raise ValueError("node numbers are missing or occur twice")
    place = np.minimum(np.searchsorted(tags, nodes), len(tags) - 1)
    if (tags[place] != nodes).any():
        raise ValueError("a cell names a node that is not there")
    return place.astype(np.int32)


def _joined(parts: list[_Cells]) -> _Cells:
    if not parts:
        empty = np.empty(0, dtype=np.int64)
        return _Cells(empty, empty, empty, empty)
    return _Cells(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _read41(data: bytes, binary: bool) -> tuple[Longs, Floats, _Cells]:
    physical = _physical41(_Scanner(_section(data, "Entities"), binary))
    scan = _Scanner(_section(data, "Nodes"), binary)
    tags, points = [], []
    for _ in range(scan.longs(4)[0]):
        scan.ints(3)
        count = int(scan.longs(1)[0])
        tags.append(scan.longs(count))
        points.append(scan.floats(3 * count).reshape(-1, 3))
    scan = _Scanner(_section(data, "Elements"), binary)
    parts = []
    for _ in range(scan.longs(4)[0]):
        _, entity, kind = scan.ints(3).tolist()
        width = 1 + _SIZES[kind]
        count = int(scan.longs(1)[0])
        rows = scan.longs(count * width).reshape(-1, width)
        _check_whole(kind)
        if kind in _TETRA:
            entities = np.full(count, entity)
            group = np.full(count, physical.get(entity, 0))
            parts.append(_Cells(rows[:, 0], entities, group, rows[:, 1:]))
    return np.concatenate(tags), np.concatenate(points), _joined(parts)


def _check_whole(kind: int) -> None:
    if kind in _WEDGES:
        raise InputError("the file holds wedges: it is split; read the mesh it was made from")


def _physical41(scan: _Scanner) -> dict[int, int]:
    """First physical tag of every volume."""
    physical: dict[int, int] = {}
    for dim, count in enumerate(scan.longs(4).tolist()):
        for _ in range(count):
            tag = int(scan.ints(1)[0])
            scan.floats(3 if dim == 0 else 6)
            groups = scan.ints(int(scan.longs(1)[0]))
            if dim > 0:
                scan.ints(int(scan.longs(1)[0]))
            if dim == 3 and len(groups):
                physical[tag] = abs(int(groups[0]))
    return physical


def _read22(data: bytes, binary: bool) -> tuple[Longs, Floats, _Cells]:
    first, _, body = _section(data, "Nodes").partition(b"\n")
    count = int(first)
    if binary:
        record = np.dtype([("tag", np.int32), ("place", np.float64, 3)])
        nodes = np.frombuffer(body, record, count)
        tags, points = nodes["tag"].astype(np.int64), nodes["place"]
    else:
        table = _Scanner(body, False).floats(4 * count).reshape(-1, 4)
        tags, points = table[:, 0].astype(np.int64), table[:, 1:]
    first, _, body = _section(data, "Elements").partition(b"\n")
    scan = _Scanner(body, binary)
    parts = []
    left = int(first)
    while left > 0:
        rows, kind, tag_count = _run_binary(scan) if binary else _run_text(scan, left)
        left -= len(rows)
        _check_whole(kind)
        if kind in _TETRA:
            group, entity = rows[:, 1], rows[:, min(2, tag_count)]
            parts.append(_Cells(rows[:, 0], entity, group, rows[:, 1 + tag_count :]))
    return tags, points, _joined(parts)


def _run_binary(scan: _Scanner) -> tuple[Longs, int, int]:
    """Rows (tag, tags of the entity, nodes) of one block."""
    kind, count, tag_count = scan.ints(3).tolist()
    width = 1 + tag_count + _SIZES[kind]
    return scan.ints(count * width).reshape(-1, width), kind, tag_count


def _run_text(scan: _Scanner, left: int) -> tuple[Longs, int, int]:
    """Rows of the elements that follow each other with the same type and number of tags."""
    kind, tag_count = scan.data[scan.place + 1 : scan.place + 3].astype(int).tolist()
    width = 3 + tag_count + _SIZES[kind]
    rest = scan.data[scan.place :]
    rows = rest[: min(left, len(rest) // width) * width].reshape(-1, width)
    other = (rows[:, 1] != kind) | (rows[:, 2] != tag_count)
    count = int(other.argmax()) if other.any() else len(rows)
    if count == 0:
        raise ValueError("a section ends too early")
    table = scan.longs(count * width).reshape(-1, width)
    return np.delete(table, [1, 2], axis=1), kind, tag_count
