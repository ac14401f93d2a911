"""Square windows of sections (T2D, T3D): which seed owns which pixel, measured and simulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nmc_mesh import _core as core
from nmc_mesh.calibration.sections import SIZE, Measured, Places
from nmc_mesh.grains.marks import Marks, SeedPattern
from nmc_mesh.grains.neighbours import nearest
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints, Longs

CHANNELS = 12
MOST_VISIBLE = 96
MARGIN = 6  # pixels: small grains are seldom longer
_VISIBLE = np.array([1.7, 1.4, 1.4])  # mean grain sizes around a window in which its seeds lie
_NEIGHBOURS = 1.5  # and around those the neighbours that the network looks at
_GAP = 40.0
_CHUNK = 8


@dataclass(frozen=True, eq=False)
class Windows:
    """Windows of n x n pixels, hard labels.

    ``ranks`` (b, n, n): grains by their number of pixels, 0 the largest; ``count`` (b,) how many
    grains are seen; ``visible`` (b, k): their rows, by rank.
    """

    ranks: NDArray[np.uint8]
    count: Longs
    visible: Ints

    def channels(self) -> NDArray[np.float32]:
        """Return indicators of the 12 largest grains, float32 (b, 12, n, n)."""
        levels = np.arange(CHANNELS, dtype=np.uint8)[None, :, None, None]
        return (self.ranks[:, None] == levels).astype(np.float32)

    def numbers(self, smallest: float) -> Floats:
        """Return how many grains of at least ``smallest`` pixels every window shows (b,)."""
        flat = self.ranks.reshape(len(self.ranks), -1).astype(np.int64)
        flat += 256 * np.arange(len(flat))[:, None]
        pixels = np.bincount(flat.ravel(), minlength=256 * len(flat)).reshape(-1, 256)
        visible: Floats = (pixels >= max(smallest, 1.0)).sum(axis=1).astype(np.float64)
        return visible


def measured_windows(measured: Measured, places: Places, spread: float, seed: Any) -> Windows:
    """Return windows of the fitted diagrams at these places (T2D of Eqs. 14, 15).

    Parameters
    ----------
    measured
        The sections.
    places
        Section, distance and direction of every window; its first axis points outward.
    spread
        Every diagonal entry and r is multiplied by a uniform number in 1 -+ ``spread``, anew for
        every section and 64 windows (paper: 0.2 for every one); r in the gauge of mean 0.
    seed
        Draws those factors.
    """
    labels = np.empty((len(places), SIZE, SIZE), np.int32)
    rng = np.random.default_rng(seed)
    turns = np.stack([np.cos(places.angle), np.sin(places.angle)], axis=1)
    starts, rows, first = np.zeros((len(places), 2), np.int64), [], 0
    for k, section in enumerate(measured.rows):
        of = np.flatnonzero(places.section == k)
        pieces = [of] if spread == 0.0 else [of[a : a + 64] for a in range(0, len(of), 64)]
        for piece in pieces:
            rows.append(section if spread == 0.0 else _varied(section, spread, rng))
            starts[piece] = first, first + len(section)
            first += len(section)
    table = np.concatenate(rows)
    flat = np.zeros(len(places))
    _label(table, starts, places.distance, turns, flat, _largest(table), labels)
    return _ranked(labels, starts)


def _varied(rows: Floats, spread: float, rng: np.random.Generator) -> Floats:
    out = rows.copy()
    axes = rows[:, :2] / np.maximum(np.linalg.norm(rows[:, :2], axis=1), 1e-12)[:, None]
    c, s = axes.T
    along = rows[:, 3] * c * c + 2 * rows[:, 6] * c * s + rows[:, 4] * s * s
    across = rows[:, 3] * s * s - 2 * rows[:, 6] * c * s + rows[:, 4] * c * c
    factors = rng.uniform(1 - spread, 1 + spread, (3, len(rows)))
    along, across = along * factors[0], across * factors[1]
    out[:, 3] = along * c * c + across * s * s
    out[:, 4] = along * s * s + across * c * c
    out[:, 6] = (along - across) * c * s
    out[:, 9] *= factors[2]
    return out


def _largest(rows: Floats) -> Floats:
    """Largest eigenvalue of the part of M in the plane, which bounds steps in the plane."""
    half, off = 0.5 * (rows[:, 3] - rows[:, 4]), rows[:, 6]
    root: Floats = np.sqrt(0.5 * (rows[:, 3] + rows[:, 4]) + np.hypot(half, off))
    return root


def _label(
    rows: Floats,
    starts: Longs,
    centers: Floats,
    turns: Floats,
    height: Floats,
    largest: Floats,
    labels: Ints,
) -> None:
    def work(a: int, b: int) -> None:
        core.label_windows(
            rows, starts[a:b], centers[a:b], turns[a:b], height[a:b], largest, labels[a:b]
        )

    for_chunks(len(labels), _CHUNK, work)


def _ranked(labels: Ints, starts: Longs) -> Windows:
    ranks = np.empty(labels.shape, np.uint8)
    visible = np.full((len(labels), MOST_VISIBLE), -1, np.int32)
    count = np.empty(len(labels), np.int64)
    core.rank_windows(labels, starts, ranks, visible, count)
    return Windows(ranks, np.minimum(count, MOST_VISIBLE), visible)


@dataclass(frozen=True, eq=False)
class Draw:
    """Seeds around simulated windows, in pixels.

    ``pattern`` has all seeds, ``asked`` the indices of those that may be seen, by window: window w
    asks for ``starts[w, 0]`` ... ``starts[w, 1]`` - 1 of them; ``neighbours`` (m, 12) of these.
    ``centers`` and ``heights`` (b,) are the places of the windows, the first axis along x.
    """

    pattern: SeedPattern
    asked: Longs
    starts: Longs
    neighbours: Ints
    centers: Floats
    heights: Floats


def draw_seeds(
    centers: Floats, heights: Floats, intensity: float, count: int, rng: np.random.Generator
) -> Draw:
    """Draw the process of Eq. 10 around windows in planes z = height, centres (p, 0, height).

    Only seeds within 1.7 mean grain sizes along the radius and 1.4 across it are taken to be seen
    in a window; the neighbours that the network looks at may lie 1.5 sizes farther away.

    Parameters
    ----------
    centers, heights
        Places of the windows in pixels, shape (b,).
    intensity
        Seeds per px^3.
    count
        Neighbours per seed.
    rng
        Draws them.
    """
    grain = intensity ** (-1 / 3)
    inner = np.array([0.5 * SIZE, 0.5 * SIZE, 0.0]) + _VISIBLE * grain
    outer = inner + _NEIGHBOURS * grain
    numbers = rng.poisson(intensity * np.prod(2 * outer), len(centers))
    window = np.repeat(np.arange(len(centers)), numbers)
    local = rng.uniform(-outer, outer, (len(window), 3))
    noise = rng.uniform(0.0, 1.0, (len(window), 2))
    turns = rng.uniform(0.0, np.pi, len(window))
    asked = np.flatnonzero((np.abs(local) <= inner).all(axis=1))
    ends = np.searchsorted(window[asked], np.arange(len(centers) + 1))
    apart = local.copy()
    apart[:, 1] += window * (2 * outer[1] + _GAP)
    neighbours = nearest(apart, count, asked)
    local[:, 0] += centers[window]
    local[:, 2] += heights[window]
    starts = np.stack([ends[:-1], ends[1:]], axis=1)
    return Draw(SeedPattern(local, noise, turns), asked, starts, neighbours, centers, heights)


@dataclass(frozen=True, eq=False)
class Simulated:
    """Hard windows of a draw, and what the soft ones need.

    ``rows`` (m, 10) of the asked seeds as `GBPD.rows`, ``axes`` (m, 3, 3) their Q.
    """

    draw: Draw
    rows: Floats
    axes: Floats
    windows: Windows


def hard_windows(draw: Draw, marks: Marks, least: Floats | None = None) -> Simulated:
    """Return the windows (T3D of Eq. 16) for these marks of the asked seeds, r in px^2.

    Labels are those of the `GBPD` of the same seeds, but for pieces of grains of fewer than
    ``least`` pixels (b,): they go to their neighbours, as they did in the measured maps. What lies
    `MARGIN` pixels around a window tells how large the pieces at its border are.
    """
    chosen = np.ascontiguousarray(draw.pattern.seeds[draw.asked])
    rows, axes = np.empty((len(chosen), 10)), np.empty((len(chosen), 3, 3))
    core.radial_rows(chosen, draw.pattern.turns[draw.asked], *marks, axes, rows)
    closing = least is not None and bool((least > 1.0).any())
    edge = SIZE + 2 * MARGIN * closing
    labels = np.empty((len(draw.centers), edge, edge), np.int32)
    turns = np.tile([1.0, 0.0], (len(labels), 1))
    largest = np.sqrt(marks.diagonals.max(axis=1))
    _label(rows, draw.starts, draw.centers, turns, draw.heights, largest, labels)
    if least is not None and closing:
        wide, labels = labels, np.empty((len(labels), SIZE, SIZE), np.int32)
        core.close_windows(wide, np.ascontiguousarray(least), labels)
    return Simulated(draw, rows, axes, _ranked(labels, draw.starts))
