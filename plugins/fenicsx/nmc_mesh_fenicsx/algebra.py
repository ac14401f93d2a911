"""Vectors and matrices of forms, solvers, and sums over ranks."""

from __future__ import annotations

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from mpi4py import MPI
from petsc4py import PETSc


def assembled(form):
    """Vector of a linear form, summed over ranks."""
    vector = petsc.assemble_vector(fem.form(form))
    vector.ghostUpdate(addv=PETSc.InsertMode.ADD, mode=PETSc.ScatterMode.REVERSE)
    return vector


def matrix_of(form):
    """Matrix of a bilinear form."""
    matrix = petsc.assemble_matrix(fem.form(form))
    matrix.assemble()
    return matrix


def solver(matrix, tolerance):
    """Conjugate gradients, scaled by the diagonal."""
    found = PETSc.KSP().create(matrix.comm)
    found.setOperators(matrix)
    found.setType("cg")
    found.getPC().setType("jacobi")
    found.setTolerances(rtol=tolerance, max_it=50_000)
    return found


def solved(ksp, load, guess=None):
    """Solution for one load, from a guess on if there is one.

    Raises
    ------
    ValueError
        On every rank, if the solver found none.
    """
    found = load.duplicate() if guess is None else guess.copy()
    ksp.setInitialGuessNonzero(guess is not None)
    ksp.solve(load, found)
    reason = ksp.getConvergedReason()
    if reason < 0:
        raise ValueError(
            f"the linear solver found no solution (PETSc's reason {reason}); "
            "check the numbers of the material"
        )
    return found


def set_values(function, vector):
    """Give a function the values of a vector, ghosts too."""
    own = owned(function.function_space)
    function.x.array[:own] = vector.array[:own]
    function.x.scatter_forward()


def owned(space):
    """Number of values of a space that this rank owns."""
    return space.dofmap.index_map.size_local * space.dofmap.index_map_bs


def integral(form, comm):
    """Value of a form without arguments, summed over ranks."""
    return comm.allreduce(fem.assemble_scalar(fem.form(form)), MPI.SUM)


class Projection:
    """Nearest function of a discontinuous space in the mean square: it keeps integrals of cells.

    Parameters
    ----------
    function
        Which is set.
    expression
        Of UFL, what is projected.
    dx
        Measure of the integrals.
    """

    def __init__(self, function, expression, dx=ufl.dx):
        space = function.function_space
        u, v = ufl.TrialFunction(space), ufl.TestFunction(space)
        self._function, self._form = function, fem.form(expression * v * dx)
        self._solver = solver(matrix_of(u * v * dx), 1e-14)

    def update(self):
        """Project the expression as it is now."""
        set_values(self._function, solved(self._solver, assembled(self._form)))


def rigid_motions(space, like):
    """Null space of a free body: three shifts and three turns, as vectors like one given."""
    place = space.tabulate_dof_coordinates()[: space.dofmap.index_map.size_local]
    motions = []
    for k in range(6):
        part = np.zeros_like(place)
        if k < 3:
            part[:, k] = 1
        else:
            part[:] = np.cross(np.eye(3)[k - 3], place)
        motion = like.duplicate()
        motion.array = part.ravel()
        for other in motions:
            motion.axpy(-motion.dot(other), other)
        motion.normalize()
        motions.append(motion)
    return PETSc.NullSpace().create(vectors=motions, comm=like.comm)
