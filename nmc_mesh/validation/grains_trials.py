"""Trials of calibrations on known architectures; a run that was stopped goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nmc_mesh.calibration.heights import estimated
from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.protocol import Calibrator
from nmc_mesh.ebsd.grains import MIN_PIXELS
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains_cuts import draw_cuts
from nmc_mesh.validation.grains_maps import sections_through_maps
from nmc_mesh.validation.grains_proof import Architecture, examine, judged
from nmc_mesh.validation.grains_truths import PIXEL, Truth

TRUTH_SEED = 1_000_000
"""The truth itself is measured on balls of their own, which no trial draws."""


@dataclass(frozen=True)
class TrialPlan:
    """What is tried on every known architecture.

    Parameters
    ----------
    methods
        Names of calibrators, judged side by side.
    seeds
        One trial each, with sections and random numbers of its own.
    heights
        Of every section over the centre, in radii.
    heights_known
        Tell the calibrator the heights; False: all sections pass for central ones; "estimated":
        it is told which are central, and the others are estimated.
    balls
        How many are measured in space for each trial, twice as many of the truth.
    """

    methods: tuple[str, ...]
    seeds: tuple[int, ...]
    heights: tuple[float, ...]
    heights_known: bool | Literal["estimated"]
    balls: int

    def key(self, truth: str, method: str, seed: int) -> dict[str, Any]:
        """Everything that a trial depends on, but the version of the program."""
        return {
            "truth": truth,
            "method": method,
            "seed": seed,
            "heights": list(self.heights),
            "heights_known": self.heights_known,
            "balls": self.balls,
            "min_pixels": MIN_PIXELS,
        }


class TrialFile:
    """Trials that are done, a line of JSON each.

    Parameters
    ----------
    path
        The file (.jsonl); trials are added to it.
    fresh
        Take over none that it has already.
    """

    def __init__(self, path: Path, fresh: bool = False) -> None:
        self.path = path
        self._earlier = [] if fresh else _trials_of(path)

    def find(self, key: Mapping[str, Any]) -> dict[str, Any] | None:
        """Return the latest earlier trial with this key."""
        same = [trial for trial in self._earlier if key.items() <= trial.items()]
        return same[-1] if same else None

    def add(self, trial: Mapping[str, Any]) -> None:
        """Keep a trial at once: what follows may be stopped."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(trial) + "\n")


def run_trials(
    truth: Truth,
    plan: TrialPlan,
    calibrator: Callable[[str], Calibrator],
    kept: TrialFile,
    progress: Progress = silent,
) -> list[dict[str, Any]]:
    """Calibrate on sections of a known architecture, and measure what is found in space beside it.

    Sections are cut with missing pixels, written as maps, read again and fitted; a calibrator sees
    nothing else.

    Parameters
    ----------
    truth
        The architecture.
    plan
        What is tried on it.
    calibrator
        Returns that of a method.
    kept
        Trials that are there are taken over, others are added as soon as they are done.
    progress
        Told after every trial, and of its stages.

    Returns
    -------
    list
        A trial per seed and method, as `grains_proof.summaries` takes them: its key, the seconds,
        the figures of both architectures and what `grains_proof.judged` says.
    """
    keys = [plan.key(truth.name, method, seed) for seed in plan.seeds for method in plan.methods]
    trials = [kept.find(key) for key in keys]
    if None not in trials:
        return [trial for trial in trials if trial is not None]
    progress(truth.name, 0.0)
    known = examine(truth.model, truth.radius, PIXEL, 2 * plan.balls, TRUTH_SEED)
    sections: dict[int, list[Section]] = {}
    for index, key in enumerate(keys):
        if trials[index] is None:
            seed = key["seed"]
            if seed not in sections:
                sections = {seed: _sections(truth, plan, seed, progress)}
            calibrate = calibrator(key["method"])
            trial = {**key, **_trial(truth, key, calibrate, sections[seed], known, progress)}
            kept.add(trial)
            trials[index] = trial
        progress(truth.name, (index + 1) / len(keys))
    return [trial for trial in trials if trial is not None]


def _sections(truth: Truth, plan: TrialPlan, seed: int, progress: Progress) -> list[Section]:
    heights = [share * truth.radius for share in plan.heights]
    cuts = draw_cuts(truth.model, truth.radius, heights, PIXEL, seed)
    sections = sections_through_maps(cuts, seed, plan.heights_known is True, progress)
    if plan.heights_known != "estimated":
        return sections
    hidden = [height > 0 for height in heights]
    return estimated(
        sections, hidden, LawCalibrator(seeds="poisson", sizes="power"), seed, progress
    )[0]


def _trial(
    truth: Truth,
    key: Mapping[str, Any],
    calibrate: Calibrator,
    sections: Sequence[Section],
    known: Architecture,
    progress: Progress,
) -> dict[str, Any]:
    cpu, wall = time.process_time(), time.perf_counter()
    calibration = calibrate(sections, key["seed"], progress)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    there = examine(
        calibration.grains, truth.radius, PIXEL, key["balls"], [key["seed"], TRUTH_SEED]
    )
    progress("measure", 1.0)
    return {
        "sections": len(sections),
        "section_grains": [len(section.fitted) for section in sections],
        "cpu_seconds": cpu,
        "wall_seconds": wall,
        "chosen": {
            name: calibration.facts[name]
            for name in ("depth", "seeds", "sizes")
            if name in calibration.facts
        },
        "figures": there.figures,
        "true_figures": known.figures,
        "grains": len(there.shapes.volumes),
        **judged(there, known),
    }


def _trials_of(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        return []
    trials = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            trials.append(json.loads(line))
        except json.JSONDecodeError:  # the line that a stopped run did not finish
            continue
    return trials
