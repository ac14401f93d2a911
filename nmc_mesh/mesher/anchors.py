"""Pieces of a label image smaller than the lattice: a vertex of their own for each.

A piece between the lattice's vertices would not be seen. So its weight is raised until it wins at
its deepest place, and the nearest vertex is taken from the piece that it is in and moved there:

    +-------+-------+           +-------+-------+
    |    .-.|       |           |       |       |
    |   (x )+       |    ==>    |     x'+       |     x' belongs to the piece; its edges are cut
    |    '-'|       |           |      /|       |     where they leave it
    +-------+-------+           +-------+-------+

A vertex moves by at most a third of an edge: cells stay positive even between two of them. Ours.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesher.cleave import NO_ANCHORS, Anchors, label_vertices
from nmc_mesh.mesher.field import TILED, Field
from nmc_mesh.mesher.lattice import Lattice
from nmc_mesh.mesher.wrap import OPEN, Wrap
from nmc_mesh.typing import Floats, Ints, Longs

MOVE = 0.33
"""Edges a that a vertex moves by at most; its cells are 0.68 high or more."""
FEW = 8
"""Vertices of a label that may all be moved onto its boundary: then no cell would be its own."""
MARGIN = 1.3
"""By how much F of a piece is less at its deepest place than that of all others together."""
HEAVIEST = 6.0
SURE = 16.0
"""Vertices that a label should have for their number to tell its volume."""
OFF, CHANGE, TURNS = 0.2, 1.5, 3
"""Share by which a number is off that is mended, the factor of a weight at most, how often."""


def anchored(
    field: Field, grid: Lattice, wanted: Floats, wrap: Wrap = OPEN
) -> tuple[Field, Anchors]:
    """Return the field with weights at which labels win where they are deepest, and anchors there.

    Those are for labels that fewer than ``FEW`` vertices have; weights of others are such that they
    have about as many as their volume asks for, ``wanted`` in um^3, (labels + 1,). ``wrap`` says
    which vertices of the lattice are one and the same.
    """
    count = len(field.weight)
    field, labels = _counted(field, grid, len(grid.sites) * wanted / np.prod(grid.step), wrap)
    scarce = _scarce(wrap.inner(labels), count)
    if len(scarce) == 0:
        return field, NO_ANCHORS
    place, share = deepest(field, scarce)
    weight = field.weight.copy()
    least = np.minimum(MARGIN * (1.0 - share) / share, HEAVIEST)
    weight[scarce] = np.maximum(weight[scarce], least)
    field = field._replace(weight=weight)
    return field, _take(grid, label_vertices(field, grid), scarce, place, count, wrap)


def _counted(field: Field, grid: Lattice, wanted: Floats, wrap: Wrap) -> tuple[Field, Ints]:
    """Adjust weights where a label has many more or fewer vertices than wanted; return the labels.

    A piece among many others wins far more than its voxels, one of few voxels less. Cells that it
    got by mistake are hard to take back, as they are well shaped.
    """
    sure = wanted >= SURE
    sure[0] = False
    labels = label_vertices(field, grid)
    for _ in range(TURNS):
        counts = np.bincount(np.maximum(wrap.inner(labels), 0), minlength=len(wanted))
        change = np.clip(wanted / np.maximum(counts, 1.0), 1.0 / CHANGE, CHANGE)
        off = sure & (np.abs(counts - wanted) > OFF * wanted)
        if not off.any():
            break
        field = field._replace(weight=np.where(off, field.weight * change, field.weight))
        labels = label_vertices(field, grid)
    return field, labels


def deepest(field: Field, labels: Ints) -> tuple[Floats, Floats]:
    """Where in some labels (ascending) their sum of splines is largest: centre of a voxel, share.

    The first such voxel counts. At centres the splines are 1/6, 2/3, 1/6 along each axis.
    """
    shape = tuple(field.shape.tolist())
    rank = np.full(len(field.weight), -1, dtype=np.int32)
    rank[labels] = np.arange(len(labels), dtype=np.int32)
    voxels = np.flatnonzero(rank[field.near] >= 0)
    here = np.stack(np.unravel_index(voxels, shape), axis=1)
    own, line = field.near[voxels], (1.0 / 6.0, 2.0 / 3.0, 1.0 / 6.0)
    share = np.zeros(len(voxels))
    for step in np.ndindex(3, 3, 3):
        at = here + np.array(step) - 1
        at = at % shape if field.kind == TILED else np.clip(at, 0, np.array(shape) - 1)
        same = field.near[np.ravel_multi_index(tuple(at.T), shape)] == own
        share += same * (line[step[0]] * line[step[1]] * line[step[2]])
    order = np.lexsort((voxels, -share, rank[own]))
    starts, _ = bucket(rank[own], len(labels))
    best = order[starts[:-1]]
    return field.lower + field.step * here[best], share[best]


def _scarce(labels: Ints, count: int) -> Ints:
    """Labels 1 ... count - 1 that fewer than ``FEW`` vertices have."""
    vertices = np.bincount(np.maximum(labels, 0), minlength=count)
    return np.flatnonzero(vertices[1:] < FEW).astype(np.int32) + 1


def _candidates(sites: Longs) -> tuple[Longs, Longs]:
    """Vertices within a cell edge of the middle of cell 0: their cells (k, 3) and sites (k,)."""
    grid = np.array([[*off, site] for off in np.ndindex(3, 3, 3) for site in range(len(sites))])
    off, site = grid[:, :3] - 1, grid[:, 3]
    near = ((4 * off + sites[site] - 2) ** 2).sum(axis=1) <= 16
    return off[near], site[near]


def _take(
    grid: Lattice, labels: Ints, scarce: Ints, place: Floats, count: int, wrap: Wrap
) -> Anchors:
    """Take the nearest vertex for each scarce label that is not the only one of another."""
    left = np.bincount(np.maximum(wrap.inner(labels), 0), minlength=count)
    cell = np.clip(np.floor((place - grid.lower) / grid.step).astype(np.int64), 1, grid.shape - 3)
    off, site = _candidates(grid.sites)
    near = cell[:, None, :] + off
    spots = grid.lower + grid.step * (near + 0.25 * grid.sites[site])
    away = np.sqrt(((spots - place[:, None]) ** 2).sum(axis=2))
    near, apart = wrap.home(near)
    cells = (near[..., 0] * grid.shape[1] + near[..., 1]) * grid.shape[2] + near[..., 2]
    vertices = len(grid.sites) * cells + site
    taken: dict[int, int] = {}
    for n in range(len(scarce)):
        for k in np.argsort(away[n], kind="stable"):
            at = int(vertices[n, k])
            owner = int(labels[at])
            free = owner in (0, scarce[n]) or (owner > 0 and left[owner] > 1)
            if at not in taken and free:
                taken[at] = n * len(site) + int(k)
                left[owner] -= 1
                break
    chosen = np.array(list(taken.values()), dtype=np.int64)
    who, spot = chosen // len(site), spots.reshape(-1, 3)[chosen]
    length = away.reshape(-1)[chosen]
    way: Floats = place[who] - spot
    way *= np.minimum(1.0, MOVE * grid.a / np.maximum(length, 1e-300))[:, None]
    vertex = np.array(list(taken), dtype=np.int64)
    return Anchors(vertex, scarce[who], spot + way + apart.reshape(-1, 3)[chosen])
