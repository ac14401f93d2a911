"""A mesher back end of one's own: its mesh is tagged and validated like ours, or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nmc_mesh import LabelImage, load_model, read, tetrahedralize, voxelize
from nmc_mesh.cli.main import run
from nmc_mesh.errors import InputError, NmcMeshError
from nmc_mesh.mesh.tables import grain_table
from nmc_mesh.mesher.back_end import Tetrahedra
from nmc_mesh.mesher.sizes import Sizes
from nmc_mesh.particle.particle import Particle
from nmc_mesh.pipeline.particles import generate
from nmc_mesh.progress import Progress
from nmc_mesh.typing import AnyArray
from tests.examples.test_examples import EXAMPLES, load
from tests.foreign import installed

TWO = LabelImage(np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 3, 3), int), 0.5)


def test_six_tetrahedra_a_voxel_keep_every_volume_of_the_voxels() -> None:
    example = load("own_mesher.py")
    mesh = example.main()
    particle = load_model("nmc-radial").sample(3, shell=example.StarShape.ball(0.6))
    image = voxelize(particle, 0.1)
    table = grain_table(mesh)
    np.testing.assert_allclose(table["volume"], image.volumes()[table["id"]], rtol=1e-12)
    assert mesh.info["mesher"] == "six_per_voxel"
    assert mesh.info["size"] == 0.1
    assert mesh.info["provenance"] == particle.provenance
    np.testing.assert_array_equal(mesh.info["orientations"], particle.orientations)


def test_its_boundaries_are_tagged() -> None:
    mesh = tetrahedralize(TWO, 0.5, mesher=load("own_mesher.py").six_per_voxel)
    square = mesh.points[mesh.facets[mesh.inner]]
    np.testing.assert_array_equal(square[..., 0], 0)
    assert len(square) == 2 * 9
    assert len(mesh.edges) == 4 * 3  # triple lines: the rim of the square, outside counted


def test_the_command_line_asks_a_mesher_of_a_package(tmp_path: Path) -> None:
    code = (EXAMPLES / "own_mesher.py").read_text(encoding="utf-8")
    entries = {"nmc_mesh.meshers": {"voxels": "nmc_own:six_per_voxel"}}
    np.save(tmp_path / "two.npy", TWO.labels)
    command = ["mesh", str(tmp_path / "two.npy"), "--spacing", "0.5", "--mesher", "voxels", "-q"]
    with installed(tmp_path / "site", "nmc-own", code, entries):
        assert run([*command, "-o", str(tmp_path / "two.msh")]) == 0
    assert len(read(tmp_path / "two.msh").cells) == 6 * TWO.labels.size
    assert run([*command, "-o", str(tmp_path / "again.msh")]) == InputError.exit_code


def test_an_unknown_mesher_is_told_before_anything_is_drawn() -> None:
    with pytest.raises(InputError, match="no mesher 'cleavin'; perhaps you meant 'cleaving'"):
        generate("nmc-radial", mesher="cleavin")


CORNERS = np.vstack([np.zeros(3), np.eye(3)])
CELL = np.array([[0, 1, 2, 3]])


@pytest.mark.parametrize(
    ("points", "cells", "labels", "problem"),
    [
        (CORNERS, CELL, [0], "gave no cell inside a grain"),
        (CORNERS, CELL, [3], "a cell of label 3; the last one is 2"),
        (CORNERS, CELL[:, :3], [1], r"not \(4, 3\), \(1, 3\) and \(1,\)"),
        (CORNERS[:3], CELL, [1], "points that are not among its 3"),
        (CORNERS, CELL[:, [1, 0, 2, 3]], [1], "positive"),
        (CORNERS * np.nan, CELL, [1], "not finite"),
    ],
)
def test_a_wrong_mesh_of_a_back_end_is_refused(
    points: AnyArray, cells: AnyArray, labels: list[int], problem: str
) -> None:
    def wrong(source: Particle | LabelImage, sizes: Sizes, progress: Progress) -> Tetrahedra:
        return Tetrahedra(points, cells, np.array(labels))

    with pytest.raises(NmcMeshError, match=problem):
        tetrahedralize(TWO, 0.5, mesher=wrong)
