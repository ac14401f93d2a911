"""Sections of drawn particles, whose grains are known in space: what a plane shows of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.crystal.frames import About, grain_frames
from nmc_mesh.crystal.section_shape import SectionGrains
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.particle.model import ParticleModel
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import Floats, Ints

ACROSS = 9.0
"""Diameter of the drawn particles in edges of a grain."""
_PIXELS = 10.0  # per edge of a grain
_FEWEST = 10  # pixels of a grain
_PLANES = 20  # through a particle


class KnownGrains(NamedTuple):
    """Grains of drawn sections: ``features`` (g, 4), and frames e_r, e_s in that of the section.

    ``frames`` holds those about the radius and about the long axis, (g, 2, 3).
    """

    features: Floats
    frames: dict[About, Floats]


def known_grains(
    model: ParticleModel,
    rng: np.random.Generator,
    count: int = 9000,
    height: float = 0.0,
    progress: Progress = silent,
) -> KnownGrains:
    """Cut drawn particles by planes at random until so many grains are seen.

    Parameters
    ----------
    model
        Draws the particles, of nine edges of a grain.
    rng
        Draws particles and planes.
    count
        How many grains at least; near the centre they do not count (see ``SectionGrains``).
    height
        Distance of the planes from the centres, um.
    progress
        Called with the share that is done.

    Raises
    ------
    InputError
        If planes at this height meet no grains.
    """
    size = model.grains.grain_size
    features: list[Floats] = []
    frames: dict[About, list[Floats]] = {"radius": [], "long axis": []}
    found = 0
    while found < count:
        progress("drawn sections", found / count)
        before = found
        particle = model.sample(rng, diameter=ACROSS * size)
        for _ in range(_PLANES):
            turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
            labels, every = grains_in_plane(particle, turn, height, size / _PIXELS)
            held = every.clear()
            if not held.any():
                continue
            section = every.only(held)
            found += int(held.sum())
            features.append(section.features())
            own = section.frames()
            seeds = particle.kept[labels[held] - 1]
            diagram = particle.tessellation
            for about, parts in frames.items():
                axes = grain_frames(diagram.seeds[seeds], diagram.matrices[seeds], about)
                parts.append(axes[:, :2] @ turn.T @ np.swapaxes(own, 1, 2))
        if found == before:
            raise InputError(
                f"planes at a height of {height:g} um meet no grains of {model.name}; give the "
                "height of the section above the centre of a particle of its size"
            )
    progress("drawn sections", 1.0)
    return KnownGrains(
        np.concatenate(features), {about: np.concatenate(parts) for about, parts in frames.items()}
    )


def grains_in_plane(
    particle: Particle, turn: Floats, height: float, pixel: float
) -> tuple[Ints, SectionGrains]:
    """Cut a particle, turned about its centre, by the plane z = height.

    Parameters
    ----------
    particle
        What is cut.
    turn
        x -> turn x, shape (3, 3).
    height, pixel
        um.

    Returns
    -------
    labels, grains
        Which grains the plane meets in ten pixels or more, ascending, (g,), and how they look.
    """
    reach = np.linalg.norm(np.stack(particle.bounds()), axis=1).max()
    axis = np.arange(-reach, reach + pixel, pixel)
    flat = np.stack(np.meshgrid(axis, axis, indexing="ij"), axis=-1).reshape(-1, 2)
    points = np.column_stack([flat, np.full(len(flat), height)])
    labels = particle.labels(points @ turn)
    plane = labels.reshape(len(axis), len(axis))
    found = label_moments(plane, int(plane.max()) + 1)
    seen = np.flatnonzero(found.counts >= _FEWEST)
    seen = seen[seen > 0]
    middle = np.argwhere(plane > 0).mean(axis=0) if len(seen) else np.zeros(2)
    places = pixel * (found.centroids[seen] - middle)
    radii = pixel * np.sqrt(found.counts[seen] / np.pi)
    return seen.astype(np.int32), SectionGrains(
        places, pixel**2 * found.spreads[seen], radii, height
    )
