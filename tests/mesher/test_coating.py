"""Coated particles as meshes: volumes that are known, surfaces that stay, sizes that serve."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.radius_table import inside, radius_table
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.formats import read, write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import phase_table
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.accuracy import accuracy
from nmc_mesh.mesher.second_order import second_order
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.pipeline.particles import generate
from tests.particle.test_coating import ball

MODEL = load_model("nmc-radial")
THICKNESS = 0.08


def dense(seed: int) -> Particle:
    return MODEL.sample(seed, shell=StarShape.ball(0.6))


@pytest.fixture(scope="module")
def bare() -> TetMesh:
    return tetrahedralize(dense(3))


@pytest.fixture(scope="module")
def coated() -> tuple[Particle, TetMesh]:
    particle = dense(3).coated(THICKNESS)
    return particle, tetrahedralize(particle)


def test_the_coating_of_a_ball_has_its_volume() -> None:
    particle = ball().coated(0.3)
    mesh = tetrahedralize(particle, size=0.15)
    validate(mesh)
    found = phase_table(mesh)["volume"]["coating"]
    assert found == pytest.approx(4 / 3 * np.pi * (1.3**3 - 1), rel=0.03)
    outer = np.linalg.norm(mesh.points[np.unique(mesh.facets[mesh.outer])], axis=1)
    assert np.percentile(np.abs(outer - 1.3), 98) < 0.01 * 0.3


def test_the_layer_is_as_thick_as_it_shall_be(coated: tuple[Particle, TetMesh]) -> None:
    particle, mesh = coated
    validate(mesh)
    table = phase_table(mesh)
    area = table["area"]
    middle = 0.5 * (area["particle_coating"] + area["outer_surface"])
    assert table["volume"]["coating"] == pytest.approx(THICKNESS * middle, rel=0.03)
    assert area["particle_coating"] == pytest.approx(particle.layer.area, rel=0.06)
    k = particle.layer.layer.at(mesh.points[np.unique(mesh.facets[mesh.outer])])
    assert np.percentile(np.abs(k), 90) < 0.05 * THICKNESS
    assert np.percentile(np.abs(k), 99.5) < 0.5 * THICKNESS
    assert np.abs(k).max() < THICKNESS  # a vertex in a fold of the layer may be off by most of it


def test_nothing_of_the_particle_is_bare(coated: tuple[Particle, TetMesh]) -> None:
    particle, mesh = coated
    assert (mesh.facet_grains[mesh.outer][:, 0] == particle.coat_label).all()
    names = {group.name for group in groups(mesh)}
    assert {"coating", "particle_coating", "outer_surface"} <= names


def test_the_particle_is_what_it_is_without(
    coated: tuple[Particle, TetMesh], bare: TetMesh
) -> None:
    particle, mesh = coated
    assert np.degrees(quality(mesh).smallest_angle).min() > 20
    assert quality(mesh).smallest_angle.min() > 0.9 * quality(bare).smallest_angle.min()
    volume = phase_table(mesh)["volume"]["grain"]
    assert volume == pytest.approx(quality(bare).volume.sum(), rel=0.02)
    near = accuracy(particle, mesh)
    assert near.off < 0.02
    assert near.volumes is not None
    assert len(near.volumes) == particle.n_grains


def test_coats_pores_and_electrolyte_go_together(tmp_path: Path) -> None:
    porous = Pores(0.04).put_into(
        MODEL.sample(8, shell=StarShape.ball(0.6)), np.random.default_rng(8)
    )
    particle = porous.coated(THICKNESS).in_domain("box:1.2")
    mesh = tetrahedralize(particle)
    validate(mesh)
    assert particle.domain is not None
    area = phase_table(mesh)["area"]
    assert {"pore_surface", "coating_electrolyte", "domain_boundary"} <= set(area)
    assert area.get("particle_electrolyte", 0.0) < 1e-3 * area["particle_coating"]
    assert np.degrees(quality(mesh).smallest_angle).min() > 18
    for ending in ("msh", "e"):
        write(tmp_path / f"p.{ending}", mesh)
        again = read(tmp_path / f"p.{ending}")
        assert phase_table(again)["area"] == pytest.approx(area)
    curved = second_order(mesh, particle)
    validate(curved)
    assert curved.info["second_order"]["curved"] > 0


def test_patches_leave_the_rest_bare() -> None:
    covered = []
    for seed in (5, 6):
        particle = dense(seed).coated(Coating(THICKNESS, 0.5, 0.5))
        mesh = tetrahedralize(particle)
        validate(mesh)
        covered.append(phase_table(mesh)["area"]["particle_coating"] / particle.layer.area)
        first = mesh.facet_grains[mesh.outer][:, 0]
        assert (first == particle.coat_label).any()
        assert (first < particle.coat_label).any()
        assert np.degrees(quality(mesh).smallest_angle).min() > 18
    assert np.mean(covered) == pytest.approx(0.5, rel=0.06)


def test_cracks_start_under_a_coating() -> None:
    particle, mesh = generate(MODEL, 3, shell=StarShape.ball(0.6), coating=THICKNESS, cracks=0.1)
    assert mesh.cracked.any()
    sides = mesh.facet_grains[mesh.cracked]
    assert (sides < particle.coat_label).all()


@pytest.fixture(scope="module")
def cut() -> tuple[Particle, TetMesh]:
    particle = MODEL.sample(3, 1.3, surface="shell").coated(0.05)
    return particle, tetrahedralize(particle)


def test_a_layer_on_a_shell_has_its_volume(cut: tuple[Particle, TetMesh]) -> None:
    particle, mesh = cut
    validate(mesh)
    edge = 0.05 / 5
    corner, far = particle.coated_bounds()
    axes = [np.arange(corner[k] + edge / 2, far[k], edge) for k in range(3)]
    places = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, 3)
    places = places[particle.layer.layer.at(places) <= 0]
    table = radius_table(particle.shell)
    exact = float((~inside(particle.shell, table, places)).sum()) * edge**3
    volume = phase_table(mesh)["volume"]
    assert volume["coating"] == pytest.approx(exact, rel=0.03)
    assert volume["grain"] == pytest.approx(particle.shell.volume, rel=0.02)
    assert (mesh.facet_grains[mesh.outer][:, 0] == particle.coat_label).all()
    assert np.degrees(quality(mesh).smallest_angle).min() > 18
    assert mesh.info["lost_grains"] == ()


def test_grains_under_it_end_at_the_shell(cut: tuple[Particle, TetMesh]) -> None:
    particle, mesh = cut
    sides = mesh.facet_grains
    under = (sides == particle.coat_label).any(axis=1) & (sides > 0).all(axis=1)
    places = mesh.points[np.unique(mesh.facets[under])]
    off = np.abs(np.linalg.norm(places, axis=1) - particle.shell.radius(places))
    assert np.percentile(off, 75) < 1e-6
    assert np.percentile(off, 98) < 0.025  # for the sake of their cells: half of the thickness
    curved = second_order(mesh, particle)
    validate(curved)
    assert curved.info["second_order"]["curved"] > 0
    near = accuracy(particle, mesh)
    assert near.off < 0.03
    assert near.volumes is not None


def test_patches_and_cracks_lie_on_a_shell_too() -> None:
    particle, mesh = generate(
        MODEL, 5, diameter=1.3, surface="shell", coating=Coating(0.06, 0.6), cracks=0.15
    )
    validate(mesh)
    assert mesh.cracked.any()
    area = phase_table(mesh)["area"]
    assert area["particle_coating"] == pytest.approx(0.6 * particle.layer.area, rel=0.06)
    first = mesh.facet_grains[mesh.outer][:, 0]
    assert (first == particle.coat_label).any()
    assert (first < particle.coat_label).any()


def test_sizes_that_do_not_serve_are_named() -> None:
    particle = dense(3).coated(THICKNESS)
    with pytest.raises(InputError, match=r"--outer-size 0\.1\)"):
        tetrahedralize(particle, outer=0.12)
    mesh = tetrahedralize(particle, size=0.15)
    assert mesh.info["size"] == pytest.approx(0.1)
