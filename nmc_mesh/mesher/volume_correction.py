"""Volumes of a label image kept: one weight per label moves its boundary by a little.

Smoothed indicators pull curved boundaries in, and flat triangles cut corners besides. With V_l the
volume of the voxels, v_l that of the mesh, S_lm the area that labels l and m have in common and h
the voxel's edge, changes u_l = d ln w_l move a flat boundary by 3/8 h (u_l - u_m): there F_l - F_m
is p_m - p_l, p_l + p_m = 1, whose slope is 4 / (3 h). So

    3/8 h sum_m S_lm (u_l - u_m) = V_l - v_l,        u_0 = 0, or sum_l V_l u_l = 0 without outside,

which a few sweeps of damped Jacobi solve well enough. The mesh is cleaved once; areas are those of
that mesh, volumes are asked for again between rounds of improvement, which put the vertices onto
the boundaries that have moved. Ours; the paper has no meshes.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np

from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import cell_volumes, face_areas
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.improve import ASKED, CLOSING, ROUNDS, Edges, Round, improve
from nmc_mesh.mesher.shape import ANGLE
from nmc_mesh.numerics.functions import power
from nmc_mesh.progress import Progress, silent
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

CLOSE = 0.02
"""Relative error of a volume that is left alone."""
SWEEPS, DAMPING = 20, 0.7
BEYOND = 1.4
"""By how much more than is missing is asked for: cells keep some vertices from following."""
STEP = 1.0
"""Most that u is at once; half of it where it is negative."""
LEAST, MOST = 0.1, 50.0
"""Bounds of weights: a single voxel, whose sum is 8/27 at its centre, is there from 2.4 on."""
START = 5.0
"""A label as large as n cells of the lattice starts with the weight 1 + 5 / n: about what it takes
where edges are as long as two voxels (ours)."""
LATE = 6
"""Turns after the last round, at most."""
LAST = 6
"""Turns after the last bad cells were mended, at most."""
FOLLOWING = (ROUNDS[0], ROUNDS[1]._replace(everywhere=True), *ROUNDS[2:])
"""`ROUNDS`, with one more in which all vertices follow boundaries that have moved."""
SETTLE = (
    Round(ASKED, 0.2, True, ANGLE),
    Round(ASKED, 0.2, False, ANGLE),
    CLOSING,
)
"""What puts vertices onto boundaries that have moved by a little."""
FINISH = (
    Round(ASKED, 0.25, False, ANGLE),
    Round(0.38, 0.4, False, ANGLE),
    Round(0.38, 0.4, False, ANGLE),
    CLOSING,
)
"""For the last bad cells, when the boundaries stay."""


class Contacts(NamedTuple):
    """Pairs of labels that touch, (k,) and (k,), and the area that they have in common in um^2."""

    first: Ints
    second: Ints
    area: Floats


def contacts(soup: Soup, across: Ints) -> Contacts:
    """Find which labels touch; what is outside is 0. The faces of an image's box do not count.

    ``across`` (m, 4) are the cells behind the faces, as ``neighbours`` gives them.
    """
    beside = soup.labels[across]
    parted = (across >= 0) & (beside >= 0) & (beside < soup.labels[:, None])
    cells, faces = np.nonzero(parted)
    area = face_areas(soup.points, soup.cells[cells])[np.arange(len(cells)), faces]
    keys = soup.labels[cells].astype(np.int64) << 32 | beside[cells, faces]
    pairs, place = np.unique(keys, return_inverse=True)
    total = totals(place.ravel(), area, len(pairs))
    return Contacts((pairs >> 32).astype(np.int32), (pairs & 0xFFFFFFFF).astype(np.int32), total)


def totals(which: AnyArray, amounts: Floats, count: int) -> Floats:
    """Sum amounts by what they belong to, 0 ... count - 1, in their order."""
    sums: Floats = np.bincount(which, amounts, count).astype(np.float64)
    return sums


def started(field: Field, wanted: Floats, a: float) -> Field:
    """Return the field with the weights that labels start with; ``wanted`` as of VolumeKeeper.

    ``a`` is the lattice's cell edge in um.
    """
    cells = np.maximum(wanted, np.prod(field.step)) / (a * a * a)
    weight: Floats = np.minimum(1.0 + START / cells, MOST)
    weight[0] = 1.0
    return field._replace(weight=weight)


class Keeper(Protocol):
    """What knows how far the volumes of labels are off, and moves their boundaries."""

    def errors(self, points: Floats, cells: Ints, labels: Ints) -> Floats:
        """Relative error of every label's volume, (labels + 1,); 0 of those that are left alone."""

    def adjusted(
        self, field: Field, points: Floats, cells: Ints, labels: Ints, chosen: Bools | None = None
    ) -> Field:
        """Return the field with boundaries of the ``chosen`` labels, (labels + 1,), moved."""


class Improver(Protocol):
    """What improves a mesh while boundaries move."""

    def __call__(
        self, field: Field, soup: Soup, rounds: tuple[Round, ...], chosen: Bools | None = None
    ) -> Soup:
        """Return the mesh after some rounds, which treat the ``chosen`` labels (labels + 1,)."""


def improver(
    a: float, longest: float = 0.0, edges: Edges | None = None, outer_held: bool = False
) -> Improver:
    """Return what improves a mesh as `improve` does, which tells of lengths; all else is held.

    With ``outer_held`` vertices of cells outside stay too, as where they lie on a shell by now.
    """

    def improved(
        field: Field, soup: Soup, rounds: tuple[Round, ...], chosen: Bools | None = None
    ) -> Soup:
        if chosen is None:
            return improve(field, soup, a, silent, rounds, longest, None, edges)
        held = ~near_labels(soup, chosen)
        if outer_held:
            held[soup.cells[soup.labels <= 0]] = True
        return improve(field, soup, a, silent, rounds, longest, held, edges)

    return improved


class VolumeKeeper:
    """What keeps the volumes of labels while a mesh is improved.

    Parameters
    ----------
    wanted
        Volume of every label in um^3, (labels + 1,); entry 0 is not used.
    touching
        Which labels touch.
    """

    def __init__(self, wanted: Floats, touching: Contacts) -> None:
        self._wanted, self._touching = wanted, touching

    def errors(self, points: Floats, cells: Ints, labels: Ints) -> Floats:
        """Relative error of every label's volume, (labels + 1,); 0 of label 0 and of lost ones."""
        missing, volumes = self._missing(points, cells, labels)
        errors = np.zeros(len(missing))
        there = (volumes > 0) & (self._wanted > 0)
        errors[there] = -missing[there] / self._wanted[there]
        errors[0] = 0.0
        return errors

    def adjusted(
        self, field: Field, points: Floats, cells: Ints, labels: Ints, chosen: Bools | None = None
    ) -> Field:
        """Return the field with weights that bring the volumes of a mesh nearer to those wanted.

        Only those of the ``chosen`` labels, (labels + 1,), change.
        """
        missing, volumes = self._missing(points, cells, labels)
        missing = np.where(volumes > 0, BEYOND * missing, 0.0)
        first, second, area = self._touching
        names = len(missing)
        edge = float(power(np.prod(field.step), 1 / 3))
        sums = totals(first, area, names) + totals(second, area, names)
        there = sums > 0 if chosen is None else (sums > 0) & chosen
        there[0] = False
        change = np.zeros(names)
        scale = DAMPING / (0.375 * edge * sums[there])
        for _ in range(SWEEPS):
            flow = 0.375 * edge * area * (change[first] - change[second])
            left = missing - totals(first, flow, names) + totals(second, flow, names)
            change[there] += scale * left[there]
        if chosen is None and not (first == 0).any() and not (second == 0).any():
            change -= (self._wanted * change).sum() / self._wanted.sum()
        weight = field.weight * (1.0 + np.clip(change, -0.5 * STEP, STEP))
        return field._replace(weight=np.clip(weight, LEAST, MOST))

    def _missing(self, points: Floats, cells: Ints, labels: Ints) -> tuple[Floats, Floats]:
        """Volumes that labels lack, and those they have; cells outside are label 0."""
        sizes = cell_volumes(points, cells)
        volumes = totals(np.maximum(labels, 0), sizes, len(self._wanted))
        return self._wanted - volumes, volumes


def improve_with_volumes(
    field: Field, soup: Soup, keeper: VolumeKeeper, report: Progress, improved: Improver
) -> tuple[Field, Soup]:
    """Improve a mesh as `improve` does; before each round that treats all vertices move boundaries.

    After that those of labels that are off by more than ``CLOSE`` are moved, for ``LATE`` turns at
    most, the last bad cells are mended, and what that has moved is put back, ``LAST`` times.
    """
    starts = [number for number, turn in enumerate(FOLLOWING) if turn.everywhere]
    for start, stop in zip(starts, [*starts[1:], len(FOLLOWING)], strict=True):
        if start > 0:
            field = keeper.adjusted(field, *soup)
        soup = improved(field, soup, FOLLOWING[start:stop])
        report("improve", stop / len(FOLLOWING))
    field = keeper.adjusted(field, *soup)
    soup = improved(field, soup, SETTLE)
    field, soup = settled(field, soup, keeper, SETTLE, LATE, improved)
    soup = improved(field, soup, FINISH)
    return settled(field, soup, keeper, SETTLE + FINISH, LAST, improved)


def settled(
    field: Field,
    soup: Soup,
    keeper: Keeper,
    rounds: tuple[Round, ...],
    turns: int,
    improved: Improver,
    close: float = CLOSE,
) -> tuple[Field, Soup]:
    """Move the boundaries of labels that are off, with all else held; the best of all turns.

    Parameters
    ----------
    field, soup
        See `improve`.
    keeper
        What moves them.
    rounds, turns
        How vertices follow, and how often at most.
    improved
        What improves the mesh: see `improver`.
    close
        Relative error that is left alone.
    """
    errors = np.abs(keeper.errors(*soup))
    best, result = errors[errors > close].sum(), (field, soup)
    for _ in range(turns):
        off = errors > close
        if not off.any():
            break
        field = keeper.adjusted(field, *soup, off)
        soup = improved(field, soup, rounds, off)
        errors = np.abs(keeper.errors(*soup))
        if errors[errors > close].sum() < best:
            best, result = errors[errors > close].sum(), (field, soup)
    return result


def near_labels(soup: Soup, off: Bools) -> Bools:
    """Mark the vertices of some labels, (labels + 1,), and of two layers of cells around."""
    near = np.zeros(len(soup.points), dtype=np.bool_)
    cells = soup.cells[off[np.where(soup.labels < len(off), np.maximum(soup.labels, 0), 0)]]
    for _ in range(3):
        near[cells] = True
        cells = soup.cells[near[soup.cells].any(axis=1)]
    return near
