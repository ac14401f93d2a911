"""gmsh's .msh, versions 4.1 and 2.2, ASCII and binary: the writer.

Every group is a physical group with its name; every grain is a volume entity whose number is its
label, whatever the layout; every group of facets, edges or points is one entity. An entity has
one physical tag and its true bounding box, as libMesh wants. Nodes are numbered 1 ... N and listed
under the entity of lowest dimension that holds them.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.io.files import written
from nmc_mesh.io.text import write_places, write_whole
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.tagging import bucket
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

TETRA10 = [0, 1, 2, 3, 4, 5, 6, 7, 9, 8]
"""gmsh's order of the ten nodes, from VTK's (and back)."""

TYPES = {(0, 1): 15, (1, 2): 1, (1, 3): 8, (2, 3): 2, (2, 6): 9, (3, 4): 4, (3, 10): 11}
"""gmsh's element type of (dimension, number of nodes)."""


class Block(NamedTuple):
    """The elements of one entity."""

    dim: int
    entity: int
    physical: int
    tags: Longs
    nodes: Ints

    @property
    def type(self) -> int:
        """Number by which gmsh knows this kind of element."""
        return TYPES[self.dim, self.nodes.shape[1]]


def write_msh(
    path: Path, mesh: TetMesh, groups: list[Group], version: str = "4.1", binary: bool = False
) -> None:
    """Write a mesh; MOOSE and libMesh read ASCII only.

    Raises
    ------
    InputError
        If the version is not "4.1" or "2.2".
    FileError
        If the file cannot be written.
    """
    if version not in ("4.1", "2.2"):
        raise InputError(f"the version of a .msh file is '4.1' or '2.2', not {version!r}")
    blocks = _blocks(mesh, groups)
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(f"$MeshFormat\n{version} {int(binary)} 8\n".encode())
        if binary:
            file.write(np.int32(1).tobytes() + b"\n")
        file.write(b"$EndMeshFormat\n")
        _write_names(file, groups)
        body = {"4.1": (_text41, _binary41), "2.2": (_text22, _binary22)}[version][binary]
        body(file, mesh, blocks)


def _blocks(mesh: TetMesh, groups: list[Group]) -> list[Block]:
    """Elements by entity, dimension by dimension; tags run from 1 in the order of the mesh."""
    cells = mesh.cells if mesh.order == 1 else mesh.cells[:, TETRA10]
    parts = [mesh.quadruple_points[:, None], mesh.edges, mesh.facets, cells]
    blocks: list[Block] = []
    first = 1
    for dim, nodes in enumerate(parts):
        members = [group for group in groups if group.dim == dim]
        if not members:
            continue
        if dim < 3:
            entities = [(group.id, group.id, group.entities) for group in members]
        else:
            entities = _volumes(mesh, members)
        used = np.sort(np.concatenate([places for _, _, places in entities]))
        tag = np.zeros(len(nodes), dtype=np.int64)
        tag[used] = np.arange(first, first + len(used))
        first += len(used)
        blocks += [Block(dim, e, p, tag[places], nodes[places]) for e, p, places in entities]
    return blocks


def _volumes(mesh: TetMesh, groups: list[Group]) -> list[tuple[int, int, Ints]]:
    """(entity, physical tag, cells) of every grain."""
    physical = np.zeros(len(mesh.cells), dtype=np.int32)
    for group in groups:
        physical[group.entities] = group.id
    starts, order = bucket(mesh.labels, int(mesh.labels.max()) + 1)
    return [
        (grain, int(physical[order[starts[grain]]]), order[starts[grain] : starts[grain + 1]])
        for grain in np.flatnonzero(np.diff(starts)).tolist()
    ]


def _write_names(file: BinaryIO, groups: list[Group]) -> None:
    lines = [f'{group.dim} {group.id} "{group.name}"\n' for group in groups]
    text = "".join(sorted(lines, key=lambda line: int(line[0])))
    file.write(f"$PhysicalNames\n{len(lines)}\n{text}$EndPhysicalNames\n".encode())


def _nodes_of_blocks(mesh: TetMesh, blocks: list[Block]) -> list[tuple[Block, Ints]]:
    """Nodes by the entity that holds them, the one of lowest dimension."""
    owner = np.full(len(mesh.points), len(blocks) - 1, dtype=np.int32)
    for place in range(len(blocks) - 1, -1, -1):
        owner[blocks[place].nodes] = place
    starts, order = bucket(owner, len(blocks))
    held = [order[starts[k] : starts[k + 1]] for k in range(len(blocks))]
    return [(block, nodes) for block, nodes in zip(blocks, held, strict=True) if len(nodes)]


def _box(mesh: TetMesh, block: Block) -> Floats:
    places = mesh.points[block.nodes.ravel()]
    ends = [places[0]] if block.dim == 0 else [places.min(axis=0), places.max(axis=0)]
    return np.concatenate(ends)


def _counts(blocks: list[Block]) -> list[int]:
    return [sum(block.dim == dim for block in blocks) for dim in range(4)]


def _text41(file: BinaryIO, mesh: TetMesh, blocks: list[Block]) -> None:
    lines = [" ".join(map(str, _counts(blocks)))]
    for block in blocks:
        box = " ".join(map(repr, _box(mesh, block).tolist()))
        lines.append(f"{block.entity} {box} 1 {block.physical}" + " 0" * (block.dim > 0))
    file.write(("$Entities\n" + "\n".join(lines) + "\n$EndEntities\n").encode())
    held = _nodes_of_blocks(mesh, blocks)
    n = len(mesh.points)
    file.write(f"$Nodes\n{len(held)} {n} 1 {n}\n".encode())
    for block, nodes in held:
        file.write(f"{block.dim} {block.entity} 0 {len(nodes)}\n".encode())
        write_whole(file, nodes[:, None] + 1)
        write_places(file, mesh.points[nodes])
    n = _last(blocks)
    file.write(f"$EndNodes\n$Elements\n{len(blocks)} {n} 1 {n}\n".encode())
    for block in blocks:
        file.write(f"{block.dim} {block.entity} {block.type} {len(block.tags)}\n".encode())
        write_whole(file, np.column_stack([block.tags, block.nodes + 1]))
    file.write(b"$EndElements\n")


def _binary41(file: BinaryIO, mesh: TetMesh, blocks: list[Block]) -> None:
    file.write(b"$Entities\n" + _longs(*_counts(blocks)))
    for block in blocks:
        file.write(_ints(block.entity) + _box(mesh, block).tobytes() + _longs(1))
        file.write(_ints(block.physical) + (_longs(0) if block.dim else b""))
    held = _nodes_of_blocks(mesh, blocks)
    n = len(mesh.points)
    file.write(b"\n$EndEntities\n$Nodes\n" + _longs(len(held), n, 1, n))
    for block, nodes in held:
        file.write(_ints(block.dim, block.entity, 0) + _longs(len(nodes)))
        file.write((nodes.astype(np.int64) + 1).tobytes() + mesh.points[nodes].tobytes())
    n = _last(blocks)
    file.write(b"\n$EndNodes\n$Elements\n" + _longs(len(blocks), n, 1, n))
    for block in blocks:
        file.write(_ints(block.dim, block.entity, block.type) + _longs(len(block.tags)))
        file.write(np.column_stack([block.tags, block.nodes + 1]).astype(np.int64).tobytes())
    file.write(b"\n$EndElements\n")


def _text22(file: BinaryIO, mesh: TetMesh, blocks: list[Block]) -> None:
    file.write(f"$Nodes\n{len(mesh.points)}\n".encode())
    for start in range(0, len(mesh.points), 1 << 16):
        part = mesh.points[start : start + (1 << 16)].tolist()
        lines = [f"{start + i} {x!r} {y!r} {z!r}\n" for i, (x, y, z) in enumerate(part, 1)]
        file.write("".join(lines).encode())
    file.write(f"$EndNodes\n$Elements\n{_last(blocks)}\n".encode())
    for block in blocks:
        head = [block.type, 2, block.physical, block.entity]
        columns = [block.tags, *np.broadcast_to(head, (len(block.tags), 4)).T, block.nodes + 1]
        write_whole(file, np.column_stack(columns))
    file.write(b"$EndElements\n")


def _binary22(file: BinaryIO, mesh: TetMesh, blocks: list[Block]) -> None:
    nodes = np.empty(len(mesh.points), dtype=[("tag", np.int32), ("place", np.float64, 3)])
    nodes["tag"] = np.arange(1, len(nodes) + 1)
    nodes["place"] = mesh.points
    file.write(f"$Nodes\n{len(nodes)}\n".encode() + nodes.tobytes())
    file.write(f"\n$EndNodes\n$Elements\n{_last(blocks)}\n".encode())
    for block in blocks:
        head = np.broadcast_to([block.physical, block.entity], (len(block.tags), 2))
        rows: AnyArray = np.column_stack([block.tags, head, block.nodes + 1])
        file.write(_ints(block.type, len(rows), 2) + rows.astype(np.int32).tobytes())
    file.write(b"\n$EndElements\n")


def _last(blocks: list[Block]) -> int:
    return sum(len(block.tags) for block in blocks)


def _ints(*values: int) -> bytes:
    return np.array(values, dtype=np.int32).tobytes()


def _longs(*values: int) -> bytes:
    return np.array(values, dtype=np.int64).tobytes()
