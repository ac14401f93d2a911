"""Grain architectures: the seed process, mark laws, and the model that joins them."""

from nmc_mesh.grains.marks import MarkLaw, Marks, RadialMarkLaw, SeedPattern
from nmc_mesh.grains.model import GrainModel, TessellationLaw

__all__ = ["GrainModel", "MarkLaw", "Marks", "RadialMarkLaw", "SeedPattern", "TessellationLaw"]
