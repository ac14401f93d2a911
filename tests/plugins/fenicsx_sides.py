"""What the plugin for FEniCSx reads, as one line of JSON; run by test_fenicsx.py.

mpiexec -n 2 python3 fenicsx_sides.py pairs.xdmf colors.xdmf     # with the plugin on the path
"""

import json
import sys

import numpy as np
import ufl
from mpi4py import MPI
from nmc_mesh_fenicsx import higher, lower, read, sides
from nmc_mesh_fenicsx.algebra import assembled, integral
from nmc_mesh_fenicsx.versions import fem

COMM = MPI.COMM_WORLD


def by_grain(particle, expression):
    """Assemble a form with a DG0 test function; sums by label, over all ranks."""
    vector = assembled(expression)
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


def lengthwise(particle):
    """Integral of the normals from the lower grain to the higher, along x, by lists of cells."""
    words = (name for name, (dim, _) in particle.names.items() if dim == 2)
    tags = [particle.names[name][1] for name in words if name != "outer_surface"]
    sided = [(tag, sides(particle, tag).ravel()) for tag in tags]
    measure = ufl.Measure("dS", particle.mesh, subdomain_data=sided)
    n = ufl.FacetNormal(particle.mesh)
    return [integral(n("+")[0] * measure(tag), COMM) for tag in tags]


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
    particle, colored = (read(path, COMM) for path in (first, second))
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
    if hasattr(fem, "functionspace"):  # from 0.7 on
        found["lengthwise"] = lengthwise(particle)
    if COMM.rank == 0:
        print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
