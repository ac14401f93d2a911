"""Calibration by the sliced Wasserstein distance of section descriptors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from nmc_mesh.calibration.checkpoint import Keeper, fingerprint
from nmc_mesh.calibration.generator import Descent, Generator, Simulation, tie
from nmc_mesh.calibration.network import NetworkShape
from nmc_mesh.calibration.protocol import Calibration, FittedSection
from nmc_mesh.calibration.sections import draw_places, measured
from nmc_mesh.calibration.training import Course, Record, chosen_device, nobody, one_thread, train
from nmc_mesh.calibration.windows import Windows, measured_windows
from nmc_mesh.errors import InputError
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats

_POOL = 1536  # measured windows
_BETAS, _LAST = (0.9, 0.99), 10.0
_WEIGHT = 2.0  # of the difference of variances, which tells the preferred direction
_LEAST = 6.0  # pixels: smaller pieces of grains have no shape


def features(sums: Any, places: Any) -> Any:
    """Return what is compared of the pieces of grains in windows, shape (g, 4 or 6).

    sqrt(A); (a - b) / (a + b) and 2 c / (a + b) with the variances a along and b across the radius
    (plus 1/12: pixels are squares) and their covariance c, which tell elongation and direction
    together; log (a + b) / A; where ``places`` are given, the centroid's distance from the
    particle's centre and the height of the plane.

    Parameters
    ----------
    sums
        Sums of i^2, j^2, i j, i, j, 1 over the pixels of a piece, from the window's middle, (g, 6).
    places
        Distance of the window and height of the plane in pixels, (g, 2), or nothing.
    """
    area = sums[:, 5]
    xx, yy, xy, x, y = (sums[:, :5] / area[:, None]).unbind(dim=1)
    along, across = xx - x * x + 1 / 12, yy - y * y + 1 / 12
    total = along + across
    parts = [
        torch.sqrt(area),
        (along - across) / total,
        2.0 * (xy - x * y) / total,
        torch.log(total / area),
    ]
    if places is not None:
        distance, height = places.unbind(dim=1)
        parts += [torch.hypot(distance + x, height), height]
    return torch.stack(parts, dim=1)


def hard_sums(windows: Windows) -> tuple[Any, Any]:
    """Return the sums (g, 6) of all pieces of hard windows, and their windows (g,)."""
    count, size = len(windows.ranks), windows.ranks.shape[1]
    grid = np.arange(size) - 0.5 * (size - 1)
    i, j = (part.ravel() for part in np.meshgrid(grid, grid, indexing="ij"))
    piece = windows.ranks.reshape(count, -1) + 256 * np.arange(count)[:, None]
    terms = (i * i, j * j, i * j, i, j, np.ones_like(i))
    table = np.stack(
        [np.bincount(piece.ravel(), np.tile(term, count), 256 * count) for term in terms], axis=1
    )
    there = np.flatnonzero(table[:, 5] >= _LEAST)
    return torch.tensor(table[there], dtype=torch.float32), torch.tensor(there // 256)


def sliced(one: Any, two: Any, directions: Any) -> Any:
    """Return the mean over directions of W_2^2 between projected samples (n, k) and (m, k).

    The quantile function of the larger sample ``two`` is read at the ranks of ``one``.
    """
    a = torch.sort(one @ directions, dim=0).values
    b = torch.sort(two @ directions, dim=0).values
    at = (torch.arange(len(a), device=a.device) + 0.5) * (len(b) / len(a)) - 0.5
    low = at.floor().clamp(0, len(b) - 2).long()
    part = (at - low)[:, None].clamp(0, 1)
    return ((a - (1 - part) * b[low] - part * b[low + 1]) ** 2).mean()


class _Task:
    """One step: windows, their pieces, the distance, and down its gradient."""

    def __init__(self, generator: Generator, windows: Windows, options: SwdCalibrator) -> None:
        self.generator, self.options = generator, options
        found, places = generator.found, generator.places
        self.placed = options.radius_dependent or bool(np.ptp(found.heights) > 0)
        sums, window = hard_sums(windows)
        real = features(sums, self._places(places.distance, places.section, window))
        self.scale = (real.std(dim=0) + 1e-6).to(generator.device)
        self.scale[1] /= _WEIGHT
        self.real = real.to(generator.device) / self.scale

    def _places(self, centers: Floats, section: Any, window: Any) -> Any:
        if not self.placed:
            return None
        table = np.stack([centers, self.generator.found.heights[section]], axis=1)
        return torch.tensor(table, dtype=torch.float32)[window]

    def learn(self, rng: np.random.Generator, done: float) -> dict[str, float]:
        generator, options = self.generator, self.options
        made = generator.simulate(options.batch, rng)
        soft, diagonals = generator.soften(made, options.temperature)
        # Values of the hard windows with slopes of the soft ones: blurred values would be biased.
        parts = self._indicators(made) + soft - soft.detach()
        sums = (parts @ generator.powers.T)[made.seen.window, made.seen.place]
        large = (sums[:, 5] >= _LEAST).nonzero()[:, 0]
        simulated = features(sums[large], self._of(made, large)) / self.scale
        chosen = rng.integers(0, len(self.real), options.compared)
        directions = rng.standard_normal((simulated.shape[1], options.directions))
        directions /= np.linalg.norm(directions, axis=0)
        along = torch.tensor(directions, dtype=torch.float32, device=generator.device)
        distance = sliced(simulated, self.real[torch.from_numpy(chosen)], along)
        tied = tie(diagonals, options.isotropic)
        generator.step(distance + options.tie * tied, 0.5 + 0.5 * np.cos(np.pi * done))
        seen = made.hard.windows.numbers(generator.found.smallest).mean()
        return {
            "distance": float(distance.detach()),
            "tie": float(tied.detach()),
            "grains": float(seen),
        }

    def _indicators(self, made: Simulation) -> Any:
        ranks = torch.from_numpy(made.hard.windows.ranks.reshape(len(made.hard.windows.ranks), -1))
        places = torch.arange(made.seen.shape[1], dtype=torch.uint8)[None, :, None]
        return (ranks[:, None, :] == places).to(self.generator.device, torch.float32)

    def _of(self, made: Simulation, large: Any) -> Any:
        if not self.placed:
            return None
        draw = made.hard.draw
        table = np.stack([draw.centers, draw.heights], axis=1)
        placed = torch.tensor(table, dtype=torch.float32, device=self.generator.device)
        return placed[made.seen.window[large]]

    def state(self) -> dict[str, Any]:
        return {"generator": self.generator.state()}

    def load(self, state: dict[str, Any]) -> None:
        self.generator.load(state["generator"])


@dataclass(frozen=True)
class SwdCalibrator:
    """Mark network trained on the sliced Wasserstein distance of grain sections; ours.

    Each step draws windows of simulated sections, takes size, elongation and direction of all
    pieces of grains in them from the soft tessellation, and moves the network down the gradient of
    the mean squared Wasserstein distance to the measured pieces over random projections. The
    intensity follows the number of grains at every step.

    Parameters
    ----------
    steps, batch, compared, directions
        Steps; simulated windows, measured pieces and projections of each.
    rate, average
        First rate of Adam (cosine decay), and decay of the running mean of the weights.
    tie
        Weight of the mean (log d_2/d_3)^2, which central sections hardly tell.
    temperature
        Of the soft tessellation whose slopes are taken; 4 px^2 gives the truest (ours).
    radius_dependent
        The marks may depend on the distance from the particle's centre.
    isotropic
        Accept sections without radial preference.
    device
        "auto", "cpu" or "cuda".
    record, keeper
        See `Course`.
    """

    steps: int = 300
    batch: int = 48
    compared: int = 6000
    directions: int = 32
    rate: float = 1e-3
    average: float = 0.98
    tie: float = 0.02
    temperature: float = 4.0
    radius_dependent: bool = False
    isotropic: bool = False
    device: str = "auto"
    record: Record = nobody
    keeper: Keeper | None = None

    def __post_init__(self) -> None:
        if min(self.steps, self.batch, self.compared, self.directions) < 1:
            raise InputError("steps, windows and directions of a calibration must be 1 or more")

    def __call__(
        self, sections: Sequence[FittedSection], seed: int, progress: Progress = silent
    ) -> Calibration:
        """Calibrate; see `Calibrator`."""
        found = measured(sections, isotropic=self.isotropic)
        rng = np.random.default_rng([seed, 0])
        places = draw_places(found, _POOL, rng)
        windows = measured_windows(found, places, 0.0, 0)
        shape = NetworkShape(radius=0.5 * found.reach if self.radius_dependent else 0.0)
        descent = Descent(self.rate, _BETAS, last=_LAST)
        device = chosen_device(self.device)
        with one_thread():
            generator = Generator(found, places, shape, descent, self.average, rng, device)
            task = _Task(generator, windows, self)
            course = Course(self.steps, record=self.record, keeper=self.keeper)
            mark = fingerprint(self._settings(), seed, *found.rows, found.heights)
            history = train(task, course, (windows, places.distance), seed, mark, progress)
        facts = {"method": "swd", "seed": seed, "pixel": found.pixel, **self._settings()}
        return Calibration(generator.model(), history, facts)

    def _settings(self) -> dict[str, Any]:
        left = ("record", "keeper", "device")
        return {name: value for name, value in vars(self).items() if name not in left}
