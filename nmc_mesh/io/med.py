"""MED (code_aster, SALOME) by meshio: groups of cells, facets, edges and points with their names.

Every group is a family, and its name that of a group of MED. Cells turn the other way round there
than in VTK, as gmsh and SALOME write them. A group of our own, ``nmc_mesh``, which the library of
MED passes over, keeps the grain of every cell, the ids of all groups and what else the mesh knows.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_of, noted
from nmc_mesh.io.numbering import ids_of
from nmc_mesh.io.xdmf import write_groups
from nmc_mesh.mesh.groups import Group, label_of_name
from nmc_mesh.mesh.hex_mesh import HexMesh
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.stored import opened
from nmc_mesh.typing import AnyArray

_OURS = "nmc_mesh"
_CELLS = {
    4: ("tetra", np.array([0, 2, 1, 3])),
    10: ("tetra10", np.array([0, 2, 1, 3, 6, 5, 4, 7, 9, 8])),
    8: ("hexahedron", np.array([0, 3, 2, 1, 4, 7, 6, 5])),
}
"""What meshio calls a cell, and our nodes of it in the order of MED."""
_FACETS = {3: "triangle", 6: "triangle6", 4: "quad"}
_EDGES = {2: "line", 3: "line3"}


def write_med(path: Path, mesh: TetMesh | HexMesh, groups: list[Group]) -> None:
    """Write cells, facets, edges and points that belong to a group.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    import h5py
    import meshio

    cell, order = _CELLS[mesh.cells.shape[1]]
    parts = (
        (3, cell, mesh.cells[:, order]),
        (2, _FACETS[mesh.facets.shape[1]], mesh.facets),
        (1, _EDGES.get(mesh.edges.shape[1], ""), mesh.edges),
        (0, "vertex", mesh.quadruple_points.reshape(-1, 1)),
    )
    cells, families = [], []
    for dim, kind, nodes in parts:
        family = -ids_of(len(nodes), [group for group in groups if group.dim == dim])
        if (family != 0).any():
            cells.append((kind, nodes[family != 0]))
            families.append(family[family != 0])
    body = meshio.Mesh(mesh.points, cells, cell_data={"cell_tags": families})
    body.cell_tags = {-group.id: [group.name] for group in groups}
    memory = io.BytesIO()  # a full disk makes the library of HDF5 crash
    meshio.write(memory, body, file_format="med")
    with h5py.File(memory, "r+") as file:
        ours = file.create_group(_OURS)
        ours["grain_id"] = mesh.labels
        write_groups(ours, groups)
        if note := note_of(mesh):
            ours["info"] = np.frombuffer(note.encode(), dtype=np.uint8)
    with written(path) as beside:
        beside.name(path).write_bytes(memory.getbuffer())


def read_med(path: Path) -> TetMesh:
    """Read tetrahedra; labels are those we wrote, else those of groups, else their families.

    Groups named like ``grain_00001`` tell the grain of their cells.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it holds no tetrahedra.
    """
    import meshio

    try:
        mesh = meshio.read(io.BytesIO(contents(path)), file_format="med")
    except (meshio.ReadError, KeyError, ValueError, OSError, RuntimeError) as error:
        raise damaged(path, error) from error
    for kind, order in _CELLS.values():
        if kind in mesh.cells_dict and kind != "hexahedron":
            cells = mesh.cells_dict[kind][:, np.argsort(order)]
            break
    else:
        raise InputError(f"{path} holds no tetrahedra; write the mesh of a solid")
    labels, info = _ours(path)
    if labels is None:
        if "cell_tags" not in mesh.cell_data:
            raise InputError(f"{path} has no groups of cells; make one of every grain")
        labels = _labels(mesh.cell_data_dict["cell_tags"][kind], mesh.cell_tags)
    return tagged(mesh.points, cells, labels, info)


def _ours(path: Path) -> tuple[AnyArray | None, dict[str, Any]]:
    """The grain of every cell, if we wrote the file, and what the mesh knows."""
    with opened(path) as file:
        if f"{_OURS}/grain_id" not in file:
            return None, noted("", path.name)
        place = f"{_OURS}/info"
        note = file.array(place).astype(np.uint8).tobytes() if place in file else b""
        return file.array(f"{_OURS}/grain_id"), noted(note.decode("ascii"), path.name)


def _labels(families: AnyArray, names: dict[int, list[str]]) -> AnyArray:
    values, back = np.unique(families, return_inverse=True)
    grains = (map(label_of_name, names.get(family, [])) for family in values.tolist())
    labels = [
        next((grain for grain in own if grain), abs(family))
        for own, family in zip(grains, values.tolist(), strict=True)
    ]
    return np.array(labels)[back]
