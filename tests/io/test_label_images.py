"""Label images on disk: labels, the size of a voxel and the table of grains come back."""

from __future__ import annotations

import json
import warnings
from pathlib import Path

import h5py
import nrrd
import numpy as np
import pytest
import tifffile

import nmc_mesh
from nmc_mesh import LabelImage
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.io.images import read_volume
from nmc_mesh.io.label_images import LABEL_FILES, label_table
from nmc_mesh.typing import AnyArray

SPACINGS = ((0.1, 0.1, 0.1), (0.128, 0.05313, 0.3), (1 / 3, 1e-3, 1200.5))


def image(top: int = 9, spacing: tuple[float, ...] = SPACINGS[1]) -> LabelImage:
    shape = (6, 5, 4)[: len(spacing)]
    return LabelImage(np.random.default_rng(0).integers(0, top, shape), np.array(spacing))


@pytest.mark.parametrize("ending", LABEL_FILES)
def test_labels_and_voxels_come_back_to_the_bit(ending: str, tmp_path: Path) -> None:
    for top in (3, 300, 70_000):
        for spacing in (*SPACINGS, SPACINGS[1][:2]):
            wanted = image(top, spacing)
            nmc_mesh.write_labels(tmp_path / f"a{ending}", wanted)
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                found = nmc_mesh.read_labels(tmp_path / f"a{ending}")
            np.testing.assert_array_equal(found.labels, wanted.labels)
            np.testing.assert_array_equal(found.spacing, wanted.spacing)


@pytest.mark.parametrize("ending", LABEL_FILES)
def test_the_same_image_gives_the_same_bytes(ending: str, tmp_path: Path) -> None:
    for top in (9, 70_000):
        one, two = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
        nmc_mesh.write_labels(one, image(top))
        nmc_mesh.write_labels(two, image(top))
        assert one.read_bytes() == two.read_bytes()


def test_other_programs_find_labels_in_the_order_that_is_told(tmp_path: Path) -> None:
    wanted = image()
    for ending in LABEL_FILES:
        nmc_mesh.write_labels(tmp_path / f"a{ending}", wanted)
    labels = wanted.labels
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), labels.T)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), labels)
    found, head = nrrd.read(str(tmp_path / "a.nrrd"), index_order="F")
    np.testing.assert_array_equal(found, labels)
    np.testing.assert_array_equal(head["space origin"], wanted.origin)
    with h5py.File(tmp_path / "a.h5") as file:
        np.testing.assert_array_equal(file["labels"], labels.T)
        np.testing.assert_array_equal(file["labels"].attrs["element_size_um"], wanted.spacing[::-1])


def test_vtk_finds_voxels_as_cells(tmp_path: Path) -> None:
    pyvista = pytest.importorskip("pyvista")
    wanted = image()
    nmc_mesh.write_labels(tmp_path / "a.vti", wanted)
    grid = pyvista.read(tmp_path / "a.vti")
    np.testing.assert_array_equal(grid["grain_id"], wanted.labels.ravel(order="F"))
    np.testing.assert_allclose(grid.cell_centers().points, points_of(wanted), atol=1e-12)
    assert grid.field_data["length_unit"][0] == "um"


def points_of(image: LabelImage) -> AnyArray:
    """Centres of voxels, x fastest."""
    by_axes = image.points().reshape(*image.labels.shape, 3)
    return by_axes.transpose(2, 1, 0, 3).reshape(-1, 3)


@pytest.mark.parametrize("mode", ["Ascii", "Binary", "Appended"])
@pytest.mark.parametrize("packing", ["None", "ZLib", "LZ4"])
@pytest.mark.parametrize("header", ["32", "64"])
@pytest.mark.parametrize("coded", [True, False])
def test_grids_that_vtk_writes_are_read(
    mode: str, packing: str, header: str, coded: bool, tmp_path: Path
) -> None:
    vtk = pytest.importorskip("vtk")
    pyvista = pytest.importorskip("pyvista")
    grid = pyvista.ImageData(dimensions=(7, 6, 5), spacing=(0.1, 0.2, 0.3))
    labels = image().labels
    grid.cell_data["ids"] = labels.ravel(order="F").astype(np.uint16)
    grid.point_data["grey"] = np.arange(210.0)
    grid.set_active_scalars(None)
    writer = vtk.vtkXMLImageDataWriter()
    writer.SetFileName(str(tmp_path / "a.vti"))
    writer.SetInputData(grid)
    getattr(writer, f"SetDataModeTo{mode}")()
    getattr(writer, f"SetCompressorTypeTo{packing}")()
    getattr(writer, f"SetHeaderTypeToUInt{header}")()
    writer.SetEncodeAppendedData(coded)
    writer.SetBlockSize(64)
    writer.Write()
    if packing == "LZ4" and mode != "Ascii":
        with pytest.raises(InputError, match="packed by vtkLZ4DataCompressor; save it again"):
            read_volume(tmp_path / "a.vti", "ids")
        return
    np.testing.assert_array_equal(read_volume(tmp_path / "a.vti", "ids"), labels)
    grey = read_volume(tmp_path / "a.vti", "grey")
    np.testing.assert_array_equal(grey.ravel(order="F"), np.arange(210.0))
    with pytest.raises(InputError, match=r"choose the dataset of .* it has: grey, ids"):
        read_volume(tmp_path / "a.vti")
    with pytest.raises(InputError, match="does not say the size of a voxel in um"):
        nmc_mesh.read_labels(tmp_path / "a.vti", dataset="ids")


def test_a_damaged_grid_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.vti"
    nmc_mesh.write_labels(path, image())
    whole = path.read_text()
    for old, new, words in (
        ('"0 6 0 5 0 4"', '"0 60000 0 50000 0 40000"', "claims 120,000,000,000,000 values"),
        ('"0 6 0 5 0 4"', '"0 6 0 5 0 5"', "blocks|bytes|values"),
        ('"0 6 0 5 0 4"', '"0 6 0 5"', "extent|broadcast"),
        ('"Int32"', '"Bit"', "an array of Bit"),
        ("</CellData>", "", "mismatched tag"),
        ("<Piece", "<Bit", "mismatched tag"),
    ):
        path.write_text(whole.replace(old, new))
        with pytest.raises(FileError, match=words):
            nmc_mesh.read_labels(path, 0.1)


def test_the_table_tells_of_grains_and_their_crystals(tmp_path: Path) -> None:
    labels = np.zeros((4, 3, 3), dtype=np.int32)
    labels[1, 1, 1], labels[2:, 1, 1] = 1, 3
    whole = LabelImage(labels, (0.1, 0.1, 0.2), (0.0, 0.0, 0.0))
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (3, 1))
    path = tmp_path / "a.tif"
    nmc_mesh.write_labels(path, whole, {"orientations": turns, "sample": "x"})
    table = json.loads(label_table(path).read_text(encoding="utf-8"))
    assert table["shape"] == [4, 3, 3]
    assert table["spacing"] == [0.1, 0.1, 0.2]
    assert table["info"] == {"sample": "x"}
    grains = table["grains"]
    assert grains["id"] == [1, 3]
    np.testing.assert_allclose(grains["volume"], [0.002, 0.004])
    np.testing.assert_allclose(grains["centroid"], [[0.1, 0.1, 0.2], [0.25, 0.1, 0.2]])
    assert grains["c_axis"] == [[0, 0, 1], [0, 0, 1]]
    with pytest.raises(InputError, match=r"shape \(2, 4\), expected \(3, 4\)"):
        nmc_mesh.write_labels(path, whole, {"orientations": turns[:2]})
    with pytest.raises(InputError, match=r"unknown extension '\.gif' for labels; use \.tif"):
        nmc_mesh.write_labels(tmp_path / "a.gif", whole)


def test_the_table_of_another_image_says_nothing_of_a_numpy_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    nmc_mesh.write_labels(path, image())
    np.save(path, np.ones((3, 4, 5), dtype=int))
    with pytest.raises(InputError, match="does not say the size of a voxel"):
        nmc_mesh.read_labels(path)
    label_table(path).write_text("{")
    with pytest.raises(InputError, match="does not say the size of a voxel"):
        nmc_mesh.read_labels(path)


def test_a_header_that_is_no_header_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    nmc_mesh.write_labels(path, image())
    path.write_bytes(path.read_bytes().replace(b"}", b"{"))
    with pytest.raises(FileError, match="truncated or damaged"):
        nmc_mesh.read_labels(path, 0.1)
