"""Moments of labels are those of the squares and cubes they are made of."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh.geometry import LabelImage
from nmc_mesh.geometry.label_moments import label_moments
from nmc_mesh.grains.fit_descent import moments_of
from nmc_mesh.particle.model import load_model
from nmc_mesh.particle.sections import grains_in_plane
from nmc_mesh.sections import section_of_labels
from nmc_mesh.sections.crystals import section_crystals
from nmc_mesh.sections.descriptors import describe
from nmc_mesh.validation.grains_maps import map_of_section


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (6, 2), (1, 1, 1), (4, 1, 5)])
def test_a_box_has_the_second_moments_of_a_box(shape: tuple[int, ...]) -> None:
    """n^2 / 12 along an edge of n cells: the h^2 / 12 of the cells belongs to it."""
    labels = np.full([n + 9 for n in shape], -1)
    labels[tuple(slice(5, 5 + n) for n in shape)] = 2
    found = label_moments(labels, 4)
    assert found.counts.tolist() == [0, 0, np.prod(shape), 0]
    np.testing.assert_allclose(found.centroids[2], [5 + (n - 1) / 2 for n in shape])
    np.testing.assert_allclose(found.spreads[2], np.diag(np.square(shape) / 12), atol=1e-15)
    assert np.isnan(found.spreads[[0, 1, 3]]).all()
    first = label_moments(labels, 4, order=1)
    np.testing.assert_array_equal(first.centroids, found.centroids)
    assert len(first.spreads) == 0


def test_a_finer_image_has_the_same_moments() -> None:
    """What is right: the same figure on pixels of half the edge spreads as far."""
    labels = np.random.default_rng(0).integers(-1, 3, (9, 8))
    fine = np.kron(labels, np.ones((2, 2), int))
    one, two = label_moments(labels, 3), label_moments(fine, 3)
    np.testing.assert_allclose(two.spreads / 4, one.spreads, rtol=1e-12)
    np.testing.assert_allclose((two.centroids - 0.5) / 2, one.centroids, rtol=1e-12)


@pytest.mark.parametrize("dim", [2, 3])
def test_moments_are_the_plain_ones_far_from_the_origin(dim: int) -> None:
    rng = np.random.default_rng(1)
    labels = np.full((3000, 40, 4)[:dim], -1)
    labels[-20:] = rng.integers(0, 5, labels[-20:].shape)
    found = label_moments(labels, 5)
    for label in range(5):
        points = np.argwhere(labels == label)
        plain = np.cov(points.T, bias=True) + np.eye(dim) / 12
        np.testing.assert_allclose(found.spreads[label], plain, rtol=1e-12, atol=1e-12)


def test_every_room_counts_pixels_as_squares() -> None:
    """Fits, descriptors, crystals and sections of drawn particles agree."""
    labels = np.kron(np.arange(1, 10).reshape(3, 3), np.ones((5, 4), int))
    image = LabelImage(labels, 0.1)
    section = section_of_labels(image)
    wanted = np.diag([0.25, 0.16]) / 12
    table = describe(image, section.center)
    np.testing.assert_allclose(table.elongations, 1.25)
    scan = map_of_section(section, np.random.default_rng(0))
    crystals = section_crystals(scan, section, "map")
    np.testing.assert_allclose(crystals.spreads, np.tile(wanted, (9, 1, 1)), atol=1e-12)
    points = np.argwhere(labels > 0).astype(float)
    found = moments_of(points, labels.ravel().astype(np.int32) - 1, 9, np.ones(2))
    np.testing.assert_allclose(0.01 * found.spread[:, :2, :2], crystals.spreads, atol=1e-12)


def test_sections_of_particles_do_not_depend_on_the_pixel() -> None:
    """Spreads of grains of some ten pixels: without the 1/12 they would be 8 % smaller."""
    model = load_model("nmc-radial")
    particle = model.sample(3, diameter=3.0)
    coarse, fine = (grains_in_plane(particle, np.eye(3), 0.0, pixel) for pixel in (0.08, 0.02))
    shared = np.isin(fine[0], coarse[0])
    assert np.isin(coarse[0], fine[0]).all()
    size = [np.trace(one.spreads, axis1=1, axis2=2) / one.radii**2
            for one in (coarse[1], fine[1].only(shared))]  # fmt: skip
    assert np.median(size[0]) == pytest.approx(np.median(size[1]), rel=0.02)
