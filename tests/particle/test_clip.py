"""Particles cut off at their shell."""

from __future__ import annotations

import pickle
from pathlib import Path

import h5py
import numpy as np
import pytest

from nmc_mesh.errors import InputError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.io import read_particle, write_particle
from nmc_mesh.particle.box import shell_box
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize

MODEL = load_model("nmc-radial")


@pytest.fixture(scope="module")
def particle() -> Particle:
    return MODEL.sample(2, diameter=1.4, surface="shell")


def test_every_point_inside_the_shell_has_a_grain_and_no_other(particle: Particle) -> None:
    lower, upper = particle.bounds()
    points = np.random.default_rng(0).uniform(lower, upper, (20_000, 3))
    labels = particle.labels(points)
    np.testing.assert_array_equal(labels > 0, particle.shell.contains(points))
    winners = particle.tessellation.labels(points)
    np.testing.assert_array_equal(labels[labels > 0], winners[labels > 0] + 1)


def test_shell_and_grains_are_those_of_the_particle_of_whole_grains(particle: Particle) -> None:
    """Clipping draws nothing anew: whole grains that stay are there, and more reach in."""
    whole = MODEL.sample(2, diameter=1.4)
    assert whole.surface == "grains"
    assert whole.shell.coefficients.tobytes() == particle.shell.coefficients.tobytes()
    theirs = {seed.tobytes() for seed in whole.tessellation.seeds[whole.kept]}
    ours = {seed.tobytes() for seed in particle.tessellation.seeds}
    deep = np.linalg.norm(whole.tessellation.seeds[whole.kept], axis=1) < 0.5
    middle = {seed.tobytes() for seed in whole.tessellation.seeds[whole.kept][deep]}
    assert middle
    assert middle <= ours
    assert len(theirs & ours) > 0.8 * len(theirs)
    assert particle.n_grains > whole.n_grains
    assert particle.orientations is None or len(particle.orientations) == particle.n_grains
    assert particle.provenance["surface"] == "shell"
    assert "surface" not in whole.provenance


def test_no_grain_is_a_chip(particle: Particle) -> None:
    """The least grain has 1/64 of a mean grain inside, give or take what chips left to it."""
    spacing = particle.provenance["keep_spacing"]
    volumes = voxelize(particle, spacing / 2).volumes()[1:]
    assert volumes.min() > 0.9 * 8 * spacing**3
    assert abs(volumes.sum() / particle.shell.volume - 1) < 2e-3


def test_voxels_have_the_labels_of_their_centres(particle: Particle) -> None:
    image = voxelize(particle, 0.04, merge=False)
    index = np.indices(image.labels.shape).reshape(3, -1).T
    points = image.origin + index * image.spacing
    np.testing.assert_array_equal(image.labels.ravel(), particle.labels(points))


def test_box_holds_the_shell_and_little_more() -> None:
    for seed in range(5):
        shell = MODEL.shell.sample_sized(2.0, np.random.default_rng(seed))
        u = np.random.default_rng(9).normal(size=(200_000, 3))
        u *= (shell.radius(u) / np.linalg.norm(u, axis=1))[:, None]
        lower, upper = shell_box(shell)
        assert (lower < u.min(axis=0)).all()
        assert (upper > u.max(axis=0)).all()
        assert (np.abs(np.stack([lower - u.min(axis=0), upper - u.max(axis=0)])) < 0.03).all()


def test_every_seed_has_a_grain() -> None:
    seeds = np.array([[0.0, 0, 0], [0.5, 0, 0], [0, 0.5, 0]])
    diagram = GBPD(seeds, np.tile(np.eye(3), (3, 1, 1)), np.zeros(3))
    with pytest.raises(InputError, match="subset"):
        Particle(StarShape.ball(1.0), diagram, np.array([0, 1]), surface="shell")
    with pytest.raises(InputError, match="grains or shell"):
        Particle(StarShape.ball(1.0), diagram, np.arange(3), surface="ball")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="grains or shell"):
        MODEL.sample(0, diameter=1.0, surface="round")  # type: ignore[arg-type]


def test_files_and_pickles_keep_it(tmp_path: Path, particle: Particle) -> None:
    write_particle(tmp_path / "p.h5", particle)
    back = read_particle(tmp_path / "p.h5")
    copy = pickle.loads(pickle.dumps(particle))
    for one in (back, copy):
        assert one.surface == "shell"
        np.testing.assert_array_equal(one.bounds(), particle.bounds())
        np.testing.assert_array_equal(one.tessellation.rows, particle.tessellation.rows)


def test_files_of_whole_grains_are_read_by_older_programs(tmp_path: Path) -> None:
    """Their version is still 1, without the attribute; that of a clipped one is 2."""
    write_particle(tmp_path / "whole.h5", MODEL.sample(1, diameter=1.0))
    write_particle(tmp_path / "cut.h5", MODEL.sample(1, diameter=1.0, surface="shell"))
    with h5py.File(tmp_path / "whole.h5") as whole, h5py.File(tmp_path / "cut.h5") as cut:
        assert whole.attrs["version"] == 1
        assert "surface" not in whole.attrs
        assert cut.attrs["version"] == 2
        assert cut.attrs["surface"] == "shell"
    assert read_particle(tmp_path / "whole.h5").surface == "grains"
