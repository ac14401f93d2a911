"""What a data set holds.

Twelve particles of one model, each from its own stream of random numbers; the whole, with files,
manifest and shards, is `nmc-mesh dataset`.
"""

from pathlib import Path

import numpy as np

import nmc_mesh
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.plot.distributions import distributions

model = nmc_mesh.load_model("nmc-calibrated")
meshes = [
    nmc_mesh.tetrahedralize(model.sample(np.random.default_rng(stream), 1.6))
    for stream in np.random.SeedSequence(5).spawn(12)
]
grains = [grain_table(mesh) for mesh in meshes]
columns = {
    "grains per particle": np.array([len(mesh.grains) for mesh in meshes]),
    "volume of a grain (µm³)": np.concatenate([table["volume"] for table in grains]),
    "neighbours": np.concatenate([table["neighbours"] for table in grains]),
    "radius ratio of cells": np.concatenate([quality(mesh).radius_ratio for mesh in meshes]),
}
Path("data_set.png").write_bytes(distributions(columns))
