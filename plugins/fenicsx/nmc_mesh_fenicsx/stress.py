"""Stress of a free particle whose crystals swell with their content.

    div C (eps(u) - eps*(x)) = 0,   eps* = diag(a(x)/a(x0) - 1, same, c(x)/c(x0) - 1), no forces,

every tensor that of the crystal; small strains, linear elasticity.
"""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem

from nmc_mesh_fenicsx.algebra import assembled, matrix_of, owned, rigid_motions, set_values, solved
from nmc_mesh_fenicsx.algebra import solver as conjugate_gradients
from nmc_mesh_fenicsx.crystals import VOIGT, rotations, stiffness
from nmc_mesh_fenicsx.material import swelling
from nmc_mesh_fenicsx.versions import degree_of, function_space


class Stress:
    """Displacement and stress for the content of ``charge``, whenever ``update`` is called.

    Parameters
    ----------
    particle
        What ``read`` gave.
    material
        What ``read_material`` gave.
    content
        Function of x.
    layer
        What ``layer_of`` gave.

    Attributes
    ----------
    displacement
        Function of u, um.
    sigma
        Stress as an expression, MPa, in Voigt's order.
    c_axis
        c axis of every cell, an expression.
    dx
        Measure in which the stress is that of the elements.
    stress
        DG0 function of the mean stress of cells in the frame of the particle, (3, 3), MPa.
    von_mises
        DG0 function of the von Mises stress of that, MPa.
    """

    def __init__(self, particle, material, content, layer):
        mesh, degree = particle.mesh, degree_of(content.function_space)
        self._material, self._content = material, content
        self._strains = [fem.Function(content.function_space) for _ in range(2)]
        self.displacement = fem.Function(
            function_space(mesh, "CG", degree, (3,)), name="displacement"
        )
        self.stress = fem.Function(function_space(mesh, "DG", 0, (3, 3)), name="stress")
        self.von_mises = fem.Function(function_space(mesh, "DG", 0), name="von_mises")
        coated = {} if layer.material is None else {"coating": layer.material["stiffness"]}
        tensor = stiffness(particle, material["stiffness"], coated)
        c = rotations(particle)[:, 2]
        self.c_axis = c
        a, swollen = self._strains[0], self._strains[1] - self._strains[0]
        own = layer.grain * in_voigt(a * ufl.Identity(3) + swollen * ufl.outer(c, c))
        space = self.displacement.function_space
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        dx = self.dx = ufl.dx(metadata={"quadrature_degree": 2 * degree - 1})
        matrix = matrix_of(ufl.inner(tensor * strain(u), strain(v)) * dx)
        self._load = fem.form(ufl.inner(tensor * own, strain(v)) * dx)
        self._free = rigid_motions(space, assembled(self._load))
        matrix.setNullSpace(self._free)
        matrix.setNearNullSpace(self._free)
        self._solver, self._moved = conjugate_gradients(matrix, 1e-11), None
        test = ufl.TestFunction(function_space(mesh, "DG", 0, (6,)))
        self.sigma = tensor * (strain(self.displacement) - own)
        self._forces = fem.form(ufl.inner(self.sigma, test) * dx)
        one = ufl.TestFunction(self.von_mises.function_space)
        self.volumes = assembled(one * dx).array.copy()

    def relax(self):
        """Find the displacement for the content as it is now."""
        for strains, values in zip(
            self._strains, swelling(self._material, self._content.x.array), strict=True
        ):
            strains.x.array[:] = values
        load = assembled(self._load)
        self._free.remove(load)
        self._moved = solved(self._solver, load, self._moved)
        set_values(self.displacement, self._moved)

    def update(self):
        """Find displacement and stress for the content as it is now."""
        self.relax()
        sigma = self.cells()
        full = np.empty((len(sigma), 3, 3))
        for k, (i, j) in enumerate(VOIGT):
            full[:, i, j] = full[:, j, i] = sigma[:, k]
        self.stress.x.array[: owned(self.stress.function_space)] = full.ravel()
        self.von_mises.x.array[: len(sigma)] = von_mises(sigma)
        self.stress.x.scatter_forward()
        self.von_mises.x.scatter_forward()

    def cells(self):
        """Mean stress of the cells of this rank, shape (n, 6) in Voigt's order, MPa."""
        return assembled(self._forces).array.reshape(-1, 6) / self.volumes[:, None]


def strain(w):
    """Strains of displacements in Voigt's order, doubled shears."""
    return in_voigt(ufl.sym(ufl.grad(w)))


def in_voigt(tensor):
    """Strains in Voigt's order, doubled shears."""
    return ufl.as_vector([(1 if i == j else 2) * tensor[i, j] for i, j in VOIGT])


def von_mises(sigma):
    """Von Mises stress of stresses in Voigt's order, shape (n,)."""
    normal = sigma[:, :3] - sigma[:, :3].mean(axis=1, keepdims=True)
    return np.sqrt(1.5 * ((normal**2).sum(axis=1) + 2 * (sigma[:, 3:] ** 2).sum(axis=1)))


def percentiles(values, volumes, shares):
    """Return the values that stand above these shares of the volume.

    Parameters
    ----------
    values, volumes
        Of cells, shape (n,).
    shares
        Between 0 and 1.

    Returns
    -------
    list of float
    """
    order = np.argsort(values)
    below = np.cumsum(volumes[order])
    rows = np.searchsorted(below, np.array(shares) * below[-1])
    return values[order][np.minimum(rows, len(values) - 1)].tolist()
