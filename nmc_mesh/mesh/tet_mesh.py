"""The mesh value: tetrahedra with a grain label, facets with the two grains they part."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.typing import AnyArray, Floats, Ints


@dataclass(frozen=True, eq=False)
class TetMesh:
    """A conforming, tagged mesh of a polycrystal.

    Cells are positively oriented: (x1 - x0) x (x2 - x0) . (x3 - x0) > 0.
    A facet stores the grains on its two sides as (lower, higher); on the outer surface it is
    (grain, 0). Its vertices turn so that the right-hand normal points from the first to the second:
    from the lower to the higher grain, and out of the particle on the outer surface.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    cells
        Vertex numbers of the tetrahedra, shape (m, 4), or (m, 10) in VTK order for second order.
    labels
        Grain of every cell, shape (m,), 1-based.
    facets
        Vertex numbers of all grain-boundary and outer facets, shape (k, 3) or (k, 6).
    facet_grains
        The two sides of every facet, shape (k, 2).
    facet_cells
        The cell on either side of every facet, shape (k, 2); -1 outside.
    edges
        Triple lines: edges of three or more grains, outside counted; shape (e, 2) or (e, 3).
    quadruple_points
        Vertices where triple lines meet or end: four or more grains (outside counts), shape (q,).
    info
        Where the mesh comes from and how it was made; plain values only.
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
        self._own("cells", np.int32, (m, 4), (m, 10))
        self._own("labels", np.int32, (m,))
        self._own("facets", np.int32, (k, 3), (k, 6))
        self._own("facet_grains", np.int32, (k, 2))
        self._own("facet_cells", np.int32, (k, 2))
        self._own("edges", np.int32, (len(self.edges), 2), (len(self.edges), 3))
        self._own("quadruple_points", np.int32, (len(self.quadruple_points),))
        if m == 0:
            raise InputError("a mesh needs at least one cell")
        if self.cells.min() < 0 or self.cells.max() >= len(self.points):
            raise InputError("a cell names a vertex that does not exist")
        if self.labels.min() < 1:
            raise InputError("grain labels of cells start at 1; 0 is outside")
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))

    def _own(self, name: str, dtype: type, *shapes: tuple[int, ...]) -> None:
        array: AnyArray = np.ascontiguousarray(getattr(self, name), dtype=dtype)
        if array.shape not in shapes:
            raise InputError(f"TetMesh.{name} has shape {array.shape}, expected {shapes[0]}")
        array = array.view()
        array.flags.writeable = False
        object.__setattr__(self, name, array)

    def __reduce__(self) -> tuple[Any, ...]:
        parts = [getattr(self, part.name) for part in fields(self)]
        return (TetMesh, (*parts[:-1], dict(self.info)))

    @property
    def order(self) -> int:
        """1 for straight tetrahedra, 2 for tetrahedra with mid-edge nodes."""
        return 1 if self.cells.shape[1] == 4 else 2

    @property
    def grains(self) -> Ints:
        """The labels that occur, ascending."""
        return np.unique(self.labels).astype(np.int32)
