"""Named groups of cells, facets, edges and points: what every file format calls its tags."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nmc_mesh.arrays import one_line
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.coloring import proper_coloring
from nmc_mesh.mesh.faces import bucket
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

_GRAIN = re.compile(r"grain_(\d+)")


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


def grain_of_name(name: str) -> int | None:
    """Grain that a group of cells is named after, if it is."""
    name_parts = _GRAIN.fullmatch(name)
    return int(name_parts[1]) if name_parts else None


def boundary_pairs(mesh: TetMesh) -> tuple[Ints, Ints]:
    """Pairs of grains that touch, and the pair of every facet.

    Returns
    -------
    pairs, pair_of_facet
        (lower, higher) grain, shape (p, 2), in ascending order; and for every facet the place of
        its pair, shape (k,), -1 on the outer surface and in cracks.
    """
    lower, higher = mesh.facet_grains[:, 0].astype(np.int64), mesh.facet_grains[:, 1]
    inner = mesh.inner
    codes, which = np.unique((lower[inner] << 32) | higher[inner], return_inverse=True)
    pair_of_facet = np.full(len(mesh.facets), -1, dtype=np.int32)
    pair_of_facet[inner] = which
    return np.stack([codes >> 32, codes & 0xFFFFFFFF], axis=1).astype(np.int32), pair_of_facet


def groups(
    mesh: TetMesh,
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
    left out; the id of cracks follows all others.

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
    cracks = np.flatnonzero(mesh.cracked).astype(np.int32)
    more = int(len(cracks) > 0)
    limit = min(LARGEST_ID, largest_id) - more
    highest = int(mesh.labels.max())
    if blocks == "auto":
        blocks = "grain" if highest + 4 <= limit else "single"
    group_of_grain = _blocks(mesh, blocks, pairs)
    first = int(group_of_grain.max())
    if boundaries == "auto":
        boundaries = "pairs" if first + 3 + len(pairs) <= limit else "one"
    last = first + {"pairs": 3 + len(pairs), "one": 4, "none": 1}[boundaries]
    if last + more > largest_id:
        fits = "boundaries='one'" if first + 4 + more <= largest_id else "blocks='single'"
        raise InputError(
            f"blocks='{blocks}' with boundaries='{boundaries}' needs ids up to {last + more}, but "
            f"this format holds {largest_id}; use {fits}"
        )
    all_groups = _of_cells(mesh, blocks, group_of_grain)
    all_groups += _of_facets(mesh, boundaries, first, pairs, pair_of_facet)
    if boundaries != "none":
        all_groups.append(Group(1, last - 1, "triple_lines", _all(mesh.edges)))
        all_groups.append(Group(0, last, "quadruple_points", _all(mesh.quadruple_points)))
    all_groups.append(Group(2, last + 1, "crack_surface", cracks))
    return [group for group in all_groups if len(group.entities)]


def _all(entities: AnyArray) -> Ints:
    return np.arange(len(entities), dtype=np.int32)


def _stretch(starts: Longs, order: Ints, key: int) -> Ints:
    return order[starts[key] : starts[key + 1]]


def _blocks(mesh: TetMesh, blocks: Blocks, pairs: Ints) -> Ints:
    """Id of the group of cells of every label 0 ... highest; 0 of labels that do not occur."""
    count = int(mesh.labels.max()) + 1
    occurs = np.bincount(mesh.labels, minlength=count) > 0
    if blocks == "grain":
        ids = np.arange(count, dtype=np.int32)
    elif blocks == "color":
        ids = proper_coloring(pairs, count) + np.int32(1)
    else:
        ids = np.ones(count, dtype=np.int32)
    return np.where(occurs, ids, np.int32(0))


def _of_cells(mesh: TetMesh, blocks: Blocks, group_of_grain: Ints) -> list[Group]:
    group_of_cell = group_of_grain[mesh.labels]
    starts, order = bucket(group_of_cell, int(group_of_grain.max()) + 1)
    return [
        Group(3, place, _block_name(blocks, place), _stretch(starts, order, place))
        for place in np.flatnonzero(np.diff(starts)).tolist()
    ]


def _block_name(blocks: Blocks, place: int) -> str:
    if blocks == "single":
        return "particle"
    return grain_name(place) if blocks == "grain" else f"color_{place:02d}"


def _of_facets(
    mesh: TetMesh, boundaries: Boundaries, first: int, pairs: Ints, pair_of_facet: Ints
) -> list[Group]:
    outer = np.flatnonzero(mesh.outer).astype(np.int32)
    facet_groups = [Group(2, first + 1, "outer_surface", outer)]
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
