"""Face-connected pieces of a label: fragments go to a neighbour, detached grains are dropped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.kernel import kernel, lean
from nmc_mesh.mesh.cleave import Soup
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.lattice import EMPTY
from nmc_mesh.mesh.shape import volume
from nmc_mesh.mesh.union import unite
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats, Ints, Longs

CHUNK = 1 << 15


class Repairs(NamedTuple):
    """What was changed to leave every grain in one piece: counts, volumes in um^3, grains lost."""

    fragments: int
    fragment_volume: float
    detached: tuple[int, ...]


@kernel
def give_away(
    labels: Ints,
    across: Ints,
    parent: Ints,
    fragment: Bools,
    area: Floats,
    start: Longs,
    cells: Ints,
    offer: Ints,
    inner: bool,
) -> None:
    """Choose for every fragment the neighbouring label with the largest common surface.

    With ``inner`` grains come before what is outside. Fragment n has the cells
    cells[start[n]:start[n + 1]]; ``area`` holds the face areas.
    """
    names = np.empty(64, dtype=np.int32)
    sums = np.empty(64)
    for n in range(len(start) - 1):
        count = 0
        for p in range(start[n], start[n + 1]):
            t = cells[p]
            for i in range(4):
                s = across[t, i]
                if s < 0 or fragment[parent[s]]:
                    continue
                k = 0
                while k < count and names[k] != labels[s]:
                    k += 1
                if k == count:
                    if count == 64:
                        continue
                    names[k] = labels[s]
                    sums[k] = 0.0
                    count += 1
                sums[k] += area[t, i]
        best = -1
        for k in range(count):
            if inner and best >= 0 and (names[k] > 0) != (names[best] > 0):
                if names[k] > 0:
                    best = k
            elif (
                best < 0
                or sums[k] > sums[best]
                or (sums[k] == sums[best] and names[k] < names[best])
            ):
                best = k
        offer[n] = names[best] if best >= 0 else EMPTY


@lean
def write_volumes(points: Floats, cells: Ints, out: Floats, start: int, stop: int) -> None:
    """Write the signed volumes of the cells start..stop."""
    for t in range(start, stop):
        out[t] = volume(points, cells[t, 0], cells[t, 1], cells[t, 2], cells[t, 3])


def cell_volumes(points: Floats, cells: Ints) -> Floats:
    """Signed volume of every cell in um^3, shape (m,)."""
    out = np.empty(len(cells))
    for_chunks(len(out), CHUNK, lambda i, j: write_volumes(points, cells, out, i, j))
    return out


def face_areas(points: Floats, cells: Ints) -> Floats:
    """Area of the face opposite each vertex of every cell in um^2, shape (m, 4)."""
    faces = cells[:, [[1, 2, 3], [2, 3, 0], [3, 0, 1], [0, 1, 2]]]
    p = points[faces]
    normal = np.cross(p[:, :, 1] - p[:, :, 0], p[:, :, 2] - p[:, :, 0])
    return 0.5 * np.sqrt(np.einsum("ijk,ijk->ij", normal, normal))


def whole_grains(soup: Soup, inner: bool = False) -> tuple[Soup, Repairs]:
    """Leave each label above 0 in one face-connected piece, and the particle too.

    The largest component (by volume) of a label stays; every other one goes to the neighbour with
    the largest common surface, label 0 included (with ``inner`` only where no grain is beside it,
    so that the outer surface stays). Then grains that hang on to the particle's largest piece by no
    face become outside.
    """
    points, cells = soup.points, soup.cells
    labels = soup.labels.copy()
    across = neighbours(cells, len(points))
    volumes = cell_volumes(points, cells)
    fragments, moved = 0, 0.0
    for _ in range(16):
        small, parent = _small_components(labels, across, volumes, alike=False)
        if not small.any():
            break
        members: Ints = np.flatnonzero(small[parent]).astype(np.int32)
        members = members[np.argsort(parent[members], kind="stable")]
        roots, start = np.unique(parent[members], return_index=True)
        bounds = np.append(start, len(members)).astype(np.int64)
        area = np.zeros((len(cells), 4))
        area[members] = face_areas(points, cells[members])
        offer = np.empty(len(roots), dtype=np.int32)
        give_away(labels, across, parent, small, area, bounds, members, offer, inner)
        names = np.repeat(offer, np.diff(bounds))
        taken = names != EMPTY
        labels[members[taken]] = names[taken]
        fragments += int((offer != EMPTY).sum())
        moved += float(volumes[members].sum())
    small, parent = _small_components(labels, across, volumes, alike=True)
    lost = small[parent]
    detached = tuple(int(n) for n in np.unique(labels[lost & (labels > 0)]))
    labels[lost] = 0
    return Soup(points, cells, labels), Repairs(fragments, moved, detached)


def _small_components(
    labels: Ints, across: Ints, volumes: Floats, alike: bool
) -> tuple[np.ndarray, Ints]:
    """Mark the roots of components that are not the largest of their label; return roots too."""
    parent = np.arange(len(labels), dtype=np.int32)
    unite(labels, across, alike, parent)
    size = np.bincount(parent, weights=volumes, minlength=len(labels))
    roots = np.flatnonzero((parent == np.arange(len(parent))) & (labels > 0))
    group = np.zeros(len(roots), dtype=np.int64) if alike else labels[roots].astype(np.int64)
    order = np.lexsort((roots, -size[roots], group))
    first = np.ones(len(roots), dtype=np.bool_)
    first[1:] = group[order][1:] != group[order][:-1]
    small = np.zeros(len(labels), dtype=np.bool_)
    small[roots[order[~first]]] = True
    return small, parent
