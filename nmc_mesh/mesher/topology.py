"""Which grains meet in a mesh, and which in the exact diagram: found by proof, not on a grid.

Sets of two labels are boundaries, of three triple lines, of four quadruple points; outside is 0.
That a set meets is proven at a place that Newton finds (``_core/src/mesher/covering.hpp``); that
no other does, by boxes in which all but a few labels are proved dearer, halved down to a
resolution (``_core/src/mesher/junctions.cpp``). What is neither found nor excluded is undecided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.field import Field
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints, Longs

LabelSet = tuple[int, ...]
NAMES = {2: "boundaries", 3: "triple_lines", 4: "quadruple_points"}
"""What sets of so many labels are."""
BOXES = 8
"""Boxes in a chunk of work."""


@dataclass(frozen=True)
class Topology:
    """Sets of labels that meet in a mesh beside those of the exact diagram, each ascending.

    That a set meets says nothing of how often: two grains may share two faces.

    Parameters
    ----------
    exact
        Sets proven to meet in the exact diagram.
    missing
        Those of ``exact`` that no boundary, triple line or vertex of the mesh holds.
    added
        Sets that meet in the mesh and, by proof, not in the diagram.
    undecided
        Sets that could not be decided down to the resolution: smaller than it, or degenerate.
    resolution
        Edge length in um of the smallest boxes.
    """

    exact: frozenset[LabelSet]
    missing: frozenset[LabelSet]
    added: frozenset[LabelSet]
    undecided: frozenset[LabelSet]
    resolution: float

    def facts(self) -> dict[str, Any]:
        """Plain values for files: how many of each kind, and which are missing or added."""
        facts: dict[str, Any] = {"resolution": self.resolution}
        for kind in ("exact", "missing", "added", "undecided"):
            sets: frozenset[LabelSet] = getattr(self, kind)
            facts[kind] = {name: len(of_size(sets, size)) for size, name in NAMES.items()}
        for kind in ("missing", "added"):
            facts[f"{kind}_boundaries"] = [list(found) for found in of_size(getattr(self, kind), 2)]
        return facts


def of_size(sets: Iterable[LabelSet], size: int) -> list[LabelSet]:
    """Sets of so many labels, ascending."""
    return sorted(found for found in sets if len(found) == size)


def compare(
    mesh: TetMesh, field: Field, shell: Floats, resolution: float, reach: float
) -> Topology:
    """Set the junctions of a mesh beside those of the exact diagram.

    Parameters
    ----------
    mesh
        A mesh of a particle.
    field, shell
        Its field, whose lists are complete up to ``reach`` around, and bounds of its shell.
    resolution
        Edge length in um of the smallest boxes.
    reach
        In um.
    """
    unmeshed = {0, *np.unique(mesh.facet_grains[mesh.walls, 1]).tolist()}
    exact, undecided = (
        frozenset(one for one in sets if not set(one) <= unmeshed)
        for sets in _diagram(field, shell, resolution, reach)
    )
    meshed = junctions(mesh)
    every = frozenset().union(*meshed.values())
    held = {size: _parts(sets, size) for size, sets in meshed.items()}
    missing = {found for found in exact if found not in held[len(found)]}
    added = {found for found in every if len(found) in NAMES} - exact - undecided
    return Topology(exact, frozenset(missing), frozenset(added), undecided, resolution)


def junctions(mesh: TetMesh) -> dict[int, set[LabelSet]]:
    """Sets of labels at facets (2), at triple lines (3) and at quadruple points (4) of a mesh.

    A triple line or a point of more labels than three or four has all of them in its set.
    """
    first, second = np.sort(mesh.facet_grains, axis=1).T
    pairs = {tuple(row) for row in np.transpose(_parted(_sorted(first, second))).tolist()}
    count = len(mesh.points)
    corners = mesh.facets[:, :3].astype(np.int64)
    ends = np.sort(mesh.edges[:, :2].astype(np.int64), axis=1)
    on_line = np.zeros(count, dtype=np.bool_)
    on_line[ends] = True
    facet, side = np.nonzero(on_line[corners] & on_line[np.roll(corners, -1, axis=1)])
    sides = np.sort([corners[facet, side], corners[facet, (side + 1) % 3]], axis=0)
    keys = sides[0] * count + sides[1]
    line_keys = np.sort(ends[:, 0] * count + ends[:, 1])
    line = np.searchsorted(line_keys[:-1], keys)
    there = line_keys[line] == keys if len(line_keys) else np.zeros(len(keys), dtype=np.bool_)
    on_point = np.zeros(count, dtype=np.bool_)
    on_point[mesh.quadruple_points] = True
    owner, corner = np.nonzero(on_point[corners])
    return {
        2: pairs,
        3: _around(line[there], mesh.facet_grains[facet[there]]),
        4: _around(corners[owner, corner], mesh.facet_grains[owner]),
    }


def _around(places: Longs, pairs: Ints) -> set[LabelSet]:
    """Sets of the labels at every place, given place by place (n,) the pairs (n, 2) there."""
    place, label = _parted(_sorted(np.repeat(places, 2), pairs.ravel()))
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    counts = np.diff(starts, append=len(place))
    sets: set[LabelSet] = set()
    for count in np.unique(counts).tolist():
        held = starts[counts == count][:, None] + np.arange(count)
        sets.update(map(tuple, distinct(label[held]).tolist()))
    return sets


def _sorted(firsts: Ints | Longs, seconds: Ints) -> Longs:
    """Pairs without repetition, ascending, each as one number: sorting these is far faster."""
    codes = (firsts.astype(np.int64) << 31) | seconds
    codes.sort()
    return codes[np.diff(codes, prepend=-1) > 0]


def _parted(codes: Longs) -> tuple[Longs, Longs]:
    return codes >> 31, codes & 0x7FFFFFFF


def distinct(rows: Longs) -> Longs:
    """Rows (n, c) without repetition, in ascending order."""
    ordered = rows[np.lexsort(rows.T[::-1])]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    kept: Longs = ordered[fresh]
    return kept


def _parts(sets: set[LabelSet], size: int) -> set[LabelSet]:
    """Sets of ``size`` labels that are one of the sets given (ascending), or part of one."""
    return {part for labels in sets for part in combinations(labels, size)}


def _diagram(
    field: Field, shell: Floats, resolution: float, reach: float
) -> tuple[frozenset[LabelSet], frozenset[LabelSet]]:
    """Sets that are proven to meet in the exact diagram, and sets that are undecided."""
    parts: list[Ints] = []

    def find(i: int, j: int) -> None:
        parts.append(core.find_junctions(field, shell, resolution, reach, i, j))

    for_chunks(int(np.prod(field.shape)), BOXES, find)
    rows = distinct(np.concatenate(parts))
    sets = [tuple(label for label in row[:4] if label >= 0) for row in rows.tolist()]
    exact = frozenset(found for found, row in zip(sets, rows[:, 4], strict=True) if row)
    return exact, frozenset(sets) - exact
