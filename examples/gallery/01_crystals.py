"""Crystals of a particle.

Grains are coloured by the direction of the crystal that points along the particle's radius; the
key is in the picture.
"""

import nmc_mesh

particle, mesh = nmc_mesh.generate("nmc-calibrated", seed=1, grains=120)
nmc_mesh.picture(mesh, "crystals.png", color="ipf")
