"""Grains that a mesh loses are named; a mesh that loses most of them is refused."""

from __future__ import annotations

import re
import warnings

import numpy as np
import pytest

from nmc_mesh import LabelImage, generate, load_model, surface_mesh, tetrahedralize
from nmc_mesh.errors import MeshError
from nmc_mesh.particle.particle import Particle


@pytest.fixture(scope="module")
def particle() -> Particle:
    return load_model("nmc-calibrated").sample(3, diameter=2.2)


def size_that_fits(message: str) -> float:
    found = re.search(r"take a size of at most ([0-9.]+) um \(--size\)", message)
    assert found is not None
    return float(found[1])


def test_lost_grains_are_named(particle: Particle) -> None:
    with pytest.warns(UserWarning, match="grains are lost") as told:
        mesh = tetrahedralize(particle, 0.38)
    lost = np.setdiff1d(np.arange(1, particle.n_grains + 1), mesh.labels).tolist()
    assert 0 < len(lost) < particle.n_grains / 2
    assert mesh.info["lost_grains"] == tuple(lost)
    (message,) = [str(one.message) for one in told]
    assert f"{len(lost)} of {particle.n_grains} grains" in message
    assert all(re.search(rf"\b{grain}\b", message) for grain in lost[:20])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mesh = tetrahedralize(particle, size_that_fits(message))
    assert len(mesh.grains) == particle.n_grains


@pytest.mark.parametrize("size", [0.8, 3.0, 10.0])
def test_a_mesh_that_loses_most_grains_is_refused(particle: Particle, size: float) -> None:
    with pytest.raises(MeshError, match=f"for a size of {size:g} um") as told:
        tetrahedralize(particle, size)
    assert size_that_fits(str(told.value)) == pytest.approx(particle.grain_size / 4, rel=0.1)


@pytest.mark.filterwarnings("ignore:a size of")
def test_every_way_to_a_mesh_tells(particle: Particle) -> None:
    with pytest.raises(MeshError, match="grains are lost"):
        generate(seed=3, diameter=2.2, size=10.0)
    with pytest.warns(UserWarning, match="grains are lost"):
        surface_mesh(particle, 0.38)


def test_an_image_of_small_grains_keeps_them_at_the_size_it_is_told() -> None:
    k = np.indices((7, 7, 7))
    labels = np.pad((1 + k[0] + 7 * k[1] + 49 * k[2]).repeat(2, 0).repeat(2, 1).repeat(2, 2), 2)
    image = LabelImage(labels, 0.1)
    with pytest.raises(MeshError, match="labels are lost") as told:
        tetrahedralize(image, 6.0)
    assert len(tetrahedralize(image, size_that_fits(str(told.value))).grains) == 343
