"""Frozen: which grains a shell keeps, boxes, clipping, voxels, fragments."""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.particle.box import kept_box, shell_box
from nmc_mesh.particle.clip import reaching_grains
from nmc_mesh.particle.fragments import merge_fragments
from nmc_mesh.particle.keep import centres_of_mass, kept_grains
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.voxelize import voxelize
from tests.corpus.case import case, series
from tests.corpus.inputs import (
    VOXEL,
    at,
    clipped_particle,
    diagram,
    draw,
    grain_image,
    star,
    uniform,
    whole_particle,
)


@case("particle/keep", half=3.5, radius=2.0)
@case("particle/keep-full", short=False, half=9.0, radius=7.0)
def keep(half: float, radius: float) -> Any:
    """Grains whose centre of mass lies in the shell, and their box."""
    whole = diagram(20, int(8.0 * half * half * half), half)
    chosen = kept_grains(whole, star(20, radius), VOXEL)
    return {"kept": chosen, "box": kept_box(whole, chosen, radius + 0.5, VOXEL)}


@case("particle/reaching")
def reaching() -> Any:
    """Grains that reach into a shell."""
    return reaching_grains(diagram(21, 512, 4.0), star(21, 2.5), VOXEL, 8)


@case("particle/shell-box")
def boxes_of_shells() -> Any:
    return np.stack([shell_box(star(key, 2.0, 0.4)) for key in range(8)])


@case("particle/centres")
def centres() -> Any:
    """Centres of mass and volumes of cells in a box, of more than a slab of planes."""
    found = centres_of_mass(diagram(22, 900, 5.0), at(-5.0, -4.0, -3.0), at(5.5, 4.0, 3.1), 0.12)
    return dict(zip(("centres", "volumes"), found, strict=True))


@case("particle/pores")
def pores() -> Any:
    """A particle with pores at junctions, inside grains and in the middle."""
    places = {"quadruple": 1.0, "triple": 1.0, "grain": 0.5}
    law = Pores(0.06, places=places, profile=1.0, centre=0.2)
    porous = law.put_into(whole_particle(2), draw(30, 2))
    held = porous.tessellation.subset(porous.kept[porous.n_grains :])
    return {"kept": porous.kept, "seeds": held.seeds, "offsets": held.offsets}


@series("particle/whole", 20, short=3)
def whole(number: int) -> Any:
    """A particle of whole grains: what was kept, and labels of points."""
    return _labelled(whole_particle(number), number)


@series("particle/clipped", 20, short=3)
def clipped(number: int) -> Any:
    """A particle that ends at its shell."""
    return _labelled(clipped_particle(number), number)


def _labelled(particle: Particle, number: int) -> Any:
    points = uniform(draw(23, number), -3.0, 3.0, 5000, 3)
    return {
        "kept": particle.kept,
        "box": particle.box,
        "orientations": particle.orientations,
        "labels": particle.labels(points),
    }


@series("particle/voxels-whole", 20, short=2)
def voxels_of_whole(number: int) -> Any:
    """Label images, fragments merged and left."""
    return {
        "merged": voxelize(whole_particle(number), 0.11),
        "left": voxelize(whole_particle(number), 0.17, merge=False),
    }


@series("particle/voxels-clipped", 20, short=2)
def voxels_of_clipped(number: int) -> Any:
    return {
        "merged": voxelize(clipped_particle(number), 0.11),
        "left": voxelize(clipped_particle(number), 0.17, merge=False),
    }


@case("particle/fragments")
def fragments() -> Any:
    """Noise has many fragments: of fragments, alone in the outside, in the plane."""
    rng = draw(24)
    noise = rng.integers(0, 4, (20, 19, 18))
    lone = np.where(rng.random((20, 20, 20)) < 0.06, rng.integers(1, 3, (20, 20, 20)), 0)
    mixed = np.array(grain_image(24).labels)
    where = rng.random(mixed.shape) < 0.1
    mixed[where] = rng.integers(0, mixed.max() + 1, int(where.sum()))
    return {
        "noise": merge_fragments(LabelImage(noise, at(0.1, 0.2, 0.3))),
        "lone": merge_fragments(LabelImage(lone, 0.5)),
        "mixed": merge_fragments(LabelImage(mixed, 0.125)),
        "plane": merge_fragments(LabelImage(rng.integers(0, 3, (60, 50)), at(0.1, 0.2))),
    }
