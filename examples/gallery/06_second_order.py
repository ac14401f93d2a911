"""Second order: nodes on the exact boundaries.

How far facets are from the exact boundaries of their grains, for cells of order 1 and 2, as the
mesh gets finer: it falls with the square and with the fourth power of the edge length at their
centres.
"""

import matplotlib.pyplot as plt
import numpy as np

import nmc_mesh
from nmc_mesh.mesher.accuracy import boundary_distances

particle = nmc_mesh.load_model("nmc-radial").sample(1, 1.0)
sizes = np.array([0.1, 0.07, 0.05, 0.035])
for order in (1, 2):
    far = []
    for size in sizes:
        mesh = nmc_mesh.tetrahedralize(particle, size)
        mesh = mesh if order == 1 else nmc_mesh.second_order(mesh, particle)
        distances = boundary_distances(mesh, particle)
        far.append(np.median(distances[np.isfinite(distances)]))
    plt.loglog(sizes, far, "o-", label=f"order {order}")
plt.xlabel("edge length (µm)")
plt.ylabel("median distance (µm)")
plt.legend()
plt.savefig("second_order.png", dpi=120)
