"""How near cracks come to the share asked for, on small particles, where one facet is a percent.

    python benchmarks/crack_shares.py [particles]

Particles of 15, 17, 19, ... grains of three models with 5 % of pores; four laws and shares of 0.05,
0.1 and 0.2 in each, cracks of no thickness and open ones, which are whole boundaries. Printed are
median, ninth tenth and largest of what they are off by, in percent of the share.
"""

from __future__ import annotations

import sys
import warnings

import numpy as np
from rich.progress import track

from nmc_mesh import crack, generate
from nmc_mesh.cracks.cells import open_cracks
from nmc_mesh.cracks.law import LAWS, CrackLaw
from nmc_mesh.errors import InputError

MODELS = ("nmc-radial", "nmc-calibrated", "nmc-equiaxed")
SHARES = (0.05, 0.1, 0.2)


def main(count: int = 12) -> None:
    """Print what is off, for cracks without and with a width."""
    warnings.simplefilter("ignore")
    off: dict[str, list[float]] = {"no thickness": [], "open": []}
    for number in track(range(count), "particles"):
        model = MODELS[number % len(MODELS)]
        particle, mesh = generate(model, 500 + number, grains=15 + 2 * number, pores=0.05)
        size = mesh.info["size"]
        for seed, name in enumerate(LAWS):
            for share in SHARES:
                reached = crack(mesh, CrackLaw.named(name, share), seed).info["cracks"]["reached"]
                off["no thickness"].append(100 * abs(reached / share - 1))
                law = CrackLaw.named(name, share, width=size)
                try:
                    reached = open_cracks(particle, mesh, law, seed, size).facts["reached"]
                except InputError as error:
                    print(f"{model} {500 + number}, {name}, {share}: {error}")
                    continue
                off["open"].append(100 * abs(reached / share - 1))
    for kind, values in off.items():
        middle, most, worst = np.quantile(values, (0.5, 0.9, 1))
        print(f"{kind}: {len(values)} of {middle:.2f}, {most:.2f}, {worst:.1f} %")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
