"""Intact, porous, cracked.

The same charge of three particles: pores are empty and let no lithium through, a crack parts what
lies on both sides of it. Below, the largest principal stress of the crystals that shrink and grow.
"""

import numpy as np

import nmc_mesh
from nmc_mesh.mechanics.chemo import stressed
from nmc_mesh.mechanics.diffusion import charge
from nmc_mesh.mechanics.elasticity import tensors
from nmc_mesh.plot.fields import fields_picture, node_panel

material, rows = nmc_mesh.load_material("nmc811"), {"content": [], "stress in MPa": []}
for title, phases in {
    "intact": {},
    "porous, 8 %": {"pores": 0.08},
    "a third of the boundaries cracked": {"cracks": 0.33},
}.items():
    mesh = nmc_mesh.solids(nmc_mesh.generate("nmc-radial", seed=2, grains=15, **phases)[1])
    diffusivity = np.tile(0.01 * np.eye(3), (mesh.labels.max(), 1, 1))
    content = charge(mesh, diffusivity, 0.9, -0.0005, np.linspace(0, 60, 13))[-1]
    largest = np.linalg.eigvalsh(tensors(stressed(mesh, material, content, 0.9).stress))[:, 2]
    at, cells = mesh.cells.ravel(), np.repeat(largest, 4)
    rows["content"].append((content, mesh, title))
    rows["stress in MPa"].append((np.bincount(at, cells) / np.bincount(at), mesh, ""))
drawn = []
for (name, row), colors in zip(rows.items(), ("viridis", "magma"), strict=True):
    limits = np.quantile(np.concatenate([values for values, _, _ in row]), (0.01, 0.98))
    panels = [node_panel(mesh, values, title) for values, mesh, title in row]
    drawn.append((name, tuple(limits), colors, panels))
fields_picture(drawn, "pores_and_cracks.png")
