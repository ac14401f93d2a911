"""Grain boundaries that open: traction against separation, on the wedges of split meshes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.sparse import csc_array

from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.crystal.material import Material
from nmc_mesh.errors import InputError
from nmc_mesh.mechanics.linear import assembled, check_body, of_nodes, summed
from nmc_mesh.typing import Floats, Ints

STIFFNESS = 1e7
"""MPa/um, **ours**: a boundary 0.014 um thick as stiff as the grains (140 GPa) beside it."""

_LEFT = 1e-6  # of the stiffness, in boundaries that are open, so that no grain floats


@dataclass(frozen=True)
class TractionSeparationLaw:
    """Bilinear law with one effective separation.

    lambda = sqrt(<d_n>^2 + beta^2 d_t^2), beta = shear strength / strength; the traction is
    (1 - D) K (<d_n> n + beta^2 d_t) and rises to the strength at lambda_0 = strength / K, then
    falls to zero at lambda_f = 2 energy / strength: D = lambda_f (kappa - lambda_0)
    / (kappa (lambda_f - lambda_0)) with kappa the largest lambda so far. Closed boundaries press
    with K. Work of separation is ``energy`` in every mode. After Camanho and Davila (2002),
    NASA/TM-2002-211737, with the same energy in all modes.

    Parameters
    ----------
    strength, shear_strength
        MPa; infinite for boundaries that do not break.
    energy
        N/m = MPa um.
    stiffness
        K, MPa/um.

    Raises
    ------
    InputError
        If a number is not positive, or the boundary would break before it yields.
    """

    strength: float
    energy: float
    shear_strength: float
    stiffness: float = STIFFNESS

    def __post_init__(self) -> None:
        if not min(self.strength, self.energy, self.shear_strength, self.stiffness) > 0:
            raise InputError("strength, energy and stiffness of a grain boundary are positive")
        if np.isfinite(self.strength) and self.last <= self.first:
            raise InputError(
                f"a boundary of {self.strength:g} MPa and {self.energy:g} N/m breaks before it "
                f"yields; take a stiffness above {self.strength**2 / (2 * self.energy):.3g} MPa/um"
            )

    @property
    def first(self) -> float:
        """lambda_0, the separation at which it yields, um."""
        return self.strength / self.stiffness

    @property
    def last(self) -> float:
        """lambda_f, the separation at which it is broken, um."""
        return 2 * self.energy / self.strength

    @property
    def beta(self) -> float:
        """Weight of shear against normal separation."""
        return 1.0 if np.isinf(self.strength) else self.shear_strength / self.strength

    def damage(self, worst: Floats) -> Floats:
        """D in [0, 1) at the largest effective separation so far."""
        if np.isinf(self.strength):
            return np.zeros_like(worst)
        worst = np.maximum(worst, self.first)
        lost = self.last * (worst - self.first) / (worst * (self.last - self.first))
        result: Floats = np.minimum(lost, 1 - _LEFT)
        return result


def unbreakable(stiffness: float = STIFFNESS) -> TractionSeparationLaw:
    """Law of a boundary that only gives way elastically: a probe for its traction."""
    return TractionSeparationLaw(np.inf, np.inf, np.inf, stiffness)


def law_of(material: Material, stiffness: float = STIFFNESS) -> TractionSeparationLaw:
    """Law with the strengths and the energy of a material.

    Raises
    ------
    InputError
        If the material lacks one of them, or has two energies: the law has one.
    """
    energy = material.number("cohesive.energy")
    if material.numbers.get("cohesive.shear_energy", energy) != energy:
        raise InputError(
            f"material {material.name} has another energy in shear, but the bilinear law has one; "
            "set cohesive.shear_energy to cohesive.energy, or build a TractionSeparationLaw"
        )
    strengths = (material.number(f"cohesive.{name}") for name in ("strength", "shear_strength"))
    strength, shear = strengths
    return TractionSeparationLaw(strength, energy, shear, stiffness)


class CohesiveZone(NamedTuple):
    """Pairs of nodes across the opened boundaries, three for each wedge.

    Springs between the nodes of a pair (integration at the nodes) carry the traction of a third of
    the wedge: no false oscillations along stiff boundaries.
    """

    pairs: Ints
    """Node of the lower and of the higher side, shape (3 w, 2)."""

    areas: Floats
    """um^2 of each pair, shape (3 w,)."""

    normals: Floats
    """Unit, from the lower to the higher grain, shape (3 w, 3)."""


class Response(NamedTuple):
    """What the boundaries do at a given separation."""

    traction: Floats
    """On the lower grain, MPa, shape (p, 3)."""

    tangent: Floats
    """Derivative of the traction by the jump, MPa/um, shape (p, 3, 3)."""

    secant: Floats
    """Stiffness of the damaged boundary, traction = secant jump, MPa/um, shape (p, 3, 3)."""

    worst: Floats
    """Largest effective separation so far, um, shape (p,)."""

    damage: Floats
    """D, shape (p,)."""


def cohesive_zone_of(split: CohesiveMesh) -> CohesiveZone:
    """Pair the nodes across the wedges of a split mesh.

    Raises
    ------
    InputError
        If the mesh is of second order.
    """
    check_body(split.mesh, split.mesh.phases.names)
    bottom, top = split.lower, split.higher
    a, b, c = (split.mesh.points[bottom[:, k]] for k in range(3))
    cross = np.cross(b - a, c - a)
    size = np.linalg.norm(cross, axis=1)
    pairs = np.stack([bottom.ravel(), top.ravel()], axis=1)
    return CohesiveZone(pairs, np.repeat(size / 6, 3), np.repeat(cross / size[:, None], 3, axis=0))


def displacement_jumps(zone: CohesiveZone, displacement: Floats) -> Floats:
    """Displacement of the higher side against the lower, um, shape (p, 3)."""
    lower, higher = zone.pairs.T
    return displacement[higher] - displacement[lower]


class DamageHistory(NamedTuple):
    """What boundaries remember: the largest effective separation, um, and damage, shapes (p,)."""

    worst: Floats
    damage: Floats


def cohesive_response(
    law: TractionSeparationLaw,
    zone: CohesiveZone,
    jump: Floats,
    past: DamageHistory,
    relaxation: float = 1.0,
) -> Response:
    """Traction across the boundaries, and how it changes, after what they went through.

    With ``relaxation`` w below 1 damage takes only this share of the way to that of the law,
    D = D_past + w (D(kappa) - D_past): with w = dt / (dt + eta) the viscous regularization
    dD/dt = (D(kappa) - D) / eta of a boundary that cannot break at once.
    """
    n = zone.normals
    along = np.einsum("pi,pi->p", jump, n)
    slide = jump - along[:, None] * n
    opening = np.maximum(along, 0.0)
    towards = opening[:, None] * n + law.beta**2 * slide
    effective = np.sqrt(opening**2 + law.beta**2 * np.einsum("pi,pi->p", slide, slide))
    kappa = np.maximum(past.worst, effective)
    goal = law.damage(kappa)
    lost = past.damage + relaxation * (goal - past.damage)
    kept = 1 - lost
    k = law.stiffness
    traction = k * (kept[:, None] * towards + np.minimum(along, 0.0)[:, None] * n)
    nn = n[:, :, None] * n[:, None, :]
    normal = np.where(along > 0, kept, 1.0)[:, None, None]
    secant = k * (normal * nn + (kept * law.beta**2)[:, None, None] * (np.eye(3) - nn))
    growing = (effective >= past.worst) & (kappa > law.first) & (goal < 1 - _LEFT)
    slope = np.zeros(len(kappa))
    if growing.any():
        rate = law.last * law.first / (law.last - law.first)
        slope[growing] = relaxation * k * rate / (kappa[growing] ** 2 * effective[growing])
    tangent = secant - slope[:, None, None] * towards[:, :, None] * towards[:, None, :]
    return Response(traction, tangent, secant, kappa, lost)


def cohesive_forces(zone: CohesiveZone, traction: Floats, nodes: int) -> Floats:
    """Forces that hold the two sides together, uN, shape (3 n,): what the jumps work against."""
    pull = zone.areas[:, None] * traction
    return summed(np.hstack([-pull, pull]), of_nodes(zone.pairs), 3 * nodes)


def cohesive_stiffness(zone: CohesiveZone, stiffness: Floats, nodes: int) -> csc_array:
    """Matrix of springs across the boundaries from their stiffness in MPa/um, shape (p, 3, 3)."""
    spring = zone.areas[:, None, None] * stiffness
    local = np.block([[spring, -spring], [-spring, spring]])
    return assembled(local, of_nodes(zone.pairs), 3 * nodes)
