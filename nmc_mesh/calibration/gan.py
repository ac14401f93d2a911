"""Calibration by adversarial training (Algorithm 2 of the paper)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
import torch

from nmc_mesh.calibration.discriminator import Discriminator
from nmc_mesh.calibration.generator import Generator, Simulation, gauge, tie
from nmc_mesh.calibration.optimizer import Optimizer, OptimizerOptions
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.calibration.recipes import DEFAULT, Recipe
from nmc_mesh.calibration.sections import Measured, checked, draw_places
from nmc_mesh.calibration.sliced import SlicedDistance
from nmc_mesh.calibration.soft import sorted_channels
from nmc_mesh.calibration.swd import SwdCalibrator
from nmc_mesh.calibration.training import NetworkCalibrator, Training, calibrated
from nmc_mesh.calibration.windows import Windows, measured_windows
from nmc_mesh.errors import InputError
from nmc_mesh.progress import Progress, silent
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats

_POOL = 4096  # measured windows drawn at once

_LOSSES: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = MappingProxyType(
    {
        "square": lambda score: -(score**2).mean(),
        "one": lambda score: ((score - 1.0) ** 2).mean(),
    }
)
"""What the generator makes small, of the scores of its windows; see `Recipe.goal`."""


class _Pool:
    """Measured windows to draw from, made anew where the recipe says so."""

    def __init__(self, measured: Measured, recipe: Recipe, seed: int) -> None:
        self.measured, self.recipe, self.seed = measured, recipe, seed
        self.at = -1
        self.turn(0)

    def turn(self, step: int) -> None:
        at = step // self.recipe.redraw if self.recipe.redraw else 0
        if at == self.at:
            return
        self.at = at
        rng = np.random.default_rng([self.seed, 4, at])
        self.places = draw_places(self.measured, _POOL, rng)
        self.windows = measured_windows(self.measured, self.places, self.recipe.spread, rng)


class _Task:
    """One step: the discriminator looks at both kinds of windows, and the generator moves."""

    def __init__(
        self, generator: Generator, judge: Discriminator, pool: _Pool, options: GanCalibrator
    ) -> None:
        self.generator, self.judge, self.pool, self.options = generator, judge, pool, options
        self.recipe = options.recipe
        if self.recipe.start > 0:
            at = (pool.places.distance, pool.places.section)
            self.distance = SlicedDistance(generator, pool.windows, *at, judge.placed)
        recipe = self.recipe
        self.optimizer = Optimizer(
            judge, OptimizerOptions(recipe.rates[1], recipe.betas, recipe.normalised)
        )

    def learn(self, step: int, done: float, rng: np.random.Generator) -> dict[str, float]:
        share = 0.5 + 0.5 * np.cos(np.pi * done) if self.recipe.cosine else 1.0
        self.pool.turn(step)
        made = self.generator.simulate(self.recipe.simulated, rng)
        turns = {
            "discriminator": lambda: self._tell_apart(made, share, rng),
            "generator": lambda: self._imitate(made, step, share, rng),
        }
        losses: dict[str, float] = {}
        for player in self.recipe.order:
            losses |= turns[player]()
        grains = made.hard.windows.numbers(self.generator.measured.smallest).mean()
        return {**losses, "grains": float(grains)}

    def _tell_apart(
        self, made: Simulation, share: float, rng: np.random.Generator
    ) -> dict[str, float]:
        """The discriminator moves, unless it is too good already."""
        recipe = self.recipe
        judged = self.generator.simulate(recipe.real, rng) if recipe.fresh else made
        self.judge.train()
        loss = self._judge(judged, rng)
        value = float(loss.detach())
        if not value < recipe.threshold:
            self.optimizer.step(loss, share * recipe.rates[1])
        return {"discriminator": value}

    def _imitate(
        self, made: Simulation, step: int, share: float, rng: np.random.Generator
    ) -> dict[str, float]:
        """The generator moves: by the discriminator, at the start by the distance."""
        recipe, generator = self.recipe, self.generator
        if step < recipe.start:
            loss, marks = self.distance(made, rng)
            rate, weight = SwdCalibrator.rate, SwdCalibrator.tie
        else:
            soft, marks = generator.soften(made, recipe.temperature)
            self.judge.eval()
            loss = _LOSSES[recipe.goal](self.judge(sorted_channels(soft), self._places(made)))
            rate, weight = recipe.rates[0], recipe.tie
        tied = tie(marks[:, :3], self.options.isotropic)
        held = recipe.gauge * gauge(marks, generator.shape)
        generator.step(loss + weight * tied + held, share * rate)
        return {"generator": float(loss.detach()), "tie": float(tied.detach())}

    def _judge(self, made: Simulation, rng: np.random.Generator) -> Any:
        """Mean of (D(measured) - 1)^2 and D(simulated)^2 over all windows, hard ones."""
        pool = self.pool
        chosen = rng.integers(0, len(pool.places), self.recipe.real)
        real = torch.from_numpy(self._channels(pool.windows, chosen, rng))
        false = torch.from_numpy(self._channels(made.hard.windows, None, rng))
        both = torch.cat([real, false]).to(self.judge.device)
        measured_at = self._placed(
            pool.places.distance[chosen],
            self.generator.measured.heights[pool.places.section[chosen]],
        )
        score = self.judge(both, torch.cat([measured_at, self._places(made)]))
        target = torch.cat([torch.ones(len(real)), torch.zeros(len(false))]).to(score.device)
        return ((score - target) ** 2).mean()

    def _channels(self, windows: Windows, chosen: Any, rng: np.random.Generator) -> Any:
        """Return hard channels of the chosen windows, half of them mirrored if the recipe says."""
        picked = windows if chosen is None else Windows(
            windows.ranks[chosen], windows.count[chosen], windows.visible[chosen]
        )  # fmt: skip
        channels = picked.channels()
        if self.recipe.mirrors:
            mirrored = rng.random(len(channels)) < 0.5
            channels[mirrored] = channels[mirrored, :, :, ::-1]
        return np.ascontiguousarray(channels)

    def _places(self, made: Simulation) -> Any:
        return self._placed(made.hard.draw.centers, made.hard.draw.heights)

    def _placed(self, centers: Floats, heights: Floats) -> Any:
        table = np.stack([centers, heights], axis=1) / 40.0 - 1.0
        return torch.tensor(table, dtype=torch.float32, device=self.judge.device)

    def state(self) -> dict[str, Any]:
        return {
            "generator": self.generator.state(),
            "judge": self.judge.state_dict(),
            "optimizer": self.optimizer.adam.state_dict(),
        }

    def load(self, state: dict[str, Any]) -> None:
        self.generator.load(state["generator"])
        self.judge.load_state_dict(state["judge"])
        self.optimizer.adam.load_state_dict(state["optimizer"])


@dataclass(frozen=True)
class GanCalibrator(NetworkCalibrator):
    """Mark network trained against a discriminator of windows (Algorithm 2, least squares).

    Each step shows the discriminator measured windows (to be 1) and simulated ones (to be 0), both
    of hard labels, unless its loss is under the threshold; and moves the mark network so that the
    discriminator calls its soft windows measured. The intensity follows the number of grains.
    Algorithm 2 of doi 10.1038/s43246-024-00728-5 in the recipe "paper" (`recipes.PAPER` tells what
    that leaves open); the recipe "default" is ours.

    Parameters
    ----------
    recipe
        All settings; see `Recipe`.
    steps
        In place of the recipe's.
    radius_dependent, isotropic, device, record, checkpointer, every
        See `NetworkCalibrator`. Marks know no radius if the recipe says so.
    """

    recipe: Recipe = DEFAULT
    steps: int | None = None

    def __post_init__(self) -> None:
        steps = self.recipe.steps if self.steps is None else self.steps
        if min(steps, self.every) < 1:
            raise InputError(f"a training takes 1 step or more, not {steps}")
        object.__setattr__(self, "recipe", replace(self.recipe, steps=steps))
        radial = self.radius_dependent and self.recipe.radius_dependent
        object.__setattr__(self, "radius_dependent", radial)

    def __call__(
        self, sections: Sequence[Section], seed: int, progress: Progress = silent
    ) -> Calibration:
        """Calibrate; see `Calibrator`."""
        recipe = self.recipe
        own = float(np.mean([section.pixel for section in sections])) if recipe.own_pixel else None
        measured = checked(sections, own, isotropic=self.isotropic)
        pool = _Pool(measured, recipe, seed)

        def task(generator: Generator, placed: bool, rng: np.random.Generator) -> _Task:
            placed = placed and recipe.placed
            judge = Discriminator(recipe.discriminator, placed, rng, generator.device)
            return _Task(generator, judge, pool, self)

        training = Training(
            method="gan",
            settings={
                "radius_dependent": self.radius_dependent,
                "isotropic": self.isotropic,
                "recipe": vars(recipe),
            },
            measured=measured,
            places=pool.places,
            windows=pool.windows,
            rng=np.random.default_rng([seed, 0]),
            optimizer=OptimizerOptions(
                recipe.rates[0], recipe.betas, recipe.normalised, recipe.last
            ),
            average=recipe.average,
            task=task,
            steps=recipe.steps,
            gain=recipe.gain,
            settle_every=recipe.settle_every,
            settled=recipe.settled,
            rounds=recipe.rounds,
        )
        return calibrated(training, self, sections, seed, progress)
