"""Meshes with several phases: voids left out with their walls known, solids alone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.arrays import without_unused
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import GRAIN, PHASES, Phases, facet_name
from nmc_mesh.mesh.periodic import periods_of, seam_facets
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tagging import label_facets, tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Bools, Ints

_SOLVED = "solve on the solids alone: nmc_mesh.solids(mesh)"


USUAL_FACETS = ("outer_surface", "grain_boundary")
"""Names of facets of a mesh of grains alone."""

TWIN_BOUNDARY = "twin_boundary"
"""Name of facets between lamellae of one grain."""

PARTICLE_CONTACT = "particle_contact"
"""Name of facets between grains of two particles."""

STAYS = -1
"""Of what becomes of a label: it keeps its cells."""


class Walls(NamedTuple):
    """Facets with one cell, (k, 3), and the label beyond each, (k,)."""

    facets: Ints
    beyond: Ints


def tagged_without(
    points: AnyArray,
    cells: Ints,
    labels: Ints,
    becomes: Callable[[Ints], Ints],
    info: Mapping[str, Any],
    walls: Walls | None = None,
) -> TetMesh:
    """Tag a mesh without the cells of some labels, whose walls may still name them.

    Parameters
    ----------
    points, cells, labels, info
        As for `tagged`; unused points are left out.
    becomes
        What becomes of labels, 0 (outside) among them: ``STAYS``, or what the facets towards one
        name when it has gone: itself or 0.
    walls
        Walls of voids that had no cells before.
    """
    stays = becomes(labels) == STAYS
    if stays.all() and walls is None:
        return tagged(*without_unused(points, cells), labels, info)
    used, own = without_unused(points, cells[stays])
    corners = np.ascontiguousarray(cells[:, :4])
    facets, sides, _ = label_facets(corners, labels, len(points))
    first, second = becomes(sides[:, 0]), becomes(np.maximum(sides[:, 1], 0))
    second = np.where(sides[:, 1] > 0, second, STAYS)  # there are no cells outside
    parted = (first == STAYS) != (second == STAYS)
    rows, beyond = facets[parted], np.maximum(first, second)[parted]
    if walls is not None:
        rows, beyond = np.vstack([walls.facets, rows]), np.concatenate([walls.beyond, beyond])
    # Numbers of points stay in order when some are left out, and so do facets.
    facets, _, owners = label_facets(corners[stays], labels[stays], len(points))
    known = _beyond(Walls(rows, beyond), facets[owners[:, 1] < 0])
    return tagged(used, own, labels[stays], info, known)


def beyond_copies(mesh: TaggedMesh, cells: Ints, origin: Ints) -> Ints:
    """What is beyond facets with one cell when nodes have been doubled: see ``beyond`` of `tagged`.

    Walls of voids stay what they are; the sides of cracks are left to `tagged`.

    Parameters
    ----------
    mesh
        The mesh before.
    cells
        Its cells with their copied nodes, (m, 4) or (m, 10).
    origin
        Node of ``mesh`` that each node is a copy of, (n,).
    """
    corners = np.ascontiguousarray(cells[:, :4])
    facets, _, owners = label_facets(corners, mesh.labels, len(origin))
    walls = Walls(mesh.facets[mesh.walls, :3], mesh.facet_grains[mesh.walls, 1])
    return _beyond(walls, origin[facets[owners[:, 1] < 0]])


def _beyond(walls: Walls, alone: AnyArray) -> Ints:
    """Label beyond each of some facets, 0 where it is not a wall."""
    together = np.concatenate([np.sort(walls.facets, axis=1), np.sort(alone, axis=1)])
    _, place = np.unique(together, axis=0, return_inverse=True)
    known = np.zeros(len(together), dtype=np.int32)
    known[place.ravel()[: len(walls.facets)]] = walls.beyond
    return known[place.ravel()[len(walls.facets) :]]


def without_voids(
    points: AnyArray,
    cells: Ints,
    labels: Ints,
    phases: Phases,
    info: Mapping[str, Any],
    walls: Walls | None = None,
) -> TetMesh:
    """Tag a mesh without its voids, whose walls stay known; see `tagged_without`.

    ``walls`` are more of them, which have no cell beyond in this mesh, on the seam of a period.

    Raises
    ------
    InputError
        If there is nothing else.
    """

    def becomes(own: Ints) -> Ints:
        return np.where(phases.mask("void", own), own, np.int32(STAYS))

    if (becomes(labels) != STAYS).all():
        raise InputError("there is nothing to mesh but voids; keep them (--keep-voids)")
    return tagged_without(points, cells, labels, becomes, info, walls)


def with_phases(mesh: TetMesh, phases: Phases, keep_voids: bool = False) -> TetMesh:
    """Say what the labels of a mesh are made of, such as one that another program made.

    Parameters
    ----------
    mesh
        Any mesh; what it told of phases is no more.
    phases
        The phase of every label that is no grain.
    keep_voids
        Whether cells of voids stay; else their walls alone stay known.

    Raises
    ------
    InputError
        If there is nothing but voids.

    Examples
    --------
    >>> from nmc_mesh.mesh.phases import with_phases
    >>> halves = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(halves, 0.5), size=0.5)
    >>> porous = with_phases(mesh, nmc_mesh.Phases({"pore": [2]}))
    >>> porous.labels_there.tolist(), porous.phases.of(2), bool(porous.walls.any())
    ([1], 'pore', True)
    """
    info = {**mesh.info, "phases": phases.plain()}
    if keep_voids or not phases.mask("void", mesh.labels).any():
        return replace(mesh, info=info)
    if phases.mask("void", mesh.labels).all():
        raise InputError("there is nothing to mesh but voids; keep them (--keep-voids)")

    def becomes(own: Ints) -> Ints:
        return np.where(phases.mask("void", own), own, np.int32(STAYS))

    there = mesh.walls
    walls = Walls(mesh.facets[there, :3], mesh.facet_grains[there, 1])
    cells, labels = np.asarray(mesh.cells), np.asarray(mesh.labels)
    return tagged_without(mesh.points, cells, labels, becomes, info, walls)


def solids(mesh: TetMesh) -> TetMesh:
    """Return the solid phases of a mesh alone: what lithium and stress are solved on.

    Cells of voids and fluids go. Walls of voids stay known (nothing passes them); facets to a fluid
    become the outer surface, where flux enters.

    Parameters
    ----------
    mesh
        Any mesh; one of solids is returned as it is.

    Raises
    ------
    InputError
        If there is no solid.

    Examples
    --------
    >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
    >>> image = nmc_mesh.LabelImage(labels, 0.5, phases=nmc_mesh.Phases({"electrolyte": [2]}))
    >>> mesh = nmc_mesh.tetrahedralize(image, size=0.5)
    >>> grain = nmc_mesh.solids(mesh)
    >>> mesh.labels_there.tolist(), grain.labels_there.tolist(), bool(grain.outer.all())
    ([1, 2], [1], True)
    """
    taken(mesh, TetMesh, "solids", "make one: tetrahedralize(particle)")
    phases = mesh.phases
    stays = phases.mask("solid", mesh.labels)
    if stays.all() and not phases.mask("fluid", mesh.facet_grains).any():
        return mesh
    if not stays.any():
        raise InputError("the mesh has no cells of a solid phase")

    def becomes(own: Ints) -> Ints:
        known = np.where(phases.mask("void", own), own, np.int32(0))
        return np.where(phases.mask("solid", own), np.int32(STAYS), known)

    sides = _sides_with_seam(mesh)
    there = mesh.walls | (mesh.outer & (sides > 0))
    known = np.maximum(becomes(sides[there]), 0)
    walls = Walls(mesh.facets[there, :3], known.astype(np.int32))
    cells, labels = np.asarray(mesh.cells), np.asarray(mesh.labels)
    return tagged_without(mesh.points, cells, labels, becomes, mesh.info, walls)


def _sides_with_seam(mesh: TetMesh) -> Ints:
    """Label beyond every facet, (k,); on the seam of a period that of the next one's cell."""
    beyond = mesh.facet_grains[:, 1].copy()
    if periods_of(mesh) is not None and mesh.order == 1:
        pairs = seam_facets(mesh)
        beyond[pairs] = mesh.facet_grains[pairs[:, ::-1], 0]
    return beyond


def check_solids(mesh: TaggedMesh, known: Collection[str] = ()) -> None:
    """Refuse what solvers of grains have no equations or numbers for.

    Parameters
    ----------
    mesh
        Any mesh.
    known
        Solid phases beside grains that have a material.

    Raises
    ------
    InputError
        If the mesh has cells of a void or a fluid, or of a solid that is no grain.
    """
    if not mesh.phases:
        return
    names, rows = mesh.phases.rows(mesh.labels_there)
    for name in np.array(names)[np.unique(rows)].tolist():
        if PHASES.find(name).kind != "solid":
            raise InputError(f"the mesh has cells of {name}, which nothing is solved in; {_SOLVED}")
        if name != GRAIN and name not in known:
            raise InputError(
                f"the phase {name} has no material: grains alone have one; solve on these: "
                "mesh.select(mesh.grains), or give it one where a solver takes it "
                f"(nmc-mesh homogenize --{name}-material, nmc-mesh cycle)"
            )


def between_grains(mesh: TaggedMesh) -> Bools:
    """Which facets part two grains, (k,): not the coating, or what else is solid, from one."""
    if not mesh.phases:
        return np.asarray(mesh.inner)
    grain = mesh.phases.mask(GRAIN, mesh.facet_grains)
    return np.asarray(mesh.inner & grain.all(axis=1))


def in_grains(mesh: TaggedMesh) -> Bools:
    """Which cells are a grain's, (m,)."""
    return np.asarray(mesh.phases.mask(GRAIN, mesh.labels))


def labels_of_solid(mesh: TaggedMesh, name: str) -> Ints:
    """Labels of a solid phase that is not grain, as far as there are cells of such labels.

    Raises
    ------
    InputError
        If the phase is none of that.
    """
    if name == GRAIN or PHASES.find(name).kind != "solid":
        raise InputError(f"materials are given to solids beside grains, not to {name}")
    there = mesh.labels_there
    return there[mesh.phases.mask(name, there)]


def facet_names(mesh: TaggedMesh) -> tuple[tuple[str, ...], Ints]:
    """Names of the facets by what is on their sides, and the row of every facet, (k,).

    Boundaries of grains are ``twin_boundary`` between lamellae of one grain, ``particle_contact``
    between two particles.

    Returns
    -------
    names, rows
        Names that occur, ``outer_surface`` and ``grain_boundary`` first, then by the alphabet.
    """
    phases, row_of = mesh.phases.rows(mesh.facet_grains)
    first = row_of[:, 0].astype(np.int64)
    second = np.where(mesh.outer, len(phases), row_of[:, 1])
    second[mesh.cracked] = len(phases) + 1  # a crack of no thickness has no label
    sides = (*phases, None, "crack")
    codes, which = np.unique(first * len(sides) + second, return_inverse=True)
    name_of_code = [
        facet_name(phases[code // len(sides)], sides[code % len(sides)]) for code in codes.tolist()
    ]
    names = (*USUAL_FACETS, *sorted(set(name_of_code) - set(USUAL_FACETS)))
    places = np.array([names.index(name) for name in name_of_code], dtype=np.int32)
    rows = places[which.ravel()]
    between = rows == USUAL_FACETS.index("grain_boundary")
    for name, facets in (
        (TWIN_BOUNDARY, between & _twins(mesh)),
        (PARTICLE_CONTACT, between & _contacts(mesh)),
    ):
        if facets.any():
            rows[facets] = len(names)
            names = (*names, name)
    return names, rows


def _twins(mesh: TaggedMesh) -> Bools:
    """Whether the grains of a facet are lamellae that divide the same grain, (k,)."""
    parents = mesh.parents.of(mesh.facet_grains)
    return np.asarray((parents[:, 0] > 0) & (parents[:, 0] == parents[:, 1]))


def _contacts(mesh: TaggedMesh) -> Bools:
    """Whether the grains of a facet belong to two particles, (k,)."""
    particles = mesh.particles.of(mesh.facet_grains)
    return np.asarray((particles > 0).all(axis=1) & (particles[:, 0] != particles[:, 1]))
