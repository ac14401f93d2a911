"""The graded lattice: an octree of cells, small where edges should be short, and its tetrahedra.

After Labelle & Shewchuk (isosurface stuffing, doi 10.1145/1275808.1276448). Octants are halved from
the top down while they are too large, then until two that touch differ by one halving at most. The
vertices are the corners and centres of the leaves, all of which are vertices of the lattice of the
smallest leaves; between two equal leaves the tetrahedra are those of that lattice. In the plane:

    +-------+---+---+     x  centres. An edge with a vertex in its middle halves the tetrahedra at
    |       | x | x |        it. Where leaves of two sizes meet, each quarter of the large face is
    |   x   +---+---+        two triangles, split from the middle of the large face, and each
    |       | x | x |        triangle has a tetrahedron to either centre.
    +-------+---+---+

Dihedral angles are 45 to 120 degrees there, 60 and 90 between equal leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.lattice import Lattice, check_cells
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats, Ints, Longs

CORNERS = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
"""Corner 4 i + 2 j + k of an octant: children are numbered alike."""
CHUNK = 1 << 14
AROUND = np.array([s for s in np.ndindex(3, 3, 3) if s != (1, 1, 1)]) - 1

TooLarge = Callable[[Floats, float], Bools]
"""Which octants, of centres (k, 3) in um and an edge in um, are larger than edges should be."""


class Level(NamedTuple):
    """Leaves of one size: where they stand in units of their edge, sorted, and what is at them."""

    place: Longs
    """Lower corners, (n, 3)."""
    key: Longs
    """One number for each, ascending, (n,)."""


class Octree(NamedTuple):
    """An octree over a lattice: corner in um, edge of the smallest leaves, their number per axis.

    ``levels[k]`` has the leaves of 2^k cell edges.
    """

    lower: Floats
    a: float
    shape: Longs
    levels: list[Level]

    def edges_at(self, points: Floats) -> Floats:
        """Edge of the leaf that holds each of some points, (k,)."""
        cell = np.clip(((points - self.lower) / self.a).astype(np.int64), 0, self.shape - 1)
        edges = np.full(len(points), self.a)
        for depth, level in enumerate(self.levels[1:], 1):
            held = _find(level.key, _key(cell >> depth, self.shape >> depth)) >= 0
            edges[held] = self.a * (1 << depth)
        return edges

    @property
    def upper(self) -> Floats:
        """The corner opposite ``lower`` in um, (3,)."""
        return self.lower + self.a * self.shape

    @property
    def longest(self) -> float:
        """Edge of the largest leaf."""
        return self.a * (1 << max(k for k, level in enumerate(self.levels) if len(level.key)))


def octree_over(lower: Floats, upper: Floats, a: float, depth: int, large: TooLarge) -> Octree:
    """Cover a box by an octree of leaves of ``a`` um and up to 2^depth times that.

    Two cells of the smallest size and a largest one are to spare on every side at least.
    """
    size = 1 << depth
    # Whole multiples of the largest leaf: the lattice lies where it does whatever the box.
    start = np.floor((np.floor(lower / a) - 2.0) / size - 1.0) * size
    stop = np.ceil((np.ceil(upper / a) + 3.0) / size + 1.0) * size
    corner, shape = start * a, (stop - start).astype(np.int64)
    split = _balanced(_split(corner, a, shape, depth, large), shape)
    return Octree(corner, a, shape, _leaves(split, shape, depth))


def graded_lattice(tree: Octree, field: Field) -> Lattice:
    """Return the vertices and tetrahedra of an octree, as far as a grain of the field may reach."""
    span = 2 * tree.shape + 1
    corners, centres = [], []
    for depth, level in enumerate(tree.levels):
        half = 2 << depth  # places are counted in halves of the smallest cell
        corners.append(_key(half * (level.place[:, None] + CORNERS), span))
        centres.append(_key(half * level.place + half // 2, span))
    names = _distinct(np.concatenate([part.ravel() for part in (*corners, *centres)]))
    edges = np.empty(len(names))
    vertices = []
    for corner, centre in zip(corners, centres, strict=True):
        rows = np.searchsorted(names, np.column_stack([corner, centre]))
        vertices.append(rows.astype(np.int32))
    for depth in reversed(range(len(tree.levels))):  # the smallest leaf has the last word
        edges[vertices[depth]] = tree.a * (1 << depth)
    places = tree.lower + 0.5 * tree.a * _place(names, span)
    kept = _near_grains(field, places, vertices)
    levels = [Level(x.place[k], x.key[k]) for x, k in zip(tree.levels, kept, strict=True)]
    vertices = [rows[k] for rows, k in zip(vertices, kept, strict=True)]
    tets = _Tets(tree._replace(levels=levels), names, span, vertices).all()
    numbers = np.zeros((len(tets), 14), dtype=np.int32)
    numbers[:, :4] = tets
    step, start = np.full(3, tree.a), np.zeros(len(places) + 1, dtype=np.int64)
    placed = np.column_stack([places, edges])
    return Lattice(tree.lower, tree.a, tree.shape, step, places=placed, tets=numbers, start=start)


def _near_grains(field: Field, places: Floats, vertices: list[Ints]) -> list[Bools]:
    """Which leaves have a vertex in a grain, or touch one that has, or one that touches such."""
    labels = np.empty(len(places), dtype=np.int32)
    for_chunks(len(labels), CHUNK, lambda i, j: core.labels_at(field, places, i, j, labels))
    near = labels > 0
    for _ in range(2):
        grown = near.copy()
        for rows in vertices:
            grown[rows[near[rows].any(axis=1)]] = True
        near = grown
    return [np.asarray(near[rows].any(axis=1)) for rows in vertices]


def _key(place: Longs, shape: Longs) -> Longs:
    """One number for a place on a grid, in C order."""
    key: Longs = (place[..., 0] * shape[1] + place[..., 1]) * shape[2] + place[..., 2]
    return key


def _place(key: Longs, shape: Longs) -> Longs:
    """Place of a number: the inverse of `_key`."""
    rest, k = np.divmod(key, shape[2])
    return np.stack([*np.divmod(rest, shape[1]), k], axis=-1)


def _find(keys: Longs, wanted: Longs) -> Longs:
    """Where wanted numbers stand among ascending keys; -1 if they do not."""
    if len(keys) == 0:
        return np.full(wanted.shape, -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, at, -1)


def _distinct(keys: Longs) -> Longs:
    """Each number once, ascending: what ``np.unique`` gives, faster."""
    keys = np.sort(keys)
    return keys[np.append(True, keys[1:] != keys[:-1])]


def _split(corner: Floats, a: float, shape: Longs, depth: int, large: TooLarge) -> list[Longs]:
    """Numbers of the octants that are too large, level by level from the smallest on; none of 0."""
    split = [np.empty(0, dtype=np.int64) for _ in range(depth + 1)]
    place = np.stack(np.unravel_index(np.arange(np.prod(shape >> depth)), shape >> depth), axis=-1)
    for level in range(depth, 0, -1):
        edge = a * (1 << level)
        place = place[large(corner + edge * (place + 0.5), edge)]
        check_cells(8 * len(place), a)
        split[level] = np.sort(_key(place, shape >> level))
        place = (2 * place[:, None] + CORNERS).reshape(-1, 3)
    return split


def _balanced(split: list[Longs], shape: Longs) -> list[Longs]:
    """Split octants beside those that are until two that touch differ by one halving."""
    split = list(split)
    for level in range(1, len(split) - 1):
        # Whatever touches a split octant is as small as that, or was never there.
        beside = (_place(split[level], shape >> level)[:, None] + AROUND).reshape(-1, 3)
        inside = ((beside >= 0) & (beside < shape >> level)).all(axis=1)
        parent = _key(beside[inside] >> 1, shape >> (level + 1))
        split[level + 1] = np.union1d(split[level + 1], parent)
    return split


def _leaves(split: list[Longs], shape: Longs, depth: int) -> list[Level]:
    """Leaves of every level: children of what is split that are not."""
    levels: list[Level] = [None] * (depth + 1)  # type: ignore[list-item]
    nodes = np.arange(np.prod(shape >> depth))
    for level in range(depth, -1, -1):
        key = np.setdiff1d(nodes, split[level], assume_unique=True)
        levels[level] = Level(_place(key, shape >> level), key)
        if level > 0:
            place = 2 * _place(split[level], shape >> level)[:, None] + CORNERS
            nodes = np.sort(_key(place.reshape(-1, 3), shape >> (level - 1)))
    return levels


class _Tets:
    """The tetrahedra of an octree, face by face of its leaves."""

    def __init__(self, tree: Octree, names: Longs, span: Longs, vertices: list[Ints]) -> None:
        self.tree, self.names, self.span = tree, names, span
        self.corners = [rows[:, :8] for rows in vertices]
        self.centres = [rows[:, 8] for rows in vertices]

    def all(self) -> Ints:
        """Vertices of all, (t, 4), by level, axis and side."""
        parts = []
        for depth, level in enumerate(self.tree.levels):
            for axis in range(3):
                for side in (0, 1):
                    beside = level.place.copy()
                    beside[:, axis] += 2 * side - 1
                    if side == 1:
                        parts.append(self._between_equals(depth, axis, beside))
                    parts.append(self._between_sizes(depth, axis, side, beside))
        tets = np.concatenate(parts)
        # As vertices stand: neighbours in space are neighbours in memory then.
        return tets[np.argsort(tets.min(axis=1), kind="stable")]

    def _leaf_at(self, depth: int, place: Longs) -> Longs:
        """Numbers of the leaves of a level at places, -1 where none is."""
        if depth >= len(self.tree.levels):
            return np.full(len(place), -1, dtype=np.int64)
        shape = self.tree.shape >> depth
        inside = ((place >= 0) & (place < shape)).all(axis=1)
        return np.where(inside, _find(self.tree.levels[depth].key, _key(place, shape)), -1)

    def _between_equals(self, depth: int, axis: int, beside: Longs) -> Ints:
        """Centre, next centre and an edge of their face; two where the edge has a middle."""
        other = self._leaf_at(depth, beside)
        here = np.flatnonzero(other >= 0)
        ring = _square(axis, 1)
        own, next_ = self.centres[depth][here], self.centres[depth][other[here]]
        parts = []
        for first, second in zip(ring, np.roll(ring, -1), strict=True):
            p, q = self.corners[depth][here, first], self.corners[depth][here, second]
            middle = self._middle(depth, here, first, second)
            whole = middle < 0
            if whole.all():
                parts.append(np.stack([own, next_, p, q], axis=1))
                continue
            parts.append(np.stack([own, next_, p, q], axis=1)[whole])
            halved = np.stack([own, next_, p, middle, own, next_, middle, q], axis=1)[~whole]
            parts.append(halved.reshape(-1, 4))
        return np.concatenate(parts)

    def _middle(self, depth: int, leaves: Longs, first: int, second: int) -> Ints:
        """The vertex in the middle of an edge of leaves, -1 where none is."""
        if depth == 0:
            return np.full(len(leaves), -1, dtype=np.int32)
        half = 2 << depth
        place = self.tree.levels[depth].place[leaves]
        middle = half * place + half // 2 * (CORNERS[first] + CORNERS[second])
        return _find(self.names, _key(middle, self.span)).astype(np.int32)

    def _between_sizes(self, depth: int, axis: int, side: int, beside: Longs) -> Ints:
        """On leaves' faces that are a quarter of a larger one's: two triangles, either side."""
        other = self._leaf_at(depth + 1, beside >> 1)
        here = np.flatnonzero(other >= 0)
        if len(here) == 0:
            return np.empty((0, 4), dtype=np.int32)
        small, large = self.centres[depth][here], self.centres[depth + 1][other[here]]
        place, ring = self.tree.levels[depth].place[here], _square(axis, side)
        # The corner of the small face in the middle of the large one: the odd one of its axes.
        odd = place & 1
        u, v = (axis + 1) % 3, (axis + 2) % 3
        parts = []
        for n in range(4):
            corner = CORNERS[ring[n]]
            central = (corner[u] == 1 - odd[:, u]) & (corner[v] == 1 - odd[:, v])
            f, p, c, q = (self.corners[depth][here[central], ring[(n + k) % 4]] for k in range(4))
            # The ring turns anticlockwise seen from above, and a cell is positive the other way.
            below, above = (small, large) if side else (large, small)
            below, above = below[central], above[central]
            for one, other_ in ((p, c), (c, q)):
                parts.append(np.stack([below, f, one, other_], axis=1))
                parts.append(np.stack([above, f, other_, one], axis=1))
        return np.concatenate(parts)


def _square(axis: int, side: int) -> Longs:
    """Corners of an octant's face, in turning order."""
    weight = np.array([4, 2, 1])
    u, v = weight[(axis + 1) % 3], weight[(axis + 2) % 3]
    return side * weight[axis] + np.array([0, u, u + v, v])
