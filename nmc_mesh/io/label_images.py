"""Label images to files, with the size of a voxel and a table of their grains beside.

``labels.tif`` comes with ``labels_grains.json``: shape, spacing (um) and origin (um, the centre of
voxel (0, 0, 0)) in the order x, y, z, what is known of the image's making, and the table of grains
by column: ``id``, ``volume`` (um^3), ``centroid`` (um), and, where crystals are known,
``orientation`` (quaternion, w first), ``bunge`` (angles in radians), ``c_axis``. A NumPy file has
no place for the size of a voxel: its is the one in the table.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.crystal.orientation import bunge_angles, c_axes
from nmc_mesh.doors import taken
from nmc_mesh.errors import InputError
from nmc_mesh.files import contents, hdf5, written
from nmc_mesh.geometry.label_image import MAKE_IMAGE, LabelImage
from nmc_mesh.geometry.voxel_grains import voxel_grains
from nmc_mesh.io.notes import plain
from nmc_mesh.io.sidecar import CONVENTIONS
from nmc_mesh.io.vti import write_grid
from nmc_mesh.typing import AnyArray

_FORMAT = "nmc_mesh labels"
_IMAGEJ = 2**16  # labels that ImageJ's own format holds
_RATIO = 2**32  # of whole numbers that a TIFF gives the resolution by


def label_table(path: Path) -> Path:
    """Place of the table of grains that belongs to a label image."""
    return path.with_name(f"{path.stem}_grains.json")


def table_of(path: Path, shape: tuple[int, ...]) -> dict[str, Any] | None:
    """Return the table beside an image of this shape, if ``write_labels`` wrote one."""
    place = label_table(path)
    try:
        table = json.loads(contents(place)) if place.is_file() else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(table, dict) or table.get("format") != _FORMAT:
        return None
    return table if table.get("shape") == list(shape) else None


def write_labels(
    path: str | os.PathLike[str], image: LabelImage, info: Mapping[str, Any] | None = None
) -> None:
    """Write a label image and the table of its grains; ``read_labels`` reads the image back.

    Labels are written as the smallest unsigned type that holds them. What reads the files finds
    them indexed

    * .tif, .tiff, .h5: [z, y, x], slices first; ImageJ's tags (OME's for more than 65,535 labels),
      and the dataset ``labels`` with the attribute ``element_size_um``, are the size of a voxel;
    * .npy: [x, y, z]; the size of a voxel is in the table only;
    * .nrrd: the first axis it names is x, the fastest; sizes in space directions;
    * .vti: the cell array ``grain_id``, x fastest.

    Parameters
    ----------
    path
        File of one of these endings; it and its table, ``NAME_grains.json``, appear together, whole
        or not at all.
    image
        The labels, with the size of a voxel in um.
    info
        What is known of the image, plain values for the table. ``orientations`` (n, 4), quaternions
        of the grains 1 ... n, become columns.

    Raises
    ------
    InputError
        If the ending is another.
    FileError
        If the place cannot be written.

    Examples
    --------
    >>> import nmc_mesh, numpy as np, os, tempfile
    >>> image = nmc_mesh.LabelImage(np.array([[[0, 1, 1, 2]]]), (0.1, 0.1, 0.2))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     nmc_mesh.write_labels(f"{folder}/labels.nrrd", image)
    ...     print(sorted(os.listdir(folder)), nmc_mesh.read_labels(f"{folder}/labels.nrrd").spacing)
    ['labels.nrrd', 'labels_grains.json'] [0.1 0.1 0.2]
    """
    place = Path(path)
    writer = _WRITERS.get(place.suffix.lower())
    if writer is None:
        raise InputError(
            f"unknown extension '{place.suffix}' for labels; use {', '.join(LABEL_FILES)}"
        )
    taken(image, LabelImage, "write_labels", MAKE_IMAGE)
    with written(place) as files:
        writer(files.name(place), image)
        files.name(label_table(place)).write_text(_table(image, info or {}), encoding="utf-8")


def _table(image: LabelImage, info: Mapping[str, Any]) -> str:
    grains = voxel_grains(image)
    known = {name: value for name, value in info.items() if name != "orientations"}
    turns = info.get("orientations")
    if turns is not None:
        array = np.asarray(turns, dtype=np.float64)
        last = int(grains["id"].max(initial=0))
        if array.ndim != 2 or array.shape[1] != 4 or len(array) < last:
            raise InputError(
                f"orientations have shape {array.shape}, expected ({last}, 4): a "
                "quaternion for every grain"
            )
        found = array[grains["id"] - 1]
        grains |= {"orientation": found, "bunge": bunge_angles(found), "c_axis": c_axes(found)}
    table = {
        "format": _FORMAT,
        "conventions": CONVENTIONS,
        "shape": list(image.labels.shape),
        "spacing": image.spacing,
        "origin": image.origin,
        **({"phases": image.phases.plain()} if image.phases else {}),
        "info": known,
        "grains": grains,
    }
    return json.dumps(table, default=plain, indent=1) + "\n"


def _packed(image: LabelImage) -> AnyArray:
    """Labels in the smallest type that holds them."""
    return image.labels.astype(np.min_scalar_type(int(image.labels.max())))


def _npy(path: Path, image: LabelImage) -> None:
    with path.open("wb") as file:
        np.save(file, _packed(image))


def _tiff(path: Path, image: LabelImage) -> None:
    import tifffile

    labels = np.ascontiguousarray(_packed(image).T)
    axes = "ZYX"[-image.dim :]
    if labels.max() < _IMAGEJ:
        facts: dict[str, Any] = {"axes": axes, "unit": "um"}
        if image.dim == 3:
            facts |= {"spacing": float(image.spacing[2])}
        resolution = tuple(_ratio(edge) for edge in image.spacing[:2].tolist())
        kind: dict[str, Any] = {"imagej": True, "resolution": resolution}
    else:
        digest = hashlib.sha256(labels.tobytes()).digest()
        sizes = dict(zip("XYZ", image.spacing.tolist(), strict=False))
        facts = {"axes": axes, "UUID": str(uuid.UUID(bytes=digest[:16]))}
        facts |= {f"PhysicalSize{axis}": size for axis, size in sizes.items()}
        facts |= {f"PhysicalSize{axis}Unit": "µm" for axis in sizes}
        kind = {"ome": True}
    tifffile.imwrite(
        path, labels, photometric="minisblack", compression="zlib", metadata=facts, **kind
    )


def _ratio(edge: float) -> tuple[int, int]:
    """Voxels per um, as a ratio of whole numbers that gives the edge back to the last bit."""
    found = Fraction(edge).limit_denominator(max(1, int((_RATIO - 1) / max(edge, 1.0))))
    return found.denominator, found.numerator


def _nrrd(path: Path, image: LabelImage) -> None:
    """Write the header and the packed labels ourselves: pynrrd puts the time into the file."""
    labels = _packed(image)
    rows = [
        "(" + ",".join(repr(float(edge)) if k == axis else "0" for k in range(image.dim)) + ")"
        for axis, edge in enumerate(image.spacing)
    ]
    units = " ".join(['"um"'] * image.dim)
    head = [
        "NRRD0004",
        f"type: {labels.dtype.name}",
        f"dimension: {image.dim}",
        f"space dimension: {image.dim}",
        f"sizes: {' '.join(map(str, labels.shape))}",
        f"space directions: {' '.join(rows)}",
        f"space units: {units}",
        f"space origin: ({','.join(repr(float(place)) for place in image.origin)})",
        "kinds: " + " ".join(["domain"] * image.dim),
        "endian: little",
        "encoding: gzip",
    ]
    data = np.asfortranarray(labels.astype(labels.dtype.newbyteorder("<"), copy=False))
    with path.open("wb") as file:
        file.write(("\n".join(head) + "\n\n").encode("ascii"))
        file.write(gzip.compress(data.tobytes(order="F"), 6, mtime=0))


def _hdf5(path: Path, image: LabelImage) -> None:
    labels = np.ascontiguousarray(_packed(image).T)
    with hdf5(path) as file:
        data = file.create_dataset(
            "labels", data=labels, chunks=True, compression="gzip", shuffle=True, track_times=False
        )
        data.attrs["element_size_um"] = image.spacing[::-1]
        data.attrs["origin_um"] = image.origin[::-1]
        data.attrs["axes"] = "zyx"[-image.dim :]


_WRITERS: dict[str, Callable[[Path, LabelImage], None]] = {
    ".tif": _tiff,
    ".tiff": _tiff,
    ".npy": _npy,
    ".nrrd": _nrrd,
    ".vti": write_grid,
    ".h5": _hdf5,
}
LABEL_FILES = tuple(_WRITERS)
"""Endings of label images that are written."""
