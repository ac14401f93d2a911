"""Which grains meet in a mesh, and which in the exact diagram: found by proof, not on a grid.

Sets of two labels are boundaries, of three triple lines, of four quadruple points; outside is 0.
That a set meets is proven at a place that Newton finds (``_core/src/mesher/covering.hpp``); that
no other does, by boxes in which all but a few labels are proved dearer, halved down to a
resolution (``_core/src/mesher/junctions.cpp``). What is neither found nor excluded is undecided.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.field import Field
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints

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
    missing = {found for found in exact if not _held(found, meshed[len(found)])}
    added = {found for found in every if len(found) in NAMES} - exact - undecided
    return Topology(exact, frozenset(missing), frozenset(added), undecided, resolution)


def junctions(mesh: TetMesh) -> dict[int, set[LabelSet]]:
    """Sets of labels at facets (2), at triple lines (3) and at quadruple points (4) of a mesh.

    A triple line or a point of more labels than three or four has all of them in its set.
    """
    pairs = {tuple(row) for row in np.unique(np.sort(mesh.facet_grains, axis=1), axis=0).tolist()}
    count = len(mesh.points)
    corners = mesh.facets[:, :3].astype(np.int64)
    sides = np.sort(np.stack([corners, np.roll(corners, -1, axis=1)], axis=2), axis=2)
    ends = np.sort(mesh.edges[:, :2].astype(np.int64), axis=1)
    return {
        2: pairs,
        3: _around(sides[..., 0] * count + sides[..., 1], mesh.facet_grains,
                   ends[:, 0] * count + ends[:, 1]),
        4: _around(corners, mesh.facet_grains, mesh.quadruple_points.astype(np.int64)),
    }  # fmt: skip


def _around(places: np.ndarray, grains: Ints, wanted: np.ndarray) -> set[LabelSet]:
    """Sets of the labels of facets at the wanted ones of their places, shape (k, 3)."""
    rows = np.stack([np.repeat(places.ravel(), 2), np.repeat(grains, 3, axis=0).ravel()], axis=1)
    rows = np.unique(rows[np.isin(rows[:, 0], wanted)], axis=0)
    starts = np.flatnonzero(np.diff(rows[:, 0], prepend=-1))
    labels = rows[:, 1].tolist()
    ends = np.append(starts, len(rows))[1:].tolist()
    return {tuple(labels[i:j]) for i, j in zip(starts.tolist(), ends, strict=True)}


def _held(found: LabelSet, meshed: set[LabelSet]) -> bool:
    """Whether a set is one of the mesh's, or part of one."""
    return found in meshed or any(len(held) > len(found) and set(found) <= set(held)
                                  for held in meshed)  # fmt: skip


def _diagram(
    field: Field, shell: Floats, resolution: float, reach: float
) -> tuple[frozenset[LabelSet], frozenset[LabelSet]]:
    """Sets that are proven to meet in the exact diagram, and sets that are undecided."""
    parts: list[Ints] = []

    def find(i: int, j: int) -> None:
        parts.append(core.find_junctions(field, shell, resolution, reach, i, j))

    for_chunks(int(np.prod(field.shape)), BOXES, find)
    rows = np.unique(np.concatenate(parts), axis=0)
    sets = [tuple(label for label in row[:4] if label >= 0) for row in rows.tolist()]
    exact = frozenset(found for found, row in zip(sets, rows[:, 4], strict=True) if row)
    return exact, frozenset(sets) - exact
