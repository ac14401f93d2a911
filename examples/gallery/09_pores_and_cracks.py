"""Intact, porous, cracked.

The same charge of three particles: pores are empty and let no lithium through, a crack parts what
lies on both sides of it.
"""

import numpy as np

import nmc_mesh
from nmc_mesh.mechanics.diffusion import charge
from nmc_mesh.plot.fields import fields_picture, node_panel

contents, panels = [], []
for title, phases in {
    "intact": {},
    "porous, 8 %": {"pores": 0.08},
    "a third of the boundaries cracked": {"cracks": 0.33},
}.items():
    _, mesh = nmc_mesh.generate("nmc-radial", seed=2, grains=40, **phases)
    mesh = nmc_mesh.solids(mesh)
    diffusivity = np.tile(0.01 * np.eye(3), (mesh.labels.max(), 1, 1))
    contents.append(charge(mesh, diffusivity, 0.9, -0.0005, np.linspace(0, 60, 13))[-1])
    panels.append(node_panel(mesh, contents[-1], title))
limits = np.quantile(np.concatenate(contents), (0.01, 0.99))
fields_picture([("content", tuple(limits), "viridis", panels)], "pores_and_cracks.png")
