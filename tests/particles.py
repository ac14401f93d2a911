"""Particles made by hand, to be meshed, and seeds of those that are drawn."""

from __future__ import annotations

import numpy as np

import nmc_mesh
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.particle import Particle


def release_seeds(count: int) -> range:
    """Seeds that change from release to release, so that no code is fitted to them."""
    major, minor, patch = (int(part) for part in nmc_mesh.__version__.split(".")[:3])
    first = 100_000 + 1000 * (10_000 * major + 100 * minor + patch)
    return range(first, first + count)


def ball() -> Particle:
    """Build a ball of radius 1 um: where the cost 2 x^2 - 1 is below x^2, so the grain is it."""
    shape = np.zeros(100)
    shape[0] = np.sqrt(4 * np.pi)
    matrices = np.stack([2 * np.eye(3), np.eye(3)])
    diagram = GBPD(np.zeros((2, 3)), matrices, np.array([1.0, 0.0]))
    box = np.array([[-1.1] * 3, [1.1] * 3])
    return Particle(StarShape(shape), diagram, np.zeros(1, dtype=np.int32), box=box)
