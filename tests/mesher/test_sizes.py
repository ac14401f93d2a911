"""Sizes by grain, by place and at the outer surface: where asked for, graded, nothing lost."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import Particle, TetMesh, load_model, tetrahedralize
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.cleave import Soup
from nmc_mesh.mesher.sizes import read_sizes
from nmc_mesh.parallel import get_threads, set_threads
from nmc_mesh.typing import AnyArray, Floats

PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))


@pytest.fixture(scope="module")
def particle() -> Particle:
    return load_model("nmc-radial").sample(5, 2.0)


@pytest.fixture(scope="module")
def size(particle: Particle) -> float:
    return particle.grain_size / 7


def edge_of_cells(mesh: TetMesh) -> Floats:
    """Root mean square edge of every cell."""
    corners = mesh.points[mesh.cells]
    squares = [((corners[:, i] - corners[:, j]) ** 2).sum(axis=1) for i, j in PAIRS]
    found: Floats = np.sqrt(np.mean(squares, axis=0))
    return found


def volumes(mesh: TetMesh, grains: int) -> Floats:
    found: Floats = np.bincount(mesh.labels, quality(mesh).volume, grains + 1)[1:]
    return found


def assert_sound(mesh: TetMesh, particle: Particle) -> None:
    validate(mesh)
    found = quality(mesh)
    assert np.degrees(found.smallest_angle.min()) > 12
    assert np.degrees(found.largest_angle.max()) < 155
    assert found.radius_ratio.min() > 0.15
    assert len(mesh.grains) == particle.n_grains


@pytest.fixture(scope="module")
def plain(particle: Particle, size: float) -> TetMesh:
    return tetrahedralize(particle, size)


def test_a_size_per_grain(particle: Particle, size: float, plain: TetMesh) -> None:
    wanted = np.full(particle.n_grains, 2.5 * size)
    wanted[:2] = size
    mesh = tetrahedralize(particle, wanted)
    assert_sound(mesh, particle)
    edges = edge_of_cells(mesh)
    fine = np.isin(mesh.labels, (1, 2))
    assert np.median(edges[fine]) < 1.3 * size
    assert np.median(edges[~fine]) > 1.4 * size
    assert len(mesh.cells) < 0.4 * len(plain.cells)
    whole = volumes(plain, particle.n_grains)
    error = volumes(mesh, particle.n_grains) / whole - 1
    assert np.median(np.abs(error)) < 0.01
    assert np.abs(error).max() < 0.08


def test_a_size_by_place(particle: Particle, size: float) -> None:
    def wanted(points: Floats) -> Floats:
        return np.where(points[:, 0] < 0, size, 2 * size)

    mesh = tetrahedralize(particle, wanted)
    assert_sound(mesh, particle)
    x = mesh.points[mesh.cells].mean(axis=1)[:, 0]
    edges = edge_of_cells(mesh)
    assert np.median(edges[x < -size]) < 1.15 * size
    assert np.median(edges[x > 4 * size]) > 1.3 * size


def test_a_finer_outer_surface(particle: Particle, size: float, plain: TetMesh) -> None:
    mesh = tetrahedralize(particle, 2 * size, outer=size)
    assert_sound(mesh, particle)
    outer = mesh.outer
    on_outer = np.zeros(len(mesh.points), dtype=bool)
    on_outer[mesh.facets[outer]] = True
    edges = edge_of_cells(mesh)
    touching = on_outer[mesh.cells].any(axis=1)
    assert np.median(edges[touching]) < 1.2 * size
    # Small cells are many; of the room that is not at the surface, long edges have the most.
    room = quality(mesh).volume[~touching]
    assert room[edges[~touching] > 1.3 * size].sum() > 0.5 * room.sum()
    assert outer.sum() == pytest.approx(plain.outer.sum(), rel=0.12)
    # Leaves within two and a half edges of the surface stay small, boundaries there too.
    assert (~outer).sum() < 0.75 * plain.inner.sum()


def test_the_same_sizes_everywhere_are_one_size(
    particle: Particle, size: float, plain: TetMesh
) -> None:
    mesh = tetrahedralize(particle, np.full(particle.n_grains, size))
    assert_sound(mesh, particle)
    assert len(mesh.cells) == pytest.approx(len(plain.cells), rel=0.1)


def test_threads_do_not_matter(particle: Particle, size: float) -> None:
    wanted = np.linspace(size, 3 * size, particle.n_grains)
    before, meshes = get_threads(), []
    for threads in (1, 2):
        set_threads(threads)
        meshes.append(tetrahedralize(particle, wanted))
    set_threads(before)
    assert meshes[0].points.tobytes() == meshes[1].points.tobytes()
    assert meshes[0].cells.tobytes() == meshes[1].cells.tobytes()


def test_an_image_takes_sizes_by_label() -> None:
    labels = np.zeros((20, 14, 14), dtype=int)
    labels[1:10, 1:-1, 1:-1] = 1
    labels[10:-1, 1:-1, 1:-1] = 2
    mesh = tetrahedralize(LabelImage(labels, 1.0), np.array([1.2, 3.0]))
    validate(mesh)
    edges = edge_of_cells(mesh)
    middle = mesh.points[mesh.cells].mean(axis=1)[:, 0]
    far = (mesh.labels == 2) & (middle > np.quantile(middle, 0.75))
    assert np.median(edges[far]) > 1.3 * np.median(edges[mesh.labels == 1])


def test_lengths_are_graded() -> None:
    """A row of cells: h rises by half a um per um from the vertex that asks for little."""
    corners = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1.0]])
    points = np.concatenate([corners + [n, 0, 0] for n in range(6)])
    cells = np.arange(24, dtype=np.int32).reshape(6, 4)
    joined = cells.copy()
    joined[1:, 0] = cells[:-1, 1]  # each cell starts where the one before ends
    soup = Soup(points, joined, np.ones(6, dtype=np.int32))

    def wanted(x: Floats) -> Floats:
        return np.where((x == 0).all(axis=1), 0.1, 100.0)

    sizes = read_sizes(wanted, None, 0.0, 1, np.zeros(3), np.ones(3))
    assert sizes.least == 0.1
    found = sizes.at(soup)
    np.testing.assert_allclose(found[cells[:, 1]], 0.1 + 0.5 * np.arange(1, 7))


@pytest.mark.parametrize(
    ("size", "outer", "match"),
    [
        (np.ones(3), None, "one per grain: 2"),
        (np.array([1.0, -1.0]), None, "positive"),
        (1.0, 0.0, "outer surface"),
        (lambda x: np.ones(3), None, "one length per point"),
        (lambda x: -np.ones(len(x)), None, "positive lengths"),
    ],
)
def test_sizes_that_make_no_sense_are_refused(
    size: float | AnyArray, outer: float | None, match: str
) -> None:
    with pytest.raises(InputError, match=match):
        read_sizes(size, outer, 0.0, 2, np.zeros(3), np.ones(3))
