"""What planes show of boundaries in space, in the mean over all planes at a height.

A plane at the height h above the centre, its direction m at random, meets an element dS of a
surface at the distance r > h from the centre: m makes the angle arccos(h / r) with e_r there and is
uniform around it, and the mean length of the trace is

    dS / (2 r) <sqrt(1 - (n . m)^2)>,

n the normal of dS, <.> over the turn of m about e_r. That is the relation S_V = 4/pi L_A of
isotropic surfaces (Weibel, Stereological Methods 1, 1979) for surfaces of any direction, and planes
that are not: those through the centre hold the radius, so they cut radial boundaries less. The
traces of volumes are dV / (2 r).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.cracks.network import BoundaryFacets, BoundaryNetwork, boundary_network
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Bools, Floats

_TURNS = 16
"""Directions of the plane about the radius: a periodic rule, exact for smooth functions."""


class Traces(NamedTuple):
    """Means over planes at one height of what they show of every boundary, summed over its facets.

    ``length`` um; ``tilt`` and ``distance``, length times (n . e_r)^2 and times the distance from
    the centre in the plane, of the traces; ``area`` um^2, of boundaries as thick as one um; all
    (p,). ``section``, mean area of the section, um^2.
    """

    network: BoundaryNetwork
    length: Floats
    tilt: Floats
    distance: Floats
    area: Floats
    section: float


def traces(mesh: TetMesh, height: float = 0.0) -> Traces:
    """Return what planes at a height show of a particle's boundaries, in the mean.

    Parameters
    ----------
    mesh
        A conforming mesh of grains.
    height
        Distance of the planes from the centre of mass, um.
    """
    facets = BoundaryFacets(mesh)
    r = facets.distances
    met = r > height
    safe = np.where(met, r, 1.0)
    up = np.where(met, height / safe, 0.0)
    flat = np.sqrt(1.0 - up**2)
    cosine = np.sqrt(np.minimum(facets.tilts, 1.0))
    sine = np.sqrt(1.0 - cosine**2)
    length, tilt = np.zeros(len(r)), np.zeros(len(r))
    for turn in 2 * np.pi * (np.arange(_TURNS) + 0.5) / _TURNS:
        along = up * cosine + flat * sine * np.cos(turn)
        seen = np.sqrt(np.maximum(1.0 - along**2, 1e-12))
        length += seen / _TURNS
        tilt += ((cosine - up * along) / flat) ** 2 / seen / _TURNS
    weight = np.where(met, facets.areas / (2 * safe), 0.0)
    away = np.sqrt(np.maximum(r**2 - height**2, 0.0))
    columns = np.stack([weight * length, weight * tilt, weight * length * away, weight], axis=1)
    network, sums = boundary_network(mesh), facets.sums(columns).T
    return Traces(network, sums[0], sums[1], sums[2], sums[3], _section(mesh, height))


def _section(mesh: TetMesh, height: float) -> float:
    """Mean area of the sections: the sum of dV / (2 r) over cells beyond the height."""
    corners = mesh.points[mesh.cells[:, :4]]
    volumes = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / 6
    centres = corners.mean(axis=1)
    r = np.linalg.norm(centres - volumes @ centres / volumes.sum(), axis=1)
    met: Bools = r > height
    return float((volumes[met] / (2 * r[met])).sum())


def cut_by_plane(triangles: Floats, turn: Floats, height: float) -> tuple[float, float]:
    """Length of the trace that a plane cuts from triangles, and its area per width of a slab.

    Parameters
    ----------
    triangles
        From the particle's centre, um, shape (n, 3, 3).
    turn, height
        The plane is z = height of turn x, um.

    Returns
    -------
    length, area
        um; um^2 per um: each piece of length by the sine of the angle at which it is cut.
    """
    turned = triangles @ turn.T
    above = turned[..., 2] > height
    cut = above.any(axis=1) & ~above.all(axis=1)
    corners, above = turned[cut], above[cut]
    lone = np.where(above.sum(axis=1) == 1, above.argmax(axis=1), (~above).argmax(axis=1))
    rows = np.arange(len(corners))
    first, second, third = (corners[rows, (lone + k) % 3] for k in range(3))
    ends = []
    for other in (second, third):
        share = (height - first[:, 2]) / (other[:, 2] - first[:, 2])
        ends.append(first + share[:, None] * (other - first))
    length = np.linalg.norm(ends[1] - ends[0], axis=1)
    normal = np.cross(second - first, third - first)
    tilt = normal[:, 2] / np.linalg.norm(normal, axis=1)
    return float(length.sum()), float((length / np.sqrt(np.maximum(1 - tilt**2, 1e-12))).sum())


class Shown(NamedTuple):
    """What sections show of cracks in the mean.

    ``density``, crack length per area, 1/um; ``tilt`` and ``distance`` as in `CrackDescriptors`;
    ``slant``, apparent over true width.
    """

    density: float
    tilt: float
    distance: float
    slant: float


def shown(parts: list[tuple[Traces, Floats]]) -> Shown:
    """Add up traces of particles, each with the share of every boundary that is open, (p,)."""
    sums = np.array(
        [
            [open_ @ column for column in (seen.length, seen.tilt, seen.distance, seen.area)]
            + [seen.section]
            for seen, open_ in parts
        ]
    )
    length, tilt, _, area, section = sums.sum(axis=0)
    away = float((sums[:, 2] / np.sqrt(sums[:, 4] / np.pi)).sum())
    return Shown(length / section, tilt / length, away / length, area / length)
