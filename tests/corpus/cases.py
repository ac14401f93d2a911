"""All cases: importing the files of the rooms enters them."""

from __future__ import annotations

from tests.corpus import (
    of_calibration,
    of_files,
    of_geometry,
    of_grains,
    of_meshes,
    of_models,
    of_particles,
    of_shells,
    of_stages,
    of_tags,
)
from tests.corpus.case import CASES, Case, forget

ROOMS = (
    of_geometry,
    of_grains,
    of_shells,
    of_particles,
    of_stages,
    of_meshes,
    of_tags,
    of_files,
    of_calibration,
    of_models,
)

__all__ = ["CASES", "ROOMS", "Case", "forget"]
