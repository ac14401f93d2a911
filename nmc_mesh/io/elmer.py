"""Elmer's mesh: ``mesh.header``, and ``mesh.nodes``, ``mesh.elements``, ... beside it.

Elmer wants them by these names in a folder of their own, so write ``particle/mesh.header``. Bodies
have the ids of the groups of cells, boundary elements those of the groups of facets, on the outer
surface with one parent, between grains with two. ``mesh.names`` gives all of them names for the
.sif (``Name``, ``Body 1``: ``use mesh names``). Its comments at the end keep the grain of every
cell, what else the mesh knows (see ``notes``), and groups of lines and points, which have no place.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_lines, noted_lines, number_lines, numbered_lines
from nmc_mesh.io.numbering import ids_of, places_among
from nmc_mesh.io.text import lines_of_places, write_whole
from nmc_mesh.mesh.groups import Group, label_of_name
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints

PARTS = (".nodes", ".elements", ".boundary", ".names")
_TYPES = {4: (504, 303), 10: (510, 306), 8: (808, 404)}
"""Elmer's numbers of a cell and of its side, by the nodes of the cell."""

_SIGN, _GRAINS, _NOTE, _END = "! ", "grains", "!= ", b"! end\n"


def write_elmer(path: Path, mesh: TetMesh | HexMesh, groups: list[Group]) -> None:
    """Write the header and the parts beside it.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    blocks = [group for group in groups if group.dim == 3]
    walls = [group for group in groups if group.dim == 2]
    body, wall = ids_of(len(mesh.cells), blocks), ids_of(len(mesh.facets), walls)
    kept = np.flatnonzero(wall)
    cell, side = _TYPES[mesh.cells.shape[1]]
    counts = f"{len(mesh.points)} {len(mesh.cells)} {len(kept)}\n2\n"
    with written(path) as beside:
        beside.name(path).write_bytes(
            f"{counts}{side} {len(kept)}\n{cell} {len(mesh.cells)}\n".encode()
        )
        nodes, elements, boundary, names = (path.with_suffix(part) for part in PARTS)
        with beside.name(nodes).open("wb") as file:
            places = lines_of_places(mesh.points)
            file.writelines(f"{k} -1 {line}".encode() for k, line in enumerate(places, 1))
        with beside.name(elements).open("wb") as file:
            write_whole(file, _rows([body], cell, mesh.cells))
        with beside.name(boundary).open("wb") as file:
            write_whole(file, _rows([wall, *(mesh.facet_cells.T + 1)], side, mesh.facets)[kept])
        with beside.name(names).open("wb") as file:
            for title, named in (("bodies", blocks), ("boundaries", walls)):
                file.write(f"! ----- names for {title} -----\n".encode())
                file.writelines(f"$ {group.name} = {group.id}\n".encode() for group in named)
            others = (group for group in groups if group.dim < 2)
            file.writelines(f"! {group.dim} {group.id} {group.name}\n".encode() for group in others)
            file.writelines(number_lines(_GRAINS, mesh.labels, _SIGN))
            file.write(note_lines(mesh, _NOTE) + _END)


def _rows(columns: list[AnyArray], kind: int, nodes: Ints) -> Ints:
    """Rows of number, what comes before the kind, the kind, and the nodes from 1."""
    count = len(nodes)
    rows = np.column_stack([np.arange(1, count + 1), *columns, np.full(count, kind), nodes + 1])
    return rows.astype(np.int32)


def read_elmer(path: Path) -> TetMesh:
    """Read tetrahedra; labels are those we wrote, else what names of bodies tell, else their ids.

    Raises
    ------
    FileError
        If a file cannot be read, or is truncated.
    InputError
        If it holds other cells than tetrahedra, or none.
    """
    names = path.with_suffix(".names")
    known = contents(names) if names.is_file() else b""
    grains = numbered_lines(known, _GRAINS, _SIGN)
    if grains is not None and not known.endswith(_END):
        raise damaged(names, "its last line is missing")
    try:
        count, cell_count, side_count = _counts(contents(path))
        if contents(path.with_suffix(".boundary")).count(b"\n") < side_count:
            raise ValueError(f"it names {side_count} boundary elements, fewer are there")
        nodes = _table(path.with_suffix(".nodes"), count)
        cells = _table(path.with_suffix(".elements"), cell_count)
        if cells.shape[1] not in (7, 13) or not np.isin(cells[:, 2], (504, 510)).all():
            raise InputError(f"{path} holds other cells than tetrahedra, or none")
        cells, nodes = cells.astype(np.int64), nodes[np.argsort(nodes[:, 0], kind="stable")]
        places = places_among(nodes[:, 0].astype(np.int64), cells[:, 3:])
        info = noted_lines(known, _NOTE, path.name)
    except InputError:
        raise
    except (ValueError, IndexError) as error:
        raise damaged(path, error) from error
    labels = _labels(known, cells[:, 1]) if grains is None else grains
    return tagged(nodes[:, 2:5], places, labels, info)


def _counts(header: bytes) -> tuple[int, int, int]:
    """Numbers of nodes, elements and boundary elements; then there is a count for every kind."""
    nodes, cells, sides, kinds, *table = (int(word) for word in header.split())
    if len(table) != 2 * kinds or sum(table[1::2]) != cells + sides:
        raise ValueError("its counts do not add up")
    return nodes, cells, sides


def _table(path: Path, count: int) -> AnyArray:
    """Numbers of a part, a row per line."""
    words = np.array(contents(path).split(), dtype=np.float64)
    if count < 1 or len(words) % count:
        raise ValueError(f"{path.name} has {len(words)} numbers for {count} lines")
    return words.reshape(count, -1)


def _labels(names: bytes, bodies: AnyArray) -> AnyArray:
    told = {
        int(tag): name.decode() for name, tag in re.findall(rb"^\$ (\S+) = (\d+)$", names, re.M)
    }
    values, back = np.unique(bodies, return_inverse=True)
    labels = [label_of_name(told.get(body, "")) or body for body in values.tolist()]
    return np.array(labels)[back]
