"""Equilibrium of grains held together by seams: Newton's method, or secants for large bodies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.elasticity import held, stiffness_matrix
from nmc_mesh.mechanics.linear import DIRECT_LIMIT, solver
from nmc_mesh.mechanics.seams import (
    Response,
    SeamLaw,
    Seams,
    jumps,
    respond,
    seam_forces,
    seam_matrix,
    seams_of,
)
from nmc_mesh.mesh.cohesive import CohesiveMesh
from nmc_mesh.typing import Floats, Longs

_MOST = {True: 30, False: 400}
_ENOUGH = 1e-8


@dataclass(frozen=True, eq=False)
class Opening:
    """A body of grains in equilibrium.

    Parameters
    ----------
    displacement
        um, shape (n, 3).
    worst
        Largest effective opening so far of every pair of nodes, um, shape (3 w,).
    traction
        Across the boundaries at these pairs, on the lower grain, MPa, shape (3 w, 3): positive
        along the normal where they are pulled open.
    force
        That the supports and the seams ask for, uN, shape (n, 3): at fixed nodes the reaction.
    """

    displacement: Floats
    worst: Floats
    traction: Floats
    force: Floats


class Body:
    """Elastic grains of a split mesh, and the seams between them.

    Parameters
    ----------
    split
        The split mesh.
    stiffness
        Of every cell, MPa, shape (m, 6, 6).
    law
        Of the boundaries.
    """

    def __init__(self, split: CohesiveMesh, stiffness: Floats, law: SeamLaw) -> None:
        mesh = split.mesh
        self.points = mesh.points
        self.law = law
        self.seams: Seams = seams_of(split)
        self.elastic: csc_array = stiffness_matrix(mesh.points, mesh.cells, stiffness)

    def solve(
        self,
        load: Floats | None = None,
        fixed: Longs | None = None,
        values: Floats | None = None,
        start: Opening | None = None,
    ) -> Opening:
        """Find the displacement under loads and supports, from the state ``start`` on.

        Parameters
        ----------
        load
            uN, shape (3 n,); in balance if nothing is fixed.
        fixed, values
            Unknowns (3 node + axis) that are given, and their displacement in um, shape (f,).
        start
            What happened before; intact and at rest if left out.

        Raises
        ------
        InputError
            If the iteration does not settle: the step is too large.
        """
        count = self.elastic.shape[0]
        load = np.zeros(count) if load is None else load
        given = np.zeros(0, dtype=np.int64) if fixed is None else np.asarray(fixed)
        moved = np.zeros(count) if start is None else start.displacement.ravel().copy()
        before = np.zeros(len(self.seams.areas)) if start is None else start.worst
        free = np.ones(count, dtype=np.bool_)
        free[given] = False
        step = np.zeros(count)
        if values is not None:
            step[given] = values - moved[given]
        small = int(free.sum()) <= DIRECT_LIMIT
        scale = 0.0
        for _ in range(_MOST[small]):
            answer = self._answer(moved, before)
            resist = self.elastic @ moved + seam_forces(
                self.seams, answer.traction, len(self.points)
            )
            left = load - resist
            stretch = answer.tangent if small else answer.secant
            matrix = self.elastic + seam_matrix(self.seams, stretch, len(self.points))
            left -= matrix @ step
            size = float(np.linalg.norm(left[free]))
            scale = max(scale, size, float(np.linalg.norm(resist)))
            if size <= _ENOUGH * scale and not step.any():
                return Opening(
                    moved.reshape(-1, 3), answer.worst, answer.traction, resist.reshape(-1, 3)
                )
            if small and not len(given):
                matrix = matrix + held(self.points, matrix)
            step[free] = solver(matrix[free][:, free])(left[free])
            moved = moved + step
            step = np.zeros(count)
        raise InputError(
            f"no equilibrium after {_MOST[small]} iterations; take smaller steps of the load, or "
            "boundaries of more energy"
        )

    def _answer(self, moved: Floats, before: Floats) -> Response:
        return respond(self.law, self.seams, jumps(self.seams, moved.reshape(-1, 3)), before)
