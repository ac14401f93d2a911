"""Grains cut at a smooth shell.

By default grains whose centre of mass is inside stay whole; here they all end at the exact shell
of the particle.
"""

import nmc_mesh

particle, mesh = nmc_mesh.generate("nmc-radial", seed=2, diameter=2.4, surface="shell")
nmc_mesh.picture(mesh, "shell.png")
