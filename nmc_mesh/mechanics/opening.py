"""Boundaries that open while crystals swell: cohesive zones that follow a particle's content."""

from __future__ import annotations

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.chemo import crystal_turns, swelling
from nmc_mesh.mechanics.cohesive_equilibrium import CohesiveBody, CohesiveState
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw
from nmc_mesh.mechanics.elasticity import strains, stresses, swelling_load
from nmc_mesh.mechanics.linear import triangle_areas
from nmc_mesh.mechanics.phased import PhasedMaterial
from nmc_mesh.typing import Bools, Floats

_OPEN = 0.99
"""Damage from which a facet is a crack: it bears a hundredth of what its separation would; ours."""
_RELAXATION = 0.5  # of damage in a step, see `cohesive_response`; ours
_SLOWER = (0.1, 0.02)  # in its place where even halves do not settle; ours
_HALVINGS = 3  # of a change of the load that does not settle; ours


class Opening:
    """The boundaries of a particle, and how far they are open.

    Parameters
    ----------
    split
        The split mesh.
    material
        Lattice over x, and stiffness.
    law
        Of the boundaries.
    reference
        x at which the lattice fits the mesh.
    opened
        Wedges that are open from the start, shape (w,).

    Attributes
    ----------
    opened
        Wedges that are open now, shape (w,): once open they stay so.
    """

    def __init__(
        self,
        split: CohesiveMesh,
        material: Material | PhasedMaterial,
        law: TractionSeparationLaw,
        reference: float,
        opened: Bools,
    ) -> None:
        if not len(split.wedges) or np.isinf(law.strength):
            raise InputError("no boundary may open: split some, with a law that has a strength")
        self.opened = opened.copy()
        self._split, self._material, self._reference = split, material, reference
        self._stiff = turned_stiffness(material.stiffness, crystal_turns(split.mesh))
        self._body = CohesiveBody(split, self._stiff, law)
        self._areas = triangle_areas(split.mesh.points, split.wedges[:, :3])
        self._state = _opened_before(self._body, opened)
        self._load: Floats = np.zeros(3 * len(split.mesh.points))
        self.stress: Floats = np.zeros((len(split.mesh.cells), 6))

    @property
    def share(self) -> float:
        """Share of the area of these boundaries that is open."""
        return float(self._areas[self.opened].sum() / self._areas.sum())

    def follow(self, content: Floats) -> bool:
        """Find the equilibrium at a content of the split mesh's nodes; whether something opened."""
        mesh = self._split.mesh
        own = swelling(mesh, self._material, content, self._reference)
        self._go(swelling_load(mesh.points, mesh.cells, self._stiff, own), _HALVINGS)
        strain = strains(mesh.points, mesh.cells, self._state.displacement)
        self.stress = stresses(self._stiff, strain, own)
        broken = self._state.damage.reshape(-1, 3).mean(axis=1) >= _OPEN
        fresh = bool((broken & ~self.opened).any())
        self.opened |= broken
        return fresh

    def _go(self, load: Floats, halvings: int) -> None:
        """Come to the equilibrium under a load, half of the way first where it does not settle.

        Where halves do not help either, damage takes a smaller share of its way: the more viscous
        a boundary, the nearer its equilibrium is to that of a body whose damage stands.

        Raises
        ------
        InputError
            If nothing of that settles.
        """
        try:
            self._state = self._body.solve(load, start=self._state, relaxation=_RELAXATION)
        except InputError:
            if halvings:
                self._go(0.5 * (self._load + load), halvings - 1)
                self._go(load, halvings - 1)
            else:
                self._state = self._slowly(load)
        self._load = load

    def _slowly(self, load: Floats) -> CohesiveState:
        for share in _SLOWER:
            try:
                return self._body.solve(load, start=self._state, relaxation=share)
            except InputError:
                continue
        raise InputError(
            "boundaries that open find no equilibrium with the swelling of this time step; take "
            "shorter steps, a lower rate, or a law with a larger energy"
        )


def _opened_before(body: CohesiveBody, opened: Bools) -> CohesiveState:
    """The state at rest, with pairs of open wedges broken."""
    count = len(body.zone.areas)
    broken = np.repeat(opened.astype(np.float64), 3)
    # As far as their law ends, so that nothing heals.
    worst = broken * body.law.last
    damage = broken * body.law.damage(worst)
    rest = np.zeros_like(body.points)
    return CohesiveState(rest, worst, damage, np.zeros((count, 3)), rest)
