"""Mesh packings of porous particles, every other one cracked; a line for each.

    python benchmarks/soak_packings.py SEED ...

Two to four particles of 15, 20 or 30 grains, a tenth or 15 % of the box, 5 % of pores; of odd seeds
a tenth of the boundaries is cracked. A line tells the share of pores and of particles in the mesh
over those asked for, the least angle and the labels lost.
"""

from __future__ import annotations

import sys

import numpy as np

from nmc_mesh import generate_packing
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import phase_table

PORES, CRACKS = 0.05, 0.1
MODELS = ("nmc-radial", "nmc-equiaxed", "nmc-calibrated")


def line(seed: int) -> str:
    """What a packing came out as."""
    fraction = (0.1, 0.15)[seed % 2]
    bed, mesh = generate_packing(
        MODELS[seed // 3 % 3],
        seed,
        particles=2 + seed % 3,
        fraction=fraction,
        grains=(15, 20, 30)[seed % 3],
        pores=PORES,
        keep_voids=True,
        cracks=CRACKS if seed % 2 else None,
    )
    volumes = phase_table(mesh)["volume"]
    held = volumes["pore"] + volumes["grain"]
    angle = np.degrees(quality(mesh).smallest_angle.min())
    return (
        f"{seed}: {bed!r}, pores {volumes['pore'] / held / PORES:.4f}, particles "
        f"{held / sum(volumes.values()) / fraction:.4f}, cracks "
        f"{mesh.info.get('cracks', {}).get('reached')}, {angle:.1f} degrees, "
        f"lost {mesh.info['lost_grains']}"
    )


if __name__ == "__main__":
    for number in map(int, sys.argv[1:]):
        print(line(number), flush=True)
