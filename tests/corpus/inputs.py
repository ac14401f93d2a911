"""What the cases start from, made by + - * / sqrt of PCG64's numbers alone, in a fixed order.

No elementary function, no BLAS, no draw from a law: so these are the same bytes on every processor,
and what the rooms make of them can be frozen.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.box import kept_box
from nmc_mesh.particle.clip import reaching_grains
from nmc_mesh.particle.keep import kept_grains
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import AnyArray, Floats, Ints
from tests.corpus.case import kept

VOXEL = 0.125
"""Edge in grains of the voxels on which grains are chosen."""


def at(*numbers: float) -> Floats:
    """Return a row of numbers."""
    return np.array(numbers, dtype=np.float64)


def draw(*key: int) -> np.random.Generator:
    """Return a generator of its own for each key."""
    return np.random.Generator(np.random.PCG64(list(key)))


def uniform(rng: np.random.Generator, low: float, high: float, *shape: int) -> Floats:
    """Numbers in [low, high)."""
    return low + (high - low) * rng.random(shape)


def unit(vectors: Floats) -> Floats:
    """Bring rows to length 1, their squares added up in order."""
    square = vectors[:, 0] * vectors[:, 0]
    for k in range(1, vectors.shape[1]):
        square = square + vectors[:, k] * vectors[:, k]
    return vectors / np.sqrt(square)[:, None]


def quaternions(rng: np.random.Generator, count: int) -> Floats:
    """Unit quaternions, not evenly spread: those of points in a cube, shape (count, 4)."""
    return unit(uniform(rng, -1.0, 1.0, count, 4))


def turns(quaternion: Floats) -> Floats:
    """Rotation matrices of unit quaternions (w, x, y, z), shape (n, 3, 3)."""
    w, x, y, z = (quaternion[:, k] for k in range(4))
    out = np.empty((len(quaternion), 3, 3))
    for i, j, part in (
        (0, 0, 1.0 - 2.0 * (y * y + z * z)),
        (0, 1, 2.0 * (x * y - w * z)),
        (0, 2, 2.0 * (x * z + w * y)),
        (1, 0, 2.0 * (x * y + w * z)),
        (1, 1, 1.0 - 2.0 * (x * x + z * z)),
        (1, 2, 2.0 * (y * z - w * x)),
        (2, 0, 2.0 * (x * z - w * y)),
        (2, 1, 2.0 * (y * z + w * x)),
        (2, 2, 1.0 - 2.0 * (x * x + y * y)),
    ):
        out[:, i, j] = part
    return out


def matrices(frames: Floats, diagonals: Floats) -> Floats:
    """M = Q^T D Q, summed in order; frames (n, d, d) have the axes as rows."""
    d = frames.shape[1]
    out = np.empty_like(frames)
    for i, j in product(range(d), repeat=2):
        low, high = min(i, j), max(i, j)
        total = diagonals[:, 0] * frames[:, 0, low] * frames[:, 0, high]
        for k in range(1, d):
            total = total + diagonals[:, k] * frames[:, k, low] * frames[:, k, high]
        out[:, i, j] = total
    return out


def diagram(key: int, count: int, half: float, stretch: float = 3.0, spread: float = 0.2) -> GBPD:
    """A diagram of seeds in a cube: D in [1, stretch), r in [0, spread)."""
    rng = draw(1, key)
    seeds = uniform(rng, -half, half, count, 3)
    frames = turns(quaternions(rng, count))
    own = matrices(frames, uniform(rng, 1.0, stretch, count, 3))
    return GBPD(seeds, own, uniform(rng, 0.0, spread, count))


def flat_diagram(key: int, count: int, half: float, stretch: float = 3.0) -> GBPD:
    """A diagram in the plane."""
    rng = draw(2, key)
    seeds = uniform(rng, -half, half, count, 2)
    c, s = unit(uniform(rng, -1.0, 1.0, count, 2)).T
    frames = np.stack([np.stack([c, s], axis=1), np.stack([-s, c], axis=1)], axis=1)
    own = matrices(frames, uniform(rng, 1.0, stretch, count, 2))
    return GBPD(seeds, own, uniform(rng, 0.0, 0.2, count))


def coefficients(key: int, radius: float, rough: float = 0.3, degree: int = 6) -> Floats:
    """Coefficients of a star shape of mean radius ``radius``; those of degree l fall as 1/l^2."""
    rng = draw(3, key)
    rows = [np.array([np.sqrt(4.0 * np.pi) * radius])]
    for l in range(1, degree + 1):  # noqa: E741
        rows.append(uniform(rng, -1.0, 1.0, 2 * l + 1) * (rough * radius / (l * l)))
    return np.concatenate(rows)


@dataclass(frozen=True, eq=False)
class GrainyShell(StarShape):
    """A shell that says to have one um^3 for each of its grains, as it nearly has.

    So the mean grain has an edge of exactly 1 um, and no quadrature's last bits come into meshes.
    """

    grains: int = 1

    @property
    def volume(self) -> float:
        """Number of grains, um^3."""
        return float(self.grains)


def star(key: int, radius: float, rough: float = 0.3, degree: int = 6) -> StarShape:
    """A star shape of `coefficients`."""
    return StarShape(coefficients(key, radius, rough, degree))


def compass(steps: int = 24) -> Floats:
    """Directions to a square grid on the faces of a cube, not of length 1, shape (n, 3)."""
    line = (np.arange(steps + 1) * 2.0 - steps) / steps
    s, t = (part.ravel() for part in np.meshgrid(line, line, indexing="ij"))
    faces = []
    for axis, sign in product(range(3), (-1.0, 1.0)):
        points = np.empty((len(s), 3))
        points[:, axis] = sign
        points[:, (axis + 1) % 3], points[:, (axis + 2) % 3] = s, t
        faces.append(points)
    return np.concatenate(faces)


def box_around(shell: StarShape) -> Floats:
    """Corners of a box a little larger than a shell, by its radius in the directions `compass`."""
    way = compass()
    points = unit(way) * shell.radius(way)[:, None]
    low, high = points.min(axis=0), points.max(axis=0)
    slack = 0.02 * (high - low)
    return np.stack([low - slack, high + slack])


@kept
def whole_particle(number: int) -> Particle:
    """A particle of whole grains of about 1 um, chosen by the keep rule.

    There are 10 to 50 of them, and 60 to 200 from number 10 on.
    """
    radius = 1.3 + 0.15 * (number % 7) + (1.2 if number >= 10 else 0.0)
    half = radius + 2.0
    count = int(8.0 * half * half * half)
    tessellation = diagram(number, count, half, 1.5 + number % 4, 0.1 * (number % 3))
    shell = star(number, radius)
    chosen = kept_grains(tessellation, shell, VOXEL)
    box = kept_box(tessellation, chosen, half, VOXEL)
    shell = GrainyShell(shell.coefficients, len(chosen))
    return Particle(shell, tessellation, chosen, quaternions(draw(4, number), len(chosen)), box=box)


@kept
def clipped_particle(number: int) -> Particle:
    """A particle cut off at its shell, of more grains from number 10 on."""
    radius = 1.2 + 0.1 * (number % 7) + (1.0 if number >= 10 else 0.0)
    half = radius + 1.5
    count = int(8.0 * half * half * half)
    tessellation = diagram(100 + number, count, half, 1.5 + number % 4, 0.1 * (number % 3))
    shell = star(100 + number, radius, 0.15 + 0.05 * (number % 4))
    chosen = reaching_grains(tessellation, shell, VOXEL, 8)
    tessellation = tessellation.subset(chosen)
    every = np.arange(len(chosen), dtype=np.int32)
    turned = quaternions(draw(5, number), len(chosen))
    box = box_around(shell)
    shell = GrainyShell(shell.coefficients, len(chosen))
    return Particle(shell, tessellation, every, turned, box=box, surface="shell")


def nearest_labels(points: AnyArray, seeds: Floats, weights: Floats) -> Ints:
    """Label 1 ... n of the seed of least |x - s|^2 - w, the lowest among equals, plainly."""
    best = np.full(len(points), np.inf)
    label = np.zeros(len(points), dtype=np.int32)
    for i, (seed, weight) in enumerate(zip(seeds, weights, strict=True), 1):
        square = (points[:, 0] - seed[0]) * (points[:, 0] - seed[0]) - weight
        for k in range(1, points.shape[1]):
            square = square + (points[:, k] - seed[k]) * (points[:, k] - seed[k])
        closer = square < best
        best[closer], label[closer] = square[closer], i
    return label


@kept
def grain_image(
    number: int, shape: tuple[int, ...] = (22, 20, 18), grains: int = 12, border: int = 2
) -> LabelImage:
    """An image of grains that fill a box, or with ``border`` layers of outside a blob in it.

    Voxels are cubes of 0.125 um for even numbers, bricks for odd ones.
    """
    rng = draw(6, number)
    index = np.stack(np.meshgrid(*(np.arange(n) for n in shape), indexing="ij"), axis=-1)
    points = index.reshape(-1, len(shape)) + 0.5
    extent = np.array(shape, dtype=np.float64)
    seeds = rng.random((grains, len(shape))) * extent
    labels = nearest_labels(points, seeds, uniform(rng, 0.0, 6.0, grains)).reshape(shape)
    if border:
        away = np.zeros(shape)
        for k, n in enumerate(shape):
            part = (index[..., k] + 0.5 - 0.5 * n) / (0.5 * n - border)
            away = away + part * part
        labels[away > 1.0] = 0
    spacing = np.array([0.125, 0.15, 0.11])[: len(shape)] if number % 2 else 0.125
    return LabelImage(_without_gaps(labels), spacing)


@kept
def volume(number: int, border: int) -> LabelImage:
    """An image to be meshed: larger from number 10 on."""
    if number < 10:
        return grain_image(number, border=border)
    return grain_image(number, (40, 34, 37), 40, border)


def _without_gaps(labels: Ints) -> Ints:
    occurs = np.bincount(labels.ravel()) > 0
    occurs[0] = True
    table: AnyArray = np.cumsum(occurs) - 1
    return table[labels].astype(np.int32)
