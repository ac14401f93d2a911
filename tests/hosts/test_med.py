"""SALOME's own library, medcoupling, reads our .med: volumes, areas, lines and points by group."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import read, write
from nmc_mesh.mesh.groups import groups
from nmc_mesh.mesh.hexes import voxel_mesh
from nmc_mesh.mesh.quality import quality
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order
from tests.hosts.common import areas_of, volumes_of, written_for

pytestmark = pytest.mark.filterwarnings("ignore:builtin type .* has no __module__ attribute")


@pytest.fixture
def medcoupling() -> Any:
    return pytest.importorskip(
        "medcoupling", reason="pip install medcoupling", exc_type=ImportError
    )


def sizes(file: Any, level: int, absolute: bool) -> dict[str, float]:
    """Sum of the sizes of the parts of every group, signed unless absolute."""
    return {
        name: file.getGroup(level, name).getMeasureField(absolute).accumulate(0)
        for name in file.getGroupsOnSpecifiedLev(level)
    }


def test_groups_of_a_particle(medcoupling: Any, tmp_path: Path, particle_mesh: TetMesh) -> None:
    file = medcoupling.MEDFileUMesh(str(written_for("med", particle_mesh, tmp_path)))
    assert sizes(file, 0, False) == pytest.approx(volumes_of(particle_mesh), rel=1e-10)
    assert sizes(file, -1, True) == pytest.approx(areas_of(particle_mesh), rel=1e-10)
    ends = particle_mesh.points[particle_mesh.edges]
    lengths = np.linalg.norm(ends[:, 1] - ends[:, 0], axis=1)
    assert sizes(file, -2, True) == pytest.approx({"triple_lines": lengths.sum()}, rel=1e-10)
    points = file.getGroup(-3, "quadruple_points").getNodalConnectivity().getValues()[1::2]
    assert points == particle_mesh.quadruple_points.tolist()
    assert max(map(len, file.getGroupsNames())) <= 24  # what code_aster takes
    assert len(file.getGroupsNames()) == len(groups(particle_mesh))


def test_curved_cells(medcoupling: Any, tmp_path: Path, particle_mesh: TetMesh) -> None:
    """Middles lie on the edges where they belong: moved together, volumes stay those of ours."""
    straight = second_order(particle_mesh)
    points = straight.points + 0.01 * np.sin(3 * straight.points[:, [1, 2, 0]])
    ours = replace(straight, points=points)
    write(tmp_path / "curved.med", ours)
    mesh = medcoupling.MEDFileUMesh(str(tmp_path / "curved.med")).getMeshAtLevel(0)
    cells = np.array(mesh.getNodalConnectivity().getValues()).reshape(-1, 11)[:, 1:]
    np.testing.assert_array_equal(np.sort(cells, axis=1), np.sort(ours.cells, axis=1))
    corner = points[cells]
    reference = straight.points[cells]
    pairs = [(0, 1), (1, 2), (2, 0), (0, 3), (1, 3), (2, 3)]  # MED's edges of a tetrahedron
    for middle, (a, b) in enumerate(pairs, 4):
        half = (reference[:, a] + reference[:, b]) / 2
        np.testing.assert_allclose(reference[:, middle], half, atol=1e-12)
    assert corner.shape == (len(ours.cells), 10, 3)
    assert np.array_equal(read(tmp_path / "curved.med").cells, ours.cells)


def test_voxels(medcoupling: Any, tmp_path: Path) -> None:
    ours = voxel_mesh(LabelImage(np.array([[[1, 1], [2, 2]], [[1, 3], [2, 3]]]), 0.5))
    write(tmp_path / "voxels.med", ours)
    file = medcoupling.MEDFileUMesh(str(tmp_path / "voxels.med"))
    expected = {"grain_00001": 0.375, "grain_00002": 0.375, "grain_00003": 0.25}
    assert sizes(file, 0, False) == pytest.approx(expected)
    assert sizes(file, -1, True)["outer_surface"] == pytest.approx(6.0)


def test_files_of_others(medcoupling: Any, tmp_path: Path, particle_mesh: TetMesh) -> None:
    """What medcoupling writes is read: grains by the names of its groups."""
    file = medcoupling.MEDFileUMesh(str(written_for("med", particle_mesh, tmp_path)))
    file.write(str(tmp_path / "other.med"), 2)
    back = read(tmp_path / "other.med")
    assert np.array_equal(back.labels, particle_mesh.labels)
    assert np.array_equal(back.cells, particle_mesh.cells)
    assert quality(back).volume.min() > 0
