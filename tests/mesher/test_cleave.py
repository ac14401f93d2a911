"""The cleaver on anything: conforming, positive, every label where its function is the least."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.soak_mesher import mesh_one
from nmc_mesh import _core as core
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesher.cleave import NO_ANCHORS, Soup, cleave_lattice
from nmc_mesh.mesher.components import cell_volumes
from nmc_mesh.mesher.field import Field, exact_field, image_field
from nmc_mesh.mesher.lattice import lattice_over
from nmc_mesh.particle.particle import Particle
from nmc_mesh.progress import silent

SOAK = 100


def assert_conforming(soup: Soup) -> None:
    """All cells positive; every triangle on two cells, or on one outside."""
    assert (cell_volumes(soup.points, soup.cells) > 0).all()
    assert len(np.unique(soup.cells)) == len(soup.points)
    across = neighbours(soup.cells, len(soup.points))
    cell, face = np.nonzero(across >= 0)
    assert (across[across[cell, face]] == cell[:, None]).any(axis=1).all()
    assert (soup.labels[(across < 0).any(axis=1)] <= 0).all()


def assert_labelled(field: Field, soup: Soup) -> None:
    """Most centroids lie where their label is the least: boundaries are at most cut short."""
    centres = soup.points[soup.cells].mean(axis=1)
    here = np.empty(len(centres), dtype=np.int32)
    core.labels_at(field, centres, 0, len(centres), here)
    assert np.mean(here == soup.labels) > 0.75


@given(
    seed=st.integers(0, 2**32 - 1),
    seeds=st.integers(2, 12),
    spread=st.floats(1, 10),
    ratio=st.floats(1.5, 5),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_diagram_is_cleft(seed: int, seeds: int, spread: float, ratio: float) -> None:
    rng = np.random.default_rng(seed)
    gbpd = GBPD.radial(
        rng.uniform(-1, 1, (seeds, 3)),
        rng.uniform(1, spread, (seeds, 3)),
        rng.uniform(0, np.pi, seeds),
        rng.uniform(0, 0.2, seeds),
    )
    lower, upper = np.full(3, -1.5), np.full(3, 1.5)
    kept = np.flatnonzero(np.bincount(gbpd.labels(rng.uniform(-1, 1, (500, 3))), minlength=seeds))
    box = np.array([lower, upper])
    particle = Particle(StarShape.ball(1.0), gbpd, kept[:1].astype(np.int32), box=box)
    a = 2 / (seeds ** (1 / 3) * ratio)
    field = exact_field(particle, lower - 4 * a, upper + 4 * a, a)
    soup = cleave_lattice(field, lattice_over(lower, upper, a), NO_ANCHORS, silent)
    assert (cell_volumes(soup.points, soup.cells) > 0).all()
    assert_labelled(field, soup)


@given(
    seed=st.integers(0, 2**32 - 1),
    labels=st.integers(1, 6),
    spacing=st.tuples(*[st.floats(0.5, 2.0)] * 3),
    ratio=st.floats(0.7, 2.0),
)
@settings(max_examples=25, deadline=None, derandomize=True)
def test_any_image_is_cleft(
    seed: int, labels: int, spacing: tuple[float, float, float], ratio: float
) -> None:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, labels + 1, (3, 4, 2))
    voxels = np.repeat(np.repeat(np.repeat(coarse, 2, 0), 2, 1), 2, 2)
    voxels[1, 1, 1] = 1
    image = LabelImage(voxels, np.array(spacing))
    field = image_field(image)
    lower = image.origin - image.spacing
    upper = image.origin + image.spacing * np.array(voxels.shape)
    a = ratio * min(spacing)
    soup = cleave_lattice(field, lattice_over(lower, upper, a), NO_ANCHORS, silent)
    assert_conforming(soup)
    assert_labelled(field, soup)


@pytest.mark.filterwarnings("ignore:.*grains are lost")
def test_a_hundred_random_particles_are_meshed_well() -> None:
    rows = [mesh_one(number, "whole") for number in range(SOAK)]
    assert [row.wrong for row in rows] == [""] * SOAK
    least, largest, ratio = np.array([row[1:4] for row in rows]).T
    assert least.min() >= 12
    assert largest.max() <= 155
    assert ratio.min() >= 0.15
