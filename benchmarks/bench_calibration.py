"""Milliseconds per step of a calibration, by part, and of the whole.

``python benchmarks/bench_calibration.py [STEPS]`` prints processor time of the parts of one step of
the recipe "default" (and, where torch finds a GPU, wall time on it in a second column), and of a
whole calibration by each method; torch uses one thread. The paper states "about half a day" for its
20,000 steps on an RTX A4000 (doi 10.1038/s43246-024-00728-5).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import torch

from nmc_mesh.calibration.discriminator import Discriminator
from nmc_mesh.calibration.finish import finished
from nmc_mesh.calibration.gan import GanCalibrator
from nmc_mesh.calibration.generator import Generator, Simulation
from nmc_mesh.calibration.law import LawCalibrator
from nmc_mesh.calibration.network import NetworkShape, as_marks, inputs_of, marks_of
from nmc_mesh.calibration.optimizer import Optimizer, OptimizerOptions
from nmc_mesh.calibration.recipes import DEFAULT, PAPER
from nmc_mesh.calibration.sections import checked, draw_places
from nmc_mesh.calibration.sliced import SlicedDistance
from nmc_mesh.calibration.soft import sorted_channels, visible_of
from nmc_mesh.calibration.swd import SwdCalibrator
from nmc_mesh.calibration.windows import draw_seeds, hard_windows, measured_windows
from nmc_mesh.grains.fit_section import fit_section
from nmc_mesh.grains.network import NEIGHBOURS
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.model import load_model
from nmc_mesh.sections.section import Section
from nmc_mesh.validation.grains_cuts import draw_cuts

ROUNDS = 8
WINDOWS = 64
HALF_A_DAY = 12 * 3600.0  # seconds: what the paper takes, on other hardware


def sections() -> list[Section]:
    found = []
    for cut in draw_cuts(load_model("nmc-radial").grains, 4.6, [0.0, 0.0], 0.05, 0):
        diagram = fit_section(cut.image, np.zeros(2)).diagram
        found.append(replace(cut, diagram=diagram))
    return found


def clock(device: Any) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


class Parts:
    """The parts of a step, timed one by one."""

    def __init__(self, cuts: list[Section], device: Any) -> None:
        found, self.rng, self.device = checked(cuts), np.random.default_rng(0), device
        self.places = draw_places(found, 512, self.rng)
        windows = measured_windows(found, self.places, 0.0, 0)
        options = OptimizerOptions(1e-4, (0.5, 0.999))
        self.generator = Generator(
            found, self.places, NetworkShape(), options, 0.98, self.rng, device
        )
        self.judge = Discriminator("strided", False, self.rng, device)
        self.optimizer = Optimizer(self.judge, OptimizerOptions(1e-3, (0.5, 0.999)))
        at = (self.places.distance, self.places.section)
        self.distance = SlicedDistance(self.generator, windows, *at, False)
        self.times: dict[str, list[float]] = {}

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        """Note the time of a piece of work and return its result."""
        start = clock(self.device)
        result = work()
        self.times.setdefault(name, []).append(1e3 * (clock(self.device) - start))
        return result

    def marks(self, inputs: Any) -> Any:
        """Return the marks of all seeds, without gradient."""
        generator = self.generator
        with torch.no_grad():
            return as_marks(*marks_of(generator.network(inputs), generator.shape))

    def step(self) -> None:
        """Take one step of every kind."""
        timed, generator, judge = self.timed, self.generator, self.judge
        centers = self.places.distance[self.rng.integers(0, len(self.places), WINDOWS)]
        flat = np.zeros(WINDOWS)
        draw = timed(
            "seeds and neighbours",
            lambda: draw_seeds(centers, flat, 0.0018, NEIGHBOURS, self.rng),
        )
        inputs = timed(
            "inputs of the network",
            lambda: torch.from_numpy(inputs_of(draw, generator.shape)).to(self.device),
        )
        marks = timed("network, no gradient", lambda: self.marks(inputs))
        hard = timed("hard windows", lambda: hard_windows(draw, marks))
        seen = timed("visible seeds", lambda: visible_of(hard, self.device))
        made = Simulation(hard, inputs, seen)
        real = torch.from_numpy(hard.windows.channels()).to(self.device)
        both = torch.cat([real, real])
        timed(
            "discriminator's step",
            lambda: self.optimizer.step(((judge(both, None) - 1) ** 2).mean(), 1e-3),
        )
        soft, _ = timed("soft windows", lambda: generator.soften(made, 1.0))
        timed(
            "generator's step",
            lambda: generator.step(((judge(sorted_channels(soft), None) - 1) ** 2).mean(), 1e-4),
        )
        timed(
            "sliced distance, whole", lambda: generator.step(self.distance(made, self.rng)[0], 1e-4)
        )


def parts(cuts: list[Section], device: Any) -> dict[str, float]:
    """Return the median milliseconds of every part of a step."""
    found = Parts(cuts, device)
    for _ in range(ROUNDS):
        found.step()
    return {name: float(np.median(series)) for name, series in found.times.items()}


def main(steps: int) -> None:
    set_threads(1)
    torch.set_num_threads(1)
    names, cuts = ["cpu", *(["cuda"] if torch.cuda.is_available() else [])], sections()
    table = []
    for name in names:
        parts(cuts, torch.device(name))
        table.append(parts(cuts, torch.device(name)))
    print(f"{'ms per step':<28}{''.join(f'{name:>10}' for name in names)}")
    for part in table[0]:
        print(f"{part:<28}{''.join(f'{column[part]:10.1f}' for column in table)}")
    for name in names:
        for line in whole(cuts, name, steps):
            print(line)


def whole(cuts: list[Section], name: str, steps: int) -> Iterator[str]:
    """Tell what calibrations by every method take; ``steps`` of each are measured."""
    for title, calibrator, length in (
        ("gan, default", partial(GanCalibrator, replace(DEFAULT, rounds=0)), DEFAULT.steps),
        ("swd", partial(SwdCalibrator, rounds=0), SwdCalibrator.steps),
        ("gan, paper", partial(GanCalibrator, PAPER), PAPER.steps),
    ):
        # What is done once, before and after, is in both and cancels.
        once, more = (seconds(calibrator(steps=n, device=name), cuts) for n in (1, 1 + steps))
        cpu, wall = ((b - a) / steps for a, b in zip(once, more, strict=True))
        total = cpu * length + once[0]
        yield (
            f"{title}, {name}: {1e3 * cpu:.1f} ms of processor, {1e3 * wall:.1f} ms of wall per "
            f"step; once {once[0]:.1f} s; {length} steps: {total / 60:.1f} min of processor, "
            f"1/{HALF_A_DAY / total:.0f} of half a day"
        )
    if name == "cpu":
        start = SwdCalibrator(steps=1, rounds=0)(cuts, 0).grains
        cpu, _ = seconds(lambda cuts, seed: finished(start, cuts, DEFAULT.rounds, seed), cuts)
        yield f"whole sections at the end of gan and swd, cpu: {cpu:.1f} s of processor more"
        cpu, wall = seconds(LawCalibrator(), cuts)
        yield (
            f"law, cpu: {cpu / 60:.1f} min of processor, {wall / 60:.1f} min of wall, "
            f"1/{HALF_A_DAY / cpu:.0f} of half a day"
        )


def seconds(calibrate: Any, cuts: list[Section]) -> tuple[float, float]:
    """Return processor and wall seconds of a calibration."""
    start, wall = time.process_time(), time.perf_counter()
    calibrate(cuts, 0)
    return time.process_time() - start, time.perf_counter() - wall


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
