"""Named groups of cells, facets, edges and points: what every file format calls its tags."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal

import numpy as np

from nmc_mesh.arrays import occurring, one_line, places_in
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import ALL_GRAINS, GRAIN, Phases
from nmc_mesh.mesh.coloring import proper_coloring
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.phases import USUAL_FACETS, facet_names
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Ints, Longs

Blocks = Literal["auto", "grain", "color", "single"]
"""``grain``: a group of cells per grain; ``color``: few groups, in none of which two grains touch;
``single``: one for the whole particle."""

Boundaries = Literal["auto", "pairs", "one", "none"]
"""``pairs``: a group of facets per pair of grains; ``one``: one for all; ``none``: none, nor of
triple lines and quadruple points, which some hosts refuse: cells, the outer surface and cracks
alone."""

LARGEST_ID = 32_767
"""Largest id that every host holds: libMesh and MOOSE keep those of boundaries in 16 bits."""

_OF_LABEL = re.compile(r"(?:grain_|[a-z]\w*_(?=\d{5}))(\d+)")


@dataclass(frozen=True, eq=False)
class Group:
    """A name and an id for some of the cells (dim 3), facets (2), edges (1) or points (0).

    ``entities`` are places in ``mesh.cells``, ``mesh.facets``, ``mesh.edges`` or
    ``mesh.quadruple_points``, ascending.
    """

    dim: int
    id: int
    name: str
    entities: Ints

    __repr__ = one_line


def grain_name(grain: int) -> str:
    """Name of the group of a grain: ``grain_00001``."""
    return f"grain_{grain:05d}"


def label_name(label: int, phases: Phases) -> str:
    """Name of the group of a label's cells: ``grain_00001``, ``pore_00201``, ``electrolyte``.

    A phase of one label only has its own name.
    """
    phase = phases.of(label)
    if phase != GRAIN and len(phases.labels_of(phase)) == 1:
        return phase
    return f"{phase}_{label:05d}"


def label_of_name(name: str, phases: Phases = ALL_GRAINS) -> int | None:
    """Label that a group of cells is named after, if it is: see `label_name`."""
    name_parts = _OF_LABEL.fullmatch(name)
    if name_parts:
        return int(name_parts[1])
    own = phases.labels_of(name)
    return int(own[0]) if len(own) == 1 else None


def boundary_pairs(mesh: TaggedMesh) -> tuple[Ints, Ints]:
    """Pairs of grains that touch, and the pair of every facet.

    Returns
    -------
    pairs, pair_of_facet
        (lower, higher) grain, shape (p, 2), in ascending order; and for every facet the place of
        its pair, shape (k,), -1 on the outer surface, in cracks, and where a side is no grain.
    """
    lower, higher = mesh.facet_grains[:, 0].astype(np.int64), mesh.facet_grains[:, 1]
    inner = mesh.inner
    if mesh.phases:
        inner &= mesh.phases.mask(GRAIN, mesh.facet_grains).all(axis=1)
    codes, which = np.unique((lower[inner] << 32) | higher[inner], return_inverse=True)
    pair_of_facet = np.full(len(mesh.facets), -1, dtype=np.int32)
    pair_of_facet[inner] = which
    return np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1).astype(np.int32), pair_of_facet


def groups(
    mesh: TaggedMesh,
    blocks: Blocks = "auto",
    boundaries: Boundaries = "auto",
    largest_id: int = 2**31 - 1,
) -> list[Group]:
    """Sort the parts of a mesh into named groups.

    Every cell is in exactly one group, every facet in at most one. Ids start at 1 and are unique
    across dimensions; the id of a grain's group is the grain's label. Names are
    ``grain_00001``, ``color_01`` or ``particle`` (cells), ``outer_surface`` and
    ``grain_00001_grain_00002`` or ``grain_boundary``, ``crack_surface``, both sides of all cracks
    (facets), ``triple_lines`` (edges), ``quadruple_points`` (points). A group without members is
    left out.

    Labels that are no grains have groups by the names of their phases: a block per label where
    grains have one (``pore_00201``; ``electrolyte`` where there is one label only), else one per
    phase (``pore``). Facets between two phases are one group, whatever the layout, by the rule of
    `nmc_mesh.geometry.phases.facet_name`: ``pore_surface``, ``particle_electrolyte``,
    ``domain_boundary``; without boundaries, where they have one cell. So are those between lamellae
    of a grain, ``twin_boundary``, and between particles, ``particle_contact``.

    Parameters
    ----------
    mesh
        The mesh.
    blocks, boundaries
        The layout; ``auto`` takes the finest one whose ids stay within 32,767, which every host
        can hold.
    largest_id
        Largest id that the file format at hand can hold.

    Raises
    ------
    InputError
        If the layout is unknown, or if its ids exceed ``largest_id``; the message names a layout
        that fits.
    """
    if blocks not in ("auto", "grain", "color", "single"):
        raise InputError(f"blocks must be 'auto', 'grain', 'color' or 'single', not {blocks!r}")
    if boundaries not in ("auto", "pairs", "one", "none"):
        raise InputError(f"boundaries must be 'auto', 'pairs', 'one' or 'none', not {boundaries!r}")
    pairs, pair_of_facet = boundary_pairs(mesh)
    limit = min(LARGEST_ID, largest_id)
    highest = int(mesh.labels.max())
    if blocks == "auto":
        blocks = "grain" if highest + 4 <= limit else "single"
    group_of_cell, names = _blocks(mesh, blocks, pairs)
    first = max(names)
    surfaces = _surfaces(mesh, boundaries)
    more = len(surfaces)
    if boundaries == "auto":
        boundaries = "pairs" if first + 3 + len(pairs) + more <= limit else "one"
    last = first + {"pairs": 3 + len(pairs), "one": 4, "none": 1}[boundaries] + more
    if last > largest_id:
        fits = "boundaries='one'" if first + 4 + more <= largest_id else "blocks='single'"
        raise InputError(
            f"blocks='{blocks}' with boundaries='{boundaries}' needs ids up to {last}, but this "
            f"format holds {largest_id}; use {fits}"
        )
    all_groups = _of_cells(group_of_cell, names)
    all_groups += _of_facets(mesh, boundaries, first, pairs, pair_of_facet)
    before = last - more - (0 if boundaries == "none" else 2)
    all_groups += [
        Group(2, before + place, name, facets)
        for place, (name, facets) in enumerate(surfaces.items(), 1)
    ]
    if boundaries != "none":
        all_groups.append(Group(1, last - 1, "triple_lines", _all(mesh.edges)))
        all_groups.append(Group(0, last, "quadruple_points", _all(mesh.quadruple_points)))
    return [group for group in all_groups if len(group.entities)]


def groups_of_labels(
    labels: Ints,
    sides: Ints,
    blocks: Blocks = "auto",
    boundaries: Boundaries = "auto",
    largest_id: int = 2**31 - 1,
) -> list[Group]:
    """Groups of a mesh of grains of which no more is known than what touches what.

    They have the names and ids of `groups`; ``entities`` are places in ``labels``, (g,), and in
    ``sides``, (p, 2), the pairs of labels that facets part, 0 outside. Groups of edges and points
    are left out.
    """
    return groups(one_cell_each(labels, sides), blocks, boundaries, largest_id)


def one_cell_each(
    labels: Ints, sides: Ints, info: Mapping[str, Any] = MappingProxyType({})
) -> TetMesh:
    """Make a mesh with one cell of every label and one facet of every pair: no mesh in space.

    It has the groups, and cells have the crystals, of any other of these labels and pairs.
    """
    corners = np.tile(np.arange(4, dtype=np.int32), (max(len(labels), len(sides)), 1))
    beyond = np.where(sides[:, 1] > 0, 0, -1)
    cells = np.stack([np.zeros_like(beyond), beyond], axis=1)
    none = np.empty((0, 2), dtype=np.int32)
    return TetMesh(
        np.zeros((4, 3)), corners[: len(labels)], labels, corners[: len(sides), :3], sides, cells,
        none, none[:, 0], info,
    )  # fmt: skip


def _all(entities: AnyArray) -> Ints:
    return np.arange(len(entities), dtype=np.int32)


def _stretch(starts: Longs, order: Ints, key: int) -> Ints:
    return order[starts[key] : starts[key + 1]]


def _blocks(mesh: TaggedMesh, blocks: Blocks, pairs: Ints) -> tuple[Ints, dict[int, str]]:
    """Id of the group of every cell, and the names of ids."""
    there, row = occurring(mesh.labels)
    phases, phase_of = mesh.phases.rows(there)
    if blocks == "grain":
        return mesh.labels, {k: label_name(k, mesh.phases) for k in there.tolist()}
    ids = np.ones(len(there), dtype=np.int32)
    if blocks == "color":
        ids = proper_coloring(places_in(there, pairs), len(there)) + np.int32(1)
    ids[phase_of > 0] = 0
    last = int(ids.max())
    names = {k: f"color_{k:02d}" if blocks == "color" else "particle" for k in range(1, last + 1)}
    for place, phase in enumerate(phases[1:], 1):
        own = phase_of == place
        if own.any():
            last += 1
            ids[own], names[last] = last, phase
    return ids[row], names


def _of_cells(group_of_cell: Ints, names: dict[int, str]) -> list[Group]:
    ids, row = occurring(group_of_cell)
    starts, order = bucket(row, len(ids))
    return [
        Group(3, number, names[number], _stretch(starts, order, place))
        for place, number in enumerate(ids.tolist())
    ]


def _surfaces(mesh: TaggedMesh, boundaries: Boundaries) -> dict[str, Ints]:
    """Facets in cracks, of twins and contacts, and where a side is no grain, by name."""
    if not (mesh.phases or mesh.parents or mesh.particles or mesh.cracked.any()):
        return {}
    names, row_of_facet = facet_names(mesh)
    shown = mesh.facet_cells[:, 1] < 0 if boundaries == "none" else np.ones_like(mesh.outer)
    every = {
        name: np.flatnonzero(shown & (row_of_facet == row)).astype(np.int32)
        for row, name in enumerate(names)
        if name not in USUAL_FACETS
    }
    return {name: facets for name, facets in every.items() if len(facets)}


def _of_facets(
    mesh: TaggedMesh, boundaries: Boundaries, first: int, pairs: Ints, pair_of_facet: Ints
) -> list[Group]:
    names, row_of_facet = facet_names(mesh)
    outer = np.flatnonzero(row_of_facet == names.index("outer_surface")).astype(np.int32)
    facet_groups = [Group(2, first + 1, "outer_surface", outer)]
    usual = row_of_facet == names.index("grain_boundary")
    pair_of_facet = np.where(usual, pair_of_facet, np.int32(-1))
    if boundaries == "one":
        inner = np.flatnonzero(pair_of_facet >= 0).astype(np.int32)
        facet_groups.append(Group(2, first + 2, "grain_boundary", inner))
    elif boundaries == "pairs":
        starts, order = bucket(pair_of_facet + 1, len(pairs) + 1)
        facet_groups += [
            Group(
                2,
                first + 2 + place,
                f"{grain_name(lower)}_{grain_name(higher)}",
                _stretch(starts, order, place + 1),
            )
            for place, (lower, higher) in enumerate(pairs.tolist())
        ]
    return facet_groups
