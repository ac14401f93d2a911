"""Elasticity of crystals that swell: sigma = C (eps - eps*), div sigma = 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.crystal.tensors import VOIGT
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.linear import (
    DIRECT_LIMIT,
    assembled,
    gradients,
    of_nodes,
    solver,
    summed,
)
from nmc_mesh.typing import AnyArray, Floats, Ints


def strain_matrices(slopes: Floats) -> Floats:
    """Matrices B with eps = B u for every cell, shape (m, 6, 12), from gradients (m, 4, 3)."""
    result = np.zeros((len(slopes), 6, 4, 3))
    for row, (i, j) in enumerate(VOIGT):
        result[:, row, :, i] = slopes[:, :, j]
        if i != j:
            result[:, row, :, j] = slopes[:, :, i]
    return result.reshape(len(slopes), 6, 12)


def stiffness_matrix(points: Floats, cells: Ints, stiffness: Floats) -> csc_array:
    """Matrix of the integral of eps(u) : C eps(v), unknowns x y z x y z ...

    Parameters
    ----------
    points, cells
        um, shape (n, 3); shape (m, 4).
    stiffness
        Of every cell, shape (m, 6, 6).
    """
    volumes, slopes = gradients(points, cells)
    b = strain_matrices(slopes)
    local = volumes[:, None, None] * (np.swapaxes(b, 1, 2) @ stiffness @ b)
    return assembled(local, of_nodes(cells[:, :4]), 3 * len(points))


def swelling_load(points: Floats, cells: Ints, stiffness: Floats, strain: Floats) -> Floats:
    """Load that a strain eps* of every cell, shape (m, 6), makes: the integral of eps(v) : C eps*.

    For eps* that varies linearly in a cell this holds with its mean.
    """
    volumes, slopes = gradients(points, cells)
    stress = np.einsum("mij,mj->mi", stiffness, strain)
    local = volumes[:, None] * np.einsum("mij,mi->mj", strain_matrices(slopes), stress)
    return summed(local, of_nodes(cells[:, :4]), 3 * len(points))


def strains(points: Floats, cells: Ints, displacement: Floats) -> Floats:
    """Strain of every cell with doubled shear, shape (m, 6), from displacements (n, 3) in um."""
    _, slopes = gradients(points, cells)
    moved = displacement[cells[:, :4]].reshape(len(cells), 12)
    return np.einsum("mij,mj->mi", strain_matrices(slopes), moved)


def stresses(stiffness: Floats, strain: Floats, own: Floats) -> Floats:
    """Stress sigma = C (eps - eps*) of every cell, shape (m, 6)."""
    return np.einsum("mij,mj->mi", stiffness, strain - own)


def tensors(vectors: Floats) -> Floats:
    """Symmetric tensors, shape (m, 3, 3), from stress vectors, (m, 6)."""
    result = np.empty((len(vectors), 3, 3))
    for row, (i, j) in enumerate(VOIGT):
        result[:, i, j] = result[:, j, i] = vectors[:, row]
    return result


def relaxed(
    points: Floats, stiff: csc_array, tolerance: float = 1e-11
) -> Callable[[Floats], Floats]:
    """Prepare the displacement of a free body, shape (n, 3), under loads in balance, (3 n,).

    It is known but for a rigid motion: see :func:`without_motion`. What is returned raises
    `InputError` for a load that is not in balance. Large bodies are solved by iteration until the
    residual is ``tolerance`` of the load.
    """
    small = stiff.shape[0] <= DIRECT_LIMIT
    solve = solver(stiff + held(points, stiff) if small else stiff, tolerance)
    motions = rigid_motions(points)
    return lambda load: solve(balanced(motions, load)).reshape(-1, 3)


def balanced(motions: Floats, load: Floats) -> Floats:
    """Return a load on a free body without what rounding left of a net force or moment.

    Raises
    ------
    InputError
        If there is more than that.
    """
    net = motions.T @ load
    if np.linalg.norm(net) > 1e-6 * np.linalg.norm(load):
        raise InputError("the load on a free body is not in balance; hold the body, or balance it")
    result: Floats = load - motions @ net
    return result


def rigid_motions(points: Floats) -> Floats:
    """Orthonormal rigid motions of a body as columns, shape (3 n, 6)."""
    arms = points - points.mean(axis=0)
    moves = np.zeros((6, len(points), 3))
    moves[:3] = np.eye(3)[:, None, :]
    moves[3:] = np.cross(np.eye(3)[:, None, :], arms)
    return np.linalg.qr(moves.reshape(6, -1).T)[0]


def held(points: Floats, stiff: csc_array) -> csc_array:
    """Springs on three far nodes that hold a free body: six, so that they bear no load themselves.

    Where the load is in balance they change the displacement by a rigid motion only.
    """
    a = int(np.argmax(np.linalg.norm(points - points.mean(axis=0), axis=1)))
    b = int(np.argmax(np.linalg.norm(points - points[a], axis=1)))
    along = (points[b] - points[a]) / np.linalg.norm(points[b] - points[a])
    away = points - points[a] - ((points - points[a]) @ along)[:, None] * along
    c = int(np.argmax(np.linalg.norm(away, axis=1)))
    up = np.cross(along, away[c])
    up /= np.linalg.norm(up)
    blocks = np.stack([np.eye(3), np.eye(3) - np.outer(along, along), np.outer(up, up)])
    strength = float(np.mean(stiff.diagonal()))
    return assembled(strength * blocks, of_nodes(np.array([[a], [b], [c]])), stiff.shape[0])


def without_motion(points: Floats, displacement: Floats, weights: Floats) -> Floats:
    """Displacement less its mean translation and rotation, so that nothing depends on supports.

    Parameters
    ----------
    points, displacement
        um, shape (n, 3).
    weights
        Volume of every node, shape (n,).
    """
    arms = points - np.average(points, axis=0, weights=weights)
    shift = displacement - np.average(displacement, axis=0, weights=weights)
    inertia = np.einsum("n,nij->ij", weights, _spins(arms))
    moment = weights @ np.cross(arms, shift)
    result: Floats = shift - np.cross(np.linalg.solve(inertia, moment), arms)
    return result


def _spins(arms: Floats) -> AnyArray:
    square = np.einsum("ni,ni->n", arms, arms)
    return square[:, None, None] * np.eye(3) - arms[:, :, None] * arms[:, None, :]
