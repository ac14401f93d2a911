"""Lithium diffusion in crystals: d x / d t = div(D grad x), with a flux through the surface.

Grain boundaries may conduct along themselves: see ``boundaries``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import boundary_matrix, inner_facets
from nmc_mesh.mechanics.linear import (
    assembled,
    check_body,
    gradients,
    solver,
    summed,
    triangle_areas,
)
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats, Ints

_GAMMA = 1 - np.sqrt(0.5)
_EXACT = 1e-13  # of the residual: what conserves lithium to 1e-10


def conduction_matrix(points: Floats, cells: Ints, diffusivity: Floats) -> csc_array:
    """Matrix of the integral of grad u . D grad v; ``diffusivity`` per cell, (m, 3, 3), um^2/s."""
    volumes, slopes = gradients(points, cells)
    local = volumes[:, None, None] * (slopes @ diffusivity @ np.swapaxes(slopes, 1, 2))
    return assembled(local, cells[:, :4], len(points))


def mass_matrix(points: Floats, cells: Ints, storage: Floats | float = 1.0) -> csc_array:
    """Matrix of the integral of s u v; ``storage`` s one number, or that of every cell, (m,)."""
    volumes = storage * gradients(points, cells)[0]
    return assembled(volumes[:, None, None] / 20 * (1 + np.eye(4)), cells[:, :4], len(points))


def surface_load(points: Floats, triangles: Ints) -> Floats:
    """Integral of every shape function over triangles, um^2, shape (n,)."""
    share = triangle_areas(points, triangles) / 3
    return summed(np.repeat(share[:, None], 3, axis=1), triangles[:, :3], len(points))


def charge(
    mesh: TetMesh,
    diffusivity: Floats | Callable[[Floats], Floats],
    content: float,
    flux: float,
    times: Floats,
    boundary: float = 0.0,
    storage: Floats | None = None,
) -> Floats:
    """Lithium content after a constant flux through the outer surface.

    Linear elements in space; in time the two-stage method of order two with
    gamma = 1 - sqrt(1/2), stable for any step (Alexander 1977, doi 10.1137/0714068). Both conserve
    lithium: the mean of x changes by flux * area * time / volume but for rounding.

    Parameters
    ----------
    mesh
        A conforming mesh.
    diffusivity
        Of every grain 1 ... g, um^2/s, shape (g, 3, 3); or what gives that of every cell, shape
        (m, 3, 3), from its content, (m,): it is asked at the start of every step.
    content
        Uniform lithium content at the start.
    flux
        Into the particle through its outer surface, in content: um/s; negative while a cathode is
        charged.
    times
        Start and end of the time steps, s, ascending, shape (s + 1,).
    boundary
        What grain boundaries conduct along themselves, delta D_gb, um^3/s.
    storage
        What cells hold at x = 1, over what grains do, shape (m,): 0 where lithium only passes, as
        in a coating. Left out, all cells are grains'. Diffusivities are those of cells then.

    Returns
    -------
    Floats
        Content at the nodes at every time, shape (s + 1, n).

    Raises
    ------
    InputError
        If times do not ascend, there is not a diffusivity for every grain, or the mesh is of second
        order.
    """
    check_body(mesh, () if storage is None else mesh.phases.names)
    times = np.asarray(times, dtype=np.float64)
    steps = np.diff(times)
    if not len(steps) or not (steps > 0).all():
        raise InputError("times must ascend, and be two at least")
    depends = diffusivity if callable(diffusivity) else None
    tensors = np.empty(0) if callable(diffusivity) else per_cell(mesh, diffusivity)
    in_boundaries = boundary_matrix(mesh.points, inner_facets(mesh), boundary)
    stiff = None if depends else conduction_matrix(mesh.points, mesh.cells, tensors) + in_boundaries
    mass = mass_matrix(mesh.points, mesh.cells, 1.0 if storage is None else storage)
    load = flux * surface_load(mesh.points, mesh.facets[mesh.outer])
    contents = np.empty((len(times), len(mesh.points)))
    contents[0] = content
    prepared = -1.0
    for k, step in enumerate(steps):
        if depends:
            tensors = depends(contents[k][mesh.cells[:, :4]].mean(axis=1))
            stiff = conduction_matrix(mesh.points, mesh.cells, tensors) + in_boundaries
            prepared = -1.0
        if not np.isclose(step, prepared, rtol=1e-12, atol=0.0):
            solve, prepared = solver(mass + _GAMMA * step * stiff, _EXACT), step
        first = solve(load - stiff @ contents[k])
        second = solve(load - stiff @ (contents[k] + (1 - _GAMMA) * step * first))
        contents[k + 1] = contents[k] + step * ((1 - _GAMMA) * first + _GAMMA * second)
    return contents


def per_cell(mesh: TetMesh, values: Floats) -> Floats:
    """Values of the grains 1 ... g, first axis, at every cell.

    Raises
    ------
    InputError
        If there are fewer than grains.
    """
    last = int(mesh.labels.max())
    if len(values) < last:
        raise InputError(f"there are {len(values)} values for grains, but grains up to {last}")
    result: Floats = np.asarray(values, dtype=np.float64)[mesh.labels - 1]
    return result


def surface_lag(mesh: TetMesh, diffusivity: Floats, boundary: float = 0.0) -> float:
    """How far the surface runs ahead of the whole, per unit of flux: mean on it minus mean in it.

    Under a constant flux every x(t) ends as a steady profile that moves as a whole, with
    -div(D grad x) = -area / volume inside and D dx/dn = 1 on the surface. In a homogeneous ball of
    radius a the lag is a / (5 D).

    Returns
    -------
    float
        s/um.
    """
    check_body(mesh)
    stiff = conduction_matrix(mesh.points, mesh.cells, per_cell(mesh, diffusivity))
    stiff = stiff + boundary_matrix(mesh.points, inner_facets(mesh), boundary)
    volume = mass_matrix(mesh.points, mesh.cells).sum(axis=0)
    area = surface_load(mesh.points, mesh.facets[mesh.outer])
    load = area - volume * (area.sum() / volume.sum())
    # The load is in balance: a weight on one node fixes the constant and changes nothing else.
    weight = csc_array(([stiff.diagonal().max()], ([0], [0])), shape=stiff.shape)
    profile = solver(stiff + weight, _EXACT)(load)
    return float(profile @ area / area.sum() - profile @ volume / volume.sum())


def lag_diffusivity(mesh: TetMesh, diffusivity: Floats, boundary: float = 0.0) -> float:
    """Diffusivity of the homogeneous particle of this shape whose surface lags as much, um^2/s.

    See :func:`surface_lag`; it is an effective radial diffusivity under galvanostatic load.
    ``boundary`` is what grain boundaries conduct along themselves, um^3/s.
    """
    homogeneous = np.broadcast_to(np.eye(3), (int(mesh.labels.max()), 3, 3))
    return surface_lag(mesh, homogeneous) / surface_lag(mesh, diffusivity, boundary)
