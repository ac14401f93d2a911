"""Small hand-made meshes, so that tests of files and tags need no mesher."""

from __future__ import annotations

from itertools import permutations

import numpy as np

from nmc_mesh.mesh.tagging import tagged
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray


def tet_mesh_from_cells(points: AnyArray, cells: AnyArray, labels: AnyArray) -> TetMesh:
    """Turn every tetrahedron positive, then tag the mesh."""
    cells = np.array(cells, dtype=np.int32)
    a, b, c, d = (points[cells[:, k]] for k in range(4))
    negative = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) < 0
    cells[negative, :2] = cells[negative, 1::-1]
    return tagged(points, cells, np.asarray(labels, dtype=np.int32), {"made": "by hand"})


def lattice(n: int, size: float = 2.0) -> tuple[AnyArray, AnyArray]:
    """Split a cube of edge length ``size`` um into n^3 cubes of six (Kuhn) tetrahedra each."""
    axis = np.linspace(-0.5 * size, 0.5 * size, n + 1)
    points = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3)
    steps = np.array([(n + 1) ** 2, n + 1, 1])
    base = (np.indices((n, n, n)).reshape(3, -1).T * steps).sum(axis=1)
    paths = [np.cumsum([0, *steps[list(order)]]) for order in permutations(range(3))]
    return points, (base[:, None, None] + np.array(paths)).reshape(-1, 4)


def cube(grains: int = 8, n: int = 4, size: float = 2.0) -> TetMesh:
    """Build a cube of 1 grain, of 2 parted by the plane x = 0, or of 8 octants."""
    points, cells = lattice(n, size)
    upper = points[cells].mean(axis=1) > 0
    labels = 1 + upper @ np.array({1: [0, 0, 0], 2: [1, 0, 0], 8: [1, 2, 4]}[grains])
    return tet_mesh_from_cells(points, cells, labels)


def ball(n: int, radius: float = 1.0) -> TetMesh:
    """Build a ball of one grain: the lattice cube, blown up so that shells of cubes are spheres."""
    points, cells = lattice(n, 2.0)
    length = np.linalg.norm(points, axis=1)
    scale = np.abs(points).max(axis=1) / np.where(length > 0, length, 1.0)
    return tet_mesh_from_cells(radius * scale[:, None] * points, cells, np.ones(len(cells)))


def voronoi(grains: int, n: int, seed: int = 0, size: float = 2.0) -> TetMesh:
    """Build a cube of grains with staircase borders: every cell takes its nearest seed."""
    rng = np.random.default_rng(seed)
    points, cells = lattice(n, size)
    seeds = rng.uniform(-0.5 * size, 0.5 * size, (grains, 3))
    centres = points[cells].mean(axis=1)
    distance = ((centres[:, None] - seeds) ** 2).sum(axis=2)
    return tet_mesh_from_cells(points, cells, 1 + distance.argmin(axis=1))


def with_middles(straight: TetMesh) -> TetMesh:
    """Put a node in the middle of every edge: cells of second order, still straight."""
    pairs = np.array([(0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3)])
    ends = np.sort(straight.cells[:, pairs], axis=2).reshape(-1, 2)
    edges, place = np.unique(ends, axis=0, return_inverse=True)
    points = np.vstack([straight.points, straight.points[edges].mean(axis=1)])
    middles = len(straight.points) + place.reshape(-1, 6)
    return tagged(points, np.hstack([straight.cells, middles]), straight.labels, straight.info)
