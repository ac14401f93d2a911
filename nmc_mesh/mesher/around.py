"""What is around a particle in a domain: its cells' sizes, pieces, and the last bad ones.

While the mesh is made every cell of the diagram outside is a label, so that the particle comes out
as it does without a domain. Where two of their triple lines end close together on a face of the
box, a short edge is held between two quadruple points. When all of it is one label nothing holds
such edges any more: they are collapsed, a vertex onto a neighbour, or a vertex is moved, where that
lifts the worst cell and leaves the particle and the faces as they are.
"""

from __future__ import annotations

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.components import Repairs, cell_volumes, whole_grains
from nmc_mesh.mesher.field import Field
from nmc_mesh.mesher.sizes import Sizes
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Bools, Floats, Ints, Longs

EDGES_IN_COATING = 1.25
"""Edges in a coating over its thickness, at most (ours)."""
LONGER = 4.0
"""Edges around a particle, over those in it, where they may be as long (ours)."""
POOR = 0.35
"""Fitness below which a cell is looked at: the sine of 20.5 degrees."""
_ROUNDS = 6
_STEPS = (1.0, 0.5, 0.25, 0.1, -0.1)
_APART = -(2**30)
"""Labels around are mirrored at this while pieces are sought, so that they are outside."""
_ROUNDING = 1e-9  # of the volume round a vertex


def check_gap(particle: Particle, size: float) -> None:
    """Refuse a domain whose boundary is nearer to the particle than an edge.

    Raises
    ------
    InputError
        If it is.
    """
    assert particle.domain is not None
    if particle.cut_off:
        return
    gap = particle.domain.gap(*particle.coated_bounds(), particle.reach)
    if gap < size:
        raise InputError(
            f"the domain ends {gap:.3g} um from the particle, and edges are {size:.3g} um long; "
            "take a larger domain or a smaller size"
        )


def sizes_around(sizes: Sizes, particle: Particle) -> Sizes:
    """Let edges be longer around a particle in a domain, where nothing else was asked for.

    A coating gets edges of its thickness at most: then no edge leads across.

    Raises
    ------
    InputError
        If the length asked for at the outer surface is larger than that.
    """
    last, first = len(particle.kept), particle.n_labels
    most = last + 1 + len(particle.tessellation) - last
    of_label = sizes.of_label
    coating = particle.coating
    if of_label is None and sizes.anywhere is None and sizes.growth == 0:
        of_label = np.full(first + 1, sizes.inner)
        if particle.domain is not None:
            of_label[first] = LONGER * sizes.inner
    if coating is not None:
        return _sizes_in_coating(sizes, coating.thickness, of_label, particle)
    if of_label is not None:
        of_label = np.concatenate([of_label, np.full(most - first, of_label[first])])
    return sizes._replace(of_label=of_label, particle=last, around=first)


def _sizes_in_coating(
    sizes: Sizes, thickness: float, of_label: Floats | None, particle: Particle
) -> Sizes:
    """Sizes by the labels of the field of a coated particle: see there."""
    edge = EDGES_IN_COATING * thickness
    if np.isfinite(sizes.outer) and sizes.outer > edge:
        raise InputError(
            f"a coating of {thickness:g} um needs edges of {edge:.3g} um at most at the surface, "
            f"not {sizes.outer:g}; take that size (--outer-size {edge:.3g}), or leave it out"
        )
    last, bath = len(particle.kept), particle.domain is not None
    edge = min(edge, sizes.inner if of_label is None else float(of_label[last + 1]))
    outer = min(sizes.outer, edge)
    least = min(sizes.least, outer)
    first = last + 1 + bath  # of the cells of the coating
    if of_label is not None:
        around = of_label[particle.n_labels] if bath else edge
        cells = np.full(max(len(particle.tessellation) - last, 1), edge)
        of_label = np.concatenate([of_label[: last + 1], [around] * bath, cells])
    return sizes._replace(
        least=least, outer=outer, of_label=of_label, particle=last, around=first, layer=edge
    )


def whole_grains_around(
    soup: Soup,
    around: int,
    voids: Bools | None,
    particles: Ints | None = None,
    inner: bool = False,
) -> tuple[Soup, Repairs]:
    """Leave grains in one piece: cells around count as outside, and may be in many pieces.

    Parameters
    ----------
    soup
        A mesh whose labels from ``around`` on are around.
    around, voids, particles, inner
        See `mend_around` and `whole_grains`.
    """
    names = np.where(soup.labels < around, soup.labels, _APART - soup.labels).astype(np.int32)
    whole, repairs = whole_grains(soup._replace(labels=names), inner, voids, particles=particles)
    labels = np.where(whole.labels < _APART // 2, _APART - whole.labels, whole.labels)
    labels[(labels == 0) & (soup.labels > 0)] = around  # of grains that hung on to nothing
    return whole._replace(labels=labels.astype(np.int32)), repairs


def finish_around(field: Field, soup: Soup, around: int, coat: int | None) -> Soup:
    """Make one label of the cells around, and mend what the boundary of the domain cost them.

    Parameters
    ----------
    field, soup
        A mesh and what it follows.
    around
        The first label of what is around, in the field.
    coat
        The label that the coating gets; None where there is none.
    """
    labels = soup.labels
    if coat is not None:
        coated = labels >= field.coating
        if field.beyond < 0:
            return soup._replace(labels=np.where(coated, np.int32(coat), labels))
        around = coat + 1
        bath = np.where(labels == field.beyond, np.int32(around), labels)
        labels = np.where(coated, np.int32(coat), bath)
    soup = soup._replace(labels=np.minimum(labels, np.int32(around)))
    return mend_around(soup, around, field.weight if field.boxed else None)


def mend_around(soup: Soup, around: int, box: Floats | None) -> Soup:
    """Return the cells inside, without the worst of those around.

    Parameters
    ----------
    soup
        A mesh with the label ``around`` for all that is around; cells outside are dropped.
    around
        The label.
    box
        Corners of the box, on whose faces vertices lie exactly, um, (6,); None of a sphere, whose
        vertices stay.
    """
    inside = soup.labels > 0
    points, cells = soup.points.copy(), soup.cells[inside].copy()
    labels = soup.labels[inside].copy()
    fixed = np.zeros(len(points), dtype=np.bool_)
    fixed[cells[labels != around]] = True
    if box is None:
        fixed[soup.cells[~inside]] = True
    faces = np.zeros(len(points), dtype=np.int32) if box is None else _faces(points, box)
    for _ in range(_ROUNDS):
        done = False
        for cell in _poor(points, cells, labels, around).tolist():
            if labels[cell] == around:
                done |= _collapsed(points, cells, labels, fixed, faces, cell)
                done |= labels[cell] == around and _moved(points, cells, labels, fixed, faces, cell)
        if not done:
            break
    kept = labels > 0
    return Soup(points, cells[kept], labels[kept])


def _faces(points: Floats, box: Floats) -> Ints:
    """Faces that every vertex lies on, a bit each, (n,)."""
    bits = np.zeros(len(points), dtype=np.int32)
    for n in range(6):
        bits |= (points[:, n % 3] == box[n]).astype(np.int32) << n
    return bits


def _poor(points: Floats, cells: Ints, labels: Ints, around: int) -> Longs:
    """Poor cells around, the worst first."""
    own = np.flatnonzero(labels == around)
    fitness = _fitness(points, cells[own])
    order = np.argsort(fitness, kind="stable")
    return own[order][fitness[order] < POOR]


def _fitness(points: Floats, cells: Ints) -> Floats:
    found = np.empty(len(cells))
    core.fitness_of_cells(points, np.ascontiguousarray(cells), found)
    return found


def _collapsed(
    points: Floats, cells: Ints, labels: Ints, fixed: Bools, faces: Ints, cell: int
) -> bool:
    """Collapse the best edge of a cell, if one lifts the worst cell round its vertex."""
    best, chosen = 0.0, None
    corners = cells[cell].tolist()
    for u in corners:
        if fixed[u]:
            continue
        star = np.flatnonzero((cells == u).any(axis=1) & (labels > 0))
        before = cells[star]
        worst = float(_fitness(points, before).min())
        volume = float(cell_volumes(points, before).sum())
        for v in corners:
            if v == u or faces[u] & ~faces[v]:
                continue
            stay = ~(before == v).any(axis=1)
            after = np.where(before[stay] == u, v, before[stay]).astype(np.int32)
            if not len(after):
                continue
            fresh = cell_volumes(points, np.ascontiguousarray(after))
            if fresh.min() <= 0 or abs(fresh.sum() - volume) > _ROUNDING * volume:
                continue
            least = float(_fitness(points, after).min())
            if least > max(worst, best):
                best, chosen = least, (star, stay, after)
    if chosen is None:
        return False
    star, stay, after = chosen
    labels[star[~stay]] = 0
    cells[star[stay]] = after
    return True


def _moved(points: Floats, cells: Ints, labels: Ints, fixed: Bools, faces: Ints, cell: int) -> bool:
    """Move the corners of a cell towards the middle of their neighbours, on their faces."""
    done = False
    for u in cells[cell].tolist():
        if fixed[u]:
            continue
        star = cells[np.flatnonzero((cells == u).any(axis=1) & (labels > 0))]
        others = np.unique(star[star != u])
        held = [bool(faces[u] >> axis & 1 or faces[u] >> axis + 3 & 1) for axis in range(3)]
        peers = others[(faces[others] & faces[u]) == faces[u]]
        way = np.where(held, 0.0, points[peers].mean(axis=0) - points[u]) if len(peers) else None
        if way is None:
            continue
        start, best = points[u].copy(), float(_fitness(points, star).min())
        goal = start
        for share in _STEPS:
            points[u] = start + share * way
            least = float(_fitness(points, star).min())
            if least > best and cell_volumes(points, star).min() > 0:
                best, goal = least, points[u].copy()
        points[u] = goal
        done |= goal is not start
    return done
