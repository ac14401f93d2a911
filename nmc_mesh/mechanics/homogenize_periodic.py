"""Effective properties of a periodic polycrystal, whose local fields come back with its grains.

The potential is u = G . x + w with w the same at nodes a period apart, so the gradient's mean is G.
With A_eff G . G the least of <A g . g> over all such w, the tiling acts as one stuff of the tensor
A_eff from far away. It lies between the answers of the same cell to a flux and to a gradient that
are the same all over its border, and does not depend on where the period was cut out of the tiling.
What has no cells, outside or a void, counts with its volume, and lets nothing through.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, kron

from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import boundary_matrix, inner_facets
from nmc_mesh.mechanics.homogenize_operator import Operator, affine_fields
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mechanics.linear import check_body, gradients
from nmc_mesh.mechanics.multigrid import VCycle
from nmc_mesh.mesh.periodic import glued, periods_of, seam_facets
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats, Ints

_TOLERANCE = 1e-9
# Loads whose terms cancel to less than this count for less than 1e-12 of the energy, and are too
# near to rounding errors for the tolerance (ours).
_NO_LOAD = 1e-6


def effective_periodic(
    mesh: TetMesh,
    tensors: Floats,
    progress: Progress = silent,
    stage: str = "periodic",
    boundary: float = 0.0,
) -> Floats:
    """Return the effective tensor of a periodic polycrystal.

    Parameters
    ----------
    mesh
        Of one period, see `tetrahedralize_periodic`.
    tensors
        A of every label 0 ... n: diffusivities, shape (n + 1, 3, 3), or stiffnesses in Voigt's
        order, (n + 1, 6, 6); symmetric, positive definite where the label occurs.
    progress, stage
        Called with the name of the stage and the share that is done.
    boundary
        What grain boundaries, those on the seam too, conduct along themselves, delta D_gb, um^3/s;
        for diffusivities.

    Returns
    -------
    Floats
        A_eff, shape (3, 3) or (6, 6), in the units of ``tensors``.

    Raises
    ------
    InputError
        If the mesh is of no periodic tessellation, of second order, or its points were moved.

    Examples
    --------
    Layers across x add up in series along x and in parallel across it.

    >>> from nmc_mesh.mechanics.homogenize_periodic import effective_periodic
    >>> pair = nmc_mesh.GBPD([[0.5, 1, 1], [1.5, 1, 1]], [np.eye(3)] * 2, [0, 0])
    >>> mesh = nmc_mesh.tetrahedralize_periodic(nmc_mesh.PeriodicCell(pair, 2.0), 0.25)
    >>> tensors = np.array([0.0, 1.0, 3.0])[:, None, None] * np.eye(3)
    >>> effective_periodic(mesh, tensors).diagonal().round(2).tolist()  # 2 / (1 + 1/3), (1 + 3) / 2
    [1.5, 2.0, 2.0]
    """
    check_body(mesh)
    periods = periods_of(mesh)
    if periods is None:
        raise InputError(
            "the mesh has no period; make a periodic one: tetrahedralize_periodic(cell)"
        )
    progress(stage, 0.0)
    points = np.asarray(mesh.points)
    volumes, slopes = gradients(points, mesh.cells)
    whole = Operator(volumes, slopes, mesh.cells, len(points), tensors, mesh.labels)
    matrix = whole.matrix()
    if boundary:
        matrix = matrix + boundary_matrix(points, _boundaries(mesh), boundary)
    spread = _spread(glued(points, mesh.cells, periods).first, whole.width)
    affine = affine_fields(points - points.mean(axis=0), len(tensors[0]))
    load = -(spread.T @ (matrix @ affine))
    # A fluctuation adds the square of its load to the energy. Of plane layers some are rounding
    # errors alone, which no iteration can balance.
    terms = spread.T @ (abs(matrix) @ np.abs(affine))
    load[:, np.linalg.norm(load, axis=0) < _NO_LOAD * np.linalg.norm(terms, axis=0)] = 0.0
    inner = (spread.T @ matrix @ spread).tocsr()
    # What costs no energy: translations. Turns are not periodic.
    kept = np.tile(np.eye(whole.width), (inner.shape[0] // whole.width, 1))
    load -= kept @ np.linalg.lstsq(kept.T @ kept, kept.T @ load, rcond=None)[0]
    progress(stage, 0.3)
    periodic = iterated(inner, load, _TOLERANCE, VCycle(inner, kept, whole.width))
    fields = affine + spread @ periodic
    tensor = np.einsum("ni,nj->ij", fields, matrix @ fields) / periods.volume
    progress(stage, 1.0)
    return np.asarray(0.5 * (tensor + tensor.T))


def _spread(first: Ints, width: int) -> csr_array:
    """Matrix from unknowns of the tiling to those of the mesh's nodes, ones and zeros."""
    _, node = np.unique(first, return_inverse=True)
    ones = np.ones(len(node))
    nodes = csr_array((ones, (np.arange(len(node)), node)))
    return nodes if width == 1 else csr_array(kron(nodes, np.eye(width)))


def _boundaries(mesh: TetMesh) -> Ints:
    """Triangles between grains, each once: inside the cell, and where two periods meet."""
    pairs = seam_facets(mesh)
    between = mesh.facet_grains[pairs[:, 0], 0] != mesh.facet_grains[pairs[:, 1], 0]
    return np.concatenate([inner_facets(mesh), mesh.facets[pairs[between, 0], :3]])
