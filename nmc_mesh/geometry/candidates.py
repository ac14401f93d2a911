"""Which seeds can be the cheapest in which box: the short lists that make labelling fast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry._grid import label_boxes
from nmc_mesh.geometry._octree import descend, scatter
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

LEAF = 4
"""Voxels along the edge of a box of ``labels_on_grid``."""

SLAB = 64
"""Planes of voxels that ``labels_on_grid`` works on at a time."""

BLOCKS = 16
"""Root blocks in a chunk of work."""


class Candidates(NamedTuple):
    """For every box of a grid the seeds that can be the cheapest there, as compressed rows.

    Box (i, j, k) of C-order number b has the lower corner ``lower + (i, j, k) * box``; its list is
    ``seeds[start[b] : start[b + 1]]``, ascending.
    """

    lower: Floats
    box: float
    shape: Longs
    start: Longs
    seeds: Ints


def candidates(
    gbpd: GBPD, lower: AnyArray, upper: AnyArray, box: float, slack: float = 0.0
) -> Candidates:
    """List for every box all seeds that are the minimum anywhere in the box and ``slack`` around it.

    The lists are complete: a seed is left out only where one other seed is proved to be cheaper in
    the whole enlarged box (see ``_octree``). They are not minimal.

    Parameters
    ----------
    gbpd
        Diagram in space or in the plane (then the boxes have one layer at z = 0).
    lower, upper
        Corners of the region in um, shape (d,); the boxes cover it and may stand out above.
    box
        Edge length of a box in um.
    slack
        How far a box is enlarged on every side, in um.

    Raises
    ------
    InputError
        If the region is empty, or a length is not positive and finite (``slack`` may be zero).
    """
    low, high = _corner(gbpd, lower, "lower"), _corner(gbpd, upper, "upper")
    if not (high[: gbpd.dim] > low[: gbpd.dim]).all():
        raise InputError(f"the region must have upper > lower, not {upper} and {lower}")
    if not (np.isfinite(box) and box > 0 and np.isfinite(slack) and slack >= 0):
        raise InputError(f"box must be positive and slack not negative, not {box} and {slack}")
    edge, around = np.full(3, float(box)), np.full(3, float(slack))
    if gbpd.dim == 2:
        low[2], edge[2], around[2] = -0.5, 1.0, -0.5
    counts = np.ceil((high - low) / edge - 1e-9)
    if counts.prod() > 1e9:
        raise ResourceError(f"{counts.prod():.3g} boxes are too many; use a larger box than {box}")
    shape = np.maximum(counts, 1).astype(np.int64)
    start, seeds = _lists(gbpd, low, edge, around, shape)
    return Candidates(low, float(box), shape, start, seeds)


def labels_on_grid(
    gbpd: GBPD, origin: AnyArray, spacing: float | AnyArray, shape: tuple[int, ...]
) -> Ints:
    """Return argmin_i q_i at the points ``origin + index * spacing``: int32 of the given shape.

    Exact, like ``GBPD.labels``, and much faster: an octree with witness dominance leaves a few
    candidates per box of 4 x 4 x 4 points.

    Parameters
    ----------
    gbpd
        Diagram in d = 2 or 3 dimensions.
    origin
        First point in um, shape (d,).
    spacing
        Distance of the points in um: one number, or one per axis.
    shape
        Number of points along every axis, d numbers.

    Raises
    ------
    InputError
        If a length is not positive and finite, or a shape does not fit the diagram.
    """
    first = _corner(gbpd, origin, "origin")
    step = np.ones(3)
    step[: gbpd.dim] = spacing
    if not (np.isfinite(step).all() and (step > 0).all()):
        raise InputError(f"the spacing must be positive and finite, not {spacing}")
    if len(shape) != gbpd.dim or min(shape) < 1:
        raise InputError(f"the grid needs {gbpd.dim} axes of at least one point, not {shape}")
    full = np.array((*shape, 1)[:3], dtype=np.int64)
    labels = np.empty(full, dtype=np.int32)
    edge = step * np.where(full > 1, LEAF, 1)
    boxes = -(-full // LEAF)
    for plane in range(0, int(full[0]), SLAB):
        part = labels[plane : plane + SLAB]
        lower = first - 0.5 * step
        lower[0] += plane * step[0]
        boxes[0] = -(-part.shape[0] // LEAF)
        start, seeds = _lists(gbpd, lower, edge, -0.5 * step, boxes)
        for_chunks(
            int(boxes.prod()),
            2048,
            lambda a, b, part=part, plane=plane, start=start, seeds=seeds: label_boxes(
                gbpd.rows, first, step, boxes, plane, start, seeds, a, b, part
            ),
        )
    return labels.reshape(shape)


def _corner(gbpd: GBPD, point: AnyArray, name: str) -> Floats:
    given = np.asarray(point, dtype=np.float64)
    if given.shape != (gbpd.dim,) or not np.isfinite(given).all():
        raise InputError(f"{name} needs {gbpd.dim} finite numbers, not {point}")
    corner = np.zeros(3)
    corner[: gbpd.dim] = given
    return corner


def _lists(
    gbpd: GBPD, lower: Floats, box: Floats, slack: Floats, shape: Longs
) -> tuple[Longs, Ints]:
    """Return (start, seeds): the list of every box in C order."""
    levels = _levels(gbpd, box, shape)
    roots = int(np.prod(-(-shape // (1 << levels))))
    start = np.zeros(int(shape.prod()) + 1, dtype=np.int64)
    pieces: dict[int, Ints] = {}
    tree, rows = gbpd.tree, gbpd.rows

    def list_blocks(first: int, last: int) -> None:
        pieces[first] = descend(
            tree, rows, lower, box, slack, shape, levels, first, last, start[1:]
        )

    def move_blocks(first: int, last: int) -> None:
        scatter(pieces.pop(first), shape, levels, first, last, start, seeds)

    for_chunks(roots, BLOCKS, list_blocks)
    np.cumsum(start, out=start)
    seeds = np.empty(int(start[-1]), dtype=np.int32)
    for_chunks(roots, BLOCKS, move_blocks)
    return start, seeds


def _levels(gbpd: GBPD, box: Floats, shape: Longs) -> int:
    """Return the number of halvings from a root block to a box: a root is about two grains wide."""
    d = gbpd.dim
    extent = gbpd.seeds.max(axis=0) - gbpd.seeds.min(axis=0)
    grain = float((extent.prod() / len(gbpd)) ** (1.0 / d))
    levels = 0
    while (
        levels < 5
        and box[:d].max() * (2 << levels) <= 2.0 * grain
        and (1 << levels) < shape[:d].max()
    ):
        levels += 1
    return levels
