"""Several particles in electrolyte.

Four particles are packed into a box of electrolyte; grains of all of them, and what is between,
are one conforming mesh.
"""

import nmc_mesh
from nmc_mesh.pipeline.packings import generate_packing

packing, mesh = generate_packing("nmc-equiaxed", 1, particles=4, grains=8, fraction=0.2)
nmc_mesh.picture(mesh, "packing.png")
