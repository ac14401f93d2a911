"""A map beside sections of a model.

A particle is cut twice and written as orientation maps, which are read as measured ones are.
Sections of another model lie beside them: areas, elongation, angles to the radius, chords.
"""

import numpy as np

import nmc_mesh
from nmc_mesh.plot.grains import comparison_figure
from nmc_mesh.validation.grains import draw_ball
from nmc_mesh.validation.grains_compare import compare_grains
from nmc_mesh.validation.grains_cuts import cut_ball
from nmc_mesh.validation.grains_maps import section_through_map

rng = np.random.default_rng(0)
ball = draw_ball(nmc_mesh.load_model("nmc-calibrated").grains, 2.0, rng)
maps = [section_through_map(cut_ball(ball, 0.0, 0.03, rng, axis=k), rng) for k in (0, 1)]
compared = compare_grains(maps, nmc_mesh.load_model("nmc-equiaxed").grains, rng)
comparison_figure(compared, "sections.png")
