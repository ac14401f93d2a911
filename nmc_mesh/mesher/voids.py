"""Voids grown by a little before they are meshed, so that flat facets leave them their volume.

Facets cut off convex walls: of a ball of radius R that edges of length a mesh, a share of
CUT (a / R)^2 is missing. So the wall of a pore is followed where its ball would be R' with
R'^3 (1 - CUT (a / R')^2) = R^3: its vertices lie a little outside the exact wall and the middles of
its facets inside, and volumes come out. Ours. Walls of other voids, which are no stiff cells, stay.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.particle.convex_cells import offsets_for, radii_of
from nmc_mesh.particle.particle import Particle

CUT = 0.28
"""Share of the volume of a ball that is missing, over (a / R)^2, as measured."""
_MOST = 0.35
_ROUNDS = 20


def grown_voids(particle: Particle, size: float) -> Particle:
    """Return the particle with pores as much larger as facets of an edge length will cut off.

    Parameters
    ----------
    particle
        Any particle.
    size
        Edge length of the mesh, um.
    """
    diagram = particle.tessellation
    void = particle.phases.mask("void", np.arange(1, len(particle.kept) + 1))
    seeds = particle.kept[void]
    others = np.setdiff1d(np.arange(len(diagram)), seeds)
    if not len(seeds) or not len(others):
        return particle
    most = float(np.trace(diagram.matrices[others], axis1=1, axis2=2).max())
    stiff = diagram.matrices[seeds, 0, 0]
    round_ = (diagram.matrices[seeds] == stiff[:, None, None] * np.eye(3)).all(axis=(1, 2))
    seeds, stiff = seeds[round_ & (stiff > most)], stiff[round_ & (stiff > most)]
    base, offsets = diagram.subset(others), np.array(diagram.offsets)
    for m in np.unique(stiff).tolist():
        own = seeds[stiff == m]
        radii = radii_of(base, diagram.seeds[own], offsets[own], m)
        own, radii = own[radii > 0], radii[radii > 0]
        larger = radii.copy()
        for _ in range(_ROUNDS):
            share = np.minimum(CUT * (size / larger) * (size / larger), _MOST)
            larger = radii / cbrt(1.0 - share)
        offsets[own] = offsets_for(base, diagram.seeds[own], larger, m)
    return replace(particle, tessellation=GBPD(diagram.seeds, diagram.matrices, offsets))
