"""What lies on a particle and around it: its coating and its domain, which have no seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.domain import Domain
from nmc_mesh.typing import Floats, Ints

if TYPE_CHECKING:
    from nmc_mesh.particle.particle import Particle


def check_surroundings(particle: Particle) -> None:
    """Refuse a coating or a domain that does not fit the particle.

    Raises
    ------
    InputError
        If one is none, its phases do not name them, or the domain does not hold the particle.
    """
    coating, domain = particle.coating, particle.domain
    if coating is not None:
        if not isinstance(coating, Coating):
            raise InputError(f"a particle's coating is a Coating, not {type(coating).__name__}")
        if particle.particles:
            raise InputError("a coating is for single particles; put bare ones together")
        if particle.phases.of(len(particle.kept) + 1) != "coating":
            raise InputError("the label of a coating comes after those of the grains: coated()")
    if domain is None:
        return
    if not isinstance(domain, Domain):
        raise InputError(f"a particle's domain is a Domain, not {type(domain).__name__}")
    if not particle.phases.mask("fluid", np.array(particle.n_labels)):
        raise InputError("the last label of a particle in a domain is a fluid: in_domain()")
    if particle.cut_off:
        return
    if domain.gap(*particle.coated_bounds(), particle.reach) <= 0:
        raise InputError(
            f"the {domain.shape} of the domain does not hold the particle; take a larger one"
        )


def label_surroundings(particle: Particle, points: Floats, labels: Ints) -> None:
    """Give points outside the grains, of shape (n, 3) in um, the labels of what is there, (n,)."""
    lower, upper = particle.grain_bounds()
    around = 0 if particle.domain is None else particle.n_labels
    labels[((points < lower) | (points > upper)).any(axis=1)] = around
    if particle.coat_label is not None:
        outside = np.flatnonzero(labels == around)
        coated = particle.layer.layer.at(points[outside]) <= 0.0
        labels[outside[coated]] = particle.coat_label
    if particle.domain is not None:
        labels[~particle.domain.contains(points)] = 0
