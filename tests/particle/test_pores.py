"""Pores: as much volume as asked for, where and as large as asked for, the rest untouched."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tables import phase_table
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.certificate import certify
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.convex_cells import offsets_for, radii_of
from nmc_mesh.particle.junctions import gathered, seeds_near
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pore_cells import stiff_voids
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.particle.writer import format_model
from nmc_mesh.pipeline.particles import generate
from nmc_mesh.typing import Floats

MODEL = load_model("nmc-radial")


def dense(seed: int, radius: float = 0.8, surface: str = "grains") -> Particle:
    return MODEL.sample(seed, shell=StarShape.ball(radius), surface=surface)  # type: ignore[arg-type]


def share(particle: Particle, per_grain: int = 16) -> float:
    """Volume fraction of pores, counted on voxels."""
    volumes = voxelize(particle, particle.grain_size / per_grain, merge=False).volumes()
    void = particle.phases.mask("void", np.arange(particle.n_labels + 1))
    return float(volumes[void[: len(volumes)]].sum() / volumes[1:].sum())


def places_of(particle: Particle) -> Floats:
    void = particle.phases.mask("void", np.arange(1, particle.n_labels + 1))
    return particle.tessellation.seeds[particle.kept[void]]


@pytest.mark.parametrize(
    ("seed", "law", "surface"),
    [
        (1, Pores(0.05), "grains"),
        (3, Pores(0.1), "shell"),
        (4, Pores(0.08, centre=0.6), "grains"),
        (5, Pores(0.05, places={"grain": 1.0}, spread=0.0), "shell"),
    ],
)
def test_the_fraction_is_what_was_asked_for(seed: int, law: Pores, surface: str) -> None:
    particle = law.put_into(dense(seed, surface=surface), np.random.default_rng(seed))
    assert share(particle) == pytest.approx(law.fraction, rel=0.03)


@pytest.mark.parametrize("seed", range(3))
def test_volumes_of_stiff_cells_are_those_that_are_counted(seed: int) -> None:
    """The rays' volumes, found back from offsets, and counted on fine voxels."""
    rng = np.random.default_rng(seed)
    diagram = dense(seed, 0.6).tessellation
    stiff = 40 * float(np.trace(diagram.matrices, axis1=1, axis2=2).mean()) / 3
    centre, radius = rng.uniform(-0.2, 0.2, (1, 3)), np.array([0.1])
    offset = offsets_for(diagram, centre, radius, stiff)
    np.testing.assert_allclose(radii_of(diagram, centre, offset, stiff), radius, rtol=1e-3)
    grown = GBPD(
        np.vstack([diagram.seeds, centre]),
        np.concatenate([diagram.matrices, stiff * np.eye(3)[None]]),
        np.append(diagram.offsets, offset),
    )
    step = 0.005
    axis = np.arange(-0.15 + step / 2, 0.15, step)
    box = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), axis=-1).reshape(-1, 3) + centre
    held = (grown.labels(box) == len(diagram)).sum() * step**3
    assert held == pytest.approx(4 / 3 * np.pi * radius[0] ** 3, rel=0.02)


def test_places_are_where_grains_meet() -> None:
    particle = dense(3)
    near = seeds_near(particle)
    rng = np.random.default_rng(0)
    drawn = rng.uniform(-0.8, 0.8, (400, 3))
    drawn = drawn[particle.labels(drawn) > 0]
    every = np.arange(len(particle.tessellation))
    for name, count in (("quadruple", 4), ("triple", 3)):
        found = gathered(particle, near, drawn, name)
        assert len(found) > 0.1 * len(drawn)
        costs = np.sort(particle.tessellation.costs(found[:, None], every), axis=1)
        np.testing.assert_allclose(costs[:, count - 1], costs[:, 0], atol=1e-6)
        assert np.median(costs[:, count] - costs[:, 0]) > 1e-3


def test_pores_lie_where_the_profile_has_them_and_apart() -> None:
    radius = 1.0
    means = []
    for profile in (-2.0, 3.0):
        law = Pores(0.03, size=0.4, profile=profile)
        particle = law.put_into(dense(4, radius), np.random.default_rng(1))
        centres = places_of(particle)
        means.append(float((np.linalg.norm(centres, axis=1) / radius).mean()))
        away = np.linalg.norm(centres[:, None] - centres, axis=2)
        np.fill_diagonal(away, np.inf)
        assert away.min() > 0.1 * particle.grain_size
    assert means[0] < means[1] - 0.1


def test_a_central_hole_is_a_ball_in_the_middle() -> None:
    particle = Pores(0.1, centre=1.0).put_into(dense(2), np.random.default_rng(0))
    assert particle.n_labels - particle.n_grains == 1
    radius = (0.1 * share_volume(particle) * 0.75 / np.pi) ** (1 / 3)
    rng = np.random.default_rng(5)
    turns = rng.normal(size=(500, 3))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    assert (particle.labels(0.85 * radius * turns) == particle.n_labels).mean() > 0.99
    assert (particle.labels(1.15 * radius * turns) != particle.n_labels).mean() > 0.99


def share_volume(particle: Particle) -> float:
    return float(voxelize(particle, particle.grain_size / 12, merge=False).volumes()[1:].sum())


def test_grains_and_shell_are_those_without_pores_and_seeds_give_the_same_bytes() -> None:
    porous = replace(MODEL, pores=Pores(0.05))
    whole, first = MODEL.sample(9, diameter=2.0), porous.sample(9, diameter=2.0)
    set_threads(1)
    try:
        second = porous.sample(9, diameter=2.0)
    finally:
        set_threads(2)
    assert first.kept.tobytes() == second.kept.tobytes()
    assert first.tessellation.offsets.tobytes() == second.tessellation.offsets.tobytes()
    np.testing.assert_array_equal(first.shell.coefficients, whole.shell.coefficients)
    grains = first.tessellation.seeds[first.kept[: first.n_grains]]
    known = {tuple(seed) for seed in whole.tessellation.seeds[whole.kept]}
    assert {tuple(seed) for seed in grains} <= known
    bare = replace(porous, texture=None).sample(9, diameter=2.0)
    np.testing.assert_array_equal(bare.tessellation.seeds, first.tessellation.seeds)


@pytest.mark.parametrize("seed", [11])
def test_a_porous_mesh_is_as_good_as_a_dense_one_and_has_its_volumes(seed: int) -> None:
    particle, mesh = generate("nmc-radial", seed, diameter=2.0, pores=0.05, keep_voids=True)
    validate(mesh)
    volumes = phase_table(mesh)["volume"]
    assert volumes["pore"] / sum(volumes.values()) == pytest.approx(0.05, rel=0.03)
    _, plain = generate("nmc-radial", seed, diameter=2.0)
    least = [np.degrees(quality(m).smallest_angle.min()) for m in (plain, mesh)]
    assert least[1] > least[0] - 4
    assert certify(mesh, particle).distance(50) < 0.05
    walls = tetrahedralize(particle)
    validate(walls)
    assert walls.walls.any()
    assert len(mesh.info["lost_grains"]) == 0


@pytest.mark.parametrize(
    ("seed", "surface", "coating", "outer"),
    [(31, "grains", None, 0.08), (33, "grains", 0.12, None), (34, "shell", None, None)],
)
def test_each_pore_has_its_volume_whatever_the_edges(
    seed: int, surface: str, coating: float | None, outer: float | None
) -> None:
    """At the default size, two edges across: what flat facets cut off comes back."""
    particle = Pores(0.08).put_into(dense(seed, 0.45, surface), np.random.default_rng(seed))
    if coating is not None:
        particle = particle.coated(coating)
    mesh = tetrahedralize(particle, outer=outer, keep_voids=True)
    pores = stiff_voids(particle)
    assert pores is not None
    seeds, diagram = pores.seeds, particle.tessellation
    stiff = float(pores.stiffness[0])
    radii = radii_of(pores.base, diagram.seeds[seeds], diagram.offsets[seeds], stiff)
    wanted = 4 / 3 * np.pi * radii**3
    volumes = np.bincount(mesh.labels, quality(mesh).volume)[pores.labels]
    assert volumes.sum() == pytest.approx(wanted.sum(), rel=0.02)
    np.testing.assert_allclose(volumes, wanted, rtol=0.1)
    assert np.degrees(quality(mesh).smallest_angle.min()) > 18


def test_pores_lie_inside_grains_where_a_particle_has_no_junctions() -> None:
    """Two grains meet in a plane: there is neither a triple line nor a quadruple point."""
    diagram = GBPD([[-1, 0, 0], [1, 0, 0]], [np.eye(3)] * 2, [0, 0])
    halves = Particle(StarShape.ball(1.0), diagram, [0, 1], surface="shell")
    with pytest.warns(UserWarning, match="points and on triple lines.*grains"):
        porous = Pores(0.02, size=0.2).put_into(halves, np.random.default_rng(1))
    assert share(porous, 40) == pytest.approx(0.02, rel=0.04)


def test_a_model_file_says_it() -> None:
    table = parse_model(Path("nmc_mesh/presets/nmc-radial.toml").read_text(), "nmc-radial")
    text = format_model(table).replace(
        "[provenance]",
        "[pores]\nfraction = 0.04\nsize = 0.6\nplaces = { quadruple = 2.0, grain = 1.0 }\n"
        "\n[provenance]",
    )
    told = parse_model(text, "it")
    assert parse_model(format_model(told), "again") == told
    assert told.pores is not None
    law = told.pores.law()
    assert (law.fraction, law.size, dict(law.places)["quadruple"]) == (0.04, 0.6, 2.0)


@pytest.mark.parametrize(
    ("wrong", "remedy"),
    [
        ({"fraction": 1.0}, "fraction of pores"),
        ({"fraction": -0.1}, "fraction of pores"),
        ({"fraction": float("nan")}, "fraction of pores"),
        ({"fraction": 0.1, "size": 1.2}, "larger ones swallow grains"),
        ({"fraction": 0.1, "places": {"surface": 1.0}}, "quadruple, triple, grain"),
        ({"fraction": 0.1, "places": {"grain": 0.0}}, "not all 0"),
        ({"fraction": 0.1, "centre": 1.5}, "central hole"),
    ],
)
def test_a_bad_law_is_refused(wrong: dict[str, object], remedy: str) -> None:
    with pytest.raises(InputError, match=remedy):
        Pores(**wrong)  # type: ignore[arg-type]


def test_what_does_not_fit_is_refused() -> None:
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="no room"):
        Pores(0.6).put_into(dense(1), rng)
    with pytest.raises(InputError, match="does not fit"):
        Pores(0.95, centre=1.0).put_into(dense(1), rng)
    porous = Pores(0.02).put_into(dense(1), rng)
    with pytest.raises(InputError, match="pores already"):
        Pores(0.02).put_into(porous, rng)
    assert Pores(0.0).put_into(porous, rng) is porous


def test_finer_edges_at_pores_make_them_rounder() -> None:
    """A hole that is a ball: middles of its facets lie a^2 / (8 R) or so off it."""
    law, shell, off = Pores(0.05, centre=1.0), StarShape.ball(0.7), []
    for pore_size in (None, 0.05):
        _, mesh = generate(MODEL, 3, 0.1, shell=shell, pores=law, pore_size=pore_size)
        validate(mesh)
        walls = mesh.points[mesh.facets[mesh.walls]]
        away = np.linalg.norm(walls.mean(axis=1), axis=1)
        off.append(float(np.sqrt(((away / away.mean() - 1) ** 2).mean())))
        hole = abs(float(np.linalg.det(walls).sum())) / 6
        whole = hole + phase_table(mesh)["volume"]["grain"]
        assert hole / whole == pytest.approx(0.05, rel=0.02)
    assert off[1] < 0.5 * off[0]
    with pytest.raises(InputError, match="give their share"):
        generate(MODEL, 3, grains=20, pore_size=0.05)
    with pytest.raises(InputError, match="goes with one size"):
        generate(MODEL, 3, lambda x: 0.1 + 0 * x[:, 0], grains=20, pores=0.05, pore_size=0.05)
    with pytest.raises(InputError, match="size at pores"):
        generate(MODEL, 3, grains=20, pores=0.05, pore_size=-1.0)
