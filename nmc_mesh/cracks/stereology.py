"""What planes show of boundaries in space, in the mean over all planes at a height.

A plane at the height h above the centre, its direction m at random, meets an element dS of a
surface at the distance r > h from the centre: m makes the angle arccos(h / r) with e_r there and is
uniform around it, and the mean length of the trace is

    dS / (2 r) <sqrt(1 - (n . m)^2)>,

n the normal of dS, <.> over the turn of m about e_r. That is the relation S_V = 4/pi L_A of
isotropic surfaces (Weibel, Stereological Methods 1, 1979) for surfaces of any direction, and planes
that are not: those through the centre hold the radius, so they cut radial boundaries less. The
traces of volumes are dV / (2 r).

What lies near the centre is in most planes and what lies far out in few, so lengths per area tell
more of where cracks lie than of how many there are: one long crack by the centre outweighs three at
the rim. So areas and volumes are told by what sections show times 2 rho, rho the distance from the
centre in the plane, and the factor of `surface_factor`: of planes through the centre that is dS and
dV wherever they lie.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nmc_mesh.cracks.images import surface_factor
from nmc_mesh.cracks.network import BoundaryFacets, BoundaryNetwork, boundary_network
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import Bools, Floats

_TURNS = 16
"""Directions of the plane about the radius: a periodic rule, exact for smooth functions."""


class Traces(NamedTuple):
    """Means over planes at one height of what they show of every boundary, summed over its facets.

    ``length`` um; ``tilt`` and ``distance``, length times (n . e_r)^2 and times the distance from
    the centre in the plane, of the traces; ``surface`` um^2, length times 2 rho and the factor of
    `surface_factor`; ``volume`` um^3, 2 rho over boundaries as thick as one um; all (p,). Of planes
    through the centre the latter two are the boundaries' areas. ``section`` um^2 and ``whole``
    um^3, mean area of the section and mean of 2 rho over it.
    """

    network: BoundaryNetwork
    length: Floats
    tilt: Floats
    distance: Floats
    surface: Floats
    volume: Floats
    section: float
    whole: float


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
    length, tilt, surface = np.zeros(len(r)), np.zeros(len(r)), np.zeros(len(r))
    for turn in 2 * np.pi * (np.arange(_TURNS) + 0.5) / _TURNS:
        along = up * cosine + flat * sine * np.cos(turn)
        seen = np.sqrt(np.maximum(1.0 - along**2, 1e-12))
        across = ((cosine - up * along) / flat) ** 2 / seen**2
        length += seen / _TURNS
        tilt += seen * across / _TURNS
        surface += seen * surface_factor(across) / _TURNS
    weight = np.where(met, facets.areas / (2 * safe), 0.0)
    away = np.sqrt(np.maximum(r**2 - height**2, 0.0))
    parts = (length, tilt, length * away, 2 * away * surface, 2 * away)
    network = boundary_network(mesh)
    columns = facets.sums(np.stack([weight * part for part in parts], axis=1)).T
    seen_length, seen_tilt, seen_distance, seen_surface, volume = columns
    section, whole = _section(mesh, height)
    return Traces(
        network, seen_length, seen_tilt, seen_distance, seen_surface, volume, section, whole
    )


def _section(mesh: TetMesh, height: float) -> tuple[float, float]:
    """Mean area of the sections, the sum of dV / (2 r) over cells beyond the height; of 2 rho."""
    corners = mesh.points[mesh.cells[:, :4]]
    volumes = np.abs(np.linalg.det(corners[:, 1:] - corners[:, :1])) / 6
    centres = corners.mean(axis=1)
    r = np.linalg.norm(centres - volumes @ centres / volumes.sum(), axis=1)
    met: Bools = r > height
    area = volumes[met] / (2 * r[met])
    return float(area.sum()), float(2 * area @ np.sqrt(r[met] ** 2 - height**2))


class Cut(NamedTuple):
    """What one plane shows of triangles: see `CrackDescriptors`.

    ``length`` um; ``surface`` um^2; ``volume`` um^3 of a slab as thick as one um.
    """

    length: float
    surface: float
    volume: float


def cut_by_plane(triangles: Floats, turn: Floats, height: float) -> Cut:
    """Cut triangles by a plane.

    Parameters
    ----------
    triangles
        From the particle's centre, um, shape (n, 3, 3).
    turn, height
        The plane is z = height of turn x, um.
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
        ends.append((first + share[:, None] * (other - first))[:, :2])
    length = np.linalg.norm(ends[1] - ends[0], axis=1)
    normal = np.cross(second - first, third - first)
    normal /= np.linalg.norm(normal, axis=1)[:, None]
    middle = 0.5 * (ends[0] + ends[1])
    away = np.linalg.norm(middle, axis=1)
    seen = np.sqrt(np.maximum(1 - normal[:, 2] ** 2, 1e-12))
    across = np.einsum("ni,ni->n", normal[:, :2], middle) / (seen * np.where(away > 0, away, 1.0))
    return Cut(
        float(length.sum()),
        float(2 * (length * away) @ surface_factor(across**2)),
        float(2 * (length * away) @ (1 / seen)),
    )


class Shown(NamedTuple):
    """What sections show of cracks in the mean.

    ``density``, area of cracks per volume as `CrackDescriptors` tells them, 1/um; ``tilt`` and
    ``distance`` as there; ``slant``, the width told so, volume over area, over the true one.
    """

    density: float
    tilt: float
    distance: float
    slant: float


def shown(parts: list[tuple[Traces, Floats]]) -> Shown:
    """Add up traces of particles, each with the share of every boundary that is open, (p,)."""
    sums = np.array(
        [
            [
                open_ @ seen.length,
                open_ @ seen.distance / np.sqrt(seen.section / np.pi),
                open_ @ seen.tilt,
                open_ @ seen.surface,
                open_ @ seen.volume,
                seen.whole,
            ]
            for seen, open_ in parts
        ]
    ).sum(axis=0)
    lengths, away, tilts, surfaces, volumes, whole = sums.tolist()
    density, slant = surfaces / whole, volumes / surfaces
    return Shown(density, tilts / lengths, away / lengths, slant)
