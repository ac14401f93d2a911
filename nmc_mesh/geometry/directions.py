"""Directions spread evenly over the unit sphere: the vertices of a subdivided icosahedron."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nmc_mesh.arrays import frozen
from nmc_mesh.numerics.products import determinants
from nmc_mesh.typing import Floats, Ints


def directions(level: int = 3) -> Floats:
    """Unit vectors u_1 ... u_n, n = 10 * 4^level + 2.

    Level 3 gives the 642 directions in which the paper samples radius functions
    (doi 10.1038/s43246-024-00728-5, "Stochastic outer shell model").

    Returns
    -------
    Read-only array of shape (n, 3). A finer level begins with the vertices of the coarser one.
    """
    return _icosphere(level)[0]


def triangles(level: int = 3) -> Ints:
    """Triangles over ``directions(level)``, shape (20 * 4^level, 3), normals pointing outwards."""
    return _icosphere(level)[1]


@lru_cache(maxsize=8)
def _icosphere(level: int) -> tuple[Floats, Ints]:
    points, faces = _icosahedron() if level == 0 else _subdivide(*_icosphere(level - 1))
    return frozen(points), frozen(faces)


def _icosahedron() -> tuple[Floats, Ints]:
    """Twelve vertices (0, +-1, +-golden ratio) and their turns; faces = triples one edge apart."""
    golden = 0.5 * (1.0 + np.sqrt(5.0))
    plane = np.array([(0.0, a, b * golden) for a in (-1.0, 1.0) for b in (-1.0, 1.0)])
    points = np.concatenate([np.roll(plane, shift, axis=1) for shift in range(3)])
    near = np.abs(np.linalg.norm(points[:, None] - points[None], axis=2) - 2.0) < 1e-9
    faces = [
        (i, j, k) if determinants(points[[i, j, k]]) > 0 else (i, k, j)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    return points / np.sqrt((points[0] * points[0]).sum()), np.array(faces, dtype=np.int32)


def _subdivide(points: Floats, faces: Ints) -> tuple[Floats, Ints]:
    """Cut every triangle into four and push the new vertices out to the sphere."""
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = points[unique].sum(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    a, b, c = faces.T
    ab, bc, ca = (len(points) + inverse.reshape(-1, 3)).T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    finer = np.stack([np.stack(part, axis=1) for part in parts], axis=1).reshape(-1, 3)
    return np.concatenate([points, middle]), finer.astype(np.int32)
