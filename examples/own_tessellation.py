"""A tessellation of one's own: Laguerre's, in Python and by name in a model file.

Anything that draws a `GBPD` will do: with unit matrices it is a Laguerre diagram, and with equal
offsets too a Voronoi diagram. A package offers it to model files by an entry point:

    [project.entry-points."nmc_mesh.tessellations"]
    laguerre = "own_tessellation:Laguerre"
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from nmc_mesh import GBPD, Particle, load_model
from nmc_mesh.crystal.tables import Positive
from nmc_mesh.particle.schema_laws import TessellationTable


class Laguerre(TessellationTable):
    """Cells of balls of uniform radii 0 ... ``radius`` um about a Poisson process of seeds."""

    law: Literal["laguerre"] = "laguerre"
    grain_size: Positive  # um, edge of the cube of a mean cell's volume
    radius: Positive

    def model(self) -> Laguerre:
        return self

    def sample(self, window_half: float, rng: np.random.Generator) -> GBPD:
        count = rng.poisson((2 * window_half / self.grain_size) ** 3)
        seeds = rng.uniform(-window_half, window_half, (count, 3))
        radii = self.radius * rng.random(count)
        return GBPD(seeds, np.tile(np.eye(3), (count, 1, 1)), radii**2)


def main() -> Particle:
    grains = Laguerre(grain_size=0.5, radius=0.3)
    return replace(load_model("nmc-radial"), grains=grains).sample(1, diameter=2.0)


if __name__ == "__main__":
    print(f"{main().n_grains} grains")
