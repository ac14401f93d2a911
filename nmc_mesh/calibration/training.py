"""The loop around every training: records, checkpoints, broken losses, the model at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch

from nmc_mesh.calibration.checkpoint import Keeper, packed, unpacked
from nmc_mesh.calibration.distances import distances, sample
from nmc_mesh.calibration.generator import Generator, settled
from nmc_mesh.calibration.windows import Windows
from nmc_mesh.errors import InputError
from nmc_mesh.progress import Progress
from nmc_mesh.typing import Floats

Record = Callable[[Mapping[str, float]], None]
_REFERENCE = 384  # measured windows whose descriptors are compared
_TEST = 128  # simulated ones per record
_SETTLE = 3


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


@dataclass(frozen=True)
class Course:
    """Length of a training and what happens on the way.

    ``every`` steps there is a record; ``record`` is told the losses, the descriptors' distances
    (on windows) and the intensity per um^3; ``keeper`` keeps a checkpoint at every record.
    ``gain``: weight of the ratio of grain numbers in the intensity, every ``settle_every`` steps.
    """

    steps: int
    every: int = 25
    gain: float = 0.1
    settle_every: int = 1
    record: Record = nobody
    keeper: Keeper | None = None
    notes: Mapping[str, Any] = field(default_factory=dict)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: sums then have one order, whatever the machine has."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def chosen_device(name: str) -> Any:
    """Return the device of this name; "auto" is CUDA where there is one.

    Raises
    ------
    InputError
        If the device is not there.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if name.startswith("cuda") and not torch.cuda.is_available():
        raise InputError("torch finds no CUDA device here; use --device cpu, or auto")
    try:
        return torch.device(name)
    except RuntimeError:
        raise InputError(f"there is no device '{name}'; use auto, cpu or cuda") from None


def train(
    task: Task,
    course: Course,
    reference: tuple[Windows, Floats],
    seed: int,
    mark: str,
    progress: Progress,
) -> dict[str, Floats]:
    """Train and return the history; goes on from the keeper's checkpoint if it has one.

    Parameters
    ----------
    task
        The method.
    course
        Steps, records, checkpoints.
    reference
        Measured windows and the distances of their centres, in pixels.
    seed
        Step k draws from the generator of (seed, k), so a resumed training is the same.
    mark
        Fingerprint of the checkpoint.

    Raises
    ------
    InputError
        If a loss is not a number any more; the last checkpoint stays.
    FileError
        If the checkpoint does not fit.
    """
    windows, centers = reference
    first = Windows(windows.ranks[:_REFERENCE], windows.count, windows.visible)
    measured = sample(first, centers[:_REFERENCE])
    numbers = windows.numbers(task.generator.found.smallest)
    start, rows = _resumed(task, course, mark)
    for step in range(start, course.steps):
        rng = np.random.default_rng([seed, 1, step])
        losses = task.learn(step, step / course.steps, rng)
        if not np.isfinite(list(losses.values())).all():
            raise InputError(_broken(step, start, rows, course))
        if (step + 1) % course.settle_every == 0:
            ratio = float(numbers.mean()) / losses["grains"]
            task.generator.settle(ratio, course.gain)
        progress("train", (step + 1) / course.steps)
        if (step + 1) % course.every == 0 or step + 1 == course.steps:
            test = task.generator.simulate(_TEST, np.random.default_rng([seed, 2, step]), mean=True)
            found = sample(test.hard.windows, test.hard.draw.centers)
            intensity = task.generator.intensity / task.generator.found.pixel**3
            row = {"step": step + 1.0, **losses, "intensity": intensity}
            row |= {f"ks_{name}": value for name, value in distances(measured, found).items()}
            rows.append(row)
            course.record(row)
            if course.keeper is not None:
                course.keeper.save(packed({"task": task.state(), "rows": _table(rows)}, mark))
    settled(task.generator, numbers, np.random.default_rng([seed, 3]), _SETTLE)
    return _table(rows)


def _resumed(task: Task, course: Course, mark: str) -> tuple[int, list[dict[str, float]]]:
    data = None if course.keeper is None else course.keeper.load()
    if data is None:
        return 0, []
    state = unpacked(data, mark)
    task.load(state["task"])
    table = state["rows"]
    count = len(table["step"])
    rows = [{name: float(column[k]) for name, column in table.items()} for k in range(count)]
    return int(rows[-1]["step"]), rows


def _table(rows: list[dict[str, float]]) -> dict[str, Floats]:
    names = rows[0] if rows else {}
    return {name: np.array([row[name] for row in rows]) for name in names}


def _broken(step: int, start: int, rows: list[dict[str, float]], course: Course) -> str:
    last = int(rows[-1]["step"]) if rows else start
    kept = "" if course.keeper is None or last == 0 else f"; the checkpoint of step {last} is kept"
    return (
        f"the loss is not a number at step {step + 1}{kept}; use a smaller --rate or another "
        "--seed, and look for sections whose fit is poor"
    )
