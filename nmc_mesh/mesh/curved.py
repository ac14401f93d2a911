"""Second-order cells and facets: what is exact about their curved shape.

A cell with corners x_0 ... x_3 and mid-edge nodes x_ij has the Bezier points b_ii = x_i and
b_ij = 2 x_ij - (x_i + x_j) / 2. In barycentric coordinates its tangents are linear,
dX/dxi_k = 2 sum_i lambda_i (b_ik - b_i0), so det J is a cubic whose 20 Bernstein coefficients are
means of determinants of tangents at corners. The least coefficient bounds det J from below
everywhere: above 0 it proves that the cell is not inverted (Johnen et al.,
doi 10.1016/j.jcp.2012.08.051).
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import places_in
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import gauss_rule
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints

CHUNK = 1 << 14
_ORDER = 5


def jacobians(mesh: TetMesh) -> Floats:
    """Least, greatest and mean Bernstein coefficient of det J of every cell.

    The first bounds det J from below, the second from above; the third is 6 times the volume,
    exactly.

    Parameters
    ----------
    mesh
        A mesh of second order.

    Returns
    -------
    Floats
        um^3, shape (m, 3).
    """
    out = np.empty((len(mesh.cells), 3))
    bound_jacobians(mesh.points, mesh.cells, out)
    return out


def bound_jacobians(points: Floats, cells: Ints, out: Floats) -> None:
    """Write least, greatest and mean Bernstein coefficient of det J to ``out``, see above."""
    for_chunks(len(out), CHUNK, lambda i, j: core.bound_jacobian(points, cells, i, j, out))


def _gauss_triangle() -> tuple[Floats, Floats, Floats]:
    """Shape functions (q, 6), their slopes (q, 2, 6) and weights (q,), exact to degree 8.

    Gauss's rule on the square, drawn together to the triangle: (u, v) = (s, t (1 - s)).
    """
    x, w = gauss_rule(_ORDER)
    s, t = np.meshgrid((x + 1) / 2, (x + 1) / 2, indexing="ij")
    u, v = s.ravel(), (t * (1 - s)).ravel()
    weights: Floats = (np.outer(w, w) / 4 * (1 - s)).ravel()
    r, o = 1 - u - v, np.zeros_like(u)
    shape = [r * (2 * r - 1), u * (2 * u - 1), v * (2 * v - 1), 4 * r * u, 4 * u * v, 4 * v * r]
    by_u = [1 - 4 * r, 4 * u - 1, o, 4 * (r - u), 4 * v, -4 * v]
    by_v = [1 - 4 * r, o, 4 * v - 1, -4 * u, 4 * u, 4 * (r - v)]
    slopes = np.stack([np.stack(by_u, axis=1), np.stack(by_v, axis=1)], axis=1)
    return np.stack(shape, axis=1), slopes, weights


SHAPE, SLOPES, WEIGHTS = _gauss_triangle()


def facet_integrals(points: Floats, facets: Ints, origins: Floats) -> Floats:
    """Integrate over curved facets, by Gauss's theorem also over the cones below them.

    With n dA the oriented element of area and y = x - o: columns 0: integral of |n| dA (the area);
    1 to 3: of n dA; 4: of y.n / 3 dA, which is the volume of the cone from o; 5 to 7: of
    y_k y.n / 4; 8 to 10: of y_k^2 y.n / 5; 11 to 13: of y_k y_(k+1) y.n / 5. Sums of 4 and the
    following over a closed surface are the volume, first and second moments of what it encloses.
    All but the area are exact.

    Parameters
    ----------
    points
        Nodes in um, shape (n, 3).
    facets
        Nodes of quadratic triangles, shape (k, 6).
    origins
        The point o of every facet, shape (k, 3).

    Returns
    -------
    Floats
        Shape (k, 14).
    """
    out = np.empty((len(facets), 14))
    places, nodes = np.ascontiguousarray(points), np.ascontiguousarray(facets)
    bases, rule = np.ascontiguousarray(origins), (SHAPE, SLOPES, WEIGHTS)
    for_chunks(
        len(out), CHUNK, lambda i, j: core.integrate_facets(places, nodes, bases, *rule, i, j, out)
    )
    return out


def curved_moments(mesh: TetMesh, labels: Ints) -> tuple[Floats, Floats]:
    """Moments of every grain of a second-order mesh, from the curved facets round it: exact.

    Parameters
    ----------
    mesh
        A mesh of second order.
    labels
        That have cells, ascending, shape (n,).

    Returns
    -------
    first, second
        Volume V in um^3 and V times the centroid, shape (n, 4); integral of (x - c)(x - c)^T with c
        the centroid, shape (n, 3, 3).
    """
    count = len(labels)
    sums = np.zeros((count, 10))
    centres = np.zeros((count, 3))
    for _ in range(2):  # about the centroid the second time, lest the digits cancel
        sums[:] = 0.0
        for side, sign in enumerate((1.0, -1.0)):
            there = mesh.facet_cells[:, side] >= 0  # no cell outside, and none across a crack
            rows = places_in(labels, mesh.facet_grains[there, side])
            there[there], rows = rows >= 0, rows[rows >= 0]
            integrals = facet_integrals(mesh.points, mesh.facets[there], centres[rows])
            for k in range(10):
                sums[:, k] += sign * np.bincount(rows, integrals[:, 4 + k], count)
        centres += sums[:, 1:4] / np.where(sums[:, :1] > 0, sums[:, :1], 1.0)
    second = np.empty((count, 3, 3))
    for k in range(3):
        m = (k + 1) % 3
        second[:, k, k] = sums[:, 4 + k]
        second[:, k, m] = second[:, m, k] = sums[:, 7 + k]
    return np.hstack([sums[:, :1], sums[:, :1] * centres]), second
