"""Crystals of the grains of an image: a table of orientations, put to the labels of a mesh."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.crystal.orientation import from_bunge
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import contents, damaged
from nmc_mesh.io.label_images import table_of
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.numerics.products import dot
from nmc_mesh.typing import AnyArray, Floats, Longs

ANGLES = ("phi1", "Phi", "phi2")
QUATERNION = ("qw", "qx", "qy", "qz")
MOST = 10_000_000
"""Largest label that may have an orientation: meshes have a row for every number to it (ours)."""
_UNIT = 0.01  # that the length of a quaternion may be off one: tables are rounded


class Crystals(NamedTuple):
    """Orientations of grains."""

    ids: Longs
    """Their labels, (n,)."""
    turns: Floats
    """Unit quaternions, crystal to sample, w first, (n, 4)."""


def read_orientations(path: str | os.PathLike[str]) -> Crystals:
    r"""Read a table of orientations.

    A .csv has a row per grain under the names of its columns: ``id``, the label, and either
    ``phi1``, ``Phi``, ``phi2``, Bunge's angles in degrees, or ``qw``, ``qx``, ``qy``, ``qz``.
    A .json is the table that `nmc_mesh.write_labels` leaves beside an image.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it is neither, lacks a column, or says something of a grain twice.
    FileError
        If it cannot be read.

    Examples
    --------
    >>> from nmc_mesh.io.crystal_tables import read_orientations
    >>> with open("grains.csv", "w") as file:
    ...     _ = file.write("id,phi1,Phi,phi2\n7,90,0,0\n")
    >>> crystals = read_orientations("grains.csv")
    >>> crystals.ids.tolist(), crystals.turns.round(3).tolist()
    ([7], [[0.707, 0.0, 0.0, 0.707]])
    """
    place = Path(path)
    text = contents(place)
    if place.suffix.lower() == ".csv":
        return _of_rows(place, text)
    if place.suffix.lower() != ".json":
        raise InputError(f"a table of orientations is a .csv or a .json, not '{place.name}'")
    try:
        grains = json.loads(text)["grains"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(place, error) from error
    if not isinstance(grains, dict) or "orientation" not in grains:
        raise InputError(f"{place} holds no orientations; write a .csv of id, phi1, Phi, phi2")
    return _of_columns(place, grains)


def orientations_beside(path: Path, shape: tuple[int, ...]) -> Crystals | None:
    """Return what the table beside a label image says of its crystals, if there is one."""
    table = table_of(path, shape)
    grains = {} if table is None else table.get("grains", {})
    if not isinstance(grains, dict) or "orientation" not in grains:
        return None
    return _of_columns(path, grains)


def with_orientations(mesh: TetMesh, crystals: Crystals, source: str | Path) -> TetMesh:
    """Give the grains of a mesh their orientations.

    Parameters
    ----------
    mesh
        Any mesh; what it told of orientations is no more.
    crystals
        Of its grains; others are left out.
    source
        Where from, for the message.

    Raises
    ------
    InputError
        If a grain of the mesh is not among them, or a label is over 10,000,000.

    Examples
    --------
    >>> from nmc_mesh.io.crystal_tables import Crystals, with_orientations
    >>> halves = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(halves, 0.5), size=0.5)
    >>> turns = np.array([[0.6, 0.8, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    >>> turned = with_orientations(mesh, Crystals(np.array([2, 1]), turns), "mine")
    >>> turned.info["orientations"].tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.6, 0.8, 0.0, 0.0]]
    """
    check_complete(crystals, mesh.grains, source)
    count = int(mesh.labels.max(initial=0))
    if count > MOST:
        raise InputError(
            f"labels with orientations go to {MOST:,}, here is {count:,}; number them from 1 on"
        )
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))
    ours = (crystals.ids > 0) & (crystals.ids <= count)
    turns[crystals.ids[ours] - 1] = crystals.turns[ours]
    return replace(mesh, info={**mesh.info, "orientations": turns})


def check_complete(crystals: Crystals, grains: AnyArray, source: str | Path) -> None:
    """Refuse a table that lacks grains.

    Raises
    ------
    InputError
        If it does.
    """
    missing = np.setdiff1d(grains, crystals.ids)
    if len(missing):
        raise InputError(
            f"{source} lacks the orientations of {len(missing)} grains, such as {missing[0]}: they "
            "belong to another mesh, or these are no grains (--phase)"
        )


def _of_rows(path: Path, text: bytes) -> Crystals:
    """Read the rows of a .csv."""
    try:
        rows = list(csv.DictReader(io.StringIO(text.decode("utf-8-sig")), skipinitialspace=True))
    except (ValueError, csv.Error) as error:
        raise damaged(path, error) from error
    there = set(rows[0]) if rows else set()
    names = next((kind for kind in (ANGLES, QUATERNION) if there.issuperset(("id", *kind))), None)
    if names is None:
        raise InputError(
            f"{path} has no rows under the names id, phi1, Phi, phi2 (degrees) or id, qw, qx, qy, "
            "qz; name its columns so in the first line"
        )
    try:
        table = np.array([[float(row[name]) for name in ("id", *names)] for row in rows])
    except (ValueError, TypeError) as error:
        raise damaged(path, error) from error
    turns = table[:, 1:] if names is QUATERNION else from_bunge(np.radians(table[:, 1:]))
    return _of_columns(path, {"id": table[:, 0], "orientation": turns})


def _of_columns(path: Path, grains: Mapping[str, Any]) -> Crystals:
    """Check the columns ``id`` and ``orientation``."""
    try:
        ids = np.asarray(grains["id"], dtype=np.float64)
        turns = np.asarray(grains["orientation"], dtype=np.float64)
    except (ValueError, KeyError, TypeError) as error:
        raise damaged(path, error) from error
    if ids.ndim != 1 or turns.shape != (len(ids), 4):
        raise FileError(f"{path} has orientations of shape {turns.shape} for {ids.size} grains")
    length = np.sqrt(dot(turns, turns))
    for wrong, what in (
        (~(ids == np.rint(ids)), "is no whole number"),
        (~(np.abs(length - 1.0) < _UNIT), "has no unit quaternion"),
    ):
        if wrong.any():
            raise InputError(f"{path}: grain {ids[wrong][0]:g} {what}; write the table again")
    names, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        raise InputError(f"{path} names grain {names[counts > 1][0]:g} twice; leave one row out")
    return Crystals(ids.astype(np.int64), turns / length[:, None])
