"""Particles of a wished number of grains: so many, as large as ever, the same bytes again."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nmc_mesh import generate
from nmc_mesh.errors import InputError
from nmc_mesh.particle.checks import Surface
from nmc_mesh.particle.counted import TOLERANCE
from nmc_mesh.particle.model import ParticleModel, load_model
from nmc_mesh.particle.voxelize import voxelize

SEEDS = range(9000, 9030)


@pytest.fixture(scope="module")
def model() -> ParticleModel:
    return load_model("nmc-equiaxed")


@pytest.fixture(scope="module")
def free(model: ParticleModel) -> list[int]:
    """How many grains particles have as the model draws them."""
    return [model.sample(seed).n_grains for seed in SEEDS[:10]]


@pytest.mark.parametrize("surface", ["grains", "shell"])
def test_thirty_seeds_have_as_many_grains_as_wished(
    model: ParticleModel, free: list[int], surface: Surface
) -> None:
    wished = 60
    counts = [model.sample(seed, surface=surface, grains=wished).n_grains for seed in SEEDS]
    assert np.abs(np.array(counts) - wished).max() <= max(TOLERANCE * wished, 0.5)
    assert max(free) > 2 * min(free)


def test_grains_stay_as_large_as_they_are(model: ParticleModel) -> None:
    """Volumes of whole grains of a small and a large particle, against 1 / intensity."""
    for wished in (60, 600):
        volumes = []
        for seed in (1, 2, 3):
            particle = model.sample(seed, grains=wished)
            image = voxelize(particle, model.grains.grain_size / 8)
            volumes.append((image.labels > 0).sum() * image.voxel_volume / particle.n_grains)
        assert np.mean(volumes) * model.grains.intensity == pytest.approx(1.0, abs=0.1)


@pytest.mark.filterwarnings("ignore:grains left out")
@pytest.mark.parametrize("wished", [1, 2, 7])
def test_few_grains_are_exactly_so_many(model: ParticleModel, wished: int) -> None:
    assert [model.sample(seed, grains=wished).n_grains for seed in (4, 5)] == [wished, wished]


def test_the_same_seed_gives_the_same_particle(model: ParticleModel) -> None:
    one, two = (model.sample(7, grains=80) for _ in range(2))
    np.testing.assert_array_equal(one.tessellation.seeds, two.tessellation.seeds)
    np.testing.assert_array_equal(one.shell.coefficients, two.shell.coefficients)
    assert one.provenance["grains"] == 80
    assert one.provenance["diameter"] == pytest.approx(one.shell.equivalent_diameter)
    # The shell is the one that the model draws at this size.
    same = model.sample(7, diameter=one.provenance["diameter"])
    np.testing.assert_allclose(same.shell.coefficients, one.shell.coefficients, rtol=1e-9)


def test_a_measured_shell_is_scaled(model: ParticleModel) -> None:
    shell = model.shell.sample_sized(5.0, np.random.default_rng(0))
    particle = model.sample(1, shell=shell, grains=100)
    ratio = particle.shell.coefficients / shell.coefficients
    np.testing.assert_allclose(ratio, ratio[0])
    assert abs(particle.n_grains - 100) <= 1


@pytest.mark.parametrize("grains", [0, -5, 2.5, True, "9"])
def test_bad_numbers_are_refused(model: ParticleModel, grains: Any) -> None:
    with pytest.raises(InputError, match="whole one of 1 or more"):
        model.sample(0, grains=grains)


def test_a_number_and_a_diameter_exclude_each_other(model: ParticleModel) -> None:
    with pytest.raises(InputError, match="not both"):
        generate(model, grains=100, diameter=4.0)


def test_generate_takes_a_number_of_grains() -> None:
    particle, mesh = generate(seed=1, grains=40)
    assert particle.n_grains == 40
    assert len(mesh.grains) == 40
