"""Figures of grains in space from samples strewn in a ball: cheap enough for hundreds of models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.candidates import labels_on_grid
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_moments import LabelMoments, moments_of_sums
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.typing import Floats, Ints

FIGURES = (
    "volume",
    "volume_cv",
    "elongation",
    "flatness",
    "radial_angle",
    "boundary_density",
    "number_density",
)
"""Mean volume in um^3, its coefficient of variation, means of the measures of `GrainShapes`,
boundary area per volume in 1/um, grains per volume in 1/um^3."""

_MARGIN = 2.0  # of the voxels around a box, in grains
_MORE = 2.5  # of the seeds around the voxels
_VOXELS = 6  # along the edge of a mean grain


MEASURES = ("filled", "variety", "elongation", "flatness", "radial_angle", "boundaries")


class Samples(NamedTuple):
    """What samples of a ball add up to: a row of ``sums`` per sample, ``depth`` (n,) of its place.

    Weighted sums: seeds and grains in it; over grains of volume and its square in grain sizes
    cubed, of elongation, flatness and radial angle; boundary faces and pairs of voxels looked at.
    The depth is the share of the ball's volume nearer to the centre.
    """

    sums: Floats
    depth: Floats

    def measures(self) -> Floats:
        """Return `MEASURES` of every sample, shape (n, 6), whose means make up `figures_of`.

        Seeds per grain; the mean of the squared volumes over the square of the mean; means of
        elongation, flatness and radial angle; boundaries per grain size along a line.
        """
        seeds, grains, first, second, long, flat, angle, faces, pairs = self.sums.T
        columns = [
            seeds / grains,
            second * grains / first**2,
            long / grains,
            flat / grains,
            angle / grains,
            faces / pairs * _VOXELS,
        ]
        return np.stack(columns, axis=1)

    @property
    def together(self) -> Samples:
        """All samples as one."""
        return Samples(self.sums.sum(axis=0)[None], self.depth.mean(keepdims=True))


def figures_of(measures: Floats, size: Floats) -> dict[str, Floats]:
    """Return `FIGURES` of `MEASURES`, shape (n, 6), and grain sizes in um, shape (n,)."""
    filled, variety, long, flat, angle, lines = measures.T
    volume = filled * size**3  # without what the scatter of the number of seeds adds
    cv = np.sqrt(np.maximum(variety - 1.0, 1e-6))
    values = (volume, cv, long, flat, angle, 2.0 * lines / size, 1.0 / volume)
    return dict(zip(FIGURES, values, strict=True))


def strewn(
    model: GrainModel, radius: float, depth: Floats, reach: float, rng: np.random.Generator
) -> Samples:
    """Measure the grains of a ball whose centroid lies near random places of it.

    Every place has seeds of its own. A grain of the ball counts if its centroid is no farther than
    ``reach`` from the place, with the weight 1 / c: c is the share of the ball of this radius
    around the centroid that the whole ball holds, as the chance to be near a place goes with it.
    The boundary area per volume is 2 P_L with the number P_L of boundaries per length of lines
    along the three axes; directions in a ball around the centre are all alike on average.

    Parameters
    ----------
    model
        What to measure.
    radius
        Of the ball in um.
    depth
        Of every place: shares of the ball's volume that are nearer to the centre, shape (n,);
        `stratified` ones for a mean over the ball.
    reach
        In grain sizes.
    rng
        Draws everything.

    References
    ----------
    S_V = 2 P_L: E. E. Underwood, Quantitative Stereology (1970).
    """
    own = model.within(StarShape.ball(radius))
    return Samples(np.array([_sums(own, radius, d, reach, rng) for d in depth]), depth)


def stratified(count: int, rng: np.random.Generator) -> Floats:
    """Return depths of places that fill a ball evenly, in any order, shape (count,)."""
    return (rng.permutation(count) + rng.random(count)) / count


def _sums(
    model: GrainModel, radius: float, depth: float, reach: float, rng: np.random.Generator
) -> Floats:
    size, ball = model.grain_size, radius / model.grain_size
    center = rng.standard_normal(3)
    center *= ball * depth ** (1 / 3) / np.linalg.norm(center)
    count = int(np.ceil(2.0 * (reach + _MARGIN) * _VOXELS))
    diagram, seeds = _diagram(model, center, 0.5 * count / _VOXELS + _MORE, rng)
    labels, moments, places = _measured(diagram, size, center, count)
    weights = _weights(places, center, ball, reach)
    inside = weights > 0
    values, vectors = np.linalg.eigh(moments.spreads[inside])
    away = np.linalg.norm(places[inside], axis=1)
    along = np.abs((places[inside] * vectors[:, :, 2]).sum(axis=1))
    volumes = moments.counts[inside] / _VOXELS**3
    table = [
        np.ones(len(volumes)),
        volumes,
        volumes**2,
        np.sqrt(values[:, 2] / values[:, 1]),
        np.sqrt(values[:, 1] / values[:, 0]),
        np.arccos(np.minimum(along / np.maximum(away, 1e-300), 1.0)),
    ]
    sums = [float((weights[inside] * column).sum()) for column in table]
    within = float(_weights(seeds / size, center, ball, reach).sum())
    return np.array([within, *sums, *_faces(labels)])


def _measured(
    diagram: GBPD, size: float, center: Floats, count: int
) -> tuple[Ints, LabelMoments, Floats]:
    """Return labels of a cube of voxels, moments of those there are, centroids in grain sizes."""
    spacing = size / _VOXELS
    origin = size * center - 0.5 * spacing * (count - 1)
    labels = labels_on_grid(diagram, origin, spacing, (count,) * 3)
    sums = np.zeros((len(diagram), 10), dtype=np.int64)
    core.add_second_moments(labels, 0, count, 0, sums)
    moments = moments_of_sums(sums[sums[:, 0] > 0], 3)
    return labels, moments, (origin + spacing * moments.centroids) / size


def _weights(places: Floats, center: Floats, ball: float, reach: float) -> Floats:
    """Return 1 / c of places in the ball and near the centre, 0 of others; in grain sizes."""
    away = np.linalg.norm(places, axis=1)
    inside = (away <= ball) & (np.linalg.norm(places - center, axis=1) <= reach)
    return np.where(inside, 1.0 / _share(np.where(inside, away, 0.0), ball, reach), 0.0)


def _share(away: Floats, ball: float, reach: float) -> Floats:
    """Return the share of a ball of radius ``reach``, so far away, that another one holds."""
    whole = min(reach, ball) ** 3 / reach**3
    d = np.maximum(away, max(abs(ball - reach), 1e-9))
    lens = (ball + reach - d) ** 2
    lens = lens * (d**2 + 2 * d * (ball + reach) - 3 * (ball - reach) ** 2) / (12 * d)
    return np.where(away <= abs(ball - reach), whole, lens * 0.75 / reach**3)


def _diagram(
    model: GrainModel, center: Floats, reach: float, rng: np.random.Generator
) -> tuple[GBPD, Floats]:
    """Draw the diagram of the seeds in a cube around a place in grain sizes; lengths in um."""
    low, high = center - reach, center + reach
    if model.seeds is None:
        places = rng.uniform(low, high, (rng.poisson((2 * reach) ** 3), 3))
    else:
        places = model.seeds(low, high, rng)
    if len(places) == 0:
        raise InputError("no seed fell into a box; choose a larger one")
    seeds = model.grain_size * places
    noise, turns = rng.random((len(seeds), 2)), rng.uniform(0.0, np.pi, len(seeds))
    marks = model.marks(SeedPattern(seeds, noise, turns), rng)
    return GBPD.radial(seeds, marks.diagonals, turns, marks.offsets), seeds


def _faces(labels: Ints) -> tuple[float, int]:
    """Return how many boundaries neighbours along the axes part in the middle, and the neighbours.

    Pairs of voxels miss a boundary where two follow each other closely: as many as grow with their
    distance h, so that twice the density at h less that at 2 h has no error of first order.
    """
    quarter = len(labels) // 4
    labels = labels[quarter:-quarter, quarter:-quarter, quarter:-quarter]
    faces, pairs = 0.0, 0
    for axis in range(3):
        rows = np.moveaxis(labels, axis, 0)
        near, far = rows[1:] != rows[:-1], rows[2:] != rows[:-2]
        faces += near.size * (2.0 * float(near.mean()) - 0.5 * float(far.mean()))
        pairs += near.size
    return faces, pairs
