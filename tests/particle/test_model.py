"""Sampling: same seed, same bytes; only seeds that matter stay; every number has a source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from nmc_mesh import parallel
from nmc_mesh.crystal.library import load_material, material_text
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.texture import FibreTexture, TabulatedTexture
from nmc_mesh.dataset.plan import parse_plan, read_plan
from nmc_mesh.dataset.sample import sample_plan
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.extensions import DEFAULT_MODEL
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle import Particle, ParticleModel, list_models, load_model
from nmc_mesh.particle.model import load_table
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model, with_shell, with_texture, write_model
from nmc_mesh.shell import Normal, ShellModel
from nmc_mesh.shell.fit import measured_shell
from nmc_mesh.shell.segmentation import segment_binary

MODEL = load_model("nmc-radial")


@pytest.fixture(scope="module")
def particle() -> Particle:
    return MODEL.sample(1, diameter=2.4)


def content(particle: Particle) -> list[bytes]:
    whole = particle.tessellation
    arrays = [particle.shell.coefficients, whole.seeds, whole.matrices, whole.offsets]
    return [array.tobytes() for array in [*arrays, particle.kept, *particle.bounds()]]


def test_same_seed_same_bytes_on_any_number_of_threads(particle: Particle) -> None:
    parallel.set_threads(1)
    single = MODEL.sample(1, diameter=2.4)
    parallel.set_threads(None)
    assert content(single) == content(particle)
    assert content(MODEL.sample(2, diameter=2.4)) != content(particle)


def test_a_generator_gives_one_particle_after_another(particle: Particle) -> None:
    rng = np.random.default_rng(1)
    first, second = (MODEL.sample(rng, diameter=2.4) for _ in range(2))
    assert content(first) == content(particle)
    assert content(second) != content(first)
    assert first.provenance["seed"] is None


def test_diameter_sets_the_size_and_leaves_the_shape_to_the_law(particle: Particle) -> None:
    assert particle.shell.equivalent_diameter == pytest.approx(2.4)
    other = MODEL.shell.sample_sized(4.8, np.random.default_rng(1).spawn(2)[0])
    np.testing.assert_array_equal(particle.shell.coefficients[1:], other.coefficients[1:])
    assert other.coefficients[0] > 1.9 * particle.shell.coefficients[0]


def test_reduction_changes_no_label(particle: Particle) -> None:
    """Against the whole architecture, drawn again: labels inside the box are the same."""
    grain_rng = np.random.default_rng(1).spawn(2)[1]
    reach = particle.shell.max_radius + 4 * MODEL.grains.grain_size
    whole = MODEL.grains.sample(reach, grain_rng)
    assert len(whole) == particle.provenance["seeds_drawn"]
    assert len(particle.tessellation) < len(whole) / 5
    lower, upper = particle.bounds()
    points = np.random.default_rng(0).uniform(lower, upper, (20000, 3))
    ours = particle.tessellation.seeds[particle.tessellation.labels(points)]
    np.testing.assert_array_equal(ours, whole.seeds[whole.labels(points)])
    # All around the box, where the whole diagram is the truth, no kept grain is to be seen.
    around = np.random.default_rng(1).uniform(lower - 1, upper + 1, (20000, 3))
    outside = around[((around < lower) | (around > upper)).any(axis=1)]
    kept = {seed.tobytes() for seed in particle.tessellation.seeds[particle.kept]}
    assert not any(seed.tobytes() in kept for seed in whole.seeds[whole.labels(outside)])


def test_centres_of_mass_lie_inside_the_shell(particle: Particle) -> None:
    """Monte Carlo centres, wrong by a few hundredths of a um: inside within that."""
    lower, upper = particle.bounds()
    points = np.random.default_rng(2).uniform(lower, upper, (400_000, 3))
    labels = particle.labels(points)
    count = np.bincount(labels, minlength=particle.n_grains + 1)[1:]
    sums = [np.bincount(labels, points[:, k], particle.n_grains + 1)[1:] for k in range(3)]
    seen = count > 300
    centres = np.stack(sums, axis=1)[seen] / count[seen, None]
    assert seen.mean() > 0.8
    assert particle.shell.contains(0.96 * centres).all()
    volume = (labels > 0).mean() * np.prod(upper - lower)
    assert volume == pytest.approx(particle.shell.volume, rel=0.15)


def test_default_particles_have_about_500_grains() -> None:
    """Mean volume of the shells over the volume of a mean grain."""
    shells = MODEL.shell.sample_many(2000, np.random.default_rng(0)).shapes()
    mean = np.mean([shell.volume for shell in shells[:500]]) * MODEL.grains.intensity
    assert 400 < mean < 650


def test_a_shell_without_room_for_a_grain_is_refused() -> None:
    with pytest.raises(InputError, match="larger diameter"):
        MODEL.sample(0, diameter=0.05)


@pytest.mark.parametrize("seed", [-1, 1.5, True, "3"])
def test_bad_seeds_are_refused(seed: Any) -> None:
    with pytest.raises(InputError, match="seed"):
        MODEL.sample(seed)


@pytest.mark.parametrize("diameter", [0.0, -1.0, np.nan])
def test_bad_diameters_are_refused(diameter: float) -> None:
    with pytest.raises(InputError, match="diameter"):
        MODEL.sample(0, diameter=diameter)


def numbers(table: Any, place: str) -> list[str]:
    if isinstance(table, dict):
        parts = [numbers(value, f"{place}.{key}".lstrip(".")) for key, value in table.items()]
        return [name for part in parts for name in part]
    return [] if isinstance(table, str) else [place]


@pytest.mark.parametrize("name", list_models())
def test_every_number_of_a_shipped_model_has_a_source(name: str) -> None:
    table = load_table(name).model_dump(mode="json", exclude_none=True)
    sources = table.pop("provenance")
    assert all(text.startswith(("ours", "paper")) or "command" in key or "quality" in key
               for key, text in sources.items())  # fmt: skip
    for place in numbers(table, ""):
        assert any(place == key or place.startswith(key + ".") for key in sources), place
    assert load_model(name).name == name


def test_unknown_models_and_names_are_answered_with_a_guess(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="perhaps you meant 'nmc-radial'"):
        load_model("nmc_radial")
    with pytest.raises(FileError, match="nowhere"):
        load_model(tmp_path / "nowhere.toml")
    text = format_model(load_table("nmc-radial"))
    with pytest.raises(InputError, match=r"grains.intensty.*perhaps you meant 'intensity'"):
        parse_model(text.replace("intensity =", "intensty ="), "a file")
    with pytest.raises(InputError, match=r"pixel.*greater than 0"):
        parse_model(text.replace("pixel = 0.05", "pixel = -1"), "a file")
    with pytest.raises(InputError, match="'grains' is missing"):
        parse_model(text[: text.index("[grains]")] + "[provenance]\n", "a file")
    with pytest.raises(FileError, match="not a TOML file"):
        parse_model("name = ", "a file")


def test_written_models_come_back(tmp_path: Path) -> None:
    base = load_table("nmc-radial")
    shell = ShellModel((Normal(7.0, 0.1), Normal(0.0, 0.05)), 1.5)
    table = with_shell(base, "mine", 'with "quotes"', shell, {"shell": "ours"})
    write_model(table, tmp_path / "mine.toml")
    model = load_model(tmp_path / "mine.toml")
    assert isinstance(model, ParticleModel)
    assert model.shell == shell
    assert model.grains == MODEL.grains
    assert [file.name for file in tmp_path.iterdir()] == ["mine.toml"]
    with pytest.raises(FileError, match="does not exist"):
        write_model(table, tmp_path / "no folder" / "mine.toml")


@pytest.mark.realdata
def test_a_measured_shell_is_filled_with_grains(measured: Path) -> None:
    pytest.importorskip("skimage", reason="install nmc-mesh[calibrate] to run this test")
    file = measured / "nmc_ct" / "nmc-1-cal_generatedCBD_bridge.tif"
    solid = tifffile.imread(file).transpose(2, 1, 0)[:96, :96, :96] == 1
    found = segment_binary(solid, 0.398).image
    volumes = found.volumes()[1:]
    label = int(np.argsort(volumes)[len(volumes) // 2]) + 1
    shell = measured_shell(found, label)
    assert shell.volume == pytest.approx(volumes[label - 1], rel=0.05)
    small = shell.scaled(3.0 / shell.equivalent_diameter)
    particle = MODEL.fill(small, np.random.default_rng(0), {"shell": f"{file.name}#{label}"})
    expected = small.volume * MODEL.grains.intensity
    assert particle.n_grains == pytest.approx(expected, rel=0.25)
    assert particle.provenance["shell"].endswith(f"#{label}")
    assert isinstance(particle.shell, StarShape)


def test_grains_get_crystals_and_keep_their_shapes(particle: Particle) -> None:
    """Another texture, or none, changes no byte of the grains."""
    turns = particle.orientations
    assert turns is not None
    assert turns.shape == (particle.n_grains, 4)
    again = MODEL.sample(1, diameter=2.4).orientations
    assert again is not None
    assert again.tobytes() == turns.tobytes()
    for texture in (None, FibreTexture(5.0, 2.0)):
        other = replace(MODEL, texture=texture).sample(1, diameter=2.4)
        assert content(other) == content(particle)
        assert (other.orientations is None) == (texture is None)


def test_layers_of_the_radial_model_hold_the_radius() -> None:
    """The shipped texture: c within 15 degrees (standard deviation) of the plane across."""
    particle = MODEL.sample(4, diameter=4.5)
    assert particle.orientations is not None
    seeds = particle.tessellation.seeds[particle.kept]
    radial = seeds / np.linalg.norm(seeds, axis=1, keepdims=True)
    away = np.arcsin(np.abs((c_axes(particle.orientations) * radial).sum(axis=1)))
    assert np.degrees(np.sqrt((away**2).mean())) == pytest.approx(15, abs=1.5)


def test_a_model_without_a_texture_has_no_crystals() -> None:
    text = format_model(load_table("nmc-radial"))
    start, end = text.index("[texture]"), text.index("[provenance]")
    table = parse_model(text[:start] + text[end:], "a file")
    assert table.texture is None
    assert parse_model(format_model(table), "a file") == table
    assert "[texture]" not in format_model(table)
    with pytest.raises(InputError, match=r"texture.fibre.radail.*perhaps you meant 'radial'"):
        parse_model(text.replace("radial = -7.3", "radail = -7.3"), "a file")


def test_written_textures_come_back() -> None:
    texture = TabulatedTexture((0.0, 0.5, np.pi / 2), (1.0, 3.0))
    table = with_texture(load_table("nmc-radial"), "a map.ang", "mine", texture, {"texture": "m"})
    back = parse_model(format_model(table), "a file")
    assert back == table
    assert back.name == "a-map.ang"
    assert back.provenance["texture"] == "m"
    assert back.texture is not None
    assert isinstance(back.texture.texture(), TabulatedTexture)


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    model, material, plan = (tmp_path / f"{name}.toml" for name in ("model", "stuff", "plan"))
    write_model(load_table("nmc-radial"), model)
    material.write_text(material_text("nmc811"))
    plan.write_text(sample_plan())
    with pytest.raises(InputError, match=r"model.toml is a model of particles .*not a material"):
        load_material(model)
    with pytest.raises(InputError, match=r"stuff.toml is a material .*--material.*not a model"):
        load_model(material)
    with pytest.raises(InputError, match=r"plan.toml is a plan of a data set .*not a model"):
        load_model(plan)
    with pytest.raises(InputError, match=r"model.toml is a model .* not a plan of a data set"):
        read_plan(model)


def test_plans_begin_with_the_model_that_is_drawn_from_by_default() -> None:
    assert parse_plan(sample_plan()).particles.model == DEFAULT_MODEL
