"""The mark law of the depth below the shell: its numbers, particles drawn by it, model files."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.grains.depth import DepthMarkLaw
from nmc_mesh.grains.graded import GradedMarkLaw
from nmc_mesh.grains.marks import SeedPattern
from nmc_mesh.grains.model import GrainModel
from nmc_mesh.particle.model import ParticleModel, load_model, load_table, model_of
from nmc_mesh.particle.periodic_draw import periodic_cell
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model, with_grains
from nmc_mesh.validation.grains import draw_ball

LONG, FLAT = (1.4, 5.0, 5.0), (6.0, 2.0, 2.0)
DEEP = GradedMarkLaw(LONG, LONG, 1.0, 0.1, (0.0, 0.05), 1.0, (1.0, 10.0), (0.0, 0.1))
LAW = DepthMarkLaw(DEEP, FLAT, 0.8)
GRAINS = GrainModel(14.4, LAW, 1.0)
BALL = StarShape.ball(1.5)


@pytest.fixture(scope="module")
def model() -> ParticleModel:
    return replace(load_model("nmc-radial"), grains=GRAINS, texture=None)


def test_marks_change_with_the_depth_and_not_with_the_distance() -> None:
    depths = np.array([-0.3, 0.0, 0.4, 0.8, 2.0])
    found = replace(LAW, deep=replace(DEEP, spread=0.0)).marks(
        np.linspace(0, 9, 5), depths, np.zeros((5, 3)), np.full(5, 0.5)
    )
    np.testing.assert_allclose(found.diagonals[:2], [FLAT] * 2)
    np.testing.assert_allclose(found.diagonals[2], np.sqrt(np.multiply(LONG, FLAT)))
    np.testing.assert_allclose(found.diagonals[3:], [LONG] * 2)
    np.testing.assert_allclose(found.offsets, 0.025)


def test_a_crust_is_alike_and_a_bend_brings_the_change_to_the_shell() -> None:
    depths = np.array([0.2, 0.3, 0.45])
    np.testing.assert_allclose(replace(LAW, crust=0.3).weights(depths), [1.0, 1.0, 0.7])
    np.testing.assert_allclose(replace(LAW, bend=3.0).weights(depths), (1 - depths / 0.8) ** 3)


def test_far_below_the_shell_it_is_the_graded_law() -> None:
    rng = np.random.default_rng(0)
    seeds = rng.uniform(-2.0, 2.0, (500, 3))
    pattern = SeedPattern(seeds, rng.random((500, 2)), np.zeros(500))
    one = LAW.within(StarShape.ball(9.0))(pattern, np.random.default_rng(1))
    two = DEEP(pattern, np.random.default_rng(1))
    np.testing.assert_array_equal(one.diagonals, two.diagonals)
    np.testing.assert_array_equal(one.offsets, two.offsets)


def test_the_depth_is_along_the_radius_of_the_shell_and_known_in_its_centre() -> None:
    shell = StarShape(np.sqrt(4 * np.pi) * np.array([1.5, 0.0, 0.2, 0.0]))
    rng = np.random.default_rng(2)
    ways = rng.standard_normal((200, 3))
    ways /= np.linalg.norm(ways, axis=1)[:, None]
    plain = replace(LAW, deep=replace(DEEP, spread=0.0))
    seeds = np.concatenate([ways * (shell.radius(ways) - 0.4)[:, None], np.zeros((1, 3))])
    pattern = SeedPattern(seeds, np.zeros((201, 2)), np.zeros(201))
    found = plain.within(shell)(pattern, rng).diagonals
    np.testing.assert_allclose(found[:-1], [np.sqrt(np.multiply(LONG, FLAT))] * 200)
    np.testing.assert_allclose(found[-1], LONG)


def test_grains_of_small_and_large_particles_are_alike_at_the_same_depth() -> None:
    """Also that a law of the distance from the centre is not: it knows one size of particle."""
    by_radius = GrainModel(
        14.4, replace(DEEP, surface=FLAT, reach=3.0, bend=4.0), 1.0
    )  # as LAW in a ball of 3 um, nearly
    told = {}
    for name, law in (("depth", GRAINS), ("radius", by_radius)):
        for radius in (1.5, 3.0):
            parts = [draw_ball(law, radius, np.random.default_rng(k), 6).shapes for k in (3, 4, 5)]
            parts = parts[: 3 if radius < 2 else 1]
            near = [part.distances > radius - 0.5 for part in parts]
            angles = [part.angles[some] for part, some in zip(parts, near, strict=True)]
            told[name, radius] = float(np.concatenate(angles).mean())
    assert told["depth", 1.5] == pytest.approx(told["depth", 3.0], abs=0.1)
    assert told["radius", 3.0] - told["radius", 1.5] > 0.3


def test_a_particle_is_drawn_into_its_own_shell(model: ParticleModel) -> None:
    """One window, so the same seeds: matrices differ where the shell is felt, and only there."""
    wide = replace(model, grains=replace(GRAINS, window_half=4.0))
    one, two, larger = (wide.sample(3, shell=StarShape.ball(radius)) for radius in (1.5, 1.5, 1.6))
    np.testing.assert_array_equal(one.tessellation.rows, two.tessellation.rows)
    others = {tuple(row[:3]): row[3:9] for row in larger.tessellation.rows}
    rows = np.array([row for row in one.tessellation.rows if tuple(row[:3]) in others])
    away = np.linalg.norm(rows[:, :3], axis=1)
    same = [np.array_equal(others[tuple(row[:3])], row[3:9]) for row in rows]
    assert len(rows) > 200
    np.testing.assert_array_equal(same, (away < 1.5 - LAW.layer) | (away > 1.6))


def test_a_number_of_grains_is_found_with_the_marks_of_the_shell_that_holds_them(
    model: ParticleModel,
) -> None:
    particle = model.sample(4, grains=80)
    assert abs(particle.n_grains - 80) <= 1
    again = model.sample(4, grains=80)
    np.testing.assert_array_equal(particle.tessellation.rows, again.tessellation.rows)
    plain = replace(LAW, deep=replace(DEEP, spread=0.0))
    exact = replace(model, grains=replace(GRAINS, marks=plain)).sample(4, grains=80)
    seeds = exact.tessellation.seeds
    distances = np.linalg.norm(seeds, axis=1)
    depths = exact.shell.radius(seeds) - distances
    wanted = plain.marks(distances, depths, np.zeros((len(seeds), 3)), np.zeros(len(seeds)))
    eigenvalues = np.linalg.eigvalsh(exact.tessellation.matrices)
    np.testing.assert_allclose(eigenvalues, np.sort(wanted.diagonals, axis=1), rtol=1e-9)


def test_a_model_file_keeps_the_law() -> None:
    law = replace(LAW, crust=0.1, bend=2.0)
    base = load_table("nmc-radial")
    table = with_grains(base, "deep", "", replace(GRAINS, marks=law), 0.05, {})
    text = format_model(table)
    assert 'law = "depth"' in text
    back = model_of(parse_model(text, "deep.toml")).grains.marks
    assert isinstance(back, DepthMarkLaw)
    assert back.at_shell == law.at_shell
    assert back.deep.diagonal == law.deep.diagonal
    assert (back.layer, back.crust, back.bend) == pytest.approx((0.8, 0.1, 2.0))
    with pytest.raises(InputError, match=r"at_shell"):
        parse_model(text.replace("at_shell", "at_shel"), "deep.toml")


def test_without_a_shell_it_is_refused(model: ParticleModel) -> None:
    with pytest.raises(InputError, match="there is no shell here"):
        GRAINS.sample(1.0, np.random.default_rng(0))
    with pytest.raises(InputError, match="there is no shell here"):
        periodic_cell(model, 1, grains=20)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layer", 0.0, "crust < layer"),
        ("crust", 0.8, "crust < layer"),
        ("crust", -0.1, "0 <= crust"),
        ("bend", 0.0, "bend > 0"),
        ("layer", np.nan, "finite"),
        ("at_shell", (0.5, 1.0, 1.0), "in its range"),
        ("at_shell", (2.0, 2.0), "three diagonal entries"),
    ],
)
def test_bad_numbers_are_refused(name: str, value: object, message: str) -> None:
    with pytest.raises(InputError, match=message):
        DepthMarkLaw(**{**vars(LAW), name: value})
