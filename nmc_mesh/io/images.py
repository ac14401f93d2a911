"""Label images from TIFF stacks, PNG pictures, NumPy arrays, NRRD and HDF5 files."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from nmc_mesh.errors import FileError, InputError, MissingExtraError
from nmc_mesh.files import damaged, written
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.stored import opened
from nmc_mesh.typing import AnyArray

LABEL_FILES = (".tif", ".tiff", ".npy")


def read_labels(
    path: str | os.PathLike[str],
    spacing: float | AnyArray,
    dataset: str | None = None,
    origin: AnyArray | None = None,
) -> LabelImage:
    """Read a label image; the result is indexed [x, y, z], whatever the file does.

    A TIFF stack and an HDF5 dataset hold slices first (z, y, x), a PNG picture (grey or palette)
    its rows (y, x), and are turned; NRRD names its fastest axis first, which is x; a NumPy file is
    taken as it is, (x, y, z). Two-dimensional images are turned likewise.

    Parameters
    ----------
    path
        File ending in .tif, .tiff, .png, .npy, .nrrd, .nhdr, .h5 or .hdf5.
    spacing
        Edge length of a voxel in um: one number, or one per axis (x, y, z). Spacings that a file
        may carry are not used, since their unit is not.
    dataset
        Which dataset of an HDF5 file; needed if it holds several with two or three axes.
    origin
        Centre of voxel (0, 0, 0) in um; default: the image is centred on the origin.

    Raises
    ------
    FileError
        If the file is missing, unreadable or truncated.
    InputError
        If the extension is unknown, the file does not hold labels in two or three dimensions, or
        the spacing is not positive.
    MissingExtraError
        If a TIFF is compressed in a way that needs the package imagecodecs.
    """
    return LabelImage(read_volume(path, dataset), spacing, origin)


def read_volume(path: str | os.PathLike[str], dataset: str | None = None) -> AnyArray:
    """Read the numbers of an image, grey values or labels, indexed [x, y, z].

    Files, parameters and errors as ``read_labels``.
    """
    place = Path(path)
    reader = _READERS.get(place.suffix.lower())
    if reader is None:
        kinds = ", ".join(sorted(_READERS))
        raise InputError(f"unknown extension '{place.suffix}' of the image {place}; use {kinds}")
    if dataset is not None and reader is not _hdf5:
        raise InputError(f"only HDF5 files have datasets, {place.name} has none to choose from")
    try:
        with place.open("rb"):
            pass
    except OSError as error:
        raise FileError(f"cannot read {place}: {error.strerror}; check the name") from error
    return reader(place, dataset)


def write_labels(path: str | os.PathLike[str], image: LabelImage) -> None:
    """Write the labels of an image; ``read_labels`` reads them back.

    Parameters
    ----------
    path
        File ending in .tif or .tiff (slices first, zlib-compressed) or .npy ([x, y, z]); it
        appears whole or not at all. The spacing is not written.
    image
        The labels; the smallest unsigned type that holds them is used.

    Raises
    ------
    InputError
        If the extension is another.
    FileError
        If the place cannot be written.
    """
    place = Path(path)
    kind = place.suffix.lower()
    if kind not in LABEL_FILES:
        raise InputError(
            f"unknown extension '{place.suffix}' for labels; use {', '.join(LABEL_FILES)}"
        )
    array = image.labels.astype(np.min_scalar_type(int(image.labels.max())))
    with written(place) as files, files.name(place).open("wb") as file:
        if kind == ".npy":
            np.save(file, array)
        else:
            import tifffile

            tifffile.imwrite(
                file, np.ascontiguousarray(array.T), photometric="minisblack", compression="zlib"
            )


def _tiff(path: Path, dataset: str | None) -> AnyArray:
    import tifffile

    try:
        with _complaints() as complaints, tifffile.TiffFile(path) as file:
            series = file.series[0]
            if series.axes.endswith("S"):
                raise InputError(
                    f"{path} is a colour picture (axes {series.axes}); save labels as one channel"
                )
            array = np.asarray(series.asarray())
    except InputError:
        raise
    except Exception as error:  # a damaged TIFF can raise anything, from struct.error to KeyError
        if "imagecodecs" in str(error):
            purpose = f"reading {path.name}, whose compression is not a common one,"
            raise MissingExtraError("imagecodecs", purpose, "images") from error
        raise damaged(path, error) from error
    if complaints:
        raise damaged(path, complaints[0])
    return array.squeeze().T


class _Listener(logging.Handler):
    """Keep what tifffile only logs: it returns the pages it found when a stack is cut short."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.complaints: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        if any(word in text for word in ("invalid page offset", "corrupted", "failed to reshape")):
            self.complaints.append(text.rsplit("> ", 1)[-1])


@contextmanager
def _complaints() -> Iterator[list[str]]:
    logger, listener = logging.getLogger("tifffile"), _Listener()
    loud, logger.propagate = logger.propagate, False
    logger.addHandler(listener)
    try:
        yield listener.complaints
    finally:
        logger.removeHandler(listener)
        logger.propagate = loud


def _numpy(path: Path, dataset: str | None) -> AnyArray:
    try:
        return np.asarray(np.lib.format.open_memmap(path, mode="r"))
    except (ValueError, OSError, EOFError) as error:
        raise damaged(path, error) from error


def _png(path: Path, dataset: str | None) -> AnyArray:
    from nmc_mesh.io.png import read_png

    return read_png(path).T


def _nrrd(path: Path, dataset: str | None) -> AnyArray:
    import nrrd

    try:
        array, _ = nrrd.read(str(path), index_order="F")
    except Exception as error:  # a damaged file can raise anything, even StopIteration
        raise damaged(path, error) from error
    return np.asarray(array)


def _hdf5(path: Path, dataset: str | None) -> AnyArray:
    with opened(path, "export it again") as file:
        names: list[str] = []
        file.raw.visititems(lambda name, item: names.append(name) if _is_image(item) else None)
    chosen = _chosen(path, dataset, names)
    with opened(path, "export it again") as file:
        return file.sparse(chosen).squeeze().T


def _is_image(item: object) -> bool:
    shape = [extent for extent in getattr(item, "shape", None) or () if extent > 1]
    return len(shape) in (2, 3)


def _chosen(path: Path, dataset: str | None, names: list[str]) -> str:
    if dataset is None and len(names) == 1:
        return names[0]
    if dataset is not None and dataset.strip("/") in names:
        return dataset
    found = ", ".join(names) if names else "none"
    if dataset is None:
        raise InputError(f"choose the dataset of {path} that holds the labels; it has: {found}")
    raise InputError(f"{path} has no image '{dataset}'; it has: {found}")


_READERS: dict[str, Callable[[Path, str | None], AnyArray]] = {
    ".tif": _tiff,
    ".tiff": _tiff,
    ".png": _png,
    ".npy": _numpy,
    ".nrrd": _nrrd,
    ".nhdr": _nrrd,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
}
