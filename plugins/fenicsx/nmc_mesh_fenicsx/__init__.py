"""Particles of nmc_mesh in FEniCSx: mesh, tags, tables, sides of boundaries, crystals.

``read("particle.xdmf")`` takes what ``nmc-mesh generate -o particle.xdmf`` wrote, on any number of
ranks, in DOLFINx from 0.5 to 0.11; nmc_mesh itself is not needed. Lengths are micrometres.
"""

# Before DOLFINx: mpi4py finds the MPI library of a pip environment, which DOLFINx's own modules do
# not look for there. Loaded once, it serves them too, and no LD_LIBRARY_PATH is needed.
import mpi4py.MPI  # noqa: F401

# isort: split
from nmc_mesh_fenicsx.boundaries import higher, lower, sides
from nmc_mesh_fenicsx.crystals import diffusivity, of_grains, quaternions, rotations, stiffness
from nmc_mesh_fenicsx.particle import Particle, read, submesh
from nmc_mesh_fenicsx.periodic import Constraint, periodic

__all__ = [
    "Constraint",
    "Particle",
    "diffusivity",
    "higher",
    "lower",
    "of_grains",
    "periodic",
    "quaternions",
    "read",
    "rotations",
    "sides",
    "stiffness",
    "submesh",
]
