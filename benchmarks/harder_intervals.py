"""Whether intervals from central sections alone hold the truths that such sections hardly tell.

python benchmarks/harder_intervals.py 0

cuts six central sections of each of the five truths of `--truth harder`, finds the 90 % intervals
of `fit-grains` from them, and prints them beside the truth's own figures in space; a line of JSON
each goes into harder_intervals.jsonl.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.ebsd.grains import MIN_PIXELS
from nmc_mesh.sections import Treatment, treated
from nmc_mesh.validation.grains_cuts import MISSING, draw_cuts
from nmc_mesh.validation.grains_intervals import intervals
from nmc_mesh.validation.grains_samples import figures_of, stratified, strewn
from nmc_mesh.validation.grains_trials import TrialFile
from nmc_mesh.validation.grains_truths import PIXEL, Truth, truths

SECTIONS = 6
PLACES, REACH = 40, 3.5  # of the truth: about 7,000 grains


def trial(truth: Truth, seed: int) -> dict[str, Any]:
    """Return the intervals from sections of a truth, and its own figures."""
    rng = np.random.default_rng([seed, 32])
    samples = strewn(truth.model, truth.radius, stratified(PLACES, rng), REACH, rng)
    size = np.array([truth.model.grain_size])
    known = figures_of(samples.together.measures(), size)
    way = Treatment(MIN_PIXELS, 4, MISSING)
    cuts = draw_cuts(truth.model, truth.radius, [0.0] * SECTIONS, PIXEL, [seed, 33])
    sections = [treated(cut, way) for cut in cuts]
    start = time.process_time()
    result = intervals(sections, seed)
    return {
        "grains": sum(int(section.image.labels.max()) for section in sections),
        "cpu_seconds": time.process_time() - start,
        "known": {name: float(value[0]) for name, value in known.items()},
        "figures": {name: list(each) for name, each in result.figures.items()},
        "misfit": result.misfit,
    }


def main(seeds: list[int]) -> None:
    """Print the intervals of every truth and seed, and how many hold."""
    kept = TrialFile(Path("harder_intervals.jsonl"))
    held = every = 0
    for seed in seeds:
        for truth in truths("harder"):
            key = {"truth": truth.name, "seed": seed, "sections": SECTIONS}
            done = kept.find(key)
            if done is None:
                done = {**key, **trial(truth, seed)}
                kept.add(done)
            print(
                f"{truth.name}, seed {seed}: {done['grains']} grains, misfit {done['misfit']:.2f}"
            )
            for name, (low, middle, high) in done["figures"].items():
                value = done["known"][name]
                inside = low <= value <= high
                held, every = held + inside, every + 1
                print(
                    f"  {name}: {value:.4g} in {low:.4g} ... {middle:.4g} ... {high:.4g}: "
                    f"{'held' if inside else 'MISSED'}",
                    flush=True,
                )
    print(f"{held} of {every} held")


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]] or [0])
