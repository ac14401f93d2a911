"""What grains of the radial law are like: the numbers of ``nmc_mesh/grains/prescribed.py``.

``python benchmarks/prescribed_grains.py`` measures balls of 4,100 grains, three for each ratio of
the axes and width of the offsets, and six of 11,000 for each width, to which the others of that
width are scaled: their seeds are the same, so they are off together. It prints the tables, in five
minutes on one idle core.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.grains.prescribed import OFFSETS, RATIOS, radial_law
from nmc_mesh.typing import Floats
from nmc_mesh.validation.grains import draw_ball

RADIUS, SEEDS = 10.0, (1, 2, 3)  # in sizes of a seed's cube
LARGE, MORE, RATIO = 14.0, (11, 12, 13, 14, 15, 16), 3.0


def measured(ratio: float, offset: float, seed: int, radius: float = RADIUS) -> Floats:
    """Return the mean diameter, the mean elongation and the cv of the diameter of one ball."""
    rng = np.random.default_rng([seed, 7])
    shapes = draw_ball(radial_law(ratio, offset, 1.0), radius, rng).shapes
    diameters = np.cbrt(6 * shapes.volumes / np.pi)
    mean = diameters.mean()
    return np.array([mean, shapes.elongations.mean(), diameters.std() / mean])


def main() -> None:
    """Print one table after the other."""
    found = np.array([
        [np.mean([measured(ratio, offset, seed) for seed in SEEDS], axis=0) for offset in OFFSETS]
        for ratio in RATIOS
    ])  # fmt: skip
    precise = [
        np.mean([measured(RATIO, offset, seed, LARGE) for seed in MORE], axis=0)
        for offset in OFFSETS
    ]
    found *= np.array(precise) / found[RATIOS.index(RATIO)]
    for column, name in enumerate(("DIAMETERS", "ASPECTS", "SPREADS")):
        print(name)
        for row in found[:, :, column]:
            print("    (" + ", ".join(f"{value:.4f}" for value in row) + "),")


if __name__ == "__main__":
    main()
