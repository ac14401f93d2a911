"""Label images from TIFF stacks, PNG pictures, NumPy arrays, NRRD, VTK and HDF5 files."""

from __future__ import annotations

import glob
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.errors import FileError, InputError, MissingExtraError, ResourceError
from nmc_mesh.files import damaged
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.io.label_images import table_of
from nmc_mesh.io.spacing import spacing_of
from nmc_mesh.io.vti import read_array, read_grid
from nmc_mesh.memory import free_memory
from nmc_mesh.stored import opened
from nmc_mesh.typing import AnyArray

SLICES = (".tif", ".tiff", ".png")
_LARGE = 64 * 2**20  # bytes


def read_labels(
    path: str | os.PathLike[str],
    spacing: float | AnyArray | None = None,
    dataset: str | None = None,
    origin: AnyArray | None = None,
) -> LabelImage:
    """Read a label image; the result is indexed [x, y, z], whatever the file does.

    A TIFF stack and an HDF5 dataset hold slices first (z, y, x), a PNG picture (grey or palette)
    its rows (y, x), and are turned; NRRD and VTK name their fastest axis first, which is x; a NumPy
    file is taken as it is, (x, y, z). Two-dimensional images are turned likewise.

    Parameters
    ----------
    path
        File ending in .tif, .tiff, .png, .npy, .nrrd, .nhdr, .vti, .h5 or .hdf5; or a folder or
        pattern of slices, see ``read_volume``.
    spacing
        Edge length of a voxel in um: one number, or one per axis (x, y, z). Default: what the file
        says, see ``stored_spacing``.
    dataset
        Which dataset of an HDF5 file, or array of a VTK file; needed if it holds several.
    origin
        Centre of voxel (0, 0, 0) in um; default: the image is centred on the origin.

    Raises
    ------
    FileError
        If the file is missing, unreadable or truncated.
    InputError
        If the extension is unknown, the file does not hold labels in two or three dimensions, or
        the spacing is not positive, or neither given nor in the file.
    MissingExtraError
        If a TIFF is compressed in a way that needs the package imagecodecs.

    Warns
    -----
    UserWarning
        If the file says another spacing, or a slice seems to be missing.

    Examples
    --------
    >>> np.save("grains.npy", np.array([[[0, 1], [2, 2]]]))
    >>> image = nmc_mesh.read_labels("grains.npy", spacing=0.1)
    >>> image.labels.shape, image.volumes().round(4)
    ((1, 2, 2), array([0.001, 0.001, 0.002]))
    """
    array = read_volume(path, dataset)
    told = table_of(Path(path), array.shape) or {}
    phases = Phases.of_plain(told.get("phases"))
    return LabelImage(array, spacing_of(path, spacing, dataset, array.ndim), origin, phases)


def read_volume(path: str | os.PathLike[str], dataset: str | None = None) -> AnyArray:
    """Read the numbers of an image, grey values or labels, indexed [x, y, z].

    Slices may lie in files of their own, in a folder or named by a pattern such as
    ``slices/ct_*.tif``: they are stacked in the order of the numbers in their names, one after the
    other into one array. Large TIFF stacks that are not compressed, in either byte order, and NumPy
    files stay on the disk until they are looked at. Several series in one TIFF are stacked if they
    are alike. Other files, parameters, errors and warnings as ``read_labels``.

    Raises
    ------
    ResourceError
        If slices or series need more memory than is free.
    """
    place = Path(path)
    files = slices_of(place)
    if files is not None:
        return _stacked(place, files, dataset)
    reader = _READERS.get(place.suffix.lower())
    if reader is None:
        kinds = ", ".join(sorted(_READERS))
        raise InputError(f"unknown extension '{place.suffix}' of the image {place}; use {kinds}")
    if dataset is not None and reader not in (_hdf5, _vti):
        raise InputError(
            f"only HDF5 and VTK files have datasets, {place.name} has none to choose from"
        )
    try:
        with place.open("rb"):
            pass
    except OSError as error:
        raise FileError(f"cannot read {place}: {error.strerror}; check the name") from error
    return reader(place, dataset)


def slices_of(path: Path) -> list[Path] | None:
    """Return the files of a folder or pattern of slices in natural order; None if it is a file.

    Raises
    ------
    InputError
        If there are no slices, or of several kinds.
    """
    pattern = glob.has_magic(path.name) and not path.exists()
    if not pattern and not path.is_dir():
        return None
    found = path.parent.glob(path.name) if pattern else path.iterdir()
    files = [
        file
        for file in found
        if file.suffix.lower() in SLICES and file.is_file() and not file.name.startswith(".")
    ]
    kinds = {file.suffix.lower() for file in files}
    if len(kinds) != 1:
        what = "holds no slices" if not kinds else f"holds slices of {' and '.join(sorted(kinds))}"
        raise InputError(
            f"{path} {what}; name a folder of {', '.join(SLICES)} files or a pattern such as "
            "'slices/*.tif'"
        )
    return sorted(files, key=_natural)


def _natural(path: Path) -> tuple[list[tuple[int, str]], str]:
    words = re.split(r"([0-9]+)", path.name)
    return [(int(w[:18]), "") if w.isdecimal() else (-1, w) for w in words if w], path.name


def _stacked(place: Path, files: list[Path], dataset: str | None) -> AnyArray:
    if len(files) == 1:
        return read_volume(files[0], dataset)
    _tell_gaps(place, files)
    first = read_volume(files[0], dataset)
    if first.ndim != 2:
        raise InputError(
            f"{files[0]} is a stack itself, and there are {len(files)} of them in {place}; name one"
        )
    whole = _room(place, (len(files), *first.shape[::-1]), first.dtype).T
    for number, file in enumerate(files):
        part = read_volume(file, dataset)
        if part.shape != first.shape or part.dtype != first.dtype:
            raise InputError(
                f"{file} has {' x '.join(map(str, part.shape))} pixels of {part.dtype}, "
                f"{files[0].name} {' x '.join(map(str, first.shape))} of {first.dtype}; leave one "
                "of them out, or name the slices by a pattern"
            )
        whole[:, :, number] = part
    return whole


def _room(place: Path, shape: tuple[int, ...], dtype: np.dtype[Any]) -> AnyArray:
    """Return an array for a whole stack, slices first, if there is memory for it."""
    need, free = prod(shape) * dtype.itemsize, free_memory()
    if need > free:
        raise ResourceError(
            f"{place} holds {' x '.join(map(str, shape[::-1]))} voxels, {need / 1e9:.1f} GB, and "
            f"{free / 1e9:.1f} GB of memory are free; crop them, or save them as one .npy or "
            "uncompressed .tif file, which stays on the disk"
        )
    return np.empty(shape, dtype)


def _tell_gaps(place: Path, files: list[Path]) -> None:
    """Warn if the last number in the names of slices leaves some out."""
    found = [re.findall(r"[0-9]+", file.stem) for file in files]
    if not all(found):
        return
    numbers = np.array([int(words[-1][:18]) for words in found])
    steps = np.diff(numbers)
    if len(steps) and (steps > 0).all() and (steps != steps.min()).any():
        gap = int(np.argmax(steps != steps.min()))
        warnings.warn(
            f"{place}: a slice seems to be missing after {files[gap].name}; slices are stacked "
            "without it",
            UserWarning,
            stacklevel=4,
        )


def _tiff(path: Path, dataset: str | None) -> AnyArray:
    import tifffile

    try:
        with _complaints() as complaints, tifffile.TiffFile(path) as file:
            for series in file.series:
                if series.axes.endswith("S"):
                    raise InputError(
                        f"{path} is a colour picture (axes {series.axes}); save labels as one "
                        "channel"
                    )
            array = _mapped(path, file) if len(file.series) == 1 else _series(path, file)
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


def _mapped(path: Path, file: Any) -> AnyArray:
    """Return the only series of a TIFF, on the disk if it is large and lies there as it is."""
    import tifffile

    series = file.series[0]
    if series.dataoffset is not None and series.nbytes > _LARGE:
        if series.dataoffset + series.nbytes > path.stat().st_size:
            raise damaged(path, "the file ends before its last slice")
        return np.asarray(tifffile.memmap(path, mode="r"))
    return np.asarray(series.asarray())


def _series(path: Path, file: Any) -> AnyArray:
    """Return all series of a TIFF on top of each other."""
    kinds = {(tuple(n for n in one.shape if n > 1), one.dtype.str) for one in file.series}
    if len(kinds) > 1 or len(next(iter(kinds))[0]) not in (2, 3):
        shapes = ", ".join("x".join(map(str, one.shape)) for one in file.series[:4])
        raise InputError(
            f"{path} holds {len(file.series)} series that are no stack together ({shapes}...); "
            "save the one that is wanted in a file of its own"
        )
    extent = next(iter(kinds))[0]
    count, slices = len(file.series), extent[0] if len(extent) == 3 else 1
    whole = _room(path, (count * slices, *extent[-2:]), file.series[0].dtype)
    for number, one in enumerate(file.series):
        part = whole[number * slices : (number + 1) * slices]
        part[...] = np.asarray(one.asarray()).reshape(part.shape)
    return whole


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
    except Exception as error:  # a damaged header can raise anything, even tokenize.TokenError
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


def _vti(path: Path, dataset: str | None) -> AnyArray:
    grid = read_grid(path)
    return read_array(path, _chosen(path, dataset or grid.active, list(grid.arrays)))


def datasets(path: Path) -> list[str]:
    """Return the datasets of an HDF5 file that may be images: those with two or three axes."""
    names: list[str] = []
    with opened(path, "export it again") as file:
        file.raw.visititems(lambda name, item: names.append(name) if _is_image(item) else None)
    return names


def _hdf5(path: Path, dataset: str | None) -> AnyArray:
    chosen = _chosen(path, dataset, datasets(path))
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
    ".vti": _vti,
    ".h5": _hdf5,
    ".hdf5": _hdf5,
}
