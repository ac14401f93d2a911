"""Tables of a mesh as frames of pandas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nmc_mesh.errors import MissingExtraError
from nmc_mesh.mesh.tables import Table, boundary_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray

if TYPE_CHECKING:
    import pandas

_PARTS = {3: ("x", "y", "z"), 4: ("w", "x", "y", "z")}
_BY_SIZE = {"axis_lengths": ("1", "2", "3"), "bunge": ("phi1", "Phi", "phi2")}


def grain_frame(mesh: TetMesh) -> pandas.DataFrame:
    """Return the table of grains as a frame; see `TetMesh.grain_frame`."""
    return _frame(grain_table(mesh), ["id"])


def boundary_frame(mesh: TetMesh) -> pandas.DataFrame:
    """Return the table of boundaries as a frame; see `TetMesh.boundary_frame`."""
    return _frame(boundary_table(mesh), ["lower", "higher"])


def _frame(table: Table, index: list[str]) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError as error:
        raise MissingExtraError("pandas", "tables as frames", "frames") from error
    return pandas.DataFrame(flat_columns(table)).set_index(index)


def flat_columns(table: Table) -> Table:
    """Give every component of a vector a column: ``centroid_x``, ``axes_1_x``, ``bunge_phi1``."""
    columns: Table = {}
    for name, values in table.items():
        for part, column in _components(name, np.asarray(values)):
            columns[part] = column
    return columns


def _components(name: str, values: AnyArray) -> list[tuple[str, AnyArray]]:
    if values.ndim == 1:
        return [(name, values)]
    if values.ndim == 3:
        rows = [(f"{name}_{k + 1}", values[:, k]) for k in range(values.shape[1])]
        return [part for row, vectors in rows for part in _components(row, vectors)]
    words = _BY_SIZE.get(name, _PARTS[values.shape[1]])
    return [(f"{name}_{word}", values[:, k]) for k, word in enumerate(words)]
