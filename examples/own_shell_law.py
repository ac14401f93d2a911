"""A shell law of one's own: ellipsoids, in Python and by name in a model file.

A package offers it to model files by an entry point:

    [project.entry-points."nmc_mesh.shell_laws"]
    ellipsoids = "own_shell_law:Ellipsoids"
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from nmc_mesh import Particle, StarShape, load_model
from nmc_mesh.crystal.tables import Positive
from nmc_mesh.geometry.directions import directions
from nmc_mesh.geometry.harmonics import design_matrix
from nmc_mesh.particle.schema_laws import ShellLawTable


class Ellipsoids(ShellLawTable):
    """Ellipsoids of log-normal semi-axes: their medians in um, the spread of their logarithms."""

    law: Literal["ellipsoids"] = "ellipsoids"
    axes: tuple[Positive, Positive, Positive]
    spread: Positive

    def model(self) -> Ellipsoids:
        return self

    def sample(self, rng: np.random.Generator) -> StarShape:
        axes = np.array(self.axes) * np.exp(self.spread * rng.standard_normal(3))
        radius = 1 / np.sqrt(((directions() / axes) ** 2).sum(axis=1))
        return StarShape(np.linalg.lstsq(design_matrix(directions()), radius, rcond=None)[0])

    def sample_sized(self, diameter: float, rng: np.random.Generator) -> StarShape:
        shape = self.sample(rng)
        return shape.scaled(diameter / shape.equivalent_diameter)


def main() -> Particle:
    law = Ellipsoids(axes=(1.5, 1.0, 1.0), spread=0.01)
    return replace(load_model("nmc-radial"), shell=law).sample(1)


if __name__ == "__main__":
    print(f"{main().shell.volume:.2f} um^3")
