"""A charge and its stress.

Lithium leaves through the surface at C/2, fastest along the layers of every crystal; grains
shrink differently and pull at each other.
"""

import numpy as np

import nmc_mesh
from nmc_mesh.mechanics import chemo
from nmc_mesh.plot.fields import fields_picture, node_panel

material = nmc_mesh.load_material("nmc811")
_, mesh = nmc_mesh.generate("nmc-calibrated", seed=1, grains=20, size=0.1)
charge = chemo.galvanostatic(mesh, material, rate=0.5, share=0.5, steps=10)
content = charge.content[-1]
stress = chemo.stressed(mesh, material, content, material.content_range[1]).stress
pressure, cells = -stress[:, :3].mean(axis=1), mesh.cells.ravel()
at_nodes = np.bincount(cells, np.repeat(pressure, 4)) / np.bincount(cells)
rows = [
    ("content x", (content.min(), content.max()), "viridis", [node_panel(mesh, content)]),
    ("pressure (MPa)", (-400, 400), "RdBu_r", [node_panel(mesh, at_nodes)]),
]
fields_picture(rows, "charge.png")
