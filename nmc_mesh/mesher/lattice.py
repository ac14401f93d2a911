"""The lattices: grids of cells with vertices, edges, faces and tetrahedra that are alike.

A15 cells have eight vertices: their corners and centres, as body-centred cubic cells have, and two
more on every face, which halve one of its middle lines. Their Delaunay tetrahedra, 46 per cell,
have dihedral angles of 53 to 79 degrees; body-centred cubic ones have 60 and 90, which leave less
room for what boundaries cut off (Doran, thesis, UBC 2013). Body-centred cubic cells are used where
the lattice is fitted to a box or a period, as A15 cells are one and a half times as large, where
there is a surface besides those of grains (a shell, a coating, a sphere around), which A15 cells
keep more vertices from, and where it is graded (``octree.py``). How all is numbered:
``_core/src/mesher/a15.hpp`` and ``lattice.hpp``.
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
"""Memory at the peak per cube of the edge length in a full lattice box: about 12 tets of 0.5 kB (an
image of 64^3 has 0.3 to 0.7, larger ones and particles less: ``bench_labels.py`` and
``bench_mesher.py``)."""
BYTES_OF_WHOLE_GRAINS = 1000
"""Likewise of a particle of whole grains alone, which takes 300 (``bench_mesher.py``)."""
A15_SITES = np.array(
    [[0, 0, 0], [2, 2, 2], [1, 2, 0], [3, 2, 0], [0, 1, 2], [0, 3, 2], [2, 0, 1], [2, 0, 3]]
)
"""Where the vertices of a cell are, in quarters of it."""
CUBIC_SITES = A15_SITES[:2]
A15_CELL = float(power(46 / 12, 1 / 3))
"""Edge of an A15 cell in edge lengths: there are 12 tetrahedra per cube of the edge length, as in
the body-centred cubic lattice whose cells have that edge."""


NO_PLACES, NO_TETS = np.empty((0, 4)), np.empty((0, 14), dtype=np.int32)
NO_START, NO_NEAR = np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int32)


class Lattice(NamedTuple):
    """Corner of the first cell in um (3,), edge length a in um, number of cells per axis (3,).

    ``step`` (3,) are the edges of the cells along the axes: ``A15_CELL`` a if it is ``a15``, else
    a, or nearly so where the lattice is fitted to a box. The rest is that of a graded lattice,
    whose tetrahedra are listed (see ``octree.py``): vertices with the edge of the smallest leaf at
    each (v, 4), of every tetrahedron its vertices, edges and faces (t, 14), neighbours with another
    label, numbers of edges and faces.
    """

    lower: Floats
    a: float
    shape: Longs
    step: Floats
    a15: bool = False
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
        if self.a15:
            return 8 * self.cells, 46 * self.cells, 54 * self.cells, 92 * self.cells
        return 2 * self.cells, 12 * self.cells, 14 * self.cells, 24 * self.cells

    @property
    def sites(self) -> Longs:
        """Where the vertices of an even lattice's cell are, in quarters of it, (2 or 8, 3)."""
        return A15_SITES if self.a15 else CUBIC_SITES

    @property
    def volume_of_vertex(self) -> float:
        """Volume in um^3 of an even lattice's cell over the number of its vertices."""
        return float(np.prod(self.step)) / len(self.sites)

    def numbered(self, labels: Ints) -> Lattice:
        """Return the lattice with its edges and faces numbered, where labels differ.

        Those of an even lattice are by arithmetic.
        """
        if not len(self.tets):
            return self
        # In place, as the lattice has no other use and is as large as the mesh.
        edges, faces, start, near = core.number_graded(self.tets, labels)
        return self._replace(edges=edges, faces=faces, start=start, near=near)


def lattice_over(lower: Floats, upper: Floats, a: float, step: float | None = None) -> Lattice:
    """Cover a box by an A15 lattice, with as many cells to spare as warping asks for.

    ``step`` is the cell's edge in um, ``A15_CELL`` a unless it is told.
    """
    # Whole multiples of a cell: the lattice lies where it does whatever the box. Warping moves
    # vertices by less than 0.3 cells, and tetrahedra are up to 0.5 long: those that touch the
    # particle then begin in cells 1 to shape - 3.
    step = A15_CELL * a if step is None else step
    start = np.floor(lower / step - 0.8) - 1.0
    stop = np.floor(upper / step + 0.3) + 3.0
    shape = (stop - start).astype(np.int64)
    return Lattice(start * step, float(a), shape, np.full(3, step), a15=True)


def cubic_over(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box by a body-centred cubic lattice, with two cells to spare on every side."""
    # As above, but that warping moves vertices by less than half a cell.
    start = np.floor(lower / a) - 2.0
    stop = np.ceil(upper / a) + 3.0
    return Lattice(start * a, float(a), (stop - start).astype(np.int64), np.full(3, float(a)))


def lattice_in(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box by cubic cells that end at its faces, with three to spare on every side."""
    # As many cells as fit best: faces of the box are then planes of the lattice, and stay flat.
    cells = np.maximum(np.rint((upper - lower) / a), 1.0)
    step = (upper - lower) / cells
    return Lattice(lower - 3.0 * step, float(a), (cells + 6.0).astype(np.int64), step)


def check_memory(lower: Floats, upper: Floats, size: float, each: float = BYTES_PER_CELL) -> None:
    """Refuse a size whose mesh would not fit the free memory, so many bytes ``each`` cell."""
    check_cells(float(np.prod((upper - lower) / size + 5.0)), size, each)


def check_cells(cells: float, size: float, each: float = BYTES_PER_CELL) -> None:
    """Refuse so many cells, of a lattice whose smallest have the edge ``size``, likewise."""
    need = each * cells
    free = free_memory()
    if need > free:
        fits = size * float(power(need / free, 1 / 3))
        raise ResourceError(
            f"a size of {size:g} um means about {6 * cells:.3g} cells and {need / 2**30:.1f} GiB; "
            f"{free / 2**30:.1f} GiB are free: take a size of {1.1 * fits:.2g} um or more"
        )
