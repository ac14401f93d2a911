"""The integral of g(u) . A g(v) over linear tetrahedra, for potentials with 1 or 3 components."""

from __future__ import annotations

import numpy as np
from scipy.sparse import bsr_array, csr_array

from nmc_mesh.arrays import named, numbering
from nmc_mesh.mechanics.boundaries import inner_facets
from nmc_mesh.mechanics.elasticity import strain_matrices
from nmc_mesh.mechanics.linear import Pattern, of_nodes, summed
from nmc_mesh.mesh.phases import check_solids
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Ints

_CELLS = 1 << 16  # assembled at a time


class Operator:
    """The integral of g(u) . A g(v), assembled a part at a time.

    Parameters
    ----------
    volumes, slopes
        Of `gradients`: um^3, (m,); 1/um, (m, 4, 3).
    cells, nodes
        Corners of every cell, (m, 4), and how many there are.
    tensors, labels
        A of every label, (n + 1, 3, 3) or (n + 1, 6, 6), and the label of every cell.
    pattern
        Of the matrix, where another operator on these cells knows it.
    """

    def __init__(
        self,
        volumes: Floats,
        slopes: Floats,
        cells: Ints,
        nodes: int,
        tensors: Floats,
        labels: Ints,
        pattern: Pattern | None = None,
    ) -> None:
        self.width = 1 if tensors.shape[1] == 3 else 3
        self._parts = volumes, slopes, cells, labels
        self._nodes, self._tensors = nodes, tensors
        self._pattern = Pattern.of(cells, nodes) if pattern is None else pattern

    def of(self, tensors: Floats) -> Operator:
        """The same integral with other tensors: the pattern of the matrix is found once."""
        volumes, slopes, cells, labels = self._parts
        return Operator(volumes, slopes, cells, self._nodes, tensors, labels, self._pattern)

    def _gradient(self, slopes: Floats) -> Floats:
        """Matrices B with g = B u of every cell, shape (m, 3, 4) or (m, 6, 12)."""
        return np.swapaxes(slopes, 1, 2) if self.width == 1 else strain_matrices(slopes)

    def _unknowns(self, cells: Ints) -> AnyArray:
        return cells if self.width == 1 else of_nodes(cells)

    def matrix(self) -> csr_array:
        """Return the matrix; unknowns of displacements are x y z x y z ..."""
        volumes, slopes, cells, labels = self._parts
        width, (places, indices, indptr) = self.width, self._pattern
        blocks = np.zeros((len(indices), width, width))
        for start in range(0, len(cells), _CELLS):
            part = slice(start, start + _CELLS)
            b = self._gradient(slopes[part])
            local = np.swapaxes(b, 1, 2) @ self._tensors[labels[part]] @ b
            local *= volumes[part, None, None]
            local = local.reshape(-1, 4, width, 4, width)
            entries = places[16 * start : 16 * (start + len(b))]
            for i in range(width):
                for j in range(width):
                    values = local[:, :, i, :, j].ravel()
                    blocks[:, i, j] += np.bincount(entries, values, len(indices))
        size = width * self._nodes
        return csr_array(bsr_array((blocks, indices, indptr), shape=(size, size)))

    def unit_loads(self) -> Floats:
        """Load of every unit flux (stress): the integral of e_i . g(v), shape (unknowns, k)."""
        volumes, slopes, cells, _ = self._parts
        size = self.width * self._nodes
        count = self._tensors.shape[1]
        forces = np.zeros((size, count))
        for start in range(0, len(cells), _CELLS):
            part = slice(start, start + _CELLS)
            b = volumes[part, None, None] * self._gradient(slopes[part])
            unknowns = self._unknowns(cells[part])
            for i in range(count):
                forces[:, i] += summed(np.ascontiguousarray(b[:, i]), unknowns, size)
        return forces

    def crack_loads(self, points: Floats, sides: Ints) -> Floats:
        """Load of every unit flux (stress) through the sides of cracks, as `unit_loads`.

        The integral of e_i . g(v) over cells is that of (e_i n) v over all of their border. A side
        counts as a cell whose shape functions slope by n dA / 3 at the three corners.

        Parameters
        ----------
        points, sides
            Corners, um (n, 3), and the triangles that name them, (k, 3); normals point outwards.
        """
        a, b, c = (points[sides[:, k]] for k in range(3))
        slopes = np.zeros((len(sides), 4, 3))
        slopes[:, :3] = np.cross(b - a, c - a)[:, None] / 6
        cells, whole = sides[:, [0, 1, 2, 0]], np.ones(len(sides))
        labels = np.zeros(len(sides), dtype=np.int32)
        made = Operator(whole, slopes, cells, self._nodes, self._tensors, labels, self._pattern)
        return made.unit_loads()


def affine_fields(points: Floats, count: int) -> Floats:
    """Potentials of the unit gradients, shape (unknowns, 3 or 6); shears are doubled strains."""
    if count == 3:
        return points.copy()
    x, y, z = points.T
    zero = np.zeros_like(x)
    fields = [
        (x, zero, zero), (zero, y, zero), (zero, zero, z),
        (zero, z / 2, y / 2), (z / 2, zero, x / 2), (y / 2, x / 2, zero),
    ]  # fmt: skip
    return np.stack([np.stack(field, axis=1).ravel() for field in fields], axis=1)


def corners(mesh: TetMesh, tensors: Floats) -> tuple[Floats, Ints, Ints, Ints]:
    """Points that are corners, cells that name them, corners outside, triangles between grains.

    Other solids than grains are refused where a label of theirs has no tensor.
    """
    there = (tensors != 0).any(axis=(1, 2))
    own = {name: mesh.phases.labels_of(name) for name in mesh.phases.names}
    own = {name: labels[labels < len(there)] for name, labels in own.items()}
    known = [name for name, labels in own.items() if len(labels) and there[labels].all()]
    check_solids(mesh, known)
    cells, outer = mesh.cells[:, :4], mesh.facets[mesh.outer, :3]
    used = named(cells, len(mesh.points))
    points, number = mesh.points[used], numbering(used)
    inner = number[inner_facets(mesh)]
    return points - points.mean(axis=0), number[cells], np.unique(number[outer]), inner


def crack_sides(mesh: TetMesh) -> Ints:
    """Corners of the triangles that are sides of cracks, numbered as `corners` does, (k, 3)."""
    number = numbering(named(mesh.cells[:, :4], len(mesh.points)))
    return number[mesh.facets[mesh.cracked, :3]]
