"""Maximum likelihood of softmax(-q) over labelled points: one descent for planes and space."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, Protocol

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.grains.fit_forms import Form, Moments, gauged, rows_of, slopes_of
from nmc_mesh.parallel import chunks, for_chunks
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints, Longs

STEPS = 100
CANDIDATES = 12
REFRESH = 25
"""Steps after which candidates are chosen anew."""

_BEYOND_DOUBT = 30.0  # lead in cost of the true label: exp(-30) pulls at nothing
_CHUNK, _PARTS = 4096, 64
_BLOCK = {2: 8.0, 3: 4.0}  # voxels

DECAY = (0.9, 0.9)
"""Of Adam; a longer memory of the squares leaves 0.4 % more pixels wrong (ours)."""


@dataclass(frozen=True, eq=False)
class Problem:
    """Labelled points in voxels, in blocks of neighbours, and who owns which label.

    ``points`` (m, 3), ``truth`` (m,) labels from 0, ``starts`` (b + 1,) of the blocks; ``owner``
    (n,) is the label of every seed.
    """

    points: Floats
    truth: Ints
    starts: Longs
    owner: Ints
    dim: int


def problem(points: Floats, truth: Ints, dim: int, owner: Ints | None = None) -> Problem:
    """Sort points (m, dim) into blocks; by default every label has one seed."""
    placed = np.zeros((len(points), 3))
    placed[:, :dim] = points
    cells = np.floor(points / _BLOCK[dim]).astype(np.int64)
    cells -= cells.min(axis=0)
    extent = cells.max(axis=0) + 1
    code = np.ravel_multi_index(tuple(cells.T), tuple(extent))
    order = np.argsort(code, kind="stable")
    steps = np.flatnonzero(np.diff(code[order])) + 1
    starts = np.concatenate([[0], steps, [len(points)]]).astype(np.int64)
    owners = np.arange(int(truth.max()) + 1, dtype=np.int32) if owner is None else owner
    placed, sorted_ = np.ascontiguousarray(placed[order]), np.ascontiguousarray(truth[order])
    return Problem(placed, sorted_, starts, owners, dim)


def moments_of(points: Floats, labels: Ints, count: int, voxel: AnyArray) -> Moments:
    """Centroids and covariances of labels 0 ... count - 1; points (m, d) and ``voxel`` in voxels.

    A voxel is a box, not a point. In the plane the variance along z is 2, so that M_zz starts at 1.
    """
    dim = points.shape[1]
    size = np.maximum(np.bincount(labels, minlength=count), 1)
    centroids, spread = np.zeros((count, 3)), np.tile(2.0 * np.eye(3), (count, 1, 1))
    for k in range(dim):
        centroids[:, k] = np.bincount(labels, points[:, k], count) / size
    away = points - centroids[labels, :dim]
    for a in range(dim):
        for b in range(a, dim):
            part = np.bincount(labels, away[:, a] * away[:, b], count) / size
            spread[:, a, b] = spread[:, b, a] = part + (voxel[a] ** 2 / 12 if a == b else 0.0)
    return Moments(centroids, spread)


class Descent(Protocol):
    """A way from parameters to better ones; see `descended`."""

    def __call__(
        self, form: Form, parameters: Floats, given: Problem, steps: int, progress: Progress
    ) -> Floats:
        """Return the parameters after some steps."""


def descent_on(device: str | None) -> Descent:
    """Return the descent of the compiled core, or that of torch if a device is named."""
    if device is None:
        return descended
    from nmc_mesh.devices import chosen_device

    where = chosen_device(device, "a fit on a device")
    from nmc_mesh.grains.fit_torch import descended_on

    return partial(descended_on, where)


def pace(step: int, steps: int) -> float:
    """Return the share of the rates that a step takes: from 1 to 0 as a cosine."""
    return 0.5 * (1.0 + float(np.cos(np.pi * step / max(steps, 1))))


def descended(
    form: Form, parameters: Floats, given: Problem, steps: int, progress: Progress = silent
) -> Floats:
    """Return the parameters after some steps of Adam, in the gauge mean log D = 0, mean r = 0."""
    rate = form.rates(given.dim)
    mean, square = np.zeros_like(parameters), np.zeros_like(parameters)
    for step in range(steps):
        rows = rows_of(form, parameters)
        if step % REFRESH == 0:
            open_ = undecided(rows, given)
        slope = slopes_of(form, parameters, summed(rows, given.owner, open_))
        mean = DECAY[0] * mean + (1 - DECAY[0]) * slope
        square = DECAY[1] * square + (1 - DECAY[1]) * slope**2
        first, second = mean / (1 - DECAY[0] ** (step + 1)), square / (1 - DECAY[1] ** (step + 1))
        rates = rate * pace(step, steps)
        parameters = parameters - rates * first / (np.sqrt(second) + 1e-8)
        progress("fit", (step + 1) / steps)
    return gauged(parameters, given.dim)


class Undecided(NamedTuple):
    """Points (m, 3) whose label is not beyond doubt, their labels, their candidate seeds (m, c)."""

    points: Floats
    truth: Ints
    chosen: Ints


def undecided(rows: Floats, given: Problem) -> Undecided:
    """Return the points that pull at a seed: those deep inside their own cell do not."""
    points, truth, owner = given.points, given.truth, given.owner
    chosen = np.zeros((len(points), min(CANDIDATES, len(owner))), dtype=np.int32)
    lead = np.empty(len(points))
    work = partial(core.choose_seeds, rows, owner, points, truth, given.starts, chosen, lead)
    for_chunks(len(given.starts) - 1, 64, work)
    kept = lead < _BEYOND_DOUBT
    return Undecided(points[kept], truth[kept], chosen[kept])


def summed(rows: Floats, owner: Ints, given: Undecided) -> Floats:
    """Moments of the slope, shape (n, 10); chunks do not depend on the number of threads."""
    points, truth, chosen = given
    size = max(_CHUNK, -(-len(points) // _PARTS))
    parts = np.zeros((len(chunks(len(points), size)), len(rows), 10))
    for_chunks(
        len(points),
        size,
        lambda a, b: core.fit_slope(rows, owner, points, truth, chosen, a, b, parts[a // size]),
    )
    moments: Floats = parts.sum(axis=0)
    return moments


def hidden(labels: Ints, share: float, rng: np.random.Generator | None) -> Bools:
    """Return a random share of the places of labels 0 ... n - 1; some place of every label stays.

    Shape (m,); none without a generator.
    """
    none = np.zeros(len(labels), dtype=bool)
    if share <= 0 or rng is None:
        return none
    out = rng.random(len(labels)) < share
    left = np.bincount(labels[~out], minlength=int(labels.max()) + 1)
    return out & (left[labels] > 0)
