"""Tensors of crystals: in Voigt's words, and turned into the sample's frame."""

from __future__ import annotations

import numpy as np

from nmc_mesh.crystal.orientation import crystal_axes
from nmc_mesh.typing import AnyArray, Floats

VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))
"""Pairs of axes in Voigt's order."""

_FIRST = [pair[0] for pair in VOIGT]
_SECOND = [pair[1] for pair in VOIGT]


def trigonal_stiffness(
    c11: float, c12: float, c13: float, c14: float, c33: float, c44: float
) -> Floats:
    """Return C_ij of the Laue group -3m, z along c and x along a; shape (6, 6)."""
    c66 = 0.5 * (c11 - c12)
    return np.array(
        [
            [c11, c12, c13, c14, 0.0, 0.0],
            [c12, c11, c13, -c14, 0.0, 0.0],
            [c13, c13, c33, 0.0, 0.0, 0.0],
            [c14, -c14, 0.0, c44, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0, c44, c14],
            [0.0, 0.0, 0.0, 0.0, c14, c66],
        ]
    )


def isotropic_stiffness(young: float, poisson: float) -> Floats:
    """Return C_ij of an isotropic solid, in the unit of Young's modulus, shape (6, 6)."""
    shear = 0.5 * young / (1 + poisson)
    lame = young * poisson / ((1 + poisson) * (1 - 2 * poisson))
    stiffness = shear * np.diag([2.0, 2.0, 2.0, 1.0, 1.0, 1.0])
    stiffness[:3, :3] += lame
    return stiffness


def turned_tensors(tensors: AnyArray, quaternions: AnyArray) -> Floats:
    """Return R T R^T: symmetric tensors of crystals in the sample's frame.

    Parameters
    ----------
    tensors
        In the crystal's frame, shape (3, 3) or (n, 3, 3).
    quaternions
        Orientations, crystal -> sample, shape (n, 4).

    Returns
    -------
    Floats
        Shape (n, 3, 3).
    """
    axes = crystal_axes(quaternions)
    return np.asarray(axes @ np.asarray(tensors, dtype=np.float64) @ np.swapaxes(axes, 1, 2))


def turned_stiffness(stiffness: AnyArray, quaternions: AnyArray) -> Floats:
    """Return K C K^T, stiffnesses of crystals in the sample's frame.

    K is Bond's matrix of stresses, K_(ij)(kl) = R_ik R_jl + R_il R_jk (half of it for k = l).

    Parameters
    ----------
    stiffness
        In the crystal's frame, Voigt's order with engineering shear, shape (6, 6).
    quaternions
        Orientations, crystal -> sample, shape (n, 4).

    Returns
    -------
    Floats
        Shape (n, 6, 6).
    """
    bond = bond_matrices(quaternions)
    return np.asarray(bond @ np.asarray(stiffness, dtype=np.float64) @ np.swapaxes(bond, 1, 2))


def bond_matrices(quaternions: AnyArray) -> Floats:
    """Return K with sigma_sample = K sigma_crystal in Voigt's words, shape (n, 6, 6)."""
    axes = crystal_axes(quaternions)
    rows_first, rows_second = axes[:, _FIRST], axes[:, _SECOND]
    bond = rows_first[:, :, _FIRST] * rows_second[:, :, _SECOND]
    mixed = rows_first[:, :, _SECOND] * rows_second[:, :, _FIRST]
    mixed[:, :, :3] = 0.0
    return np.asarray(bond + mixed)


def voigt_strain(tensors: AnyArray) -> Floats:
    """Return strains in Voigt's words, shear doubled: shape (..., 6) of tensors (..., 3, 3)."""
    array = np.asarray(tensors, dtype=np.float64)[..., _FIRST, _SECOND]
    return np.asarray(array * [1.0, 1.0, 1.0, 2.0, 2.0, 2.0])


def isotropic_moduli(stiffness: AnyArray) -> Floats:
    """Return bulk and shear modulus of the isotropic stiffness nearest to a given one.

    9 K = C_iijj and 10 G = C_ijij - C_iijj / 3: Voigt's average over all orientations.

    Parameters
    ----------
    stiffness
        Voigt's order with engineering shear, shape (..., 6, 6).

    Returns
    -------
    Floats
        K and G, shape (..., 2).
    """
    c = np.asarray(stiffness, dtype=np.float64)
    block = c[..., :3, :3].sum(axis=(-2, -1))
    trace = np.trace(c[..., :3, :3], axis1=-2, axis2=-1)
    shear = np.trace(c[..., 3:, 3:], axis1=-2, axis2=-1)
    return np.stack([block / 9, (trace + 2 * shear - block / 3) / 10], axis=-1)
