"""Label images as one period: pairs to the last bit, every piece once, with its voxels' volume."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh import LabelImage, Phases, set_threads, tetrahedralize_periodic
from nmc_mesh.errors import InputError
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.periodic import periodic_pairs, seam_facets
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesh.validate import validate
from nmc_mesh.mesher.pieces import pieces_of, without_small
from nmc_mesh.pipeline.labels import mesh_labels
from nmc_mesh.typing import Floats, Ints
from tests.particles import release_seeds


def tiles(count: int, grains: int, rng: np.random.Generator) -> Ints:
    """Voronoi cells of seeds on a torus, labels from 1."""
    seeds = rng.uniform(0, 1, (grains, 3))
    axis = (np.arange(count) + 0.5) / count
    places = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 1, 3)
    apart = places - seeds
    apart -= np.rint(apart)
    nearest = (apart**2).sum(-1).argmin(1).reshape((count,) * 3)
    return nearest.astype(np.int32) + 1


def blobs(count: int, rng: np.random.Generator) -> Ints:
    """A random field on a torus, cut at a level: labels 0 and 1, each in any number of pieces."""
    waves = np.meshgrid(*3 * [np.fft.fftfreq(count)], indexing="ij")
    filtered = np.exp(-2 * (np.pi * 2.0) ** 2 * sum(wave * wave for wave in waves))
    values = np.fft.ifftn(np.fft.fftn(rng.normal(size=(count,) * 3)) * filtered).real
    return (values > np.quantile(values, rng.uniform(0.2, 0.5))).astype(np.int32)


def drawn(seed: int) -> LabelImage:
    """Grains with and without one outside, porous ones, some with single voxels; any spacing."""
    rng = np.random.default_rng(seed)
    labels = tiles(12, int(rng.integers(3, 8)), rng) - seed % 2
    if seed % 3 == 0:
        labels = np.maximum(blobs(12, rng) * labels, 0)
    if seed % 4 == 0:
        noise = rng.uniform(size=labels.shape) < 0.01
        labels[noise] = rng.integers(0, labels.max() + 1, int(noise.sum()))
    return LabelImage(labels, rng.uniform(0.08, 0.12, 3), rng.uniform(-5, 5, 3))


def volumes(mesh: TetMesh, top: int) -> Floats:
    return np.bincount(mesh.labels, quality(mesh).volume, top + 1)


def wanted(image: LabelImage) -> Floats:
    """Volumes of labels when small pieces have been merged."""
    merged, _ = without_small(image, "merge", tiled=True)
    pieces = pieces_of(merged, image, tiled=True)
    return np.bincount(pieces.label[1:], pieces.volumes[1:], int(image.labels.max()) + 1)


def assert_paired(mesh: TetMesh) -> None:
    """Coordinates of pairs differ by whole periods exactly; pairs hold all seam facets."""
    master, slave, shift = periodic_pairs(mesh)
    period = np.array(mesh.info["period"])
    np.testing.assert_array_equal(mesh.points[slave] - mesh.points[master], shift * period)
    facets = seam_facets(mesh)
    assert len(np.unique(facets)) == facets.size
    on_seam = np.unique(mesh.facets[facets.ravel()])
    assert np.isin(on_seam, np.union1d(master, slave)).all()


@pytest.mark.filterwarnings("ignore:.*labels of 1 to 7")
def test_images_keep_volumes_angles_and_pairs() -> None:
    worst, off = [], []
    for seed in release_seeds(16):
        image = drawn(seed)
        mesh = tetrahedralize_periodic(image)
        assert_paired(mesh)
        validate(mesh, whole=False)
        want = wanted(image)
        there = want > 0
        there[0] = False
        have = volumes(mesh, len(want) - 1)
        off.append(np.abs(have[there] / want[there] - 1).max())
        worst.append(np.degrees(quality(mesh).smallest_angle).min())
        if not (image.labels == 0).any():
            assert abs(have.sum() / np.prod(mesh.info["period"]) - 1) < 1e-12
            assert 2 * len(seam_facets(mesh)) == mesh.outer.sum()
    # Pieces of nine voxels between others may pull on what is around them (one label in 1,000).
    assert np.quantile(off, 0.9) < 0.03
    assert max(off) < 0.12
    assert min(worst) > 14.0
    assert np.median(worst) > 24.5


def corner(radius: float, count: int) -> LabelImage:
    """A ball about the corner of an image, in eight parts there, one in the tiling."""
    place = np.indices((count,) * 3) + 0.5
    place -= count * np.rint(place / count)
    inside = (place**2).sum(axis=0) < radius**2
    return LabelImage(1 + inside.astype(int), 0.1, origin=[0.05] * 3)


def parts(mesh: TetMesh, label: int) -> int:
    """Face-connected pieces of a label in the tiling."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    master, slave, _ = periodic_pairs(mesh)
    home = np.arange(len(mesh.points), dtype=np.int32)
    home[slave] = master
    across = neighbours(home[mesh.cells], len(mesh.points))
    cell, face = np.nonzero((across >= 0) & (mesh.labels == label)[:, None])
    beside = across[cell, face]
    same = mesh.labels[beside] == label
    ends = cell[same], beside[same]
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(len(mesh.labels),) * 2)
    _, part = connected_components(graph, directed=False)
    return len(np.unique(part[mesh.labels == label]))


def test_a_piece_that_goes_on_through_the_seam_is_one() -> None:
    image = corner(3.2, 12)
    pieces = pieces_of(image, tiled=True)
    assert pieces.label.tolist() == [0, 1, 2]
    mesh = tetrahedralize_periodic(image)
    assert parts(mesh, 2) == parts(mesh, 1) == 1
    np.testing.assert_allclose(volumes(mesh, 2)[1:], image.volumes()[1:], rtol=0.03)
    # The same ball in the middle: what is cut at the seam has its shape.
    middle = LabelImage(np.roll(image.labels, (6, 6, 6), (0, 1, 2)), 0.1)
    whole = tetrahedralize_periodic(middle)
    areas = [
        np.linalg.norm(
            np.cross(*(np.diff(m.points[m.facets[m.inner]], axis=1).transpose(1, 0, 2))), axis=1
        ).sum()
        for m in (mesh, whole)
    ]
    on_seam = seam_facets(mesh)
    apart = mesh.facet_grains[on_seam[:, 0], 0] != mesh.facet_grains[on_seam[:, 1], 0]
    corners = np.diff(mesh.points[mesh.facets[on_seam[apart, 0]]], axis=1).transpose(1, 0, 2)
    areas[0] += np.linalg.norm(np.cross(*corners), axis=1).sum()
    assert abs(areas[0] / areas[1] - 1) < 0.03


def test_small_pieces_are_small_in_the_tiling() -> None:
    # Eight voxels that meet across all faces are a piece with a shape, two are not.
    labels = np.ones((8, 8, 8), dtype=int)
    labels[::7, ::7, ::7] = 2
    labels[4:, :, :][labels[4:, :, :] == 1] = 3
    labels[0, 3, 3] = labels[7, 3, 3] = 4  # between 1 and 3, five faces each
    labels[1, 3, 3] = 3  # which makes 6 to 4
    merged, facts = without_small(LabelImage(labels, 1.0), "merge", tiled=True)
    assert facts["small_labels"] == (4,)
    assert (merged.labels[::7, ::7, ::7] == 2).all()
    assert merged.labels[0, 3, 3] == merged.labels[7, 3, 3] == 3
    _, alone = without_small(LabelImage(labels, 1.0), "merge")
    assert alone["small_labels"] == (4,)
    assert alone["small_pieces"] > facts["small_pieces"]


def test_walls_of_a_void_on_the_seam_are_walls() -> None:
    image = corner(3.2, 12)
    porous = LabelImage(image.labels, 0.1, phases=Phases({"pore": [2]}))
    mesh, kept = (tetrahedralize_periodic(porous, keep_voids=keep) for keep in (False, True))
    assert mesh.labels_there.tolist() == [1]
    assert mesh.outer.sum() == 2 * len(seam_facets(mesh))
    between = kept.inner.sum() + sum(
        kept.facet_grains[a, 0] != kept.facet_grains[b, 0] for a, b in seam_facets(kept)
    )
    assert mesh.walls.sum() == between
    validate(mesh, whole=False)
    left = nmc_mesh.solids(kept)
    assert (left.walls.sum(), left.outer.sum()) == (mesh.walls.sum(), mesh.outer.sum())
    np.testing.assert_array_equal(left.facet_grains, mesh.facet_grains)


def test_the_same_bytes_on_any_number_of_threads() -> None:
    image = drawn(12)
    meshes = []
    for threads in (1, 3):
        set_threads(threads)
        meshes.append(tetrahedralize_periodic(image))
    set_threads(None)
    for name in ("points", "cells", "labels"):
        assert getattr(meshes[0], name).tobytes() == getattr(meshes[1], name).tobytes()


def two(axes: int = 3) -> Ints:
    return np.arange(6**axes).reshape((6,) * axes) % 6 // 3 + 1


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: tetrahedralize_periodic(LabelImage(two(2), 1.0)), "three axes"),
        (lambda: tetrahedralize_periodic(LabelImage(0 * two(), 1.0)), "nothing to mesh"),
        (lambda: tetrahedralize_periodic(LabelImage(two(), 1.0), 1.0), "size of at most 0.75"),
        (lambda: tetrahedralize_periodic(LabelImage(two(), 1.0), seam="grains"), "'box'"),
        (lambda: tetrahedralize_periodic(LabelImage(two(), 1.0, [1e6, 0, 0])), "origin out"),
        (
            lambda: mesh_labels(LabelImage(two(), 1.0), periodic=True, order=2),
            "leave --order out",
        ),
        (
            lambda: mesh_labels(LabelImage(two(), 1.0), periodic=True, growth=1),
            "leave --outer-size and --growth out",
        ),
    ],
)
def test_what_cannot_be_meshed_is_refused(made: Callable[[], TetMesh], words: str) -> None:
    with pytest.raises(InputError, match=words):
        made()
