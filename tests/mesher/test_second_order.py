"""Second order: nodes on the exact boundaries, volumes to the fourth order, no cell inverted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.curved import facet_integrals, jacobians
from nmc_mesh.mesh.edges import PAIRS, number_edges
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import boundary_table, facet_table, grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.second_order import REACH, second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.typing import Floats, Ints
from tests.meshes import cube, voronoi

GRAIN = 0.41


def ball(radius: float) -> Particle:
    """Build one grain that is exactly a ball: 2 |x|^2 - R^2 against |x|^2."""
    gbpd = GBPD(np.zeros((2, 3)), np.array([2 * np.eye(3), np.eye(3)]), np.array([radius**2, 0.0]))
    box = np.array([[-1.2 * radius] * 3, [1.2 * radius] * 3])
    return Particle(StarShape.ball(radius), gbpd, np.array([0], dtype=np.int32), box=box)


def round_mesh(size: float) -> TetMesh:
    """Mesh the unit ball; vertices that were let off the sphere for shape's sake go back."""
    mesh = tetrahedralize(ball(1.0), size)
    points, outer = np.array(mesh.points), np.unique(mesh.facets)
    points[outer] /= np.linalg.norm(points[outer], axis=1)[:, None]
    return replace(mesh, points=points)


def drawn(grains: int, seed: int) -> Particle:
    """Draw curved grains; those whose seed lies in a ball stay."""
    rng = np.random.default_rng(seed)
    radius = GRAIN * (grains * 3 / 4 / np.pi) ** (1 / 3)
    half = radius + 6 * GRAIN
    seeds = rng.uniform(-half, half, (rng.poisson((2 * half / GRAIN) ** 3), 3))
    stretch, turn = rng.uniform(1, 6, (len(seeds), 3)), rng.uniform(0, np.pi, len(seeds))
    gbpd = GBPD.radial(seeds, stretch, turn, rng.uniform(0, 0.1, len(seeds)))
    own = gbpd.labels(seeds) == np.arange(len(seeds))
    kept = np.flatnonzero((np.linalg.norm(seeds, axis=1) < radius) & own)
    return Particle(StarShape.ball(radius), gbpd, kept.astype(np.int32))


@pytest.fixture(scope="module")
def particle() -> Particle:
    return drawn(30, 5)


@pytest.fixture(scope="module")
def mesh(particle: Particle) -> TetMesh:
    return tetrahedralize(particle, GRAIN / 5)


@pytest.fixture(scope="module")
def curved(particle: Particle, mesh: TetMesh) -> TetMesh:
    return second_order(mesh, particle)


def costs(particle: Particle, labels: Ints, points: Floats) -> tuple[Floats, Floats]:
    """F of a label at every point, and its gradient."""
    gbpd = particle.tessellation
    seeds = particle.kept[labels - 1]
    away = points - gbpd.seeds[seeds]
    slope = np.einsum("nij,nj->ni", gbpd.matrices[seeds], away)
    return np.einsum("ni,ni->n", away, slope) - gbpd.offsets[seeds], 2 * slope


def test_volume_and_area_of_a_ball_converge_with_the_fourth_power_of_the_size() -> None:
    sizes = np.array([0.4, 0.28, 0.2, 0.14])
    meshes = [second_order(round_mesh(h), ball(1.0)) for h in sizes]
    for true, column in ((4 / 3 * np.pi, "volume"), (4 * np.pi, "outer_area")):
        errors = [abs(grain_table(mesh)[column][0] / true - 1) for mesh in meshes]
        assert errors[0] < 1e-3
        assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] > 3.7


def test_the_moments_of_a_curved_ball_are_those_of_a_ball() -> None:
    mesh = second_order(tetrahedralize(ball(1.0), 0.3), ball(1.0))
    shifted = replace(mesh, points=mesh.points + np.array([7.0, -3.0, 2.0]))
    table = grain_table(shifted)
    np.testing.assert_allclose(table["axis_lengths"][0], 2.0, rtol=1e-4)
    np.testing.assert_allclose(table["centroid"][0], [7.0, -3.0, 2.0], atol=1e-5)


def test_nodes_lie_on_the_quadrics_of_both_grains(
    particle: Particle, mesh: TetMesh, curved: TetMesh
) -> None:
    inner = curved.inner
    nodes = curved.facets[inner, 3:]
    pairs = np.repeat(curved.facet_grains[inner], 3, axis=0)
    places = curved.points[nodes.ravel()]
    (p, dp), (q, dq) = (costs(particle, pairs[:, k], places) for k in range(2))
    far = np.abs(p - q) / np.linalg.norm(dp - dq, axis=1)
    on = far < 1e-6 * GRAIN
    told = curved.info["second_order"]
    assert on.mean() > 0.85
    assert told["curved"] > 8 * (told["flattened"] + told["straight"])
    ends = mesh.points[mesh.cells[:, PAIRS]]
    moved = np.linalg.norm(curved.points[curved.cells[:, 4:]] - ends.mean(axis=2), axis=2)
    length = np.linalg.norm(ends[:, :, 0] - ends[:, :, 1], axis=2)
    assert (moved <= REACH * length * (1 + 1e-9)).all()
    assert (moved > 0).sum() > told["curved"] / 2


def test_nodes_of_triple_lines_lie_on_three_quadrics(particle: Particle, curved: TetMesh) -> None:
    sides: dict[int, set[int]] = {}
    for nodes, grains in zip(
        curved.facets[:, 3:].tolist(), curved.facet_grains.tolist(), strict=True
    ):
        for node in nodes:
            sides.setdefault(node, set()).update(grains)
    inner = [node for node in curved.edges[:, 2].tolist() if 0 not in sides[node]]
    found = [(node, sorted(sides[node])) for node in inner if len(sides[node]) == 3]
    labels = np.array([names for _, names in found])
    places = curved.points[[node for node, _ in found]]
    first, _ = costs(particle, labels[:, 0], places)
    on = np.ones(len(found), dtype=bool)
    for k in (1, 2):
        other, slope = costs(particle, labels[:, k], places)
        on &= np.abs(other - first) < 1e-5 * GRAIN * np.linalg.norm(slope, axis=1)
    assert len(found) > 100
    assert on.mean() > 0.6


def test_volumes_of_grains_come_nearer_to_the_truth(
    particle: Particle, mesh: TetMesh, curved: TetMesh
) -> None:
    image = voxelize(particle, GRAIN / 40)
    true = image.volumes()[mesh.grains]
    flat, arched = (np.abs(grain_table(m)["volume"] / true - 1) for m in (mesh, curved))
    assert np.median(arched) < 0.5 * np.median(flat)


def test_bernstein_coefficients_bound_the_jacobian_and_add_up_to_the_volume(
    curved: TetMesh,
) -> None:
    rng = np.random.default_rng(0)
    bounds = jacobians(curved)
    places = curved.points[curved.cells]
    for bary in rng.dirichlet(np.full(4, 0.5), 40):
        det = np.linalg.det(np.einsum("ij,mjd->mid", slopes(bary), places))
        assert (det > bounds[:, 0] * (1 - 1e-9)).all()
        assert (det < bounds[:, 1] * (1 + 1e-9)).all()
    whole = np.bincount(curved.labels, bounds[:, 2] / 6)[curved.grains]
    np.testing.assert_allclose(whole, grain_table(curved)["volume"], rtol=1e-10)
    validate(curved)


def slopes(bary: Floats) -> Floats:
    """Derivatives of the ten shape functions along three edges, shape (3, 10)."""
    by_bary = np.zeros((4, 10))
    for i in range(4):
        by_bary[i, i] = 4 * bary[i] - 1
    for n, (i, j) in enumerate(PAIRS):
        by_bary[i, 4 + n], by_bary[j, 4 + n] = 4 * bary[j], 4 * bary[i]
    return by_bary[1:] - by_bary[0]


def nested() -> Particle:
    """Build a ball of radius 1 in a ball of radius 1.8: costs 3 x^2 - 4.24, 2 x^2 - 3.24, x^2."""
    matrices = np.array([3.0, 2.0, 1.0])[:, None, None] * np.eye(3)
    gbpd = GBPD(np.zeros((3, 3)), matrices, np.array([4.24, 3.24, 0.0]))
    box = np.array([[-2.0] * 3, [2.0] * 3])
    return Particle(StarShape.ball(1.8), gbpd, np.array([0, 1], dtype=np.int32), box=box)


def test_arcs_that_would_fold_a_cell_are_flattened() -> None:
    mesh = tetrahedralize(nested(), 0.45)
    assert second_order(mesh, nested()).info["second_order"]["flattened"] == 0
    inside = np.ones(len(mesh.points), dtype=bool)
    inside[mesh.facets] = False
    for facet, cell in zip(mesh.facets, mesh.facet_cells[:, 1], strict=True):
        peak = np.setdiff1d(mesh.cells[cell], facet)[0]
        if cell < 0 or not inside[peak]:
            continue
        points = np.array(mesh.points)
        foot = points[facet].mean(axis=0)
        points[peak] = foot + 0.1 * (points[peak] - foot)
        squeezed = replace(mesh, points=points)
        if (quality(squeezed).volume > 0).all():
            break
    arched = second_order(squeezed, nested())
    assert 0 < arched.info["second_order"]["flattened"] < 30
    validate(arched)


def test_without_a_particle_and_from_an_image_nodes_are_midpoints() -> None:
    labels = np.zeros((12, 12, 12), dtype=np.int32)
    labels[2:10, 2:10, 2:6], labels[2:10, 2:10, 6:10] = 1, 2
    image = LabelImage(labels, 0.5)
    straight = voronoi(5, 3)
    for mesh in (second_order(straight), second_order(tetrahedralize(image), image)):
        ends = mesh.points[mesh.cells[:, PAIRS]].mean(axis=2)
        np.testing.assert_array_equal(mesh.points[mesh.cells[:, 4:]], ends)
        assert mesh.info["second_order"] == {"curved": 0, "flattened": 0, "straight": 0}
        validate(mesh, whole=False)
    flat, arched = straight, second_order(straight)
    for table in (grain_table, boundary_table, facet_table):
        first, second = table(flat), table(arched)
        for name in first:
            if name not in ("axes", "vertices"):
                np.testing.assert_allclose(second[name], first[name], rtol=1e-9, atol=1e-12)


def test_edges_are_numbered_by_their_ends() -> None:
    mesh = cube(2, n=2)
    number, ends = number_edges(np.asarray(mesh.cells), len(mesh.points))
    every = np.sort(mesh.cells[:, PAIRS], axis=2).reshape(-1, 2)
    np.testing.assert_array_equal(ends, np.unique(every, axis=0))
    np.testing.assert_array_equal(ends[number.ravel()], every)


def test_one_and_two_threads_give_the_same_nodes(
    particle: Particle, mesh: TetMesh, curved: TetMesh
) -> None:
    set_threads(1)
    try:
        alone = second_order(mesh, particle)
    finally:
        set_threads(None)
    assert alone.points.tobytes() == curved.points.tobytes()
    assert alone.cells.tobytes() == curved.cells.tobytes()


def test_the_validator_finds_inverted_cells_and_wrong_nodes() -> None:
    mesh = second_order(cube(2, n=2))
    points = np.array(mesh.points)
    points[mesh.cells[3, 4]] += 1.5 * (points[mesh.cells[3, 2]] - points[mesh.cells[3, 4]])
    with pytest.raises(MeshError, match="inverted somewhere"):
        validate(replace(mesh, points=points))
    cells = np.array(mesh.cells)
    cells[3, [4, 5]] = cells[3, [5, 4]]
    with pytest.raises(MeshError, match="several nodes in the middle"):
        validate(replace(mesh, cells=cells))


def test_a_mesh_is_refined_once(curved: TetMesh, particle: Particle) -> None:
    with pytest.raises(InputError, match="second order already"):
        second_order(curved, particle)


def test_integrals_over_facets_are_exact_for_a_paraboloid() -> None:
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [0.5, 0.0], [0.5, 0.5], [0.0, 0.5]])
    height = 1 + corners[:, 0] ** 2 + 0.5 * corners[:, 1] ** 2
    points = np.column_stack([corners, height])
    facets = np.arange(6, dtype=np.int32)[None]
    found = facet_integrals(points, facets, np.zeros((1, 3)))[0]
    np.testing.assert_allclose(found[1:4], [-1 / 3, -1 / 6, 0.5], rtol=1e-14)
    # x . n dA = z - 2 x^2 - y^2 = 1 - x^2 - y^2 / 2 over the triangle below
    np.testing.assert_allclose(found[4], (0.5 - 1 / 12 - 1 / 24) / 3, rtol=1e-14)
