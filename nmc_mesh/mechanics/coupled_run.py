"""Cycles in which stress moves lithium: Larche's and Cahn's potential with the open-circuit curve.

Under a stress sigma lithium in a crystal has the potential against Li/Li+

    phi = U(x) + s,    s = sigma : (d eps*/dx) / (F c_max),

which is -mu / F of Larche and Cahn, doi 10.1016/0001-6160(85)90077-X, with the material's own
U(x) in place of a thermodynamic factor, theta = -x (F / R T) dU/dx. phi is continuous across grain
boundaries and is what the kinetics at facets see. With the content u that would have phi without
stress, U(u) = U(x) + s, lithium moves by

    J = -D (U'(u) / U'(x)) grad u,    d x(u, s)/dt = div(D (U'(u) / U'(x)) grad u).

A coating does not swell, so s is 0 there and x is u; it bears what the grains do to it.

Linear elements for u and the displacement, s of every cell, x at its corners; s is found in turns
with u. The lattice is a monotone cubic through its table: at kinks phi would fall and rise again
with x, where no content is stable.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.interpolate import PchipInterpolator

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors, voigt_strain
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import boundary_matrix
from nmc_mesh.mechanics.cohesive_equilibrium import Mixer
from nmc_mesh.mechanics.constants import FARADAY
from nmc_mesh.mechanics.cycling_run import GAMMA, Run
from nmc_mesh.mechanics.elasticity import SwellingBody
from nmc_mesh.mechanics.kinetics import ChargeTransfer
from nmc_mesh.mechanics.linear import Pattern, gradients, solver, summed
from nmc_mesh.mechanics.phased import PhasedMaterial, storage_of
from nmc_mesh.mechanics.reaction_step import EXACT, Solved, Under, solve_stage
from nmc_mesh.mesh.phases import between_grains, in_grains
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Bools, Floats, Ints

_MOST = 40
_ENOUGH = 1e-7  # V, of s
_NEAR = 1e-5  # V, of s: until then a step or so of Newton's method will do; ours
_ROUGH = 1e-4
_SHARES = (1.0, 0.5, 0.2)
_REMEMBERED = 6
_INNER = 1e-8
_EXACT = 1e-13


class CoupledRun(Run):
    """A cycle in which stress moves lithium.

    Parameters
    ----------
    mesh, material, temperature, opened, electrolyte, boundaries
        As for `nmc_mesh.mechanics.cycling.cycle`.

    Raises
    ------
    InputError
        If the mesh is split.
    """

    def __init__(
        self,
        mesh: TetMesh | CohesiveMesh,
        material: Material | PhasedMaterial,
        temperature: float,
        opened: Bools | None,
        electrolyte: bool,
        boundaries: bool,
    ) -> None:
        if isinstance(mesh, CohesiveMesh):
            raise InputError(
                "stress moves lithium in meshes that stay whole: give the mesh that was split, or "
                "leave two_way out where boundaries open"
            )
        super().__init__(mesh, material, temperature, opened, electrolyte, boundaries)
        self.response: _Response | None = None
        # Nodes without lithium of their own, in a coating that holds none, are no unknowns.
        self.holding = np.flatnonzero(self.mass.diagonal() > 0)
        self.spread = solver(self.mass[self.holding][:, self.holding], _EXACT)
        self.pattern = Pattern.of(self.body.cells, len(self.body.points))
        self.sizes, self.slopes = gradients(self.body.points, self.body.cells)
        self.holds = storage_of(material) * self.sizes

    def begin(self, content: Floats, potential: float) -> Solved:
        """Return a particle without stress, whose lattice fits the mesh."""
        self.response = _Response(self.mesh, self.material, self.turns, float(content[0]))
        count = len(self.body.cells)
        corners, none = content[self.body.cells], np.zeros(count)
        held = self._stored(none).held(content)
        under = Under(none, corners, held, np.zeros((count, 6)))
        return Solved(content, potential, under)

    def content_of(self, now: Solved) -> Floats:
        """X at the nodes, whose mean over their volumes is that of the lithium there is."""
        assert now.under is not None
        content = now.content.copy()
        content[self.holding] = self.spread(now.under.held[self.holding])
        return content

    def conduction(self, now: Solved) -> Floats:
        """D of every cell at its content, um^2/s, shape (m, 3, 3): the rest changes in a step."""
        assert now.under is not None
        held = np.clip(now.under.corners.mean(axis=1), *self.material.content_range)
        return turned_tensors(self.material.diffusion_tensor(held), self.turns)

    def step(
        self, now: Solved, length: float, total: float | None, matrix: Floats
    ) -> Solved | None:
        """Go one step on, of two stages."""
        assert now.under is not None
        held = now.under.held
        first = self._settled(now, held, GAMMA * length, total, matrix)
        if first is None or first.under is None:
            return None
        before = held + (1 - GAMMA) / GAMMA * (first.under.held - held)
        return self._settled(first, before, GAMMA * length, total, matrix)

    def _settled(
        self, guess: Solved, before: Floats, length: float, total: float | None, tensors: Floats
    ) -> Solved | None:
        """One stage, where lithium and stress settle; by smaller shares of the way if not."""
        response = self.response
        assert response is not None
        assert guess.under is not None
        for share in _SHARES:
            drift, mixer, now, enough = guess.under.drift, Mixer(_REMEMBERED), guess, _ROUGH
            for _ in range(_MOST):
                stored = self._stored(drift)
                matrix = self._conduction(tensors, stored.weights(now.content))
                solved = solve_stage(
                    self.facets, stored, matrix, before, length, now, total, enough
                )
                if solved is None or not np.isfinite(solved.content).all():
                    break
                corners = stored.corners(solved.content)
                if not 0 < corners.min() <= corners.max() < 1:
                    break  # an iterate went astray
                stress, after = response.at(corners)
                change = after - drift
                held = stored.held(solved.content)
                now = Solved(solved.content, solved.potential, Under(drift, corners, held, stress))
                far = float(np.abs(change).max())
                if far <= _ENOUGH and enough == EXACT:
                    return now
                enough = EXACT if far <= _NEAR else enough
                drift = mixer.next(drift, share * change, float(np.linalg.norm(change)))
        return None

    def _stored(self, drift: Floats) -> _Stored:
        return _Stored(self.body.cells, self.holds, self.pattern, self.kinetics, drift)

    def _conduction(self, tensors: Floats, weights: Floats) -> Any:
        """Integral of g grad u . D grad v with the weight g of every cell."""
        scale = weights * self.sizes
        local = scale[:, None, None] * (self.slopes @ tensors @ np.swapaxes(self.slopes, 1, 2))
        matrix = self.pattern.matrix(local)
        if not self.kappa:
            return matrix
        sides = self.mesh.facet_cells[between_grains(self.mesh)]
        along = self.kappa * weights[sides].mean(axis=1)
        return matrix + boundary_matrix(self.body.points, self.body.inner, along)


class _Stored(NamedTuple):
    """Lithium at nodes under a drift of the potential of every cell: see `Storage`."""

    cells: Ints
    volumes: Floats
    pattern: Pattern
    law: ChargeTransfer
    drift: Floats

    def corners(self, content: Floats) -> Floats:
        """X at the corners, (m, 4): U(x) = U(u) - s."""
        return self.law.content_at(self.law.open_circuit(content)[self.cells] - self.drift[:, None])

    def held(self, content: Floats) -> Floats:
        """Lithium at every node, um^3, (n,)."""
        x = self.corners(content)
        local = self.volumes[:, None] / 20 * (x + x.sum(axis=1)[:, None])
        return summed(local, self.cells, len(content))

    def gained(self, content: Floats, before: Floats) -> Floats:
        """Lithium that came since ``before`` was held, at every node."""
        return self.held(content) - before

    def weights(self, content: Floats) -> Floats:
        """G = U'(u) / U'(x), which is dx/du too, of every cell, (m,)."""
        u = content[self.cells].mean(axis=1)
        x = self.law.content_at(self.law.open_circuit(u) - self.drift)
        return np.asarray(self.law.fall(u) / self.law.fall(x))

    def slope(self, content: Floats) -> Any:
        """Its matrix of slopes, with the mean of a cell."""
        scale = self.weights(content) * self.volumes / 20
        local = scale[:, None, None] * (1 + np.eye(4))
        return self.pattern.matrix(local)


class _Response:
    """Stress of a particle over x at the corners of its cells, and the drift that it makes."""

    def __init__(
        self,
        mesh: TetMesh,
        material: Material | PhasedMaterial,
        turns: Floats,
        reference: float,
    ) -> None:
        self.turns, self.swells = turns, in_grains(mesh)
        stiff = turned_stiffness(material.stiffness, turns)
        material = material.material if isinstance(material, PhasedMaterial) else material
        self.body = SwellingBody(mesh.points, mesh.cells, stiff, _INNER)
        x = np.asarray(material.numbers["lattice.x"], dtype=np.float64)
        self.ends = float(x[0]), float(x[-1])
        cubic = PchipInterpolator(x, material.lattice(x), axis=0)
        self.strain = PchipInterpolator(x, material.lattice(x) / cubic(reference) - 1.0, axis=0)
        self.rise = self.strain.derivative()
        self.per_volt = 1e-6 * FARADAY * material.maximum_concentration  # MPa

    def at(self, corners: Floats) -> tuple[Floats, Floats]:
        """Stress of every cell, MPa, (m, 6), and s, V, (m,)."""
        held = np.clip(corners, *self.ends)
        stress = self.body.stress(self._turned(self.strain(held).mean(axis=1)))
        slope = self._turned(self.rise(held.mean(axis=1)))
        return stress, np.einsum("mi,mi->m", stress, slope) / self.per_volt

    def _turned(self, strain: Floats) -> Floats:
        strain = np.where(self.swells[:, None], strain, 0.0)
        return voigt_strain(turned_tensors(strain[:, [0, 0, 1], None] * np.eye(3), self.turns))
