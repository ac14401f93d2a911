"""Open cracks: cells of the diagram between two grains, with a width. Ours.

Between the grains A and B

    F_C = (F_A + F_B) / 2 - w g / 4,    g = |grad (F_A - F_B)| in the mean over their boundary,

is below both where |F_A - F_B| < w g / 2, so nearer to F_A = F_B than w / 2 to first order. It is a
quadric with the matrix (M_A + M_B) / 2, so one more cell of the diagram, which the mesher follows
exactly: where a third grain is cheaper the crack ends. Its width goes as 1 / |grad (F_A - F_B)|
along the boundary. A crack reaches about w / 2 into the grains, and the outside, where it ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.cracks.law import CrackLaw, Cracks, draw_cracks
from nmc_mesh.cracks.network import BoundaryFacets, boundary_network
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.draws import generator, standard_normal
from nmc_mesh.numerics.functions import exp
from nmc_mesh.numerics.products import dot
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import AnyArray, Bools, Floats, Ints

LEAST = 0.5
"""Width of a crack that is meshed as a cell, in edges (ours)."""
WIDEST = 0.5
"""Width of a crack in grain sizes, at most."""
ROOM = 0.25
"""Share of a grain's volume that its cracks take, at most."""
_SLIM = 0.5  # width over the square root of the boundary's area, at most
_HELD = 1e-9
_NEAR = 5e-3
"""Of the share: how near is near enough (ours)."""
_BACK = 6
"""How many of the last boundaries may be left out for others (ours)."""


class Opened(NamedTuple):
    """A particle with open cracks, and the boundaries whose cracks are too thin for cells."""

    particle: Particle
    thin: Ints
    """(lower, higher) grain, (k, 2)."""
    facts: Mapping[str, Any]
    """What is known of all cracks."""


def open_cracks(
    particle: Particle, mesh: TetMesh, law: CrackLaw, rng: int | np.random.Generator, size: float
) -> Opened:
    """Open cracks of a width between grains of a particle.

    Parameters
    ----------
    particle
        What cracks; without a coating and a domain, which come after.
    mesh
        Its mesh, whose boundaries the law sees.
    law
        Which boundaries, and how wide; whole boundaries open, and where one would lead past the
        share of the area those that come next.
    rng
        Draws boundaries, then widths, of which logarithms are normal.
    size
        Edge length in um that the particle is to be meshed with: cracks thinner than half of it,
        or wider than their boundary and grains have room for, are left to `crack_along`.

    Returns
    -------
    Opened
        Labels of cracks come after those of grains and pores, by the order of opening.

    Raises
    ------
    InputError
        If the law has no width or one over half a grain, the particle a coating or a domain, or
        boundaries that may open have not enough area.

    Examples
    --------
    >>> from nmc_mesh.cracks.cells import open_cracks
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> mesh = nmc_mesh.tetrahedralize(particle, size=0.1)
    >>> law = nmc_mesh.CrackLaw(0.1, width=0.1)
    >>> opened = open_cracks(particle, mesh, law, 7, size=0.1)
    >>> len(opened.particle.phases.labels_of("crack")) == opened.facts["open"]
    True
    """
    if particle.n_labels > len(particle.kept):
        raise InputError("open cracks in the bare particle; then coat it, or add a domain")
    if not law.width:
        raise InputError("open cracks have a width: CrackLaw(share, width=0.1), um")
    if law.width > WIDEST * particle.grain_size:
        raise InputError(
            f"cracks of {law.width:g} um are wider than half a grain, which is "
            f"{particle.grain_size:.3g} um across; take thinner ones"
        )
    draws = generator(rng)
    network, facets = boundary_network(mesh), BoundaryFacets(mesh)
    cracks = draw_cracks(network, law, draws)
    taken = _taken(network.areas, cracks, law.share)
    chosen = cracks.boundaries[taken]
    mean = 0.5 * law.spread * law.spread
    widths = law.width * exp(law.spread * standard_normal(draws, len(chosen)) - mean)
    widths = np.minimum(widths, WIDEST * particle.grain_size)
    pairs = network.pairs[chosen]
    wide = _with_room(widths, LEAST * size, pairs, network.areas[chosen], grain_table(mesh))
    steep = _slopes(particle, mesh, facets)[chosen]
    area = float(network.areas[chosen].sum())
    facts = {
        **law.facts(),
        "area": float(network.areas[chosen[wide]].sum()),
        "reached": area / float(network.areas.sum()),
        "cracks": len(np.unique(cracks.crack[taken])),
        "boundaries": len(chosen),
        "open": int(wide.sum()),
        "volume": float((network.areas[chosen] * widths)[wide].sum()),
        "thin": pairs[~wide].tolist(),
    }
    opened = _with_cells(particle, pairs[wide], 0.25 * (widths * steep)[wide])
    facts_there = {**particle.provenance, "cracks": facts}
    return Opened(replace(opened, provenance=facts_there), pairs[~wide], MappingProxyType(facts))


def _taken(areas: Floats, cracks: Cracks, share: float) -> Ints:
    """Places in the order of opening whose boundaries come nearest to a share of the area.

    Boundaries open in their order while there is room for them. One that would lead past the share
    is left out, and with it all that grew from it; the next ones take what is left. Where that
    comes nearer, the last ones before it are left out too.
    """
    wanted = share * float(areas.sum())
    sizes = areas[cracks.boundaries]
    sums = np.cumsum(sizes)
    if not len(sums) or sums[-1] < wanted * (1 - _HELD):
        reached = 100 * float(sums[-1] if len(sums) else 0.0) / float(areas.sum())
        raise InputError(
            f"cracks by this law reach {reached:.3g} % of the boundaries, not "
            f"{100 * share:.3g} %: some hold the particle together; ask for less"
        )
    first = int(np.searchsorted(sums, wanted))
    best, off = (
        np.arange(max(first, 1), dtype=np.int32),
        abs(float(sums[max(first, 1) - 1]) - wanted),
    )
    for back in range(min(_BACK, first + 1)):
        chosen = _filled(first - back, sizes, cracks, wanted)
        left = abs(float(sizes[chosen].sum()) - wanted)
        if len(chosen) and left < off:
            best, off = chosen, left
        if off <= _NEAR * wanted:
            break
    return best


def _filled(first: int, sizes: Floats, cracks: Cracks, wanted: float) -> Ints:
    """The first places, and of the later ones those that there is room for."""
    chosen, there = list(range(first)), set(cracks.boundaries[:first].tolist())
    room = wanted - float(sizes[:first].sum())
    for rank in range(first, len(sizes)):
        boundary, parent = int(cracks.boundaries[rank]), int(cracks.parents[rank])
        fits = float(sizes[rank]) < room + min(room, _NEAR * wanted)
        if fits and (parent == boundary or parent in there):
            chosen.append(rank)
            there.add(boundary)
            room -= float(sizes[rank])
    return np.array(chosen, dtype=np.int32)


def _with_room(
    widths: Floats, least: float, pairs: Ints, areas: Floats, grains: Mapping[str, AnyArray]
) -> Bools:
    """Whether a crack is thick enough for cells, and leaves its grains the most of them, (o,)."""
    room = np.zeros(int(grains["id"].max()) + 1)
    room[grains["id"]] = ROOM * grains["volume"]
    wide = (widths >= least) & (widths <= _SLIM * np.sqrt(areas))
    for n, (low, high) in enumerate(pairs.tolist()):
        takes = 0.5 * widths[n] * areas[n]
        wide[n] &= bool(takes <= min(room[low], room[high]))
        if wide[n]:
            room[[low, high]] -= takes
    return wide


def _slopes(particle: Particle, mesh: TetMesh, facets: BoundaryFacets) -> Floats:
    """Mean of |grad (F_A - F_B)| over every boundary, um."""
    diagram = particle.tessellation
    corners = mesh.points[mesh.facets[facets.place, :3]]
    places = (corners[:, 0] + corners[:, 1] + corners[:, 2]) / 3
    slopes = np.zeros((2, len(places), 3))
    for side in range(2):
        seeds = particle.kept[facets.pairs[facets.boundary, side] - 1]
        away = places - diagram.seeds[seeds]
        for axis in range(3):
            slopes[side, :, axis] = 2.0 * dot(diagram.matrices[seeds, axis], away)
    way = slopes[0] - slopes[1]
    steep = np.sqrt(dot(way, way))
    return facets.sums(facets.areas * steep) / facets.sums(facets.areas)


def _with_cells(particle: Particle, pairs: Ints, depths: Floats) -> Particle:
    """Return the particle with a cell (F_A + F_B) / 2 - depth for every pair."""
    if not len(pairs):
        return particle
    diagram = particle.tessellation
    first, second = particle.kept[pairs[:, 0] - 1], particle.kept[pairs[:, 1] - 1]
    matrices = 0.5 * (diagram.matrices[first] + diagram.matrices[second])
    moments = 0.5 * (_moments(diagram, first) + _moments(diagram, second))
    seeds = _solved(matrices, moments)
    rest = 0.5 * (_constants(diagram, first) + _constants(diagram, second)) - depths
    offsets = dot(moments, seeds) - rest
    grown = GBPD(
        np.concatenate([diagram.seeds, seeds]),
        np.concatenate([diagram.matrices, matrices]),
        np.concatenate([diagram.offsets, offsets]),
    )
    kept = np.concatenate([particle.kept, np.arange(len(diagram), len(grown))]).astype(np.int32)
    known = {name: particle.phases.labels_of(name) for name in particle.phases.names}
    own = np.arange(len(particle.kept) + 1, len(kept) + 1)
    phases = Phases({**known, "crack": [*known.get("crack", []), *own]})
    return replace(
        particle, tessellation=grown, kept=kept, phases=phases, box=np.stack(particle.bounds())
    )


def _moments(diagram: GBPD, seeds: Ints) -> Floats:
    """M s of some cells, (k, 3)."""
    parts = [dot(diagram.matrices[seeds, axis], diagram.seeds[seeds]) for axis in range(3)]
    return np.stack(parts, axis=1)


def _constants(diagram: GBPD, seeds: Ints) -> Floats:
    """s^T M s - r of some cells, (k,)."""
    return dot(diagram.seeds[seeds], _moments(diagram, seeds)) - diagram.offsets[seeds]


def _solved(matrices: Floats, moments: Floats) -> AnyArray:
    """S with M s = moment, by Cramer's rule, (k, 3)."""
    a, b, c = matrices[:, 0], matrices[:, 1], matrices[:, 2]
    cofactors = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], axis=1)
    determinant = dot(a, cofactors[:, 0])
    # M is symmetric, so its inverse has the cofactors as columns and as rows.
    rows = [dot(cofactors[:, :, axis], moments) / determinant for axis in range(3)]
    return np.stack(rows, axis=1)


def _cross(a: Floats, b: Floats) -> Floats:
    x = a[:, 1] * b[:, 2] - a[:, 2] * b[:, 1]
    y = a[:, 2] * b[:, 0] - a[:, 0] * b[:, 2]
    z = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return np.stack([x, y, z], axis=1)
