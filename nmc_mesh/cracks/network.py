"""The grain boundaries of a mesh as a network: where each lies, how, and which ones meet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nmc_mesh.arrays import one_line, own
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import GRAIN
from nmc_mesh.mesh.groups import boundary_pairs
from nmc_mesh.mesh.tables import facet_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

_BALL = 4.0 / 3.0 * np.pi


@dataclass(frozen=True, eq=False)
class BoundaryNetwork:
    """Grain boundaries, one per pair of grains that touch, and which of them meet in a line.

    Parameters
    ----------
    pairs
        (lower, higher) grain, ascending, shape (p, 2).
    areas
        um^2, shape (p,).
    centroids
        From the particle's centre of mass, um, shape (p, 3).
    normals
        Mean unit normals, shape (p, 3).
    distances
        Mean distance from the particle's centre over its radius, shape (p,).
    tilts
        Mean of (n . e_r)^2, e_r the direction from the centre: 0 where the boundary holds the
        radius, 1 where it lies across it, 1/3 for directions at random; shape (p,).
    at_surface
        Whether a boundary reaches the outer surface, shape (p,).
    meetings
        Pairs of boundaries that share a triple line, lower first, shape (m, 2).
    radius
        Of the ball of the particle's volume, or of the mean one, um.
    """

    pairs: Ints
    areas: Floats
    centroids: Floats
    normals: Floats
    distances: Floats
    tilts: Floats
    at_surface: Bools
    meetings: Ints
    radius: float

    __repr__ = one_line

    def __post_init__(self) -> None:
        p = len(self.pairs)
        own(self, "pairs", np.int32, (p, 2))
        own(self, "meetings", np.int32, (len(self.meetings), 2))
        own(self, "at_surface", np.bool_, (p,))
        for name in ("areas", "distances", "tilts"):
            own(self, name, np.float64, (p,))
        for name in ("centroids", "normals"):
            own(self, name, np.float64, (p, 3))


class BoundaryFacets:
    """The facets between grains of a mesh, each with its boundary.

    Of several particles those between grains of one: not their contacts.

    Parameters
    ----------
    mesh
        A conforming mesh of grains.

    Attributes
    ----------
    place
        Places in ``mesh.facets``, ascending, shape (f,).
    pairs, boundary
        Pairs of grains that touch, (p, 2), and the place of its pair for every facet, (f,).
    areas, places, normals
        um^2, (f,); centroid from the particle's centre of mass, um, (f, 3); unit, (f, 3).
    radius, radii
        Of the ball of the particle's volume, or of the mean one, um; of the particle of every
        boundary, (p,).

    Raises
    ------
    InputError
        If the mesh has no boundary between grains.
    """

    def __init__(self, mesh: TetMesh) -> None:
        self.pairs, boundary = _within_particles(mesh, *boundary_pairs(mesh))
        self.place = np.flatnonzero(boundary >= 0).astype(np.int32)
        if not len(self.place):
            raise InputError(
                "the mesh has no boundaries between grains to crack; give its cells the labels of "
                "their grains"
            )
        self.boundary = boundary[self.place]
        grains, facets = grain_table(mesh), facet_table(mesh)
        volume = grains["volume"]
        self.areas: Floats = facets["area"][self.place]
        self.normals: Floats = facets["normal"][self.place]
        corners = mesh.points[mesh.facets[self.place, :3]]
        middles = (corners[:, 0] + corners[:, 1] + corners[:, 2]) / 3
        if mesh.particles:
            self.radii, centers = _of_particles(mesh, grains, self.pairs, middles, self.boundary)
            self.radius = float(self.radii.mean())
        else:
            centers = (volume[:, None] * grains["centroid"]).sum(axis=0) / volume.sum()
            self.radius = float(cbrt(volume.sum() / _BALL))
            self.radii = np.full(len(self.pairs), self.radius)
        self.places: Floats = middles - centers

    @property
    def distances(self) -> Floats:
        """Distance of every facet from the centre, um, shape (f,)."""
        return np.asarray(np.sqrt(dot(self.places, self.places)))

    @property
    def tilts(self) -> Floats:
        """(n . e_r)^2 of every facet, shape (f,)."""
        away = self.distances
        along = dot(self.normals, self.places) / np.where(away > 0, away, 1.0)
        return np.asarray(along * along)

    def sums(self, values: AnyArray) -> Floats:
        """Sum over the facets of every boundary, shape (p,) or (p, k)."""
        columns = np.atleast_2d(values.T)
        parts = [np.bincount(self.boundary, column, len(self.pairs)) for column in columns]
        return np.asarray(np.stack(parts, axis=1).reshape(len(self.pairs), *values.shape[1:]))


def _within_particles(mesh: TetMesh, pairs: Ints, boundary: Ints) -> tuple[Ints, Ints]:
    """Pairs of grains of one particle, and the pair of every facet, -1 in contacts of two."""
    if not mesh.particles:
        return pairs, boundary
    owners = mesh.particles.of(pairs)
    own = owners[:, 0] == owners[:, 1]
    number = np.where(own, np.cumsum(own) - 1, -1).astype(np.int32)
    return pairs[own], np.where(boundary >= 0, number[boundary], -1).astype(np.int32)


def _of_particles(
    mesh: TetMesh, grains: Mapping[str, AnyArray], pairs: Ints, places: Floats, boundary: Ints
) -> tuple[Floats, Floats]:
    """Radius of the particle of every boundary, (p,), and its centre for every facet, (f, 3).

    A packing's centres are known; what its box cuts off belongs to the nearest of their images.
    """
    owner, owners = mesh.particles.of(pairs[:, 0]), mesh.particles.of(grains["id"])
    volume, facts = grains["volume"], mesh.info.get("provenance", {})
    sizes = np.bincount(owners, volume)
    known = np.asarray(facts.get("centres", np.zeros((0, 3))), dtype=np.float64)
    if len(known) >= owners.max():
        middles = np.vstack([np.zeros((1, 3)), known])
    else:
        sums = [np.bincount(owners, volume * grains["centroid"][:, axis]) for axis in range(3)]
        middles = np.stack(sums, axis=1) / np.where(sizes > 0, sizes, 1.0)[:, None]
    centers = middles[owner][boundary]
    if "fraction" in facts:  # a period of a packing
        edges = np.ptp(mesh.points, axis=0)
        centers = centers + edges * np.round((places - centers) / edges)
    return cbrt(sizes / _BALL)[owner], centers


def boundary_network(mesh: TetMesh) -> BoundaryNetwork:
    """Return the boundaries of a mesh and which of them meet.

    Parameters
    ----------
    mesh
        A conforming mesh of grains; cracks that it has are no boundaries any more.

    Raises
    ------
    InputError
        If the mesh has no boundary between grains.

    Examples
    --------
    Two bricks beside each other on two others that lie across: every two of the four meet.

    >>> from nmc_mesh.cracks.network import boundary_network
    >>> x, y, z = np.indices((4, 4, 4)) // 2
    >>> image = nmc_mesh.LabelImage(1 + 2 * x + np.where(x == 0, y, z), spacing=0.5)
    >>> network = boundary_network(nmc_mesh.tetrahedralize(image, size=0.5))
    >>> len(network.pairs), bool(network.at_surface.all())
    (6, True)
    """
    parts = BoundaryFacets(mesh)
    areas = parts.sums(parts.areas)
    turned = parts.sums(parts.areas[:, None] * parts.normals)
    length = np.sqrt(dot(turned, turned))
    meetings, at_surface = _meetings(mesh, parts)
    return BoundaryNetwork(
        parts.pairs,
        areas,
        parts.sums(parts.areas[:, None] * parts.places) / areas[:, None],
        turned / np.where(length > 0, length, 1.0)[:, None],
        parts.sums(parts.areas * parts.distances) / areas / parts.radii,
        parts.sums(parts.areas * parts.tilts) / areas,
        at_surface,
        meetings,
        parts.radius,
    )


def _meetings(mesh: TetMesh, parts: BoundaryFacets) -> tuple[Ints, Bools]:
    """Pairs of boundaries that share an edge, and which boundaries reach the outer surface."""
    edges = _edge_codes(mesh.facets[parts.place, :3])
    outside = np.unique(_edge_codes(mesh.facets[outer_surface(mesh), :3]))
    boundary = np.repeat(parts.boundary, 3)
    at_surface = np.zeros(len(parts.pairs), dtype=np.bool_)
    at_surface[boundary[np.isin(edges, outside)]] = True
    both = np.unique(np.stack([edges, boundary.astype(np.int64)], axis=1), axis=0)
    meetings = [np.empty((0, 2), dtype=np.int64)]
    for step in range(1, len(both)):  # as many rounds as boundaries meet in one edge
        same = both[step:, 0] == both[:-step, 0]
        if not same.any():
            break
        meetings.append(np.stack([both[:-step, 1], both[step:, 1]], axis=1)[same])
    return np.unique(np.concatenate(meetings), axis=0).astype(np.int32), at_surface


def outer_surface(mesh: TetMesh) -> Bools:
    """Mark the outer surface of the grains: towards outside, a fluid or a coating."""
    if not mesh.phases:
        return mesh.outer
    grain = mesh.phases.mask(GRAIN, mesh.facet_grains)
    void = mesh.phases.mask("void", mesh.facet_grains).any(axis=1)
    return np.where(mesh.outer, grain[:, 0], (grain[:, 0] != grain[:, 1]) & ~void)


def _edge_codes(facets: Ints) -> AnyArray:
    ends = np.stack([facets, np.roll(facets, -1, axis=1)], axis=2).reshape(-1, 2).astype(np.int64)
    return (ends.min(axis=1) << 32) | ends.max(axis=1)
