"""Measured orientation maps: readers, grains, sections of particles."""

from nmc_mesh.ebsd.confidence import Trusted, trusted
from nmc_mesh.ebsd.grain_table import GrainTable, read_grain_table
from nmc_mesh.ebsd.grains import MIN_PIXELS, grains
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.read import read_scan
from nmc_mesh.ebsd.scan import EbsdScan
from nmc_mesh.ebsd.section import (
    Section,
    section_of_labels,
    section_of_scan,
    sections_of_labels,
    sections_of_scan,
)

__all__ = [
    "MIN_PIXELS",
    "EbsdScan",
    "GrainTable",
    "Phase",
    "Section",
    "Trusted",
    "grains",
    "read_grain_table",
    "read_scan",
    "section_of_labels",
    "section_of_scan",
    "sections_of_labels",
    "sections_of_scan",
    "trusted",
]
