"""Analytic particles in HDF5: small, exact, the same bytes for the same particle.

A particle is a group, by default the file itself: the attributes ``format`` and ``version``,
``provenance`` as JSON, and the float64 datasets ``shell`` (coefficients, um), ``seeds``,
``matrices``, ``offsets`` (the diagram, um), ``box`` if one is known, ``orientations`` if there are
any, and ``kept`` (int32). One that is clipped at its shell has the attribute ``surface`` = "shell",
and version 2, so that older programs do not take it for one of whole grains. One of several phases
has the attribute ``phases`` (JSON, runs of labels), one in a domain also ``domain``, and version 3;
one with a coating also ``coating``, one that is several, or has twins, ``owners``; version 4.
A particle of 500 grains takes about 0.2 MB.

Data sets hold many, so theirs are compact: ``tensors`` (n, 6), M11 M22 M33 M12 M13 M23, in place of
``matrices``, all numbers of 32 or 64 bits, and always a ``box``.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from nmc_mesh.doors import taken
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import hdf5, written
from nmc_mesh.geometry.gbpd import GBPD
from nmc_mesh.geometry.owners import Owners
from nmc_mesh.geometry.phases import Phases
from nmc_mesh.geometry.star_shape import StarShape
from nmc_mesh.particle.checks import Surface
from nmc_mesh.particle.coating import Coating
from nmc_mesh.particle.domain import Domain
from nmc_mesh.particle.particle import Particle
from nmc_mesh.stored import Kind, Shape, Stored, opened
from nmc_mesh.typing import AnyArray

if TYPE_CHECKING:
    import h5py

PARTICLE_FILES = (".h5", ".hdf5")
FORMAT = "nmc_mesh particle"
VERSION = 4
"""Version of a particle with a coating, of several, and of one with twins."""
PHASED = 3
"""Version of a particle of several phases."""
CLIPPED = 2
"""Version of a particle cut off at its shell."""
WHOLE = 1
"""Version of a particle of whole grains, which every program reads."""
Precision: TypeAlias = Literal["single", "double"]
_UPPER = ((0, 1, 2, 0, 0, 1), (0, 1, 2, 1, 2, 2))
_PARTS: dict[str, tuple[Shape, Kind]] = {
    "shell": (("m",), "number"),
    "seeds": (("n", 3), "number"),
    "matrices": (("n", 3, 3), "number"),
    "tensors": (("n", 6), "number"),
    "offsets": (("n",), "number"),
    "kept": (("g",), "whole"),
    "box": ((2, 3), "number"),
    "orientations": (("g", 4), "number"),
}


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

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(1.0)
    >>> diagram = nmc_mesh.GBPD(np.zeros((1, 3)), [np.eye(3)], [0.0])
    >>> particle = nmc_mesh.Particle(ball, diagram, [0], surface="shell")
    >>> nmc_mesh.write_particle("ball.h5", particle)
    >>> nmc_mesh.read_particle("ball.h5").shell.volume == ball.volume
    True
    """
    place = Path(path)
    if place.suffix.lower() not in PARTICLE_FILES:
        raise InputError(
            f"unknown extension '{place.suffix}' for a particle; use {', '.join(PARTICLE_FILES)}"
        )
    taken(particle, Particle, "write_particle")
    with written(place) as beside, hdf5(beside.name(place)) as file:
        store_particle(file, particle)


def read_particle(path: str | os.PathLike[str]) -> Particle:
    """Read what `write_particle` wrote.

    Parameters
    ----------
    path
        File ending in .h5 or .hdf5.

    Raises
    ------
    FileError
        If the file is missing or damaged, holds no particle, or one of a later version.

    Examples
    --------
    >>> ball = nmc_mesh.StarShape.ball(0.6)
    >>> particle = nmc_mesh.load_model("nmc-radial").sample(3, shell=ball)
    >>> nmc_mesh.write_particle("particle.h5", particle)
    >>> nmc_mesh.read_particle("particle.h5").n_grains == particle.n_grains
    True
    """
    place = Path(path)
    with opened(place) as file:
        return stored_particle(file.raw, str(place))


def holds_particle(path: str | os.PathLike[str]) -> bool:
    """Whether a file is one that `write_particle` wrote."""
    import h5py

    place = Path(path)
    if place.suffix.lower() not in PARTICLE_FILES or not h5py.is_hdf5(place):
        return False
    with opened(place) as file:
        return _format_of(file) == FORMAT


def arrays_of(particle: Particle, precision: Precision | None = None) -> dict[str, AnyArray]:
    """Return the arrays that hold a particle by name: exact, or compact in 32 or 64 bits."""
    diagram = particle.tessellation
    if precision is None:
        arrays: dict[str, AnyArray | None] = {
            "shell": particle.shell.coefficients,
            "seeds": diagram.seeds,
            "matrices": diagram.matrices,
            "offsets": diagram.offsets,
            "kept": particle.kept,
            "orientations": particle.orientations,
            "box": particle.box,
        }
        return {name: values for name, values in arrays.items() if values is not None}
    kind = np.float32 if precision == "single" else np.float64
    compact: dict[str, AnyArray] = {
        "shell": particle.shell.coefficients.astype(kind),
        "seeds": diagram.seeds.astype(kind),
        "tensors": diagram.matrices[:, *_UPPER].astype(kind),
        "offsets": diagram.offsets.astype(kind),
        "kept": np.asarray(particle.kept),
        "box": np.stack(particle.grain_bounds()).astype(kind),
    }
    if particle.orientations is not None:
        compact["orientations"] = particle.orientations.astype(kind)
    return compact


def tables_of(particle: Particle) -> dict[str, Any]:
    """Return what a particle has beside its arrays, as plain values by name of `particle_of`."""
    owners = {"parents": particle.parents, "particles": particle.particles}
    tables = {
        "phases": particle.phases.plain(),
        "domain": None if particle.domain is None else particle.domain.plain(),
        "coating": None if particle.coating is None else particle.coating.plain(),
        "owners": {name: owner.plain() for name, owner in owners.items() if owner},
    }
    return {name: table for name, table in tables.items() if table}


def particle_of(
    arrays: Mapping[str, AnyArray],
    provenance: Mapping[str, Any],
    surface: Surface = "grains",
    phases: Mapping[str, Any] | None = None,
    domain: Mapping[str, Any] | None = None,
    coating: Mapping[str, Any] | None = None,
    owners: Mapping[str, Any] = MappingProxyType({}),
) -> Particle:
    """Return the particle of ``arrays_of``: the same bits whenever the arrays are the same."""
    if "tensors" in arrays:
        tensors = np.asarray(arrays["tensors"], dtype=np.float64)
        matrices = np.empty((len(tensors), 3, 3))
        matrices[:, *_UPPER] = tensors
        matrices[:, *_UPPER[::-1]] = tensors
    else:
        matrices = arrays["matrices"]
    box = arrays.get("box")
    return Particle(
        StarShape(arrays["shell"]),
        GBPD(arrays["seeds"], matrices, arrays["offsets"]),
        arrays["kept"],
        arrays.get("orientations"),
        provenance,
        None if box is None else np.asarray(box, dtype=np.float64),
        surface,
        Phases.of_plain(phases),
        Domain.of_plain(domain),
        Coating.of_plain(coating),
        Owners.of_plain(owners.get("parents")),
        Owners.of_plain(owners.get("particles")),
    )


def store_particle(
    group: h5py.Group, particle: Particle, precision: Precision | None = None
) -> None:
    """Put a particle into a group of an open file, so that one file can hold many.

    Parameters
    ----------
    group
        Where to.
    particle
        What.
    precision
        Compact with numbers of 32 bits ("single") or 64 ("double"); default: every number exact.

    Raises
    ------
    InputError
        If the provenance holds more than plain values.
    """
    clipped = particle.surface != "grains"
    beside = tables_of(particle)
    latest = VERSION if {"coating", "owners"} & set(beside) else PHASED
    oldest = latest if beside else CLIPPED if clipped else WHOLE
    group.attrs["format"], group.attrs["version"] = FORMAT, oldest
    for name, table in beside.items():
        group.attrs[name] = json.dumps(table)
    if clipped:
        group.attrs["surface"] = particle.surface
    group.attrs["provenance"] = json.dumps(dict(particle.provenance), default=_plain)
    for name, values in arrays_of(particle, precision).items():
        group.create_dataset(name, data=values, track_times=False)


def stored_particle(group: h5py.Group | Stored, name: str = "the group") -> Particle:
    """Return the particle of a group that `store_particle` filled; ``name`` is for messages.

    Raises
    ------
    FileError
        If the group holds no particle, or one of a later version.
    """
    part = group if isinstance(group, Stored) else Stored(group, Path(name))
    if _format_of(part) != FORMAT:
        raise FileError(f"{name} holds no particle; write one with write_particle or fit-gbpd")
    version = part.attribute("version", kind="whole")
    if version > VERSION:
        raise FileError(
            f"{name} is of version {version}, this program reads up to {VERSION}; "
            "install a newer one"
        )
    surface = part.attribute("surface", kind="text", default="grains")
    known: dict[str, Any] = {}
    if version >= PHASED:
        names = ("phases", "domain", "coating", "owners")
        known = {key: part.plain(key) for key in names if part.knows(key)}
    return particle_of(stored_arrays(part), part.plain("provenance"), surface, **known)


def stored_arrays(part: Stored) -> dict[str, AnyArray]:
    """Return the arrays of a stored particle, those of ``arrays_of``; FileError if one is lost."""
    arrays = {name: part.array(name, *_PARTS[name]) for name in _PARTS if name in part}
    shape = "tensors" if "tensors" in arrays else "matrices"
    for name in ("shell", "seeds", shape, "offsets", "kept"):
        if name not in arrays:
            raise part.wrong(name, "is missing")
    return arrays


def _format_of(group: Stored) -> str:
    return str(group.attribute("format", kind="text", default=""))


def _plain(value: object) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise InputError(f"a provenance holds plain values only, not {type(value).__name__}")
