"""The surface of the voxels itself: every voxel as it is, in tetrahedra that conform."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh import LabelImage, StarShape, load_model, read, tetrahedralize, voxel_mesh, write
from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError
from nmc_mesh.io import FORMATS
from nmc_mesh.mesh.faces import neighbours
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.validate import validate


def scattered(number: int, labels: int = 5) -> LabelImage:
    """Labels at random, 0 among them, in voxels of three edges away from the origin."""
    rng = np.random.default_rng(number)
    shape = rng.integers(3, 8, 3)
    return LabelImage(rng.integers(0, labels, shape), rng.uniform(0.1, 2.0, 3), rng.normal(size=3))


def areas_of(points: np.ndarray, facets: np.ndarray) -> np.ndarray:
    """Areas of triangles, or of the two triangles of squares."""
    p = points[facets]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    area = 0.5 * np.linalg.norm(normal, axis=1)
    return area if facets.shape[1] == 3 else 2.0 * area


@pytest.mark.parametrize("number", range(8))
def test_every_label_has_its_voxels_and_the_faces_between_them(number: int) -> None:
    """Volumes per label, areas per pair of labels, to rounding, of images without any order."""
    image = scattered(number)
    mesh, cubes = tetrahedralize(image, smooth=0), voxel_mesh(image)
    validate(mesh, whole=False)
    names, voxels = image.voxels()
    corners = mesh.points[mesh.cells]
    volumes = np.linalg.det(corners[:, 1:] - corners[:, :1]) / 6
    assert volumes.min() > 0
    total = np.bincount(mesh.labels, volumes, int(names.max()) + 1)[names[names > 0]]
    np.testing.assert_allclose(total, (voxels * image.voxel_volume)[names > 0], rtol=1e-12)
    pairs, which = np.unique(cubes.facet_grains, axis=0, return_inverse=True)
    same, mine = np.unique(mesh.facet_grains, axis=0, return_inverse=True)
    np.testing.assert_array_equal(same, pairs)
    np.testing.assert_allclose(
        np.bincount(mine.ravel(), areas_of(mesh.points, mesh.facets)),
        np.bincount(which.ravel(), areas_of(cubes.points, cubes.facets)),
        rtol=1e-12,
    )
    np.testing.assert_array_equal(np.unique(mesh.points, axis=0), np.unique(cubes.points, axis=0))


def test_faces_fit_between_all_voxels() -> None:
    """Of a full block only the faces on its border have one cell: 2 x 2 per border square."""
    image = LabelImage(np.ones((5, 4, 3), int), 1.0)
    mesh = tetrahedralize(image, smooth=0)
    assert len(mesh.cells) == 5 * 5 * 4 * 3
    across = neighbours(mesh.cells, len(mesh.points))
    assert (across < 0).sum() == 2 * 2 * (5 * 4 + 4 * 3 + 3 * 5)
    angles = np.degrees(quality(mesh).smallest_angle)
    assert angles.min() == pytest.approx(54.7356, abs=1e-3)


def test_single_voxels_and_corners_are_kept() -> None:
    labels = np.zeros((4, 4, 4), int)
    labels[0, 0, 0], labels[1, 1, 1], labels[3, 3, 3] = 4, 4, 9
    mesh = tetrahedralize(LabelImage(labels, 0.5), smooth=0)
    assert mesh.grains.tolist() == [4, 9]
    assert mesh.info["lost_grains"] == ()
    assert len(mesh.cells) == 15


@pytest.mark.parametrize("ending", [".msh", ".vtu", ".xdmf", ".e", ".inp", ".mesh"])
def test_every_format_gives_the_tags_back(tmp_path: Path, ending: str) -> None:
    assert ending in FORMATS
    mesh = tetrahedralize(scattered(3), smooth=0)
    write(tmp_path / f"voxels{ending}", mesh)
    again = read(tmp_path / f"voxels{ending}")
    np.testing.assert_array_equal(np.bincount(again.labels), np.bincount(mesh.labels))
    np.testing.assert_array_equal(
        np.unique(again.facet_grains, axis=0), np.unique(mesh.facet_grains, axis=0)
    )


def test_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("labels.npy", scattered(5).labels)
    line = ["mesh", "labels.npy", "--spacing", "0.2", "--smooth", "0", "-q", "-o", "voxels.vtu"]
    assert run(line) == 0
    mesh = read("voxels.vtu")
    assert len(mesh.cells) == 5 * (scattered(5).labels > 0).sum()
    assert run([*line, "--size", "0.1"]) == InputError.exit_code


def test_what_has_no_voxels_is_refused() -> None:
    particle = load_model("nmc-radial").sample(3, shell=StarShape.ball(0.6))
    with pytest.raises(InputError, match="no voxels to keep"):
        tetrahedralize(particle, smooth=0)
    with pytest.raises(InputError, match="leave out sizes"):
        tetrahedralize(scattered(1), 0.3, smooth=0)
    with pytest.raises(InputError, match="leave out the other one"):
        tetrahedralize(scattered(1), smooth=0, mesher=lambda *_: None)  # type: ignore[arg-type, return-value]
