"""Analytic particles in HDF5: small, exact, the same bytes for the same particle.

A particle is a group, by default the file itself: the attributes ``format`` and ``version``,
``provenance`` as JSON, and the float64 datasets ``shell`` (coefficients, um), ``seeds``,
``matrices``, ``offsets`` (the diagram, um), ``box`` if one is known, ``orientations`` if there are
any, and ``kept`` (int32). One that is clipped at its shell has the attribute ``surface`` = "shell",
and version 2, so that older programs do not take it for one of whole grains. A particle of 500
grains takes about 0.2 MB.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import hdf5, written
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.particle import Particle
from nmc_mesh.stored import Stored, opened

PARTICLE_FILES = (".h5", ".hdf5")
FORMAT = "nmc_mesh particle"
VERSION = 2
WHOLE = 1
"""Version of a particle of whole grains, which every program reads."""


def write_particle(path: str | os.PathLike[str], particle: Particle) -> None:
    """Write a particle to an HDF5 file, whole or not at all; ``read_particle`` gives it back.

    Parameters
    ----------
    path
        File ending in .h5 or .hdf5.
    particle
        What; every number comes back bit for bit.

    Raises
    ------
    InputError
        If the ending is another, or the provenance holds more than plain values.
    FileError
        If the file cannot be written.
    """
    place = Path(path)
    if place.suffix.lower() not in PARTICLE_FILES:
        raise InputError(
            f"unknown extension '{place.suffix}' for a particle; use {', '.join(PARTICLE_FILES)}"
        )
    with written(place) as beside, hdf5(beside.name(place)) as file:
        store_particle(file, particle)


def read_particle(path: str | os.PathLike[str]) -> Particle:
    """Read what `write_particle` wrote.

    Raises
    ------
    FileError
        If the file is missing or damaged, holds no particle, or one of a later version.
    """
    place = Path(path)
    with opened(place) as file:
        return stored_particle(file.raw, str(place))


def holds_particle(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one that `write_particle` wrote."""
    place = Path(path)
    if place.suffix.lower() not in PARTICLE_FILES or not h5py.is_hdf5(place):
        return False
    with opened(place) as file:
        return _format_of(file) == FORMAT


def store_particle(group: h5py.Group, particle: Particle) -> None:
    """Put a particle into a group of an open file, so that one file can hold many.

    Raises
    ------
    InputError
        If the provenance holds more than plain values.
    """
    clipped = particle.surface != "grains"
    group.attrs["format"], group.attrs["version"] = FORMAT, VERSION if clipped else WHOLE
    if clipped:
        group.attrs["surface"] = particle.surface
    group.attrs["provenance"] = json.dumps(dict(particle.provenance), default=_plain)
    diagram = particle.tessellation
    arrays = {
        "shell": particle.shell.coefficients,
        "seeds": diagram.seeds,
        "matrices": diagram.matrices,
        "offsets": diagram.offsets,
        "kept": particle.kept,
        "orientations": particle.orientations,
        "box": particle.box,
    }
    for name, values in arrays.items():
        if values is not None:
            group.create_dataset(name, data=values, track_times=False)


def stored_particle(group: h5py.Group, name: str = "the group") -> Particle:
    """Return the particle of a group that `store_particle` filled; ``name`` is for messages.

    Raises
    ------
    FileError
        If the group holds no particle, or one of a later version.
    """
    part = Stored(group, Path(name))
    if _format_of(part) != FORMAT:
        raise FileError(f"{name} holds no particle; write one with write_particle or fit-gbpd")
    version = part.attribute("version", kind="whole")
    if version > VERSION:
        raise FileError(
            f"{name} is of version {version}, this program reads up to {VERSION}; "
            "install a newer one"
        )
    return Particle(
        StarShape(part.array("shell", ("m",))),
        GBPD(
            part.array("seeds", ("n", 3)),
            part.array("matrices", ("n", 3, 3)),
            part.array("offsets", ("n",)),
        ),
        part.array("kept", ("g",), "whole"),
        part.array("orientations", ("g", 4)) if "orientations" in part else None,
        part.plain("provenance"),
        part.array("box", (2, 3)) if "box" in part else None,
        part.attribute("surface", kind="text", default="grains"),
    )


def _format_of(group: Stored) -> str:
    return str(group.attribute("format", kind="text", default=""))


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise InputError(f"a provenance holds plain values only, not {type(value).__name__}")
