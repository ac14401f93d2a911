"""Orientation maps of simulated sections: what a microscope would write of a known architecture."""

from __future__ import annotations

import numpy as np

from nmc_mesh.crystal.orientation import bunge_angles
from nmc_mesh.crystal.texture import UniformTexture
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.sections.section import Section

_CONFIDENCE = 0.9
_NMC = Phase("NMC", "-3m", (2.87, 2.87, 14.2, np.pi / 2, np.pi / 2, 2 * np.pi / 3))


def map_of_section(section: Section, rng: np.random.Generator) -> EbsdScan:
    """Return the map of a section whose grains are crystals of any orientation alike.

    One pair of neighbours in some hundred is turned by less than five degrees, and is one grain on
    the map, as in a measured one.

    Parameters
    ----------
    section
        As it was cut, every grain however small; its unknown pixels are not indexed.
    rng
        Draws the orientations.
    """
    labels = section.image.labels
    count = int(labels.max())
    turns = UniformTexture().sample(np.zeros((count, 3)), None, rng)
    angles = np.concatenate([np.zeros((1, 3)), bunge_angles(turns)])[labels]
    there = labels > 0
    return EbsdScan(
        angles,
        there.astype(np.int32),
        np.where(there, _CONFIDENCE, -1.0),
        (_NMC,),
        section.image.spacing,
        section.image.origin,
        name=section.name,
    )
