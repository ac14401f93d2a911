"""How crystals of neighbouring grains lie to each other: a law of disorientations, and draws."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.orientation import from_axes, inverse, product
from nmc_mesh.crystal.symmetry import disorientations, rotations
from nmc_mesh.errors import InputError
from nmc_mesh.numerics.functions import cos, log, sin
from nmc_mesh.typing import AnyArray, Floats, Ints

LARGEST = float(np.radians(104.5))
"""Disorientations of -3m end at 104.48 degrees."""
_BINS = 21  # of 5 degrees
_ROUNDS = 400  # steps per grain; ours
_HEAT = 0.05  # of the square of the share of pairs that a step changes, at first; ours
_COLD = 0.6  # share of the steps after which a step may not make it worse
_BESIDE = 28.0  # pairs of two grains


@dataclass(frozen=True)
class MisorientationLaw:
    """Shares of boundary area by the disorientation across it, the smallest angle under -3m.

    Parameters
    ----------
    edges
        Ends of the classes in radians, from 0 to at least 104.5 degrees, ascending, k + 1 of them.
    shares
        Of boundary area, none negative, k of them; they are scaled to the sum 1.

    Raises
    ------
    InputError
        If the edges do not cover [0, 104.5 degrees] in ascending order, or the shares do not fit.

    Examples
    --------
    >>> from nmc_mesh.crystal.misorientation import MisorientationLaw
    >>> law = MisorientationLaw((0.0, 0.5, 1.83), (3.0, 1.0))
    >>> law.cumulative([0.25, 0.5, 2.0]).tolist()
    [0.375, 0.75, 1.0]
    """

    edges: tuple[float, ...]
    shares: tuple[float, ...]

    __repr__ = one_line

    def __post_init__(self) -> None:
        edges, shares = np.array(self.edges, float), np.array(self.shares, float)
        ends = len(edges) > 1 and edges[0] == 0 and edges[-1] >= LARGEST - 1e-3
        if not (ends and (np.diff(edges) > 0).all() and np.isfinite(edges).all()):
            raise InputError(
                "the edges of classes of disorientations ascend from 0 to 104.5 degrees (1.824)"
            )
        if len(shares) != len(edges) - 1:
            raise InputError(
                f"{len(edges)} edges of classes need {len(edges) - 1} shares, not {len(shares)}"
            )
        if not (np.isfinite(shares).all() and (shares >= 0).all() and shares.sum() > 0):
            raise InputError("shares of boundary area are not negative, and not all 0")

    @classmethod
    def of(cls, angles: AnyArray, areas: AnyArray, bins: int = _BINS) -> MisorientationLaw:
        """Return the law of measured boundaries.

        On planes through a body, the length of a kind of boundary per area is pi/4 of its area per
        volume where boundaries of a kind lie in all directions, so lengths of a map serve as areas.

        Parameters
        ----------
        angles
            Disorientations in radians, shape (n,).
        areas
            Areas or lengths of the boundaries, shape (n,).
        bins
            Classes of equal width up to 105 degrees.
        """
        edges = np.linspace(0.0, np.radians(105.0), bins + 1)
        counts = np.histogram(angles, edges, weights=areas)[0]
        if not counts.sum() > 0:
            raise InputError(
                "no boundary lies between two grains with orientations; give maps with more grains"
            )
        return cls(tuple(edges.tolist()), tuple((counts / counts.sum()).tolist()))

    def cumulative(self, angles: AnyArray) -> Floats:
        """Share of boundary area with disorientations up to ``angles``, radians, any shape."""
        shares = np.array(self.shares, float)
        steps = np.concatenate([[0.0], np.cumsum(shares) / shares.sum()])
        return np.asarray(np.interp(np.asarray(angles, float), self.edges, steps))

    def distance(self, angles: AnyArray, areas: AnyArray) -> float:
        """Return Kolmogorov and Smirnov's distance of measured boundaries to the law.

        Parameters
        ----------
        angles, areas
            As for ``of``.
        """
        order = np.argsort(angles, kind="stable")
        seen = np.cumsum(np.asarray(areas, float)[order])
        law = self.cumulative(np.asarray(angles, float)[order])
        upper, lower = seen / seen[-1], np.concatenate([[0.0], seen[:-1]]) / seen[-1]
        return float(max(np.abs(upper - law).max(), np.abs(lower - law).max()))


def between(orientations: Floats, pairs: Ints) -> Floats:
    """Disorientations of pairs of grains, radians, shape (p,); ``pairs`` are rows of crystals."""
    return disorientations(orientations[pairs[:, 0]], orientations[pairs[:, 1]])


def exchanged(
    law: MisorientationLaw,
    orientations: Floats,
    frames: Floats | None,
    pairs: Ints,
    areas: Floats,
    rng: np.random.Generator,
) -> Floats:
    """Let grains exchange their crystals until boundaries have the disorientations of a law.

    Two grains at random exchange what lies in their frames, and each is turned about its c axis at
    random; the step stays if the shares of area come nearer to the law's, early on now and then
    when they do not (simulated annealing of the mean square of the differences of the cumulated
    shares). So the angles of c axes in their frames, all of them, are those that were drawn: the
    texture of single grains is kept to the last grain.

    Parameters
    ----------
    law
        What boundaries shall have.
    orientations
        As a texture drew them, quaternions, shape (n, 4).
    frames
        Frames of the grains, rows as ``grain_frames`` has them, shape (n, 3, 3); None: all alike.
    pairs, areas
        Neighbours, shape (p, 2), and their common areas, shape (p,).
    rng
        Draws the steps.

    Returns
    -------
    Unit quaternions, shape (n, 4).
    """
    count = len(orientations)
    if count < 2 or not len(pairs):
        return orientations
    if frames is None:
        turns = np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))
    else:
        turns = from_axes(np.swapaxes(frames, 1, 2))
    local = np.ascontiguousarray(product(inverse(turns), orientations))
    steps = _ROUNDS * count
    grains = rng.integers(0, count, (steps, 2), dtype=np.int32)
    grains[::3, 1] = grains[::3, 0]
    half = np.pi * rng.random((steps, 2))
    spins = np.stack([cos(half[:, 0]), sin(half[:, 0]), cos(half[:, 1]), sin(half[:, 1])], axis=1)
    share = min(_BESIDE / len(pairs), 1.0)
    heat = _HEAT * share * share * np.maximum(1 - np.arange(steps) / (_COLD * steps), 0.0)
    levels = -heat * log(1 - rng.random(steps))
    shares = np.array(law.shares, float)
    core.exchange_orientations(
        local, turns, *_listed(pairs, count), np.asarray(areas / areas.sum()), rotations(),
        cos(np.array(law.edges[1:]) / 2), shares / shares.sum(), grains, spins, levels,
    )  # fmt: skip
    return product(turns, local)


def _listed(pairs: Ints, count: int) -> tuple[AnyArray, Ints, Ints]:
    """Where the neighbours of every grain start, the neighbours, and the numbers of their pairs."""
    ends = np.concatenate([pairs[:, 0], pairs[:, 1]])
    order = np.argsort(ends, kind="stable")
    others = np.concatenate([pairs[:, 1], pairs[:, 0]])[order].astype(np.int32)
    starts = np.concatenate([[0], np.cumsum(np.bincount(ends, minlength=count))]).astype(np.int64)
    numbers = np.tile(np.arange(len(pairs), dtype=np.int32), 2)[order]
    return starts, others, numbers
