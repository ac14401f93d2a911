"""Particles: the value, the model that samples it, the keep rule and voxelization."""

from nmc_mesh.particle.model import ParticleModel, list_models, load_model
from nmc_mesh.particle.particle import Particle

__all__ = ["Particle", "ParticleModel", "list_models", "load_model"]
