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
from nmc_mesh.mesher.contacts import Surroundings
from nmc_mesh.mesher.cubes import in_cubes
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints, Longs

LabelSet = tuple[int, ...]
NAMES = {2: "boundaries", 3: "triple_lines", 4: "quadruple_points"}
"""What sets of so many labels are."""
BOXES, SETS = 8, 256
"""Boxes, and sets, in a chunk of work."""
NO_LABEL = np.iinfo(np.int32).min
Places = tuple[Longs | Ints, Longs]
"""Sets of so many labels, (s, c), ascending, and a vertex where each is, (s,)."""


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


def compare(around: Surroundings, resolution: float) -> Topology:
    """Set the junctions of a mesh beside those of the exact diagram.

    Parameters
    ----------
    around
        A mesh in its diagram.
    resolution
        Edge length of the smallest boxes in edge lengths of the mesh.
    """
    mesh, finest = around.mesh, resolution * around.size
    unmeshed = {0, *np.unique(mesh.facet_grains[mesh.walls, 1]).tolist()}
    places = _places(mesh)
    exact, undecided = (
        frozenset(one for one in sets if not set(one) <= unmeshed)
        for sets in _diagram(around, finest, *_starts(places, mesh.points))
    )
    meshed = {size: _sets(sizes) for size, sizes in places.items()}
    every = frozenset().union(*meshed.values())
    held = {size: _parts(sets, size) for size, sets in meshed.items()}
    missing = {found for found in exact if found not in held[len(found)]}
    added = {found for found in every if len(found) in NAMES} - exact - undecided
    return Topology(exact, frozenset(missing), frozenset(added), undecided, finest)


def junctions(mesh: TetMesh) -> dict[int, set[LabelSet]]:
    """Sets of labels at facets (2), at triple lines (3) and at quadruple points (4) of a mesh.

    A triple line or a point of more labels than three or four has all of them in its set.
    """
    return {size: _sets(sizes) for size, sizes in _places(mesh).items()}


def _sets(sizes: dict[int, Places]) -> set[LabelSet]:
    return {found for sets, _ in sizes.values() for found in map(tuple, sets.tolist())}


def _places(mesh: TetMesh) -> dict[int, dict[int, Places]]:
    """Sets of labels at facets (2), triple lines (3), quadruple points (4), by their size."""
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
    lines = _around(line[there], mesh.facet_grains[facet[there]])
    starts = line_keys // max(count, 1)
    pairs, first = distinct(np.sort(mesh.facet_grains, axis=1))
    return {
        2: {2: (pairs, corners[first, 0])},
        3: {size: (sets, starts[at]) for size, (sets, at) in lines.items()},
        4: _around(corners[owner, corner], mesh.facet_grains[owner]),
    }


def _around(places: Longs, pairs: Ints) -> dict[int, Places]:
    """Sets of the labels at every place, by size, given places (n,) and the pairs (n, 2) there."""
    place, label = _parted(_sorted(np.repeat(places, 2), pairs.ravel()))
    starts = np.flatnonzero(np.diff(place, prepend=-1))
    counts = np.diff(starts, append=len(place))
    sets: dict[int, Places] = {}
    for count in np.unique(counts).tolist():
        held = starts[counts == count]
        rows, first = distinct(label[held[:, None] + np.arange(count)])
        sets[count] = rows, place[held[first]]
    return sets


def _starts(places: dict[int, dict[int, Places]], points: Floats) -> tuple[Ints, Floats]:
    """Sets of a mesh as the core has them, (s, 4), and where to seek them, (s, 3)."""
    rows, vertices = [], []
    for size in NAMES:
        sets, at = places[size].get(size, (np.zeros((0, size), dtype=np.int64), np.zeros(0, int)))
        filler = np.full((len(sets), 4 - size), NO_LABEL)
        rows.append(np.concatenate([sets, filler], axis=1))
        vertices.append(at)
    return np.concatenate(rows).astype(np.int32), points[np.concatenate(vertices)]


def _sorted(firsts: Ints | Longs, seconds: Ints) -> Longs:
    """Pairs without repetition, ascending, each as one number: sorting these is far faster."""
    codes = (firsts.astype(np.int64) << 31) | seconds
    codes.sort()
    return codes[np.diff(codes, prepend=-1) > 0]


def _parted(codes: Longs) -> tuple[Longs, Longs]:
    return codes >> 31, codes & 0x7FFFFFFF


def distinct(rows: Longs | Ints) -> tuple[Longs | Ints, Longs]:
    """Rows (n, c) without repetition, in ascending order, and the first place of each."""
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    fresh = np.ones(len(rows), dtype=np.bool_)
    fresh[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    return ordered[fresh], order[fresh]


def _parts(sets: set[LabelSet], size: int) -> set[LabelSet]:
    """Sets of ``size`` labels that are one of the sets given (ascending), or part of one."""
    return {part for labels in sets for part in combinations(labels, size)}


def _diagram(
    around: Surroundings, resolution: float, sets: Ints, places: Floats
) -> tuple[frozenset[LabelSet], frozenset[LabelSet]]:
    """Sets that are proven to meet in the exact diagram, and sets that are undecided.

    ``sets`` (s, 4) of the mesh are sought first, each near its place.
    """
    field, shell, reach = around.field, around.shell, around.size
    order = in_cubes(places - field.lower, float(field.step[0])).things
    sets, places = sets[order], places[order]
    proved = np.zeros(len(sets), dtype=np.bool_)

    def prove(i: int, j: int) -> None:
        core.prove_junctions(field, shell, reach, sets, places, i, j, proved)

    for_chunks(len(sets), SETS, prove)
    known, slots = core.table_junctions(sets, proved)
    parts: list[Ints] = []

    def find(i: int, j: int) -> None:
        parts.append(core.find_junctions(field, shell, resolution, reach, known, slots, i, j))

    for_chunks(int(np.prod(field.shape)), BOXES, find)
    rows, _ = distinct(np.concatenate([known, *parts]))
    named = [tuple(label for label in row[:4] if label >= 0) for row in rows.tolist()]
    exact = frozenset(found for found, row in zip(named, rows[:, 4], strict=True) if row)
    return exact, frozenset(named) - exact
