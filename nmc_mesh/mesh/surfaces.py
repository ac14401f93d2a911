"""Labelled surfaces: every interface once, both grains named, and closed surfaces of grains.

The triangles are those of the tetrahedra, so neighbouring grains share them vertex by vertex, and
the volume inside the closed surface of a grain is that of its cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any

import numpy as np

from nmc_mesh.arrays import by_label, occurring, own, without_unused
from nmc_mesh.errors import InputError
from nmc_mesh.later import Shown
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

QUARTERS = np.array([[0, 3, 5], [1, 4, 3], [2, 5, 4], [3, 4, 5]], dtype=np.int64)
"""Corners of the four triangles that a quadratic one is split into."""


@dataclass(frozen=True, eq=False)
class SurfaceMesh(Shown):
    """Triangles between grains and round the particle, without cells.

    Parameters
    ----------
    points
        Vertices in um, shape (n, 3).
    triangles
        Vertices of every triangle, shape (k, 3); the right-hand normal points from the first grain
        to the second.
    grains
        The grains on its two sides, shape (k, 2): (lower, higher), or (grain, 0) on the outer
        surface.
    info
        Where the surface comes from; plain values only.

    Examples
    --------
    A tetrahedron of volume 1/6 um^3, its four triangles turned outwards.

    >>> points = np.vstack([np.zeros(3), np.eye(3)])
    >>> triangles = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]]
    >>> surface = nmc_mesh.SurfaceMesh(points, triangles, [[1, 0]] * 4)
    >>> surface.volumes().round(4)
    array([-0.1667,  0.1667])
    """

    points: Floats
    triangles: Ints
    grains: Ints
    info: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own(self, "points", np.float64, (-1, 3))
        own(self, "triangles", np.int32, (-1, 3))
        own(self, "grains", np.int32, (-1, 2))
        if len(self.triangles) == 0 or len(self.triangles) != len(self.grains):
            raise InputError(
                f"a surface needs triangles, and two grains for each; there are "
                f"{len(self.triangles)} and {len(self.grains)}"
            )
        if self.triangles.min() < 0 or self.triangles.max() >= len(self.points):
            raise InputError("a triangle names a vertex that does not exist")
        if self.grains[:, 0].min() < 1 or self.grains.min() < 0:
            raise InputError("the first grain of a triangle is 1 or more, the second 0 or more")
        object.__setattr__(self, "info", MappingProxyType(dict(self.info)))

    def __repr__(self) -> str:
        size = " x ".join(f"{edge:.4g}" for edge in np.ptp(self.points, axis=0))
        return (
            f"SurfaceMesh({len(self.labels):,} grains, {len(self.triangles):,} triangles, "
            f"{len(self.points):,} points, {size} um)"
        )

    def __reduce__(self) -> tuple[Any, ...]:
        parts = [getattr(self, part.name) for part in fields(self)]
        return (SurfaceMesh, (*parts[:-1], dict(self.info)))

    @property
    def outer(self) -> Bools:
        """Whether a triangle lies on the outer surface, of every triangle."""
        return np.asarray(self.grains[:, 1] == 0)

    @property
    def labels(self) -> Ints:
        """The grains that occur, ascending; without 0, outside."""
        there, _ = occurring(self.grains.ravel())
        return there[there > 0]

    def volumes(self, labels: AnyArray | None = None) -> Floats:
        """Volume inside the closed surface of every label in um^3, shape (highest + 1,).

        V = 1/6 sum of x_0 . (x_1 x x_2); entry 0 is the negative of the whole.

        Parameters
        ----------
        labels
            Those asked for, whose volumes come in their shape, 0 where one does not occur. Default:
            all, for labels below 2^24.

        Raises
        ------
        InputError
            If labels are larger, and none are named.

        Examples
        --------
        >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> surface = nmc_mesh.surface_mesh(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> surface.volumes().round(2)
        array([-8.,  4.,  4.])
        """
        cones = self._cones()
        there, row = occurring(self.grains.ravel())
        sides = [np.bincount(row[k::2], cones, len(there)) for k in range(2)]
        remedy = "name those you mean: surface.volumes(surface.labels)"
        return by_label(there, sides[0] - sides[1], labels, remedy)

    @property
    def volume(self) -> float:
        """Volume of all labels together in um^3."""
        return float(self._cones()[self.outer].sum())

    def _cones(self) -> Floats:
        """Volume between every triangle and the mean of the points, (t,)."""
        centre = self.points.mean(axis=0)
        a, b, c = (self.points[self.triangles[:, k]] - centre for k in range(3))
        return np.asarray(dot(a, np.cross(b, c)) / 6.0)

    def part(self, which: str) -> SurfaceMesh:
        """Keep the ``outer`` surface or the grain ``boundaries``; ``all`` keeps both.

        Parameters
        ----------
        which
            "all", "outer" or "boundaries".

        Examples
        --------
        >>> labels = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
        >>> surface = nmc_mesh.surface_mesh(nmc_mesh.LabelImage(labels, spacing=0.5), size=0.5)
        >>> np.unique(surface.part("boundaries").grains, axis=0)
        array([[1, 2]], dtype=int32)
        """
        if which == "all":
            return self
        if which not in ("outer", "boundaries"):
            raise InputError(f"a part is 'all', 'outer' or 'boundaries', not {which!r}")
        chosen = self.outer == (which == "outer")
        if not chosen.any():
            raise InputError("the particle is one grain: it has no grain boundaries")
        points, triangles = without_unused(self.points, self.triangles[chosen])
        return SurfaceMesh(points, triangles, self.grains[chosen], self.info)


def interfaces(mesh: TetMesh) -> SurfaceMesh:
    """Take every facet between two grains, or a grain and outside, as a triangle.

    Triangles of second order are split in four at their mid-edge nodes.
    """
    triangles, grains = mesh.facets, mesh.facet_grains
    if mesh.order == 2:
        triangles = triangles[:, QUARTERS].reshape(-1, 3)
        grains = np.repeat(grains, 4, axis=0)
    points, triangles = without_unused(mesh.points, triangles)
    return SurfaceMesh(points, triangles, grains, mesh.info)
