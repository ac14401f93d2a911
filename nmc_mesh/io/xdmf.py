"""XDMF with HDF5 (FEniCSx, ParaView): ``particle.xdmf``, ``particle_facets.xdmf``, an .h5 for each.

DOLFINx wants the HDF5 file to have the name of the XDMF file. One grid named ``Grid`` per file,
int32 tags, nodes in the order of VTK; the first attribute is the id of the group, the second the
grain (cells) or the two grains (facets). The names of all groups stand in each HDF5 file under
``groups``; that of the cells keeps what the mesh knows beside under ``info`` (JSON, see ``notes``).
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, hdf5, written
from nmc_mesh.io.notes import note_of, noted
from nmc_mesh.io.vtu import group_of_cells
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.stored import opened
from nmc_mesh.typing import AnyArray

if TYPE_CHECKING:
    import h5py

_KINDS = {
    "facets": {3: "Triangle", 4: "Quadrilateral", 6: "Triangle_6"},
    "cells": {4: "Tetrahedron", 8: "Hexahedron", 10: "Tetrahedron_10"},
}
_TYPES = {"i": 'NumberType="Int" Precision="4"', "f": 'NumberType="Float" Precision="8"'}


def write_xdmf(path: Path, mesh: TetMesh, groups: list[Group]) -> None:
    """Write cells, facets that belong to a group, and the arrays beside them.

    Raises
    ------
    FileError
        If a file cannot be written.
    """
    ids = np.zeros(len(mesh.facets), dtype=np.int32)
    for group in groups:
        if group.dim == 2:
            ids[group.entities] = group.id
    kept = np.flatnonzero(ids)
    blocks = [group for group in groups if group.dim == 3]
    cells: dict[str, AnyArray] = {
        "cells": mesh.cells,
        "cell_tags": group_of_cells(mesh, blocks),
        "grain_id": mesh.labels,
        "points": mesh.points,
    }
    facets: dict[str, AnyArray] = {
        "facets": mesh.facets[kept],
        "facet_tags": ids[kept],
        "facet_grains": mesh.facet_grains[kept],
    }
    second = path.with_name(f"{path.stem}_facets.xdmf")
    with written(path) as beside:
        for target, arrays in ((path, cells), (second, facets)):
            with hdf5(beside.name(target.with_suffix(".h5"))) as file:
                for name, values in arrays.items():
                    file[name] = values
                write_groups(file, groups)
                if target == path and (note := note_of(mesh)):
                    file["info"] = np.frombuffer(note.encode(), dtype=np.uint8)
            grid = grid_text(target, arrays, item_text(path, "points", mesh.points))
            beside.name(target).write_text(grid, encoding="utf-8")


def write_groups(file: h5py.Group, groups: list[Group]) -> None:
    """Write dimension, id and name of every group as three arrays under ``groups``."""
    part = file.create_group("groups")
    part["dim"] = np.array([group.dim for group in groups], dtype=np.int32)
    part["id"] = np.array([group.id for group in groups], dtype=np.int32)
    part["name"] = np.array([group.name.encode() for group in groups])


def item_text(path: Path, name: str, values: AnyArray) -> str:
    """XML that points to an array in the HDF5 file beside ``path``."""
    size = " ".join(map(str, values.shape))
    place = escape(f"{path.with_suffix('.h5').name}:/{name}", quote=False)
    return (
        f'<DataItem Dimensions="{size}" {_TYPES[values.dtype.kind]} Format="HDF">{place}</DataItem>'
    )


def grid_text(path: Path, arrays: dict[str, AnyArray], points: str) -> str:
    """XML of one grid: the first array is the topology, the next two are attributes."""
    (topology, nodes), *others = list(arrays.items())[:3]
    kind = _KINDS[topology][nodes.shape[1]]
    attributes = "".join(
        f'<Attribute Name="{name}" Center="Cell" '
        f'AttributeType="{"Scalar" if values.ndim == 1 else "Matrix"}">'
        f"{item_text(path, name, values)}</Attribute>\n"
        for name, values in others
    )
    return (
        '<?xml version="1.0"?>\n<Xdmf Version="3.0">\n<Domain>\n'
        '<Grid Name="Grid" GridType="Uniform">\n'
        f'<Topology TopologyType="{kind}" NumberOfElements="{len(nodes)}" '
        f'NodesPerElement="{nodes.shape[1]}">{item_text(path, topology, nodes)}</Topology>\n'
        f'<Geometry GeometryType="XYZ">{points}</Geometry>\n'
        f"{attributes}</Grid>\n</Domain>\n</Xdmf>\n"
    )


def read_xdmf(path: Path) -> TetMesh:
    """Read tetrahedra with the labels of the attribute ``grain_id``, else of the first attribute.

    Raises
    ------
    FileError
        If a file cannot be read, or is truncated.
    InputError
        If the first grid holds no tetrahedra in HDF5, or no labels.
    """
    text = contents(path)
    try:
        grid = ElementTree.fromstring(text).find(".//Grid")
        topology = None if grid is None else grid.find("Topology")
        if grid is None or topology is None:
            raise InputError(f"{path} has no grid with cells; name a file of tetrahedra")
        attributes = {part.get("Name"): part for part in grid.findall("Attribute")}
        if not attributes:
            raise InputError(f"{path} has no attribute 'grain_id'; add the grain of every cell")
        chosen = attributes.get("grain_id", next(iter(attributes.values())))
        cells, info = _values(path, topology), _noted(path, topology)
        points, labels = _values(path, grid.find("Geometry")), _values(path, chosen)
    except InputError:
        raise
    except (ElementTree.ParseError, ValueError) as error:
        raise damaged(path, error) from error
    if cells.ndim != 2 or cells.shape[1] not in (4, 10):
        raise InputError(f"{path} holds no tetrahedra; name the file of the cells")
    return tagged(points, cells, labels.reshape(-1), info)


def _values(path: Path, part: ElementTree.Element | None) -> AnyArray:
    """Array that a part of the grid points to."""
    store, name = _place(path, part)
    with opened(store) as file:
        return file.array(name)


def _noted(path: Path, part: ElementTree.Element | None) -> dict[str, Any]:
    """What the mesh knows, in the HDF5 file that holds its cells."""
    with opened(_place(path, part)[0]) as file:
        note = file.array("info").astype(np.uint8).tobytes() if "info" in file else b""
        return noted(note.decode("ascii"), path.name)


def _place(path: Path, part: ElementTree.Element | None) -> tuple[Path, str]:
    """HDF5 file and name of the array that a part of the grid points to."""
    item = None if part is None else part.find("DataItem")
    if item is None or item.text is None or item.get("Format") != "HDF":
        raise InputError(f'{path} keeps its arrays outside HDF5; write it with Format="HDF"')
    store, _, name = item.text.strip().rpartition(":")
    if not store or Path(store).name != store:
        raise InputError(f"{path} points to '{store[:80]}'; its HDF5 file has to lie beside it")
    return path.with_name(store), name
