"""Certificates: bounds that no place exceeds, closed forms, demands in words."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh import _core as core
from nmc_mesh.errors import InputError, MeshError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.radius_table import radius_table
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.certificate import (
    TABLE,
    Certificate,
    _shell_bounds,
    certify,
    proven_distances,
)
from nmc_mesh.mesher.requirements import QUANTITIES, demand, proofs_of, requirements
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.typing import Floats, Ints
from tests.mesher.test_second_order import ball, round_mesh

FRESH = zlib.crc32(nmc_mesh.__version__.encode()) % 100_000
"""First seed of random particles: others in every version."""
SAMPLES = 40
FACETS = 150
"""Places on a facet, and facets of a random mesh, that are looked at."""


def places(mesh: TetMesh, count: int, rng: np.random.Generator) -> Floats:
    """Draw places on every facet, corners among them, shape (k, count + 3, 3)."""
    share = np.concatenate([np.eye(3), rng.dirichlet(np.ones(3), count)])
    if mesh.order == 1:
        found: Floats = share @ mesh.points[mesh.facets]
        return found
    a, b, c = share.T
    shape = [a * (2 * a - 1), b * (2 * b - 1), c * (2 * c - 1), 4 * a * b, 4 * b * c, 4 * c * a]
    found = np.stack(shape, axis=1) @ mesh.points[mesh.facets]
    return found


def least_distances(pairs: Ints, particle: Particle, points: Floats) -> Floats:
    """A lower bound of the distance from the exact boundary, with no more than calculus.

    F_B - F_A changes over a way r by at most r |grad| + L r^2 / 2, so it cannot be 0 nearer than
    2 |h| / (|grad| + sqrt(|grad|^2 + 2 L |h|)); nor can a cheaper grain C cost more than A.
    """
    diagram, kept = particle.tessellation, particle.kept
    outside = np.setdiff1d(np.arange(len(diagram)), kept)
    found = np.zeros(points.shape[:2])
    for row, (first, second) in enumerate(pairs):
        x, own = points[row], kept[first - 1]
        cost = diagram.costs(x[:, None], np.arange(len(diagram)))
        slope = 2 * np.einsum("nij,pnj->pni", diagram.matrices, x[:, None] - diagram.seeds)
        steep = np.linalg.norm(slope - slope[:, [own]], axis=2)
        bend = 2 * np.linalg.norm(diagram.matrices - diagram.matrices[own], axis=(1, 2))
        h = cost - cost[:, [own]]
        way = 2 * np.abs(h) / np.maximum(steep + np.sqrt(steep**2 + 2 * bend * np.abs(h)), 1e-300)
        partners = [kept[second - 1]] if second > 0 else outside
        below = np.where(h < 0, way, 0.0).max(axis=1)
        above = np.where(h > 0, way, 0.0)[:, partners].min(axis=1)
        found[row] = np.maximum(below, above)
    return found


@pytest.mark.filterwarnings("ignore:.* are lost")
@pytest.mark.parametrize("number", range(20))
def test_no_place_of_a_random_mesh_is_farther_off_than_proven(number: int) -> None:
    seed = FRESH + number
    rng = np.random.default_rng(seed)
    particle = load_model("nmc-radial").sample(seed, diameter=float(rng.uniform(0.9, 1.2)))
    mesh = tetrahedralize(particle, particle.grain_size / rng.uniform(3, 4.5))
    if number % 2:
        mesh = second_order(mesh, particle)
    either, bound = proven_distances(mesh, particle).T
    assert (bound >= either).all()
    assert np.isfinite(either).all()
    assert np.isfinite(bound).mean() > 0.99
    some = rng.choice(len(bound), FACETS, replace=False)
    points = places(mesh, SAMPLES, rng)[some]
    least = least_distances(mesh.facet_grains[some], particle, points).max(axis=1)
    assert (bound[some] >= least * (1 - 1e-9) - 1e-12).all()
    shown = np.isfinite(bound[some])
    excess = bound[some][shown] - 1.3 * least[shown]
    assert np.percentile(excess, 80) < 0.1 * mesh.info["size"]
    least = grain_distances(mesh.facet_grains[some], particle, points).max(axis=1)
    assert (either[some] >= least * (1 - 1e-9) - 1e-12).all()


def grain_distances(pairs: Ints, particle: Particle, points: Floats) -> Floats:
    """A lower bound of the distance from the boundary of either grain with anybody, by calculus.

    As long as the cheapest of all stays cheaper than every other, no boundary is met; as long as it
    stays cheaper than A, none of A.
    """
    diagram, kept = particle.tessellation, particle.kept
    inner = np.zeros(len(diagram), dtype=np.bool_)
    inner[kept] = True
    found = np.zeros(points.shape[:2])
    for row, pair in enumerate(pairs):
        x = points[row]
        cost = diagram.costs(x[:, None], np.arange(len(diagram)))
        slope = 2 * np.einsum("nij,pnj->pni", diagram.matrices, x[:, None] - diagram.seeds)
        for label in pair:
            mine = np.zeros(len(diagram), dtype=np.bool_)
            mine[kept[label - 1] if label > 0 else ~inner] = True
            for p in range(len(x)):
                own = mine[cost[p].argmin()]
                first = cost[p].argmin()
                rivals = np.flatnonzero(mine != own)
                h = cost[p, rivals] - cost[p, first]
                steep = np.linalg.norm(slope[p, rivals] - slope[p, first], axis=1)
                bend = 2 * np.linalg.norm(
                    diagram.matrices[rivals] - diagram.matrices[first], axis=(1, 2)
                )
                way = 2 * h / np.maximum(steep + np.sqrt(steep**2 + 2 * bend * h), 1e-300)
                found[row, p] = max(found[row, p], way.min())
    return found


def shell_distances(shell: StarShape, points: Floats, reach: float) -> Floats:
    """Distance of points (n, 3) from a shell, by grids of directions that zoom in."""
    along = points / np.linalg.norm(points, axis=1, keepdims=True)
    across = np.cross(along, np.roll(along, 1, axis=1) + [0.3, 0.1, 0.7])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    axes = np.stack([across, np.cross(along, across)], axis=1)
    grid = np.stack(np.meshgrid(*[np.linspace(-1, 1, 21)] * 2), axis=-1).reshape(-1, 2)
    at, width = np.zeros((len(points), 2)), reach / np.linalg.norm(points, axis=1)
    for _ in range(5):
        tried = at[:, None] + width[:, None, None] * grid
        ways = along[:, None] + tried @ axes
        ways /= np.linalg.norm(ways, axis=2, keepdims=True)
        places = ways * shell.radius(ways.reshape(-1, 3)).reshape(ways.shape[:2])[..., None]
        far = np.linalg.norm(places - points[:, None], axis=2)
        best = far.argmin(axis=1)
        at, width = tried[np.arange(len(points)), best], 0.15 * width
    found: Floats = far.min(axis=1)
    return found


@pytest.mark.parametrize("number", range(6))
def test_no_place_of_a_clipped_mesh_is_farther_off_its_shell_than_proven(number: int) -> None:
    seed = FRESH + 1000 + number
    rng = np.random.default_rng(seed)
    diameter = float(rng.uniform(0.9, 1.2))
    particle = load_model("nmc-radial").sample(seed, diameter=diameter, surface="shell")
    mesh = tetrahedralize(particle, particle.grain_size / rng.uniform(3, 4.5))
    if number % 2:
        mesh = second_order(mesh, particle)
    either, bound = proven_distances(mesh, particle).T
    assert np.isfinite(either).all()
    assert np.isfinite(bound).mean() > 0.98
    some = rng.choice(np.flatnonzero(mesh.outer), 60, replace=False)
    points = places(mesh, 12, rng)[some]
    size = mesh.info["size"]
    far = shell_distances(particle.shell, points.reshape(-1, 3), 1.5 * size)
    far = far.reshape(points.shape[:2]).max(axis=1)
    assert (bound[some] >= far - 1e-3 * size).all()
    shown = np.isfinite(bound[some])
    excess = bound[some][shown] - 1.3 * far[shown]
    assert np.percentile(excess, 80) < 0.1 * size


@pytest.mark.filterwarnings("ignore:.* are lost")
@pytest.mark.parametrize("number", range(4))
def test_ordinary_particles_pass_both_ways(number: int) -> None:
    """At the default size every place of mesh and boundaries is near the other, and proven so."""
    particle = load_model("nmc-radial").sample(FRESH + 3000 + number, diameter=1.1)
    mesh = tetrahedralize(particle)
    proof = certify(mesh, particle)
    demand(proof, requirements("distance<=1.5, two_sided<=100"))
    if not mesh.info["lost_grains"]:  # the outer surface of one that is lost is far indeed
        demand(proof, requirements("two_sided<=1.5"))
    assert proof.unproven is not None
    assert proof.unproven <= 0.005 * len(mesh.facets)
    facts = proof.facts()
    assert facts["distance_max"] <= facts["distance_two_sided"] < 100


def test_neighbours_bound_a_facet_that_has_no_common_boundary_near() -> None:
    """A thin grain B lies between A and C; some facets of the mesh are said to part A and C."""
    seeds = np.array([[0.0, 0, -0.3], [0, 0, 0], [0, 0, 0.3]])
    diagram = GBPD(seeds, np.tile(np.eye(3), (3, 1, 1)), np.array([0.0, -0.06, 0.0]))
    layers = Particle(StarShape.ball(1.0), diagram, np.arange(3), surface="shell")
    mesh = tetrahedralize(layers, 0.2)
    assert mesh.grains.tolist() == [1, 2, 3]
    amid = np.sort(mesh.facet_grains, axis=1)
    between = (amid == [1, 2]).all(axis=1)
    heights = mesh.points[mesh.facets][between, :, 2]
    some = np.flatnonzero(between)[np.abs(heights + 0.05).max(axis=1) < 0.01][:3]
    assert len(some) == 3
    wrong = mesh.facet_grains.copy()
    wrong[some] = [1, 3]
    claimed = replace(mesh, facet_grains=wrong)
    either, common = proven_distances(claimed, layers)[some].T
    # A and C never meet; the boundary of C with B is 0.1 away.
    assert np.isinf(common).all()
    assert (either >= 0.1 - 0.01).all()
    assert (either <= 0.1 + 0.2).all()


def test_bounds_of_a_ball_are_its_sagitta() -> None:
    mesh = round_mesh(0.3)
    bound = proven_distances(mesh, ball(1.0))[:, 1]
    rng = np.random.default_rng(1)
    off = np.abs(1 - np.linalg.norm(places(mesh, 200, rng), axis=2)).max(axis=1)
    assert (bound >= off).all()
    assert (bound <= 1.1 * off + 0.035 * 0.3).all()


def test_derivatives_of_a_shell_are_within_their_bounds() -> None:
    particle = load_model("nmc-radial").sample(FRESH, diameter=1.2, surface="shell")
    first, second, error, _ = _shell_bounds(particle)
    rng = np.random.default_rng(FRESH)
    u = rng.standard_normal((2000, 3))
    v = np.cross(u, rng.standard_normal((2000, 3)))
    u, v = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in (u, v))
    step = 1e-3
    low, mid, high = (
        particle.shell.radius(np.cos(t) * u + np.sin(t) * v) for t in (-step, 0.0, step)
    )
    slopes, bends = (high - low) / (2 * step), (high - 2 * mid + low) / step**2
    assert 0.02 * first < np.abs(slopes).max() < first
    assert 0.02 * second < np.abs(bends).max() < second
    radii = np.empty((2000, 4))
    core.radii(radius_table(particle.shell), np.ascontiguousarray(u), radii)
    assert np.abs(radii[:, 0] - mid).max() < 0.2 * error
    assert np.abs((radii[:, 1:] * v).sum(axis=1) - slopes).max() < 0.5 * TABLE[1]


def test_curved_facets_have_smaller_bounds() -> None:
    mesh = round_mesh(0.3)
    flat = proven_distances(mesh, ball(1.0))[:, 1]
    curved = proven_distances(second_order(mesh, ball(1.0)), ball(1.0))[:, 1]
    assert np.median(curved) < 0.2 * np.median(flat)


def test_flat_boundaries_are_met_to_rounding() -> None:
    """Two half balls: the plane between them is met, and the sphere up to the table's error."""
    seeds = np.array([[0.0, 0, -0.5], [0, 0, 0.5]])
    diagram = GBPD(seeds, np.tile(np.eye(3), (2, 1, 1)), np.zeros(2))
    halves = Particle(StarShape.ball(1.0), diagram, np.arange(2), surface="shell")
    mesh = tetrahedralize(halves, 0.2)
    bound = proven_distances(mesh, halves)[:, 1]
    off = np.abs(mesh.points[mesh.facets][:, :, 2]).max(axis=1)[mesh.inner]
    assert (bound[mesh.inner] <= off * 1.2 + 0.035 * 0.2).all()
    rng = np.random.default_rng(1)
    sag = np.abs(1 - np.linalg.norm(places(mesh, 200, rng), axis=2)).max(axis=1)[mesh.outer]
    assert (bound[mesh.outer] >= sag).all()
    assert np.isfinite(bound).all()


def test_a_facet_far_from_its_boundary_has_no_bound() -> None:
    mesh = round_mesh(0.3)
    moved = replace(mesh, points=mesh.points + np.array([0.7, 0.0, 0.0]))
    bound = proven_distances(moved, ball(1.0))[:, 1]
    found = certify(moved, ball(1.0))
    assert 0 < np.isinf(bound).mean() < 1
    assert found.unproven == np.isinf(bound).sum()
    assert found.unproven_pairs.tolist() == [[1, 0]]
    assert found.distance_common() == np.inf
    assert found.facts()["distance_common_max"] is None


def test_a_mesh_alone_has_angles_and_pieces() -> None:
    found = certify(round_mesh(0.3))
    assert found.distances is None
    assert found.distance() is None
    assert found.volume_error is None
    assert "distance_max" not in found.facts()
    assert 0 < found.smallest_angle < found.largest_angle < np.pi


@pytest.fixture(scope="module")
def found() -> Certificate:
    return certify(round_mesh(0.3), ball(1.0))


def test_what_is_kept_passes(found: Certificate) -> None:
    demand(found, requirements("angle>=5, largest_angle<=170, distance<=0.5, unproven<=0"))
    demand(found, requirements("missing<=0, added<=0, missing_junctions<=0, undecided<=0"))
    demand(found, requirements("distance_p90<=0.5,distance_p99<=0.5,volume<=10,pieces<=0"))


def test_what_is_not_demanded_is_not_proven() -> None:
    demands = requirements("angle>=5, distance<=0.5")
    part = certify(round_mesh(0.3), ball(1.0), proofs=proofs_of(demands))
    demand(part, demands)
    assert part.back is part.topology is part.volumes is None
    assert part.distances is not None
    assert "distance_max" in part.facts()
    assert "distance_back_max" not in part.facts()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("angle>=60", r"short of angle>=60 \(it is .*--size"),
        ("distance<=0.0001", "distance<=0.0001 .* smaller --size"),
        ("angle>=60, volume<=0.001", "angle>=60 .* and volume<=0.001 .*--order 2"),
    ],
)
def test_what_falls_short_is_refused_with_what_to_change(
    found: Certificate, text: str, words: str
) -> None:
    with pytest.raises(MeshError, match=words):
        demand(found, requirements(text))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("angel>=20", "perhaps you meant 'angle'"),
        ("angle<=20", "can be required >= a number"),
        ("distance>=0.2", "can be required <= a number"),
        ("angle", "form name>=number"),
        ("angle>=20,", "form name>=number"),
        ("angle>=many", "finite number, not 'many'"),
        ("angle>=nan", "finite number"),
    ],
)
def test_demands_that_cannot_be_read_are_told_in_words(text: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        requirements(text)


def test_a_demand_that_cannot_be_judged_says_what_is_needed() -> None:
    alone = certify(round_mesh(0.3))
    for name, quantity in QUANTITIES.items():
        if quantity.needs:
            with pytest.raises(InputError, match="name the particle"):
                demand(alone, requirements(f"{name}<=1"))
