"""The body-centred cubic lattice: a grid of cells, with a vertex at their corners and centres.

How vertices, edges, faces and tetrahedra are numbered: ``_core/src/mesher/lattice.hpp``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import ResourceError
from nmc_mesh.memory import free_memory
from nmc_mesh.numerics.functions import power
from nmc_mesh.typing import Floats, Ints, Longs

EMPTY = -(2**31)
"""No label: fills up a vertex's set of labels."""
BYTES_PER_CELL = 6000
"""Memory at the peak per cell of a full lattice box: about 12 tets of 0.5 kB (an image of 64^3 has
0.3 to 0.7, larger ones and particles less: ``bench_labels.py`` and ``bench_mesher.py``)."""


NO_PLACES, NO_TETS = np.empty((0, 4)), np.empty((0, 14), dtype=np.int32)
NO_START, NO_NEAR = np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32)


class Lattice(NamedTuple):
    """Corner of the first cell in um (3,), cell edge a in um, number of cells per axis (3,).

    ``step`` (3,) are the edges of the cells along the axes: a, or nearly so where the lattice is
    fitted to a box. The rest is that of a graded lattice, whose tetrahedra are listed (see
    ``octree.py``): vertices with the edge of the smallest leaf at each (v, 4), of every tetrahedron
    its vertices, edges and faces (t, 14), neighbours with another label, numbers of edges, faces.
    """

    lower: Floats
    a: float
    shape: Longs
    step: Floats
    places: Floats = NO_PLACES
    tets: Ints = NO_TETS
    start: Longs = NO_START
    near: Ints = NO_NEAR
    edges: int = 0
    faces: int = 0

    @property
    def cells(self) -> int:
        """Number of cells; of a graded lattice each tetrahedron is one."""
        return len(self.tets) or int(np.prod(self.shape))

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Numbers of vertices, tetrahedra, edges and faces."""
        if len(self.tets):
            return len(self.places), len(self.tets), self.edges, self.faces
        return 2 * self.cells, 12 * self.cells, 14 * self.cells, 24 * self.cells

    def numbered(self, labels: Ints) -> Lattice:
        """Return the lattice with its edges and faces numbered, where labels differ.

        Those of an even lattice are by arithmetic.
        """
        if not len(self.tets):
            return self
        # In place, as the lattice has no other use and is as large as the mesh.
        edges, faces, start, near = core.number_graded(self.tets, labels)
        return self._replace(edges=edges, faces=faces, start=start, near=near)


def lattice_over(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box by a lattice with two cells to spare on every side."""
    # Whole multiples of a: the lattice lies where it does whatever the box, and warping moves
    # vertices by less than half a cell, so two cells to spare hold all that touches the particle.
    start = np.floor(lower / a) - 2.0
    stop = np.ceil(upper / a) + 3.0
    return Lattice(start * a, float(a), (stop - start).astype(np.int64), np.full(3, float(a)))


def lattice_in(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box so that cells end at its faces, with three cells to spare on every side."""
    # As many cells as fit best: faces of the box are then planes of the lattice, and stay flat.
    cells = np.maximum(np.rint((upper - lower) / a), 1.0)
    step = (upper - lower) / cells
    return Lattice(lower - 3.0 * step, float(a), (cells + 6.0).astype(np.int64), step)


def check_memory(lower: Floats, upper: Floats, size: float) -> None:
    """Refuse a size whose mesh would not fit the memory that is free."""
    check_cells(float(np.prod((upper - lower) / size + 5.0)), size)


def check_cells(cells: float, size: float) -> None:
    """Refuse so many cells, of a lattice whose smallest have the edge ``size``, likewise."""
    need = BYTES_PER_CELL * cells
    free = free_memory()
    if need > free:
        fits = size * float(power(need / free, 1 / 3))
        raise ResourceError(
            f"a size of {size:g} um means about {6 * cells:.3g} cells and {need / 2**30:.1f} GiB; "
            f"{free / 2**30:.1f} GiB are free: take a size of {1.1 * fits:.2g} um or more"
        )
