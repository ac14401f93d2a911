"""Anderson's mixing of fixed-point iterations, on any number of ranks."""

from __future__ import annotations

import numpy as np

REMEMBERED = 6
PLAIN = 5


class Mixer:
    """Next iterates of u -> u + s(u), from what the last few changed.

    With differences dU and dS of the last u and s the next u is u + s - (dU + dS) g, g the least
    squares solution of dS g = s. Where s has grown the past is forgotten, and plain steps are taken
    for a while.

    Parameters
    ----------
    comm
        A communicator, over which vectors are spread.
    """

    def __init__(self, comm):
        self._comm, self._places, self._steps = comm, [], []
        self._least, self._wait = np.inf, 0

    def next(self, place, step):
        """Return where to go from a place with its own step, both the part of this rank."""
        left = self._comm.allreduce(float(step @ step)) ** 0.5
        if left > 1.2 * self._least:
            self._places, self._steps, self._wait = [], [], PLAIN
        self._least = left if self._wait else min(self._least, left)
        if self._wait:
            self._wait -= 1
            return place + step
        self._places = [*self._places, place.copy()][-REMEMBERED - 1 :]
        self._steps = [*self._steps, step.copy()][-REMEMBERED - 1 :]
        if len(self._places) == 1:
            return place + step
        moved, changed = np.diff(self._places, axis=0), np.diff(self._steps, axis=0)
        # Normal equations, scaled: the sums go over all ranks.
        products = self._comm.allreduce(changed @ np.column_stack([changed.T, step]))
        sizes = np.sqrt(np.maximum(np.diag(products), np.finfo(float).tiny))
        scaled = products[:, :-1] / np.outer(sizes, sizes)
        share = np.linalg.lstsq(scaled, products[:, -1] / sizes, rcond=1e-12)[0] / sizes
        return place + step - share @ (moved + changed)
