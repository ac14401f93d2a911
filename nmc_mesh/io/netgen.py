"""Netgen's .vol (NGSolve): materials per group of cells, boundary names per group of facets.

Materials keep the ids of their groups, boundaries are numbered from 1. Facets between grains are
there too, with the materials on both sides, so jumps can be integrated over them. Straight
tetrahedra only. What stands after ``endmesh``, which Netgen does not read, keeps the grain of every
cell, the names of all groups and what else the mesh knows, see ``notes``.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_lines, noted_lines, number_lines, numbered_lines
from nmc_mesh.io.text import lines_of_places, write_whole
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray

_SIGN, _GRAINS = "# ", "grains"
_NOTE, _END = "#= ", b"# end\n"
_TURNED = np.array([0, 2, 1, 3])
"""Netgen's tetrahedra turn the other way round."""


def write_netgen(path: Path, mesh: TetMesh, groups: list[Group]) -> None:
    """Write materials and boundaries.

    Raises
    ------
    InputError
        If the cells are curved.
    FileError
        If the file cannot be written.
    """
    if mesh.cells.shape[1] != 4:
        raise InputError(
            "a .vol file holds straight tetrahedra; write the mesh of first order (--order 1)"
        )
    blocks = [group for group in groups if group.dim == 3]
    walls = [group for group in groups if group.dim == 2]
    material = np.zeros(len(mesh.cells), dtype=np.int32)
    wall = np.zeros(len(mesh.facets), dtype=np.int32)
    for group in blocks:
        material[group.entities] = group.id
    for number, group in enumerate(walls, 1):
        wall[group.entities] = number
    kept = np.flatnonzero(wall)
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(b"mesh3d\ndimension\n3\ngeomtype\n0\n\nsurfaceelements\n")
        file.write(f"{len(kept)}\n".encode())
        write_whole(file, _facets(mesh, material, wall, kept))
        file.write(f"\nvolumeelements\n{len(mesh.cells)}\n".encode())
        four = np.full(len(mesh.cells), 4, dtype=np.int32)
        write_whole(file, np.column_stack([material, four, mesh.cells[:, _TURNED] + 1]))
        file.write(f"\nedgesegmentsgi2\n0\n\npoints\n{len(mesh.points)}\n".encode())
        file.writelines(line.encode() for line in lines_of_places(mesh.points))
        for head, names in (
            ("materials", [(group.id, group.name) for group in blocks]),
            ("bcnames", [(number, group.name) for number, group in enumerate(walls, 1)]),
        ):
            lines = "".join(f"{number} {name}\n" for number, name in names)
            file.write(f"\n{head}\n{len(names)}\n{lines}".encode())
        file.write(b"\nendmesh\n\n")
        for group in groups:
            file.write(f"# {group.dim} {group.id} {group.name}\n".encode())
        file.writelines(number_lines(_GRAINS, mesh.labels, _SIGN))
        file.write(note_lines(mesh, _NOTE) + _END)


def _facets(mesh: TetMesh, material: AnyArray, wall: AnyArray, kept: AnyArray) -> AnyArray:
    """Rows surface, boundary, material inside and outside, 3, vertices from 1."""
    cells = mesh.facet_cells[kept]
    sides = np.where(cells >= 0, material[np.maximum(cells, 0)], 0).astype(np.int64)
    code = (wall[kept].astype(np.int64) << 42) ^ (sides[:, 0] << 21) ^ sides[:, 1]
    surface = np.unique(code, return_inverse=True)[1] + 1
    three = np.full(len(kept), 3)
    rows = np.column_stack([surface, wall[kept], sides, three, mesh.facets[kept] + 1])
    return rows.astype(np.int32)


def read_netgen(path: Path) -> TetMesh:
    """Read straight tetrahedra; labels are those we wrote, else the numbers of the materials.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it is no mesh of Netgen in space, or holds other cells.
    """
    data = contents(path)
    if not data.startswith(b"mesh3d"):
        raise InputError(f"{path} is no mesh of Netgen; its first line should be: mesh3d")
    grains = numbered_lines(data, _GRAINS, _SIGN)
    if b"\nendmesh" not in data or (grains is not None and not data.endswith(_END)):
        raise damaged(path, "its end is missing")
    text = re.sub(rb"#.*", b"", data.split(b"\nendmesh")[0])
    try:
        cells = _section(text, b"volumeelements").reshape(-1, 6).astype(np.int64)
        if len(cells) == 0 or (cells[:, 1] != 4).any():
            raise InputError(f"{path} holds other cells than straight tetrahedra, or none")
        points = _section(text, b"points").reshape(-1, 3)
        info = noted_lines(data, _NOTE, path.name)
    except InputError:
        raise
    except (ValueError, IndexError) as error:
        raise damaged(path, error) from error
    nodes = cells[:, 2:][:, _TURNED] - 1
    if nodes.min() < 0 or nodes.max() >= len(points):
        raise damaged(path, "a cell names a vertex that is not there")
    labels = cells[:, 0] if grains is None else grains
    return tagged(points, nodes, labels, info)


def _section(text: bytes, name: bytes) -> AnyArray:
    """Numbers of a section without its count."""
    parts = re.split(rb"^([a-z]\w*)[ \t\r]*$", text, flags=re.MULTILINE)
    bodies = dict(zip(parts[1::2], parts[2::2], strict=True))
    if name not in bodies:
        raise ValueError(f"it has no section {name.decode()}")
    words = bodies[name].split()
    count, values = int(words[0]), np.array(words[1:], dtype=np.float64)
    if len(values) % max(count, 1):
        raise ValueError(f"{len(values)} numbers of {count} {name.decode()}")
    return values
