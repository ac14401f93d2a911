"""gmsh's .msh, versions 4.1 and 2.2, ASCII and binary: the writer.

Every group is a physical group with its name; every grain is a volume entity whose number is its
label, whatever the layout; every group of facets or edges is one entity, and every quadruple point
is an entity of its own, from 1. An entity has one physical tag and its true bounding box: libMesh
refuses an element with a node outside it, and the box of a point entity is that point. Nodes are
numbered 1 ... N and listed under the entity of lowest dimension that holds them. Wedges of a split
mesh are prisms of six or fifteen nodes (see ``cohesive_nodes``), a volume entity for each of their
groups, numbered after the grains; their first three nodes lie on the lower grain's side. What a
mesh knows beside its cells (orientations, provenance) is a section ``$Comments`` at the end, see
``notes``. Of a periodic mesh version 4.1 has the pairs of nodes too, ``$Periodic``: see
``msh_periodic``.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import occurring
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.groups import Wedges
from nmc_mesh.cohesive.nodes import GMSH_OF_VTK, whole_wedges
from nmc_mesh.errors import InputError
from nmc_mesh.files import written
from nmc_mesh.io.msh_periodic import Patch, periodic_section, seam_patches
from nmc_mesh.io.notes import note_lines
from nmc_mesh.io.text import lines_of_places, write_blocks, write_whole
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints, Longs

TETRA10 = [0, 1, 2, 3, 4, 5, 6, 7, 9, 8]
"""gmsh's order of the ten nodes, from VTK's (and back)."""

TYPES = {
    **{(0, 1): 15, (1, 2): 1, (1, 3): 8},
    **{(2, 3): 2, (2, 4): 3, (2, 6): 9},
    **{(3, 4): 4, (3, 6): 6, (3, 8): 5, (3, 10): 11, (3, 15): 18},
}
"""gmsh's element type of (dimension, number of nodes)."""


NOTE = "info "
"""Before every line of what the mesh knows."""


class _Part(NamedTuple):
    """All elements of one dimension: those of entity k are ``starts[k]`` to ``starts[k + 1]``."""

    dim: int
    entities: Ints
    physical: Ints
    starts: Longs
    tags: Ints
    nodes: Ints

    @property
    def type(self) -> int:
        return TYPES[self.dim, self.nodes.shape[1]]


def write_msh(
    path: Path,
    mesh: TetMesh,
    groups: list[Group],
    version: str = "4.1",
    binary: bool = False,
    wedges: Wedges | None = None,
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
    patches = seam_patches(mesh, groups)
    parts = _parts(mesh, groups, patches)
    if wedges is not None:
        mesh, part = _prisms(*wedges, first=_last(parts) + 1)
        parts, groups = [*parts, part], groups + wedges[1]
    with written(path) as beside, beside.name(path).open("wb") as file:
        file.write(f"$MeshFormat\n{version} {int(binary)} 8\n".encode())
        if binary:
            file.write(np.int32(1).tobytes() + b"\n")
        file.write(b"$EndMeshFormat\n")
        lines = sorted(f'{group.dim} {group.id} "{group.name}"\n' for group in groups)
        text = f"$PhysicalNames\n{len(lines)}\n{''.join(lines)}$EndPhysicalNames\n"
        file.write(text.encode())
        body = {"4.1": (_text41, _binary41), "2.2": (_text22, _binary22)}[version][binary]
        body(file, mesh, parts)
        if version == "4.1":
            file.write(periodic_section(patches, binary))
        if note := note_lines(mesh, NOTE):
            file.write(b"$Comments\n" + note + b"$EndComments\n")


def _parts(mesh: TetMesh, groups: list[Group], patches: list[Patch]) -> list[_Part]:
    """Elements by dimension and entity; tags run from 1 in the order of the mesh."""
    cells = mesh.cells if mesh.order == 1 else mesh.cells[:, TETRA10]
    parts: list[_Part] = []
    first = 1
    for dim, nodes in enumerate((mesh.quadruple_points[:, None], mesh.edges, mesh.facets, cells)):
        members = [group for group in groups if group.dim == dim]
        if not members:
            continue
        ids = np.array([group.id for group in members], dtype=np.int32)
        places = np.concatenate([group.entities for group in members])
        ends = np.cumsum([0, *(len(group.entities) for group in members)])
        if dim == 0:
            entities = np.arange(1, len(places) + 1, dtype=np.int32)
            physical, starts = np.repeat(ids, np.diff(ends)), np.arange(len(places) + 1)
        elif dim < 3:
            entities, physical, starts = ids, ids, ends
            if dim == 2 and patches:
                entities, physical, starts, places = _with_patches(members, patches)
        else:
            physical_of_cell = np.empty(len(cells), dtype=np.int32)
            physical_of_cell[places] = np.repeat(ids, np.diff(ends))
            entities, row = occurring(mesh.labels)
            starts, places = bucket(row, len(entities))
            physical = physical_of_cell[places[starts[:-1]]]
        tag = np.zeros(len(nodes), dtype=np.int32)
        tag[np.sort(places)] = np.arange(first, first + len(places))
        first += len(places)
        parts.append(_Part(dim, entities, physical, starts, tag[places], nodes[places]))
    return parts


def _with_patches(members: list[Group], patches: list[Patch]) -> tuple[Ints, Ints, Longs, Ints]:
    """Entities of facets where the outer surface is several: see ``msh_periodic``."""
    outer = patches[0].physical
    rows = [(group.id, group.id, group.entities) for group in members if group.id != outer]
    surface = next(group.entities for group in members if group.id == outer)
    linked = np.concatenate([np.append(patch.masters, patch.slaves) for patch in patches])
    if len(alone := np.setdiff1d(surface, linked)):
        rows.append((outer, outer, alone))
    for patch in patches:
        rows += [(patch.master, outer, patch.masters), (patch.slave, outer, patch.slaves)]
    entities, physical, facets = zip(*rows, strict=True)
    starts = np.cumsum([0, *map(len, facets)])
    return (
        np.array(entities, dtype=np.int32),
        np.array(physical, dtype=np.int32),
        starts,
        np.concatenate(facets),
    )


def _prisms(split: CohesiveMesh, seams: list[Group], first: int) -> tuple[TetMesh, _Part]:
    """Wedges of the groups, and the mesh with the nodes that only they have."""
    mesh, nodes = whole_wedges(split)
    places = np.concatenate([group.entities for group in seams])
    starts = np.cumsum([0, *(len(group.entities) for group in seams)])
    entities = int(mesh.labels.max()) + 1 + np.arange(len(seams), dtype=np.int32)
    physical = np.array([group.id for group in seams], dtype=np.int32)
    tags = first + np.arange(len(places), dtype=np.int32)
    turned = np.ascontiguousarray(nodes[places][:, GMSH_OF_VTK[: nodes.shape[1]]])
    return mesh, _Part(3, entities.astype(np.int32), physical, starts, tags, turned)


def _last(parts: list[_Part]) -> int:
    """Number of elements, which is the last element's tag."""
    return sum(len(part.tags) for part in parts)


def _nodes_of_entities(mesh: TetMesh, parts: list[_Part]) -> tuple[Ints, Longs, Ints]:
    """Nodes by the entity of lowest dimension that holds them: heads (dim, entity), and as CSR."""
    heads = np.concatenate(
        [np.column_stack([np.full_like(part.entities, part.dim), part.entities]) for part in parts]
    )
    owner = np.full(len(mesh.points), len(heads) - 1, dtype=np.int32)
    end = len(heads)
    for part in reversed(parts):
        own = np.arange(end - len(part.entities), end, dtype=np.int32)
        owner[part.nodes] = np.repeat(own, np.diff(part.starts))[:, None]
        end -= len(own)
    starts, nodes = bucket(owner, len(heads))
    held = np.flatnonzero(np.diff(starts))
    return heads[held], np.append(starts[held], len(nodes)), nodes


def _counts(parts: list[_Part]) -> list[int]:
    return [sum(len(part.entities) for part in parts if part.dim == dim) for dim in range(4)]


def _boxes_of(mesh: TetMesh, part: _Part) -> Floats:
    """Bounding boxes of entities; of a point entity its point."""
    if part.dim > 0:
        boxes = np.empty((len(part.entities), 6))
        core.bounding_boxes(mesh.points, part.starts, np.ascontiguousarray(part.nodes), boxes)
        return boxes
    places: Floats = mesh.points[part.nodes[:, 0]]
    return places


def _text41(file: BinaryIO, mesh: TetMesh, parts: list[_Part]) -> None:
    lines = [" ".join(map(str, _counts(parts))) + "\n"]
    for part in parts:
        end = " 0\n" if part.dim else "\n"
        boxes = _boxes_of(mesh, part).tolist()
        each = zip(part.entities.tolist(), boxes, part.physical.tolist(), strict=True)
        lines += [f"{e} {' '.join(map(repr, box))} 1 {tag}{end}" for e, box, tag in each]
    file.write(f"$Entities\n{''.join(lines)}$EndEntities\n".encode())
    heads, starts, nodes = _nodes_of_entities(mesh, parts)
    n = len(nodes)
    file.write(f"$Nodes\n{len(heads)} {n} 1 {n}\n".encode())
    tags = [f"{node}\n" for node in (nodes + 1).tolist()]
    places = list(lines_of_places(mesh.points[nodes]))
    for (dim, entity), (a, b) in zip(heads.tolist(), pairwise(starts.tolist()), strict=True):
        text = f"{dim} {entity} 0 {b - a}\n{''.join(tags[a:b])}{''.join(places[a:b])}"
        file.write(text.encode())
    n = _last(parts)
    file.write(f"$EndNodes\n$Elements\n{sum(_counts(parts))} {n} 1 {n}\n".encode())
    for part in parts:
        ones = np.ones_like(part.entities)
        head = [part.dim * ones, part.entities, part.type * ones, np.diff(part.starts)]
        rows = np.column_stack([part.tags, part.nodes + 1])
        write_blocks(file, np.column_stack(head), part.starts, rows)
    file.write(b"$EndElements\n")


def _binary41(file: BinaryIO, mesh: TetMesh, parts: list[_Part]) -> None:
    file.write(b"$Entities\n" + _longs(*_counts(parts)))
    for part in parts:
        for entity, box, tag in zip(
            part.entities, _boxes_of(mesh, part), part.physical, strict=True
        ):
            file.write(_ints(entity) + box.tobytes() + _longs(1) + _ints(tag))
            file.write(_longs(0) if part.dim else b"")
    heads, starts, nodes = _nodes_of_entities(mesh, parts)
    n = len(nodes)
    file.write(b"\n$EndEntities\n$Nodes\n" + _longs(len(heads), n, 1, n))
    for head, (a, b) in zip(heads, pairwise(starts), strict=True):
        file.write(_ints(*head, 0) + _longs(b - a))
        file.write((nodes[a:b].astype(np.int64) + 1).tobytes() + mesh.points[nodes[a:b]].tobytes())
    n = _last(parts)
    file.write(b"\n$EndNodes\n$Elements\n" + _longs(sum(_counts(parts)), n, 1, n))
    for part in parts:
        rows = np.column_stack([part.tags, part.nodes + 1]).astype(np.int64)
        for entity, (a, b) in zip(part.entities, pairwise(part.starts), strict=True):
            file.write(_ints(part.dim, entity, part.type) + _longs(b - a) + rows[a:b].data)
    file.write(b"\n$EndElements\n")


def _rows22(part: _Part, *kind: int) -> Ints:
    """Rows of version 2.2: tag, ``kind``, physical tag, entity, nodes."""
    tags = np.repeat(np.column_stack([part.physical, part.entities]), np.diff(part.starts), axis=0)
    head = np.broadcast_to(np.array(kind, dtype=np.int32), (len(tags), len(kind)))
    return np.column_stack([part.tags, head, tags, part.nodes + 1])


def _text22(file: BinaryIO, mesh: TetMesh, parts: list[_Part]) -> None:
    file.write(f"$Nodes\n{len(mesh.points)}\n".encode())
    for node, line in enumerate(lines_of_places(mesh.points), 1):
        file.write(f"{node} {line}".encode())
    file.write(f"$EndNodes\n$Elements\n{_last(parts)}\n".encode())
    for part in parts:
        write_whole(file, _rows22(part, part.type, 2))
    file.write(b"$EndElements\n")


def _binary22(file: BinaryIO, mesh: TetMesh, parts: list[_Part]) -> None:
    nodes = np.empty(len(mesh.points), dtype=[("tag", np.int32), ("place", np.float64, 3)])
    nodes["tag"] = np.arange(1, len(nodes) + 1)
    nodes["place"] = mesh.points
    file.write(f"$Nodes\n{len(nodes)}\n".encode() + nodes.tobytes())
    file.write(f"\n$EndNodes\n$Elements\n{_last(parts)}\n".encode())
    for part in parts:
        file.write(_ints(part.type, len(part.tags), 2) + _rows22(part).tobytes())
    file.write(b"\n$EndElements\n")


def _ints(*values: int) -> bytes:
    return np.array(values, dtype=np.int32).tobytes()


def _longs(*values: int) -> bytes:
    return np.array(values, dtype=np.int64).tobytes()
