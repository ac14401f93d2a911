"""Crystals of a mesh's grains, and what tables beside it know: orientations, how it was made."""

from __future__ import annotations

import json
import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from nmc_mesh.errors import InputError, NmcMeshError
from nmc_mesh.files import contents, damaged
from nmc_mesh.io.sidecar import read_tables, tables_path
from nmc_mesh.mesh.tet_mesh import TetMesh
from nmc_mesh.typing import AnyArray, Floats, Longs

MOST = 10_000_000
"""Largest label that may have an orientation: meshes have a row for every number to it (ours)."""


class Crystals(NamedTuple):
    """Orientations of grains."""

    ids: Longs
    """Their labels, (n,)."""
    turns: Floats
    """Unit quaternions, crystal to sample, w first, (n, 4)."""


def informed(mesh: TetMesh, path: Path) -> TetMesh:
    """Return the mesh with all that is known: by its own file, and by the tables beside it.

    Parameters
    ----------
    mesh
        A mesh that was read.
    path
        Where from, as of `oriented`.

    Warns
    -----
    UserWarning
        If there are tables that cannot be read, or belong to another mesh.
    """
    beside = path.with_suffix(".json")
    if not (beside.is_file() and tables_path(beside).is_file()):
        return mesh
    try:
        told = _info(beside)
        if mesh.info.get("orientations") is None and "orientation" in read_tables(beside)["grains"]:
            mesh = oriented(mesh, path)
    except NmcMeshError as error:
        warnings.warn(f"crystals are left out: {error}", UserWarning, stacklevel=2)
        return mesh
    return replace(mesh, info={**told, **mesh.info})


def _info(path: Path) -> dict[str, Any]:
    """What a JSON file of tables says about the mesh, but for its crystals."""
    try:
        told = json.loads(contents(path))["info"]
        return {name: value for name, value in told.items() if name not in ("file", "orientations")}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged(path, error) from error


def oriented(mesh: TetMesh, path: Path) -> TetMesh:
    """Return the mesh with orientations: its own, else those of the tables beside its file.

    Parameters
    ----------
    mesh
        A mesh that was read.
    path
        Where from: ``particle.msh`` has its tables in ``particle.json`` and ``particle_tables.h5``.

    Raises
    ------
    InputError
        If there are none, not one for every grain, or the tables lack a grain of the mesh.
    FileError
        If the tables cannot be read.
    """
    if mesh.info.get("orientations") is not None:
        return mesh
    beside = path.with_suffix(".json")
    if not (beside.is_file() and tables_path(beside).is_file()):
        raise InputError(
            f"{path} holds no orientations and there are no tables {beside.name} with "
            f"{tables_path(beside).name} beside it; write it again, or with its tables, "
            "from a model with a texture"
        )
    grains = read_tables(beside)["grains"]
    if "orientation" not in grains:
        raise InputError(
            f"the tables {beside} hold no orientations; generate the particle from a model with a "
            "texture, or mesh its image with --orientations"
        )
    shapes = grains["id"].shape, grains["orientation"].shape
    if shapes[1] != (*shapes[0], 4):
        raise InputError(
            f"the tables {beside} have orientations of shape {shapes[1]} for {len(grains['id'])} "
            "grains, expected a quaternion for each; write the tables again"
        )
    return with_orientations(mesh, Crystals(grains["id"], grains["orientation"]), beside)


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
    >>> from nmc_mesh.io.crystals import Crystals, with_orientations
    >>> halves = np.repeat([1, 2], 2)[:, None, None] * np.ones((1, 4, 4), int)
    >>> mesh = nmc_mesh.tetrahedralize(nmc_mesh.LabelImage(halves, 0.5), size=0.5)
    >>> turns = np.array([[0.6, 0.8, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]])
    >>> turned = with_orientations(mesh, Crystals(np.array([2, 1]), turns), "mine")
    >>> turned.info["orientations"].tolist()
    [[1.0, 0.0, 0.0, 0.0], [0.6, 0.8, 0.0, 0.0]]
    """
    count = int(mesh.labels.max(initial=0))
    turns = turns_of(crystals, mesh.grains, count, source)
    return replace(mesh, info={**mesh.info, "orientations": turns})


def turns_of(crystals: Crystals, grains: AnyArray, count: int, source: str | Path) -> Floats:
    """Quaternion of every label 1 ... count, (count, 4); of labels that are no grain the unit one.

    Parameters
    ----------
    crystals, source
        As for `with_orientations`.
    grains
        Labels that have to be among them.
    count
        Largest label.

    Raises
    ------
    InputError
        As `with_orientations`.
    """
    check_complete(crystals, grains, source)
    if count > MOST:
        raise InputError(
            f"labels with orientations go to {MOST:,}, here is {count:,}; number them from 1 on"
        )
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (count, 1))
    ours = (crystals.ids > 0) & (crystals.ids <= count)
    turns[crystals.ids[ours] - 1] = crystals.turns[ours]
    return turns


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
            f"the orientations of {source} lack {len(missing)} grains of the mesh, such as "
            f"{missing[0]}: they belong to another mesh, or these are no grains (--phase)"
        )
