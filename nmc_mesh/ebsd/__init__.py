"""Measured orientation maps: readers, confidence, grains."""

from nmc_mesh.ebsd.confidence import Trusted, trusted
from nmc_mesh.ebsd.grain_table import GrainTable, read_grain_table
from nmc_mesh.ebsd.grains import MIN_PIXELS, grains
from nmc_mesh.ebsd.phase import Phase
from nmc_mesh.ebsd.read import read_scan
from nmc_mesh.ebsd.scan import EbsdScan

__all__ = [
    "MIN_PIXELS",
    "EbsdScan",
    "GrainTable",
    "Phase",
    "Trusted",
    "grains",
    "read_grain_table",
    "read_scan",
    "trusted",
]
