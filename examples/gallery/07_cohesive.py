"""Boundaries that are pulled open.

A particle of NMC811 has lost half of its lithium. Cohesive elements between its grains show where
they are pulled apart (red) and pressed together (blue).
"""

import nmc_mesh
from nmc_mesh.mechanics import chemo
from nmc_mesh.mechanics.cohesive_zone import unbreakable
from nmc_mesh.plot.fields import fields_picture, wedge_panel

material = nmc_mesh.load_material("nmc811")
full = material.content_range[1]
_, mesh = nmc_mesh.generate("nmc-calibrated", seed=1, grains=20, size=0.1)
charge = chemo.galvanostatic(mesh, material, rate=0.5, share=0.5, steps=10)
split = nmc_mesh.split_boundaries(mesh)
state = chemo.opened(split, material, charge.content[-1], full, unbreakable())
normal, shear = chemo.wedge_tractions(split, state.cohesive)
panels = [wedge_panel(split, normal, "across"), wedge_panel(split, shear, "along")]
fields_picture([("traction (MPa)", (-1200, 1200), "RdBu_r", panels)], "cohesive.png")
