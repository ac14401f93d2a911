"""Topology by proof: lattices whose junctions are known, what is too small or degenerate."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.certificate import RESOLUTION, compared_topology
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.mesher.topology import Topology, junctions, of_size
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats


def voronoi(seeds: Floats, kept: list[int], offsets: Floats | None = None) -> Particle:
    """Build the Voronoi (Laguerre) diagram of seeds, of which some stay."""
    count = len(seeds)
    given = np.zeros(count) if offsets is None else offsets
    diagram = GBPD(seeds, np.tile(np.eye(3), (count, 1, 1)), given)
    box = np.array([seeds[kept].min(axis=0) - 1.2, seeds[kept].max(axis=0) + 1.2])
    return Particle(StarShape.ball(1.0), diagram, np.array(kept, dtype=np.int32), box=box)


def counts(sets: frozenset[tuple[int, ...]]) -> list[int]:
    return [len(of_size(sets, size)) for size in (2, 3, 4)]


def kelvin() -> Particle:
    """Build two neighbouring cells of the body-centred lattice: truncated octahedra."""
    line = np.arange(-2, 4)
    cubes = np.array(list(itertools.product(line, line, line)), dtype=np.float64)
    seeds = np.concatenate([cubes, cubes + 0.5])
    kept = [int(np.flatnonzero((seeds == place).all(axis=1))[0])
            for place in (np.zeros(3), np.full(3, 0.5))]  # fmt: skip
    return voronoi(seeds, kept)


def test_two_kelvin_cells_meet_in_one_hexagon() -> None:
    """A hexagon between the cells, the outer surface of each, and its rim: no quadruple point.

    All cells outside are one label, so six edges of the hexagon are one triple line.
    """
    found = compared_topology(tetrahedralize(kelvin(), 0.2), kelvin())
    assert found.exact == {(1, 2), (0, 1), (0, 2), (0, 1, 2)}
    assert not found.missing
    assert not found.added


@pytest.fixture(scope="module")
def body() -> tuple[TetMesh, Particle]:
    """A Kelvin cell with all of its fourteen neighbours, every one a grain."""
    line = np.arange(-2, 3)
    cubes = np.array(list(itertools.product(line, line, line)), dtype=np.float64)
    seeds = np.concatenate([cubes, cubes + 0.5])
    away = np.sort(np.abs(seeds), axis=1)
    first = np.flatnonzero((away == 0).all(axis=1))
    hexagons = np.flatnonzero((away == 0.5).all(axis=1))
    squares = np.flatnonzero((away == [0.0, 0.0, 1.0]).all(axis=1))
    particle = voronoi(seeds, np.concatenate([first, hexagons, squares]).tolist())
    return tetrahedralize(particle, 0.15), particle


def test_a_kelvin_cell_has_14_faces_36_edges_24_corners(body: tuple[TetMesh, Particle]) -> None:
    mesh, particle = body
    found = compared_topology(mesh, particle)
    of_first = frozenset(names for names in found.exact if 1 in names)
    assert counts(of_first) == [14, 36, 24]
    assert not any(1 in names for names in found.undecided | found.missing | found.added)
    held = junctions(mesh)
    assert [sum(1 in names for names in held[size]) for size in (2, 3, 4)] == [14, 36, 24]


def test_the_edges_of_a_cube_lattice_are_undecided_and_its_faces_found() -> None:
    """Four cubes meet in an edge, eight in a corner: no theorem, and no guess, splits them."""
    line = np.arange(-1, 3)
    seeds = np.array(list(itertools.product(line, line, line)), dtype=np.float64)
    kept = np.flatnonzero(((seeds == 0) | (seeds == 1)).all(axis=1)).tolist()
    cubes = voronoi(seeds, kept)
    found = compared_topology(tetrahedralize(cubes, 0.3), cubes)
    places = seeds[kept]
    faces = {(i + 1, j + 1) for i, j in itertools.combinations(range(8), 2)
             if np.abs(places[i] - places[j]).sum() == 1}  # fmt: skip
    inner = {names for names in found.exact if len(names) == 2 and 0 not in names}
    assert inner == faces
    assert {(0, grain) for grain in range(1, 9)} <= found.exact
    diagonal = {(i + 1, j + 1) for i, j in itertools.combinations(range(8), 2)} - faces
    assert diagonal <= found.undecided
    assert not of_size(found.exact, 4)
    assert set(itertools.combinations(range(1, 9), 4)) <= found.undecided


def split(gap: float) -> tuple[Topology, float]:
    """Two grains across a square edge of two others whose cells part them, or do not, by ``gap``.

    Four seeds at the corners of a square: with offsets -gap on one diagonal the others of it meet.
    """
    seeds = np.array([[0.5, 0.5, 0], [-0.5, 0.5, 0], [-0.5, -0.5, 0], [0.5, -0.5, 0]])
    walls = np.array([[0, 0, 1.5], [0, 0, -1.5], [2, 0, 0], [-2, 0, 0], [0, 2, 0], [0, -2, 0]])
    offsets = np.zeros(10)
    offsets[[0, 2]] = gap
    particle = voronoi(np.concatenate([seeds, walls]), [0, 1, 2, 3], offsets)
    mesh = tetrahedralize(particle, 0.2)
    return compared_topology(mesh, particle), mesh.info["size"]


def test_a_facet_far_smaller_than_the_mesh_is_found_and_missing() -> None:
    found, _ = split(0.02)
    assert (1, 3) in found.exact
    assert (2, 4) not in found.exact | found.undecided


def test_a_facet_below_the_resolution_is_undecided() -> None:
    found, size = split(0.0)
    assert {(1, 3), (2, 4)} <= found.undecided
    assert found.resolution == RESOLUTION * size
    tiny, _ = split(1e-15)
    assert (1, 3) in tiny.undecided


@pytest.mark.parametrize("surface", ["grains", "shell"])
def test_pairs_that_share_many_voxel_faces_are_found(surface: str) -> None:
    """Of the diagram itself: ``voxelize`` and the mesher give loose pieces to other grains."""
    particle = load_model("nmc-radial").sample(8, diameter=1.2, surface=surface)
    found = compared_topology(tetrahedralize(particle), particle)
    lower, upper = particle.bounds()
    step = particle.grain_size / 24
    lines = [np.arange(low, high + step, step) for low, high in zip(lower, upper, strict=True)]
    points = np.stack(np.meshgrid(*lines, indexing="ij"), axis=-1)
    labels = particle.labels(points.reshape(-1, 3)).reshape(points.shape[:3])
    turned = [np.moveaxis(labels, axis, 0) for axis in range(3)]
    pairs = [np.stack([part[:-1].ravel(), part[1:].ravel()]) for part in turned]
    rows = np.sort(np.concatenate(pairs, axis=1), axis=0)
    names, shared = np.unique(rows[:, rows[0] != rows[1]], axis=1, return_counts=True)
    clear = {tuple(pair) for pair in names[:, shared >= 20].T.tolist()}
    assert len(clear) > 20
    assert clear <= found.exact
    assert found.exact.isdisjoint(found.undecided)


def test_facts_name_what_is_missing() -> None:
    found = Topology(
        frozenset({(1, 2), (0, 1)}), frozenset({(1, 2)}), frozenset(), frozenset({(0, 1, 2)}), 0.1
    )
    facts = found.facts()
    assert facts["missing"] == {"boundaries": 1, "triple_lines": 0, "quadruple_points": 0}
    assert facts["missing_boundaries"] == [[1, 2]]
    assert facts["undecided"]["triple_lines"] == 1
