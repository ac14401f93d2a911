"""Elasticity of crystals that swell: sigma = C (eps - eps*), div sigma = 0."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.sparse import csc_array, dia_array

from nmc_mesh.crystal.tensors import VOIGT
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mechanics.linear import (
    DIRECT_LIMIT,
    OFTEN_LIMIT,
    assembled,
    factorized,
    gradients,
    of_nodes,
    solver,
    summed,
)
from nmc_mesh.mechanics.multigrid import VCycle
from nmc_mesh.mechanics.multigrid import rigid_motions as multigrid_motions
from nmc_mesh.typing import AnyArray, Floats, Ints

_LEAST = 1e-9  # change of a load that is more than rounding
_SLACK = 1e-9


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


class SwellingBody:
    """A free body of grains that swell again and again: what does not change is made once.

    Parameters
    ----------
    points, cells, stiffness
        As for `stiffness_matrix`.
    tolerance
        Residual, against what the load changed by.
    """

    def __init__(
        self, points: Floats, cells: Ints, stiffness: Floats, tolerance: float = 1e-8
    ) -> None:
        self._volumes, slopes = gradients(points, cells)
        b = strain_matrices(slopes)
        self._unknowns, self._stiffness = of_nodes(cells[:, :4]), stiffness
        self._stress = stiffness @ b  # C B, of the corners' displacements
        local = self._volumes[:, None, None] * (np.swapaxes(b, 1, 2) @ self._stress)
        matrix = assembled(local, self._unknowns, 3 * len(points))
        self._motions = rigid_motions(points)
        self._rows, self._tolerance = matrix.tocsr(), tolerance
        if matrix.shape[0] <= OFTEN_LIMIT:
            # Nothing holds a free body, nor grains that hang at a hinge: a little of the diagonal
            # does, and two steps take it out again.
            slack = dia_array((_SLACK * matrix.diagonal()[None], [0]), shape=matrix.shape)
            self._precondition: Callable[[Floats], Floats] = factorized(matrix + slack)
        else:
            self._precondition = VCycle(matrix, multigrid_motions(points), 3)
        self._loaded, self._moved = np.zeros(3 * len(points)), np.zeros(3 * len(points))

    def stress(self, own: Floats) -> Floats:
        """Stress of every cell, MPa, (m, 6), for strains eps* of their own, (m, 6).

        Only the change since the last call is solved for, so a coarse tolerance will do.
        """
        local = self._volumes[:, None] * np.einsum("mij,mi->mj", self._stress, own)
        load = summed(local, self._unknowns, len(self._loaded))
        change = load - self._loaded
        if np.linalg.norm(change) > _LEAST * np.linalg.norm(load):
            free = balanced(self._motions, change)[:, None]
            step = iterated(self._rows, free, self._tolerance, self._precondition)
            self._moved, self._loaded = self._moved + step[:, 0], load
        strained = np.einsum("mij,mj->mi", self._stress, self._moved[self._unknowns])
        return np.asarray(strained - np.einsum("mij,mj->mi", self._stiffness, own))


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
