"""The value of hexahedra with a grain label each, tagged as tetrahedra are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Floats, Ints


@dataclass(frozen=True, eq=False)
class HexMesh:
    """A conforming, tagged mesh of hexahedra; see `TetMesh` for what the parts mean.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    cells
        Vertex numbers of the hexahedra in VTK order, shape (m, 8).
    labels
        Grain of every cell, shape (m,), 1-based.
    facets
        Vertex numbers of all grain-boundary and outer facets in turning order, shape (k, 4); the
        normal points from the first grain to the second.
    facet_grains
        The two sides of every facet, shape (k, 2): (lower, higher), or (grain, 0) outside.
    facet_cells
        The cell on either side of every facet, shape (k, 2); -1 outside.
    edges
        Triple lines: edges of three or more grains, outside counted; shape (e, 2).
    quadruple_points
        Vertices of four or more grains, outside counted; shape (q,).
    info
        Where the mesh comes from; plain values only.
    """

    points: Floats
    cells: Ints
    labels: Ints
    facets: Ints
    facet_grains: Ints
    facet_cells: Ints
    edges: Ints
    quadruple_points: Ints
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        m, k = len(self.cells), len(self.facets)
        self._own("points", np.float64, (len(self.points), 3))
        self._own("cells", np.int32, (m, 8))
        self._own("labels", np.int32, (m,))
        self._own("facets", np.int32, (k, 4))
        self._own("facet_grains", np.int32, (k, 2))
        self._own("facet_cells", np.int32, (k, 2))
        self._own("edges", np.int32, (len(self.edges), 2))
        self._own("quadruple_points", np.int32, (len(self.quadruple_points),))
        if m == 0:
            raise InputError("a mesh needs at least one cell")
        if self.cells.min() < 0 or self.cells.max() >= len(self.points):
            raise InputError("a cell names a vertex that does not exist")
        if self.labels.min() < 1:
            raise InputError("grain labels of cells start at 1; 0 is outside")
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))

    def _own(self, name: str, dtype: type, shape: tuple[int, ...]) -> None:
        array: AnyArray = np.ascontiguousarray(getattr(self, name), dtype=dtype)
        if array.shape != shape:
            raise InputError(f"HexMesh.{name} has shape {array.shape}, expected {shape}")
        array = array.view()
        array.flags.writeable = False
        object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        parts = [getattr(self, part.name) for part in fields(self)]
        return (HexMesh, (*parts[:-1], dict(self.info)))

    @property
    def order(self) -> int:
        """1: cells have their corners only."""
        return 1

    @property
    def grains(self) -> Ints:
        """The labels that occur, ascending."""
        return np.flatnonzero(np.bincount(self.labels)).astype(np.int32)
