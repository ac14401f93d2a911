"""The crystals of a mesh: orientations of grains in many words, disorientations between them."""

from __future__ import annotations

import numpy as np

from nmc_mesh.arrays import occurring, places_in
from nmc_mesh.crystal.ipf import ipf_colors
from nmc_mesh.crystal.orientation import bunge_angles, c_axes
from nmc_mesh.crystal.symmetry import disorientation, in_sector
from nmc_mesh.errors import InputError
from nmc_mesh.geometry.phases import GRAIN
from nmc_mesh.mesh.profiles import profile_columns
from nmc_mesh.mesh.tagged_mesh import TaggedMesh
from nmc_mesh.numerics.functions import cbrt
from nmc_mesh.numerics.products import determinants
from nmc_mesh.typing import AnyArray, Floats, Ints

NO_TURN = np.array([[1.0, 0.0, 0.0, 0.0]])
"""Quaternion of what has no crystal, shape (1, 4)."""

_MOST_PER_CELL = 1000
"""Largest label, in cells: one beyond is damage, and would take a table of that many rows."""


def orientations_of(mesh: TaggedMesh, labels: Ints) -> Floats | None:
    """Quaternion of the grain of each label, shape (n, 4), if ``mesh.info`` has ``orientations``.

    Raises
    ------
    InputError
        If there is not a unit quaternion for every grain.
    """
    if mesh.info.get("orientations") is None:
        return None
    known: Floats = np.asarray(mesh.info["orientations"], dtype=np.float64)
    last = int(mesh.grains[-1]) if len(mesh.grains) else 0
    if known.ndim != 2 or known.shape[1] != 4 or len(known) < last:
        raise InputError(
            f"orientations have shape {known.shape}, expected ({last}, 4): a quaternion for every "
            "grain"
        )
    chosen = known[labels - 1]
    if not (np.abs(np.linalg.norm(chosen, axis=1) - 1) < 1e-6).all():
        raise InputError("orientations must be unit quaternions (w, x, y, z); normalize them")
    return chosen


def need_orientations(
    mesh: TaggedMesh,
    labels: Ints,
    remedy: str = "write it, or its tables (.json), from a model with a texture",
) -> Floats:
    """Quaternion of the grain of each label, shape (n, 4).

    Parameters
    ----------
    mesh
        Any mesh.
    labels
        Of grains, shape (n,).
    remedy
        What the message tells to do if the mesh knows none.

    Raises
    ------
    InputError
        If the mesh knows no orientations, or there is not a unit quaternion for every grain.
    """
    turns = orientations_of(mesh, labels)
    if turns is None:
        raise InputError(f"the grains of the mesh have no orientations; {remedy}")
    return turns


def orientations_from(labels: Ints, quaternions: AnyArray) -> Floats:
    """Quaternion of every grain 1 ... n from those of cells; no turn for grains that do not occur.

    Parameters
    ----------
    labels
        Grain of every cell, shape (m,).
    quaternions
        Of every cell, shape (m, 4).
    """
    last = int(labels.max(initial=0))
    if labels.min(initial=1) < 1 or last > _MOST_PER_CELL * len(labels):
        raise InputError(
            f"labels of {len(labels):,} cells go from {labels.min(initial=1)} to {last}; number "
            "the grains 1 ... n"
        )
    turns = np.tile([1.0, 0.0, 0.0, 0.0], (last, 1))
    turns[np.asarray(labels) - 1] = quaternions
    return turns


def crystal_columns(mesh: TaggedMesh, grains: Ints) -> dict[str, AnyArray]:
    """Columns of the table of grains, none if the mesh knows no orientations.

    Returns
    -------
    dict
        ``orientation`` (g, 4), quaternions; ``bunge`` (g, 3), Bunge's angles in radians;
        ``c_axis`` (g, 3), unit.
    """
    turns = orientations_of(mesh, grains)
    if turns is None:
        return {}
    return {"orientation": turns, "bunge": bunge_angles(turns), "c_axis": c_axes(turns)}


def disorientation_columns(mesh: TaggedMesh, pairs: Ints) -> dict[str, AnyArray]:
    """Columns of the table of boundaries, none if the mesh knows no orientations.

    Parameters
    ----------
    mesh
        Any mesh.
    pairs
        (lower, higher) grain of every boundary, shape (p, 2).

    Returns
    -------
    dict
        ``disorientation`` (p,), the least angle under R-3m in radians; ``disorientation_axis``
        (p, 3), unit, in the sample's frame, about which it takes the lower grain's crystal to the
        higher's; ``disorientation_crystal_axis`` (p, 3), the same in the fundamental sector of the
        crystal.
    """
    lower = orientations_of(mesh, pairs[:, 0])
    higher = orientations_of(mesh, pairs[:, 1])
    if lower is None or higher is None:
        return {}
    turn = disorientation(lower, higher)
    return {
        "disorientation": turn.angle,
        "disorientation_axis": turn.axis,
        "disorientation_crystal_axis": in_sector(turn.crystal_axis),
    }


def cell_columns(mesh: TaggedMesh) -> dict[str, AnyArray]:
    """Arrays of cells for pictures: profiles and crystals, none where the mesh knows none.

    Returns
    -------
    dict
        The profiles that the mesh knows, (m,);
        ``c_axis`` (m, 3), unit; ``quaternion`` (m, 4), w first; ``ipf_z`` and ``ipf_radial``
        (m, 3), red, green and blue of 0 to 255, see `ipf_colors`: for the z axis and for the
        direction from the centre of the particle to that of the grain. Cells of no grain have the
        axis 0, no turn, and are white.
    """
    grains = mesh.grains
    turns = orientations_of(mesh, grains)
    if turns is None:
        return dict(profile_columns(mesh))
    of_cell = places_in(grains, mesh.labels)  # -1, the last row: of no grain
    columns: dict[str, AnyArray] = {"c_axis": c_axes(turns), "quaternion": turns}
    for name, along in (("ipf_z", np.array([0.0, 0.0, 1.0])), ("ipf_radial", radii(mesh))):
        columns[name] = np.round(255 * ipf_colors(turns, along)).astype(np.uint8)
    others = {"c_axis": np.zeros((1, 3)), "quaternion": NO_TURN}
    for name, values in columns.items():
        other = others.get(name, np.full((1, 3), 255, dtype=np.uint8))
        columns[name] = np.ascontiguousarray(np.concatenate([values, other])[of_cell])
    return {**columns, **profile_columns(mesh)}


def turns_of_cells(mesh: TaggedMesh) -> Floats | None:
    """Quaternion of every cell, shape (m, 4), no turn where it is of no grain; None: not known."""
    turns = orientations_of(mesh, mesh.grains)
    if turns is None:
        return None
    return np.concatenate([turns, NO_TURN])[places_in(mesh.grains, mesh.labels)]


def radii(mesh: TaggedMesh) -> Floats:
    """Vectors in um from the centre of mass of all grains to that of every grain, shape (g, 3).

    Grains ascend as in ``mesh.grains``; second-order cells count with their corners, hexahedra as
    boxes. A grain in the very centre has the vector (1, 0, 0) um.
    """
    box = mesh.cells.shape[1] == 8
    corners = mesh.points[mesh.cells[:, [0, 1, 3, 4] if box else [0, 1, 2, 3]]]
    volumes = np.abs(determinants(corners[:, 1:] - corners[:, :1]))
    middles = mesh.points[mesh.cells].mean(axis=1) if box else corners.mean(axis=1)
    there, row = occurring(mesh.labels)
    held = mesh.phases.mask(GRAIN, there)
    total = np.bincount(row, volumes)[held]
    sums = [np.bincount(row, volumes * middles[:, k])[held] for k in range(3)]
    whole = np.array([part.sum() for part in sums]) / total.sum()
    arms = np.stack([part / total for part in sums], axis=1) - whole
    arms[np.linalg.norm(arms, axis=1) < 1e-9 * cbrt(total.sum())] = [1.0, 0.0, 0.0]
    return arms
