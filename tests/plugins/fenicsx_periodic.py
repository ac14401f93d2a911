"""Effective conductivity of a period, solved in DOLFINx: one line of JSON.

mpiexec -n 2 python3 fenicsx_periodic.py rve.xdmf VOLUME [mpc | loads]

Run by test_fenicsx_periodic.py with the plugin on the path. Grain l conducts l along x, 1 along
y and z. Slaves are eliminated here on one rank, or with "mpc" by dolfinx_mpc on any number. "loads"
tells what is left of the loads of gradients along y, which cancel where nothing is left out.
"""

import json
import sys

import numpy as np
import ufl
from dolfinx import fem
from nmc_mesh_fenicsx import periodic, read
from nmc_mesh_fenicsx.algebra import assembled, integral
from nmc_mesh_fenicsx.versions import function_space
from petsc4py import PETSc

LU = {"ksp_type": "preonly", "pc_type": "lu", "pc_factor_mat_solver_type": "mumps"}


def forms(particle, space, mean):
    """Conductivity, the bilinear form, and the load of a mean gradient."""
    stuff = ufl.as_tensor([[particle.grain, 0, 0], [0, 1, 0], [0, 0, 1]])
    trial, test = ufl.TrialFunction(space), ufl.TestFunction(space)
    left = ufl.inner(stuff * ufl.grad(trial), ufl.grad(test)) * ufl.dx
    return stuff, left, -ufl.inner(stuff * mean, ufl.grad(test)) * ufl.dx


def eliminated(space, pairs, left, right):
    """The fluctuation: every slave has its master's unknown, and one unknown is 0."""
    from dolfinx.fem.petsc import assemble_matrix, assemble_vector
    from scipy.sparse import csr_matrix
    from scipy.sparse.linalg import spsolve

    matrix = assemble_matrix(fem.form(left))
    matrix.assemble()
    vector = assemble_vector(fem.form(right)).array
    count = len(vector)
    whole = csr_matrix(matrix.getValuesCSR()[::-1], shape=(count, count))
    home = np.arange(count)
    home[pairs.slaves] = pairs.masters
    kept, column = np.unique(home, return_inverse=True)
    spread = csr_matrix((np.ones(count), (np.arange(count), column)), shape=(count, len(kept)))
    inner = (spread.T @ whole @ spread).tocsc()
    load = spread.T @ vector
    values = np.zeros(len(kept))
    values[1:] = spsolve(inner[1:, 1:], load[1:])
    solution = fem.Function(space)
    solution.x.array[:] = spread @ values
    return solution


def constrained(space, pairs, left, right):
    """The same by dolfinx_mpc."""
    import dolfinx_mpc

    constraint = dolfinx_mpc.MultiPointConstraint(space)
    constraint.add_constraint(space, *pairs)
    constraint.finalize()
    # One node is held, which is in no pair on any rank; those that have it as a ghost know it too.
    index_map, comm = space.dofmap.index_map, space.mesh.comm
    every = np.arange(index_map.size_local + index_map.num_ghosts, dtype=np.int32)
    known = index_map.local_to_global(every)
    paired = [pairs.masters, known[pairs.slaves]]
    paired = np.concatenate([row for rows in comm.allgather(paired) for row in rows])
    alone = comm.bcast(np.setdiff1d(known[: index_map.size_local], paired)[0])
    held = fem.dirichletbc(PETSc.ScalarType(0), every[known == alone], space)
    problem = dolfinx_mpc.LinearProblem(left, right, constraint, bcs=[held], petsc_options=LU)
    return problem.solve()


def left_over(space, pairs, load):
    """Loads before and after those of slaves are added to their masters', the largest of each."""
    index_map, comm = space.dofmap.index_map, space.mesh.comm
    own = np.arange(index_map.size_local, dtype=np.int32)
    known = index_map.local_to_global(own)
    ours = pairs.slaves < index_map.size_local
    mine = known, assembled(load).array, known[pairs.slaves[ours]], pairs.masters[ours]
    parts = zip(*comm.allgather(mine), strict=True)
    names, values, slaves, masters = (np.concatenate(part) for part in parts)
    loads = np.zeros(index_map.size_global)
    loads[names] = values
    largest = [float(np.abs(loads).max())]
    np.add.at(loads, masters, loads[slaves])
    loads[slaves] = 0.0
    return [*largest, float(np.abs(loads).max())]


def main(path, volume, way="eliminated"):
    particle = read(path)
    space = function_space(particle.mesh, "Lagrange", 1)
    pairs = periodic(particle, space)
    if way == "loads":
        loads = left_over(space, pairs, forms(particle, space, ufl.as_vector([0, 1, 0]))[2])
        if particle.mesh.comm.rank == 0:
            print(json.dumps(loads))
        return
    # A vector has the same pairs for every component.
    three = periodic(particle, function_space(particle.mesh, "Lagrange", 1, (3,)))
    assert (three.slaves == (3 * pairs.slaves[:, None] + np.arange(3)).ravel()).all()
    columns = []
    for axis in range(3):
        mean = ufl.as_vector(np.eye(3)[axis].tolist())
        stuff, left, right = forms(particle, space, mean)
        solve = constrained if way == "mpc" else eliminated
        flux = stuff * (mean + ufl.grad(solve(space, pairs, left, right)))
        columns.append([integral(flux[k] * ufl.dx, particle.mesh.comm) for k in range(3)])
    tensor = np.array(columns).T / float(volume)
    if particle.mesh.comm.rank == 0:
        print(json.dumps({"tensor": tensor.tolist(), "slaves": len(pairs.slaves)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
