"""How often the law takes a wider member than is true: Poisson seeds, sizes of one power.

python benchmarks/law_choices.py 20

calibrates on four central sections each, of about 70 grains, of so many hidden truths of the kind
*radial* (`nmc_mesh/validation/grains_population.py`), which the law holds with Poisson seeds and
one power, by half of the usual search from afar and everything else as it is, and prints for each
choice (seeds, then sizes) what the gain was, what the simpler law's own sections give, and what was
taken; a line of JSON each goes into law_choices.jsonl. Truths whose sections show no radial
preference are refused, as the command refuses them, and others taken.
"""

from __future__ import annotations

import itertools
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.errors import InputError
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.validation.grains_population import INSIDE, OUTSIDE, hidden_truth
from nmc_mesh.validation.grains_trials import TrialFile

SEED = 21
"""Of a population of its own: that of seed 0 set how wide intervals are."""

RADIUS, SECTIONS = 2.0, 4
"""Of the particles in um; how many are cut, each through its centre."""

EVALUATIONS = 120
"""Of the search from afar: what follows begins there, and compares laws."""

STEPS = 20
"""Of the fit of the diagrams, which the law does not look at."""


def trial(number: int) -> dict[str, Any]:
    """Calibrate on the sections of one truth."""
    truth = hidden_truth(number * len(INSIDE + OUTSIDE), SEED)
    truth = truth._replace(radius=RADIUS, heights=(0.0,) * SECTIONS)
    sections = [
        replace(cut, diagram=fit_section(cut.image, cut.center, STEPS).diagram)
        for cut in truth.sections(1000 * SEED + number)
    ]
    start = time.process_time()
    try:
        facts = LawCalibrator(evaluations=EVALUATIONS)(sections, number).facts
    except InputError as error:
        return {"refused": str(error)}
    return {
        "sections": len(sections),
        "grains": sum(int(section.image.labels.max()) for section in sections),
        "cpu_seconds": time.process_time() - start,
        **{name: facts[name] for name in ("seeds", "sizes", "numbers")},
    }


def main(count: int) -> None:
    """Run all trials that the file does not have, and count the wider laws that were taken."""
    kept = TrialFile(Path("law_choices.jsonl"))
    trials: list[dict[str, Any]] = []
    for number in itertools.count():
        if len(trials) == count:
            break
        key = {"choice": number, "seed": SEED}
        done = kept.find(key)
        if done is None:
            done = {**key, **trial(number)}
            kept.add(done)
        if "refused" in done:
            print(f"{number}: {done['refused']}")
            continue
        trials.append(done)
        parts = [
            f"{name}: {each['laws'][0]} / {each['laws'][1]} gain {each['gain']:+.1f} (own "
            f"{each['expected']:+.1f} ± {each['scatter']:.1f}, promised {each['promised']:+.1f}; "
            f"{each['surprise']:+.1f}) {each['chosen']}"
            for name, each in ((name, done[name]) for name in ("seeds", "sizes"))
        ]
        print(f"{number}: {done['grains']} grains, {done['cpu_seconds']:.0f} s; {'; '.join(parts)}")
    for name in ("seeds", "sizes"):
        wider = sum(each[name]["chosen"] == each[name]["laws"][1] for each in trials)
        share = binomtest(wider, count).proportion_ci(0.95, "exact")
        low, high = 100 * share.low, 100 * share.high
        print(f"{name}: wider in {wider} of {count} ({low:.0f}-{high:.0f} %)")


if __name__ == "__main__":
    main(int(sys.argv[1]))
