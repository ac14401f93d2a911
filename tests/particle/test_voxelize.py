"""A label image of a particle is exact at every voxel centre and holds the whole particle."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.errors import InputError, ResourceError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.keep import kept_grains
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize


def small_particle(grains_across: int = 5) -> Particle:
    """Return a ball of 1 um radius cut from a random diagram."""
    rng = np.random.default_rng(0)
    n = (2 * grains_across) ** 3
    diagonals = rng.uniform(1, 10, (n, 3))
    offsets = rng.uniform(0, 0.1 / grains_across**2, n)
    gbpd = GBPD.radial(rng.uniform(-2, 2, (n, 3)), diagonals, rng.uniform(0, np.pi, n), offsets)
    shell = StarShape.ball(1.0)
    return Particle(shell, gbpd, kept_grains(gbpd, shell, 0.05))


@pytest.fixture(scope="module")
def particle() -> Particle:
    return small_particle()


def test_every_voxel_has_the_label_of_its_centre(particle):
    image = voxelize(particle, 0.04, merge=False)
    assert (image.labels.ravel() == particle.labels(image.points())).all()


def test_the_image_holds_all_grains_in_one_layer_of_outside(particle):
    labels = voxelize(particle, 0.04).labels
    assert set(np.unique(labels)) == set(range(particle.n_grains + 1))
    for axis in range(3):
        planes = np.moveaxis(labels, axis, 0)
        assert (planes[0] == 0).all()
        assert (planes[-1] == 0).all()
        assert planes[1].any()
        assert planes[-2].any()


def test_images_of_two_spacings_agree_on_the_volume(particle):
    coarse, fine = voxelize(particle, 0.05, merge=False), voxelize(particle, 0.02, merge=False)
    volumes = [image.volumes()[1:].sum() for image in (coarse, fine)]
    assert volumes[0] == pytest.approx(volumes[1], rel=0.005)
    # whole grains by their centres of mass: the volume of the shell, up to the rough surface
    assert volumes[1] == pytest.approx(particle.shell.volume, rel=0.1)


def test_voxels_lie_on_one_grid_with_a_corner_at_the_origin(particle):
    image = voxelize(particle, 0.04)
    np.testing.assert_allclose(np.remainder(image.origin / 0.04, 1.0), 0.5, atol=1e-9)


def test_threads_do_not_change_a_byte(particle):
    results = []
    try:
        for threads in (1, 2):
            set_threads(threads)
            results.append(voxelize(particle, 0.03).labels.tobytes())
    finally:
        set_threads(None)
    assert results[0] == results[1]


@pytest.mark.parametrize("spacing", [0.0, -1.0, float("nan")])
def test_bad_spacings_are_refused(particle, spacing):
    with pytest.raises(InputError, match="positive number of um"):
        voxelize(particle, spacing)


def test_an_image_without_a_grain_names_a_spacing_that_works(particle):
    with pytest.raises(InputError, match="choose a spacing below"):
        voxelize(particle, 50.0)


def test_an_image_too_large_for_the_machine_is_refused(particle):
    with pytest.raises(ResourceError, match="choose a larger spacing"):
        voxelize(particle, 1e-5)
