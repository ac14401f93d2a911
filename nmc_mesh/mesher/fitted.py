r"""Lattices that fit a period: cubes along the axes, or nearly so.

A box holds a whole number of cells along each axis. Any other period holds one too, as long as its
vectors b are whole numbers of steps s of a lattice: b_i = sum_j N_ij s_j. With the vectors in a
frame in which they are the rows of a lower triangular matrix, N is lower triangular as well:

      b_2                   N = ( n11   0    0  )
       .---------.              ( n21  n22   0  )      rounded, so that the s_j are nearly
      /  |_|_|  /               ( n31  n32  n33 )      perpendicular, and as long as asked for
     /   |_|_| /
    '---------'  b_1

and the n11 x n22 x n33 cells from a corner on, a box, are one period: what leaves it through a face
comes in through the opposite one, moved along it. In coordinates u along s_1, s_2, s_3 the lattice
is one along the axes, and a power diagram another one: so it is cleaved there, and what comes out
is brought back by x = u M. M turns and shears by a sixteenth at most, so cells are hardly worse
than those of a box. (Ours.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.periods import Periods
from nmc_mesh.mesh.periodic import glued
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.lattice import Lattice, lattice_in
from nmc_mesh.mesher.wrap import GHOSTS
from nmc_mesh.numerics.products import dot, matmul
from nmc_mesh.typing import Floats, Longs


class Fitted(NamedTuple):
    """A lattice, the periods in cells (3, 3) and in um in its coordinates, and how these lie."""

    grid: Lattice
    cells: Longs
    periods: Periods
    frame: Floats | None
    """M, shape (3, 3), with x = u M; None where u = x, as in a box."""

    def of(self, diagram: GBPD) -> GBPD:
        """The same diagram in the coordinates of the lattice."""
        if self.frame is None:
            return diagram
        a, b, c = self.frame
        duals = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
        back = duals / dot(a, duals[:, 0])
        turned = np.ascontiguousarray(self.frame.T)
        half = matmul(diagram.matrices.reshape(-1, 3), turned).reshape(-1, 3, 3)
        whole = matmul(half.transpose(0, 2, 1).reshape(-1, 3), turned).reshape(-1, 3, 3)
        even = 0.5 * (whole + whole.transpose(0, 2, 1))
        return GBPD(matmul(diagram.seeds, back), even, diagram.offsets)

    def placed(self, soup: Soup, periods: Periods) -> Soup:
        """A cleaved lattice where it belongs: what is a period apart is so to the last bit."""
        if self.frame is None:
            return soup._replace(points=periods.rounded(soup.points))
        first, shift = glued(soup.points, soup.cells, self.periods)
        points = periods.rounded(matmul(soup.points, self.frame))
        return soup._replace(points=points[first] + periods.moves(shift))


def fitted(lower: Floats, periods: Periods, size: float) -> Fitted:
    """Fit a lattice of a cell edge ``size`` um to a period from a corner, which is 0 but in boxes.

    Vectors are ``reduced``: sheared by half of what is longer at most.
    """
    if periods.is_box:
        grid = lattice_in(lower, lower + periods.vectors.diagonal(), size)
        return Fitted(grid, np.diag(grid.shape - 2 * GHOSTS), periods, None)
    triangle = _triangle(periods.vectors)
    cells = np.diag(np.maximum(np.rint(triangle.diagonal() / size), 1.0))
    steps = np.zeros((3, 3))  # rows s_j, in the frame of the triangle
    for i in range(3):
        left = triangle[i].copy()
        for j in reversed(range(i)):
            cells[i, j] = np.rint(left[j] / steps[j, j])
            left -= cells[i, j] * steps[j]
        steps[i] = left / cells[i, i]
    edges = _on_ticks(steps.diagonal(), cells)
    rows = np.zeros((3, 3))
    for i in range(3):
        left = periods.vectors[i] - sum(cells[i, j] * rows[j] for j in range(i))
        rows[i] = left / cells[i, i]
    shape = cells.diagonal().astype(np.int64) + 2 * GHOSTS
    grid = Lattice(-float(GHOSTS) * edges, float(size), shape, edges)
    own = Periods(cells * edges)
    return Fitted(grid, cells.astype(np.int64), own, rows / edges[:, None])


def _triangle(vectors: Floats) -> Floats:
    """The same vectors turned such that they are the rows of a lower triangular matrix."""
    axes: list[Floats] = []
    for vector in vectors:
        left = vector - sum(dot(vector, axis) * axis for axis in axes)
        axes.append(left / np.sqrt(dot(left, left)))
    return np.array([[dot(vector, axis) for axis in axes] for vector in vectors])


def _on_ticks(steps: Floats, cells: Floats) -> Floats:
    """Steps whose whole multiples are periods to the last bit."""
    unit = Periods(cells * steps).unit
    return np.asarray(np.rint(steps / unit) * unit)
