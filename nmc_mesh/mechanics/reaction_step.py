"""One implicit stage: diffusion inside, charge transfer at facets, one potential for all."""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.sparse import dia_array

from nmc_mesh.mechanics.iterate import iterated
from nmc_mesh.mechanics.kinetics import ChargeTransfer
from nmc_mesh.mechanics.linear import DIRECT_LIMIT, factorized, triangle_areas
from nmc_mesh.mechanics.reacting_body import ReactingBody
from nmc_mesh.typing import Floats, Ints

_MOST = 40
EXACT = 1e-12  # of residuals, against the flows that they are the rest of
_ROUNDING = 4e-15  # of what x of 1 and V of 1 would let flow, which rounding leaves
_INNER = 1e-10
_FARTHEST = 0.05  # of x, that an iterate may go; ours


class Facets:
    """The corners of the facets that react, each with a third of its triangle's area.

    Parameters
    ----------
    body, law, c_axes
        The body; what a facet gives; c axis of every cell, (m, 3).
    """

    def __init__(self, body: ReactingBody, law: ChargeTransfer, c_axes: Floats) -> None:
        self.nodes: Ints = body.triangles.ravel()
        self.areas: Floats = np.repeat(triangle_areas(body.points, body.triangles) / 3, 3)
        exchange = law.exchange(body.normals(), c_axes[body.owners])
        self.law, self.exchange, self._count = law, np.repeat(exchange, 3), len(body.points)

    def summed(self, values: Floats) -> Floats:
        """Integral of values at the corners by nodes."""
        return np.asarray(np.bincount(self.nodes, self.areas * values, self._count), dtype=float)

    def potential(self, content: Floats, total: float, start: float) -> float:
        """V at which a total current leaves, um^3/s."""
        there = content[self.nodes]
        return self.law.potential_for(there, self.areas, self.exchange, total, start)

    def current(self, content: Floats, potential: float) -> tuple[Floats, Floats, Floats]:
        """What leaves at every node, um^3/s, and its slopes over x there and over V."""
        parts = self.law.current(content[self.nodes], potential, self.exchange)
        leaves, over_x, over_v = (self.summed(part) for part in parts)
        return leaves, over_x, over_v


class Under(NamedTuple):
    """What a particle under stress has beside; see ``coupled_run``."""

    drift: Floats
    """What the stress adds to the potential of every cell, V, (m,)."""
    corners: Floats
    """x at the corners of every cell, (m, 4)."""
    held: Floats
    """Lithium at every node, um^3, (n,)."""
    stress: Floats
    """MPa, of every cell, Voigt's order, (m, 6)."""


class Solved(NamedTuple):
    """Content at the nodes and the potential at the end of a stage."""

    content: Floats
    potential: float
    under: Under | None = None
    """Where stress moves lithium; ``content`` is then what would be there without stress."""


class Storage(Protocol):
    """How much lithium there is at the nodes, um^3, at a content of these."""

    def gained(self, content: Floats, before: Floats) -> Floats:
        """Lithium that came at every node, (n,), since there was what ``before`` tells."""

    def slope(self, content: Floats) -> Any:
        """Its symmetric matrix of slopes over the content."""


class Plain(NamedTuple):
    """Lithium is M x; ``before`` is a content."""

    mass: Any

    def gained(self, content: Floats, before: Floats) -> Floats:
        """See `Storage`."""
        return np.asarray(self.mass @ (content - before))

    def slope(self, content: Floats) -> Any:
        """See `Storage`."""
        return self.mass


def solve_stage(
    facets: Facets,
    storage: Storage,
    conduction: Any,
    before: Floats,
    length: float,
    guess: Solved,
    total: float | None,
    enough: float = EXACT,
) -> Solved | None:
    """Solve (what came since ``before``) / length + K u + what leaves = 0 by Newton's method.

    With a total current its potential is found anew for every iterate, so that the total is met
    exactly; the slope of the potential adds a matrix of rank one to the Jacobian (Sherman and
    Morrison). Otherwise the potential is that of the guess. Where this is part of another
    iteration, residuals may stay ``enough`` of the flows.

    Returns
    -------
    Solved or None
        None where the iteration does not settle: take a shorter step.
    """
    content, potential = guess.content, guess.potential
    for _ in range(_MOST):
        slopes = storage.slope(content)
        base = slopes / length + conduction
        if total is not None:
            potential = facets.potential(content, total, potential)
        leaves, over_x, over_v = facets.current(content, potential)
        flows = conduction @ (content - content.mean())  # of differences: less rounding
        residual = storage.gained(content, before) / length + flows + leaves
        scale = max(float(np.abs(flows).max()), float(np.abs(leaves).max()))
        floor = _ROUNDING * float(base.diagonal().max() + over_v.max())
        if np.abs(residual).max() <= enough * scale + floor:
            # What rounding left of the sum goes evenly: so lithium is conserved on any mesh.
            spare = float(residual.sum()) * length / float(slopes.sum())
            return Solved(content - spare, potential)
        # Where i0 falls as x grows, the slope may be negative: left out, Newton's steps shorten.
        slope = np.maximum(over_x, 0.0)
        loads = np.stack([residual, over_v], axis=1)
        answers = _both(base + dia_array((slope[None], [0]), shape=base.shape), loads)
        change = answers[:, 0]
        if total is not None:
            left = float(over_v.sum() - slope @ answers[:, 1])
            change = change + answers[:, 1] * float(slope @ change) / left
        content = content - change * min(1.0, _FARTHEST / max(float(np.abs(change).max()), 1e-300))
    return None


def _both(matrix: Any, loads: Floats) -> Floats:
    if matrix.shape[0] > DIRECT_LIMIT:
        return iterated(matrix.tocsr(), loads, _INNER)
    return factorized(matrix)(loads)
