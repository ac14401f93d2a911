"""Whether meshes of images end exactly on the faces of the image's box."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import nmc_mesh
from nmc_mesh.cli.main import run
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.io import FORMATS
from nmc_mesh.mesh.box import off_box
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.mesher.second_order import second_order


@pytest.fixture(scope="module")
def mesh() -> TetMesh:
    """Two grains that fill a box whose corners are no round numbers."""
    labels = np.repeat([1, 2], 4)[:, None, None] * np.ones((1, 7, 6), int)
    image = LabelImage(labels, np.array([0.1, 0.13, 0.17]), np.array([0.7, -0.3, 3.3]))
    return nmc_mesh.tetrahedralize(image, size=0.2)


def moved(mesh: TetMesh, node: int, way: tuple[float, float, float]) -> TetMesh:
    points = mesh.points.copy()
    points[node] += way
    return replace(mesh, points=points)


def on_top(mesh: TetMesh, edge: bool = False) -> int:
    """A vertex in the upper face across x, inside it or on its edge."""
    lower, upper = np.array(mesh.info["box"])
    top = mesh.points[:, 0] == upper[0]
    inner = ((mesh.points > lower) & (mesh.points < upper))[:, 1:]
    return int(np.flatnonzero(top & (~inner[:, 0] if edge else inner.all(axis=1)))[0])


def test_the_box_is_that_of_the_voxels(mesh: TetMesh) -> None:
    lower, upper = mesh.info["box"]
    assert lower == pytest.approx([0.65, -0.365, 3.215])
    assert upper == pytest.approx([1.45, 0.545, 4.235])
    off = off_box(mesh)
    assert off is not None
    assert len(off.nodes) == 0


def test_every_node_off_a_face_is_counted(mesh: TetMesh) -> None:
    node = on_top(mesh)
    for way in (1e-9, -1e-9, -0.001, -0.05, 0.05):
        off = off_box(moved(mesh, node, (way, 0.0, 0.0)))
        assert off is not None
        assert off.nodes.tolist() == [node]
        assert off.farthest == pytest.approx(abs(way))
    along = off_box(moved(mesh, node, (0.0, 0.01, 0.0)))
    assert along is not None
    assert len(along.nodes) == 0
    edge = on_top(mesh, edge=True)
    off = off_box(moved(mesh, edge, (-0.001, 0.0, 0.0)))
    assert off is not None
    assert off.nodes.tolist() == [edge]


def test_a_surface_within_the_image_is_no_face(mesh: TetMesh) -> None:
    places = np.indices((16, 16, 16)).reshape(3, -1).T + 0.5
    ball = (np.linalg.norm(places - [8.0, 8.0, 0.0], axis=1) < 6).reshape(16, 16, 16)
    cut = nmc_mesh.tetrahedralize(LabelImage(ball.astype(int), 1.0), 2.0)
    off = off_box(cut)
    assert off is not None
    assert len(off.nodes) == 0
    whole = LabelImage(np.pad(np.ones((5, 5, 5), int), 2), 1.0)
    assert "box" not in nmc_mesh.tetrahedralize(whole, 2.0).info
    assert off_box(nmc_mesh.tetrahedralize(whole, 2.0)) is None


def test_nodes_in_the_middle_of_edges_are_on_the_faces_too(mesh: TetMesh) -> None:
    curved = second_order(mesh)
    off = off_box(curved)
    assert off is not None
    assert len(off.nodes) == 0
    upper = mesh.info["box"][1]
    top = np.flatnonzero(curved.points[:, 0] == upper[0])
    middle = int(top[top >= len(mesh.points)][0])
    off = off_box(moved(curved, middle, (-0.001, 0.0, 0.0)))
    assert off is not None
    assert off.nodes.tolist() == [middle]


@pytest.mark.parametrize("ending", [name for name, form in FORMATS.items() if form.read])
def test_check_tells_of_every_format(
    tmp_path: Path, mesh: TetMesh, ending: str, capsys: pytest.CaptureFixture[str]
) -> None:
    nmc_mesh.write(tmp_path / f"good{ending}", mesh)
    assert run(["check", str(tmp_path / f"good{ending}")]) == 0
    out, err = capsys.readouterr()
    assert "all nodes on them exactly" in out
    assert "off them" not in err
    nmc_mesh.write(tmp_path / f"bad{ending}", moved(mesh, on_top(mesh), (-0.001, 0.0, 0.0)))
    assert run(["check", "-q", str(tmp_path / f"bad{ending}")]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert "1 nodes" in said
    assert "by up to 0.001 um" in said


@pytest.mark.parametrize("box", [None, "wide", [1, 2], [[0, 0, 0], [1, float("nan"), 1]], {"a": 1}])
def test_what_is_no_box_is_none(mesh: TetMesh, box: object) -> None:
    assert off_box(replace(mesh, info={**mesh.info, "box": box})) is None
