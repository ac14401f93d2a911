"""Which seeds can be the cheapest in which box: the short lists that make labelling fast."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import AnyArray, Floats, Ints, Longs

LEAF = 4
"""Points along the edge of a box of ``labels_on_grid``, as the core has it."""

SLAB = 64
"""Planes of voxels that ``labels_on_grid`` works on at a time."""

CELL = 0.6
"""Largest edge length of a cell of ``candidates``, in grains."""

ROOT = 2.0
"""Largest edge length of a root block, in grains."""

MOST_CELLS = 8
"""Most cells along the edge of a box."""

MOST_BOXES = 2e9
"""Most cells in all."""

BLOCKS = 16
"""Root blocks in a chunk of work."""

BOXES = 4096
"""Root blocks in a chunk of work where a root block is one box."""


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
    """List for every box the seeds that are the minimum anywhere in it or ``slack`` around it.

    The lists are complete: a seed is left out only where one other seed is proved to be cheaper in
    the whole enlarged box (``docs/model.md``, section 2). They are not minimal. A list is the union
    of the lists of the cells, about half a grain wide, that cover the enlarged box.

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
    cells = np.array([box, box, box if gbpd.dim == 3 else 1.0])
    low[2] -= 0.0 if gbpd.dim == 3 else 0.5
    counts = np.maximum(np.ceil((high - low) / cells - 1e-9), 1.0)
    cell = max(CELL * gbpd.mean_size, box / MOST_CELLS)
    split = max(1, int(np.ceil(box / cell)))
    around = round(slack * split / box)
    if (counts * split + 2 * around)[: gbpd.dim].prod() > MOST_BOXES:
        raise ResourceError(f"{counts.prod():.3g} boxes are too many; use a larger box than {box}")
    parts, rings, rest = np.full(3, split), np.full(3, around), np.zeros(3)
    rest[:] = max(0.0, slack - around * box / split)
    parts[gbpd.dim :], rings[gbpd.dim :], rest[gbpd.dim :] = 1, 0, -0.5
    cells /= parts
    shape = counts.astype(np.int64)
    start, seeds = _lists(gbpd, low - rings * cells, cells, rest, shape * parts + 2 * rings)
    start, seeds = _unite(len(gbpd), shape, parts, rings, start, seeds)
    return Candidates(low, float(box), shape, start, seeds)


def labels_on_grid(
    gbpd: GBPD, origin: AnyArray, spacing: float | AnyArray, shape: tuple[int, ...]
) -> Ints:
    """Return argmin_i q_i at the points ``origin + index * spacing``: int32 of the given shape.

    Exact, like ``GBPD.labels``, and much faster: an octree with witness dominance leaves a few
    candidates per box of 4 x 4 x 4.

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
        _label_slab(gbpd.rows, first, step, boxes, plane, start, seeds, part)
    return labels.reshape(shape)


def _label_slab(
    rows: Floats,
    origin: Floats,
    step: Floats,
    boxes: Longs,
    plane: int,
    start: Longs,
    seeds: Ints,
    labels: Ints,
) -> None:
    def label(a: int, b: int) -> None:
        core.label_boxes(rows, origin, step, boxes, plane, start, seeds, a, b, labels)

    for_chunks(int(boxes.prod()), 2048, label)


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
        pieces[first] = core.list_candidates(
            tree, rows, lower, box, slack, shape, levels, first, last, start[1:]
        )

    def move_blocks(first: int, last: int) -> None:
        core.place_candidates(pieces.pop(first), shape, levels, first, last, start, seeds)

    size = BLOCKS if levels > 0 else BOXES
    for_chunks(roots, size, list_blocks)
    np.cumsum(start, out=start)
    seeds = np.empty(int(start[-1]), dtype=np.int32)
    for_chunks(roots, size, move_blocks)
    return start, seeds


def _unite(
    n: int, shape: Longs, parts: Longs, rings: Longs, start: Longs, seeds: Ints
) -> tuple[Longs, Ints]:
    """Return the lists of boxes of ``parts`` cells and the cells in ``rings`` around them."""
    boxes = int(shape.prod())
    total = np.zeros(boxes + 1, dtype=np.int64)

    def unite_boxes(first: int, last: int) -> None:
        core.unite_candidates(n, shape, parts, rings, start, seeds, first, last, total, united)

    united = np.empty(0, dtype=np.int32)
    size = max(512, n // 8)  # every chunk clears a table of all seeds
    for_chunks(boxes, size, unite_boxes)
    np.cumsum(total, out=total)
    united = np.empty(int(total[-1]), dtype=np.int32)
    for_chunks(boxes, size, unite_boxes)
    return total, united


def _levels(gbpd: GBPD, box: Floats, shape: Longs) -> int:
    """Return the number of halvings from a root block to a box: a root is about two grains wide."""
    widest, most = box[: gbpd.dim].max(), shape[: gbpd.dim].max()
    levels = 0
    while levels < 5 and widest * (2 << levels) <= ROOT * gbpd.mean_size and 1 << levels < most:
        levels += 1
    return levels
