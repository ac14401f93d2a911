"""What proofs of a mesh look at: its field, and the few labels that count near every vertex."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from nmc_mesh import _core as core
from nmc_mesh.mesh.faces import bucket
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.cubes import in_cubes
from nmc_mesh.mesher.field import Field
from nmc_mesh.parallel import for_chunks
from nmc_mesh.typing import Floats, Ints, Longs

LISTED = 1.8661
"""Edge lengths around its boxes in which the lists of a field are complete, at least."""
EDGE, CLOSE, AROUND = 1.5, 0.1, 0.35
"""Edge lengths: the longest edge at a vertex, and two ways around, for which contacts are all."""
CHUNK = 1 << 15


class Contacts(NamedTuple):
    """Labels that need to be looked at in the cells and facets at every vertex.

    What no corner of a cell or facet names is dearer than the label there, throughout and up to
    ``around`` around (of those close by, up to ``close``): the proof is in
    ``_core/src/mesher/contacts.hpp``.
    """

    edge: float
    """Where no side of the cell or facet is longer than this, in um."""
    close: float
    """In um."""
    around: float
    """In um."""
    start: Longs
    """First contact of every vertex, (p + 1,)."""
    closest: Longs
    """End of those close by, which come first, (p,)."""
    labels: Ints
    """Contacts, vertex by vertex."""


@dataclass(frozen=True)
class Surroundings:
    """The diagram around a mesh, as all proofs read it.

    Parameters
    ----------
    mesh
        A mesh of a particle.
    field
        The particle's, whose lists are complete ``LISTED`` edge lengths around.
    shell
        Bounds of its shell: see `nmc_mesh.mesher.certificate`.
    size
        Edge length of the mesh in um.
    """

    mesh: TetMesh
    field: Field
    shell: Floats
    size: float

    @cached_property
    def facets(self) -> Ints:
        """Corners of the facets, (k, 3)."""
        return np.ascontiguousarray(self.mesh.facets[:, :3])

    @cached_property
    def facets_at(self) -> tuple[Longs, Ints]:
        """Facets at every vertex: first entry of each, (p + 1,), and the facets, (3 k,)."""
        start, corners = bucket(self.facets, len(self.mesh.points))
        return start, corners // 3

    @cached_property
    def contacts(self) -> Contacts:
        """Find the contacts of all vertices."""
        mesh, field = self.mesh, self.field
        edge, close, around = EDGE * self.size, CLOSE * self.size, AROUND * self.size
        count = len(mesh.points)
        label_at = np.zeros(count, dtype=np.int32)
        label_at[mesh.cells[:, :4]] = mesh.labels[:, None]
        order = in_cubes(mesh.points - field.lower, 0.5 * field.step[0]).things
        parts: dict[int, Ints] = {}

        def find(i: int, j: int) -> None:
            parts[i] = core.find_contacts(
                field, edge, close, around, mesh.points, label_at, mesh.facet_grains,
                *self.facets_at, order, i, j,
            )  # fmt: skip

        for_chunks(count, CHUNK, find)
        vertices, labels, near = np.concatenate([parts[i] for i in sorted(parts)]).T
        start, places = bucket(vertices, count)
        closest = start[:-1] + np.bincount(vertices[near > 0], minlength=count)
        return Contacts(edge, close, around, start, closest, labels[places])
