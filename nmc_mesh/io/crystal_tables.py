"""Crystals of the grains of an image: a table of orientations, put to the labels of a mesh."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from nmc_mesh.crystal.orientation import from_bunge
from nmc_mesh.errors import FileError, InputError
from nmc_mesh.files import contents, damaged
from nmc_mesh.io.crystals import Crystals
from nmc_mesh.io.label_images import table_of
from nmc_mesh.numerics.products import dot

ANGLES = ("phi1", "Phi", "phi2")
QUATERNION = ("qw", "qx", "qy", "qz")
_UNIT = 0.01  # that the length of a quaternion may be off one: tables are rounded


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
