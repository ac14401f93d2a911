"""Neighbouring grains of a particle: their common areas, and how their crystals lie together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nmc_mesh.crystal.frames import grain_frames
from nmc_mesh.crystal.misorientation import MisorientationLaw, exchanged
from nmc_mesh.crystal.texture import Texture
from nmc_mesh.geometry.contacts import Contacts, contacts
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize

_VOXELS_PER_GRAIN = 8


def grain_contacts(particle: Particle) -> Contacts:
    """Return which grains of a particle touch, and over what area, on voxels.

    An eighth of a grain's edge is a voxel, or more where grains are cut smaller; contacts of less
    than a voxel may be missed.

    Parameters
    ----------
    particle
        Dense, without a domain.
    """
    image = voxelize(particle, particle.grain_size / _VOXELS_PER_GRAIN, merge=False)
    return contacts(image)


def with_neighbours(
    particle: Particle, texture: Texture, law: MisorientationLaw, rng: np.random.Generator
) -> Particle:
    """Return the particle whose grains exchanged their crystals for a law of neighbours.

    Crystals are exchanged in the frames that the texture sees them in, the radius or the long axis
    of their grains: a texture about the radius stays one.

    Parameters
    ----------
    particle
        With crystals as the texture drew them.
    texture
        Which did; one of another package that says nothing of frames has the sample's.
    law
        What boundaries shall have.
    rng
        Draws the exchanges.
    """
    if particle.orientations is None or particle.n_grains < 2:
        return particle
    touching = grain_contacts(particle)
    about = getattr(texture, "about", None)
    whole, kept = particle.tessellation, particle.kept
    frames = None
    if about is not None:
        frames = grain_frames(whole.seeds[kept], whole.matrices[kept], about)
    pairs = np.asarray(touching.pairs - 1, dtype=np.int32)
    turns = exchanged(law, particle.orientations, frames, pairs, touching.areas, rng)
    return replace(particle, orientations=turns)
