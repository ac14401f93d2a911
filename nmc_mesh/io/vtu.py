"""VTK's .vtu (ParaView, PyVista, meshio): tetrahedra with their grain, compressed binary.

Cell arrays are ``grain_id``, ``group_id``, the id of the group, and, if the mesh knows
orientations, the vector ``c_axis``, the ``quaternion`` (w first) and the colours ``ipf_z`` and
``ipf_radial``. Field arrays hold the ids of the groups of cells (``group_ids``), their names, a
line each (``group_names``, bytes), and what the mesh knows beside (``info``, bytes, see ``notes``).
Wedges of a split mesh follow the tetrahedra, with ``grain_id`` 0 and their sides in ``lower_grain``
and ``higher_grain`` (0 in tetrahedra); their first three corners lie on the lower grain's side, and
those of second order have fifteen nodes (see ``cohesive_nodes``).
"""

from __future__ import annotations

import base64
import struct
import zlib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.groups import Wedges
from nmc_mesh.cohesive.nodes import whole_wedges
from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.notes import note_of, noted
from nmc_mesh.mesh.crystals import cell_columns, orientations_from
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints

_BLOCK = 1 << 20
_VTK_TYPES = {4: 10, 6: 13, 8: 12, 10: 24, 15: 26}
_NAMES = {"int32": "Int32", "int64": "Int64", "uint8": "UInt8", "float64": "Float64"}


def write_vtu(path: Path, mesh: TetMesh, groups: list[Group], wedges: Wedges | None = None) -> None:
    """Write cells with their tags, in VTK's node order.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    blocks = [group for group in groups if group.dim == 3]
    kinds = [mesh.cells]
    if wedges is not None:
        mesh, nodes = whole_wedges(wedges[0])
        kinds.append(nodes)
    sizes = [len(nodes) for nodes in kinds]
    widths = [nodes.shape[1] for nodes in kinds]
    named = blocks + ([] if wedges is None else wedges[1])
    fields = {
        "group_ids": np.array([group.id for group in named], dtype=np.int32),
        "group_names": _bytes("\n".join(group.name for group in named)),
    }
    if note := note_of(mesh, orientations=False):
        fields["info"] = _bytes(note)
    arrays: dict[str, AnyArray] = {
        "grain_id": mesh.labels,
        "group_id": group_of_cells(mesh, blocks),
    }
    arrays |= cell_columns(mesh)
    if wedges is not None:
        arrays = _with_wedges(arrays, *wedges)
    parts = [
        '<?xml version="1.0"?>\n<VTKFile type="UnstructuredGrid" version="1.0" '
        'byte_order="LittleEndian" header_type="UInt64" compressor="vtkZLibDataCompressor">\n'
        "<UnstructuredGrid>\n<FieldData>\n",
        *(data_array(name, values, field=True) for name, values in fields.items()),
        "</FieldData>\n"
        f'<Piece NumberOfPoints="{len(mesh.points)}" NumberOfCells="{sum(sizes)}">\n<Points>\n',
        data_array("Points", mesh.points),
        "</Points>\n<Cells>\n",
        data_array("connectivity", np.concatenate([nodes.reshape(-1) for nodes in kinds])),
        data_array("offsets", np.cumsum(np.repeat(widths, sizes), dtype=np.int64)),
        data_array(
            "types", np.repeat([_VTK_TYPES[width] for width in widths], sizes).astype(np.uint8)
        ),
        '</Cells>\n<CellData Scalars="grain_id">\n',
        *(data_array(name, values) for name, values in arrays.items()),
        "</CellData>\n</Piece>\n</UnstructuredGrid>\n</VTKFile>\n",
    ]
    with written(path) as beside, beside.name(path).open("w", encoding="ascii") as file:
        file.writelines(parts)


def _with_wedges(
    arrays: dict[str, AnyArray], split: CohesiveMesh, seams: list[Group]
) -> dict[str, AnyArray]:
    """Lengthen the arrays of tetrahedra by the wedges', and add the two sides."""
    count = len(split.wedges)
    more = {name: np.zeros((count, *a.shape[1:]), dtype=a.dtype) for name, a in arrays.items()}
    for group in seams:
        more["group_id"][group.entities] = group.id
    sides = np.zeros((len(split.mesh.cells) + count, 2), dtype=np.int32)
    sides[-count:] = split.wedge_grains
    joined = {name: np.concatenate([a, more[name]]) for name, a in arrays.items()}
    return joined | {"lower_grain": sides[:, 0], "higher_grain": sides[:, 1]}


def _bytes(text: str) -> AnyArray:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def group_of_cells(mesh: TetMesh, blocks: list[Group]) -> Ints:
    """Id of the group that holds each cell."""
    ids = np.zeros(len(mesh.cells), dtype=np.int32)
    for group in blocks:
        ids[group.entities] = group.id
    return ids


def data_array(name: str, values: AnyArray, field: bool = False) -> str:
    """Format an array in blocks of zlib, preceded by their number and sizes, all in base64.

    Those of the whole file (``field``) tell their lengths.
    """
    width = f' NumberOfComponents="{values.shape[1]}"' if values.ndim == 2 else ""
    width += f' NumberOfTuples="{len(values)}"' if field else ""
    data = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False).tobytes()
    pieces = [zlib.compress(data[k : k + _BLOCK], 1) for k in range(0, len(data), _BLOCK)]
    sizes = [len(pieces), _BLOCK, len(data) % _BLOCK, *map(len, pieces)]
    head = base64.b64encode(struct.pack(f"<{len(sizes)}Q", *sizes)).decode()
    body = base64.b64encode(b"".join(pieces)).decode()
    return (
        f'<DataArray type="{_NAMES[values.dtype.name]}" Name="{name}"{width} format="binary">'
        f"{head}{body}</DataArray>\n"
    )


def read_vtu(path: Path) -> TetMesh:
    """Read tetrahedra with the labels of the cell array ``grain_id``, else ``gmsh:physical``.

    Orientations come back from ``quaternion``.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it holds no tetrahedra, or no labels.
    """
    import meshio

    if not contents(path).rstrip().endswith(b"</VTKFile>"):
        raise damaged(path, "its last line is missing")
    split = InputError(f"{path} holds wedges: it is split; read the mesh it was made from")
    try:
        mesh = meshio.vtu.read(path)
    except (meshio.ReadError, ElementTree.ParseError, ValueError, KeyError, zlib.error) as error:
        if "wedge15" in str(error):  # meshio names them, but does not know their dimension
            raise split from error
        raise damaged(path, error) from error
    if "wedge" in mesh.cells_dict:
        raise split
    for kind in ("tetra", "tetra10"):
        if kind in mesh.cells_dict:
            cells = mesh.cells_dict[kind]
            break
    else:
        raise InputError(f"{path} holds no tetrahedra; write the volume mesh, not its surface")
    for name in ("grain_id", "gmsh:physical"):
        if name in mesh.cell_data:
            labels = mesh.cell_data_dict[name][kind]
            info: dict[str, Any] = _noted(path, mesh.field_data)
            if name == "grain_id" and "quaternion" in mesh.cell_data:
                turns = mesh.cell_data_dict["quaternion"][kind]
                info |= {"orientations": orientations_from(labels, turns)}
            return tagged(mesh.points, cells, labels, info)
    raise InputError(f"{path} has no cell array 'grain_id'; add one with the grain of every cell")


def _noted(path: Path, fields: dict[str, AnyArray]) -> dict[str, Any]:
    note = np.asarray(fields.get("info", []), dtype=np.uint8).tobytes()
    try:
        return noted(note.decode("ascii"), path.name)
    except ValueError as error:
        raise damaged(path, error) from error
