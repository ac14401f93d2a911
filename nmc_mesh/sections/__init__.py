"""Planar sections of particles: one value, its way from maps, what it tells, its files."""

from nmc_mesh.sections.find import (
    section_of_labels,
    section_of_scan,
    sections_of_labels,
    sections_of_scan,
    treated,
)
from nmc_mesh.sections.section import Section
from nmc_mesh.sections.treatment import Center, Treatment

__all__ = [
    "Center",
    "Section",
    "Treatment",
    "section_of_labels",
    "section_of_scan",
    "sections_of_labels",
    "sections_of_scan",
    "treated",
]
