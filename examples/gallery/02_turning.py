"""A movie, an octant cut away.

The particle turns about its z axis; an ending of `.mp4` gives the same for slides.
"""

import nmc_mesh

particle, mesh = nmc_mesh.generate("nmc-radial", seed=3, grains=60)
nmc_mesh.picture(mesh, "turning.gif", width=400)
