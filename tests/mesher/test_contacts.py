"""Contacts: whatever is the cheapest in a cell or near a facet is named by one of its corners."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.mesher.certificate import surroundings
from nmc_mesh.mesher.contacts import Surroundings
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.particle.model import load_model
from nmc_mesh.typing import Floats, Ints

FRESH = zlib.crc32(nmc_mesh.__version__.encode()) % 100_000 + 6000
SAMPLES = 8
pytestmark = pytest.mark.filterwarnings("ignore:.* lost")


@pytest.fixture(scope="module")
def around() -> Surroundings:
    particle = load_model("nmc-radial").sample(FRESH, diameter=1.1)
    return surroundings(tetrahedralize(particle, particle.grain_size / 4), particle)


def cheapest(around: Surroundings, places: Floats) -> Ints:
    """Label of every place (n, 3), of cells outside too, by all seeds."""
    rows = around.field.rows[:-1]
    away = places[:, None] - rows[:, :3]
    x, y, z = np.moveaxis(away, 2, 0)
    square = rows[:, 3] * x * x + rows[:, 4] * y * y + rows[:, 5] * z * z
    mixed = rows[:, 6] * x * y + rows[:, 7] * x * z + rows[:, 8] * y * z
    return around.field.label_of[(square + 2 * mixed - rows[:, 9]).argmin(axis=1)]


def named(around: Surroundings, corners: Ints, close: bool) -> set[int]:
    start, labels = around.contacts.start, around.contacts.labels
    ends = around.contacts.closest if close else start[1:]
    return {label for v in corners for label in labels[start[v] : ends[v]].tolist()}


def longest(points: Floats) -> Floats:
    """Longest edge of simplices (n, c, 3)."""
    sides = np.linalg.norm(points[:, :, None] - points[:, None], axis=3)
    return sides.max(axis=(1, 2))


def test_what_is_cheapest_in_a_cell_is_named(around: Surroundings) -> None:
    mesh, rng = around.mesh, np.random.default_rng(1)
    corners = mesh.points[mesh.cells]
    short = np.flatnonzero(longest(corners) <= around.contacts.edge)
    some = rng.choice(short, 2000, replace=False)
    share = rng.dirichlet(np.full(4, 0.5), (len(some), SAMPLES))
    places = np.einsum("nsc,ncx->nsx", share, corners[some])
    other = 0
    for cell, labels in zip(
        some, cheapest(around, places.reshape(-1, 3)).reshape(-1, SAMPLES), strict=True
    ):
        lost = set(labels.tolist()) - {int(mesh.labels[cell])}
        assert lost <= named(around, mesh.cells[cell], close=True)
        other += len(lost)
    assert other > 20


@pytest.mark.parametrize("close", [True, False])
def test_what_is_cheapest_near_a_facet_is_named(around: Surroundings, close: bool) -> None:
    mesh, rng = around.mesh, np.random.default_rng(2)
    reach = around.contacts.close if close else around.contacts.around
    corners = mesh.points[mesh.facets]
    some = np.flatnonzero(longest(corners) <= around.contacts.edge)
    share = rng.dirichlet(np.ones(3), (len(some), SAMPLES))
    way = rng.standard_normal((len(some), SAMPLES, 3))
    way *= reach * rng.random((len(some), SAMPLES, 1)) / np.linalg.norm(way, axis=2, keepdims=True)
    places = np.einsum("nsc,ncx->nsx", share, corners[some]) + way
    others = cheapest(around, places.reshape(-1, 3)).reshape(-1, SAMPLES)
    for facet, labels in zip(some, others, strict=True):
        near = set(labels.tolist()) - {int(mesh.facet_grains[facet, 0])}
        assert near <= named(around, mesh.facets[facet], close)
    assert len(some) > 500


def test_a_vertex_inside_a_grain_names_nothing(around: Surroundings) -> None:
    """Contacts are few: none where a grain is alone, two or three more than labels elsewhere."""
    mesh = around.mesh
    counts = np.diff(around.contacts.start)
    inside = np.ones(len(mesh.points), dtype=np.bool_)
    inside[mesh.facets] = False
    assert np.median(counts[inside]) <= 1
    assert counts[~inside].mean() < 8
