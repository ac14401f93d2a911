"""What every training of a mark network shares: options, loop, records, the model at the end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np

from nmc_mesh.calibration.checkpoint import Checkpointer, fingerprint, packed, unpacked
from nmc_mesh.calibration.distances import distances, sample
from nmc_mesh.calibration.finish import finished
from nmc_mesh.calibration.generator import Generator, settled
from nmc_mesh.calibration.network import NetworkShape
from nmc_mesh.calibration.optimizer import OptimizerOptions
from nmc_mesh.calibration.protocol import Calibration
from nmc_mesh.calibration.sections import Measured, Places
from nmc_mesh.calibration.windows import Windows
from nmc_mesh.devices import chosen_device, one_thread
from nmc_mesh.errors import InputError
from nmc_mesh.progress import Progress
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats

Record = Callable[[Mapping[str, float]], None]
_REFERENCE = 384  # measured windows whose descriptors are compared
_TEST = 128  # simulated ones per record


def nobody(record: Mapping[str, float]) -> None:
    """Tell nobody: the default."""


class Task(Protocol):
    """What one method of training adds to the loop."""

    generator: Generator

    def learn(self, step: int, done: float, rng: np.random.Generator) -> dict[str, float]:
        """Take this step, ``done`` of the training being over; return losses and grains seen."""

    def state(self) -> dict[str, Any]:
        """Return everything that the next step depends on."""

    def load(self, state: dict[str, Any]) -> None:
        """Take back what `state` gave."""


@dataclass(frozen=True, kw_only=True)
class NetworkCalibrator:
    """Options that every training of a mark network has.

    Parameters
    ----------
    radius_dependent
        The marks may depend on the distance from the particle's centre.
    isotropic
        Accept sections without radial preference.
    device
        "auto", "cpu" or "cuda".
    record
        Is told the losses, the distances of the descriptors (on windows), the intensity per um^3.
    checkpointer
        Keeps a checkpoint at every record; a training goes on from the one it has.
    every
        Steps from one record to the next.
    """

    radius_dependent: bool = True
    isotropic: bool = False
    device: str = "auto"
    record: Record = nobody
    checkpointer: Checkpointer | None = None
    every: int = 25


class Training(NamedTuple):
    """What a method brings: data, optimizer, length, and what it learns in a step.

    ``settings`` tell all that the result depends on, ``rng`` draws the first weights, ``task``
    makes the method's part of the loop from the generator; its flag says whether places of windows
    are looked at. ``gain``: weight of the ratio of grain numbers in the intensity (Eq. 13 of doi
    10.1038/s43246-024-00728-5), every ``settle_every`` steps, by their mean over these.
    ``settled``: how often the intensity is set by grain numbers at the end, see
    `generator.settled`. ``rounds``: of `finish.finished`.
    """

    method: str
    settings: dict[str, Any]
    measured: Measured
    places: Places
    windows: Windows
    rng: np.random.Generator
    optimizer: OptimizerOptions
    average: float
    task: Callable[[Generator, bool, np.random.Generator], Task]
    steps: int
    gain: float = 0.1
    settle_every: int = 1
    settled: int = 3
    rounds: int = 3


def calibrated(
    training: Training,
    options: NetworkCalibrator,
    sections: Sequence[Section],
    seed: int,
    progress: Progress,
) -> Calibration:
    """Train a mark network, set its scales by whole sections, and return the model.

    Raises
    ------
    InputError
        If the device is not there, or a loss is not a number any more.
    FileError
        If a checkpoint does not fit.
    """
    measured, rng = training.measured, training.rng
    device = chosen_device(options.device)
    shape = NetworkShape(radius=0.5 * measured.reach if options.radius_dependent else 0.0)
    placed = options.radius_dependent or bool(np.ptp(measured.heights) > 0)
    with one_thread():
        generator = Generator(
            measured, training.places, shape, training.optimizer, training.average, rng, device
        )
        task = training.task(generator, placed, rng)
        history = train(task, training, options, seed, progress)
    facts = {"method": training.method, "seed": seed, "pixel": measured.pixel, **training.settings}
    # Scales would give grains a direction where none is preferred.
    rounds = 0 if options.isotropic else training.rounds
    grains, more = finished(generator.model(), sections, rounds, seed, progress)
    return Calibration(grains, history, facts | more)


def train(
    task: Task, training: Training, options: NetworkCalibrator, seed: int, progress: Progress
) -> dict[str, Floats]:
    """Train and return the history; goes on from the last checkpoint if there is one.

    Step k draws from the generator of (seed, k), so a resumed training is the same.

    Raises
    ------
    InputError
        If a loss is not a number any more; the last checkpoint stays.
    FileError
        If the checkpoint does not fit.
    """
    windows, centers, data = training.windows, training.places.distance, training.measured
    mark = fingerprint(
        training.method, training.settings, seed, *data.rows, data.heights, data.least
    )
    first = Windows(windows.ranks[:_REFERENCE], windows.count, windows.visible)
    measured = sample(first, centers[:_REFERENCE])
    numbers = windows.numbers(data.smallest)
    start, rows, seen = _resumed(task, options, mark)
    for step in range(start, training.steps):
        rng = np.random.default_rng([seed, 1, step])
        losses = task.learn(step, step / training.steps, rng)
        if not np.isfinite(list(losses.values())).all():
            raise InputError(_broken(step, start, rows, options))
        seen.append(losses["grains"])
        if (step + 1) % training.settle_every == 0:
            task.generator.settle(float(numbers.mean() / np.mean(seen)), training.gain)
            seen = []
        progress("train", (step + 1) / training.steps)
        if (step + 1) % options.every == 0 or step + 1 == training.steps:
            test = task.generator.simulate(_TEST, np.random.default_rng([seed, 2, step]), mean=True)
            simulated = sample(test.hard.windows, test.hard.draw.centers)
            intensity = task.generator.intensity / data.pixel**3
            row = {"step": step + 1.0, **losses, "intensity": intensity}
            row |= {f"ks_{name}": value for name, value in distances(measured, simulated).items()}
            row = {name: float(value) for name, value in row.items()}
            rows.append(row)
            options.record(row)
            if options.checkpointer is not None:
                state = {"task": task.state(), "rows": rows, "seen": seen}
                options.checkpointer.save(packed(state, mark))
    settled(task.generator, numbers, np.random.default_rng([seed, 3]), training.settled)
    return _table(rows)


def _resumed(
    task: Task, options: NetworkCalibrator, mark: str
) -> tuple[int, list[dict[str, float]], list[float]]:
    """Return the step to go on with, the records, and the grain numbers since mu changed."""
    data = None if options.checkpointer is None else options.checkpointer.load()
    if data is None:
        return 0, [], []
    state = unpacked(data, mark)
    task.load(state["task"])
    return int(state["rows"][-1]["step"]), state["rows"], state["seen"]


def _table(rows: list[dict[str, float]]) -> dict[str, Floats]:
    names = rows[0] if rows else {}
    return {name: np.array([row[name] for row in rows]) for name in names}


def _broken(step: int, start: int, rows: list[dict[str, float]], options: NetworkCalibrator) -> str:
    last = int(rows[-1]["step"]) if rows else start
    lost = options.checkpointer is None or last == 0
    kept = "" if lost else f"; the checkpoint of step {last} is kept"
    return (
        f"the loss is not a number at step {step + 1}{kept}; use a smaller --rate or another "
        "--seed, and look for sections whose fit is poor"
    )
