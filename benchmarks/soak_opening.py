"""How often boundaries that open find no equilibrium, over laws from tough to brittle.

    python benchmarks/soak_opening.py [SEEDS [FIRST]]

Polycrystals in a box of 162 and 1,296 tetrahedra, every boundary split, swell from the upper end of
the range of NMC811 to x = 0.3 in two steps, or in five, with contents that waver in space.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from nmc_mesh.cohesive.splitting import split_boundaries
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw
from nmc_mesh.mechanics.opening import Opening
from tests.mechanics.test_cycling_cracks import NMC, turned
from tests.meshes import voronoi

LAWS = ((80.0, 0.04), (80.0, 0.004), (300.0, 0.05), (745.0, 0.53))
"""Strength, MPa, and energy, N/m; the last is the shipped one."""


def main(seeds: int = 6, first: int = 0) -> None:
    high = NMC.content_range[1]
    failed = dict.fromkeys(LAWS, 0)
    for grains, side in ((6, 3), (12, 6)):
        split = split_boundaries(mesh := turned(voronoi(grains, side)))
        split = replace(split, mesh=replace(split.mesh, info=mesh.info))
        none = np.zeros(len(split.wedges), dtype=np.bool_)
        for seed in range(first, first + seeds):
            rng = np.random.default_rng(seed)
            steps = np.linspace(high, 0.3, 6 if seed % 2 else 3)[1:]
            waves = [0.05 * np.sin(3 * split.mesh.points @ rng.normal(size=3)) for _ in steps]
            for strength, energy in LAWS:
                law = TractionSeparationLaw(strength, energy, strength, 1e6)
                opening = Opening(split, NMC, law, high, none)
                try:
                    for x, wave in zip(steps, waves, strict=True):
                        opening.follow(x + wave)
                except InputError:
                    failed[strength, energy] += 1
    for (strength, energy), count in failed.items():
        print(f"{strength:g} MPa, {energy:g} N/m: {count} of {2 * seeds} found none")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
