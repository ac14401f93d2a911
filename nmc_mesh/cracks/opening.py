"""Cracks of no thickness: a mesh whose nodes are doubled where its grain boundaries are open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nmc_mesh.arrays import without_unused
from nmc_mesh.cohesive.cohesive_mesh import CohesiveMesh
from nmc_mesh.cohesive.splitting import check_whole, parted
from nmc_mesh.cracks.law import CrackLaw, Cracks, draw_cracks
from nmc_mesh.cracks.network import (
    BoundaryFacets,
    BoundaryNetwork,
    boundary_network,
    outer_surface,
)
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.edges import number_edges, touching
from nmc_mesh.mesh.periodic import without_period
from nmc_mesh.mesh.phases import beyond_copies
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.draws import generator
from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

_NEAR = 1e-3
"""Of the share: how near is near enough; ours."""
_TRIED = 32
"""Facets that are tried for the rest of the share, at most (ours)."""
_CLOSE = 5e-3
_BACK = (0, 1, 2, 4)
"""How many facets are taken back, one after the other, where that is off by more (ours)."""


def crack(mesh: TetMesh, law: CrackLaw | float, rng: int | np.random.Generator = 0) -> TetMesh:
    """Open cracks of no thickness along grain boundaries of a mesh.

    Boundaries open in the order that the law draws (`CrackLaw`), facet by facet, the last one in
    part, until the open facets have the share of the area. Nodes are doubled by the fans of cells
    around them, as `split_boundaries` does, so a crack ends at nodes that stay single. A facet all
    of whose nodes are single cannot open and does not count: the share is that of facets that have
    come apart.

    Parameters
    ----------
    mesh
        A conforming mesh of first or second order.
    law
        Which boundaries; a number is a share of the area of boundaries drawn at random.
    rng
        A generator, or a seed for one.

    Returns
    -------
    TetMesh
        The same cells, labels and volume. Facets of cracks are there twice, one per side, as
        (grain, grain across) with one cell; ``mesh.cracked`` marks them and files name them
        ``crack_surface``. They belong neither to the outer surface nor to the boundaries between
        grains. ``info["cracks"]`` tells the law (an infinite ``size`` is None), the ``area`` of one
        side in um^2, the ``reached`` share and how many ``cracks`` and ``boundaries`` there are.
        The same bytes on any number of threads.

    Raises
    ------
    InputError
        If the mesh is split or cracked already, or without boundaries; if
        the boundaries that may open have not enough area; or if the seed is negative.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.1)
    >>> cracked = nmc_mesh.crack(mesh, 0.2, 7)
    >>> round(cracked.info["cracks"]["reached"], 2)
    0.2
    >>> int(cracked.outer.sum()) == int(mesh.outer.sum())  # no flux enters a crack
    True
    """
    taken(mesh, (TaggedMesh, CohesiveMesh), "crack", "make one: tetrahedralize(particle)")
    check_whole(mesh)
    law = law if isinstance(law, CrackLaw) else CrackLaw(law)
    if law.width:
        raise InputError(
            "a mesh's cracks have no width: open them in the particle (generate --cracks X "
            "--crack-width UM), or leave the width out"
        )
    draws = generator(rng)
    if law.share == 0:
        return mesh
    corners = _of_corners(mesh)
    network, facets = boundary_network(mesh), BoundaryFacets(mesh)
    cracks = draw_cracks(network, law, draws)
    opened = _opened(corners, facets, network, cracks, law)
    cells, origin, apart = parted(corners, opened)
    area = float(facets.areas[np.searchsorted(facets.place, apart)].sum())
    rank = np.unique(facets.boundary[np.searchsorted(facets.place, apart)])
    own = np.isin(cracks.boundaries, rank)
    facts: dict[str, Any] = {
        **law.facts(),
        "area": area,
        "reached": area / float(network.areas.sum()),
        "cracks": len(np.unique(cracks.crack[own])),
        "boundaries": len(rank),
    }
    return _tagged(mesh, cells, origin, facts)


def crack_along(mesh: TetMesh, pairs: AnyArray, facts: Mapping[str, Any]) -> TetMesh:
    """Open cracks of no thickness along all of the boundaries between some pairs of grains.

    Parameters
    ----------
    mesh
        A conforming mesh of first or second order.
    pairs
        (lower, higher) grain, shape (o, 2).
    facts
        What ``info["cracks"]`` shall tell; the ``area`` of one side in um^2 is added to its own.
    """
    corners = _of_corners(mesh)
    facets = BoundaryFacets(mesh)
    wanted = np.isin(_codes(facets.pairs), _codes(np.reshape(pairs, (-1, 2))))
    opened = _marked(mesh, facets, np.flatnonzero(wanted[facets.boundary]).astype(np.int32))
    cells, origin, apart = parted(corners, opened)
    area = float(facets.areas[np.searchsorted(facets.place, apart)].sum())
    return _tagged(mesh, cells, origin, {**facts, "area": facts.get("area", 0.0) + area})


def _codes(pairs: AnyArray) -> AnyArray:
    """One number for every pair of grains."""
    return (pairs[:, 0].astype(np.int64) << 32) | pairs[:, 1]


def _tagged(mesh: TetMesh, cells: Ints, origin: Ints, facts: dict[str, Any]) -> TetMesh:
    """The mesh with doubled nodes.

    ``cells`` name corners, ``origin`` where each node comes from.
    """
    # Nodes in the middle of edges come after the corners, whose order stays, and so that of facets.
    beyond = beyond_copies(mesh, cells, origin) if mesh.walls.any() else None
    points = mesh.points[origin]
    if mesh.order == 2:
        points, cells = _with_middles(mesh, points, cells)
    return tagged(
        points, cells, mesh.labels, {**without_period(mesh.info), "cracks": facts}, beyond
    )


def _of_corners(mesh: TetMesh) -> TetMesh:
    """The cells without the nodes in the middle of their edges, which stay as points."""
    if mesh.order == 1:
        return mesh
    return replace(
        mesh, cells=mesh.cells[:, :4], facets=mesh.facets[:, :3], edges=mesh.edges[:, :2]
    )


def _with_middles(mesh: TetMesh, points: Floats, corners: Ints) -> tuple[Floats, Ints]:
    """Give every edge between copies of corners a node, where the edge had it before.

    So the middle of an edge has copies only where one of its ends has: an edge at the end of a
    crack stays one edge.
    """
    number, ends = number_edges(np.ascontiguousarray(corners), len(points))
    middles = np.empty((len(ends), 3))
    middles[number] = mesh.points[mesh.cells[:, 4:]]
    cells = np.hstack([corners, number + np.int32(len(points))])
    return without_unused(np.concatenate([points, middles]), cells)


def _opened(
    mesh: TetMesh, facets: BoundaryFacets, network: BoundaryNetwork, cracks: Cracks, law: CrackLaw
) -> Bools:
    """Mark the first facets in the order of opening that come nearest to the share of the area.

    A facet that is the last to part a node lets others go with it, on small particles some percent
    of the share at once: then others of those that come next take what is left (`_filled`), where
    they go on from what is open.
    """
    order, share = _facet_order(facets, network, cracks), law.share
    opener = _Opener(mesh, facets, law.surface == "connected")

    def reached(count: int) -> float:
        return opener.share(order[:count])

    # Facets that cannot open make what is reached the less of the two, so the end lies beyond here.
    low = int(np.searchsorted(np.cumsum(facets.areas[order]) / opener.total, (1 - _NEAR) * share))
    high = low + 1
    while (most := reached(high)) < share:
        if high == len(order):
            raise InputError(
                f"cracks by this law reach {100 * most:.3g} % of the boundaries, not "
                f"{100 * share:.3g} %: some hold the particle together, or cannot open alone on "
                "this mesh; ask for less, for larger cracks (size), or take a finer mesh"
            )
        low, high = high, min(high + max(high // 8, 8), len(order))
    before = reached(low)
    while high - low > 1 and min(most - share, share - before) > _NEAR * share:
        middle = (low + high) // 2
        if (value := reached(middle)) < share:
            low, before = middle, value
        else:
            high, most = middle, value
    low_off, high_off = abs(share - before), most - share
    best, off = (order[:low], low_off) if low_off < high_off else (order[:high], high_off)
    for back in _BACK:
        if off <= _CLOSE * share or back >= low:
            break
        first, rest = order[: low - back], order[low - back : low - back + _TRIED]
        chosen, left = _filled(first, rest, opener, share, reached(low - back))
        best, off = (chosen, left) if left < off else (best, off)
    return opener.marked(best)


class _Opener:
    """What opens where some facets are chosen.

    Parameters
    ----------
    mesh, facets
        Of first order, and its facets between grains.
    connected
        Whether cracks are to hang together with the outer surface by edges, so that electrolyte
        comes along them: facets that hang at a vertex alone, as those between cannot open, stay
        closed then, and count for nothing.
    """

    def __init__(self, mesh: TetMesh, facets: BoundaryFacets, connected: bool) -> None:
        self._mesh, self._facets, self._connected = mesh, facets, connected
        self.corners: Ints = mesh.facets[facets.place, :3]
        self.total = float(facets.areas.sum())
        self._outer = mesh.facets[outer_surface(mesh), :3] if connected else self.corners[:0]

    def share(self, chosen: Ints) -> float:
        """Share of the area of boundaries that comes apart."""
        return float(self._facets.areas[self._apart(chosen)].sum()) / self.total

    def marked(self, chosen: Ints) -> Bools:
        """Mark the chosen facets of the mesh, or those of them that hang together."""
        return _marked(self._mesh, self._facets, self._apart(chosen) if self._connected else chosen)

    def _apart(self, chosen: Ints) -> Ints:
        """The facets that come apart, by their place among those between grains."""
        while True:
            opened = _marked(self._mesh, self._facets, chosen)
            facets = parted(self._mesh, opened).facets
            apart: Ints = np.searchsorted(self._facets.place, facets).astype(np.int32)
            if not self._connected:
                return apart
            wet = apart[touching(self.corners[apart], self._outer)]
            if len(wet) == len(apart):
                return wet
            chosen = wet


def _filled(
    first: Ints, rest: Ints, opener: _Opener, share: float, before: float
) -> tuple[Ints, float]:
    """Return facets and those of the next ones that bring them nearest to a share, and how near.

    ``before`` is what the first ones have of the share. A facet has an edge in common with those
    before it: cracks that hang together go on doing so.
    """
    chosen, off = first, abs(share - before)
    while off > _NEAR * share:
        beside = np.isin(opener.corners[rest], opener.corners[first]).sum(axis=1) > 1
        trials = [np.append(first, facet) for facet in rest[beside & ~np.isin(rest, first)]]
        values = np.array([opener.share(trial) for trial in trials])
        if not len(values) or np.abs(values - share).min() >= off:
            break
        best = int(np.abs(values - share).argmin())
        chosen, off = trials[best], abs(float(values[best]) - share)
        if values[best] > share:
            break
        first = chosen
    return chosen, off


def _marked(mesh: TetMesh, facets: BoundaryFacets, chosen: Ints) -> Bools:
    opened = np.zeros(len(mesh.facets), dtype=np.bool_)
    opened[facets.place[chosen]] = True
    return opened


def _facet_order(facets: BoundaryFacets, network: BoundaryNetwork, cracks: Cracks) -> Ints:
    """Facets by the rank of their boundary, then by distance from the one that it grew from."""
    rank = np.full(len(facets.pairs), -1, dtype=np.int64)
    rank[cracks.boundaries] = np.arange(len(cracks.boundaries))
    anchor: Floats = network.centroids.copy()
    anchor[cracks.boundaries] = network.centroids[cracks.parents]
    away = facets.places - anchor[facets.boundary]
    own = rank[facets.boundary]
    order = np.lexsort((dot(away, away), own))
    return order[own[order] >= 0].astype(np.int32)
