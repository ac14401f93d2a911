"""Coatings: distances that are known, shares that were asked for, files, bad input."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io.particle import read_particle, write_particle
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.model import load_model, load_table, model_of
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.pores import Pores
from nmc_mesh.particle.schema import CoatingTable, parse_model
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.particle.writer import format_model
from nmc_mesh.typing import Floats

MODEL = load_model("nmc-radial")


def ball(radius: float = 1.0) -> Particle:
    """One grain that is a ball: |x|^2 - R^2 against a function that is 0."""
    diagram = GBPD(np.zeros((2, 3)), [np.eye(3), 1e-12 * np.eye(3)], [radius**2, 0.0])
    box = np.array([[-1.1 * radius] * 3, [1.1 * radius] * 3])
    return Particle(StarShape.ball(radius), diagram, [0], box=box)


def cube(half: float = 0.5) -> Particle:
    """The cell of a cubic lattice of seeds in the middle of 27."""
    seeds = 2 * half * (np.stack(np.indices((3, 3, 3)), axis=-1).reshape(-1, 3) - 1.0)
    diagram = GBPD(seeds, [np.eye(3)] * 27, np.zeros(27))
    box = np.array([[-1.2 * half] * 3, [1.2 * half] * 3])
    return Particle(StarShape.ball(half), diagram, [13], box=box)


def around(particle: Particle, count: int) -> Floats:
    low, high = particle.coated_bounds()
    return np.random.default_rng(5).uniform(low, high, (count, 3))


@pytest.mark.parametrize("thickness", [0.1, 0.3])
def test_the_layer_of_a_ball_is_a_shell(thickness: float) -> None:
    particle = ball().coated(thickness)
    points = around(particle, 4000)
    k = particle.layer.layer.at(points)
    exact = np.linalg.norm(points, axis=1) - 1 - thickness
    near = np.abs(exact) < thickness
    assert np.abs(k - exact)[near].max() < 2e-3 * thickness
    assert particle.layer.area == pytest.approx(4 * np.pi, rel=0.02)


def test_the_layer_of_a_cube_rounds_its_edges() -> None:
    half, thickness = 0.5, 0.2
    particle = cube(half).coated(thickness)
    points = around(particle, 4000)
    exact = np.linalg.norm(np.maximum(np.abs(points) - half, 0), axis=1) - thickness
    near = np.abs(exact) < 0.5 * thickness
    off = np.abs(particle.layer.layer.at(points) - exact)[near]
    assert np.percentile(off, 99) < 0.05 * thickness
    assert off.max() < 0.1 * thickness
    assert particle.layer.area == pytest.approx(6.0, rel=0.02)


@pytest.mark.parametrize(("share", "seed"), [(0.3, 1), (0.7, 2)])
def test_patches_cover_the_share_asked_for(share: float, seed: int) -> None:
    particle = ball().coated(Coating(0.12, share, 0.5, seed))
    rng = np.random.default_rng(seed)
    ways = rng.standard_normal((20000, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    covered = (particle.labels(1.01 * ways) == particle.coat_label).mean()
    assert covered == pytest.approx(share, abs=0.03 * share + 0.007)
    other = ball().coated(Coating(0.12, share, 0.5, seed + 9))
    assert (other.labels(1.01 * ways) != particle.labels(1.01 * ways)).any()


@pytest.mark.parametrize("seed", [3, 4])
def test_the_layer_on_a_shell_is_as_thick_as_asked_for(seed: int) -> None:
    thickness = 0.05
    particle = MODEL.sample(seed, 1.3, surface="shell").coated(thickness)
    ways = np.random.default_rng(1).standard_normal((200_000, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    surface = ways * particle.shell.radius(ways)[:, None]
    points = around(particle, 6000)
    points = points[~particle.shell.contains(points)]
    far = cKDTree(surface).query(points)[0]
    near = np.abs(far - thickness) < 0.5 * thickness
    assert near.sum() > 200
    off = np.abs(particle.layer.layer.at(points[near]) - (far[near] - thickness))
    assert np.percentile(off, 80) < 0.01 * thickness
    assert np.percentile(off, 98) < 0.1 * thickness  # folds of D are rounded off
    coated = particle.labels(points) == particle.coat_label
    clear = np.abs(far - thickness) > 0.1 * thickness
    assert (coated == (far < thickness))[clear].mean() > 0.999


def test_particles_cut_at_their_shell_are_coated(tmp_path: Path) -> None:
    shell = StarShape.ball(0.6)
    particle = MODEL.sample(3, shell=shell, surface="shell").coated(Coating(0.1, 0.5, 0.5, 2))
    rng = np.random.default_rng(3)
    ways = rng.standard_normal((20_000, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    assert (particle.labels(0.59 * ways) < particle.coat_label).all()
    covered = (particle.labels(0.61 * ways) == particle.coat_label).mean()
    assert covered == pytest.approx(0.5, abs=0.03)
    assert (particle.labels(0.71 * ways) == 0).all()
    write_particle(tmp_path / "p.h5", particle)
    again = read_particle(tmp_path / "p.h5")
    points = around(particle, 2000)
    assert np.array_equal(again.labels(points), particle.labels(points))
    whole = MODEL.sample(3, shell=shell, surface="shell").coated(0.1)
    volumes = voxelize(whole, 0.025).volumes()
    assert volumes[-1] == pytest.approx(4 / 3 * np.pi * (0.7**3 - 0.6**3), rel=0.02)


def test_labels_and_voxels_know_the_coating() -> None:
    particle = ball().coated(0.2).in_domain("box:1.3")
    places = [[0, 0, 0], [1.1, 0, 0], [1.3, 0, 0], [9, 0, 0]]
    assert particle.labels(places).tolist() == [1, 2, 3, 0]
    assert particle.phases.plain() == {"coating": [[2, 2]], "electrolyte": [[3, 3]]}
    volumes = voxelize(particle, 0.05).volumes()
    assert volumes[2] == pytest.approx(4 / 3 * np.pi * (1.2**3 - 1), rel=0.01)
    assert particle.bare().labels(places).tolist() == [1, 0, 0, 0]
    assert particle.provenance["coating"]["thickness"] == 0.2
    assert "coating" not in particle.bare().provenance


def test_files_and_pickles_keep_it(tmp_path: Path) -> None:
    particle = ball().coated(Coating(0.1, 0.5, 0.6, 7)).in_domain("sphere:1.4")
    write_particle(tmp_path / "p.h5", particle)
    for again in (read_particle(tmp_path / "p.h5"), pickle.loads(pickle.dumps(particle))):
        assert again.coating == particle.coating
        assert again.domain == particle.domain
        points = around(particle, 500)
        assert np.array_equal(again.labels(points), particle.labels(points))


def test_models_have_a_coating() -> None:
    table = load_table("nmc-radial").model_copy(
        update={"coating": CoatingTable(thickness=0.05, share=0.5)}
    )
    again = parse_model(format_model(table), "there")
    assert again.coating == table.coating
    shell = StarShape.ball(0.6)
    first, second = (model_of(again).sample(seed, shell=shell) for seed in (3, 4))
    assert first.coating is not None
    assert first.coating.thickness == 0.05
    assert second.coating is not None
    assert first.coating.seed != second.coating.seed
    dense = MODEL.sample(3, shell=shell)
    assert np.array_equal(first.tessellation.seeds, dense.tessellation.seeds)


def test_bad_coatings_are_refused_in_a_line() -> None:
    cases = [
        ({"thickness": 0.0}, "thickness"),
        ({"thickness": 0.1, "share": 0.0}, "share of the surface"),
        ({"thickness": 0.1, "share": 1.5}, "share of the surface"),
        ({"thickness": 0.1, "share": 0.5, "patch": 0.1}, "0.4 um or more"),
        ({"thickness": 0.1, "patch": 1.0}, "give a share"),
        ({"thickness": 0.1, "seed": -1}, "seed"),
    ]
    for numbers, words in cases:
        with pytest.raises(InputError, match=words):
            Coating(**numbers)
    coated = ball().coated(0.1)
    with pytest.raises(InputError, match="bare particle"):
        coated.coated(0.1)
    with pytest.raises(InputError, match="bare particle"):
        Pores(0.05).put_into(coated, np.random.default_rng(1))
    with pytest.raises(InputError, match="does not hold"):
        replace(coated.in_domain("box:1.2"), coating=Coating(0.5))
