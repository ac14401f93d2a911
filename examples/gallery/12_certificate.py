"""A certificate.

Every facet has a proven bound on its distance from the exact boundaries of its grains; red is 0.3
edge lengths.
"""

import numpy as np

import nmc_mesh
from nmc_mesh.mesher.certificate import proven_distances
from nmc_mesh.plot.fields import fields_picture, node_panel

particle, mesh = nmc_mesh.generate("nmc-radial", seed=3, grains=40)
bounds = np.minimum(proven_distances(mesh, particle)[:, 0] / mesh.info["size"], 0.3)
at_nodes = np.zeros(len(mesh.points))
np.maximum.at(at_nodes, mesh.facets.ravel(), np.repeat(bounds, 3))
panel = node_panel(mesh, at_nodes, f"{len(mesh.facets):,} facets")
fields_picture([("proven distance, edge lengths", (0, 0.3), "YlOrRd", [panel])], "certificate.png")
