"""Images as CT gives them: slices, several series, voxel sizes in the file, grey values."""

from __future__ import annotations

import tracemalloc
import warnings
from pathlib import Path

import h5py
import nrrd
import numpy as np
import pytest
import tifffile

from nmc_mesh.cli.main import run
from nmc_mesh.errors import FileError, InputError, ResourceError
from nmc_mesh.io import images
from nmc_mesh.io.images import read_labels, read_volume
from nmc_mesh.io.spacing import stored_spacing
from nmc_mesh.shell import volume
from nmc_mesh.typing import AnyArray

INPUT = InputError.exit_code
GREY = np.random.default_rng(0).integers(0, 60000, (9, 8, 12)).astype(np.uint16)


def slices(folder: Path, grey: AnyArray = GREY, form: str = "s{}.tif") -> Path:
    folder.mkdir()
    for number in range(grey.shape[2]):
        tifffile.imwrite(folder / form.format(number), grey[:, :, number].T)
    return folder


@pytest.mark.parametrize("kind", ["uint8", "uint16"])
def test_slices_are_stacked_by_the_numbers_in_their_names(tmp_path: Path, kind: str) -> None:
    grey = (GREY >> 8).astype(kind) if kind == "uint8" else GREY
    folder = slices(tmp_path / "slices", grey)
    (folder / "notes.txt").write_text("scan of Monday")
    (folder / "._s1.tif").write_bytes(b"of another system")
    found = read_volume(folder)
    assert found.dtype == kind
    np.testing.assert_array_equal(found, grey)
    np.testing.assert_array_equal(read_volume(folder / "s1?.tif"), grey[:, :, 10:])
    np.testing.assert_array_equal(read_volume(folder / "s3.tif"), grey[:, :, 3])


def test_slices_that_make_no_stack_are_told(tmp_path: Path) -> None:
    folder = slices(tmp_path / "slices")
    (folder / "s5.tif").unlink()
    with pytest.warns(UserWarning, match=r"missing after s4\.tif"):
        assert read_volume(folder).shape == (9, 8, 11)
    tifffile.imwrite(folder / "s5.tif", GREY[1:, :, 5].T)
    with pytest.raises(InputError, match=r"s5\.tif has 8 x 8 pixels of uint16, s0\.tif 9 x 8"):
        read_volume(folder)
    tifffile.imwrite(folder / "s5.tif", (GREY[:, :, 5] >> 8).astype(np.uint8).T)
    with pytest.raises(InputError, match="9 x 8 pixels of uint8"):
        read_volume(folder)
    (folder / "s5.tif").write_bytes(b"II*\0")
    with pytest.raises(FileError, match=r"s5\.tif is truncated"):
        read_volume(folder)
    (folder / "s5.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"holds slices of \.png and \.tif"):
        read_volume(folder)
    (tmp_path / "none").mkdir()
    for place in (tmp_path / "none", folder / "t*.tif"):
        with pytest.raises(InputError, match="holds no slices"):
            read_volume(place)


def test_series_of_a_tiff_are_read_whole_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "ct.tif"
    for number in range(12):
        tifffile.imwrite(path, GREY[:, :, number].T, append=number > 0)
    with tifffile.TiffFile(path) as file:
        assert len(file.series) == 12
    np.testing.assert_array_equal(read_volume(path), GREY)
    tifffile.imwrite(path, GREY[1:, :, 0].T, append=True)
    with pytest.raises(InputError, match="13 series that are no stack together"):
        read_volume(path)


def on_the_disk(array: AnyArray) -> bool:
    base = array
    while isinstance(base, np.ndarray) and not isinstance(base, np.memmap):
        base = base.base
    return isinstance(base, np.memmap)


def test_a_large_stack_stays_on_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "_LARGE", 100)
    path = tmp_path / "ct.tif"
    for order in (">", "<"):
        tifffile.imwrite(path, GREY.T, photometric="minisblack", byteorder=order)
        found = read_volume(path)
        assert on_the_disk(found)
        np.testing.assert_array_equal(found, GREY)
    tifffile.imwrite(path, GREY.T, photometric="minisblack", compression="zlib")
    assert not on_the_disk(read_volume(path))
    tifffile.imwrite(path, GREY.T, photometric="minisblack")
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(FileError, match="truncated"):
        read_volume(path)


def test_a_stack_on_the_disk_is_segmented_in_either_byte_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "_LARGE", 100)
    noise = np.random.default_rng(0).normal(0, 2000, (48, 48, 48))
    grey = (np.where(balls(), 30000, 12000) + noise).astype(np.uint16)
    expected = volume.segment(grey, 0.1).image.labels
    assert expected.max() == 8
    for order in ("<", ">"):
        tifffile.imwrite(tmp_path / "ct.tif", grey.T, photometric="minisblack", byteorder=order)
        mapped = read_volume(tmp_path / "ct.tif")
        for block in (0, 30):
            found = volume.segment(mapped, 0.1, block=block, margin=24).image.labels
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("kind", ["folder", "series", "stack"])
def test_reading_takes_about_the_memory_of_the_volume(tmp_path: Path, kind: str) -> None:
    grey = np.random.default_rng(0).integers(0, 60000, (256, 240, 40)).astype(np.uint16)
    place = tmp_path / ("ct" if kind == "folder" else "ct.tif")
    if kind == "folder":
        slices(place, grey)
    elif kind == "series":
        for number in range(grey.shape[2]):
            tifffile.imwrite(place, grey[:, :, number].T, append=number > 0)
    else:
        tifffile.imwrite(place, grey.T, photometric="minisblack", compression="zlib")
    read_volume(place)  # what is imported on the way counts for nothing
    tracemalloc.start()
    found = read_volume(place)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(found, grey)
    assert peak < 1.5 * grey.nbytes


def test_slices_that_do_not_fit_the_memory_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = slices(tmp_path / "ct")
    monkeypatch.setattr(images, "free_memory", lambda: 0.9 * GREY.nbytes)
    with pytest.raises(ResourceError, match=r"9 x 8 x 12 voxels.*save them as one \.npy"):
        read_volume(folder)


def with_spacing(path: Path, labels: AnyArray, unit: str = "um") -> Path:
    """Write labels with voxels of 0.1, 0.1, 0.5 um."""
    if path.suffixes == [".ome", ".tif"]:
        facts = {
            f"PhysicalSize{axis}": size for axis, size in zip("XYZ", (100, 100, 500), strict=True)
        }
        units = {f"PhysicalSize{axis}Unit": "nm" for axis in "XYZ"}
        tifffile.imwrite(path, labels.T, metadata={"axes": "ZYX", **facts, **units})
    elif path.suffix == ".tif":
        tifffile.imwrite(
            path, labels.T, imagej=True, resolution=(10, 10),
            metadata={"axes": "ZYX", "spacing": 0.5, "unit": unit},
        )  # fmt: skip
    elif path.suffix == ".nrrd":
        head = {
            "space dimension": 3,
            "space directions": np.diag([0.1, 0.1, 0.5]),
            "space units": [unit] * 3,
        }
        nrrd.write(str(path), labels, head, index_order="F")
    else:
        with h5py.File(path, "w") as file:
            file["labels"] = labels.T
            file["labels"].attrs["element_size_um"] = [0.5, 0.1, 0.1]
    return path


@pytest.mark.parametrize("name", ["a.tif", "a.ome.tif", "a.nrrd", "a.h5"])
def test_the_size_of_a_voxel_in_the_file_is_used(tmp_path: Path, name: str) -> None:
    labels = np.arange(9 * 8 * 12, dtype=np.uint16).reshape(9, 8, 12) % 7
    path = with_spacing(tmp_path / name, labels)
    image = read_labels(path)
    np.testing.assert_array_equal(image.labels, labels)
    np.testing.assert_allclose(image.spacing, [0.1, 0.1, 0.5])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_labels(path, [0.1, 0.1, 0.5])
    with pytest.warns(UserWarning, match=r"a voxel has 0\.1 x 0\.1 x 0\.5 um, but 0\.1 x 0\.1 x"):
        np.testing.assert_allclose(read_labels(path, 0.1).spacing, 0.1)


@pytest.mark.parametrize(("name", "unit"), [("a.tif", "pixel"), ("a.nrrd", ""), ("b.nrrd", "in")])
def test_sizes_of_no_unit_are_not_used(tmp_path: Path, name: str, unit: str) -> None:
    path = with_spacing(tmp_path / name, np.ones((9, 8, 12), np.uint16), unit)
    with pytest.raises(InputError, match="does not say the size of a voxel in um"):
        read_labels(path)
    if path.suffix == ".nrrd":
        with pytest.warns(UserWarning, match="of no unit"):
            read_labels(path, 0.1)
        assert (read_labels(path, [0.2, 0.2, 1.0]).spacing == [0.2, 0.2, 1.0]).all()
    else:
        assert stored_spacing(path) is None


def balls(side: int = 48) -> AnyArray:
    grid = np.stack(np.indices((side, side, side)), axis=-1)
    solid = np.zeros((side,) * 3, dtype=bool)
    for place in np.ndindex(2, 2, 2):
        solid |= ((grid - 12 - 22 * np.array(place)) ** 2).sum(axis=-1) < 8**2
    return np.asarray(solid)


def test_a_folder_of_slices_is_segmented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    noise = np.random.default_rng(0).normal(0, 2000, (48, 48, 48))
    grey = (np.where(balls(), 30000, 12000) + noise).astype(np.uint16)
    slices(Path("ct"), grey)
    assert run(["segment", "ct", "--voxel", "0.1", "-o", "labels.npy", "-q"]) == 0
    assert np.load("labels.npy").max() == 8
    files = sorted(map(str, Path("ct").iterdir()))
    assert run(["segment", *files, "--voxel", "0.1", "-o", "all.npy", "-q"]) == 0
    assert run(["segment", "ct/*.tif", "--voxel", "0.1", "-o", "glob.npy", "-q"]) == 0
    for name in ("all.npy", "glob.npy"):
        np.testing.assert_array_equal(np.load(name), np.load("labels.npy"))
    assert run(["segment", *files[:5], "--voxel", "0.1", "-o", "some.npy"]) == INPUT
    assert "put the pattern in quotes: 'ct/*.tif'" in capsys.readouterr().err
    assert run(["segment", "ct", "-o", "labels.npy"]) == INPUT
    assert "--voxel" in capsys.readouterr().err
    assert run(["segment", "ct", "--voxel", "0.1", "-o", "ct/labels.tif"]) == INPUT
    assert "use another folder" in capsys.readouterr().err
    tifffile.imwrite(
        "ij.tif", grey.T, imagej=True, resolution=(10, 10),
        metadata={"axes": "ZYX", "spacing": 0.1, "unit": "um"},
    )  # fmt: skip
    assert run(["segment", "ij.tif", "-o", "ij.npy", "-q"]) == 0
    np.testing.assert_array_equal(np.load("ij.npy"), np.load("labels.npy"))
    assert run(["segment", "ij.tif", "--voxel", "0.2", "-o", "ij.npy", "-q"]) == 0
    assert "a voxel has 0.1 x 0.1 x 0.1 um" in capsys.readouterr().err


def test_memory_is_looked_at_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    solid = np.pad(balls(), ((0, 112), (0, 0), (0, 0)))
    voxels = solid.size
    monkeypatch.setattr(volume, "BLOCK", 24)
    monkeypatch.setattr(volume, "MARGIN", 24)
    whole = volume.segment(solid, 0.1, block=None)
    monkeypatch.setattr(volume, "free_memory", lambda: 90.0 * voxels)
    with pytest.warns(UserWarning, match="they are segmented in blocks of 24"):
        parts = volume.segment(solid, 0.1, block=None)
    assert parts.counts == whole.counts
    assert whole.counts["particles"] == 8
    np.testing.assert_array_equal(parts.image.labels, whole.image.labels)
    with pytest.raises(InputError, match=r"needs 0\.0 GB.*use a smaller block"):
        volume.segment(solid, 0.1, block=0)
    monkeypatch.setattr(volume, "free_memory", lambda: 5.0 * voxels)
    with pytest.raises(InputError, match="crop the volume"):
        volume.segment(solid, 0.1, block=20, margin=10)


def test_a_margin_that_nobody_chose_widens_for_large_particles(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    solid = np.pad(balls(), ((0, 112), (0, 0), (0, 0)))
    whole = volume.segment(solid, 0.1)
    monkeypatch.setattr(volume, "MARGIN", 8)
    parts = volume.segment(solid, 0.1, block=16)
    np.testing.assert_array_equal(parts.image.labels, whole.image.labels)
    with pytest.raises(InputError, match="larger than the margin of 8"):
        volume.segment(solid, 0.1, block=16, margin=8)
    monkeypatch.setattr(volume, "free_memory", lambda: volume._need(solid.shape, 16, 10))
    with pytest.raises(InputError, match="larger than the margin of 8"):
        volume.segment(solid, 0.1, block=16)


def test_segment_goes_over_to_blocks_by_itself_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    solid = np.pad(balls(), ((0, 112), (0, 0), (0, 0)))
    np.save("ct.npy", solid.astype(np.uint8))
    command = ["segment", "ct.npy", "--voxel", "0.1", "-q", "-o"]
    assert run([*command, "whole.npy"]) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(volume, "BLOCK", 24)
    monkeypatch.setattr(volume, "MARGIN", 24)
    monkeypatch.setattr(volume, "free_memory", lambda: 90.0 * solid.size)
    assert run([*command, "parts.npy"]) == 0
    told = capsys.readouterr().err
    assert "are segmented in blocks of 24" in told.replace("\n", " ")
    assert told.count("warning") == 1
    np.testing.assert_array_equal(np.load("parts.npy"), np.load("whole.npy"))
    assert run([*command, "hand.npy", "--block", "30", "--margin", "24"]) == 0
    assert capsys.readouterr().err == ""
    np.testing.assert_array_equal(np.load("hand.npy"), np.load("whole.npy"))


@pytest.mark.parametrize(
    "command",
    [
        ["mesh", "grey.npy", "--spacing", "0.1", "-o", "out.msh"],
        ["fit-gbpd", "grey.npy", "--voxel", "0.1", "-o", "out.h5"],
        ["voxels", "grey.npy", "--spacing", "0.1", "-o", "out.vtu"],
        ["surface", "grey.npy", "--spacing", "0.1", "-o", "out.vtp"],
        ["sections", "grey.tif", "--spacing", "0.1", "-o", "out.h5"],
    ],
)
def test_grey_values_are_no_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    command: list[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    np.save("grey.npy", GREY)
    tifffile.imwrite("grey.tif", GREY[:, :, 0])
    assert run(command) == INPUT
    assert "holds grey values, not labels" in capsys.readouterr().err
    assert not list(tmp_path.glob("out*"))


def test_what_looks_grey_is_meshed_if_its_owner_says_that_it_is_labels(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("grey.npy", np.arange(1, 5 * 6 * 7 + 1).reshape(5, 6, 7))
    command = ["voxels", "grey.npy", "--spacing", "0.1", "-q", "-o", "out.vtu"]
    assert run(command) == INPUT
    assert "say that they are labels (--labels)" in capsys.readouterr().err.replace("\n", " ")
    assert run([*command, "--labels"]) == 0
    assert Path("out.vtu").is_file()
    assert run(["generate", "--shell", "grey.npy#3", "--voxel", "0.1", "-o", "p.vtu"]) == INPUT
    said = capsys.readouterr().err
    assert "holds grey values" in said
    assert "--labels" not in said


@pytest.mark.parametrize("edge", [2, 3])
def test_coarse_labels_are_meshed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, edge: int
) -> None:
    monkeypatch.chdir(tmp_path)
    cells = np.random.default_rng(0).permutation(6**3).reshape(6, 6, 6) + 1
    np.save("coarse.npy", cells.repeat(edge, 0).repeat(edge, 1).repeat(edge, 2))
    assert run(["voxels", "coarse.npy", "--spacing", "0.1", "-q", "-o", "out.vtu"]) == 0
