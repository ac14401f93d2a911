"""A measured polycrystal becomes a particle that voxelizes and meshes like any other."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import tetrahedralize, voxelize
from nmc_mesh.errors import InputError
from nmc_mesh.geometry import GBPD, LabelImage, labels_on_grid
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.particle.from_labels import fit_particle

STEP = 0.1  # um
SIDE = 26


def ball() -> LabelImage:
    """Thirty-odd grains in a ball off the origin, with labels 5, 10, 15 ..."""
    rng = np.random.default_rng(1)
    seeds = rng.uniform(-16, 16, (70, 3))
    diagonals = np.exp(0.3 * rng.standard_normal((70, 3)))
    diagram = GBPD.radial(seeds, diagonals, rng.uniform(0, 3, 70), rng.uniform(0, 8, 70))
    labels = labels_on_grid(diagram, np.full(3, -(SIDE - 1) / 2), 1.0, (SIDE,) * 3) + 1
    place = np.indices(labels.shape) - (SIDE - 1) / 2
    labels[(place**2).sum(axis=0) > 11**2] = 0
    sizes = np.bincount(labels.ravel())
    labels[(sizes < 40)[labels]] = 0
    back = np.unique(labels, return_inverse=True)[1]
    return LabelImage(5 * back.reshape(labels.shape), STEP, [3.0, 4.0, 5.0])


def test_a_labelled_ball_becomes_a_particle_and_a_mesh() -> None:
    image = ball()
    n = len(np.unique(image.labels)) - 1
    turns = np.random.default_rng(0).normal(size=(n, 4))
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    found = fit_particle(image, orientations=turns, provenance={"file": "ball.tif"})
    particle = found.particle
    assert particle.n_grains == n
    np.testing.assert_array_equal(found.labels, 5 * np.arange(1, n + 1))
    np.testing.assert_allclose(particle.orientations, turns, rtol=0, atol=1e-15)
    assert particle.provenance["labels"] == found.labels.tolist()
    assert particle.provenance["file"] == "ball.tif"
    assert found.star_share > 0.9
    assert particle.shell.volume == pytest.approx((image.labels > 0).sum() * STEP**3, rel=0.1)
    middle = image.points()[image.labels.ravel() > 0].mean(axis=0)
    labels = particle.labels(image.points() - middle)
    assert (labels == image.labels.ravel() / 5).mean() > 0.97
    volumes = image.volumes()[5::5]
    again = voxelize(particle, 0.05).volumes()[1:]
    assert np.median(np.abs(again / volumes - 1)) < 0.05
    mesh = tetrahedralize(particle)
    meshed = grain_table(mesh)
    np.testing.assert_array_equal(meshed["id"], np.arange(1, n + 1))
    assert np.median(np.abs(meshed["volume"] / volumes - 1)) < 0.05
    assert meshed["volume"].sum() == pytest.approx(volumes.sum(), rel=0.03)


def test_grains_that_the_border_cuts_are_surroundings() -> None:
    whole = ball()
    half = LabelImage(whole.labels[13:], STEP)
    found = fit_particle(half, steps=60)
    at_border = np.setdiff1d(np.unique(half.labels[0]), [0])
    np.testing.assert_array_equal(found.cut, at_border)
    inside = np.setdiff1d(np.unique(half.labels), np.append(at_border, 0))
    np.testing.assert_array_equal(found.labels, inside)
    assert found.particle.n_grains == len(inside)


def test_what_makes_no_particle_is_refused() -> None:
    image = ball()
    with pytest.raises(InputError, match="every grain is cut"):
        fit_particle(LabelImage(np.repeat(np.eye(4)[:, :, None] + 1, 4, axis=2), 1.0), steps=1)
    with pytest.raises(InputError, match="orientations have shape"):
        fit_particle(image, orientations=np.ones((3, 4)), steps=1)
    hollow = image.labels.copy()
    place = np.indices(hollow.shape) - (SIDE - 1) / 2
    hollow[(place**2).sum(axis=0) < 4**2] = 0
    with pytest.raises(InputError, match="centre of mass of the kept grains lies outside"):
        fit_particle(LabelImage(hollow, STEP), steps=1)
