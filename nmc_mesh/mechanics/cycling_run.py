"""The stages of a cycle one after the other: steps in time, and where they end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.tensors import turned_tensors
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import boundary_matrix
from nmc_mesh.mechanics.chemo import crystal_turns
from nmc_mesh.mechanics.cohesive_zone import TractionSeparationLaw
from nmc_mesh.mechanics.diffusion import conduction_matrix, mass_matrix
from nmc_mesh.mechanics.history import Seen
from nmc_mesh.mechanics.kinetics import ChargeTransfer
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mechanics.opening import Opening
from nmc_mesh.mechanics.phased import PhasedMaterial, capacity, known_phases, storage_of
from nmc_mesh.mechanics.protocol import Stage
from nmc_mesh.mechanics.reacting_body import ReactingBody, parted, whole
from nmc_mesh.mechanics.reaction_step import Facets, Plain, Solved, solve_stage
from nmc_mesh.mesh.phases import in_grains
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Bools, Floats

GAMMA = 1 - np.sqrt(0.5)
_FIRST = 1 / 32  # of the longest step: what a change of the current starts with; ours
_GROWTH = 1.5
_SHORTEST = 1e-6
_CLOSE = 1e-5  # V, to a potential that ends a stage; ours
_TRIALS = 30

After: TypeAlias = Callable[[float, Solved, float], Solved]
"""Time, state and C-rate after a step; the state to go on from."""


class Run:
    """What does not change from stage to stage of a cycle.

    Parameters
    ----------
    mesh, material, temperature, opened, electrolyte, boundaries
        As for `nmc_mesh.mechanics.cycling.cycle`.
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
        self.split = mesh if isinstance(mesh, CohesiveMesh) else None
        self.mesh = mesh.mesh if isinstance(mesh, CohesiveMesh) else mesh
        self.electrolyte, self.material = electrolyte, material
        self.turns = crystal_turns(self.mesh)
        crystals = material.material if isinstance(material, PhasedMaterial) else material
        self.kinetics = ChargeTransfer.of(crystals, temperature)
        self.axes = c_axes(self.turns)
        # A coating has no c axis, and reacts as edges do.
        self.axes[~in_grains(self.mesh)] = 0.0
        self.kappa = material.boundary_conductance if boundaries else 0.0
        if self.split is not None:
            none = np.zeros(len(self.split.wedges), dtype=np.bool_)
            self.open: Bools = none if opened is None else np.asarray(opened, dtype=np.bool_)
            self._take(self._parted(self.open))
        elif opened is not None:
            raise InputError("boundaries open in a split mesh; see nmc_mesh.split_boundaries")
        else:
            self._take(whole(self.mesh, electrolyte, known_phases(material)))

    def _parted(self, opened: Bools) -> ReactingBody:
        """The body of a split mesh where so much is open."""
        assert self.split is not None
        return parted(self.split, opened, self.electrolyte, known_phases(self.material))

    def _take(self, body: ReactingBody) -> None:
        """Make what belongs to a body."""
        self.body = body
        self.facets = Facets(body, self.kinetics, self.axes)
        self.mass = mass_matrix(body.points, body.cells, storage_of(self.material))
        self.volumes: Floats = np.asarray(self.mass.sum(axis=0)).ravel()
        holds = gradients(body.points, body.cells)[0]
        self.capacity = capacity(self.mesh, holds)
        self.along = boundary_matrix(body.points, body.inner, self.kappa)

    def seen(self) -> Seen:
        """What a history looks at."""
        return Seen(self.facets, self.volumes, self.mesh, self.body.copies)

    def opening(self, law: TractionSeparationLaw, reference: float) -> Opening:
        """The cohesive zones of a split mesh.

        Raises
        ------
        InputError
            If the mesh is not split.
        """
        if self.split is None:
            raise InputError("boundaries open in a split mesh; see nmc_mesh.split_boundaries")
        return Opening(self.split, self.material, law, reference, self.open)

    def opened_further(self, opened: Bools, now: Solved) -> Solved:
        """Part the body where more is open: nodes that come apart keep their content."""
        assert self.split is not None
        of_nodes = now.content[self.body.copies]
        self._take(self._parted(opened))
        content = np.empty(len(self.body.points))
        content[self.body.copies] = of_nodes
        return Solved(content, now.potential)

    def begin(self, content: Floats, potential: float) -> Solved:
        """Return a particle without stress."""
        return Solved(content, potential)

    def content_of(self, now: Solved) -> Floats:
        """X at the nodes, whose mean over their volumes is that of the lithium there is."""
        return now.content

    def conduction(self, now: Solved) -> Any:
        """Matrix of the diffusivity at these contents; beyond the range that of its ends."""
        held = np.clip(now.content[self.body.cells].mean(axis=1), *self.material.content_range)
        tensors = turned_tensors(self.material.diffusion_tensor(held), self.turns)
        return conduction_matrix(self.body.points, self.body.cells, tensors) + self.along

    def step(self, now: Solved, length: float, total: float | None, matrix: Any) -> Solved | None:
        """Go one step on, of two stages."""
        storage = Plain(self.mass)
        first = solve_stage(self.facets, storage, matrix, now.content, GAMMA * length, now, total)
        if first is None:
            return None
        slope = (first.content - now.content) / (GAMMA * length)
        before = now.content + (1 - GAMMA) * length * slope
        return solve_stage(self.facets, storage, matrix, before, GAMMA * length, first, total)

    def stage(
        self, stage: Stage, now: Solved, time: float, per_rate: float, after: After
    ) -> tuple[float, Solved]:
        """Go through a stage; ``after`` sees every step, and gives the state to go on from."""
        total = None if stage.hold is not None else stage.rate * per_rate
        now = self._at(stage, now, total)
        now = self._at(stage, after(time, now, self._rate(now, per_rate)), total)
        if self._past(stage, now, per_rate) >= 0:
            return time, now
        longest, spent = stage.longest_step, 0.0
        length = _FIRST * longest
        while True:
            if stage.seconds is not None:
                length = min(length, stage.seconds - spent)
            tried = self._tried(stage, now, length, total, per_rate)
            if tried is None:
                length /= 4
                if length < _SHORTEST * longest:
                    raise InputError(
                        f"the step after {time + spent:g} s does not settle; take a lower rate, or "
                        "a potential to stop at, before the crystals are empty or full"
                    )
                continue
            taken, now = tried
            spent += taken
            self._check(now, time + spent)
            over = stage.seconds is not None and spent >= stage.seconds * (1 - 1e-12)
            over = over or self._past(stage, now, per_rate) >= 0
            following = after(time + spent, now, self._rate(now, per_rate))
            if following is not now:  # another body: another potential at the same current
                now = self._at(stage, following, total)
                over = over or self._past(stage, now, per_rate) >= 0
            if over:
                return time + spent, now
            length = min(longest, _GROWTH * length)

    def _at(self, stage: Stage, now: Solved, total: float | None) -> Solved:
        """The same content at the potential of a stage's begin."""
        if total is None:
            return now._replace(potential=float(stage.hold or 0.0))
        there = self.facets.potential(now.content, total, now.potential)
        return now._replace(potential=there)

    def _tried(
        self, stage: Stage, now: Solved, length: float, total: float | None, per_rate: float
    ) -> tuple[float, Solved] | None:
        """A step of this length, or of the shorter one that ends just where the stage does."""
        matrix = self.conduction(now)
        following = self.step(now, length, total, matrix)
        if following is None:
            return None
        past = self._past(stage, following, per_rate)
        if past <= 0:
            return length, following
        # Regula falsi of Illinois: the length at which the end is met.
        low, high = (0.0, self._past(stage, now, per_rate)), (length, past)
        kept, share, tried = 0, length, following
        for _ in range(_TRIALS):
            share = low[0] - low[1] * (high[0] - low[0]) / (high[1] - low[1])
            nearer = self.step(now, share, total, matrix)
            if nearer is None:
                return None
            tried, past = nearer, self._past(stage, nearer, per_rate)
            if abs(past) <= _CLOSE or high[0] - low[0] <= 1e-9 * length:
                break
            if past > 0:
                high, low = (share, past), (low[0], low[1] / (2 if kept == 1 else 1))
                kept = 1
            else:
                low, high = (share, past), (high[0], high[1] / (2 if kept == -1 else 1))
                kept = -1
        return share, tried

    def _past(self, stage: Stage, now: Solved, per_rate: float) -> float:
        """How far the end of a stage is passed: V, or C-rate; -1 where it has none of these."""
        if stage.hold is not None:
            if stage.until_rate is None:
                return -1.0
            # Currents fall towards the end; small rates count as small potentials do.
            return _sized(stage.until_rate - abs(self._rate(now, per_rate)))
        if stage.until is None:
            return -1.0
        sign = 1.0 if stage.rate > 0 else -1.0
        return _sized(sign * (now.potential - stage.until))

    def _rate(self, now: Solved, per_rate: float) -> float:
        return float(self.facets.current(now.content, now.potential)[0].sum()) / per_rate

    def _check(self, now: Solved, time: float) -> None:
        content = self.content_of(now)
        least, largest = float(content.min()), float(content.max())
        if not 0 < least <= largest < 1:
            raise InputError(
                f"after {time:g} s the content x goes from {least:.3g} to {largest:.3g}, beyond "
                "(0, 1); stop at a potential before, or take a lower rate"
            )


def _sized(past: float) -> float:
    """The end itself counts as passed, as near as it is looked for."""
    return 0.0 if abs(past) <= _CLOSE else past
