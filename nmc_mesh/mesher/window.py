"""The part of a mesh that is in work while it is made slab by slab.

      . . . . . . . . . . . . front: what is cleaved ends here; cells at it wait as they are
      | kept: improved, and improved again when what lies beyond has come
      ----------------------- line: cells below it are written
      | rim: cells that are written and have a face in common with one that is not

Points stand in the order: settled (of written cells), held (at the front), free. The first cells
are the rim. So numbers of what improving must not touch stay what they are through it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.arrays import named
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.slab import Slab, Tally
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.stream_components import Components
from nmc_mesh.numerics.products import dot
from nmc_mesh.parallel import chunks
from nmc_mesh.typing import Bools, Floats, Ints, Longs

CHUNK = 1 << 16
# The faces opposite the corners of a positive cell, seen from outside it.
_FACES = np.array([[1, 2, 3], [0, 3, 2], [0, 1, 3], [0, 2, 1]])


class Window(NamedTuple):
    """Cells in work, those of the rim first."""

    soup: Soup
    rim: Ints
    """Component of each cell of the rim, (r,), 0 outside."""
    names: Ints
    """Number in the file of every settled point, (s,); -1 where only cells outside were written."""
    held: int
    """Number of points after those that lie at the front."""
    written: int = 0
    """Number of points in the file."""
    rim_cells: Longs = np.empty(0, dtype=np.int64)
    """Number in the file of each cell of the rim, (r,); -1 outside."""
    cells: int = 0
    """Number of cells in the file."""

    @property
    def fixed(self) -> Bools:
        """Points that stay where they are, (n,)."""
        return np.arange(len(self.soup.points)) < len(self.names) + self.held


NOTHING = Window(
    Soup(np.empty((0, 3)), np.empty((0, 4), dtype=np.int32), np.empty(0, dtype=np.int32)),
    np.empty(0, dtype=np.int32),
    np.empty(0, dtype=np.int32),
    0,
)


def joined(window: Window, soup: Soup, axis: int, front: float) -> Window:
    """Add the next layers, which name the points at the old front again; hold those at the new one.

    Points at ``front`` um along the axis and beyond are held.
    """
    settled = len(window.names)
    old = window.soup.points[settled : settled + window.held]
    same = _same_points(old, soup.points)
    fresh = same < 0
    number = np.empty(len(soup.points), dtype=np.int32)
    number[~fresh] = settled + same[~fresh]
    number[fresh] = len(window.soup.points) + np.arange(int(fresh.sum()), dtype=np.int32)
    points = np.concatenate([window.soup.points, soup.points[fresh]])
    cells = np.concatenate([window.soup.cells, number[soup.cells]])
    labels = np.concatenate([window.soup.labels, soup.labels])
    holds = points[:, axis] >= front
    holds[:settled] = False
    return _ordered(Soup(points, cells, labels), window, holds)


def _same_points(old: Floats, new: Floats) -> Ints:
    """Which of the old points each new one is, to the last bit; -1: none of them."""
    same = np.full(len(new), -1, dtype=np.int32)
    if len(old):
        low, high = old.min(axis=0), old.max(axis=0)
        near = np.flatnonzero(((new >= low) & (new <= high)).all(axis=1))
        both = np.concatenate([old, new[near]])
        order = np.lexsort(both.T)
        alike = (both[order[1:]] == both[order[:-1]]).all(axis=1)
        same[near[order[1:][alike] - len(old)]] = order[:-1][alike]
    return same


def _ordered(soup: Soup, window: Window, holds: Bools) -> Window:
    """Put points into their order, whichever hold beside those that are settled."""
    settled = len(window.names)
    free = ~holds
    free[:settled] = False
    order = np.concatenate([np.arange(settled), np.flatnonzero(holds), np.flatnonzero(free)])
    number = np.empty(len(order), dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    soup = Soup(soup.points[order], number[soup.cells], soup.labels)
    return window._replace(soup=soup, held=int(holds.sum()))


def written(
    window: Window, axis: int, line: float, components: Components, tally: Tally
) -> tuple[Slab, Window]:
    """Take out the cells whose centroid lies below ``line`` um along the axis.

    Their components, what these have in common, and the shapes of cells are entered.

    Raises
    ------
    MeshError
        If a cell is not positive.
    """
    points, cells, labels = window.soup
    goes = _below(window.soup, axis, line)
    goes[: len(window.rim)] = False
    across = neighbours(cells, len(points))
    of_cell = _components(window, across, goes, components)
    order = np.flatnonzero(goes & (labels > 0)).astype(np.int32)
    order = order[np.argsort(of_cell[order], kind="stable")]
    number = np.full(len(cells), -1, dtype=np.int64)
    number[: len(window.rim)] = window.rim_cells
    number[order] = np.arange(window.cells, window.cells + len(order))
    facets, sides, faces = _facets(cells, across, of_cell, number, goes, len(window.rim))
    del across  # here memory is fullest
    corners = points[facets]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    components.touch(sides, 0.5 * np.sqrt(dot(normal, normal)))
    own = cells[order]
    runs, counts = np.unique(of_cell[order], return_counts=True)
    del order
    volumes = np.add.reduceat(tally.measured(points, own), np.cumsum(counts) - counts)
    components.measure(runs, volumes)
    names, fresh = _named(window, own)
    for start, stop in chunks(len(own), CHUNK):
        own[start:stop] = names[own[start:stop]]
    slab = Slab(points[fresh], own, runs, counts, names[facets], sides, faces)
    rest = _rest(window, names, of_cell, number, goes)
    return slab, rest._replace(written=window.written + len(fresh), cells=window.cells + len(own))


def _below(soup: Soup, axis: int, line: float) -> Bools:
    """Cells whose centroid lies below a line."""
    x = soup.points[:, axis]
    total = x[soup.cells[:, 0]].copy()
    for corner in (1, 2, 3):
        total += x[soup.cells[:, corner]]
    return np.asarray(total < 4.0 * line)


def _components(window: Window, across: Ints, goes: Bools, components: Components) -> Ints:
    """Component of every cell of the rim and of those that go, (m,); 0 outside and elsewhere."""
    labels = window.soup.labels
    parent = np.arange(len(labels), dtype=np.int32)
    core.unite_cells(labels, across, False, parent)
    own = np.zeros(len(labels), dtype=np.int32)  # by root
    rim = np.flatnonzero(window.rim)
    known = components.roots()[window.rim[rim]]
    root = parent[rim]
    own[root] = known
    components.unite(np.unique(np.stack([own[root], known], axis=1), axis=0))
    new = np.unique(parent[goes & (labels > 0)])
    new = new[own[new] == 0]
    own[new] = components.add(labels[new])
    of_cell = np.where(goes & (labels > 0), own[parent], np.int32(0))
    of_cell[: len(window.rim)] = window.rim
    return of_cell


def _facets(
    cells: Ints, across: Ints, of_cell: Ints, number: Longs, goes: Bools, rim: int
) -> tuple[Ints, Ints, Longs]:
    """Facets that are settled now, from the lower component to the higher, outside last.

    A face is settled with the later of its two cells. Beside facets, and what they part, the faces
    of cells that they are, as of `Slab`.
    """
    # Where nothing is beyond, which happens at the outer surface, outside is: entry -1.
    goes, done = np.append(goes, False), np.append(goes, True)
    done[:rim] = True
    of_cell = np.append(of_cell, np.int32(0))
    # Outside counts as the highest of all, so that normals point there.
    side = np.where(of_cell == 0, np.iinfo(np.int32).max, of_cell)
    facets, sides, faces = [], [], []
    number = np.append(number, -1)
    for start, stop in chunks(len(cells), CHUNK):
        beyond = across[start:stop]
        here = slice(start, stop)
        parts = done[here, None] & done[beyond] & (goes[here, None] | goes[beyond])
        row, corner = np.nonzero(parts & (side[here, None] < side[beyond]))
        facets.append(np.take_along_axis(cells[here][row], _FACES[corner], axis=1))
        other = beyond[row, corner]
        sides.append(np.stack([of_cell[here][row], of_cell[other]], axis=1))
        back = (across[other] == (start + row)[:, None]).argmax(axis=1)
        pair = np.stack([number[here][row], number[other]], axis=1)
        faces.append(np.where(pair < 0, -1, 4 * pair + np.stack([corner, back], axis=1)))
    return np.concatenate(facets), np.concatenate(sides), np.concatenate(faces)


def _named(window: Window, cells: Ints) -> tuple[Ints, Longs]:
    """Number in the file of every point, -1 where it has none; and points that are new there."""
    count = len(window.soup.points)
    names = np.full(count, -1, dtype=np.int32)
    names[: len(window.names)] = window.names
    fresh = np.flatnonzero(named(cells, count) & (names < 0))
    names[fresh] = np.arange(window.written, window.written + len(fresh), dtype=np.int32)
    return names, fresh


def _rest(window: Window, names: Ints, of_cell: Ints, number: Longs, goes: Bools) -> Window:
    """What stays in work, with the rim of what went."""
    points, cells, labels = window.soup
    rim, count = len(window.rim), len(points)
    stays = ~goes
    stays[:rim] = False
    used = named(cells[stays], count)
    done = goes.copy()
    done[:rim] = True
    # Cells with three corners at what stays: those with a face there, and a few others.
    edge = np.flatnonzero(done)
    edge = edge[used[cells[edge]].sum(axis=1) >= 3]
    settled = named(cells[done], count)
    settled[: len(window.names)] = True
    kept = np.concatenate([edge, np.flatnonzero(stays)])
    there = used | named(cells[edge], count)
    holds = np.zeros(count, dtype=np.bool_)
    holds[len(window.names) : len(window.names) + window.held] = True
    order = np.concatenate(
        [np.flatnonzero(there & settled), np.flatnonzero(there & holds & ~settled),
         np.flatnonzero(there & ~holds & ~settled)]
    )  # fmt: skip
    place = np.zeros(count, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    soup = Soup(points[order], place[cells[kept]], labels[kept])
    held = int((there & holds & ~settled).sum())
    return Window(soup, of_cell[edge], names[there & settled], held, rim_cells=number[edge])
