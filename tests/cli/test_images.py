"""Label images come in with x first, whole or not at all."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import h5py
import nrrd
import numpy as np
import pytest
import tifffile

from nmc_mesh.errors import FileError, InputError, NmcMeshError
from nmc_mesh.io.images import read_labels
from nmc_mesh.typing import AnyArray

LABELS = np.random.default_rng(3).integers(0, 5, (4, 5, 6)).astype(np.uint16)


def save(path: Path, labels: AnyArray) -> Path:
    """Write labels, indexed [x, y, z], the way each kind of file wants them."""
    if path.suffix == ".tif":
        tifffile.imwrite(path, labels.T, photometric="minisblack", compression="zlib")
    elif path.suffix == ".npy":
        np.save(path, labels)
    elif path.suffix == ".nrrd":
        nrrd.write(str(path), labels, index_order="F")
    else:
        with h5py.File(path, "w") as file:
            file["volume/labels"] = labels.T
    return path


@pytest.mark.parametrize("name", ["a.tif", "a.npy", "a.nrrd", "a.h5"])
def test_every_kind_of_file_gives_the_same_image(tmp_path: Path, name: str) -> None:
    image = read_labels(save(tmp_path / name, LABELS), [0.1, 0.2, 0.3])
    np.testing.assert_array_equal(image.labels, LABELS)
    np.testing.assert_allclose(image.spacing, [0.1, 0.2, 0.3])


@pytest.mark.parametrize("name", ["a.tif", "a.npy", "a.nrrd", "a.h5"])
def test_two_dimensions_stay_two(tmp_path: Path, name: str) -> None:
    image = read_labels(save(tmp_path / name, LABELS[:, :, 0]), 0.1)
    np.testing.assert_array_equal(image.labels, LABELS[:, :, 0])


@pytest.mark.parametrize("name", ["a.tif", "a.npy", "a.nrrd", "a.h5"])
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.6, 0.9])
def test_a_truncated_file_is_never_read_as_a_smaller_one(
    tmp_path: Path, name: str, share: float
) -> None:
    rng = np.random.default_rng(0)
    path = save(tmp_path / name, rng.integers(0, 9, (24, 25, 26)).astype(np.uint8))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FileError, match="truncated or damaged"):
        read_labels(path, 0.1)


@pytest.mark.realdata
@pytest.mark.parametrize("share", [0.01, 0.5, 0.99])
def test_a_truncated_measured_stack_is_refused(
    tmp_path: Path, measured: Path, share: float
) -> None:
    whole = (measured / "nmc_ct/nmc-1-cal_generatedCBD_bridge.tif").read_bytes()
    path = tmp_path / "cut.tif"
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(FileError, match="truncated or damaged"):
        read_labels(path, 0.398)


@pytest.mark.realdata
def test_the_measured_electrode_has_its_published_shape(measured: Path) -> None:
    image = read_labels(measured / "nmc_ct/nmc-1-cal_generatedCBD_bridge.tif", 0.398)
    assert image.labels.shape == (301, 301, 251)
    assert np.unique(image.labels).tolist() == [0, 1, 2]


def test_a_colour_picture_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((9, 8, 3), np.uint8), photometric="rgb")
    with pytest.raises(InputError, match="one channel"):
        read_labels(tmp_path / "a.tif", 0.1)


def test_uncommon_compression_names_the_extra(tmp_path: Path) -> None:
    pillow = pytest.importorskip("PIL.Image", reason="needs pillow, which matplotlib brings")
    pillow.fromarray(np.zeros((9, 8), np.uint8)).save(tmp_path / "a.tif", compression="tiff_lzw")
    if find_spec("imagecodecs"):
        assert read_labels(tmp_path / "a.tif", 0.1).labels.shape == (8, 9)
    else:
        with pytest.raises(NmcMeshError, match=r"pip install .*imagecodecs"):
            read_labels(tmp_path / "a.tif", 0.1)


def test_a_file_of_several_datasets_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["grains/ids"] = LABELS.T
        file["grains/phase"] = np.zeros_like(LABELS.T)
        file["table"] = np.zeros(7)
    with pytest.raises(InputError, match=r"grains/ids, grains/phase$"):
        read_labels(path, 0.1)
    with pytest.raises(InputError, match="no image 'ids'"):
        read_labels(path, 0.1, "ids")
    np.testing.assert_array_equal(read_labels(path, 0.1, "grains/ids").labels, LABELS)


def test_only_hdf5_has_datasets(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only HDF5"):
        read_labels(save(tmp_path / "a.npy", LABELS), 0.1, "grains")


def test_pickled_objects_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
    with pytest.raises(FileError, match="damaged"):
        read_labels(tmp_path / "a.npy", 0.1)


def test_a_missing_file_and_an_unknown_extension(tmp_path: Path) -> None:
    with pytest.raises(FileError, match="No such file"):
        read_labels(tmp_path / "a.tif", 0.1)
    with pytest.raises(InputError, match=r"unknown extension '\.bmp'"):
        read_labels(tmp_path / "a.bmp", 0.1)
