"""Places in a particle where grains meet, and places inside one, near places given.

From a place x the cells of least cost are taken, and Newton's method finds where the costs of
four (three) of them are equal: a quadruple point (the nearest place of a triple line).
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.geometry.candidates import Candidates, candidates
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.phases import GRAIN
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints

PLACES = ("quadruple", "triple", "grain")
"""Quadruple points, triple lines, the inside of grains."""
_BOX, _SLACK = 0.5, 0.4  # grain sizes, of the lists of seeds
_LEAST = 4
_STEPS = 8
_LONGEST = 0.4  # of a grain size, in a step
_EXACT = 1e-7  # of a grain size


def seeds_near(particle: Particle) -> Candidates:
    """Lists of the seeds that may be met on the way from a place: see `gathered`."""
    size = particle.grain_size
    lower, upper = particle.bounds()
    margin = 2 * size
    return candidates(
        particle.tessellation, lower - margin, upper + margin, _BOX * size, _SLACK * size
    )


def gathered(particle: Particle, near: Candidates, places: Floats, name: str) -> Floats:
    """Return the places of a kind near given ones, (k, 3); those that find none are left out.

    Parameters
    ----------
    particle
        Whose grains meet; places with a cell outside, or of another phase, do not count.
    near
        Of `seeds_near`.
    places
        In its grains, um, (m, 3).
    name
        One of ``PLACES``; "grain" gives the places themselves, those in grains.
    """
    diagram = particle.tessellation
    of_grain = np.zeros(len(diagram), dtype=np.bool_)
    grains = particle.phases.mask(GRAIN, np.arange(1, particle.n_labels + 1))
    of_grain[particle.kept[grains]] = True
    if name == "grain" or not len(places):
        return places[of_grain[diagram.labels(places)]] if len(places) else places
    meeting = 4 if name == "quadruple" else 3
    seeds = _listed(near, places)
    size = particle.grain_size
    found = places.copy()
    step = np.zeros(len(places))
    for _ in range(_STEPS):
        met = _cheapest(diagram, found, seeds, meeting)
        c, g = _sampled(diagram, found, met)
        with np.errstate(invalid="ignore"):  # where fewer cells are listed than meet
            way = _newton(c[:, 1:] - c[:, :1], g[:, 1:] - g[:, :1])
        lost = ~np.isfinite(way).all(axis=1)
        way[lost] = 0.0
        step = np.where(lost, np.inf, np.sqrt((way * way).sum(axis=1)))
        way *= np.minimum(1.0, _LONGEST * size / np.maximum(step, _EXACT * size))[:, None]
        found = found + way
    met = _cheapest(diagram, found, seeds, meeting)
    good = (step < _EXACT * size) & (met >= 0).all(axis=1) & of_grain[met].all(axis=1)
    # Whoever is cheapest of all must be among those that meet.
    good[good] = (diagram.labels(found[good])[:, None] == met[good]).any(axis=1)
    return np.asarray(found[good])


def _listed(near: Candidates, places: Floats) -> Ints:
    """Seeds in the list of the box of every place, (m, k), -1 where a list is shorter."""
    shape = np.asarray(near.shape, dtype=np.int64)
    at = np.clip(((places - near.lower) / near.box).astype(np.int64), 0, shape - 1)
    box = (at[:, 0] * shape[1] + at[:, 1]) * shape[2] + at[:, 2]
    first, last = near.start[box], near.start[box + 1]
    place = first[:, None] + np.arange(max(int((last - first).max()), _LEAST))
    seeds = near.seeds[np.minimum(place, len(near.seeds) - 1)]
    return np.where(place < last[:, None], seeds, np.int32(-1))


def _cheapest(diagram: GBPD, places: Floats, seeds: Ints, count: int) -> Ints:
    """The seeds of least cost at places, in order, (m, count); -1 where too few are listed."""
    cost = np.where(seeds >= 0, diagram.costs(places[:, None], seeds), np.inf)
    first = np.argsort(cost, axis=1, kind="stable")[:, :count]
    return np.take_along_axis(seeds, first, axis=1)


def _sampled(diagram: GBPD, places: Floats, seeds: Ints) -> tuple[Floats, Floats]:
    """Costs (m, k) of seeds at their places, and gradients (m, k, 3); infinite for -1."""
    way = places[:, None] - diagram.seeds[seeds]
    half = (diagram.matrices[seeds] * way[:, :, None, :]).sum(axis=3)
    cost = (half * way).sum(axis=2) - diagram.offsets[seeds]
    return np.where(seeds >= 0, cost, np.inf), 2 * half


def _newton(values: Floats, rows: Floats) -> Floats:
    """Shortest step to where linear functions vanish: two or three values (m, k), rows (m, k, 3).

    Steps that are not determined are 0 long, and so never exact: they are infinite.
    """
    if values.shape[1] == 3:
        a, b, c = rows[:, 0], rows[:, 1], rows[:, 2]
        volume = (a * np.cross(b, c)).sum(axis=1)
        parts = (np.cross(b, c), np.cross(c, a), np.cross(a, b))
        way = -(values[:, :1] * parts[0] + values[:, 1:2] * parts[1] + values[:, 2:] * parts[2])
        return np.asarray(_divided(way, volume))
    a, b = rows[:, 0], rows[:, 1]
    normal = np.cross(a, b)
    square = (normal * normal).sum(axis=1)
    way = -values[:, :1] * np.cross(b, normal) - values[:, 1:] * np.cross(normal, a)
    return np.asarray(_divided(way, square))


def _divided(way: Floats, by: Floats) -> Floats:
    flat = np.abs(by) < 1e-300
    return np.where(flat[:, None], np.inf, way / np.where(flat, 1.0, by)[:, None])
