"""Stress that moves lithium: charge and stress solved together.

Under a stress sigma lithium has the chemical potential (Larche and Cahn,
doi 10.1016/0001-6160(85)90077-X)

    mu = theta R T ln x - sigma : (d eps*/dx) / c_max + const,

theta the thermodynamic factor and eps* the strain of the free lattice. It moves by
J = -D x grad mu / (theta R T), D the chemical diffusivity. With
w = sigma : (d eps*/dx) / (theta R T c_max) and the activity y = x exp(-w) that is

    J = -D exp(w) grad y,    d(exp(w) y)/dt = div(D exp(w) grad y).

y is continuous across grain boundaries as mu is; x is not where stress or crystals change. For
isotropic strain this is the drift by the hydrostatic stress of Zhang, Shyy and Sastry,
doi 10.1149/1.2759840.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.arrays import one_line
from nmc_mesh.crystal.material import Material
from nmc_mesh.crystal.tensors import turned_stiffness, turned_tensors, voigt_strain
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.boundaries import boundary_matrix, inner_facets
from nmc_mesh.mechanics.chemo import crystal_turns, galvanostatic_flux
from nmc_mesh.mechanics.cohesive_equilibrium import Mixer
from nmc_mesh.mechanics.constants import GAS
from nmc_mesh.mechanics.diffusion import surface_load
from nmc_mesh.mechanics.elasticity import SwellingBody
from nmc_mesh.mechanics.linear import Pattern, check_body, gradients, solver
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Floats

_GAMMA = 1 - np.sqrt(0.5)
_MOST = 60
_ENOUGH = 1e-5
_SHARES = (0.6, 0.3, 0.1)
_REMEMBERED = 6
_STEP = 0.02  # of x, over which the slope of the lattice is taken, as its table has kinks; ours
_EXACT = 1e-13
_INNER = 1e-6


@dataclass(frozen=True, eq=False)
class Coupled:
    """A particle whose lithium and stress move each other.

    Parameters
    ----------
    times
        s, shape (s + 1,).
    content
        Mean x of every cell, shape (s + 1, m).
    mean
        Mean x of the particle, shape (s + 1,).
    activity
        y at the nodes at the end, shape (n,).
    stress
        MPa, of every cell at the end, Voigt's order, shape (m, 6).
    """

    times: Floats
    content: Floats
    mean: Floats
    activity: Floats
    stress: Floats

    __repr__ = one_line


def charge_under_stress(
    mesh: TetMesh,
    material: Material,
    factor: float,
    temperature: float = 298.15,
    rate: float = 0.5,
    share: float = 1.0,
    steps: int = 40,
    boundaries: bool = False,
) -> Coupled:
    """Charge a cathode particle at a constant current, with stress that acts on lithium.

    Parameters
    ----------
    mesh, material, rate, share, steps, boundaries
        As for :func:`nmc_mesh.mechanics.chemo.galvanostatic`.
    factor
        Thermodynamic factor theta = d ln a / d ln x, 1 in an ideal solution; it has no default, as
        there is none that fits a whole charge.
    temperature
        K.

    Raises
    ------
    InputError
        If the material lacks a number, the grains orientations, or a number is not positive.
    """
    flux, times = galvanostatic_flux(mesh, material, rate, share, steps)
    start = material.content_range[1]
    return coupled(mesh, material, start, flux, times, factor, temperature, boundaries)


def coupled(
    mesh: TetMesh,
    material: Material,
    content: float,
    flux: float,
    times: Floats,
    factor: float,
    temperature: float = 298.15,
    boundaries: bool = False,
) -> Coupled:
    """Follow lithium and stress from a uniform, stress-free start.

    Linear elements for y and the displacement, w of every cell; in time the two-stage method of
    :func:`nmc_mesh.mechanics.diffusion.charge`, in each stage of which diffusion and stress are
    solved in turn until w stays. Lithium is conserved but for rounding.

    Parameters
    ----------
    mesh, material, factor, temperature, boundaries
        As for :func:`charge_under_stress`; the diffusivity is that of the content of every cell at
        the start of a step.
    content
        x at the start; there the lattice fits the mesh.
    flux
        Of content into the particle through its outer surface, um/s.
    times
        s, ascending, shape (s + 1,).

    Raises
    ------
    InputError
        As above, or if a step does not settle: at kinks in the table of the lattice, where crystals
        swell and then shrink, it may not, however short the steps are.
    """
    check_body(mesh)
    if not (factor > 0 and temperature > 0):
        raise InputError("thermodynamic factor and temperature are positive")
    body = _Body(mesh, material, content, factor * GAS * temperature)
    load = flux * surface_load(mesh.points, mesh.facets[mesh.outer])
    kappa = material.boundary_conductance if boundaries else 0.0
    activity = np.full(len(mesh.points), float(content))
    drift = np.zeros(len(mesh.cells))
    held = body.mass(drift) @ activity
    cells = np.full((len(times), len(mesh.cells)), float(content))
    mean = np.full(len(times), float(content))
    stress = np.zeros((len(mesh.cells), 6))
    for k, step in enumerate(np.diff(times)):
        tensors = body.diffusivity(cells[k])
        # Two implicit stages; the second goes on from as far as the rate of the first has come.
        stage, start = _GAMMA * step, held
        for _ in range(2):
            advanced = body.advance(drift, start + stage * load, stage, tensors, kappa)
            if advanced is None:
                raise InputError(
                    f"lithium and stress do not settle in the step to {times[k + 1]:g} s, or x "
                    "leaves the table of the lattice; charge less, or take a larger factor"
                )
            drift, activity, stress = advanced
            after = body.mass(drift) @ activity
            start = held + (1 - _GAMMA) / _GAMMA * (after - start)
        held = after
        cells[k + 1] = np.exp(drift) * activity[mesh.cells].mean(axis=1)
        mean[k + 1] = held.sum() / body.volumes.sum()
    return Coupled(np.asarray(times, dtype=np.float64), cells, mean, activity, stress)


class _Body:
    """What does not change while lithium and stress do."""

    def __init__(self, mesh: TetMesh, material: Material, reference: float, energy: float) -> None:
        self.mesh, self.material, self.reference = mesh, material, reference
        self.turns = crystal_turns(mesh)
        self.volumes, self.slopes = gradients(mesh.points, mesh.cells)
        stiff = turned_stiffness(material.stiffness, self.turns)
        self.elastic = SwellingBody(mesh.points, mesh.cells, stiff, _INNER)
        self.pattern = Pattern.of(mesh.cells, len(mesh.points))
        self.table = np.asarray(material.numbers.get("lattice.x", (-np.inf, np.inf)))[[0, -1]]
        self.scale = 1e-6 * energy * material.maximum_concentration  # MPa
        self.triangles = inner_facets(mesh)
        self.sides = mesh.facet_cells[mesh.inner]

    def mass(self, drift: Floats) -> csc_array:
        """Integral of exp(w) u v."""
        weights = np.exp(drift) * self.volumes / 20
        local = weights[:, None, None] * (1 + np.eye(4))
        return self.pattern.matrix(local)

    def conduction(self, tensors: Floats, drift: Floats, kappa: float) -> csc_array:
        """Integral of exp(w) grad u . D grad v; boundaries take the mean w of their two sides."""
        weights = np.exp(drift) * self.volumes
        local = weights[:, None, None] * (self.slopes @ tensors @ np.swapaxes(self.slopes, 1, 2))
        conduction = self.pattern.matrix(local)
        if kappa:
            along = kappa * np.exp(drift[self.sides].mean(axis=1))
            conduction = conduction + boundary_matrix(self.mesh.points, self.triangles, along)
        return conduction

    def diffusivity(self, content: Floats) -> Floats:
        """Tensors of the cells at their contents, um^2/s, shape (m, 3, 3)."""
        return turned_tensors(self.material.diffusion_tensor(content), self.turns)

    def advance(
        self, before: Floats, load: Floats, step: float, tensors: Floats, kappa: float
    ) -> tuple[Floats, Floats, Floats] | None:
        """Drift, activity and stress after a step, where they settle; by smaller shares if not."""
        for share in _SHARES:
            drift, mixer = before, Mixer(_REMEMBERED)
            for _ in range(_MOST):
                matrix = self.mass(drift) + step * self.conduction(tensors, drift, kappa)
                activity = solver(matrix, _EXACT)(load)
                corners = np.exp(drift)[:, None] * activity[self.mesh.cells]
                if not (self.table[0] <= corners.min() <= corners.max() <= self.table[1]):
                    break  # an iterate went astray
                stress, after = self.respond(corners)
                change = after - drift
                if np.abs(change).max() <= _ENOUGH * (1 + np.abs(drift).max()):
                    return drift, activity, stress
                drift = mixer.next(drift, share * change, float(np.linalg.norm(change)))
        return None

    def respond(self, corners: Floats) -> tuple[Floats, Floats]:
        """Stress of every cell, and the drift w that it makes, from x at its corners, (m, 4)."""
        own = self._turned(self.material.chemical_strain(corners, self.reference).mean(axis=1))
        stress = self.elastic.stress(own)
        mean = corners.mean(axis=1)
        low = np.maximum(mean - _STEP, self.table[0])
        high = np.minimum(mean + _STEP, self.table[1])
        rise = self.material.chemical_strain(high, self.reference)
        rise = rise - self.material.chemical_strain(low, self.reference)
        slope = self._turned(rise / (high - low)[:, None])
        return stress, np.einsum("mi,mi->m", stress, slope) / self.scale

    def _turned(self, strain: Floats) -> Floats:
        return voigt_strain(turned_tensors(strain[:, [0, 0, 1], None] * np.eye(3), self.turns))
