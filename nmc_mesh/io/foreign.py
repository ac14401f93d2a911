"""Meshes as other Python libraries hold them: meshio's and scikit-fem's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError, MissingExtraError
from nmc_mesh.mesh.groups import Blocks, Boundaries, groups
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tagging import tagged, wall_runs
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import determinants
from nmc_mesh.typing import AnyArray

_CELLS = {4: "tetra", 10: "tetra10", 8: "hexahedron"}
_FACETS = {3: "triangle", 6: "triangle6", 4: "quad"}
_LABELS = ("grain_id", "gmsh:physical", "cell_tags", "medit:ref", "labels", "gmsh:geometrical")
# Columns of a turned tetrahedron, its first two corners swapped; VTK order: middles of
# 01, 12, 02, 03, 13, 23.
_TURNED = {4: [1, 0, 2, 3], 10: [1, 0, 2, 3, 4, 6, 5, 8, 7, 9]}


def to_meshio(mesh: TaggedMesh, blocks: Blocks = "auto", boundaries: Boundaries = "auto") -> Any:
    """Return a mesh as a ``meshio.Mesh``; see `TaggedMesh.to_meshio`."""
    import meshio

    kinds = [_CELLS[mesh.cells.shape[1]], _FACETS[mesh.facets.shape[1]]]
    sets: dict[str, list[AnyArray]] = {}
    for group in groups(mesh, blocks, boundaries):
        if group.dim >= 2:
            none = np.empty(0, dtype=np.int64)
            own = group.entities.astype(np.int64)
            sets[group.name] = [own, none] if group.dim == 3 else [none, own]
    outside = np.zeros(len(mesh.cells), dtype=np.int32)
    arrays = {
        "grain_id": [np.array(mesh.labels), np.array(mesh.facet_grains[:, 0])],
        "other_grain": [outside, np.array(mesh.facet_grains[:, 1])],
    }
    cells = [(kinds[0], np.array(mesh.cells)), (kinds[1], np.array(mesh.facets))]
    whole = meshio.Mesh(np.array(mesh.points), cells, cell_data=arrays, cell_sets=sets)
    whole.info = {**mesh.info, **wall_runs(mesh)}
    return whole


def from_meshio(mesh: Any, labels: str | AnyArray | None = None) -> TetMesh:
    """Tag the tetrahedra of a ``meshio.Mesh``; see `TetMesh.from_meshio`."""
    try:
        rows = [k for k, block in enumerate(mesh.cells) if block.type in ("tetra", "tetra10")]
        kinds = {mesh.cells[k].type for k in rows}
    except (AttributeError, TypeError):
        raise InputError(
            f"from_meshio takes a meshio.Mesh, not {type(mesh).__name__}; read files by "
            "nmc_mesh.read"
        ) from None
    if len(kinds) != 1:
        raise InputError(
            "the mesh needs tetrahedra, all straight (tetra) or all of second order (tetra10); it "
            f"holds {', '.join(sorted({block.type for block in mesh.cells})) or 'no cells'}"
        )
    cells = np.concatenate([mesh.cells[k].data for k in rows])
    points = np.asarray(mesh.points, dtype=np.float64)
    corners = points[cells[:, :4]]
    turned = determinants(corners[:, 1:] - corners[:, :1]) < 0
    cells[turned] = cells[turned][:, _TURNED[cells.shape[1]]]
    known = getattr(mesh, "info", None)
    info = dict(known) if isinstance(known, Mapping) else {}
    return tagged(points, cells, _labels_of(mesh, rows, len(cells), labels), info)


def _labels_of(mesh: Any, rows: list[int], count: int, labels: str | AnyArray | None) -> AnyArray:
    """Label of every tetrahedron: an array, the named one, the first that is known, or sets."""
    if labels is not None and not isinstance(labels, str):
        return np.asarray(labels)
    names = _LABELS if labels is None else (labels,)
    for name in names:
        if name in mesh.cell_data:
            return np.concatenate([mesh.cell_data[name][k] for k in rows])
    if labels is not None:
        raise InputError(
            f"the cells have no array '{labels}'; there are "
            f"{', '.join(map(repr, mesh.cell_data)) or 'none'}"
        )
    of_sets = np.zeros(count, dtype=np.int32)
    starts = np.cumsum([0, *(len(mesh.cells[k].data) for k in rows)])
    number = 0
    for parts in mesh.cell_sets.values():
        own = [starts[j] + np.asarray(parts[k]) for j, k in enumerate(rows) if parts[k] is not None]
        members = np.concatenate([np.empty(0, dtype=np.int64), *own]).astype(np.int64)
        if len(members):
            number += 1
            of_sets[members] = number
    if number and (of_sets == 0).any():
        raise InputError(
            f"{int((of_sets == 0).sum()):,} tetrahedra are in no set; give labels, an array"
        )
    return of_sets if number else np.ones(count, dtype=np.int32)


def to_skfem(mesh: TetMesh) -> Any:
    """Return a mesh as a ``skfem.MeshTet`` or ``MeshTet2``; see `TetMesh.to_skfem`."""
    try:
        from skfem.io.meshio import from_meshio as skfem_mesh
    except ImportError as error:
        raise MissingExtraError("scikit-fem", "a mesh of scikit-fem", "fem") from error
    import meshio

    whole = to_meshio(mesh, "grain", "one")
    # scikit-fem knows facets by their corners, of second-order cells too.
    whole.cells[1] = meshio.CellBlock("triangle", np.array(mesh.facets[:, :3]))
    return skfem_mesh(whole)
