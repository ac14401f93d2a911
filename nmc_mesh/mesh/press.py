"""The outer surface brought onto its walls where cleaving and smoothing left it short of them.

Cleaving leaves pits: cells outside whose vertices all lie on the inner side of the wall. They are
given to the grain that is there. In the end a vertex may be kept off its wall by cells outside
alone, which are about to be dropped: then it goes.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import lean
from nmc_mesh.mesh.cleave import Soup
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.field import Field, best_cell
from nmc_mesh.mesh.shape import ANGLE, fitness
from nmc_mesh.mesh.walls import nearest_wall, onto_wall
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints, Longs

CHUNK = 1 << 14
DEEP = 0.02
"""Edge lengths by which the deepest vertex of a pit lies before the wall."""
NEAR = 1e-4
"""Edge lengths within which a vertex is on the wall."""
EXACT = 1e-9
WORST = 0.25
"""Sine of the least angle, or volume quality, that a vertex may leave behind on its way."""


def filled(field: Field, soup: Soup, a: float) -> Soup:
    """Give the cells outside that lie before the wall to the grain that is there."""
    outside = np.flatnonzero(soup.labels < 0)
    vertices, place = np.unique(soup.cells[outside], return_inverse=True)
    far = np.empty(len(vertices))
    points = soup.points[vertices]
    for_chunks(len(far), CHUNK, lambda i, j: measure(field, points, far, i, j))
    depth = far[place.reshape(-1, 4)]
    pits = outside[(depth.mean(axis=1) < 0.0) & (depth.min(axis=1) < -DEEP * a)]
    labels = soup.labels.copy()
    centres = soup.points[soup.cells[pits]].mean(axis=1)
    names = np.empty(len(pits), dtype=np.int32)
    for_chunks(len(pits), CHUNK, lambda i, j: name(field, centres, names, i, j))
    labels[pits] = names
    return soup._replace(labels=labels)


@lean
def measure(f: Field, points: Floats, out: Floats, start: int, stop: int) -> None:
    """Write how far the points start..stop lie beyond the nearest wall, in um, to first order."""
    for n in range(start, stop):
        out[n] = nearest_wall(f, points[n, 0], points[n, 1], points[n, 2])[1]


@lean
def name(f: Field, points: Floats, out: Ints, start: int, stop: int) -> None:
    """Write what is at the points start..stop if walls are not seen."""
    for n in range(start, stop):
        out[n] = best_cell(f, points[n, 0], points[n, 1], points[n, 2])[0]


def pressed(field: Field, soup: Soup, a: float) -> tuple[Soup, int]:
    """Move vertices onto their walls, cells outside or not; return how many stayed off.

    The cells inside keep the angle of ``WORST`` or, where they had less, what they had.
    """
    inside, outside = soup.labels > 0, soup.labels < 0
    wall = np.unique(
        (soup.cells[outside].astype(np.int64) << 32) - soup.labels[outside, None].astype(np.int64)
    )
    vertex, number = wall >> 32, wall & 0xFFFFFFFF
    grains = np.zeros(len(soup.points), dtype=np.bool_)
    grains[soup.cells[inside]] = True
    vertex, number = vertex[grains[vertex]], number[grains[vertex]]
    target = soup.points.copy()
    seat(field, vertex, -number, target)
    way = np.linalg.norm(target - soup.points, axis=1)
    away = np.flatnonzero(way > EXACT * a)
    off: Longs = away[np.argsort(way[away], kind="stable")].astype(np.int64)
    cells = soup.cells[inside]
    start, order = bucket(cells, len(soup.points))
    points = soup.points.copy()
    stayed = press(points, target, cells, start, order, off, NEAR * a)
    return soup._replace(points=points), stayed


@lean
def seat(f: Field, vertex: Longs, wall: Longs, points: Floats) -> None:
    """Put every vertex onto its walls."""
    for n in range(len(vertex)):
        v = vertex[n]
        points[v, 0], points[v, 1], points[v, 2] = onto_wall(
            f, wall[n], points[v, 0], points[v, 1], points[v, 2]
        )


@lean
def press(
    points: Floats, target: Floats, cells: Ints, start: Longs, order: Ints, off: Longs, near: float
) -> int:
    """Move the vertices ``off`` to their targets where cells allow; return how many stay off."""
    stayed = 0
    for n in range(len(off)):
        v = off[n]
        before = _worst(points, cells, start, order, v)
        x, y, z = points[v, 0], points[v, 1], points[v, 2]
        points[v, 0], points[v, 1], points[v, 2] = target[v, 0], target[v, 1], target[v, 2]
        if _worst(points, cells, start, order, v) < min(before, WORST):
            points[v, 0], points[v, 1], points[v, 2] = x, y, z
            dx, dy, dz = target[v, 0] - x, target[v, 1] - y, target[v, 2] - z
            stayed += dx * dx + dy * dy + dz * dz > near * near
    return stayed


@lean
def _worst(points: Floats, cells: Ints, start: Longs, order: Ints, v: int) -> float:
    worst = 1.0
    for p in range(start[v], start[v + 1]):
        t = order[p] // 4
        q = fitness(ANGLE, points, cells[t, 0], cells[t, 1], cells[t, 2], cells[t, 3])
        worst = min(worst, q)
    return worst
