"""Equilibrium of grains with cohesive zones between: Newton's method, or secants if large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.arrays import one_line
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.cohesive_zone import (
    CohesiveZone,
    DamageHistory,
    TractionSeparationLaw,
    cohesive_forces,
    cohesive_response,
    cohesive_stiffness,
    cohesive_zone_of,
    displacement_jumps,
)
from nmc_mesh.mechanics.elasticity import balanced, held, rigid_motions, stiffness_matrix
from nmc_mesh.mechanics.linear import DIRECT_LIMIT, solver
from nmc_mesh.typing import Bools, Floats, Longs

_MOST = {True: 30, False: 200}
_ENOUGH = {True: 1e-8, False: 1e-6}
_INNER = 1e-4
_REMEMBERED = 8
_PLAIN = 5


@dataclass(frozen=True, eq=False)
class CohesiveState:
    """A body of grains in equilibrium.

    Parameters
    ----------
    displacement
        um, shape (n, 3).
    worst
        Largest effective separation so far of every pair of nodes, um, shape (3 w,).
    damage
        D of these pairs, 0 intact, 1 open, shape (3 w,).
    traction
        Across the boundaries at these pairs, on the lower grain, MPa, shape (3 w, 3): positive
        along the normal where they are pulled open.
    force
        Of the supports and the cohesive zone, uN, shape (n, 3): at fixed nodes the reaction.
    """

    displacement: Floats
    worst: Floats
    damage: Floats
    traction: Floats
    force: Floats

    __repr__ = one_line


class CohesiveBody:
    """Elastic grains of a split mesh, and the cohesive zone between them.

    Parameters
    ----------
    split
        The split mesh.
    stiffness
        Of every cell, MPa, shape (m, 6, 6).
    law
        Of the boundaries.
    """

    def __init__(self, split: CohesiveMesh, stiffness: Floats, law: TractionSeparationLaw) -> None:
        mesh = split.mesh
        self.points = mesh.points
        self.law = law
        self.zone: CohesiveZone = cohesive_zone_of(split)
        self.elastic: csc_array = stiffness_matrix(mesh.points, mesh.cells, stiffness)
        self.motions = rigid_motions(mesh.points)

    def solve(
        self,
        load: Floats | None = None,
        fixed: Longs | None = None,
        values: Floats | None = None,
        start: CohesiveState | None = None,
        relaxation: float = 1.0,
    ) -> CohesiveState:
        """Find the displacement under loads and supports, from the state ``start`` on.

        Parameters
        ----------
        load
            uN, shape (3 n,); in balance if nothing is fixed.
        fixed, values
            Unknowns (3 node + axis) that are given, and their displacement in um, shape (f,).
        start
            What happened before; intact and at rest if left out.
        relaxation
            Share of the way that damage takes in this step, see
            :func:`nmc_mesh.mechanics.cohesive_zone.cohesive_response`; below 1 it stays stable
            where boundaries would break at once.

        Raises
        ------
        InputError
            If the load on a free body is not in balance, or the iteration does not settle.
        """
        count = self.elastic.shape[0]
        load = np.zeros(count) if load is None else load
        if fixed is None:
            load = balanced(self.motions, load)
        given = np.zeros(0, dtype=np.int64) if fixed is None else np.asarray(fixed)
        moved = np.zeros(count) if start is None else start.displacement.ravel().copy()
        if values is not None:
            moved[given] = values
        none = np.zeros(len(self.zone.areas))
        past = (
            DamageHistory(none, none) if start is None else DamageHistory(start.worst, start.damage)
        )
        free = np.ones(count, dtype=np.bool_)
        free[given] = False
        # Newton's tangents may lead nowhere where boundaries soften; secants are slow, but settle.
        small = int(free.sum()) <= DIRECT_LIMIT
        for newton in (True, False) if small else (False,):
            state = self._settled(load, moved, free, past, relaxation, newton)
            if state is not None:
                return state
        raise InputError(
            f"no equilibrium after {_MOST[False]} iterations; take smaller steps of the load, or "
            "a relaxation below 1"
        )

    def _settled(
        self,
        load: Floats,
        start: Floats,
        free: Bools,
        past: DamageHistory,
        relaxation: float,
        newton: bool,
    ) -> CohesiveState | None:
        """The equilibrium, by tangents or by mixed secants; None where it does not settle."""
        moved, held_fast = start.copy(), not free.all()
        mixer, scale = Mixer(0 if newton else _REMEMBERED), 0.0
        for _ in range(_MOST[newton]):
            answer = cohesive_response(self.law, self.zone, self._jumps(moved), past, relaxation)
            resist = self.elastic @ moved + self._forces(answer.traction)
            left = load - resist
            if not held_fast:
                left -= self.motions @ (self.motions.T @ left)
            size = float(np.linalg.norm(left[free]))
            scale = max(scale, size, float(np.linalg.norm(resist)))
            if size <= _ENOUGH[newton] * scale:
                force = resist.reshape(-1, 3)
                parts = answer.worst, answer.damage, answer.traction
                return CohesiveState(moved.reshape(-1, 3), *parts, force)
            matrix = self._matrix(answer.tangent if newton else answer.secant)
            if not held_fast and len(free) <= DIRECT_LIMIT:
                matrix = matrix + held(self.points, matrix)
            step = np.zeros(len(free))
            step[free] = solver(matrix[free][:, free], _INNER)(left[free])
            moved = mixer.next(moved, step, size)
        return None

    def _jumps(self, moved: Floats) -> Floats:
        return displacement_jumps(self.zone, moved.reshape(-1, 3))

    def _forces(self, traction: Floats) -> Floats:
        return cohesive_forces(self.zone, traction, len(self.points))

    def _matrix(self, stretch: Floats) -> csc_array:
        return self.elastic + cohesive_stiffness(self.zone, stretch, len(self.points))


class Mixer:
    """Anderson's mixing of fixed-point steps, from what the last few of them changed.

    Of u -> u + s(u), with differences dU and dS of the last u and s: the next u is
    u + s - (dU + dS) g, g the least squares solution of dS g = s. Where what is left has grown, the
    past is forgotten and plain steps, which damage only lets go on, are taken for a while.
    """

    def __init__(self, remembered: int) -> None:
        self._room = remembered + 1
        self._places: list[Floats] = []
        self._steps: list[Floats] = []
        self._least = np.inf
        self._wait = 0

    def next(self, iterate: Floats, step: Floats, left: float) -> Floats:
        """Return where to go next from a place, its own step, and the size of what is left."""
        if left > 1.2 * self._least:
            self._places, self._steps, self._wait = [], [], _PLAIN
        self._least = left if self._wait else min(self._least, left)
        if self._wait:
            self._wait -= 1
            return iterate + step
        self._places = [*self._places, iterate][-self._room :]
        self._steps = [*self._steps, step][-self._room :]
        if len(self._places) == 1:
            return iterate + step
        moved, changed = np.diff(self._places, axis=0), np.diff(self._steps, axis=0)
        share = np.linalg.lstsq(changed.T, step, rcond=1e-10)[0]
        result: Floats = iterate + step - share @ (moved + changed)
        return result
