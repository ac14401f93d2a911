"""Frozen: components of volumes, radius functions, descriptors, and shells drawn from models."""

from __future__ import annotations

from typing import Any

import numpy as np

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.particle.model import load_model
from nmc_mesh.shell.components import clean, contacts, measure
from nmc_mesh.shell.components import split as split_labels
from nmc_mesh.shell.descriptors import descriptors
from nmc_mesh.shell.distance_correlation import distance_correlation
from nmc_mesh.shell.fit import fit_coefficients
from nmc_mesh.shell.radius import radius_functions
from nmc_mesh.typing import Floats, Ints
from tests.corpus.case import case, kept
from tests.corpus.inputs import at, draw, nearest_labels, star, uniform

MODELS = ("nmc-calibrated", "nmc-equiaxed", "nmc-radial", "nmc111-ct")


@kept
def bodies() -> LabelImage:
    """A volume of balls, some joined, with specks, rods and scraps at the border."""
    shape = (48, 44, 40)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    points = index.reshape(-1, 3) + 0.5
    rng = draw(80)
    seeds = rng.random((25, 3)) * np.array(shape, dtype=np.float64)
    labels = nearest_labels(points, seeds, np.zeros(25))
    inside = np.zeros(len(points), dtype=bool)
    for seed, radius in zip(seeds, uniform(rng, 2.0, 7.0, 25), strict=True):
        away = points - seed
        square = away[:, 0] * away[:, 0] + away[:, 1] * away[:, 1] + away[:, 2] * away[:, 2]
        inside |= square < radius * radius
    labels = np.where(inside, labels, 0).reshape(shape)
    labels[3, 3:20, 3] = 30
    labels[20:24, 30, 5:9] = 31
    labels[rng.random(shape) < 0.002] = 32
    return LabelImage(labels, 0.4)


def copied() -> Ints:
    """Labels that a stage may overwrite."""
    return np.array(bodies().labels)


@case("shell/components")
def components() -> Any:
    """Labels split into connected parts, merged or dropped; voxels and contacts."""
    parts = copied()
    split_labels(parts)
    kept_border, strict = parts.copy(), parts.copy()
    return {
        "parts": parts,
        "volumes": measure(parts)[0],
        "contacts": contacts(parts),
        "clean": clean(parts.copy(), 30, 0.5, False),
        "border": clean(kept_border, 10, 0.4, True),
        "strict": clean(strict, 200, 0.8, True),
    }


@case("shell/sphericity", depends="machine")
def sphericity() -> Any:
    """How round components are: by Crossings, and powers of a third."""
    return measure(copied())[1]


@case("shell/radius-functions")
def radii() -> Any:
    """How far directions stay inside particles, in cubes and in bricks, without turning them."""
    labels = copied()
    split_labels(labels)
    clean(labels, 30, 0.5, True)
    bricks = LabelImage(labels, at(0.4, 0.3, 0.5), at(1.0, 2.0, 3.0))
    return {
        "cubes": radius_functions(LabelImage(labels, 0.4)),
        "bricks": radius_functions(bricks, only=np.array([3, 1])),
    }


@case("shell/radius-functions-turned", depends="machine")
def turned_radii() -> Any:
    """The same, each particle turned at random."""
    labels = copied()
    split_labels(labels)
    clean(labels, 30, 0.5, True)
    return radius_functions(LabelImage(labels, 0.4), draw(81))


def rough(count: int) -> Floats:
    """Radius functions of star shapes."""
    from nmc_mesh.geometry.directions import directions

    way = directions()
    return np.stack([star(200 + k, 1.0 + 0.1 * k, 0.4).radius(way) for k in range(count)])


@case("shell/diameters")
def diameters() -> Any:
    """Largest distance of two points of a surface."""
    return descriptors(rough(20)).d_max


@case("shell/descriptors", depends="machine")
def shape_descriptors() -> Any:
    """Convexity, extents along principal axes, sphericity."""
    return descriptors(rough(20))


@case("shell/distance-correlation")
def correlation() -> Any:
    """Of whole numbers, whose sums are exact in any order."""
    rng = draw(82)
    x = rng.integers(0, 64, 512).astype(np.float64)
    noise = rng.integers(0, 64, 512).astype(np.float64)
    pairs = {"same": (x, x), "part": (x, x + noise), "none": (x, noise), "bent": (x, (x - 32) ** 2)}
    return {name: distance_correlation(*pair) for name, pair in pairs.items()}


@case("shell/distance-correlation-plain", depends="machine")
def plain_correlation() -> Any:
    table = draw(83).random((3, 1000))
    return [distance_correlation(table[0], table[0] * table[k] + table[1]) for k in range(1, 3)]


@case("shell/fit", depends="machine")
def fitted() -> Any:
    """Coefficients fitted to radius functions."""
    return fit_coefficients(rough(10))


@case("shell/drawn", count=10_000)
@case("shell/drawn-full", short=False, count=100_000)
def drawn(count: int) -> Any:
    """Shells of the shipped models."""
    return {
        name: load_model(name).shell.sample_many(count // 4, draw(84, place))
        for place, name in enumerate(MODELS)
    }


@case("shell/drawn-joint")
def drawn_jointly() -> Any:
    """Shells of the joint law, as large as it has them and of given volumes."""
    model = load_model("nmc111-ct-joint").shell
    sized = [model.sample_sized(size, draw(87, k)).coefficients for k, size in enumerate((3, 10))]
    return {"drawn": model.sample_many(2500, draw(86)), "sized": sized}


@case("shell/drawn-sized")
def drawn_sized() -> Any:
    """Shells of given volumes."""
    model = load_model("nmc-radial").shell
    sizes = (4.0, 6.0, 8.0)
    return [model.sample_sized(size, draw(85, k)).coefficients for k, size in enumerate(sizes)]
