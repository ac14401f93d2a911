"""All cases: importing the files of the rooms enters them."""

from __future__ import annotations

from tests.corpus import of_geometry, of_grains, of_meshes, of_particles, of_stages
from tests.corpus.case import CASES, Case, forget

ROOMS = (of_geometry, of_grains, of_particles, of_stages, of_meshes)

__all__ = ["CASES", "ROOMS", "Case", "forget"]
