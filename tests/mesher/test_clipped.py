"""Meshes of particles cut off at their shell: on the shell, convergent, well shaped."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pytest

from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.curved import facet_integrals
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.accuracy import boundary_distances
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.typing import Floats, Ints
from tests.particles import release_seeds

MODEL = load_model("nmc-radial")
TABLE = 1e-6
"""Error of the shell's table, relative to the radius."""


def ball() -> Particle:
    """Build one grain that owns all of space, cut to the unit ball."""
    alone = GBPD(np.zeros((1, 3)), np.eye(3)[None], np.zeros(1))
    return Particle(StarShape.ball(1.0), alone, np.array([0]), surface="shell")


def outer_facets(mesh: TetMesh) -> Ints:
    return mesh.facets[mesh.outer]


def area(mesh: TetMesh) -> float:
    facets = outer_facets(mesh)
    if mesh.order == 2:
        points = np.array(mesh.points)
        return float(facet_integrals(points, facets, np.zeros((len(facets), 3)))[:, 0].sum())
    a, b, c = (mesh.points[facets[:, k]] for k in range(3))
    return float(0.5 * np.linalg.norm(np.cross(b - a, c - a), axis=1).sum())


def off_shell(particle: Particle, points: Floats) -> Floats:
    """Distance from the shell to first order, um."""

    def depth(x: Floats) -> Floats:
        found: Floats = np.linalg.norm(x, axis=1) - particle.shell.radius(x)
        return found

    step = 1e-6
    slope = [(depth(points + step * u) - depth(points - step * u)) / (2 * step) for u in np.eye(3)]
    found: Floats = np.abs(depth(points)) / np.linalg.norm(slope, axis=0)
    return found


def test_ball_converges_with_the_second_and_the_fourth_power() -> None:
    particle, sizes = ball(), (0.5, 0.25, 0.125)
    volume, surface = 4 * np.pi / 3, 4 * np.pi
    errors = np.empty((3, 4))
    for row, size in enumerate(sizes):
        flat = tetrahedralize(particle, size)
        curved = second_order(flat, particle)
        for k, mesh in enumerate((flat, curved)):
            errors[row, k] = abs(grain_table(mesh)["volume"].sum() / volume - 1)
            errors[row, 2 + k] = abs(area(mesh) / surface - 1)
            radius = np.linalg.norm(mesh.points[np.unique(outer_facets(mesh))], axis=1)
            assert np.abs(radius - 1).max() < 1e-12
        assert np.degrees(quality(flat).smallest_angle.min()) > 20
    rates = np.log2(errors[1] / errors[2])
    assert (rates[[0, 2]] > 1.8).all()
    assert (rates[[0, 2]] < 2.2).all()
    assert (rates[[1, 3]] > 3.7).all()
    assert (rates[[1, 3]] < 4.3).all()
    assert errors[2, 1] < 5e-6


class Found(NamedTuple):
    """What is told of one mesh."""

    least: float
    """Smallest dihedral angle, degrees."""
    most: float
    ratio: float
    off: float
    """Farthest vertex of the outer surface off the shell, edge lengths."""
    share: float
    """Of the outer vertices, those off the shell."""


def meshed(name: str, seed: int, diameter: float) -> Found:
    """Mesh a small particle, check what must hold of any, and measure it."""
    particle = load_model(name).sample(seed, diameter=diameter, surface="shell")
    mesh = tetrahedralize(particle)
    assert mesh.info["detached_grains"] == ()
    found = quality(mesh)
    outer = np.unique(outer_facets(mesh))
    # The shell of one seed reaches the centre, where it has no direction.
    outer = outer[np.linalg.norm(mesh.points[outer], axis=1) > 1e-6]
    off = off_shell(particle, mesh.points[outer]) / mesh.info["size"]
    assert (off > 1e-4).sum() <= mesh.info["off_boundary"] + 1
    assert abs(grain_table(mesh)["volume"].sum() / particle.shell.volume - 1) < 0.01
    angles = np.degrees([found.smallest_angle.min(), found.largest_angle.max()])
    share = mesh.info["off_boundary"] / len(outer)
    return Found(*angles, found.radius_ratio.min(), off.max(), share)


def test_random_particles_end_at_their_shell_with_good_cells() -> None:
    """Particles of 15 to 60 grains, whose shells have valleys finer than the mesh.

    Of 168 others, 3 have an angle under 20 degrees, 10.8 at worst, and 2 a vertex more than 0.2
    edge lengths off the shell, 0.28 at worst: so bounds for any, and for nearly nine in ten.
    """
    every = []
    for number, seed in enumerate(release_seeds(18)):
        name = ("nmc-radial", "nmc-calibrated", "nmc-equiaxed")[number % 3]
        every.append(meshed(name, seed, 0.8 + 0.04 * (number % 12)))
    least, most, ratio, off, share = np.array(every).T
    assert least.min() > 5
    assert (least >= 20).mean() >= 0.85
    assert np.median(least) > 22
    assert most.max() < 170
    assert ratio.min() > 0.05
    assert off.max() < 0.5
    assert (off <= 0.2).mean() >= 0.85
    assert share.max() <= 0.004
    assert np.median(share) <= 0.001


@pytest.mark.parametrize("seed", [168, 172, 140, 154, 186, 199, 112, 114, 184])
def test_particles_that_once_failed_have_good_cells(seed: int) -> None:
    """Once: not a number (168), 3.6 to 9 degrees, vertices 0.6 edge lengths or more off.

    All but one (154: 15 degrees) have 20 degrees now.
    """
    found = meshed("nmc-radial", seed, 0.8 + 0.04 * (seed % 12))
    assert found.least > 14
    assert found.most < 145
    assert found.off < 0.21


def test_particle_that_is_clipped_in_a_hole_to_its_centre_has_no_flat_cell() -> None:
    """The worst known: its shell comes within 0.5 edge lengths of the centre."""
    found = meshed("nmc-radial", 131, 0.8 + 0.04 * (131 % 12))
    assert found.least > 8
    assert found.off < 0.2


@pytest.fixture(scope="module")
def particle() -> Particle:
    return MODEL.sample(5, diameter=1.4, surface="shell")


@pytest.fixture(scope="module")
def mesh(particle: Particle) -> TetMesh:
    return tetrahedralize(particle, particle.grain_size / 5)


def test_grains_have_their_volumes(particle: Particle, mesh: TetMesh) -> None:
    table = grain_table(mesh)
    truth = voxelize(particle, particle.grain_size / 24).volumes()[1:]
    errors = np.abs(table["volume"] / truth[table["id"] - 1] - 1)
    assert np.median(errors) < 0.015
    assert abs(truth.sum() / particle.shell.volume - 1) < 1e-3
    assert abs(table["volume"].sum() / particle.shell.volume - 1) < 4e-3


def test_facets_lie_near_their_boundaries(particle: Particle, mesh: TetMesh) -> None:
    distances = boundary_distances(mesh, particle) / mesh.info["size"]
    outer = mesh.outer
    assert np.isfinite(distances).all()
    assert (distances > 0.15).mean() < 0.01
    assert np.median(distances[outer]) < 0.02


def test_second_order_puts_its_nodes_on_the_shell(particle: Particle, mesh: TetMesh) -> None:
    curved = second_order(mesh, particle)
    nodes = np.unique(outer_facets(curved)[:, 3:])
    off = off_shell(particle, curved.points[nodes]) / mesh.info["size"]
    assert (off < 1e-4).mean() > 0.97
    flat = abs(grain_table(mesh)["volume"].sum() / particle.shell.volume - 1)
    assert abs(grain_table(curved)["volume"].sum() / particle.shell.volume - 1) < 0.4 * flat


def test_same_mesh_with_one_thread_and_two(particle: Particle) -> None:
    size = particle.grain_size / 3
    set_threads(1)
    one = tetrahedralize(particle, size)
    set_threads(2)
    two = tetrahedralize(particle, size)
    assert one.points.tobytes() == two.points.tobytes()
    assert one.cells.tobytes() == two.cells.tobytes()
    assert one.labels.tobytes() == two.labels.tobytes()


def test_lens_of_two_grains_meets_the_shell_in_a_circle() -> None:
    """Two half balls: the triple line is the equator, exactly on shell and plane."""
    seeds = np.array([[0.0, 0, -0.5], [0, 0, 0.5]])
    diagram = GBPD(seeds, np.tile(np.eye(3), (2, 1, 1)), np.zeros(2))
    halves = Particle(StarShape.ball(1.0), diagram, np.arange(2), surface="shell")
    mesh = tetrahedralize(halves, 0.15)
    table = grain_table(mesh)
    np.testing.assert_allclose(table["volume"], 2 * np.pi / 3, rtol=0.01)
    rings = [np.unique(mesh.facets[(mesh.facet_grains == pair).all(axis=1)])
             for pair in ((1, 0), (2, 0))]  # fmt: skip
    line = mesh.points[np.intersect1d(*rings)]
    assert len(line) > 20
    assert np.abs(np.linalg.norm(line, axis=1) - 1).max() < TABLE
    assert np.mean(np.abs(line[:, 2]) < 1e-9) > 0.8
    assert np.abs(line[:, 2]).max() < 0.2 * 0.15
