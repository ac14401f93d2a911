"""The size of a voxel: what the file of an image says of it, and what the user does."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError
from nmc_mesh.io.label_images import table_of
from nmc_mesh.io.vti import read_grid
from nmc_mesh.typing import AnyArray, Floats

_ALIKE = 0.02
# Unit of length -> um; micro sign and the letter mu are both in use.
_UNITS = {
    "nm": 1e-3, "nanometer": 1e-3, "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "microns": 1.0,
    "micrometer": 1.0, "micrometers": 1.0, "micrometre": 1.0, "mm": 1e3, "millimeter": 1e3,
    "cm": 1e4, "m": 1e6, "å": 1e-4, "angstrom": 1e-4,
}  # fmt: skip


class StoredSpacing(NamedTuple):
    """Edges of a voxel along x, y, z; ``known`` if they are um, else in a unit nobody says."""

    edges: Floats
    known: bool


def stored_spacing(
    path: str | os.PathLike[str], dataset: str | None = None
) -> StoredSpacing | None:
    """Return the size of a voxel that a file carries, or None.

    TIFF of ImageJ (resolution, unit, spacing) and OME (PhysicalSizeX); NRRD (spacings or space
    directions, with space units); VTK's images with a field array length_unit; HDF5 with the
    attribute element_size_um (z, y, x) of its dataset, as ilastik and others write, or spacing or
    voxel_size with units; the table that ``write_labels`` puts beside a NumPy file. The resolution
    of other TIFFs is that of a printer.
    """
    place = Path(path)
    reader = _READERS.get(place.suffix.lower())
    if reader is None or not place.is_file():
        return None
    try:
        found = reader(place, dataset)
    except Exception:  # what the file says beside the image is not worth refusing the image for
        return None
    if found is None:
        return None
    edges, unit = found
    array = np.asarray(edges, dtype=np.float64)
    if array.shape not in ((2,), (3,)) or not (np.isfinite(array).all() and (array > 0).all()):
        return None
    scale = _UNITS.get(unit.strip().strip('"').lower())
    return StoredSpacing(array * (scale or 1.0), scale is not None)


def spacing_of(
    path: str | os.PathLike[str],
    given: float | AnyArray | None,
    dataset: str | None = None,
    axes: int = 3,
) -> float | AnyArray:
    """Return the spacing that was given, or else the file's.

    Raises
    ------
    InputError
        If neither says one.

    Warns
    -----
    UserWarning
        If they contradict each other by more than 2 %: the given one is used.
    """
    stored = stored_spacing(path, dataset)
    if stored is not None and len(stored.edges) < axes:
        stored = None
    if given is None:
        if stored is None or not stored.known:
            raise InputError(
                f"{path} does not say the size of a voxel in um; give it (spacing, --spacing, "
                "--voxel)"
            )
        return stored.edges[:axes]
    wanted = np.asarray(given, dtype=np.float64)
    if stored is None or wanted.shape not in ((), (1,), (axes,)):
        return given
    wanted = np.broadcast_to(wanted, (axes,))
    if not (np.isfinite(wanted).all() and (wanted > 0).all()):
        return given
    edges = stored.edges[:axes]
    if not stored.known:
        edges = edges * (wanted[0] / edges[0])
    if (np.abs(edges - wanted) > _ALIKE * wanted).any():
        told = " x ".join(f"{edge:.4g}" for edge in stored.edges[:axes])
        taken = " x ".join(f"{edge:.4g}" for edge in wanted)
        unit = "um" if stored.known else "(of no unit)"
        warnings.warn(
            f"{path} says that a voxel has {told} {unit}, but {taken} um were given; these are "
            "used",
            UserWarning,
            stacklevel=3,
        )
    return given


def _tiff(path: Path, dataset: str | None) -> tuple[Any, str] | None:
    import tifffile

    with tifffile.TiffFile(path) as file:
        if file.ome_metadata:
            return _ome(file.ome_metadata)
        if not file.is_imagej:
            return None
        facts, tags = file.imagej_metadata or {}, file.pages.first.tags
        edges = []
        for name in ("XResolution", "YResolution"):
            above, below = tags[name].value
            edges.append(below / above)
        unit = str(facts.get("unit", "")).replace("\\u00B5", "µ")
        if unit.lower() not in _UNITS:
            return None
        return [*edges, float(facts.get("spacing", edges[0]))], unit


def _ome(text: str) -> tuple[Any, str] | None:
    edges = []
    for axis in "XYZ":
        found = re.search(rf'\bPhysicalSize{axis}="([^"]{{1,40}})"', text)
        unit = re.search(rf'\bPhysicalSize{axis}Unit="([^"]{{1,40}})"', text)
        scale = _UNITS.get(unit.group(1).lower()) if unit else 1.0
        if found and scale:
            edges.append(scale * float(found.group(1)))
    return (edges, "um") if len(edges) > 1 else None


def _nrrd(path: Path, dataset: str | None) -> tuple[Any, str] | None:
    import nrrd

    head = nrrd.read_header(str(path))
    units = head.get("space units", head.get("units", [""]))
    unit = str(next(iter(units), ""))
    if any(str(other) != unit for other in units):
        return None
    if "space directions" in head:
        return np.linalg.norm(np.asarray(head["space directions"], np.float64), axis=1), unit
    return (head["spacings"], unit) if "spacings" in head else None


def _hdf5(path: Path, dataset: str | None) -> tuple[Any, str] | None:
    import h5py

    with h5py.File(path, "r") as file:
        names = [] if dataset is None else [dataset]
        if dataset is None:
            file.visititems(
                lambda name, item: names.append(name) if hasattr(item, "shape") else None
            )
        names = [name for name in names if len(file[name].shape) in (2, 3)]
        if len(names) != 1:
            return None
        facts = file[names[0]].attrs
        if "element_size_um" in facts:
            return np.asarray(facts["element_size_um"])[::-1], "um"
        for key in ("voxel_size", "spacing"):
            if key in facts:
                unit = facts.get("units", facts.get("unit", ""))
                return np.asarray(facts[key])[::-1], str(unit)
    return None


def _vti(path: Path, dataset: str | None) -> tuple[Any, str] | None:
    grid = read_grid(path)
    return grid.spacing, grid.unit


def _npy(path: Path, dataset: str | None) -> tuple[Any, str] | None:
    """Return what the table beside says, if it is of an image of this shape."""
    table = table_of(path, np.lib.format.open_memmap(path, mode="r").shape)
    return None if table is None else (table["spacing"], "um")


_READERS = {
    ".tif": _tiff, ".tiff": _tiff, ".npy": _npy, ".nrrd": _nrrd, ".nhdr": _nrrd, ".vti": _vti,
    ".h5": _hdf5, ".hdf5": _hdf5,
}  # fmt: skip
