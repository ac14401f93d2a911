"""What the plugin for FEniCSx reads, as one line of JSON; run by test_fenicsx.py.

mpirun -n 2 python3 fenicsx_sides.py PLUGIN_FOLDER pairs.xdmf colors.xdmf
"""

import json
import sys

sys.path.insert(0, sys.argv[1])

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.la import ScatterMode
from mpi4py import MPI
from nmc_mesh_fenicsx import higher, lower, read_particle, sides

COMM = MPI.COMM_WORLD


def by_grain(particle, expression):
    """Assemble a form with a DG0 test function; sums by label, over all ranks."""
    vector = fem.assemble_vector(fem.form(expression))
    vector.scatter_reverse(ScatterMode.add)
    owned = particle.mesh.topology.index_map(3).size_local
    labels = particle.grain.x.array[:owned].round().astype(int)
    last = COMM.allreduce(labels.max(), MPI.MAX)
    return COMM.allreduce(np.bincount(labels, vector.array[:owned], last + 1))[1:].tolist()


def area_vectors(particle, side):
    """Sum, by the grain on a side, of the area vectors that leave it on that side."""
    tag = particle.names["grain_boundary"][1]
    measure = ufl.Measure("dS", particle.mesh, subdomain_data=particle.facet_tags)(tag)
    v = ufl.TestFunction(particle.grain.function_space)
    n = ufl.FacetNormal(particle.mesh)
    form = side(v, particle) * side(n, particle)[0] * measure
    return by_grain(particle, form)


def pairs(particle):
    """Number of facets, and the labels on both sides, of every pair of grains."""
    labels = particle.grain.x.array.round().astype(int)
    found = {}
    for name, (dim, tag) in particle.names.items():
        if dim == 2 and name != "outer_surface":
            rows = sides(particle, tag)
            parts = COMM.allgather(labels[rows[:, [0, 2]]].tolist())
            found[name] = [pair for part in parts for pair in part]
    return found


def main(first, second):
    particle, colored = (read_particle(path, COMM) for path in (first, second))
    v = ufl.TestFunction(colored.grain.function_space)
    found = {
        "ranks": COMM.size,
        "pairs": pairs(particle),
        "colors": np.unique(np.concatenate(COMM.allgather(colored.cell_tags.values))).tolist(),
        "volumes": by_grain(colored, v * ufl.dx),
        "lower": area_vectors(colored, lower),
        "higher": area_vectors(colored, higher),
        "table": particle.tables["grains"]["volume"].tolist(),
        "no_tables": colored.tables == {},
    }
    if COMM.rank == 0:
        print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[2:])
