"""Closed surfaces of single grains, taken from a labelled surface.

Where a grain touches itself along an edge, four or more of its triangles meet there; its surface is
made simple by doubling vertices, one copy for each sheet.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import occurring
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.numerics.frames import perpendiculars
from nmc_mesh.numerics.functions import arctan2
from nmc_mesh.numerics.products import dot
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints

CHUNK = 1 << 16


def closed_surfaces(surface: SurfaceMesh) -> Iterator[tuple[int, Floats, Ints]]:
    """Yield every grain's label, points and triangles, whose normals point out of the grain.

    Every edge has two triangles, in opposite turns. Neighbours have the same vertices and
    triangles, bit for bit, where they touch. An edge along which a grain touches itself is halved
    (in all grains round it), and its vertices are doubled, one for each sheet of the grain.

    Raises
    ------
    InputError
        If a grain's surface has a hole.
    """
    holes, pinches = rims(surface)
    if len(holes):
        raise InputError(
            f"the surface has {len(holes)} open edges, at grain {holes[0, 0]} for one; take the "
            "surface of a whole mesh"
        )
    surface = _halved(surface, pinches[:, 1:])
    pinched = set(pinches[:, 0].tolist())
    there, rows = occurring(surface.grains.ravel())
    starts, order = bucket(rows, len(there))
    for row, grain in enumerate(there.tolist()):
        if grain == 0:
            continue
        sides = order[starts[row] : starts[row + 1]]
        triangles = np.array(surface.triangles[sides >> 1])
        turned = sides & 1 == 1
        triangles[turned] = triangles[turned][:, ::-1]
        nodes, local = np.unique(triangles, return_inverse=True)
        points, corners = surface.points[nodes], local.reshape(-1, 3).astype(np.int32)
        yield (grain, *(unpinched(points, corners) if grain in pinched else (points, corners)))


def rims(surface: SurfaceMesh) -> tuple[Ints, Ints]:
    """Tell where the closed surfaces of grains are not simple.

    Returns
    -------
    open, pinched
        Grain and ends of every edge at which its triangles do not match up, so that its surface has
        a hole; and of every edge with four or more triangles, where the grain touches itself; both
        of shape (n, 3).
    """
    starts, corners = bucket(surface.triangles, len(surface.points))
    parts: dict[int, tuple[Ints, Ints]] = {}
    triangles, grains = surface.triangles, surface.grains

    def find(i: int, j: int) -> None:
        parts[i] = core.rims(i, j, starts, corners, triangles, grains)

    for_chunks(len(surface.points), CHUNK, find)
    ordered = [parts[i] for i in sorted(parts)]
    return np.concatenate([p[0] for p in ordered]), np.concatenate([p[1] for p in ordered])


def _halved(surface: SurfaceMesh, edges: Ints) -> SurfaceMesh:
    """Put a vertex in the middle of some edges, shape (e, 2), lower end first."""
    points, triangles, grains = surface.points, np.array(surface.triangles), surface.grains
    left = np.unique((edges[:, 0].astype(np.int64) << 32) | edges[:, 1])
    end = np.zeros(len(points), dtype=np.bool_)
    end[edges.ravel()] = True
    while len(left):
        near = np.flatnonzero(end[np.minimum(triangles, len(end) - 1)].sum(axis=1) > 1)
        both = np.sort(np.stack([triangles[near], np.roll(triangles[near], -1, axis=1)]), axis=0)
        codes = (both[0].astype(np.int64) << 32) | both[1]
        hit = np.isin(codes, left)
        least = np.where(hit, codes, np.iinfo(np.int64).max).min(axis=1)
        ready = np.setdiff1d(left, codes[hit & (codes != least[:, None])])
        chosen = np.isin(least, ready)
        rows, code = near[chosen], least[chosen]
        k = (codes[chosen] == code[:, None]).argmax(axis=1)
        a, b, c = (triangles[rows, (k + step) % 3] for step in range(3))
        middle = (len(points) + np.searchsorted(ready, code)).astype(np.int32)
        triangles[rows] = np.stack([a, middle, c], axis=1)
        triangles = np.concatenate([triangles, np.stack([middle, b, c], axis=1)])
        grains = np.concatenate([grains, grains[rows]])
        ends = surface.points[ready >> 32], surface.points[ready & 0xFFFFFFFF]
        points = np.concatenate([points, 0.5 * (ends[0] + ends[1])])
        left = np.setdiff1d(left, ready)
    return SurfaceMesh(points, triangles, grains, surface.info)


def unpinched(points: Floats, triangles: Ints) -> tuple[Floats, Ints]:
    """Double the vertices of edges with four or more triangles, one copy for each sheet.

    Two triangles at such an edge belong to one sheet if the grain lies between them.
    """
    at_edge: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for t, corners in enumerate(triangles.tolist()):
        for k in range(3):
            a, b = corners[k], corners[(k + 1) % 3]
            at_edge.setdefault((min(a, b), max(a, b)), []).append((t, 1 if a < b else -1))
    mates: dict[int, list[tuple[int, int]]] = {}
    pinched: set[int] = set()
    for (a, b), sides in at_edge.items():
        if len(sides) > 2:
            pinched |= {a, b}
            sides = _in_turn(points, triangles, a, b, sides)
        for (s, _), (t, _) in zip(sides[::2], sides[1::2], strict=True):
            for vertex in (a, b):
                mates.setdefault(vertex, []).append((s, t))
    result, copies = np.array(triangles), [points]
    count = len(points)
    for vertex in sorted(pinched):
        for fan in _fans(mates[vertex])[1:]:
            rows = np.array(sorted(fan))
            result[rows] = np.where(result[rows] == vertex, count, result[rows])
            copies.append(points[vertex : vertex + 1])
            count += 1
    return np.concatenate(copies), result


def _in_turn(
    points: Floats, triangles: Ints, a: int, b: int, sides: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Sort the triangles round an edge so that the grain lies between the first two, and so on.

    A triangle that runs from a to b has the grain behind it in turning order round (a, b), one that
    runs from b to a before it.
    """
    axis = points[b] - points[a]
    axis = axis / np.sqrt(dot(axis, axis))
    across, other = perpendiculars(axis)
    third = [int(triangles[t].sum()) - a - b for t, _ in sides]
    arms = points[third] - points[a]
    order = np.argsort(arctan2(dot(arms, other), dot(arms, across)), kind="stable")
    turned = [sides[i] for i in order]
    first = next(i for i, (_, way) in enumerate(turned) if way < 0)
    return turned[first:] + turned[:first]


def _fans(pairs: list[tuple[int, int]]) -> list[set[int]]:
    """Sets of triangles round a vertex that hang together by ``pairs``; lowest triangle first."""
    fans: list[set[int]] = []
    for pair in pairs:
        joined = set(pair).union(*(fan for fan in fans if fan & set(pair)))
        fans = [fan for fan in fans if not fan & set(pair)] + [joined]
    return sorted(fans, key=min)
