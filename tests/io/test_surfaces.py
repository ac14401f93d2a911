"""Surfaces in files: read back by other programs' readers, watertight, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import meshio
import numpy as np
import pytest

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io.surfaces import SURFACES, write_grains, write_surface
from nmc_mesh.mesh.surfaces import SurfaceMesh
from nmc_mesh.mesh.tables import boundary_table, grain_table
from nmc_mesh.mesher.surface import surface_mesh
from nmc_mesh.typing import Floats, Ints
from tests.meshes import cube, voronoi


@pytest.fixture(scope="module")
def surface() -> SurfaceMesh:
    return surface_mesh(voronoi(12, 6))


def read_stl(path: Path) -> tuple[Floats, Floats]:
    """Normals and corners of a binary file, by its definition alone."""
    data = path.read_bytes()
    assert not data.startswith(b"solid")
    count = int(np.frombuffer(data, "<u4", 1, 80)[0])
    assert len(data) == 84 + 50 * count
    rows = np.frombuffer(data, np.dtype([("places", "<f4", (4, 3)), ("more", "<u2")]), count, 84)
    return rows["places"][:, 0].astype(float), rows["places"][:, 1:].astype(float)


def joined(corners: Floats) -> Ints:
    """Triangles over vertices that are found by their place, as other programs do it."""
    _, number = np.unique(corners.reshape(-1, 3), axis=0, return_inverse=True)
    return number.reshape(-1, 3).astype(np.int32)


def test_stl_holds_every_triangle_and_its_normal(tmp_path: Path, surface: SurfaceMesh) -> None:
    write_surface(tmp_path / "all.stl", surface)
    normals, corners = read_stl(tmp_path / "all.stl")
    np.testing.assert_allclose(corners, surface.points[surface.triangles], atol=1e-6)
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    cross /= np.linalg.norm(cross, axis=1)[:, None]
    np.testing.assert_allclose(normals, cross, atol=1e-5)
    assert len(meshio.read(tmp_path / "all.stl").cells_dict["triangle"]) == len(corners)


def test_vtk_reads_both_grains_of_every_triangle(tmp_path: Path, surface: SurfaceMesh) -> None:
    pyvista = pytest.importorskip("pyvista")
    write_surface(tmp_path / "all.vtp", surface)
    back = pyvista.read(tmp_path / "all.vtp")
    np.testing.assert_array_equal(back.points, surface.points)
    np.testing.assert_array_equal(back.regular_faces, surface.triangles)
    labels = back.cell_data["BoundaryLabels"]
    np.testing.assert_array_equal(labels, surface.grains)
    assert ((labels[:, 0] < labels[:, 1]) | (labels[:, 1] == 0)).all()


def test_ply_holds_vertices_in_double_precision_and_both_grains(
    tmp_path: Path, surface: SurfaceMesh
) -> None:
    write_surface(tmp_path / "all.ply", surface)
    found = meshio.read(tmp_path / "all.ply")
    np.testing.assert_array_equal(found.points, surface.points)
    np.testing.assert_array_equal(found.cells_dict["triangle"], surface.triangles)
    for k, name in enumerate(("lower_grain", "higher_grain")):
        np.testing.assert_array_equal(found.cell_data_dict[name]["triangle"], surface.grains[:, k])
    pyvista = pytest.importorskip("pyvista")
    back = pyvista.read(tmp_path / "all.ply")
    np.testing.assert_array_equal(back.regular_faces, surface.triangles)
    np.testing.assert_allclose(back.points, surface.points, atol=1e-6)


@pytest.mark.parametrize("ending", [".stl", ".ply"])
def test_every_grain_gets_a_watertight_file(tmp_path: Path, ending: str) -> None:
    mesh = voronoi(12, 6)
    surface = surface_mesh(mesh)
    done: list[float] = []
    files = write_grains(
        tmp_path / "grains", surface, ending, progress=lambda _, share: done.append(share)
    )
    assert done[-1] == 1.0
    assert [file.name for file in files] == [f"grain_{g:05d}{ending}" for g in mesh.grains]
    assert sorted(tmp_path.rglob("*")) == sorted([tmp_path / "grains", *files])
    shared: dict[bytes, list[float]] = {}
    for file, volume in zip(files, grain_table(mesh)["volume"], strict=True):
        if ending == ".stl":
            corners = read_stl(file)[1]
        else:
            read = meshio.read(file)
            corners = read.points[read.cells_dict["triangle"]]
        triangles = joined(corners)
        ends = np.concatenate([triangles[:, [k, (k + 1) % 3]] for k in range(3)])
        there, times = np.unique(ends, axis=0, return_counts=True)
        back, others = np.unique(ends[:, ::-1], axis=0, return_counts=True)
        np.testing.assert_array_equal(there, back)
        np.testing.assert_array_equal(times, others)
        signed = np.einsum("ij,ij->i", corners[:, 0], np.cross(corners[:, 1], corners[:, 2]))
        assert signed.sum() / 6 == pytest.approx(volume, rel=1e-5)
        areas = np.linalg.norm(
            np.cross(*np.moveaxis(corners[:, 1:] - corners[:, :1], 1, 0)), axis=1
        )
        for places, area in zip(corners, areas / 2, strict=True):
            key = b"".join(sorted(place.tobytes() for place in places))
            shared.setdefault(key, []).append(area)
    # Edges along which a grain touches itself are halved, so areas are compared, not numbers.
    assert max(map(len, shared.values())) == 2
    inner = sum(found[0] for found in shared.values() if len(found) == 2)
    assert inner == pytest.approx(boundary_table(mesh)["area"].sum(), rel=1e-6)


def test_the_folder_of_grains_appears_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    surface = surface_mesh(cube(2))
    (tmp_path / "empty").mkdir()
    assert len(write_grains(tmp_path / "empty", surface)) == 2
    with pytest.raises(FileError, match="not an empty folder"):
        write_grains(tmp_path / "empty", surface)
    with pytest.raises(InputError, match=r"\.stl or \.ply files, not '\.obj'"):
        write_grains(tmp_path / "other", surface, ".obj")
    with pytest.raises(FileError, match="there is no folder"):
        write_grains(tmp_path / "missing" / "grains", surface)
    with pytest.raises(InputError, match="take the surface of a whole mesh"):
        write_grains(tmp_path / "half", surface.part("outer").part("all"))

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(FileError, match="No space left on device; choose a folder"):
        write_grains(tmp_path / "disk", surface)
    assert [place.name for place in tmp_path.iterdir()] == ["empty"]


@pytest.mark.parametrize("suffix", SURFACES)
def test_places_that_cannot_be_written_are_refused(tmp_path: Path, suffix: str) -> None:
    surface = surface_mesh(cube(1, n=1))
    with pytest.raises(FileError, match="does not exist; create it"):
        write_surface(tmp_path / "missing" / f"all{suffix}", surface)
    (tmp_path / f"taken{suffix}").mkdir()
    with pytest.raises(FileError, match="is a folder"):
        write_surface(tmp_path / f"taken{suffix}", surface)
    assert [place.name for place in tmp_path.iterdir()] == [f"taken{suffix}"]


def test_an_unknown_ending_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"unknown extension '\.obj' .* use one of \.vtp"):
        write_surface(tmp_path / "all.obj", surface_mesh(cube(1, n=1)))
