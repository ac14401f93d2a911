"""Face-connected pieces of a label: fragments go to a neighbour, detached grains are dropped."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.lattice import EMPTY
from nmc_mesh.mesher.pieces import SMALL
from nmc_mesh.numerics.products import dot
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Bools, Floats, Ints

CHUNK = 1 << 15


class Repairs(NamedTuple):
    """What was changed to leave every grain in one piece: counts, volumes in um^3, grains lost."""

    fragments: int
    fragment_volume: float
    detached: tuple[int, ...]


def making_facts(size: float, first: Repairs, second: Repairs) -> dict[str, Any]:
    """What the mesh tells of its making."""
    return {
        "size": size,
        "fragments": first.fragments + second.fragments,
        "fragment_volume": first.fragment_volume + second.fragment_volume,
        "detached_grains": first.detached + second.detached,
    }


def cell_volumes(points: Floats, cells: Ints) -> Floats:
    """Signed volume of every cell in um^3, shape (m,)."""
    out = np.empty(len(cells))
    for_chunks(len(out), CHUNK, lambda i, j: core.cell_volumes(points, cells, i, j, out))
    return out


def face_areas(points: Floats, cells: Ints) -> Floats:
    """Area of the face opposite each vertex of every cell in um^2, shape (m, 4)."""
    faces = cells[:, [[1, 2, 3], [2, 3, 0], [3, 0, 1], [0, 1, 2]]]
    p = points[faces]
    normal = np.cross(p[:, :, 1] - p[:, :, 0], p[:, :, 2] - p[:, :, 0])
    return 0.5 * np.sqrt(dot(normal, normal))


def whole_grains(
    soup: Soup,
    inner: bool = False,
    voids: Bools | None = None,
    across: Ints | None = None,
    particles: Ints | None = None,
) -> tuple[Soup, Repairs]:
    """Leave each label above 0 in one face-connected piece, and the particle too.

    Of every label the largest piece stays (see `without_fragments`); then grains that hang on to
    the particle's largest piece by no face become outside; ``voids`` marks labels that hold
    nothing, (labels + 1,). Where there are several particles, ``particles`` has that of every
    label, (labels + 1,): they hang together by nothing, and grains stay wherever they are.
    """
    across = neighbours(soup.cells, len(soup.points)) if across is None else across
    soup, repairs = without_fragments(soup, across, inner, voids=voids)
    if particles is not None:
        return soup, repairs
    labels = soup.labels
    # Last, as giving fragments away may tie a grain to the rest or leave it alone.
    held = labels if voids is None else np.where(voids[np.maximum(labels, 0)], 0, labels)
    lost, _ = _fragments(soup._replace(labels=held.astype(np.int32, copy=False)), across, True)
    lost &= (held > 0) | (labels <= 0)
    detached = tuple(int(n) for n in np.unique(labels[lost & (labels > 0)]))
    labels[lost] = 0
    return soup, repairs._replace(detached=detached)


def whole_pieces(soup: Soup, across: Ints, inner: bool, step: Floats) -> tuple[Soup, Repairs]:
    """Leave each piece of an image whole, but for parts as large as a piece with a shape.

    Such a part hung on to the others by a neck thinner than the mesh. ``step`` (3,) are the edges
    of a voxel in um, the rest as of `without_fragments`.
    """
    return without_fragments(soup, across, inner, SMALL * float(np.prod(step)))


Choice = Callable[[Soup, Ints], tuple[Bools, Ints]]
"""Takes a mesh and its cells across faces (m, 4); says which cells are those of fragments, (m,),
and gives each cell the lowest one of its component, (m,)."""


def not_largest(soup: Soup, across: Ints) -> tuple[Bools, Ints]:
    """Choose the components that are not the largest of their label."""
    return _fragments(soup, across, alike=False)


def without_fragments(
    soup: Soup,
    across: Ints,
    inner: bool = False,
    most: float = np.inf,
    voids: Bools | None = None,
    choice: Choice = not_largest,
) -> tuple[Soup, Repairs]:
    """Leave each label above 0 in one face-connected piece; ``across`` as of ``neighbours``.

    The largest component (by volume) of a label stays; every other one goes to the neighbour with
    the largest common surface, label 0 included (with ``inner`` only where no grain is beside it,
    so that the outer surface stays). Components of a volume of ``most`` um^3 or more stay, too. No
    fragment goes to a label that ``voids`` marks, (labels + 1,), if it has another neighbour.
    ``choice`` says which components are fragments, if others.
    """
    points, cells = soup.points, soup.cells
    labels = soup.labels.copy()
    fragments, moved = 0, 0.0
    # A fragment beside nothing but fragments gets no offer, and one that is given away may meet
    # another: asked again until none is left (16 is ours, a stop for the odd case).
    for _ in range(16):
        small, parent = choice(Soup(points, cells, labels), across)
        if np.isfinite(most):
            volumes = cell_volumes(points, cells)
            small &= np.bincount(parent, volumes, len(parent))[parent] < most
        if not small.any():
            break
        members: Ints = np.flatnonzero(small).astype(np.int32)
        # Cell by cell of each fragment, in the mesh's order.
        members = members[np.argsort(parent[members], kind="stable")]
        roots, start = np.unique(parent[members], return_index=True)
        del parent
        bounds = np.append(start, len(members)).astype(np.int64)
        area = face_areas(points, cells[members])
        offer = np.empty(len(roots), dtype=np.int32)
        core.give_away(labels, across, small, area, bounds, members, inner, offer)
        if voids is not None:  # not to a void, where there is another
            solid = np.empty_like(offer)
            hidden = small | voids[np.maximum(labels, 0)]
            core.give_away(labels, across, hidden, area, bounds, members, inner, solid)
            offer = np.where(solid != EMPTY, solid, offer)
        names = np.repeat(offer, np.diff(bounds))
        # No offer: there is nothing beside it that could take it.
        taken = names != EMPTY
        labels[members[taken]] = names[taken]
        fragments += int((offer != EMPTY).sum())
        moved += float(cell_volumes(points, cells[members]).sum())
    return Soup(points, cells, labels), Repairs(fragments, moved, ())


def _fragments(soup: Soup, across: Ints, alike: bool) -> tuple[Bools, Ints]:
    """Mark the cells of components that are not the largest of their label; return roots too."""
    parent = np.arange(len(soup.labels), dtype=np.int32)
    core.unite_cells(soup.labels, across, alike, parent)
    fragment = np.empty(len(parent), dtype=np.bool_)
    core.mark_fragments(*soup, alike, parent, fragment)
    return fragment, parent
