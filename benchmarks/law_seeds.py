"""Poisson seeds against the wider process that the law tries, beside known architectures.

python benchmarks/law_seeds.py hard-core 0 1 2

prints for every seed the evidence of held-out sections, and of both laws the errors in space and
what the test of fit says; six central sections, through maps as `nmc-mesh validate grains` makes
them.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.law_problem import Numbers, Problem, Seeds
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains_compare import compare_grains
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_fit import unlikely
from nmc_mesh.validation.grains_maps import sections_through_maps
from nmc_mesh.validation.grains_proof import Architecture, examine, judged
from nmc_mesh.validation.grains_trials import TRUTH_SEED
from nmc_mesh.validation.grains_truths import PIXEL, TRUTHS, Truth

SECTIONS = 6
BALLS = 2


def model(problem: Problem, numbers: dict[str, Any], seeds: Seeds) -> GrainModel:
    """Return the grains of a law's numbers."""
    law = Numbers(**numbers)
    own = problem if seeds == "poisson" else problem.with_seeds(seeds)
    return GrainModel(law.size**-3.0, own.law(law), own.radius, own.process(law))


def told(
    name: str,
    grains: GrainModel,
    sections: Sequence[Section],
    truth: Truth,
    known: Architecture,
    seed: int,
) -> None:
    """Print errors in space and the test of fit."""
    space = judged(examine(grains, truth.radius, PIXEL, BALLS, [seed, TRUTH_SEED]), known)
    errors = ", ".join(f"{key} {100 * value:+.1f}" for key, value in space["errors"].items())
    tests = compare_grains(sections, grains, np.random.default_rng([seed, 9])).fit
    z = ", ".join(f"{test.name} {test.z:+.1f}" for test in tests)
    print(f"  {name}: {errors} %; KS {max(space['ks_2d'].values()):.3f}")
    print(f"    z: {z}; does not fit: {', '.join(t.name for t in unlikely(tests)) or 'nothing'}")


def main(name: str, seeds: Sequence[int]) -> None:
    """Calibrate on sections of a truth, once per seed."""
    truth = TRUTHS[name]
    known = examine(truth.model, truth.radius, PIXEL, 2 * BALLS, TRUTH_SEED)
    for seed in seeds:
        cuts = draw_cuts(truth.model, truth.radius, [0.0] * SECTIONS, PIXEL, seed)
        sections = sections_through_maps(cuts, seed)
        start = time.process_time()
        facts = LawCalibrator()(sections, seed).facts
        choice = facts["seeds"]
        print(
            f"{name}, seed {seed}: {choice['chosen']} chosen, gain {choice['gain']:+.1f} (expected "
            f"{choice['expected']:+.1f} ± {choice['scatter']:.1f}), "
            f"displacement {choice['wider']['displacement']:.2f}, "
            f"{time.process_time() - start:.0f} s; on bounds: {facts['on_bounds']}"
        )
        problem = Problem(sections, False, True, np.random.default_rng(0))
        for kind, key in zip(choice["laws"], ("simpler", "wider"), strict=True):
            told(kind, model(problem, choice[key], kind), sections, truth, known, seed)


if __name__ == "__main__":
    main(sys.argv[1], [int(argument) for argument in sys.argv[2:]] or [0])
