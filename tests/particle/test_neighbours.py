"""Neighbours of particles: a hidden law found in planes, drawn again, and kept in a model file."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from nmc_mesh.crystal.frames import grain_frames
from nmc_mesh.crystal.misorientation import MisorientationLaw, between
from nmc_mesh.crystal.orientation import c_axes
from nmc_mesh.crystal.texture import FibreTexture
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.contacts import contacts
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.particle import ParticleModel, load_model
from nmc_mesh.particle.model import load_table, model_of
from nmc_mesh.particle.neighbours import grain_contacts
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.schema import parse_model
from nmc_mesh.particle.writer import format_model, with_texture
from nmc_mesh.typing import Floats

DIAMETER = 3.4


def hidden() -> MisorientationLaw:
    """Many boundaries near 25 and 85 degrees."""
    rng = np.random.default_rng(5)
    parts = rng.normal(25, 8, 400), rng.normal(85, 8, 400), rng.uniform(20, 100, 500)
    angles = np.radians(np.clip(np.concatenate(parts), 3, 104))
    return MisorientationLaw.of(angles, np.ones(1300))


@pytest.fixture(scope="module")
def model() -> ParticleModel:
    return replace(load_model("nmc-equiaxed"), texture=FibreTexture(3.0), neighbours=hidden())


@pytest.fixture(scope="module")
def truths(model: ParticleModel) -> list[Particle]:
    return [model.sample(seed, diameter=DIAMETER) for seed in (1, 2, 3)]


def in_space(particle: Particle) -> tuple[Floats, Floats]:
    assert particle.orientations is not None
    touching = grain_contacts(particle)
    pairs = np.asarray(touching.pairs - 1, np.int32)
    return between(particle.orientations, pairs), touching.areas


def in_planes(particle: Particle) -> tuple[Floats, Floats]:
    """Boundaries of three planes, on pixels."""
    assert particle.orientations is not None
    line = np.arange(-0.6 * DIAMETER, 0.6 * DIAMETER, 0.02)
    x, y = (part.ravel() for part in np.meshgrid(line, line, indexing="ij"))
    angles, lengths = [], []
    for axis in range(3):
        points = np.insert(np.stack([x, y], axis=1), axis, 0.07, axis=1)
        labels = particle.labels(points).reshape(len(line), -1)
        touching = contacts(LabelImage(labels, 0.02))
        angles.append(between(particle.orientations, np.asarray(touching.pairs - 1, np.int32)))
        lengths.append(touching.areas)
    return np.concatenate(angles), np.concatenate(lengths)


def noise(*weights: Floats) -> float:
    """What 95 % of samples of one law, of such weights, stay below.

    Kish's effective number, and half of it, since boundaries share grains, and planes boundaries.
    """
    counts = [part.sum() ** 2 / (part**2).sum() / 2 for part in weights]
    return float(1.36 * np.sqrt(sum(1 / count for count in counts)))


def test_a_law_hidden_in_planes_is_drawn_again(
    model: ParticleModel, truths: list[Particle]
) -> None:
    """Measured in planes by length, drawn in space by area: KS at its noise; texture kept."""
    seen = [in_planes(particle) for particle in truths]
    angles, lengths = (np.concatenate(part) for part in zip(*seen, strict=True))
    assert hidden().distance(angles, lengths) < noise(lengths)
    measured = MisorientationLaw.of(angles, lengths)
    drawn = replace(model, neighbours=measured).sample(11, diameter=DIAMETER)
    free = replace(model, neighbours=None).sample(11, diameter=DIAMETER)
    after, areas = in_space(drawn)
    before, _ = in_space(free)
    assert hidden().distance(after, areas) < noise(lengths, areas)
    assert measured.distance(after, areas) < 0.03  # the draw itself leaves little
    assert hidden().distance(before, areas) > 2 * noise(lengths, areas)
    assert drawn.orientations is not None
    assert free.orientations is not None
    seeds, matrices = free.tessellation.seeds[free.kept], free.tessellation.matrices[free.kept]
    radial = grain_frames(seeds, matrices)[:, 0]
    cosines = [
        np.sort(np.abs((radial * c_axes(particle.orientations)).sum(axis=1)))
        for particle in (drawn, free)
    ]
    np.testing.assert_allclose(*cosines, atol=1e-9)


def test_exchanges_are_all_that_changes(model: ParticleModel, truths: list[Particle]) -> None:
    free = replace(model, neighbours=None).sample(1, diameter=DIAMETER)
    np.testing.assert_array_equal(free.kept, truths[0].kept)
    np.testing.assert_array_equal(free.tessellation.seeds, truths[0].tessellation.seeds)
    again = pickle.loads(pickle.dumps(model)).sample(1, diameter=DIAMETER)
    assert truths[0].orientations is not None
    assert again.orientations.tobytes() == truths[0].orientations.tobytes()


def test_a_model_file_keeps_the_law(model: ParticleModel, tmp_path: Path) -> None:
    base = load_table("nmc-equiaxed")
    assert model.texture is not None
    table = with_texture(base, "mine", "", model.texture, {}, hidden())
    text = format_model(table)
    assert parse_model(text, "mine") == table
    back = model_of(table).neighbours
    assert back is not None
    at = np.radians(np.arange(0, 105, 7))
    np.testing.assert_allclose(back.cumulative(at), hidden().cumulative(at), atol=1e-4)
    assert "neighbours" not in format_model(with_texture(base, "mine", "", model.texture, {}))
    with pytest.raises(InputError, match="ascend"):
        model_of(parse_model(text.replace("edges = [0.0, ", "edges = [0.1, "), "mine"))
