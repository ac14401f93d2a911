"""Crystals of a particle as DG0 functions: quaternions, rotations, tensors in its frame.

Vectors of six are in Voigt's order (11, 22, 33, 23, 13, 12), strains with doubled shears.
"""

from __future__ import annotations

import numpy as np
from dolfinx import fem

from nmc_mesh_fenicsx.versions import cells_to_dofs, function_space

VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


def of_grains(particle, labels, values, name="f"):
    """Give every cell the value of its grain.

    Parameters
    ----------
    particle
        What ``read`` gave.
    labels
        Labels of grains, shape (n,): ``particle.tables["grains"]["id"]`` say.
    values
        Their values, shape (n,) or (n, ...), as a column of the same table.
    name
        Of the function.

    Returns
    -------
    dolfinx.fem.Function
        Constant in every cell, of the shape of a value.

    Raises
    ------
    ValueError
        On every rank, if a grain of the mesh has no value, or one that is no number.
    """
    labels, values = np.asarray(labels), np.asarray(values, dtype=float)
    of_dofs = particle.grain.x.array.round().astype(int)
    row = np.full(max(labels.max(initial=0), of_dofs.max(initial=0)) + 1, -1)
    row[labels] = np.arange(len(labels))
    known = np.append(np.isfinite(values.reshape(len(labels), -1)).all(axis=1), False)
    missing = np.unique(of_dofs[~known[row[of_dofs]]])
    missing = sorted(set().union(*particle.mesh.comm.allgather(missing.tolist())))
    if missing:
        raise ValueError(
            f"no value is known for grain {missing[0]} and {len(missing) - 1} others of the mesh; "
            "the table may belong to another particle: write both again"
        )
    space = function_space(particle.mesh, "DG", 0, values.shape[1:])
    found = fem.Function(space, name=name)
    dofs = cells_to_dofs(particle.grain.function_space)[:, 0]
    found.x.array.reshape((-1, *values.shape[1:]))[cells_to_dofs(space)[:, 0]] = values[
        row[of_dofs[dofs]]
    ]
    return found


def quaternions(particle):
    """Return quaternions (w, x, y, z) from crystal to particle, shape (4,) per cell.

    Raises
    ------
    ValueError
        If the particle has no orientations, or lacks that of a grain.
    """
    return _by_label(particle, _turns(particle), "orientation")


def rotations(particle):
    """Return rotations R from crystal to particle, (3, 3) per cell; column three is the c axis."""
    return _by_label(particle, _matrices(_turns(particle)), "rotation")


def diffusivity(particle, along, across):
    """Return diffusivities R diag(along, along, across) R^T, shape (3, 3) per cell.

    Parameters
    ----------
    particle
        What ``read`` gave.
    along, across
        Diffusivity along the layers and across them, along c: um^2/s.
    """
    c = _matrices(_turns(particle))[:, :, 2]
    tensors = along * np.eye(3) + (across - along) * c[:, :, None] * c[:, None, :]
    return _by_label(particle, tensors, "diffusivity")


def stiffness(particle, constants, others=None):
    """Return stiffness in the frame of the particle, (6, 6) per cell in Voigt's order.

    Parameters
    ----------
    particle
        What ``read`` gave.
    constants
        C11, C12, C13, C14, C33, C44 of a trigonal crystal by name, MPa. C66 = (C11 - C12) / 2.
    others
        The same of phases beside grains, by the name of the phase.
    """
    turns = _matrices(_turns(particle))
    # sigma' = K sigma for stresses in Voigt's order, so that C' = K C K^T.
    i, j = np.array(VOIGT).T
    a, b = turns[:, i[:, None], i], turns[:, j[:, None], j]
    c, d = turns[:, i[:, None], j], turns[:, j[:, None], i]
    k = np.where(np.arange(6) < 3, a * b, a * b + c * d)
    own = np.tile(trigonal(constants), (len(k), 1, 1))
    for name, numbers in (others or {}).items():
        own[particle.phases[name] - 1] = trigonal(numbers)
    return _by_label(particle, k @ own @ k.transpose(0, 2, 1), "stiffness")


def trigonal(constants):
    """Return the stiffness of a trigonal crystal in its own axes, (6, 6) in Voigt's order."""
    c11, c12, c13, c14, c33, c44 = (constants[f"C{n}"] for n in (11, 12, 13, 14, 33, 44))
    return np.array(
        [
            [c11, c12, c13, c14, 0, 0],
            [c12, c11, c13, -c14, 0, 0],
            [c13, c13, c33, 0, 0, 0],
            [c14, -c14, 0, c44, 0, 0],
            [0, 0, 0, 0, c44, c14],
            [0, 0, 0, 0, c14, (c11 - c12) / 2],
        ]
    )


def _turns(particle):
    if particle.orientations is None:
        raise ValueError("the grains have no orientations; draw the particle with a texture")
    return particle.orientations


def _by_label(particle, values, name):
    return of_grains(particle, np.arange(1, len(values) + 1), values, name)


def _matrices(turns):
    """Return rotation matrices of quaternions, shape (n, 3, 3)."""
    w, x, y, z = np.asarray(turns).T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
        [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
        [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
    ]
    return np.moveaxis(np.array(rows), -1, 0)
