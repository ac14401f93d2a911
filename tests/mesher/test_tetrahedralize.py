"""The mesher: valid, conforming, well shaped, exact at boundaries, the same for any threads."""

from __future__ import annotations

import numpy as np
import pytest

from nmc_mesh import _core as core
from nmc_mesh.errors import InputError, MeshError, ResourceError
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.accuracy import boundary_distances
from nmc_mesh.mesher.field import exact_field
from nmc_mesh.mesher.sizes import default_size
from nmc_mesh.mesher.tetrahedralize import tetrahedralize
from nmc_mesh.parallel import set_threads
from nmc_mesh.particle.particle import Particle
from nmc_mesh.particle.voxelize import voxelize
from nmc_mesh.typing import AnyArray

PIXEL = 0.05
GRAIN = 8.2 * PIXEL


def drawn(grains: int, seed: int, spread: float = 10.0) -> Particle:
    """Draw seeds with D up to ``spread`` and r up to 50 px^2; those in a ball stay (or one)."""
    rng = np.random.default_rng(seed)
    radius = GRAIN * (grains * 3 / 4 / np.pi) ** (1 / 3)
    half = radius + 8 * GRAIN
    seeds = rng.uniform(-half, half, (rng.poisson((2 * half / GRAIN) ** 3), 3))
    count = len(seeds)
    gbpd = GBPD.radial(
        seeds,
        rng.uniform(1, spread, (count, 3)),
        rng.uniform(0, np.pi, count),
        rng.uniform(0, 50, count) * PIXEL**2,
    )
    labels = gbpd.labels(seeds)
    inside = np.linalg.norm(seeds, axis=1) < radius
    own = labels == np.arange(count)
    kept = np.flatnonzero(inside & own)
    if len(kept) == 0:
        kept = np.flatnonzero(own)[[np.linalg.norm(seeds[own], axis=1).argmin()]]
    return Particle(StarShape.ball(radius), gbpd, kept.astype(np.int32))


def ball(radius: float) -> Particle:
    """Build one grain that is exactly a ball: 2 |x|^2 - R^2 against |x|^2."""
    gbpd = GBPD(np.zeros((2, 3)), np.array([2 * np.eye(3), np.eye(3)]), np.array([radius**2, 0.0]))
    box = np.array([[-1.2 * radius] * 3, [1.2 * radius] * 3])
    shell = StarShape.ball(radius)
    return Particle(shell, gbpd, np.array([0], dtype=np.int32), box=box)


def assert_good(mesh: TetMesh) -> None:
    found = quality(mesh)
    assert np.degrees(found.smallest_angle.min()) >= 12
    assert np.degrees(found.largest_angle.max()) <= 155
    assert found.radius_ratio.min() >= 0.15


@pytest.fixture(scope="module")
def particle() -> Particle:
    return drawn(40, 3)


@pytest.fixture(scope="module")
def mesh(particle: Particle) -> TetMesh:
    return tetrahedralize(particle, GRAIN / 4)


@pytest.mark.parametrize("grains", [1, 2, 5, 12, 30])
@pytest.mark.parametrize("ratio", [2.5, 4.0])
def test_any_particle_gives_a_valid_mesh_of_good_cells(grains: int, ratio: float) -> None:
    particle = drawn(grains, 100 + grains)
    mesh = tetrahedralize(particle, GRAIN / ratio)
    assert_good(mesh)
    present = set(mesh.grains.tolist())
    missing = set(mesh.info["lost_grains"]) | set(mesh.info["detached_grains"])
    assert present | missing == set(range(1, particle.n_grains + 1))
    assert not present & missing


def test_the_labels_of_cells_are_those_of_their_place(particle: Particle, mesh: TetMesh) -> None:
    centres = mesh.points[mesh.cells].mean(axis=1)
    right = particle.labels(centres) == mesh.labels
    assert right.mean() > 0.985


def test_boundaries_lie_on_the_quadrics(particle: Particle, mesh: TetMesh) -> None:
    far = boundary_distances(mesh, particle)
    assert (far > 0.15 * mesh.info["size"]).mean() < 0.06
    assert np.median(far) < 0.02 * mesh.info["size"]


def test_volumes_approach_those_of_the_grains() -> None:
    """In the middle of six particles: what is cut off here is put on there; one proves little."""
    errors = []
    for seed in range(3, 9):
        one = drawn(40, seed)
        true = voxelize(one, GRAIN / 24).volumes()[1:].sum()
        meshes = [tetrahedralize(one, GRAIN / edges) for edges in (4, 8)]
        errors.append([abs(quality(m).volume.sum() / true - 1) for m in meshes])
    coarse, fine = np.median(errors, axis=0)
    assert np.max(errors) < 0.03
    assert fine < 0.75 * coarse


def test_the_volume_of_a_ball_converges_with_the_square_of_the_size() -> None:
    sizes = np.array([0.2, 0.14, 0.1])
    true = 4 / 3 * np.pi
    errors = [1 - quality(tetrahedralize(ball(1.0), h)).volume.sum() / true for h in sizes]
    rate = np.polyfit(np.log(sizes), np.log(errors), 1)[0]
    assert rate == pytest.approx(2.0, abs=0.15)


def test_one_and_two_threads_give_the_same_bytes(particle: Particle, mesh: TetMesh) -> None:
    set_threads(1)
    try:
        alone = tetrahedralize(particle, GRAIN / 4)
    finally:
        set_threads(None)
    for name in ("points", "cells", "labels", "facets", "facet_grains", "edges"):
        assert getattr(alone, name).tobytes() == getattr(mesh, name).tobytes(), name


def test_a_shifted_turned_label_image_keeps_its_volumes() -> None:
    grid = np.stack(np.meshgrid(*[np.arange(24.0)] * 3, indexing="ij"), axis=-1) - 11.5
    inside = np.linalg.norm(grid, axis=-1) < 9.3
    half = grid @ np.array([0.6, 0.64, 0.48]) > 0.7
    labels = np.where(inside, 1 + half, 0)
    image = LabelImage(labels, 0.3, np.array([5.0, -2.0, 1.0]))
    mesh = tetrahedralize(image)
    assert_good(mesh)
    volumes = np.bincount(mesh.labels, weights=quality(mesh).volume)
    np.testing.assert_allclose(volumes[1:], image.volumes()[1:], rtol=0.01)
    assert np.abs(mesh.points.mean(axis=0) - (image.origin + 11.5 * 0.3)).max() < 0.3


def test_a_flat_boundary_of_a_label_image_is_flat() -> None:
    labels = np.ones((12, 12, 12), dtype=np.int32)
    labels[5:] = 2
    mesh = tetrahedralize(LabelImage(labels, 1.0, np.zeros(3)), 1.5)
    inner = mesh.facets[mesh.facet_grains[:, 1] == 2]
    places = mesh.points[np.unique(inner)]
    middle = np.abs(places[:, 1:] - 5.5).max(axis=1) < 4
    assert np.abs(places[middle, 0] - 4.5).max() < 0.15


def test_a_grain_smaller_than_the_mesh_is_kept() -> None:
    labels = np.zeros((20, 20, 20), dtype=np.int32)
    labels[4:16, 4:16, 4:16] = 1
    labels[10:12, 10:12, 10:12] = 2
    mesh = tetrahedralize(LabelImage(labels, 1.0), 4.0)
    assert mesh.grains.tolist() == [1, 2]
    assert mesh.info["lost_grains"] == ()


def test_nothing_is_put_on_the_place_of_a_dropped_grain(particle: Particle) -> None:
    field = exact_field(particle, *particle.bounds(), GRAIN / 4)
    names = np.array([[1, 0, 0, 0], [1, 2, 0, 0]], dtype=np.int32)
    converged = np.ones(2, dtype=np.bool_)
    core.project(field, names, np.array([2, 3], np.int32), 1.0, np.zeros((2, 3)), converged)
    assert not converged.any()


def test_the_default_size_is_a_quarter_of_a_grain(particle: Particle) -> None:
    assert default_size(particle) == particle.grain_size / 4
    labels = np.ones((8, 8, 8), dtype=np.int32)
    assert default_size(LabelImage(labels, 0.5)) == pytest.approx(1.0)


@pytest.mark.parametrize("size", [0.0, -1.0, np.nan, np.inf])
def test_a_size_must_be_positive(particle: Particle, size: float) -> None:
    with pytest.raises(InputError, match="positive"):
        tetrahedralize(particle, size)


def test_a_size_beyond_the_memory_is_refused_with_one_that_fits(particle: Particle) -> None:
    with pytest.raises(ResourceError, match="take a size of"):
        tetrahedralize(particle, 1e-4)


def test_a_size_beyond_the_particle_is_refused(particle: Particle) -> None:
    with pytest.raises(MeshError, match=r"grains are lost, .*; take a size of at most"):
        tetrahedralize(drawn(2, 102), 400.0)


def test_an_empty_and_a_flat_image_are_refused() -> None:
    with pytest.raises(InputError, match="nothing to mesh"):
        tetrahedralize(LabelImage(np.zeros((4, 4, 4), dtype=int), 1.0))
    with pytest.raises(InputError, match="three axes"):
        tetrahedralize(LabelImage(np.ones((4, 4), dtype=int), 1.0))


def _broken(mesh: TetMesh, **parts: AnyArray) -> TetMesh:
    names = ("points", "cells", "labels", "facets", "facet_grains", "facet_cells", "edges")
    values = {name: np.array(getattr(mesh, name)) for name in names}
    values["quadruple_points"] = np.array(mesh.quadruple_points)
    return TetMesh(**(values | parts))


def test_the_validator_finds_what_is_wrong(mesh: TetMesh) -> None:
    validate(mesh)
    cells = np.array(mesh.cells)
    cells[7, :2] = cells[7, 1::-1]
    with pytest.raises(MeshError, match="positive volume"):
        validate(_broken(mesh, cells=cells))
    points = np.array(mesh.points)
    points[0] = np.nan
    with pytest.raises(MeshError, match="finite"):
        validate(_broken(mesh, points=points))
    names = ("facets", "facet_grains", "facet_cells")
    fewer = {name: np.array(getattr(mesh, name))[:-1] for name in names}
    with pytest.raises(MeshError, match="facets"):
        validate(_broken(mesh, **fewer))
    labels = np.array(mesh.labels)
    labels[len(labels) // 2] = labels[len(labels) // 2] % int(labels.max()) + 1
    with pytest.raises(MeshError):
        validate(_broken(mesh, labels=labels))


def test_cells_grow_inside_grains_and_hardly_on_boundaries() -> None:
    particle = drawn(2, seed=5, spread=3.0)
    size = particle.grain_size / 9
    fine, coarse = (tetrahedralize(particle, size, growth=growth) for growth in (0.0, 0.5))
    validate(coarse)
    assert_good(coarse)
    assert len(coarse.cells) < 0.7 * len(fine.cells)
    assert len(coarse.facets) == pytest.approx(len(fine.facets), rel=0.12)
    volumes = [np.bincount(m.labels, weights=quality(m).volume) for m in (fine, coarse)]
    np.testing.assert_allclose(volumes[1][1:], volumes[0][1:], rtol=0.03)


def test_growth_must_not_be_negative() -> None:
    with pytest.raises(InputError, match="growth"):
        tetrahedralize(ball(1.0), 0.5, growth=-0.1)
