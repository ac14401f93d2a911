"""What meshes of tetrahedra and of hexahedra have in common: cells, facets and their tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from nmc_mesh.arrays import occurring, own
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.phases import GRAIN, Phases
from nmc_mesh.later import Shown, later
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints


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
        _ = self.phases, self.parents, self.particles  # which are checked here

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

    @cached_property
    def parents(self) -> Owners:
        """Of lamellae: the label that stands for their grain, from ``info["parents"]``."""
        return Owners.of_plain(self.info.get("parents"))

    @cached_property
    def particles(self) -> Owners:
        """The particle of every grain where there are several, from ``info["particles"]``."""
        return Owners.of_plain(self.info.get("particles"))

    @property
    def outer(self) -> Bools:
        """Whether outside is on the other side of a facet, of every facet."""
        return np.asarray(self.facet_grains[:, 1] == 0)

    @property
    def walls(self) -> Bools:
        """Whether a facet is the wall of a void that has no cells, of every facet."""
        there = (self.facet_cells[:, 1] < 0) & (self.facet_grains[:, 1] > 0)
        return np.asarray(there & ~self.cracked)

    @property
    def cracked(self) -> Bools:
        """Whether a facet is a side of a crack: a label that has cells is across, but no cell."""
        sides = self.facet_cells[:, 1] < 0
        sides[sides] = np.isin(self.facet_grains[sides, 1], self.labels_there)
        return np.asarray(sides)

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
        return occurring(self.labels)[0]

    @property
    def grains(self) -> Ints:
        """The labels of grains that occur, ascending."""
        occurs = self.labels_there
        if not self.phases:
            return occurs
        return occurs[self.phases.mask(GRAIN, occurs)]

    def plot(
        self,
        cut: str = "octant",
        color: str | AnyArray = "grain",
        title: str = "",
        show: bool = True,
    ) -> Any:
        """Show the mesh cut open, to turn and zoom: in a window, or in the notebook.

        Parameters
        ----------
        cut
            What is taken away: the "octant" towards the viewer, the half beyond "x", "y" or "z"
            through the middle of the box, or "none".
        color
            "grain", "phase", "ipf", "c-axis", or a number per cell, shape (m,): see `picture`.
        title
            What the numbers are, with their unit.
        show
            False returns the ``pyvista.Plotter``, to add to and to show.

        Raises
        ------
        InputError
            If there is no such cut, or the colours have no meaning for this mesh.
        MissingExtraError
            If pyvista is not installed.

        Examples
        --------
        >>> image = nmc_mesh.LabelImage(np.ones((3, 3, 3), dtype=np.int32), spacing=0.5)
        >>> mesh = nmc_mesh.tetrahedralize(image, size=0.5)
        >>> plotter = mesh.plot(cut="x", show=False)
        >>> [round(edge, 3) for edge in plotter.bounds[:2]]
        [-0.75, 0.0]
        """
        return later("plot_mesh")(self, cut, color, title, show)

    def to_pyvista(self) -> Any:
        """Return the mesh as a ``pyvista.UnstructuredGrid``, in um.

        Cell arrays: ``grain_id``; where crystals are known also ``c_axis``, ``quaternion``,
        ``ipf_z`` and ``ipf_radial``.

        Examples
        --------
        >>> mesh = nmc_mesh.voxel_mesh(nmc_mesh.LabelImage([[[1]], [[2]]], spacing=0.5))
        >>> mesh.to_pyvista()["grain_id"].tolist()
        [1, 2]
        """
        return later("to_pyvista")(self)

    def to_meshio(self, blocks: str = "auto", boundaries: str = "auto") -> Any:
        """Return the mesh as a ``meshio.Mesh``, in um: cells, then facets.

        Cell arrays are ``grain_id``, the grain (of a facet: the lower one), and ``other_grain``,
        that on a facet's other side, 0 outside and for cells; sets of cells have the names that
        files give groups. ``info`` is carried along.

        Parameters
        ----------
        blocks, boundaries
            Layout of the sets, as for `write`.

        Examples
        --------
        >>> mesh = nmc_mesh.voxel_mesh(nmc_mesh.LabelImage([[[1]], [[2]]], spacing=0.5))
        >>> list(mesh.to_meshio().cell_sets)
        ['grain_00001', 'grain_00002', 'outer_surface', 'grain_00001_grain_00002']
        """
        return later("to_meshio")(self, blocks, boundaries)
