"""A particle in a box or a sphere: the domain is filled, the particle is what it is without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.dataset.trim import trimmed
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.particle import read_particle, write_particle
from nmc_mesh.mechanics.diffusion import charge, conduction_matrix, surface_load
from nmc_mesh.mechanics.linear import gradients
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.phases import solids
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table, phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.accuracy import accuracy
from nmc_mesh.mesher.certificate import certify
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.pipeline.particles import generate

MODEL = load_model("nmc-radial")
CASES = [(8, "sphere:1.2", 0.0), (12, "box:1.2", 0.04)]


def dense(seed: int, radius: float = 0.6) -> Particle:
    return MODEL.sample(seed, shell=StarShape.ball(radius))


@pytest.fixture(scope="module", params=CASES, ids=lambda case: f"{case[1]} {case[2]}")
def bath(request: pytest.FixtureRequest) -> tuple[Particle, TetMesh]:
    seed, domain, pores = request.param
    particle = dense(seed)
    if pores:
        particle = Pores(pores).put_into(particle, np.random.default_rng(seed))
    particle = particle.in_domain(domain)
    return particle, tetrahedralize(particle, size=0.1)


def test_the_domain_is_filled_and_its_boundary_exact(bath: tuple[Particle, TetMesh]) -> None:
    particle, mesh = bath
    validate(mesh)
    assert particle.domain is not None
    names = {group.name for group in groups(mesh)}
    assert {"electrolyte", "particle_electrolyte", "domain_boundary"} <= names
    assert "outer_surface" not in names
    table = phase_table(mesh)
    voids = volume_of_voids(mesh)
    filled = sum(table["volume"].values()) + voids
    outer = mesh.points[np.unique(mesh.facets[mesh.outer])]
    if particle.domain.shape == "box":
        lower, upper = particle.domain.bounds
        assert filled == pytest.approx(particle.domain.volume, rel=1e-9)
        assert ((outer == lower) | (outer == upper)).any(axis=1).all()
        assert table["area"]["domain_boundary"] == pytest.approx(area_of_box(upper - lower))
    else:
        away = np.linalg.norm(outer, axis=1) / particle.domain.upper[0]
        assert np.abs(away - 1).max() < 0.01
        assert filled == pytest.approx(particle.domain.volume, rel=0.02)


def volume_of_voids(mesh: TetMesh) -> float:
    corners = mesh.points[mesh.facets[mesh.walls, :3]]
    turned = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return -float((corners.mean(axis=1) * turned).sum()) / 6


def area_of_box(edges: np.ndarray) -> float:
    x, y, z = edges
    return float(2 * (x * y + y * z + z * x))


def test_the_particle_is_as_good_and_as_large_as_without(bath: tuple[Particle, TetMesh]) -> None:
    particle, mesh = bath
    body = solids(mesh)
    bare = tetrahedralize(particle.bare(), size=0.1)
    validate(body)
    least = [np.degrees(quality(one).smallest_angle.min()) for one in (bare, body, mesh)]
    assert least[1] > least[0] - 4
    assert least[2] > 15
    volumes = [grain_table(one)["volume"] for one in (bare, body)]
    assert volumes[1].sum() == pytest.approx(volumes[0].sum(), rel=0.01)
    np.testing.assert_allclose(volumes[1], volumes[0], rtol=0.1)
    found = accuracy(particle, mesh)
    assert np.median(found.distances) < 0.05
    assert certify(mesh, particle).distance(50) < 0.06


def test_linear_fields_are_exact_through_all_phases(bath: tuple[Particle, TetMesh]) -> None:
    """The patch test: cells of all phases conform, or a linear field would leave a residue."""
    _, mesh = bath
    matrix = conduction_matrix(mesh.points, mesh.cells, np.tile(np.eye(3), (len(mesh.cells), 1, 1)))
    inner = np.ones(len(mesh.points), dtype=bool)
    inner[mesh.facets[~mesh.inner]] = False
    residue = matrix @ (mesh.points @ [1.0, -2.0, 0.5])
    assert np.abs(residue[inner]).max() < 1e-12


def test_lithium_enters_where_electrolyte_is_and_is_conserved(
    bath: tuple[Particle, TetMesh],
) -> None:
    _, mesh = bath
    body = solids(mesh)
    tensors = np.tile(np.eye(3), (int(body.labels.max()), 1, 1))
    found = charge(body, tensors, 0.5, 0.01, np.linspace(0, 1.0, 5))
    volumes = gradients(body.points, body.cells)[0]
    held = (volumes * found[:, body.cells].mean(axis=2)).sum(axis=1)
    area = surface_load(body.points, body.facets[body.outer]).sum()
    np.testing.assert_allclose(np.diff(held), 0.25 * 0.01 * area, rtol=1e-10)
    assert area == pytest.approx(phase_table(mesh)["area"]["particle_electrolyte"])


def test_cells_are_coarser_away_from_the_particle(bath: tuple[Particle, TetMesh]) -> None:
    _, mesh = bath
    corners = mesh.points[mesh.facets[:, :3]]
    edges = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).mean(axis=1)
    assert edges[mesh.outer].mean() > 1.2 * edges[mesh.inner].mean()


def test_labels_voxels_and_files_know_the_domain(tmp_path: Path) -> None:
    for text in ("box:1.4", "sphere:1.4"):
        particle = dense(5).in_domain(text)
        assert particle.domain is not None
        rng = np.random.default_rng(0)
        points = rng.uniform(-1.5, 1.5, (4000, 3))
        labels, bare = particle.labels(points), particle.bare().labels(points)
        inside = particle.domain.contains(points)
        np.testing.assert_array_equal(labels[bare > 0], bare[bare > 0])
        assert (labels[(bare == 0) & inside] == particle.n_labels).all()
        assert not labels[~inside].any()
        image = voxelize(particle, 0.05)
        assert image.volumes()[1:].sum() == pytest.approx(particle.domain.volume, rel=0.05)
        np.testing.assert_array_equal(particle.labels(image.points()) > 0, image.labels.ravel() > 0)
        write_particle(tmp_path / "p.h5", particle)
        again = read_particle(tmp_path / "p.h5")
        assert again.domain == particle.domain
        assert trimmed(again).domain == particle.domain


def test_second_order_bends_the_particle_alone() -> None:
    particle, mesh = generate("nmc-radial", 3, 0.1, shell=StarShape.ball(0.6), domain="box:1.3",
                              order=2)  # fmt: skip
    validate(mesh)
    lower, upper = particle.bounds()
    outer = mesh.facets[mesh.outer]
    on_face = ((mesh.points == lower) | (mesh.points == upper)).any(axis=1)[outer]
    flat = on_face[:, :3].all(axis=1)  # but for those at a vertex that its cells keep off the box
    assert on_face[flat].all()
    assert mesh.info["off_boundary"] <= 3
    assert len(np.unique(outer[:, :3][~on_face[:, :3]])) == mesh.info["off_boundary"]
    assert mesh.info["second_order"]["curved"] > 0
    walls = mesh.facets[(mesh.facet_grains == particle.n_labels).any(axis=1) & mesh.inner]
    middles = 0.5 * (mesh.points[walls[:, :3]] + mesh.points[np.roll(walls[:, :3], -1, axis=1)])
    assert (np.abs(mesh.points[walls[:, 3:]] - middles).max(axis=2) > 1e-9).mean() > 0.8


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("box:0.9", "take more than 1"),
        ("sphere:1", "take more than 1"),
        ("cube:1.2", "box:1.2 or sphere:1.2"),
        ("box", "box:1.2 or sphere:1.2"),
        ("box:wide", "is a number"),
        ("box:-2", "positive"),
    ],
)
def test_a_bad_domain_is_refused(text: str, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        dense(5).in_domain(text)


def test_domains_that_do_not_hold_the_particle_are_refused() -> None:
    particle = dense(5)
    with pytest.raises(InputError, match="does not hold"):
        particle.in_domain(Domain("box", (-0.3,) * 3, (0.3,) * 3))
    with pytest.raises(InputError, match="does not hold"):
        particle.in_domain(Domain("sphere", (-0.5,) * 3, (0.5,) * 3))
    with pytest.raises(InputError, match="larger domain or a smaller size"):
        tetrahedralize(particle.in_domain("box:1.01"), 0.2)
    with pytest.raises(InputError, match="about the origin"):
        Domain("sphere", (0.0,) * 3, (1.0,) * 3)
    with pytest.raises(InputError, match="already"):
        particle.in_domain("box:1.2").in_domain("box:1.3")


@pytest.mark.parametrize(("domain", "thickness"), [("sphere:1.3", 0.0), ("box:1.3", 0.06)])
def test_domains_are_around_particles_cut_at_their_shell(domain: str, thickness: float) -> None:
    cut = MODEL.sample(3, 1.3, surface="shell")
    layered = cut.coated(thickness) if thickness else cut
    particle = layered.in_domain(domain)
    assert particle.domain is not None
    mesh = tetrahedralize(particle)
    validate(mesh)
    assert np.degrees(quality(mesh).smallest_angle.min()) > 20
    assert mesh.info["lost_grains"] == ()
    table = phase_table(mesh)
    assert table["volume"]["grain"] == pytest.approx(cut.shell.volume, rel=0.02)
    assert sum(table["volume"].values()) == pytest.approx(particle.domain.volume, rel=0.02)
    around = "coating_electrolyte" if thickness else "particle_electrolyte"
    assert {around, "domain_boundary"} <= {group.name for group in groups(mesh)}
    sides = mesh.facet_grains
    own = (sides > 0).all(axis=1) & ((sides <= particle.n_grains).sum(axis=1) == 1)
    places = mesh.points[np.unique(mesh.facets[own])]
    off = np.abs(np.linalg.norm(places, axis=1) - cut.shell.radius(places))
    assert np.percentile(off, 75) < 1e-6
    assert np.percentile(off, 90) < 0.1 * mesh.info["size"]
    points = np.random.default_rng(1).uniform(*particle.domain.bounds, (20_000, 3))
    labels = particle.labels(points)
    assert np.array_equal((labels > 0) & (labels <= particle.n_grains), cut.shell.contains(points))
    assert np.array_equal(labels > 0, particle.domain.contains(points))
    image = voxelize(particle, 0.05)
    share = (image.labels == particle.n_labels).sum() / (image.labels > 0).sum()
    assert share == pytest.approx(
        (labels == particle.n_labels).sum() / (labels > 0).sum(), rel=0.02
    )
    assert accuracy(particle, mesh).off < 0.05
