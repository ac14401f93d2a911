"""Exodus II (MOOSE, libMesh, Sierra, Cubit, ParaView), kept in classic netCDF.

A block per group of cells; a side set per group of facets, on the cells of the lower grain only; a
node set for the triple lines and one for the quadruple points, of a periodic mesh also for nodes
that are a period apart (see ``periodic_sets``); the element variables ``grain_id``
and, if the mesh knows orientations, the quaternion, Bunge's angles (``bunge_1`` to ``bunge_3``,
radians) and the c axis, at one time step. Elements stand in the order of the blocks;
``elem_num_map`` holds their numbers in the mesh, from 1. Information records keep what else the
mesh knows, see ``notes``. Blocks of linear cells are called ``TETRA`` and ``WEDGE``: every host
takes these, meshio takes no others. Wedges of a split mesh follow in blocks of their own, ``WEDGE``
or, of second order, ``WEDGE15`` (see ``cohesive_nodes``), with the variables ``lower_grain`` and
``higher_grain``; their first three nodes lie on the lower grain's side.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.cohesive.groups import Wedges
from nmc_mesh.cohesive.nodes import EXODUS_OF_VTK, whole_wedges
from nmc_mesh.crystal.orientation import bunge_angles, crystal_axes
from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, damaged, written
from nmc_mesh.io.names import shortened
from nmc_mesh.io.notes import note_of, noted, pieces
from nmc_mesh.io.periodic_sets import NodeSet, periodic_sets
from nmc_mesh.mesh.crystals import orientations_from, turns_of_cells
from nmc_mesh.mesh.groups import Group
from nmc_mesh.mesh.hexes import sides_of_facets
from nmc_mesh.mesh.profiles import profile_columns
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints

NAME_LENGTH = 32
HEAD = {
    "api_version": np.float32(8.03),
    "version": np.float32(8.03),
    "floating_point_word_size": np.int32(8),
    "file_size": np.int32(1),
    "maximum_name_length": np.int32(NAME_LENGTH),
    "title": "nmc_mesh particle, um",
}
"""Attributes of every file."""
SIDE_OPPOSITE = np.array([2, 3, 1, 4], dtype=np.int32)
"""Number of the side that lies opposite to each corner of a tetrahedron."""

SIDE_OF_HEX = np.array([4, 2, 1, 3, 5, 6], dtype=np.int32)
"""Number of each side of a hexahedron, in the order of ``hexes.SIDES``."""

_KINDS = {4: "TETRA", 8: "HEX8", 10: "TETRA10"}
_WEDGES = {6: "WEDGE", 15: "WEDGE15"}
_NOTE = b"nmc_mesh info"
_INFO_LENGTH = 80


class _Dimensions(list[str]):
    """Names of dimensions whose places are looked up, not searched: there are thousands."""

    def __init__(self) -> None:
        super().__init__()
        self._places: dict[str, int] = {}

    def append(self, name: str) -> None:
        self._places[name] = len(self)
        super().append(name)

    def index(self, name: str, *_: Any) -> int:
        return self._places[name]


def write_exodus(
    path: Path, mesh: TetMesh, groups: list[Group], wedges: Wedges | None = None
) -> None:
    """Write blocks, side sets, node sets and element variables.

    For MOOSE's ``BreakMeshByBlockGenerator`` leave the side sets of grain boundaries out
    (``boundaries="none"``): it makes sets of its own by the same names.

    Raises
    ------
    FileError
        If the file cannot be written.
    """
    from scipy.io import netcdf_file

    blocks, facets = _of_dim(groups, 3), _of_dim(groups, 2)
    order = np.concatenate([group.entities for group in blocks])
    nodes = np.empty((0, 6), dtype=np.int32)
    if wedges is not None:
        mesh, nodes = whole_wedges(wedges[0])
    with (
        written(path) as beside,
        netcdf_file(str(beside.name(path)), "w", mmap=False, version=2) as file,
    ):
        vars(file)["_dims"] = _Dimensions()  # plain setting would write an attribute
        _write_head(file, mesh, len(nodes))
        _write_note(file, mesh)
        _write_blocks(file, mesh, blocks, order, nodes, [] if wedges is None else wedges[1])
        _write_side_sets(file, mesh, facets, order)
        pairs = periodic_sets(mesh) if wedges is None else []
        _write_node_sets(file, mesh, _of_dim(groups, 1) + _of_dim(groups, 0), pairs)
        _write_variables(file, mesh, blocks, wedges)


def _of_dim(groups: list[Group], dim: int) -> list[Group]:
    return [group for group in groups if group.dim == dim]


def _put(file: Any, name: str, values: AnyArray, *dims: str) -> Any:
    """Add an array, and its dimensions where they are new."""
    for dim, size in zip(dims, values.shape, strict=True):
        if dim not in file.dimensions:
            file.createDimension(dim, size)
    variable = file.createVariable(name, values.dtype.newbyteorder(">"), dims)
    variable[:] = values
    return variable


def letters(lines: Sequence[bytes], length: int) -> AnyArray:
    """Lines of text as an array of letters, (lines, length + 1)."""
    return np.array(lines, dtype=f"S{length + 1}").view("S1").reshape(len(lines), -1)


def name_letters(names: Sequence[str]) -> AnyArray:
    """Names as an array of letters; those that are too long are shortened, and told."""
    short = shortened(names, NAME_LENGTH, "Exodus II")
    return letters([short[name].encode() for name in names], NAME_LENGTH)


def _put_names(file: Any, name: str, names: list[str], dim: str) -> None:
    _put(file, name, name_letters(names), dim, "len_name")


def _put_ids(file: Any, kind: str, dim: str, groups: list[Group], more: Sequence[str] = ()) -> None:
    """Status, ids and names of blocks (eb), side sets (ss) or node sets (ns), and of ``more``."""
    names = [*(group.name for group in groups), *more]
    _put(file, f"{kind}_status", np.ones(len(names), dtype=np.int32), dim)
    last = max((group.id for group in groups), default=0)
    ids = [*(group.id for group in groups), *range(last + 1, last + 1 + len(more))]
    _put(file, f"{kind}_prop1", np.array(ids, dtype=np.int32), dim).name = "ID"
    _put_names(file, f"{kind}_names", names, dim)


def _write_head(file: Any, mesh: TetMesh, more: int) -> None:
    for name, value in HEAD.items():
        setattr(file, name, value)
    # Not unlimited, as the library would make it: thousands of record variables take minutes.
    file.createDimension("time_step", 1)
    file.createDimension("num_elem", len(mesh.cells) + more)
    file.createVariable("time_whole", ">f8", ("time_step",))[0] = 0.0
    # Before the coordinates: old exodus libraries pass over an x that is the file's first variable.
    _put(file, "node_num_map", np.arange(1, len(mesh.points) + 1, dtype=np.int32), "num_nodes")
    for axis, name in enumerate("xyz"):
        _put(file, f"coord{name}", mesh.points[:, axis], "num_nodes")
    _put_names(file, "coor_names", list("xyz"), "num_dim")


def _write_note(file: Any, mesh: TetMesh) -> None:
    """Information records: what the mesh knows beside its cells and their variables."""
    if note := note_of(mesh, orientations=False):
        _put(file, "info_records", note_letters(note), "num_info", "len_line")


def note_letters(note: str) -> AnyArray:
    """Information records of a note."""
    lines = [_NOTE, *(piece.encode() for piece in pieces(note, _INFO_LENGTH))]
    return letters(lines, _INFO_LENGTH)


def _write_blocks(
    file: Any, mesh: TetMesh, blocks: list[Group], order: Ints, wedges: Ints, seams: list[Group]
) -> None:
    parts = [(_KINDS[mesh.cells.shape[1]], mesh.cells[group.entities]) for group in blocks]
    width = wedges.shape[1]
    turned = wedges[:, EXODUS_OF_VTK[:width]]
    parts += [(_WEDGES[width], turned[group.entities]) for group in seams]
    order = np.concatenate([order, *(len(order) + group.entities for group in seams)])
    _put_ids(file, "eb", "num_el_blk", blocks + seams)
    for k, (kind, nodes) in enumerate(parts, 1):
        sizes = f"num_el_in_blk{k}", f"num_nod_per_el{k}"
        _put(file, f"connect{k}", nodes + np.int32(1), *sizes).elem_type = kind
    _put(file, "elem_num_map", (order + 1).astype(np.int32), "num_elem")


def _write_side_sets(file: Any, mesh: TetMesh, sets: list[Group], order: Ints) -> None:
    if not sets:
        return
    element = np.empty(len(order), dtype=np.int32)
    element[order] = np.arange(1, len(order) + 1)
    _put_ids(file, "ss", "num_side_sets", sets)
    for k, group in enumerate(sets, 1):
        cells = mesh.facet_cells[group.entities, 0]
        sides = _sides(mesh.cells[cells], mesh.facets[group.entities])
        _put(file, f"elem_ss{k}", element[cells], f"num_side_ss{k}")
        _put(file, f"side_ss{k}", sides, f"num_side_ss{k}")


def _sides(cells: Ints, facets: Ints) -> Ints:
    """Number of the side of its cell that each facet is."""
    if cells.shape[1] == 8:
        return SIDE_OF_HEX[sides_of_facets(cells, facets)]
    inside = (cells[:, :4, None] == facets[:, None, :3]).any(axis=2)
    return SIDE_OPPOSITE[inside.argmin(axis=1)]


def _write_node_sets(file: Any, mesh: TetMesh, sets: list[Group], pairs: list[NodeSet]) -> None:
    if not sets and not pairs:
        return
    _put_ids(file, "ns", "num_node_sets", sets, [own.name for own in pairs])
    parts = [mesh.edges if group.dim == 1 else mesh.quadruple_points for group in sets]
    rows = [np.unique(part[own.entities]) for part, own in zip(parts, sets, strict=True)]
    for k, nodes in enumerate([*rows, *(own.nodes for own in pairs)], 1):
        _put(file, f"node_ns{k}", nodes.astype(np.int32) + np.int32(1), f"num_nod_ns{k}")


def _write_variables(file: Any, mesh: TetMesh, blocks: list[Group], wedges: Wedges | None) -> None:
    """Every variable of every block, 0 where it says nothing: meshio takes no other tables."""
    split, seams = wedges or (None, [])
    parts = [(blocks, cell_variables(mesh))]
    if split is not None:
        low, high = split.wedge_grains.T
        parts.append((seams, {"lower_grain": low, "higher_grain": high}))
    names = [name for _, variables in parts for name in variables]
    _put_names(file, "name_elem_var", names, "num_elem_var")
    table = np.ones((len(blocks) + len(seams), len(names)), dtype=np.int32)
    _put(file, "elem_var_tab", table, "num_el_blk", "num_elem_var")
    each = ((group, variables) for members, variables in parts for group in members)
    for k, (group, variables) in enumerate(each, 1):
        for i, name in enumerate(names, 1):
            shape = ("time_step", f"num_el_in_blk{k}")
            part = file.createVariable(f"vals_elem_var{i}eb{k}", ">f8", shape)
            part[0] = variables[name][group.entities] if name in variables else 0.0


def cell_variables(mesh: TetMesh) -> dict[str, AnyArray]:
    """Variables of cells by name, a value for every cell each."""
    variables: dict[str, AnyArray] = {"grain_id": mesh.labels}
    turns = turns_of_cells(mesh)
    if turns is not None:
        angles, axes = bunge_angles(turns), crystal_axes(turns)
        variables |= {f"quaternion_{name}": turns[:, k] for k, name in enumerate("wxyz")}
        variables |= {f"bunge_{k + 1}": angles[:, k] for k in range(3)}
        variables |= {f"c_axis_{name}": axes[:, k, 2] for k, name in enumerate("xyz")}
    return {**variables, **profile_columns(mesh)}


def read_exodus(path: Path) -> TetMesh:
    """Read tetrahedra with the labels of the variable ``grain_id``, else of their block's id.

    Orientations come back from the variables ``quaternion_w``, ``_x``, ``_y`` and ``_z``.

    Raises
    ------
    FileError
        If the file cannot be read, or is truncated.
    InputError
        If it is kept in HDF5, or holds other cells than tetrahedra.
    """
    from scipy.io import netcdf_file

    if contents(path).startswith(b"\x89HDF"):
        raise InputError(f"{path} is kept in HDF5; convert it with: nccopy -k nc6 IN.e OUT.e")
    try:
        with netcdf_file(str(path), "r", mmap=False) as file:
            read = {name: variable[:] for name, variable in file.variables.items()}
        points = np.stack([read[f"coord{axis}"] for axis in "xyz"], axis=1)
        ids = read["eb_prop1"]
        connected = [read[f"connect{k}"] - 1 for k in range(1, len(ids) + 1)]
        if {nodes.shape[1] for nodes in connected} & set(_WEDGES):
            raise InputError(f"{path} holds wedges: it is split; read the mesh it was made from")
        if len({nodes.shape[1] for nodes in connected} | {4, 10}) > 2:
            raise InputError(f"{path} holds other cells than tetrahedra")
        names = [b"".join(row).rstrip(b"\0") for row in read.get("name_elem_var", [])]
        known = {name.decode(): _variable(read, i, len(ids)) for i, name in enumerate(names, 1)}
        sizes = [len(nodes) for nodes in connected]
        cells = np.concatenate(connected)
        labels = known.get("grain_id", np.repeat(ids, sizes)).astype(np.int32)
        info = _noted(read, path.name) | _orientations(labels, known)
        order = np.argsort(read.get("elem_num_map", np.arange(len(cells))), kind="stable")
    except InputError:
        raise
    except (ValueError, KeyError, TypeError, IndexError, AssertionError) as error:
        raise damaged(path, error) from error
    return tagged(points, cells[order], labels[order], info)


def _noted(read: dict[str, AnyArray], file: str) -> dict[str, Any]:
    first, *lines = [b"".join(row).rstrip(b"\0") for row in read.get("info_records", [])] or [b""]
    return noted(b"".join(lines).decode("ascii") if first == _NOTE else "", file)


def _variable(read: dict[str, AnyArray], i: int, blocks: int) -> AnyArray:
    return np.concatenate([read[f"vals_elem_var{i}eb{k}"][0] for k in range(1, blocks + 1)])


def _orientations(labels: Ints, known: dict[str, AnyArray]) -> dict[str, Any]:
    """Quaternion of every grain up to the last; no turn for grains that do not occur."""
    parts = [f"quaternion_{name}" for name in "wxyz"]
    if not set(parts) <= set(known):
        return {}
    turns = np.stack([known[name] for name in parts], axis=1)
    return {"orientations": orientations_from(labels, turns)}
