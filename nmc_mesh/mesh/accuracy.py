"""How far the facets of a mesh lie from the boundaries of the particle they stand for."""

from __future__ import annotations

import numpy as np

from nmc_mesh.kernel import kernel
from nmc_mesh.mesh.field import Field, box_of, exact_field, value, value_gradient
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.parallel import for_chunks
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints

CHUNK = 1 << 14


@kernel
def measure_facets(
    f: Field, points: Floats, facets: Ints, pairs: Ints, out: Floats, start: int, stop: int
) -> None:
    """Write |F_A - F_B| / |grad (F_A - F_B)| at the centroids of the facets start..stop."""
    for n in range(start, stop):
        x = y = z = 0.0
        for k in range(3):
            x += points[facets[n, k], 0] / 3.0
            y += points[facets[n, k], 1] / 3.0
            z += points[facets[n, k], 2] / 3.0
        p, px, py, pz = value_gradient(f, pairs[n, 0], x, y, z)
        other = pairs[n, 1] if pairs[n, 1] > 0 else nearest_outside(f, x, y, z)
        q, qx, qy, qz = value_gradient(f, other, x, y, z)
        slope = np.sqrt((px - qx) ** 2 + (py - qy) ** 2 + (pz - qz) ** 2)
        out[n] = abs(p - q) / slope if other != 0 and slope > 0.0 else np.inf


@kernel
def nearest_outside(f: Field, x: float, y: float, z: float) -> int:
    """Return the label of the cell outside with the smallest F among the candidates, or 0."""
    best = np.inf
    label = 0
    box = box_of(f, x, y, z)
    for p in range(f.start[box], f.start[box + 1]):
        here = f.label_of[f.near[p]]
        if here < 0:
            q = value(f, here, x, y, z)
            if q < best:
                best = q
                label = here
    return label


def boundary_distances(mesh: TetMesh, particle: Particle) -> Floats:
    """First-order distance of every facet's centroid from the exact boundary of its two grains.

    d = |F_A - F_B| / |grad (F_A - F_B)| with F of MODEL section 2, Eq. 8 of the paper
    (doi 10.1038/s43246-024-00728-5); F_0 is the least cost of the seeds that did not stay.

    Parameters
    ----------
    mesh
        A mesh of ``particle``.
    particle
        What was meshed.

    Returns
    -------
    Floats
        One distance in um per facet, shape (k,); infinite where a facet parts two grains whose
        boundary is not near at all.
    """
    size = float(mesh.info["size"])
    lower, upper = particle.bounds()
    field = exact_field(particle, lower - 4.0 * size, upper + 4.0 * size, size, slack=2.0 * size)
    out = np.empty(len(mesh.facets))
    points, facets = np.asarray(mesh.points), np.ascontiguousarray(mesh.facets[:, :3])
    pairs = np.asarray(mesh.facet_grains)
    for_chunks(
        len(out), CHUNK, lambda i, j: measure_facets(field, points, facets, pairs, out, i, j)
    )
    return out
