"""The value of meshes whose grain boundaries can open: wedges of no thickness between two sides."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import own
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Ints


@dataclass(frozen=True, eq=False)
class CohesiveMesh(Shown):
    """A mesh split along grain boundaries, with a wedge in every opened facet.

    The corners 0, 1, 2 of a wedge lie on the lower grain's side and turn so that their right-hand
    normal points to the higher grain; 3, 4, 5 are their partners on the higher grain's side, at the
    same places until the boundary opens. In a mesh of second order the nodes 6, 7, 8 and 9, 10, 11
    stand in the middle of the edges 01, 12, 20 and 34, 45, 53 (VTK's quadratic linear wedge).

    Parameters
    ----------
    mesh
        The split mesh. Cells, labels and facets stand in the order they had;
        facets name the nodes of the lower side; triple lines and quadruple points hold all
        copies.
    wedges
        Node numbers, shape (w, 6), or (w, 12) in a mesh of second order.
    wedge_facets
        The facet that each wedge opens, shape (w,), ascending places in ``mesh.facets``.
    origin
        Node of the mesh before splitting that each node is a copy of, shape (n,); the first copy
        keeps its number.

    Raises
    ------
    InputError
        If shapes do not fit, or the two sides of a wedge are not at the same places.

    Examples
    --------
    Two grains that meet on a square get a wedge on each of its triangles.

    >>> labels = np.ones((4, 4, 4), dtype=np.int32)
    >>> labels[2:] = 2
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
    >>> split = nmc_mesh.split_boundaries(mesh)
    >>> len(split.wedges) == len(mesh.facets[mesh.inner])
    True
    >>> np.unique(split.wedge_grains, axis=0).tolist()
    [[1, 2]]
    """

    mesh: TetMesh
    wedges: Ints
    wedge_facets: Ints
    origin: Ints

    def __post_init__(self) -> None:
        count = len(self.wedges)
        own(self, "wedges", np.int32, (count, 2 * self.mesh.facets.shape[1]))
        own(self, "wedge_facets", np.int32, (count,))
        own(self, "origin", np.int32, (len(self.mesh.points),))
        if not np.array_equal(self.origin[self.lower], self.origin[self.higher]):
            raise InputError("the two sides of a wedge must be copies of the same vertices")
        if not np.array_equal(self.lower, self.mesh.facets[self.wedge_facets]):
            raise InputError("the lower side of a wedge must be the facet that it opens")

    def __repr__(self) -> str:
        return f"CohesiveMesh({len(self.wedges):,} wedges in {self.mesh!r})"

    @property
    def lower(self) -> Ints:
        """Nodes of the wedges on the lower grain's side, as facets, shape (w, 3) or (w, 6)."""
        return np.hstack([self.wedges[:, :3], self.wedges[:, 6:9]])

    @property
    def higher(self) -> Ints:
        """Their partners on the higher grain's side, shape (w, 3) or (w, 6)."""
        return np.hstack([self.wedges[:, 3:6], self.wedges[:, 9:]])

    @property
    def wedge_grains(self) -> Ints:
        """The lower and the higher grain of every wedge, shape (w, 2)."""
        return self.mesh.facet_grains[self.wedge_facets]

    @property
    def nodes_before(self) -> int:
        """Number of nodes before the mesh was split."""
        return int(self.origin.max()) + 1
