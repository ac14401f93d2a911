"""The file of one particle: HDF5, the same bytes for the same particle.

Its parts, each there if the plan asks for it (``particle`` always):

``particle``
    A compact particle of ``nmc_mesh.io.particle``: ``shell`` ((L + 1)^2,) um; ``seeds`` (n, 3) um;
    ``tensors`` (n, 6); ``offsets`` (n,) um^2; ``kept`` (g,) seed number of every grain; ``box``
    (2, 3) um; ``orientations`` (g, 4) if there are any.
``voxels``
    Labels [x, y, z], 0 outside; attributes ``spacing`` and ``origin``, the centre of voxel
    (0, 0, 0), um, and ``phases`` (JSON) where some are no grains.
``surface``
    ``points`` (p, 3) um; ``triangles`` (t, 3); ``grains`` (t, 2), (lower, higher) or (grain, 0).
``tables``
    Groups of columns: ``voxel_grains`` counted on the voxels, ``grains`` and ``boundaries``
    measured on the mesh.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import h5py
import numpy as np

from nmc_mesh import stored
from nmc_mesh.arrays import in_one_line
from nmc_mesh.errors import FileError
from nmc_mesh.geometry.label_image import LabelImage
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.io.particle import (
    Precision,
    particle_of,
    store_particle,
    stored_arrays,
    stored_particle,
)
from nmc_mesh.particle.particle import Particle
from nmc_mesh.stored import Stored
from nmc_mesh.typing import AnyArray, Floats, Ints

FORMAT = "nmc_mesh data set item"
VERSION = 1
_LIBRARY = ("v110", "v110")

Packed = dict[str, AnyArray]
"""Arrays by name."""


@in_one_line
class Surface(NamedTuple):
    """Triangles of the boundaries: points (p, 3) um, triangles (t, 3), grains (t, 2)."""

    points: Floats
    triangles: Ints
    grains: Ints


@in_one_line
class Contents(NamedTuple):
    """What the file of a particle holds."""

    particle: Particle
    voxels: LabelImage | None = None
    surface: Surface | None = None
    tables: Mapping[str, Mapping[str, AnyArray]] = {}


def file_image(
    contents: Contents, precision: Precision, compression: int, facts: Mapping[str, Any]
) -> bytes:
    """Return the bytes of the file; ``facts`` are plain values for the attributes of its root."""
    with h5py.File("item", "w", driver="core", backing_store=False, libver=_LIBRARY) as file:
        file.attrs["format"], file.attrs["version"] = FORMAT, VERSION
        for name, value in facts.items():
            file.attrs[name] = value if isinstance(value, str | int) else json.dumps(value)
        store_particle(file.create_group("particle"), contents.particle, precision)
        if contents.voxels is not None:
            _put_voxels(file, contents.voxels, compression)
        if contents.surface is not None:
            _fill(file.create_group("surface"), contents.surface._asdict())
        for name, table in contents.tables.items():
            _fill(file.create_group(f"tables/{name}"), table)
        file.flush()
        return bytes(file.id.get_file_image())


def load_particle(path: Path) -> Particle:
    """Return the particle of a file: bit for bit the one that the file was made from.

    Raises
    ------
    FileError
        If the file is missing or damaged.
    """
    with opened(path) as file:
        group = file.group("particle")
        if not group.attribute("format", kind="text", default=""):
            # Written before data sets and single files had one schema.
            return particle_of(stored_arrays(group), group.plain("provenance"))
        return stored_particle(group, str(path))


def load_voxels(path: Path) -> LabelImage:
    """Return the stored labels of a file; FileError if it has none."""
    with opened(path) as file:
        if "voxels" not in file:
            raise FileError(f"{path} holds no voxels; make them with voxelize(particle, spacing)")
        labels = file.array("voxels", ("x", "y", "z"), "whole")
        spacing, origin = (
            file.attribute(name, (3,), of="voxels") for name in ("spacing", "origin")
        )
        plain = file.attribute("phases", kind="text", default="{}", of="voxels")
        return LabelImage(labels, spacing, origin, Phases.of_plain(json.loads(plain)))


def load_surface(path: Path) -> Surface:
    """Return the stored triangles of a file; FileError if it has none."""
    with opened(path) as file:
        if "surface" not in file:
            raise FileError(f"{path} holds no surface; the plan has no table [surfaces]")
        group = file.group("surface")
        return Surface(
            group.array("points", ("p", 3)),
            group.array("triangles", ("t", 3), "whole"),
            group.array("grains", ("t", 2), "whole"),
        )


def load_tables(path: Path) -> dict[str, Packed]:
    """Return the tables of a file: name -> column -> values."""
    with opened(path) as file:
        if "tables" not in file:
            return {}
        tables = file.group("tables")
        return {name: columns(tables.group(name)) for name in tables}


def columns(table: Stored) -> Packed:
    """Return the columns of a table, of one length."""
    arrays = {name: table.array(name, kind="any") for name in table}
    if len({len(values) if values.ndim else -1 for values in arrays.values()}) > 1:
        raise table.wrong("", "has columns of different lengths")
    return arrays


@contextmanager
def opened(path: Path) -> Iterator[Stored]:
    """Open the file of a particle for reading; FileError if it is none or damaged."""
    with stored.opened(path, "make it again") as file:
        if file.attribute("format", kind="text", default="") != FORMAT:
            raise FileError(f"{path} is not the file of a particle of a data set")
        yield file


def _put_voxels(file: h5py.File, image: LabelImage, compression: int) -> None:
    labels = image.labels.astype(np.min_scalar_type(int(image.labels.max())))
    packing = (
        {"compression": "gzip", "compression_opts": compression, "shuffle": labels.itemsize > 1}
        if compression
        else {}
    )
    data = file.create_dataset("voxels", data=labels, chunks=labels.shape, **packing)
    data.attrs["spacing"], data.attrs["origin"] = image.spacing, image.origin
    if image.phases:
        data.attrs["phases"] = json.dumps(image.phases.plain())
    # A chunk gets its place when the data set is closed. That may be late: whoever watches this
    # thread, as the profiler of a worker does, holds on to the frame and to what is open in it.
    data.flush()


def _fill(group: h5py.Group, arrays: Mapping[str, AnyArray]) -> None:
    for name, values in arrays.items():
        group.create_dataset(name, data=values, track_times=False)
