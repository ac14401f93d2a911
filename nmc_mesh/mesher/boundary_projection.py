"""The outer surface brought onto the domain boundary where cleaving and smoothing left it short.

Cleaving leaves pits, cells outside that lie before the domain boundary, and spikes, cells of grains
beyond it: they get the label of where they are. In the end a vertex may be kept off that boundary
by cells outside alone, which are about to be dropped: then it goes.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.field import Field
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Longs

CHUNK = 1 << 14
DEEP = 0.02
"""Edge lengths that a pit is deep, or a spike high, at least."""
NEAR = 1e-4
"""Edge lengths within which a vertex is on the domain boundary."""
# Edge lengths; a vertex nearer than that differs by rounding.
EXACT = 1e-9
WORST = 0.25
"""Sine of the least angle, or volume quality, that a vertex may leave behind on its way."""
# 14.5, 9.8 and 5.2 degrees: a face of a box has to be flat to the last bit, whatever it costs
# (ours).
YIELDING = (WORST, 0.17, 0.09)
"""The same, one after the other, where a vertex has to reach the face of a box."""


def fill_pits(field: Field, soup: Soup, a: float, least: float = 0.0) -> Soup:
    """Give pits to the grain that is there: cells outside that lie before the domain boundary.

    That is where their centre does, or none of their vertices lies beyond it. Those that are less
    than 0.02 a deep, or of less quality than ``least``, stay.
    """
    depth = _depth(field, soup)
    cells = np.flatnonzero((soup.labels < 0) & (depth.min(axis=1) < -DEEP * a))
    # A centre can lie beyond a curved boundary while no vertex does: such a cell is a pit as well.
    before = depth[cells].max(axis=1) < NEAR * a
    cells = cells[before | (_centres(field, soup, cells) < 0.0)]
    if least > 0.0:
        quality = np.empty(len(cells))
        core.fitness_of_cells(soup.points, soup.cells[cells], quality)
        cells = cells[quality >= least]
    return relabel(field, soup, cells, False)


def remove_spikes(field: Field, soup: Soup, a: float) -> Soup:
    """Cut off spikes: cells of grains whose centre lies outside, 0.02 a at their tip."""
    cells = np.flatnonzero((soup.labels > 0) & (_depth(field, soup).max(axis=1) > DEEP * a))
    return relabel(field, soup, cells[_centres(field, soup, cells) > 0.0], True)


def domain_boundary_distances(field: Field, soup: Soup) -> Floats:
    """How far the vertices lie beyond the nearest domain boundary, (n,) in um."""
    return _distances(field, soup.points)


def _depth(field: Field, soup: Soup) -> Floats:
    """How far the vertices of every cell lie beyond the nearest domain boundary, (m, 4) in um."""
    depth: Floats = domain_boundary_distances(field, soup)[soup.cells]
    return depth


def _centres(field: Field, soup: Soup, cells: Longs) -> Floats:
    """How far the centres of some cells lie beyond the nearest domain boundary, um."""
    return _distances(field, soup.points[soup.cells[cells]].mean(axis=1))


def _distances(field: Field, points: Floats) -> Floats:
    # One array for all threads: each writes its own part of it.
    far = np.empty(len(points))
    write = core.domain_boundary_distances
    for_chunks(len(far), CHUNK, lambda i, j: write(field, points, i, j, far))
    return far


def relabel(field: Field, soup: Soup, cells: Longs, boundaries: bool) -> Soup:
    """Give cells the label at their centres, or that of the domain boundary they are beyond."""
    # The centre decides, as in cleaving: vertices lie on boundaries and belong to several.
    centres = soup.points[soup.cells[cells]].mean(axis=1)
    names = np.empty(len(cells), dtype=np.int32)
    write = core.domain_boundaries_at if boundaries else core.cells_at
    for_chunks(len(cells), CHUNK, lambda i, j: write(field, centres, i, j, names))
    labels = soup.labels.copy()
    labels[cells] = names
    return soup._replace(labels=labels)


def project_to_boundary(
    field: Field,
    soup: Soup,
    a: float,
    worst: float = WORST,
    steps: int = 1,
    beyond: float = EXACT,
) -> tuple[Soup, int]:
    """Move vertices onto their domain boundaries, cells outside or not; return how many stayed off.

    The cells inside keep the angle whose sine is ``worst`` or, where they had less, what they had.
    A vertex that may not go all the way goes as many of ``steps`` equal ones as it may. Those that
    are within ``beyond`` edge lengths stay where they are.
    """
    inside = soup.labels > 0
    target = boundary_targets(field, soup)
    way = np.linalg.norm(target - soup.points, axis=1)
    away = np.flatnonzero(way > beyond * a)
    # Short ways first: they cost their cells nothing, and long ones then find neighbours in place.
    # Stable, as the order changes what neighbours may do.
    off: Longs = away[np.argsort(way[away], kind="stable")].astype(np.int64)
    # Cells outside are about to be dropped, so they hold nobody back.
    cells = soup.cells[inside]
    start, order = bucket(cells, len(soup.points))
    points = soup.points.copy()
    stayed = core.move_to_targets(points, target, cells, start, order, off, NEAR * a, worst, steps)
    return soup._replace(points=points), stayed


def project_to_box(field: Field, soup: Soup, a: float) -> tuple[Soup, int]:
    """Move vertices onto the faces of an image's box, to the last bit.

    Otherwise this is `project_to_boundary`, but cells that would be flat on a face go, and angles
    yield where that is what keeps a vertex off.
    """
    # A cell with all corners on one face would get the volume 0 there.
    soup = _without_flat(soup, *_on_domain_boundary(soup))
    target = boundary_targets(field, soup)
    # Those that are there but for rounding are put on the face, whatever their cells say: 1e-9 of
    # an edge turns no cell over.
    close = np.linalg.norm(target - soup.points, axis=1) <= EXACT * a
    soup = soup._replace(points=np.where(close[:, None], target, soup.points))
    stayed = 0
    # From the strictest on, so that no more angles yield than have to.
    for worst in YIELDING:
        soup, stayed = project_to_boundary(field, soup, a, worst)
        if stayed == 0:
            break
    return soup, stayed


def boundary_targets(field: Field, soup: Soup) -> Floats:
    """Where the vertices would be on their domain boundaries, (n, 3) in um; the others stay."""
    vertex, number = _on_domain_boundary(soup)
    target = soup.points.copy()
    core.project_to_domain_boundary(field, vertex, -number, target)
    return target


def _on_domain_boundary(soup: Soup) -> tuple[Longs, Longs]:
    """Vertices of grains that have a cell beyond a domain boundary, and its number, (k,)."""
    inside, outside = soup.labels > 0, soup.labels < 0
    # Vertex and boundary in one number, sorted by vertex: labels outside are negative and fit 32
    # bits.
    boundary = np.unique(
        (soup.cells[outside].astype(np.int64) << 32) - soup.labels[outside, None].astype(np.int64)
    )
    vertex, number = boundary >> 32, boundary & 0xFFFFFFFF
    # Vertices of cells outside alone are nobody's: they go when those cells do.
    grains = np.zeros(len(soup.points), dtype=np.bool_)
    grains[soup.cells[inside]] = True
    return vertex[grains[vertex]], number[grains[vertex]]


def _without_flat(soup: Soup, vertex: Longs, number: Longs) -> Soup:
    """Give cells whose corners all belong on one domain boundary to outside: they would be flat."""
    labels = soup.labels.copy()
    for boundary in np.unique(number):
        on = np.zeros(len(soup.points), dtype=np.bool_)
        on[vertex[number == boundary]] = True
        labels[on[soup.cells].all(axis=1) & (labels > 0)] = -np.int32(boundary)
    return soup._replace(labels=labels)
