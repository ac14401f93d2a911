"""A particle in electrolyte.

Grains, pores and the electrolyte of a box around them are one conforming mesh, each a block of
the file.
"""

import nmc_mesh

particle, mesh = nmc_mesh.generate("nmc-radial", 3, grains=40, pores=0.05, domain="box:1.2")
nmc_mesh.picture(mesh, "electrolyte.png", color="phase")
