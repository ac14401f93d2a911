"""Calibration by the sliced Wasserstein distance of section descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc_mesh.calibration.generator import Generator, gauge, tie
from nmc_mesh.calibration.optimizer import OptimizerOptions
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.calibration.sections import checked, draw_places
from nmc_mesh.calibration.sliced import SlicedDistance
from nmc_mesh.calibration.training import NetworkCalibrator, Training, calibrated
from nmc_mesh.calibration.windows import measured_windows
from nmc_mesh.errors import InputError
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section

_POOL = 1536  # measured windows
BETAS, LAST = (0.9, 0.99), 10.0
GAUGE = 0.5


class _Task:
    """One step: windows, their distance, and down its gradient."""

    def __init__(self, generator: Generator, distance: SlicedDistance, options: SwdCalibrator):
        self.generator, self.distance, self.options = generator, distance, options

    def learn(self, step: int, done: float, rng: np.random.Generator) -> dict[str, float]:
        generator, options = self.generator, self.options
        made = generator.simulate(options.batch, rng)
        distance, marks = self.distance(made, rng)
        tied = tie(marks[:, :3], options.isotropic)
        held = gauge(marks, generator.shape)
        rate = options.rate * (0.5 + 0.5 * np.cos(np.pi * done))
        generator.step(distance + options.tie * tied + GAUGE * held, rate)
        seen = made.hard.windows.numbers(generator.measured.smallest).mean()
        losses = {"distance": float(distance.detach()), "tie": float(tied.detach())}
        return {**losses, "grains": float(seen)}

    def state(self) -> dict[str, Any]:
        return {"generator": self.generator.state()}

    def load(self, state: dict[str, Any]) -> None:
        self.generator.load(state["generator"])


@dataclass(frozen=True)
class SwdCalibrator(NetworkCalibrator):
    """Mark network trained on the sliced Wasserstein distance of grain sections; ours.

    Each step draws windows of simulated sections, takes size, elongation and direction of all
    pieces of grains in them from the soft tessellation, and moves the network down the gradient of
    the mean squared Wasserstein distance to the measured pieces over random projections. The
    intensity follows the number of grains at every step.

    Parameters
    ----------
    steps, batch
        Steps, and simulated windows of each.
    rate, average
        First rate of Adam (cosine decay), and decay of the running mean of the weights.
    tie
        Weight of the mean (log d_2/d_3)^2, which central sections hardly tell.
    rounds
        Steps of `finish.finished` after the training.
    radius_dependent, isotropic, device, record, checkpointer, every
        See `NetworkCalibrator`.
    """

    steps: int = 300
    batch: int = 48
    rate: float = 1.5e-3
    average: float = 0.98
    tie: float = 0.02
    rounds: int = 3

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.every) < 1:
            raise InputError("the steps and windows of a calibration must be 1 or more")

    def __call__(
        self, sections: Sequence[Section], seed: int, progress: Progress = silent
    ) -> Calibration:
        """Calibrate; see `Calibrator`."""
        measured = checked(sections, isotropic=self.isotropic)
        rng = np.random.default_rng([seed, 0])
        places = draw_places(measured, _POOL, rng)
        windows = measured_windows(measured, places, 0.0, 0)

        def task(generator: Generator, placed: bool, _: np.random.Generator) -> _Task:
            at = (places.distance, places.section)
            return _Task(generator, SlicedDistance(generator, windows, *at, placed), self)

        left = ("record", "checkpointer", "device")
        training = Training(
            method="swd",
            settings={name: value for name, value in vars(self).items() if name not in left},
            measured=measured,
            places=places,
            windows=windows,
            rng=rng,
            optimizer=OptimizerOptions(self.rate, BETAS, last=LAST),
            average=self.average,
            task=task,
            steps=self.steps,
            rounds=self.rounds,
        )
        return calibrated(training, self, sections, seed, progress)
