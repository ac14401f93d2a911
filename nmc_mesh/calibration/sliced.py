"""The sliced Wasserstein distance between measured and simulated pieces of grains."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import torch

from nmc_mesh.calibration.generator import Generator, Simulation
from nmc_mesh.calibration.windows import Windows
from nmc_mesh.geometry.label_moments import CELL_SPREAD
from nmc_mesh.typing import Floats

TEMPERATURE = 1.0  # px^2: slopes of the tessellation are truest there (ours)
_WEIGHT = 2.0  # of the difference of variances, which tells the preferred direction
_LEAST = 8.0  # pixels: smaller pieces of grains have no shape
_COMPARED = 6000  # measured pieces of a step
_DIRECTIONS = 32


def features(sums: torch.Tensor, places: torch.Tensor | None) -> torch.Tensor:
    """Return what is compared of the pieces of grains in windows, shape (g, 4 or 9).

    sqrt(A); (a - b) / (a + b) and 2 c / (a + b) with the variances a along and b across the radius
    (plus 1/12: pixels are squares) and their covariance c, which tell elongation and direction
    together; log (a + b) / A. Where ``places`` are given: w = |c| / 40 - 1 with the distance |c| of
    the centroid from the particle's centre; the products of w with the first, second and fourth
    feature, which tell how they change with it; and the height of the plane.

    Parameters
    ----------
    sums
        Sums of i^2, j^2, i j, i, j, 1 over the pixels of a piece, from the window's middle, (g, 6).
    places
        Distance of the window and height of the plane in pixels, (g, 2), or nothing.
    """
    area = sums[:, 5]
    xx, yy, xy, x, y = (sums[:, :5] / area[:, None]).unbind(dim=1)
    along, across = xx - x * x + CELL_SPREAD, yy - y * y + CELL_SPREAD
    total = along + across
    parts = [
        torch.sqrt(area),
        (along - across) / total,
        2.0 * (xy - x * y) / total,
        torch.log(total / area),
    ]
    if places is not None:
        distance, height = places.unbind(dim=1)
        away = torch.hypot(distance + x, height) / 40.0 - 1.0
        parts += [away, away * parts[0] / 5.0, away * parts[1], away * parts[3], height / 40.0]
    return torch.stack(parts, dim=1)


def hard_sums(windows: Windows, device: Any = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
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
    sums = torch.tensor(table[there], dtype=torch.float32, device=device)
    return sums, torch.tensor(there // 256, device=device)


class Projected(NamedTuple):
    """Samples on lines: ``values`` (k, n), ascending in every row, at ``ranks`` (k, n) in (0, 1).

    A rank is the middle of the weight of its value.
    """

    values: torch.Tensor
    ranks: torch.Tensor
    weights: torch.Tensor


def projected(sample: torch.Tensor, weights: torch.Tensor, directions: torch.Tensor) -> Projected:
    """Project a sample (n, f) of these weights (n,) on directions (f, k)."""
    values, order = torch.sort((sample @ directions).T.contiguous(), dim=1)
    shares = (weights / weights.sum())[order]
    return Projected(values, torch.cumsum(shares, dim=1) - 0.5 * shares, shares)


def sliced(source: Projected, target: Projected) -> torch.Tensor:
    """Return the mean over directions of W_2^2.

    The quantiles of ``target`` are taken at the ranks of ``source``. Slopes go to values and
    weights of both.
    """
    last = target.ranks.shape[1] - 1
    above = torch.searchsorted(target.ranks.detach(), source.ranks.detach()).clamp(1, last)
    (r, s), (u, v) = (
        (torch.gather(part, 1, above - 1), torch.gather(part, 1, above))
        for part in (target.ranks, target.values)
    )
    part = ((source.ranks - r) / (s - r)).clamp(0, 1)
    return (source.weights * (source.values - (1 - part) * u - part * v) ** 2).sum(dim=1).mean()


class SlicedDistance:
    """Distance of simulated windows from measured ones, with slopes to the marks.

    Parameters
    ----------
    generator
        Makes the windows.
    windows, centers, section
        Measured windows, their distances from the centre in pixels, and their sections.
    placed
        Compare where pieces lie as well.
    """

    def __init__(
        self, generator: Generator, windows: Windows, centers: Floats, section: Any, placed: bool
    ) -> None:
        self.generator, self.placed = generator, placed
        sums, window = hard_sums(windows, generator.device)
        real = features(sums, self._at(centers, generator.measured.heights[section], window))
        area = sums[:, 5].double().cpu().numpy()
        self.share = np.cumsum(area)[:-1] / area.sum()
        weight = (sums[:, 5] / sums[:, 5].sum())[:, None]
        scale = torch.sqrt((weight * (real - (weight * real).sum(dim=0)) ** 2).sum(dim=0)) + 1e-6
        scale[1] /= _WEIGHT
        self.scale = scale
        self.real = real / scale

    def __call__(
        self, made: Simulation, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the distance and the marks (v, 4) of the visible seeds, both with gradients.

        Values are those of the hard windows, slopes those of soft ones: values of soft windows
        would be biased.
        """
        soft, marks = self.generator.soften(made, TEMPERATURE)
        parts = self._indicators(made) + soft - soft.detach()
        sums = (parts @ self.generator.powers.T)[made.seen.window, made.seen.column]
        large = (sums[:, 5] >= _LEAST).nonzero()[:, 0]
        if len(large) < 2:  # marks are broken, and so is the loss
            return sums.sum() * torch.nan, marks
        draw = made.hard.draw
        at = self._at(draw.centers, draw.heights, made.seen.window[large])
        simulated = features(sums[large], at) / self.scale
        chosen = np.searchsorted(self.share, rng.random(_COMPARED))
        directions = rng.standard_normal((simulated.shape[1], _DIRECTIONS))
        directions /= np.linalg.norm(directions, axis=0)
        along = torch.tensor(directions, dtype=torch.float32, device=self.generator.device)
        real = self.real[torch.from_numpy(chosen).to(self.real.device)]
        goal = projected(real, torch.ones(len(real), device=self.real.device), along)
        halves = made.seen.window[large] % 2
        first, second = (
            projected(simulated[halves == k], sums[large, 5][halves == k], along) for k in (0, 1)
        )
        apart = 0.5 * (sliced(first, goal) + sliced(second, goal))
        return apart - 0.5 * sliced(first, second), marks

    def _at(self, centers: Floats, heights: Floats, window: torch.Tensor) -> torch.Tensor | None:
        if not self.placed:
            return None
        table = np.stack([centers, heights], axis=1)
        return torch.tensor(table, dtype=torch.float32, device=self.generator.device)[window]

    def _indicators(self, made: Simulation) -> torch.Tensor:
        ranks = torch.from_numpy(made.hard.windows.ranks.reshape(len(made.hard.windows.ranks), -1))
        places = torch.arange(made.seen.shape[1], dtype=torch.uint8)[None, :, None]
        return (ranks[:, None, :] == places).to(self.generator.device, torch.float32)
