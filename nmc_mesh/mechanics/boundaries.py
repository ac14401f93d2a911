"""Lithium that moves along grain boundaries: Fisher's slab, without its width.

A boundary is a slab of width delta in which lithium moves with D_gb, the same in every direction,
between grains with the same content on both sides (Fisher 1951, doi 10.1063/1.1699825). As delta is
far below the size of a cell, content does not vary across it, and the slab becomes a surface that
conducts kappa = delta D_gb:

    int dx/dt v dV + int grad x . D grad v dV + int kappa grad_s x . grad_s v dA = flux outside,

grad_s the gradient along the boundary, dA over all triangles between two grains. Lithium is stored
in grains only; they keep their whole volume, so the slab adds to them what it conducts itself (an
error of D / D_gb). Content is continuous: no segregation, and no resistance to crossing.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.mechanics.linear import assembled
from nmc_mesh.mesh.phases import between_grains
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints


def inner_facets(mesh: TetMesh) -> Ints:
    """Corners of the triangles between two grains, shape (k, 3)."""
    return mesh.facets[between_grains(mesh), :3]


def boundary_matrix(points: Floats, triangles: Ints, conductance: Floats | float) -> csc_array:
    """Matrix of the integral of kappa grad_s u . grad_s v over triangles.

    With e_i the edge opposite to corner i and A the area, the entries are kappa e_i . e_j / (4 A).

    Parameters
    ----------
    points, triangles
        um, shape (n, 3); shape (k, 3).
    conductance
        kappa = delta D_gb, um^3/s, one number or one of every triangle, shape (k,).
    """
    a, b, c = (points[triangles[:, k]] for k in range(3))
    edges = np.stack([c - b, a - c, b - a], axis=1)
    twice = np.linalg.norm(np.cross(edges[:, 0], edges[:, 1]), axis=1)
    scale = np.broadcast_to(conductance, twice.shape) / (2 * twice)
    local = scale[:, None, None] * (edges @ np.swapaxes(edges, 1, 2))
    return assembled(local, triangles, len(points))
