"""What a mesh that is made slab by slab consists of, and what is known of it in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import MeshError
from nmc_mesh.mesh.quality import measures
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import Floats, Ints, Longs

_CHUNK = 1 << 18
_BINS = 18_000
"""Of the least angles of cells: a hundredth of a degree each."""


class Slab(NamedTuple):
    """Cells that come one after the other, with the points and facets that are new by them.

    Numbers of points go on from slab to slab. A component is a face-connected part of one label;
    which label it has in the end is known when all slabs are there.
    """

    points: Floats
    """Points that no slab before has named, (n, 3) in um."""
    cells: Ints
    """Positively oriented tetrahedra by component, (m, 4)."""
    components: Ints
    """Component of each run of cells, (r,), from 1 on."""
    counts: Longs
    """Number of cells of each run, (r,)."""
    facets: Ints
    """Triangles between two components, or before the outside, (k, 3)."""
    sides: Ints
    """The components that they part, (k, 2), 0 outside; normals point from the first to the second.
    """
    faces: Longs
    """The facets as faces 4 c + i of the cells on both sides, (k, 2): opposite corner i of cell c,
    as cells are counted from slab to slab; -1 outside.
    """


@dataclass(frozen=True)
class StreamReport:
    """What is known of a mesh that was written slab by slab, and is nowhere whole.

    Parameters
    ----------
    grains, cells, points, facets
        How many there are.
    volume
        Of all cells, um^3.
    smallest_angle, largest_angle
        Smallest and largest dihedral angle, radians; these and the next two are of all cells that
        were made, few of which, of pieces that hang on to nothing, may be dropped in the end.
    smallest_angle_p1
        What one cell in a hundred has a smaller dihedral angle than, radians, to 0.01 degrees.
    mean_radius_ratio
        Mean over cells of 3 r_in / R_circum.
    info
        Where the mesh comes from and how it was made: ``TetMesh.info``.
    """

    grains: int
    cells: int
    points: int
    facets: int
    volume: float
    smallest_angle: float
    smallest_angle_p1: float
    largest_angle: float
    mean_radius_ratio: float
    info: Mapping[str, Any]

    __repr__ = one_line


class Tally:
    """Shapes of cells that are seen once only."""

    def __init__(self) -> None:
        self.cells = 0
        self.smallest_angle = np.inf
        self.largest_angle = 0.0
        self._ratios = 0.0
        self._counts = np.zeros(_BINS, dtype=np.int64)

    def measured(self, points: Floats, cells: Ints) -> Floats:
        """Count the cells of a slab, (m, 4), and return their volumes in um^3, (m,).

        Raises
        ------
        MeshError
            If a cell is not positive.
        """
        volumes = np.empty(len(cells))
        for start, stop in chunks(len(cells), _CHUNK):
            shapes = measures(points, cells[start:stop])
            volumes[start:stop] = shapes[:, 0]
            self._add(shapes)
        flat = int((~(volumes > 0)).sum())
        if flat:
            raise MeshError(f"{flat} cells have no positive volume; take another size")
        self.cells += len(cells)
        return volumes

    def _add(self, shapes: Floats) -> None:
        """Enter angles and radius ratios of some cells, (k, 4)."""
        _, smallest, largest, ratio = shapes.T
        self.smallest_angle = min(self.smallest_angle, float(smallest.min()))
        self.largest_angle = max(self.largest_angle, float(largest.max()))
        self._ratios += float(ratio.sum())
        row = np.minimum((smallest * (_BINS / np.pi)).astype(np.int64), _BINS - 1)
        self._counts += np.bincount(row, minlength=_BINS)

    def smallest_angle_below(self, share: float) -> float:
        """Angle in radians that this share of the cells has a smaller one than, to a bin."""
        row = int(np.searchsorted(np.cumsum(self._counts), share * self.cells))
        return (row + 1) * np.pi / _BINS

    @property
    def mean_radius_ratio(self) -> float:
        """Mean radius ratio of all cells."""
        return self._ratios / self.cells
