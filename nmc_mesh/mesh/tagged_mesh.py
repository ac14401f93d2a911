"""What meshes of tetrahedra and of hexahedra have in common: cells, facets and their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from nmc_mesh.arrays import own
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import GRAIN, Phases
from nmc_mesh.later import Shown
from nmc_mesh.typing import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class TaggedMesh(Shown):
    """A conforming mesh with a grain per cell and the two grains of every facet between grains.

    The kinds of it tell what the parts mean; ``NODES`` are their numbers of nodes per cell, facet
    and edge, for each order that there is. Labels that are no grains (pores, electrolyte) stand in
    ``info["phases"]``, see `Phases`. A void that has no cells is still known by its wall: facets
    that name its label second and have no cell there.
    """

    NODES: ClassVar[tuple[tuple[int, int, int], ...]]

    points: Floats
    cells: Ints
    labels: Ints
    facets: Ints
    facet_grains: Ints
    facet_cells: Ints
    edges: Ints
    quadruple_points: Ints
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        m, k = len(self.cells), len(self.facets)
        own(self, "points", np.float64, (-1, 3))
        own(self, "cells", np.int32, *((m, nodes[0]) for nodes in self.NODES))
        own(self, "labels", np.int32, (m,))
        own(self, "facets", np.int32, *((k, nodes[1]) for nodes in self.NODES))
        own(self, "facet_grains", np.int32, (k, 2))
        own(self, "facet_cells", np.int32, (k, 2))
        own(self, "edges", np.int32, *((-1, nodes[2]) for nodes in self.NODES))
        own(self, "quadruple_points", np.int32, (-1,))
        if m == 0:
            raise InputError("a mesh needs at least one cell")
        if self.cells.min() < 0 or self.cells.max() >= len(self.points):
            raise InputError("a cell names a vertex that does not exist")
        if self.labels.min() < 1:
            raise InputError("grain labels of cells start at 1; 0 is outside")
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))
        _ = self.phases  # which are checked here

    def __repr__(self) -> str:
        size = " x ".join(f"{edge:.4g}" for edge in np.ptp(self.points, axis=0))
        parts = [
            f"{len(self.grains):,} grains",
            *([repr(self.phases)] if self.phases else []),
            f"{len(self.cells):,} cells of order {self.order}",
            f"{len(self.points):,} points",
            f"{len(self.facets):,} facets",
            f"{size} um",
        ]
        return f"{type(self).__name__}({', '.join(parts)})"

    def __reduce__(self) -> tuple[Any, ...]:
        parts = [getattr(self, part.name) for part in fields(self)]
        return (type(self), (*parts[:-1], dict(self.info)))

    @property
    def order(self) -> int:
        """1 for straight cells, 2 for cells with mid-edge nodes."""
        return 1 + [nodes[0] for nodes in self.NODES].index(self.cells.shape[1])

    @cached_property
    def phases(self) -> Phases:
        """The phase of every label, from ``info["phases"]``; all grains where it is not there."""
        return Phases.of_plain(self.info.get("phases"))

    @property
    def outer(self) -> Bools:
        """Whether outside is on the other side of a facet, of every facet."""
        return np.asarray(self.facet_grains[:, 1] == 0)

    @property
    def walls(self) -> Bools:
        """Whether a facet is the wall of a void that has no cells, of every facet."""
        return np.asarray((self.facet_cells[:, 1] < 0) & (self.facet_grains[:, 1] > 0))

    @property
    def inner(self) -> Bools:
        """Whether a facet lies between two cells, of every facet."""
        return np.asarray(self.facet_cells[:, 1] >= 0)

    @property
    def last_label(self) -> int:
        """The largest label of a cell, or of a void beyond a facet."""
        return max(int(self.labels.max()), int(self.facet_grains.max(initial=0)))

    @property
    def labels_there(self) -> Ints:
        """The labels that occur, of any phase, ascending."""
        return np.flatnonzero(np.bincount(self.labels)).astype(np.int32)

    @property
    def grains(self) -> Ints:
        """The labels of grains that occur, ascending."""
        occurs = self.labels_there
        if not self.phases:
            return occurs
        return occurs[self.phases.mask(GRAIN, int(occurs[-1]))[occurs]]
