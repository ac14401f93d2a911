"""Sections: the particle, what is unknown in it, its centre."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from nmc_mesh.ebsd import EbsdScan
from nmc_mesh.errors import InputError
from nmc_mesh.geometry import LabelImage
from nmc_mesh.sections import Section, section_of_labels, section_of_scan
from nmc_mesh.sections.treatment import Center
from nmc_mesh.typing import Bools
from tests.ebsd.maps import scan

CENTER = np.array([13.0, 15.0])  # um; the map has 60 x 60 points 0.5 um apart
RADIUS = 9.0


def distances() -> np.ndarray:
    return np.hypot(*(0.5 * np.indices((60, 60)) - CENTER[:, None, None]))


def disc(missing: Bools | None = None) -> EbsdScan:
    """A disc of two halves on a background that is not indexed, and a crumb beside it."""
    i = np.indices((60, 60))[0]
    angles = np.zeros((60, 60, 3))
    angles[..., 0] = np.where(0.5 * i < CENTER[0], 0.0, 0.5)
    inside = distances() < RADIUS
    inside[54:58, 54:58] = True
    if missing is not None:
        inside &= ~missing
    return dataclasses.replace(scan(angles), phase=inside.astype(np.int32))


def holes() -> Bools:
    missing = np.random.default_rng(5).random((60, 60)) < 0.03
    missing[20:23, 30:34] = True
    return missing & (distances() < RADIUS - 1)


def test_the_largest_particle_is_taken_with_its_holes() -> None:
    found = section_of_scan(disc(holes()))
    np.testing.assert_array_equal(found.mask, distances() < RADIUS)
    np.testing.assert_array_equal(~found.known, holes())
    assert found.image.labels.max() == 2
    np.testing.assert_allclose(found.center, CENTER, atol=0.05)
    assert not found.cut


def test_filling_gives_unknown_pixels_the_nearest_grain() -> None:
    found = section_of_scan(disc(holes()), fill=True)
    whole = section_of_scan(disc())
    assert found.known.all()
    assert (found.image.labels != whole.image.labels).mean() < 0.001
    assert ((found.image.labels > 0) == (distances() < RADIUS)).all()


@pytest.mark.parametrize("center", ["centroid", "circle"])
def test_a_whole_particle_has_its_centre_found(center: Center) -> None:
    found = section_of_scan(disc(), center=center)
    np.testing.assert_allclose(found.center, CENTER, atol=0.05)


def test_the_circle_looks_at_the_free_border_only() -> None:
    """A particle half out of the picture: the picture's border is no border of the particle."""
    labels = (distances() < RADIUS).astype(int)[26:]
    image = LabelImage(labels, 0.5, [13.0, 0.0])
    found = section_of_labels(image, center="circle")
    np.testing.assert_allclose(found.center, CENTER, atol=0.15)
    assert found.cut
    assert section_of_labels(image).center[0] > CENTER[0] + 3


def test_a_map_without_free_border_has_no_circle() -> None:
    with pytest.raises(InputError, match="fills the image"):
        section_of_labels(LabelImage(np.ones((5, 5)), 1.0), center="circle")


def test_labels_come_numbered_and_unknown_pixels_stay() -> None:
    labels = np.array([[0, 0, 0, 0], [0, 7, 0, 0], [0, 3, 3, 0], [0, 0, 0, 0]])
    unknown = np.zeros((4, 4), bool)
    unknown[1, 2] = True
    found = section_of_labels(LabelImage(labels, 0.1), unknown)
    assert found.image.labels[1:3, 1:3].tolist() == [[1, 0], [2, 2]]
    assert (~found.known).sum() == 1
    np.testing.assert_allclose(found.center, 0, atol=1e-15)
    filled = section_of_labels(LabelImage(labels, 0.1), unknown, fill=True)
    assert filled.image.labels[1, 2] in (1, 2)


def test_what_is_no_section_is_refused() -> None:
    with pytest.raises(InputError, match="two axes, not 3"):
        section_of_labels(LabelImage(np.ones((2, 2, 2)), 1.0))
    with pytest.raises(InputError, match="holds no grain"):
        section_of_labels(LabelImage(np.zeros((2, 2)), 1.0))
    with pytest.raises(InputError, match="needs shape"):
        section_of_labels(LabelImage(np.ones((2, 2)), 1.0), np.zeros((3, 3)))
    with pytest.raises(InputError, match="has a grain and is unknown"):
        Section(LabelImage(np.ones((2, 2)), 1.0), np.zeros((2, 2)), np.zeros(2))
