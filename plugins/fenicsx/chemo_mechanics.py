"""Charge a polycrystal at C/2 in DOLFINx, then stress it.

    nmc-mesh generate --diameter 2 -o particle.xdmf
    nmc-mesh materials nmc811 -o nmc811.toml
    python3 chemo_mechanics.py particle.xdmf nmc811.toml -o charged.npz

The tables beside the particle (particle_tables.h5) hold the orientations of its grains. With x the
lithium content, V and A volume and outer surface, and every tensor that of the crystal:

    dx/dt = div(D grad x),   n . D grad x = -(x_max - x_min) rate / 3600 s * V / A  outside,
    div C (eps(u) - eps*(x)) = 0,   eps* = diag(a(x)/a(x0) - 1, same, c(x)/c(x0) - 1), no forces.

Where the material has a table [boundary] with diffusivity (um^2/s) and width (um), grain boundaries
conduct their product along themselves. The stress is that at the end of the charge.
Linear elements; in time the two-stage method with gamma = 1 - sqrt(1/2), of order two and stable
for any step. Prints one line of JSON. Runs on one rank or more (mpirun -n 4 python3 ...). It needs
DOLFINx 0.5 to 0.10 and h5py, but not nmc_mesh.
"""

import argparse
import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import ufl
from dolfinx import fem
from dolfinx.fem import petsc
from dolfinx.mesh import meshtags as mesh_tags
from mpi4py import MPI
from petsc4py import PETSc

sys.path.insert(0, str(Path(__file__).parent))
from nmc_mesh_fenicsx import read_particle

GAMMA = 1 - 0.5**0.5
NEEDED = {
    "concentration": ["range"],
    "diffusivity": ["along", "across"],
    "lattice": ["x", "a", "c"],
    "stiffness": ["C11", "C12", "C13", "C14", "C33", "C44"],
}
VOIGT = ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))


def space(mesh, family, degree, shape=()):
    """Make a function space, in the words of old and new versions."""
    if hasattr(fem, "functionspace"):
        return fem.functionspace(mesh, (family, degree, shape))
    make = {(): fem.FunctionSpace, (3,): fem.VectorFunctionSpace}
    return make.get(shape, fem.TensorFunctionSpace)(mesh, (family, degree))


def axes_of_crystals(particle):
    """Rotations from crystal to particle, cell by cell; the third column is the c axis."""
    table = particle.tables["grains"]
    if "orientation" not in table:
        raise SystemExit("the grains have no orientations; draw the particle with a texture")
    labels = particle.grain.x.array.astype(int)
    if table["orientation"].shape != (len(table["id"]), 4):
        raise SystemExit("the table of grains lacks orientations; write it again")
    if not np.isin(labels, table["id"]).all():
        raise SystemExit("the table lacks grains of the mesh; they belong to different particles")
    rows = np.zeros(int(table["id"].max()) + 1, dtype=int)
    rows[table["id"]] = np.arange(len(table["id"]))
    w, x, y, z = table["orientation"][rows[labels]].T
    found = fem.Function(space(particle.mesh, "DG", 0, (3, 3)))
    found.x.array[:] = np.stack(
        [
            1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
            2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
            2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
        ],
        axis=1,
    ).ravel()  # fmt: skip
    return found


def read_material(path):
    """Numbers of a material file; a missing one ends the program before any work."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SystemExit(f"cannot read {path}: {error}") from None
    missing = [
        f"{table}.{name}"
        for table, names in NEEDED.items()
        for name in names
        if name not in found.get(table, {})
    ]
    if missing:
        raise SystemExit(f"{path} has no {', '.join(missing)}; add them, with their sources")
    return found


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
    found.setErrorIfNotConverged(True)
    return found


def solved(ksp, load):
    """Solution for one load."""
    found = load.duplicate()
    ksp.solve(load, found)
    return found


def integral(form, comm):
    """Value of a form without arguments, summed over ranks."""
    return comm.allreduce(fem.assemble_scalar(fem.form(form)), MPI.SUM)


def charge(particle, axes, material, rate, share, steps):
    """Lithium content at the end, and how far the lithium there is from what has flowed."""
    mesh, comm = particle.mesh, particle.mesh.comm
    low, high = material["concentration"]["range"]
    along, across = (
        np.interp(high, material["diffusivity"]["x"], values) if np.ndim(values) else values
        for values in (material["diffusivity"][name] for name in ("along", "across"))
    )
    c = axes[:, 2]
    tensor = along * ufl.Identity(3) + (across - along) * ufl.outer(c, c)
    content = fem.Function(space(mesh, "CG", 1))
    u, v = ufl.TrialFunction(content.function_space), ufl.TestFunction(content.function_space)
    _, outer = particle.names["outer_surface"]
    ds = ufl.Measure("ds", mesh, subdomain_data=particle.facet_tags)(outer)
    one = fem.Constant(mesh, PETSc.ScalarType(1))
    volume, area = integral(one * ufl.dx, comm), integral(one * ds, comm)
    flux = (low - high) * rate / 3600 * volume / area
    step = 3600 * share / rate / steps

    load = assembled(flux * v * ds)
    mass = matrix_of(u * v * ufl.dx)
    stiff = matrix_of(
        ufl.inner(tensor * ufl.grad(u), ufl.grad(v)) * ufl.dx
        + along_boundaries(particle, material, u, v)
    )
    both = mass.copy()
    both.axpy(GAMMA * step, stiff)
    ksp = solver(both, 1e-13)
    now = load.duplicate()
    now.set(high)
    for _ in range(steps):
        first = solved(ksp, load - stiff * now)
        second = solved(ksp, load - stiff * (now + (1 - GAMMA) * step * first))
        now += step * ((1 - GAMMA) * first + GAMMA * second)
    own = content.function_space.dofmap.index_map.size_local
    content.x.array[:own] = now.array
    content.x.scatter_forward()
    there = integral(content * ufl.dx, comm)
    return content, there / (high * volume + flux * area * step * steps) - 1


def along_boundaries(particle, material, u, v):
    """Conduction along grain boundaries: their width times their diffusivity, on their facets."""
    mesh, boundary = particle.mesh, material.get("boundary", {})
    kappa = boundary.get("width", 0.0) * boundary.get("diffusivity", 0.0)
    tags = particle.facet_tags
    inner = tags.indices[tags.values != particle.names["outer_surface"][1]]
    marked = mesh_tags(mesh, mesh.topology.dim - 1, inner, np.ones(len(inner), dtype=np.int32))
    n = ufl.FacetNormal(mesh)("+")
    g, h = ufl.grad(u)("+"), ufl.grad(v)("+")
    slide = ufl.inner(g, h) - ufl.inner(g, n) * ufl.inner(h, n)
    return fem.Constant(mesh, PETSc.ScalarType(kappa)) * slide * ufl.dS(1, subdomain_data=marked)


def stress(particle, axes, material, content):
    """Stress tensors, cell by cell, in the frame of the particle, MPa."""
    mesh = particle.mesh
    lattice, full = material["lattice"], material["concentration"]["range"][1]
    low, high = np.min(content.x.array), np.max(content.x.array)
    if low < lattice["x"][0] or high > lattice["x"][-1]:
        raise SystemExit(f"no lattice is known for x from {low:.3f} to {high:.3f}; charge less")
    strains = []
    for name in ("a", "c"):
        strain = fem.Function(content.function_space)
        start = np.interp(full, lattice["x"], lattice[name])
        strain.x.array[:] = np.interp(content.x.array, lattice["x"], lattice[name]) / start - 1
        strains.append(strain)
    k = material["stiffness"]
    c11, c12, c13, c14, c33, c44 = (k[f"C{n}"] for n in (11, 12, 13, 14, 33, 44))
    voigt = ufl.as_matrix(
        [
            [c11, c12, c13, c14, 0, 0],
            [c12, c11, c13, -c14, 0, 0],
            [c13, c13, c33, 0, 0, 0],
            [c14, -c14, 0, c44, 0, 0],
            [0, 0, 0, 0, c44, c14],
            [0, 0, 0, 0, c14, (c11 - c12) / 2],
        ]
    )

    def in_crystal(w):
        turned = axes.T * ufl.sym(ufl.grad(w)) * axes
        return ufl.as_vector([(1 if i == j else 2) * turned[i, j] for i, j in VOIGT])

    own = ufl.as_vector([strains[0], strains[0], strains[1], 0, 0, 0])
    moved = fem.Function(space(mesh, "CG", 1, (3,)))
    u, v = ufl.TrialFunction(moved.function_space), ufl.TestFunction(moved.function_space)
    dx = ufl.dx(metadata={"quadrature_degree": 1})
    matrix = matrix_of(ufl.inner(voigt * in_crystal(u), in_crystal(v)) * dx)
    load = assembled(ufl.inner(voigt * own, in_crystal(v)) * dx)
    free = rigid_motions(moved.function_space, load)
    matrix.setNullSpace(free)
    matrix.setNearNullSpace(free)
    free.remove(load)
    size = moved.function_space.dofmap.index_map.size_local * 3
    moved.x.array[:size] = solved(solver(matrix, 1e-11), load).array
    moved.x.scatter_forward()

    s = voigt * (in_crystal(moved) - own)
    crystal = ufl.as_matrix([[s[0], s[5], s[4]], [s[5], s[1], s[3]], [s[4], s[3], s[2]]])
    sample = axes * crystal * axes.T
    test = ufl.TestFunction(particle.grain.function_space)
    volumes = assembled(test * dx).array
    return np.stack([assembled(sample[i, j] * test * dx).array / volumes for i, j in VOIGT], axis=1)


def rigid_motions(vectors, like):
    """Null space of a free body: three shifts and three turns."""
    own = vectors.dofmap.index_map.size_local
    place = vectors.tabulate_dof_coordinates()[:own]
    motions = []
    for k in range(6):
        part = np.zeros((own, 3))
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


def main(arguments=None):
    """Read, charge, stress, report."""
    parser = argparse.ArgumentParser(description="Charge a particle and stress it.")
    parser.add_argument("particle", type=Path, help="the .xdmf file of the particle")
    parser.add_argument("material", type=Path, help="a .toml file of nmc-mesh materials")
    parser.add_argument("--rate", type=float, default=0.5, help="C-rate, 1/h")
    parser.add_argument("--share", type=float, default=1.0, help="of the capacity, charged")
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("-o", "--output", type=Path, help=".npz with content and stress")
    chosen = parser.parse_args(arguments)
    material = read_material(chosen.material)
    particle = read_particle(chosen.particle, MPI.COMM_WORLD)
    axes = axes_of_crystals(particle)
    content, lost = charge(particle, axes, material, chosen.rate, chosen.share, chosen.steps)
    sigma = stress(particle, axes, material, content)
    own = content.function_space.dofmap.index_map.size_local
    parts = {
        "points": content.function_space.tabulate_dof_coordinates()[:own],
        "content": content.x.array[:own],
        "centres": particle.grain.function_space.tabulate_dof_coordinates()[: len(sigma)],
        "stress": sigma,
    }
    every = {name: particle.mesh.comm.gather(part) for name, part in parts.items()}
    if particle.mesh.comm.rank == 0:
        every = {name: np.concatenate(found) for name, found in every.items()}
        values, stresses = every["content"], every["stress"]
        facts = {
            "least x": values.min(),
            "largest x": values.max(),
            "largest stress, MPa": np.abs(stresses).max(),
            "mean square stress, MPa^2": (stresses**2).mean(),
            "lithium lost": lost,
        }
        print(json.dumps({name: float(value) for name, value in facts.items()}))
        if chosen.output:
            np.savez(chosen.output, **every)


if __name__ == "__main__":
    main()
