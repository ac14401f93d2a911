"""The body-centred cubic lattice: vertices, edges, faces and tetrahedra by arithmetic alone.

A grid of (nx, ny, nz) cells of edge a. Vertex 2 c + s of cell c = (i ny + j) nz + k is its corner
(s = 0, at lower + a (i, j, k)) or its centre (s = 1, half a cell on). Every vertex has 14 edges: 6
long ones of length a to its own kind, 8 short ones of length a sqrt(3)/2 to the other kind. Two
adjacent centres and an edge of their common face make a tetrahedron: 12 per cell.

Edge 14 c + e: e < 3 corner to next corner along axis e; 3 <= e < 6 centre to next centre along
e - 3; e >= 6 corner to the centre of the cell (i, j, k) - bits(e - 6).
Face 24 c + f: f < 12 two centres (cell c, axis f // 4) with corner f % 4 of their common face;
f >= 12 corner edge (cell c, axis (f - 12) // 4) with one of the four centres round it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import lean
from nmc_mesh.typing import Floats, Longs

EMPTY = -(2**31)
"""No label: fills up a vertex's set of labels."""


class Lattice(NamedTuple):
    """Corner of the first cell in um (3,), cell edge a in um, number of cells per axis (3,).

    ``step`` (3,) are the edges of the cells along the axes: a, or nearly so where the lattice is
    fitted to a box.
    """

    lower: Floats
    a: float
    shape: Longs
    step: Floats

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape))


def lattice_over(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box by a lattice with two cells to spare on every side."""
    start = np.floor(lower / a) - 2.0
    stop = np.ceil(upper / a) + 3.0
    return Lattice(start * a, float(a), (stop - start).astype(np.int64), np.full(3, float(a)))


def lattice_in(lower: Floats, upper: Floats, a: float) -> Lattice:
    """Cover a box so that cells end at its faces, with three cells to spare on every side."""
    cells = np.maximum(np.rint((upper - lower) / a), 1.0)
    step = (upper - lower) / cells
    return Lattice(lower - 3.0 * step, float(a), (cells + 6.0).astype(np.int64), step)


@lean
def vertex_place(g: Lattice, v: int) -> tuple[float, float, float]:
    """Return the coordinates of a lattice vertex."""
    c = v // 2
    half = 0.5 * (v % 2)
    k = c % g.shape[2]
    j = (c // g.shape[2]) % g.shape[1]
    i = c // (g.shape[2] * g.shape[1])
    return (
        g.lower[0] + g.step[0] * (i + half),
        g.lower[1] + g.step[1] * (j + half),
        g.lower[2] + g.step[2] * (k + half),
    )


@lean
def stride(g: Lattice, axis: int) -> int:
    """Return the distance in cell numbers of two neighbours along an axis."""
    if axis == 0:
        return g.shape[1] * g.shape[2]
    if axis == 1:
        return g.shape[2]
    return 1


@lean
def bit_offset(g: Lattice, bits: int) -> int:
    """Return the cell offset of (bits & 1, bits >> 1 & 1, bits >> 2 & 1)."""
    return (bits & 1) * g.shape[1] * g.shape[2] + ((bits >> 1) & 1) * g.shape[2] + ((bits >> 2) & 1)


@lean
def neighbour(g: Lattice, v: int, n: int) -> int:
    """Return the vertex at the other end of edge n = 0..13 of vertex v (n < 6: long)."""
    c = v // 2
    s = v % 2
    if n < 6:
        step = stride(g, n // 2)
        return 2 * (c + step if n % 2 else c - step) + s
    off = bit_offset(g, n - 6)
    if s == 0:
        return 2 * (c - off) + 1
    return 2 * (c + off)


@lean
def edge_number(g: Lattice, v: int, w: int) -> int:
    """Return the number of the lattice edge between two adjacent vertices."""
    if v % 2 == w % 2:
        low = min(v, w) // 2
        d = abs(v - w) // 2
        axis = 2
        if d == g.shape[1] * g.shape[2]:
            axis = 0
        elif d == g.shape[2]:
            axis = 1
        return 14 * low + 3 * (v % 2) + axis
    corner, centre = (v, w) if v % 2 == 0 else (w, v)
    d = (corner - (centre - 1)) // 2
    bits = 0
    for trial in range(8):
        if bit_offset(g, trial) == d:
            bits = trial
    return 14 * (corner // 2) + 6 + bits


@lean
def tet_vertices(g: Lattice, t: int) -> tuple[int, int, int, int]:
    """Return the four vertices of lattice tetrahedron t = 12 c + 4 axis + q, positively oriented.

    The order is centre, next centre, corner q, corner q + 1 of the common face.
    """
    c = t // 12
    axis = (t % 12) // 4
    q = t % 4
    p = c + stride(g, axis)
    return (
        2 * c + 1,
        2 * p + 1,
        2 * face_corner(g, p, axis, q),
        2 * face_corner(g, p, axis, (q + 1) % 4),
    )


@lean
def face_corner(g: Lattice, p: int, axis: int, q: int) -> int:
    """Return the cell of corner q of the square at cell p normal to an axis, in turning order."""
    u = stride(g, (axis + 1) % 3)
    v = stride(g, (axis + 2) % 3)
    if q == 0:
        return p
    if q == 1:
        return p + u
    if q == 2:
        return p + u + v
    return p + v


@lean
def tet_face(g: Lattice, t: int, n: int) -> int:
    """Return the number of the face of tetrahedron t opposite its vertex n."""
    c = t // 12
    axis = (t % 12) // 4
    q = t % 4
    if n == 2:
        return 24 * c + 4 * axis + (q + 1) % 4
    if n == 3:
        return 24 * c + 4 * axis + q
    p = c + stride(g, axis)
    first = face_corner(g, p, axis, q)
    second = face_corner(g, p, axis, (q + 1) % 4)
    low = min(first, second)
    d = abs(first - second)
    along = 2
    if d == g.shape[1] * g.shape[2]:
        along = 0
    elif d == g.shape[2]:
        along = 1
    centre = c + stride(g, axis) if n == 0 else c
    u = stride(g, (along + 1) % 3)
    v = stride(g, (along + 2) % 3)
    d = low - centre
    side = 0
    if d == u:
        side = 1
    elif d == v:
        side = 2
    elif d == u + v:
        side = 3
    return 24 * low + 12 + 4 * along + side
