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


def with_crystals(
    bare: Particle, texture: Texture, law: MisorientationLaw | None, rng: np.random.Generator
) -> Particle:
    """Return the particle with crystals of a texture, and neighbours by a law if there is one.

    The grains exchange their crystals for it in the frames that the texture sees them in, the
    radius or the long axis of their grains: a texture about the radius stays one. A texture of
    another package that says nothing of frames has the sample's.

    Parameters
    ----------
    bare
        Without crystals.
    texture
        Draws them.
    law
        What boundaries shall have; None for whatever the texture gives.
    rng
        Draws crystals, then exchanges.
    """
    whole, kept = bare.tessellation, bare.kept
    turns = texture.sample(whole.seeds[kept], whole.matrices[kept], rng)
    crystals = replace(bare, orientations=turns)
    if law is None:
        return crystals
    touching = grain_contacts(crystals)
    about = getattr(texture, "about", None)
    frames = None
    if about is not None:
        frames = grain_frames(whole.seeds[kept], whole.matrices[kept], about)
    pairs = np.asarray(touching.pairs - 1, dtype=np.int32)
    return replace(crystals, orientations=exchanged(law, turns, frames, pairs, touching.areas, rng))
