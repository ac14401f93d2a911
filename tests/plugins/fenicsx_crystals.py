"""Crystals of every grain as the plugin for FEniCSx has them, as one line of JSON.

mpiexec -n 2 python3 fenicsx_crystals.py particle.xdmf LABEL ...

Run by test_fenicsx.py with the plugin on the path; the labels are those of a submesh.
"""

import json
import sys

import numpy as np
import ufl
from nmc_mesh_fenicsx import (
    diffusivity,
    of_grains,
    quaternions,
    read,
    rotations,
    stiffness,
    submesh,
)
from nmc_mesh_fenicsx.algebra import assembled, integral
from nmc_mesh_fenicsx.versions import cells_to_dofs, function_space

CONSTANTS = {"C11": 230.0, "C12": 70.0, "C13": 46.0, "C14": -6.0, "C33": 135.0, "C44": 36.0}


def by_grain(particle, field):
    """Values of a field by label, each found in every cell of the grain on every rank."""
    comm, own = particle.mesh.comm, particle.mesh.topology.index_map(3).size_local
    size = int(np.prod(field.ufl_shape, initial=1))
    rows = field.x.array.reshape(-1, size)[cells_to_dofs(field.function_space)[:, 0]][:own]
    labels = particle.grain.x.array[cells_to_dofs(particle.grain.function_space)[:, 0]][:own]
    rows, labels = (np.concatenate(comm.allgather(part)) for part in (rows, labels))
    found = {}
    for label in np.unique(labels):
        inside = rows[labels == label]
        assert (inside == inside[0]).all()
        found[int(label)] = inside[0].tolist()
    return found


def means(particle, field):
    """Integral of a tensor over the particle: what a form makes of it."""
    test = ufl.TestFunction(function_space(particle.mesh, "DG", 0, field.ufl_shape))
    vector = assembled(ufl.inner(field, test) * ufl.dx).array
    size = int(np.prod(field.ufl_shape))
    return particle.mesh.comm.allreduce(vector.reshape(-1, size).sum(axis=0)).tolist()


def main(path, *labels):
    particle = read(path)
    table = particle.tables.get("grains")
    part, cells = submesh(particle, [int(label) for label in labels])
    own = part.topology.index_map(3).size_local
    grain = particle.grain.x.array[cells_to_dofs(particle.grain.function_space)[:, 0]]
    one = ufl.as_ufl(1.0) * ufl.dx(domain=part)
    fields = {
        "quaternions": quaternions(particle),
        "rotations": rotations(particle),
        "diffusivity": diffusivity(particle, 2.0, 0.5),
        "stiffness": stiffness(particle, CONSTANTS),
    }
    found = {name: by_grain(particle, field) for name, field in fields.items()}
    if table is not None:
        found["volume"] = by_grain(particle, of_grains(particle, table["id"], table["volume"]))
    found["integral"] = means(particle, fields["rotations"])
    found["submesh volume"] = integral(one, part.comm)
    found["submesh labels"] = sorted(set().union(*part.comm.allgather(grain[cells[:own]].tolist())))
    try:
        of_grains(particle, [1], [1.0])
    except ValueError as error:
        found["refused"] = str(error)
    if part.comm.rank == 0:
        print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
