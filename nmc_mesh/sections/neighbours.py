"""Boundaries of a section: how crystals on both sides lie to each other, and their lengths."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.arrays import in_one_line
from nmc_mesh.crystal.misorientation import between
from nmc_mesh.geometry.contacts import contacts
from nmc_mesh.sections.crystals import SectionCrystals
from nmc_mesh.sections.section import Section
from nmc_mesh.typing import Floats


@in_one_line
class SectionBoundaries(NamedTuple):
    """Disorientations across boundaries, ``angles`` (b,) in radians, and ``lengths`` (b,) in um."""

    angles: Floats
    lengths: Floats


def section_boundaries(section: Section, crystals: SectionCrystals) -> SectionBoundaries:
    """Return the boundaries between grains of a section that both have an orientation.

    Parameters
    ----------
    section
        The particle's section.
    crystals
        Of its grains.
    """
    touching = contacts(section.image)
    row = np.full(int(section.image.labels.max()) + 1, -1, dtype=np.int32)
    row[crystals.labels] = np.arange(len(crystals.labels))
    pairs = row[touching.pairs]
    both = (pairs >= 0).all(axis=1)
    return SectionBoundaries(between(crystals.quaternions, pairs[both]), touching.areas[both])
