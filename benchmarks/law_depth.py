"""Grains near the surface of small particles: a law of the depth beside one of the distance.

python benchmarks/law_depth.py 0 1 2

cuts six particles of measured shells and 200 to 1,800 grains through their centres, in which grains
are long toward the centre inside and flat along the shell near it. Neither law holds that: the
hidden D changes in a smooth step of the depth. Both are calibrated on the sections; printed are
errors in space in a small and a large ball, of all grains and of those nearer to the shell than
0.5 um.

python benchmarks/law_depth.py choose 0 1 2

prints which of both laws held-out sections choose, for this truth and for one that changes with the
distance from the centre alike, and by what evidence.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.particle.model import ParticleModel, load_model
from nmc_mesh.sections import Treatment, treated
from nmc_mesh.sections.find import section_of_labels
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains import draw_ball, figures, joined
from nmc_mesh.validation.grains_truths import PIXEL, DepthStep, TruthLaw

DIAMETERS = (3.0, 3.6, 4.2, 4.8, 5.4, 6.0)
BALLS = {1.5: 16, 3.0: 3}
NEAR = 0.5


# A step of 0.12 um at a depth of 0.45 um.
TRUTH = GrainModel(14.4, DepthStep((1.4, 5.0, 5.0), (5.0, 2.0, 2.0), 9.0, 2.4), 1.0)


# The same change with the distance from the centre, 1.9 um away: in large particles alone.
OTHER = GrainModel(
    14.4, TruthLaw((1.4, 5.0, 5.0), (5.0, 2.0, 2.0), 0.15, 10.0, 0.0, 38.0, 2.4), 1.0
)


def section(model: ParticleModel, diameter: float, seed: int) -> Section:
    """Cut a particle through its centre, as a map of it shows it."""
    particle = model.sample(seed, diameter)
    half = int(np.ceil(np.abs(np.stack(particle.bounds())).max() / PIXEL)) + 4
    axis = PIXEL * np.arange(-half, half + 1)
    points = np.stack(np.meshgrid(axis, axis, [0.0], indexing="ij"), axis=-1).reshape(-1, 3)
    plane = np.unique(particle.labels(points), return_inverse=True)[1]
    image = LabelImage(plane.reshape(len(axis), len(axis)).astype(np.int32), PIXEL)
    same = treated(section_of_labels(image, name=f"{diameter:g} um"), Treatment(5, 4, 0.0))
    return replace(same, diagram=fit_section(same.image, same.center, 20).diagram)


def space(model: GrainModel, seed: int) -> dict[float, dict[str, float]]:
    """Figures of all grains and of those near the shell, by the ball's radius."""
    found = {}
    for radius, balls in BALLS.items():
        parts = [
            draw_ball(model, radius, np.random.default_rng([seed, k]), 6).shapes
            for k in range(balls)
        ]
        shapes = joined(parts)
        near = shapes.distances > radius - NEAR
        found[radius] = {
            **figures(shapes),
            "volume": 1 / model.intensity,
            "elongation near": float(shapes.elongations[near].mean()),
            "flatness near": float(shapes.flatnesses[near].mean()),
            "radial angle near": float(shapes.angles[near].mean()),
        }
    return found


def particles(grains: GrainModel) -> ParticleModel:
    """Return particles of measured shells with these grains."""
    return ParticleModel("hidden", load_model("nmc111-ct").shell, grains)


def choose(seeds: list[int]) -> None:
    """Let held-out sections choose between both laws."""
    calibrate = LawCalibrator(seeds="poisson", sizes="power", depth="chosen")
    for truth, model in (("depth", particles(TRUTH)), ("distance", particles(OTHER))):
        for seed in seeds:
            sections = [section(model, d, 100 * seed + k) for k, d in enumerate(DIAMETERS)]
            start = time.process_time()
            facts = calibrate(sections, seed).facts["depth"]
            print(
                f"{truth}, seed {seed}: {facts['chosen']} chosen; gain {facts['gain']:+.1f}, on "
                f"sections of the distance {facts['expected']:+.1f} +- {facts['scatter']:.1f}, of "
                f"the depth {facts['promised']:+.1f}; {time.process_time() - start:.0f} s",
                flush=True,
            )


def main(seeds: list[int]) -> None:
    """Calibrate both laws on the sections of every seed."""
    model = particles(TRUTH)
    known = space(TRUTH, 10_000)
    laws: dict[str, Callable[[], LawCalibrator]] = {
        "distance": lambda: LawCalibrator(seeds="poisson", sizes="power"),
        "depth": lambda: LawCalibrator(seeds="poisson", sizes="power", depth=True),
    }
    for seed in seeds:
        sections = [section(model, d, 100 * seed + k) for k, d in enumerate(DIAMETERS)]
        counts = [int(each.image.labels.max()) for each in sections]
        print(f"seed {seed}: {counts} grains in sections", flush=True)
        for name, law in laws.items():
            start = time.process_time()
            grains = law()(sections, seed).grains
            seconds = time.process_time() - start
            for radius, errors in space(grains, seed).items():
                parts = [f"{k} {100 * (errors[k] / known[radius][k] - 1):+.1f}" for k in errors]
                print(f"  {name} ({seconds:.0f} s), ball of {radius} um: {', '.join(parts)} %")


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:] if argument != "choose"] or [0]
    (choose if "choose" in sys.argv else main)(numbers)
