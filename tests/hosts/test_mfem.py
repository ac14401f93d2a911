"""MFEM itself reads what we write: volumes, attributes, names, curved cells, hexahedra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from tests.meshes import ball, voronoi

mfem = pytest.importorskip("mfem.ser", reason="pip install mfem", exc_type=ImportError)

MESHES = {"voronoi": voronoi(12, 5), "ball": ball(6)}


def volumes(mesh: Any) -> np.ndarray:
    return np.array([mesh.GetElementVolume(k) for k in range(mesh.GetNE())])


def attributes(mesh: Any) -> np.ndarray:
    return np.array([mesh.GetAttribute(k) for k in range(mesh.GetNE())])


@pytest.mark.parametrize("version", ["1.0", "1.3"])
@pytest.mark.parametrize("name", MESHES)
def test_cells_and_boundaries_have_their_attributes(
    tmp_path: Path, name: str, version: str
) -> None:
    ours: TetMesh = MESHES[name]
    write(tmp_path / "particle.mesh", ours, version=version, blocks="grain", boundaries="pairs")
    mesh = mfem.Mesh(str(tmp_path / "particle.mesh"), 1, 0, False)
    assert (mesh.GetNE(), mesh.GetNV()) == (len(ours.cells), len(ours.points))
    assert mesh.CheckElementOrientation(False) == 0
    np.testing.assert_array_equal(attributes(mesh), ours.labels)
    np.testing.assert_allclose(volumes(mesh), quality(ours).volume, rtol=1e-12)
    walls = [group for group in groups(ours, "grain", "pairs") if group.dim == 2]
    found = np.array([mesh.GetBdrAttribute(k) for k in range(mesh.GetNBE())])
    counts = {group.id: len(group.entities) for group in walls}
    assert dict(zip(*np.unique(found, return_counts=True), strict=True)) == counts
    if version == "1.3":
        names = set(mesh.attribute_sets.GetAttributeSetNames())
        assert names == {f"grain_{grain:05d}" for grain in ours.grains}
        sides = set(mesh.bdr_attribute_sets.GetAttributeSetNames())
        assert sides == {group.name for group in walls}


def test_curved_cells_keep_their_volumes(tmp_path: Path) -> None:
    straight = second_order(MESHES["voronoi"])
    points = straight.points + 0.02 * np.sin(3 * straight.points[:, [1, 2, 0]])
    ours = replace(straight, points=points)
    write(tmp_path / "curved.mesh", ours)
    mesh = mfem.Mesh(str(tmp_path / "curved.mesh"), 1, 0, False)
    assert mesh.GetNodes() is not None
    # The flux of x/3 through the curved surface, by the trilinear forms of quadratic triangles.
    assert volumes(mesh).sum() == pytest.approx(curved_volume(ours), rel=1e-10)


def curved_volume(mesh: TetMesh) -> float:
    """Integral of det J over all quadratic tetrahedra, by a rule that is exact for degree three."""
    a, b, c = -0.8, 9 / 20, 0.25
    places = np.array([[c] * 4, *(np.eye(4) * (0.5 - 1 / 6) + 1 / 6)])
    weights = np.array([a, b, b, b, b]) / 6
    total = 0.0
    ends = np.array([(0, 1), (1, 2), (0, 2), (0, 3), (1, 3), (2, 3)])
    nodes = mesh.points[mesh.cells]
    for place, weight in zip(places, weights, strict=True):
        slopes = np.zeros((10, 4))
        slopes[np.arange(4), np.arange(4)] = 4 * place - 1
        for k, (i, j) in enumerate(ends):
            slopes[4 + k, i], slopes[4 + k, j] = 4 * place[j], 4 * place[i]
        local = slopes[:, 1:] - slopes[:, :1]
        jacobian = np.einsum("cna,nb->cab", nodes, local)
        total += weight * np.linalg.det(jacobian).sum()
    return float(total)


def test_hexahedra_are_read(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(1, 4, (4, 3, 2))
    ours = voxel_mesh(LabelImage(labels, 0.5))
    write(tmp_path / "voxels.mesh", ours)
    mesh = mfem.Mesh(str(tmp_path / "voxels.mesh"), 1, 0, False)
    assert mesh.GetNE() == 24
    np.testing.assert_allclose(volumes(mesh), 0.125)
    np.testing.assert_array_equal(attributes(mesh), ours.labels)
    assert mesh.CheckElementOrientation(False) == 0
