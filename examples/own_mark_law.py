"""A mark law of one's own: all grains alike, in Python and by name in a model file.

A package offers it to model files by an entry point:

    [project.entry-points."nmc_mesh.mark_laws"]
    constant = "own_mark_law:Constant"
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from nmc_mesh import Particle, load_model
from nmc_mesh.crystal.tables import Positive
from nmc_mesh.grains import Marks, SeedPattern
from nmc_mesh.particle.schema_laws import MarkLawTable


class Constant(MarkLawTable):
    """D is the same for every seed, r is 0; a small first entry makes radial needles."""

    law: Literal["constant"] = "constant"
    diagonal: tuple[Positive, Positive, Positive]

    def mark_law(self, pixel: float) -> Constant:
        return self  # D has no unit, so the pixel plays no part

    def __call__(self, pattern: SeedPattern, rng: np.random.Generator) -> Marks:
        count = len(pattern.seeds)
        return Marks(np.tile(self.diagonal, (count, 1)), np.zeros(count))


def main() -> Particle:
    model = load_model("nmc-radial")
    grains = replace(model.grains, marks=Constant(diagonal=(0.25, 1.0, 1.0)))
    return replace(model, grains=grains).sample(1, diameter=2.0)


if __name__ == "__main__":
    print(f"{main().n_grains} grains")
